"""The public holidays of China, from the State Council's yearly notices (`chinesecalendar`)."""

from datetime import date
from functools import lru_cache

_BY_STATUTE = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""The days off that fall on fixed days of the solar calendar (全国年节及纪念日放假办法, 2024)."""


@lru_cache(maxsize=4096)
def is_public_holiday(day: date) -> bool:
    """Whether `day` is a day off by public holiday; plain weekends are not.

    For a year whose notice the library does not know yet, only the days fixed by statute count.
    """
    import chinese_calendar  # loads tables of every year; not needed to start

    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return (day.month, day.day) in _BY_STATUTE
    return bool(is_off and name is not None)
