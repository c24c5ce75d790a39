"""What is drawn, how it is scored, and who may try again when."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict, Invalid
from hub.learning.rules import RIGHT, WRONG, QuestionKind
from hub.quizzes.rules import (
    ANSWERS_MAX,
    GRACE,
    Answer,
    AttemptState,
    Terms,
    Tried,
    assert_answers,
    assert_may_start,
    attempts_left,
    drawn,
    ends_at,
    is_right,
    next_attempt_at,
    results,
    score_percent,
    state_of,
)

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)


@dataclass
class Pooled:
    slug: str
    kind: QuestionKind = QuestionKind.SINGLE_CHOICE
    text: str = "?"
    options: list[str] = field(default_factory=lambda: ["甲", "乙", "丙", "丁"])
    answers: list[str] = field(default_factory=lambda: ["甲"])
    number: int | None = None
    explanation: str = ""


POOL = [Pooled(f"q{number}") for number in range(8)]


@given(seed=st.text(max_size=32), count=st.none() | st.integers(1, 12), shuffled=st.booleans())
def test_a_draw_is_made_of_the_pool_and_repeats_by_its_seed(
    seed: str, count: int | None, shuffled: bool
) -> None:
    found = drawn(POOL, count=count, is_shuffled=shuffled, seed=seed)
    assert found == drawn(POOL, count=count, is_shuffled=shuffled, seed=seed)
    slugs = [each["slug"] for each in found]
    assert len(set(slugs)) == len(slugs) == min(count or 8, 8)
    assert [each["key"] for each in found] == [str(n) for n in range(1, len(found) + 1)]
    for each in found:
        assert sorted(text for _, text in each["options"]) == sorted(POOL[0].options)
        assert [text for key, text in each["options"] if key in each["right"]] == ["甲"]
    if not shuffled:
        assert slugs == sorted(slugs)


def test_seeds_shuffle_differently() -> None:
    draws = {str(drawn(POOL, count=4, is_shuffled=True, seed=str(n))) for n in range(20)}
    assert len(draws) > 15


def test_true_and_false_stay_in_their_order() -> None:
    statement = Pooled("s", QuestionKind.TRUE_FALSE, options=[RIGHT, WRONG], answers=[WRONG])
    for seed in map(str, range(10)):
        (found,) = drawn([statement], count=None, is_shuffled=True, seed=seed)
        assert found["options"] == [["A", RIGHT], ["B", WRONG]]
        assert found["right"] == ["B"]


def question(kind: QuestionKind, right: list[str], number: int | None = None) -> dict[str, Any]:
    options = [] if kind is QuestionKind.NUMBER else [[key, key] for key in "ABCD"]
    return {"key": "1", "kind": kind.value, "options": options, "right": right, "number": number}


SINGLE = question(QuestionKind.SINGLE_CHOICE, ["B"])
MULTIPLE = question(QuestionKind.MULTIPLE_CHOICE, ["A", "C"])
NUMBER = question(QuestionKind.NUMBER, [], 120)


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [
        (SINGLE, Answer("1", ("B",)), True),
        (SINGLE, Answer("1", ("A",)), False),
        (SINGLE, Answer("1"), False),
        (SINGLE, None, False),
        (MULTIPLE, Answer("1", ("C", "A")), True),
        (MULTIPLE, Answer("1", ("A",)), False),
        (MULTIPLE, Answer("1", ("A", "B", "C")), False),
        (NUMBER, Answer("1", number=120), True),
        (NUMBER, Answer("1", number=110), False),
        (NUMBER, Answer("1"), False),
    ],
)
def test_right_is_all_that_is_right_and_nothing_else(
    asked: dict[str, Any], answer: Answer | None, expected: bool
) -> None:
    assert is_right(asked, answer) is expected


def test_the_score_is_rounded_down() -> None:
    asked = [{**SINGLE, "key": str(n)} for n in range(3)]
    found = results(asked, [Answer("0", ("B",)), Answer("2", ("B",))])
    assert found == {"0": True, "1": False, "2": True}
    assert score_percent(found) == 66
    assert score_percent({}) == 0


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ([Answer("9")], (0, "questionKey")),
        ([Answer("1"), Answer("1")], (1, "questionKey")),
        ([Answer("1", ("Z",))], (0, "optionKeys")),
        ([Answer("1", ("A", "B"))], (0, "optionKeys")),
    ],
)
def test_answers_to_nothing_are_named(answers: list[Answer], path: tuple[int | str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        assert_answers([SINGLE], answers)
    assert refused.value.path == ("input", "answers", *path)


def test_too_many_answers() -> None:
    with pytest.raises(Invalid):
        assert_answers([SINGLE], [Answer("1")] * (ANSWERS_MAX + 1))


def tried(number: int = 1, *, limit: int | None = None, submitted: int | None = None) -> Tried:
    return Tried(
        number,
        NOW,
        None if limit is None else NOW + limit * SECOND,
        None if submitted is None else NOW + submitted * SECOND,
    )


@pytest.mark.parametrize(
    ("attempt", "after", "expected"),
    [
        (tried(), timedelta(days=400), AttemptState.OPEN),
        (tried(limit=60), 60 * SECOND + GRACE - MICRO, AttemptState.OPEN),
        (tried(limit=60), 60 * SECOND + GRACE, AttemptState.EXPIRED),
        (tried(limit=60, submitted=50), timedelta(days=1), AttemptState.SUBMITTED),
    ],
)
def test_an_attempt_is_open_until_its_time_and_a_grace_are_over(
    attempt: Tried, after: timedelta, expected: AttemptState
) -> None:
    assert state_of(attempt, now=NOW + after) is expected


def test_terms() -> None:
    free, strict = Terms(None, 0, None), Terms(2, 600, 60)
    assert (ends_at(free, now=NOW), ends_at(strict, now=NOW)) == (None, NOW + 60 * SECOND)
    assert (attempts_left(free, 99), attempts_left(strict, 1), attempts_left(strict, 9)) == (
        None,
        1,
        0,
    )
    assert next_attempt_at(free, tried()) is None
    assert next_attempt_at(strict, None) is None
    assert next_attempt_at(strict, tried(submitted=30)) == NOW + 630 * SECOND
    assert next_attempt_at(strict, tried(limit=60)) == NOW + 660 * SECOND


def test_who_may_start() -> None:
    strict = Terms(2, 600, 60)
    assert_may_start(strict, [], now=NOW)
    assert_may_start(strict, [tried(submitted=0)], now=NOW + 600 * SECOND)
    with pytest.raises(Conflict) as soon:
        assert_may_start(strict, [tried(submitted=0)], now=NOW + 600 * SECOND - MICRO)
    assert soon.value.message == "The next attempt may begin in 1 seconds."
    with pytest.raises(Conflict):
        assert_may_start(strict, [tried(1), tried(2)], now=NOW + timedelta(days=9))
