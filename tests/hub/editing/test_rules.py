"""Versions, differences and windows, as tables."""

from datetime import timedelta
from typing import Any

import pytest

from hub.editing.rules import (
    RevisionState,
    Window,
    assert_publishable,
    assert_state,
    assert_window,
    differences,
    is_overtaken,
    version_of,
)
from hub.errors import Conflict, Invalid
from tests.factories.editors import NOW


@pytest.mark.parametrize(
    ("number", "live", "known", "version"),
    [
        (None, 3, None, 3),  # never edited
        (1, None, 0, 1),  # never published
        (4, 3, 3, 4),  # a draft over the live row
        (4, 4, 4, 4),  # published
        (4, 5, 5, 5),  # taken away after the draft was made
        (4, 4, 3, 5),  # a load made version 4 while draft 4 was written
        (4, 9, 3, 9),  # several loads
    ],
)
def test_versions(number: int | None, live: int | None, known: int | None, version: int) -> None:
    assert version_of(number, live=live, live_known=known) == version


@pytest.mark.parametrize(
    ("live", "known", "overtaken"),
    [(3, 3, False), (4, 3, True), (None, 0, False), (3, None, False)],
)
def test_overtaken(live: int | None, known: int | None, overtaken: bool) -> None:
    assert is_overtaken(live=live, live_known=known) is overtaken


ONE, TWO = {"slug": "one", "title": "甲"}, {"slug": "two", "title": "乙"}


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": 1}, [("a", None, 1)]),
        ({"p": {"x": 1, "y": 2}}, {"p": {"x": 1, "y": 3}}, [("p.y", 2, 3)]),
        ({"p": None}, {"p": {"x": 1}}, [("p", None, {"x": 1})]),
        ({"t": ["a"]}, {"t": ["a", "b"]}, [("t", ["a"], ["a", "b"])]),
        ({"s": [ONE]}, {"s": [{**ONE, "title": "丙"}]}, [("s.one.title", "甲", "丙")]),
        ({"s": [ONE]}, {"s": [ONE, TWO]}, [("s.two", None, TWO)]),
        ({"s": [ONE, TWO]}, {"s": [TWO]}, [("s.one", ONE, None)]),
        ({"s": [ONE]}, {}, [("s.one", ONE, None)]),
        ({}, {"s": [ONE]}, [("s.one", None, ONE)]),
        (
            {"s": [ONE, TWO]},
            {"s": [TWO, ONE]},
            [("s.order", ["one", "two"], ["two", "one"])],
        ),
        ({"g": [{"n": 1}, {"n": 2}]}, {"g": [{"n": 1}, {"n": 3}]}, [("g.1.n", 2, 3)]),
        (
            {"h": {"weekly": [{"opens": "08:00"}]}},
            {"h": {"weekly": [{"opens": "09:00"}], "holidays": []}},
            [("h.weekly.0.opens", "08:00", "09:00"), ("h.holidays", None, [])],
        ),
    ],
)
def test_differences(before: Any, after: Any, changes: list[tuple[str, Any, Any]]) -> None:
    found = [(".".join(each.path), each.before, each.after) for each in differences(before, after)]
    assert found == changes


@pytest.mark.parametrize(
    ("start", "end", "is_good"),
    [
        (None, None, True),
        (1, None, True),
        (-1, None, True),
        (1, 2, True),
        (None, 1, True),
        (1, 1, False),
        (2, 1, False),
        (None, 0, False),
        (-2, -1, False),
    ],
)
def test_windows(start: int | None, end: int | None, is_good: bool) -> None:
    def at(hours: int | None) -> Any:
        return None if hours is None else NOW + timedelta(hours=hours)

    window = Window(at(start), at(end))
    if is_good:
        assert_window(window, now=NOW)
        return
    with pytest.raises(Invalid) as refused:
        assert_window(window, now=NOW)
    assert refused.value.path == ("input", "expireAt")


def test_states() -> None:
    for state in set(RevisionState) - {RevisionState.REJECTED}:
        assert_publishable(state)
    with pytest.raises(Conflict):
        assert_publishable(RevisionState.REJECTED)
    assert_state(RevisionState.DRAFT, wanted=RevisionState.DRAFT)
    with pytest.raises(Conflict):
        assert_state(RevisionState.DRAFT, wanted=RevisionState.SUBMITTED)
