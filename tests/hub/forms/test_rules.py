"""What will do as an answer, question by question."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.errors import Invalid, VersionConflict
from hub.forms.rules import (
    EARLIER_VERSIONS_LAST,
    TEXT_MAX_CHARS,
    Answer,
    answered,
    assert_answerable,
    check_answers,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FILE = "Zm9vYmFyYmF6cXV4"


def question(kind: str, slug: str = "q", **values: Any) -> dict[str, Any]:
    return {"slug": slug, "kind": kind, "label": "问题", **values}


def check(asked: list[dict[str, Any]], *given: tuple[str, str]) -> dict[str, str | int]:
    return check_answers(asked, [Answer(*each) for each in given])


@pytest.mark.parametrize(
    ("asked", "value", "kept"),
    [
        (question("text"), "  两行\r\n字 ", "两行\n字"),
        (question("text"), "长" * TEXT_MAX_CHARS, "长" * TEXT_MAX_CHARS),
        (question("text", minimum=2, maximum=3), "三个字", "三个字"),
        (question("text", maximum=3000), "长" * 3000, "长" * 3000),
        (question("choice", choices=["M", "L"]), " L", "L"),
        (question("number"), "-3", -3),
        (question("number"), "\uff11\uff12", 12),
        (question("number", minimum=0, maximum=9), "9", 9),
        (question("number", minimum=0), "0", 0),
        (question("date"), "2024-02-29", "2024-02-29"),
        (question("file"), FILE, FILE),
    ],
)
def test_what_will_do(asked: dict[str, Any], value: str, kept: str | int) -> None:
    assert check([asked], ("q", value)) == {"q": kept}


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (question("text"), "长" * (TEXT_MAX_CHARS + 1)),
        (question("text", minimum=2), "一"),
        (question("text", maximum=1), "二字"),
        (question("text"), "a\0b"),
        (question("text"), "a\x1bb"),
        (question("choice", choices=["M", "L"]), "XL"),
        (question("number"), "1.5"),
        (question("number"), "1_000"),
        (question("number"), "٣"),
        (question("number"), "9" * 16),
        (question("number", minimum=1), "0"),
        (question("number", maximum=1), "2"),
        (question("number", minimum=1, maximum=3), "4"),
        (question("date"), "2026-02-30"),
        (question("date"), "20260301"),
        (question("date"), "2026-W09-1"),
        (question("date"), "明天"),
        (question("file"), "../etc/passwd"),
        (question("file"), "short"),
    ],
)
def test_what_will_not(asked: dict[str, Any], value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check([asked], ("q", value))
    assert refusal.value.path == ("input", "answers", 0, "value")
    assert refusal.value.chinese != refusal.value.message


def test_what_has_to_be_answered() -> None:
    asked = [question("text", "a"), question("text", "b", required=True)]
    assert check(asked, ("b", "是")) == {"b": "是"}
    for given in ([("a", "是")], [("a", "是"), ("b", "  ")]):
        with pytest.raises(Invalid) as refusal:
            check(asked, *given)
        assert refusal.value.path == ("input", "answers", "b")


def test_what_is_not_on_the_form() -> None:
    asked = [question("text", "a")]
    for given, index in (([("a", "1"), ("z", "2")], 1), ([("a", "1"), ("a", "")], 1)):
        with pytest.raises(Invalid) as refusal:
            check(asked, *given)
        assert refusal.value.path == ("input", "answers", index, "question")


CHAIN = [
    question("choice", "comes", choices=["来", "不来"], required=True),
    question(
        "choice",
        "drives",
        choices=["开车", "地铁"],
        required=True,
        show_when={"question": "comes", "equals": "来"},
    ),
    question("text", "plate", required=True, show_when={"question": "drives", "equals": "开车"}),
]


@pytest.mark.parametrize(
    "given",
    [
        {"comes": "不来"},
        {"comes": "不来", "drives": " "},
        {"comes": "来", "drives": "地铁"},
        {"plate": "浙B12345", "drives": "开车", "comes": "来"},
    ],
)
def test_a_chain_of_conditions(given: dict[str, str]) -> None:
    kept = check(CHAIN, *given.items())
    assert kept == {key: value for key, value in given.items() if value.strip()}
    assert list(kept) == [each["slug"] for each in CHAIN if each["slug"] in kept]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"comes": "来"}, ("input", "answers", "drives")),
        ({"comes": "来", "drives": "开车"}, ("input", "answers", "plate")),
        ({"comes": "不来", "drives": "开车"}, ("input", "answers", 1, "question")),
        ({"comes": "来", "drives": "地铁", "plate": "x"}, ("input", "answers", 2, "question")),
        ({"comes": "不来", "plate": "x"}, ("input", "answers", 1, "question")),
    ],
)
def test_what_is_not_asked_is_not_answered(
    given: dict[str, str], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(Invalid) as refusal:
        check(CHAIN, *given.items())
    assert refusal.value.path == path


def test_answers_are_shown_in_the_order_of_the_questions() -> None:
    asked = [question("text", "a", label="甲"), question("number", "b", label="乙")]
    assert list(answered(asked, {"b": 2, "a": "一"})) == [("甲", "一"), ("乙", "2")]


@pytest.mark.parametrize(
    ("replaced_at", "is_answerable"),
    [
        (NOW, True),
        (NOW - EARLIER_VERSIONS_LAST + timedelta(seconds=1), True),
        (NOW - EARLIER_VERSIONS_LAST, False),
        (None, False),
    ],
)
def test_for_how_long_earlier_questions_may_be_answered(
    replaced_at: datetime | None, is_answerable: bool
) -> None:
    if is_answerable:
        assert_answerable(replaced_at, current=3, now=NOW)
        return
    with pytest.raises(VersionConflict) as refusal:
        assert_answerable(replaced_at, current=3, now=NOW)
    assert refusal.value.data["current"] == 3
