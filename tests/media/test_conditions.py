"""Conditions of requests, as a table."""

from datetime import UTC, datetime

import pytest

from media.conditions import Verdict, Version, is_range_wanted, verdict_of

VERSION = Version('"abc"', datetime(2026, 3, 1, 8, 30, 15, 700_000, tzinfo=UTC))
SAME = "Sun, 01 Mar 2026 08:30:15 GMT"
BEFORE = "Sun, 01 Mar 2026 08:30:14 GMT"
AFTER = "Sun, 01 Mar 2026 08:30:16 GMT"
PROCEED, NOT_MODIFIED, FAILED = Verdict.PROCEED, Verdict.NOT_MODIFIED, Verdict.FAILED


def test_the_instant_is_told_to_the_second() -> None:
    assert VERSION.last_modified == SAME


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, PROCEED),
        ({"if-match": '"abc"'}, PROCEED),
        ({"if-match": '"x", "abc"'}, PROCEED),
        ({"if-match": "*"}, PROCEED),
        ({"if-match": '"x"'}, FAILED),
        ({"if-match": 'W/"abc"'}, FAILED),
        ({"if-match": "abc"}, FAILED),
        ({"if-unmodified-since": SAME}, PROCEED),
        ({"if-unmodified-since": AFTER}, PROCEED),
        ({"if-unmodified-since": BEFORE}, FAILED),
        ({"if-unmodified-since": "yesterday"}, PROCEED),
        ({"if-match": '"abc"', "if-unmodified-since": BEFORE}, PROCEED),
        ({"if-none-match": '"abc"'}, NOT_MODIFIED),
        ({"if-none-match": 'W/"abc"'}, NOT_MODIFIED),
        ({"if-none-match": '"x", W/"abc"'}, NOT_MODIFIED),
        ({"if-none-match": "*"}, NOT_MODIFIED),
        ({"if-none-match": '"x"'}, PROCEED),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, PROCEED),
        ({"if-none-match": '"abc"', "if-modified-since": BEFORE}, NOT_MODIFIED),
        ({"if-modified-since": SAME}, NOT_MODIFIED),
        ({"if-modified-since": AFTER}, NOT_MODIFIED),
        ({"if-modified-since": BEFORE}, PROCEED),
        ({"if-modified-since": "0"}, PROCEED),
        ({"if-modified-since": "Mon, 01 Jan 0001 00:00:00 +2300"}, PROCEED),
        ({"if-match": '"x"', "if-none-match": '"abc"'}, FAILED),
    ],
)
def test_what_conditions_come_to(headers: dict[str, str], expected: Verdict) -> None:
    assert verdict_of(headers, VERSION) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ('"abc"', True),
        ('"x"', False),
        ('W/"abc"', False),
        (SAME, True),
        (AFTER, False),
        (BEFORE, False),
        ("soon", False),
    ],
)
def test_a_range_of_this_version_only(condition: str | None, expected: bool) -> None:
    headers = {} if condition is None else {"if-range": condition}
    assert is_range_wanted(headers, VERSION) is expected
