"""Public holidays: the notices of the State Council, and the statute where there is none yet."""

from datetime import date

import pytest

from hub.holidays import is_public_holiday


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 1), True),
        (date(2026, 2, 15), True),  # a Sunday inside Spring Festival
        (date(2026, 2, 17), True),
        (date(2026, 2, 23), True),  # a Monday given in exchange
        (date(2026, 2, 24), False),
        (date(2026, 2, 14), False),  # a Saturday worked in exchange
        (date(2026, 2, 28), False),  # and another
        (date(2026, 3, 7), False),  # a plain Saturday
        (date(2026, 3, 4), False),
        (date(2026, 10, 1), True),
        (date(2025, 10, 6), True),  # Mid-Autumn
        (date(2024, 2, 10), True),
    ],
)
def test_days_that_a_notice_speaks_of(day: date, expected: bool) -> None:
    assert is_public_holiday(day) is expected


@pytest.mark.parametrize(
    ("month_day", "expected"),
    [
        ((1, 1), True),
        ((1, 2), False),
        ((5, 1), True),
        ((5, 2), True),
        ((5, 3), False),
        ((9, 30), False),
        ((10, 1), True),
        ((10, 3), True),
        ((10, 4), False),
    ],
)
def test_days_of_a_year_without_a_notice(month_day: tuple[int, int], expected: bool) -> None:
    assert is_public_holiday(date(2090, *month_day)) is expected
