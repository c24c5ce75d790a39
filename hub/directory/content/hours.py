"""Opening hours and schedules in files, and the intervals that tables keep of them.

A file says opening times as people do (days, from, to); a table has one row for each weekday and
interval, in minutes from midnight. The way back joins days with the same times, in one order, so
that what was exported reads the same whenever it is exported.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self

from annotated_types import MaxLen
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from hub.content import (
    LIST_MAX_ITEMS,
    ONE_DAY,
    Day,
    FileModel,
    Flag,
    Line,
    TimeOfDay,
    distinct,
    later_than,
    minutes_of,
    time_of_day,
)
from hub.directory.models import OpeningInterval
from hub.directory.rules import MINUTES_PER_DAY, HoursRule, Interval
from hub.kinds import Part, Row
from hub.reasons import Misfit
from hub.records import Record

Minutes = tuple[int, int]
"""When an interval opens and closes, in minutes from the midnight of its day."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEKDAYS = tuple(Weekday)
_DAY_NAMES = dict(
    zip(_WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True)
)


def _span(opens: str, closes: str) -> Minutes:
    """The minutes of an interval; one that closes before it opens runs into the next day."""
    first, last = minutes_of(opens), minutes_of(closes)
    return (first, last) if last > first else (first, last + MINUTES_PER_DAY)


def _opens(value: str) -> str:
    if value == "24:00":
        raise Misfit(
            'opens at "00:00" at the earliest and "23:59" at the latest',
            chinese='最早 "00:00"，最晚 "23:59" 开始',
        )
    return value


def _closes(value: str, info: ValidationInfo) -> str:
    if value == info.data.get("opens"):
        raise Misfit(
            'closes when it opens; the whole day is "00:00" to "24:00"',
            chinese='与开始时刻相同；全天请写 "00:00" 到 "24:00"',
        )
    return value


class IntervalRow(FileModel):
    """From one time of day to another, past midnight when the second is the earlier one."""

    opens: Annotated[TimeOfDay, AfterValidator(_opens)]
    closes: Annotated[TimeOfDay, AfterValidator(_closes)]

    def minutes(self) -> Minutes:
        """When it opens and closes, in minutes from midnight."""
        return _span(self.opens, self.closes)


class WeeklyRow(IntervalRow):
    """An interval on some days of the week."""

    days: Annotated[list[Weekday], Field(min_length=1), distinct()]


def _apart(rows: Sequence[IntervalRow]) -> Sequence[IntervalRow]:
    spans = sorted(row.minutes() for row in rows)
    for earlier, later in pairwise(spans):
        if later[0] < earlier[1]:
            at = time_of_day(later[0])
            raise Misfit(f"has intervals that overlap at {at}", chinese=f"有时段在 {at} 重叠")
    return rows


def _days_apart(rows: Sequence[WeeklyRow]) -> Sequence[WeeklyRow]:
    for day in _WEEKDAYS:
        try:
            _apart([row for row in rows if day in row.days])
        except Misfit as error:
            chinese = f"在{_DAY_NAMES[day]}{error.chinese}"
            raise Misfit(f"{error} on {day.value}", chinese=chinese) from error
    return rows


Intervals = Annotated[list[IntervalRow], Field(max_length=LIST_MAX_ITEMS), AfterValidator(_apart)]
Week = Annotated[list[WeeklyRow], Field(max_length=LIST_MAX_ITEMS), AfterValidator(_days_apart)]


class ExceptionRow(FileModel):
    """Days on which other hours hold: one day `on`, or `from` one day `until` before another."""

    on: Day | None = None
    first: Annotated[Day | None, Field(alias="from")] = None
    until: Annotated[Day | None, later_than("first")] = None
    closed: Flag = False
    intervals: Intervals = Field(default_factory=list)
    note: Annotated[Line, MaxLen(120)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ranged = self.first is not None and self.until is not None
        if (self.on is None) != ranged or (self.on and (self.first or self.until)):
            raise Misfit(
                "needs `on: day`, or `from: day` with `until: day` (not included)",
                chinese="须有起止日期（不含止日）",
            )
        if self.closed == bool(self.intervals):
            raise Misfit(
                "needs either `closed: true` or `intervals`",
                chinese="须为休息，或给出时段，二者取一",
            )
        return self

    def days(self) -> tuple[date, date]:
        """The first day, and the first day that is no longer part of it."""
        if self.on is not None:
            return self.on, self.on + ONE_DAY
        assert self.first is not None
        assert self.until is not None
        return self.first, self.until


def _holidays(value: Any) -> Any:
    if value == "closed":
        return []
    if not isinstance(value, list):
        raise Misfit("is `closed`, or a list of {opens, closes}", chinese="须为休息，或一组时段")
    return value


def _exceptions_apart(rows: Sequence[ExceptionRow]) -> Sequence[ExceptionRow]:
    ranges = sorted(row.days() for row in rows)
    for earlier, later in pairwise(ranges):
        if later[0] < earlier[1]:
            raise Misfit(f"has two exceptions for {later[0]}", chinese=f"对 {later[0]} 有两条例外")
    return rows


class Hours(FileModel):
    """When a place is open. `holidays` empty means closed; None means as on any day."""

    weekly: Week = Field(default_factory=list)
    holidays: Annotated[Intervals, BeforeValidator(_holidays)] | None = None
    exceptions: Annotated[
        list[ExceptionRow],
        Field(max_length=LIST_MAX_ITEMS),
        AfterValidator(_exceptions_apart),
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.weekly and self.holidays is None and not self.exceptions:
            raise Misfit(
                "is empty; leave `hours` out where they are not known",
                chinese="是空的；不清楚开放时间时请不要填写",
            )
        return self


def _row(
    rule: HoursRule,
    minutes: Minutes | None,
    *,
    weekday: int | None = None,
    days: tuple[date, date] | None = None,
    note: str | None = None,
) -> Row:
    return {
        "rule": rule,
        "weekday": weekday,
        "starts_on": days[0] if days else None,
        "ends_on": days[1] if days else None,
        "opens_minute": minutes[0] if minutes else None,
        "closes_minute": minutes[1] if minutes else None,
        "note": note,
    }


def _rows_of_hours(hours: Hours | None) -> list[Row]:
    if hours is None:
        return []
    weekly = [
        _row(HoursRule.WEEKLY, minutes, weekday=weekday)
        for weekday, minutes in _weekday_minutes(hours.weekly)
    ]
    holidays: list[Row] = []
    if hours.holidays is not None:
        holidays = [_row(HoursRule.HOLIDAY, each) for each in _minutes_or_closed(hours.holidays)]
    exceptions = [
        _row(HoursRule.EXCEPTION, minutes, days=row.days(), note=row.note)
        for row in hours.exceptions
        for minutes in _minutes_or_closed(row.intervals)
    ]
    return weekly + holidays + exceptions


def _minutes_or_closed(rows: Sequence[IntervalRow]) -> list[Minutes | None]:
    return [*sorted(row.minutes() for row in rows)] or [None]


def _weekday_minutes(rows: Sequence[WeeklyRow]) -> list[tuple[int, Minutes]]:
    """Each weekday (1 Monday to 7 Sunday) with each of its intervals, in order."""
    return sorted((_WEEKDAYS.index(day) + 1, row.minutes()) for row in rows for day in row.days)


def _value_of_hours(records: Sequence[Record]) -> Any:
    weekly = [each for each in records if each.rule is HoursRule.WEEKLY]
    festive = [each for each in records if each.rule is HoursRule.HOLIDAY]
    dated = [each for each in records if each.rule is HoursRule.EXCEPTION]
    value: Row = {}
    if weekly:
        value["weekly"] = week_of(
            (each.weekday, (each.opens_minute, each.closes_minute)) for each in weekly
        )
    if festive:
        value["holidays"] = _intervals_of(festive) or "closed"
    if dated:
        value["exceptions"] = _exceptions_of(dated)
    return value or None


def week_of(days: Iterable[tuple[int, Minutes]]) -> list[Row]:
    """Weekdays and their intervals as rows of a file: days with the same times share one."""
    grouped: dict[Minutes, list[int]] = {}
    for weekday, minutes in sorted(days):
        grouped.setdefault(minutes, []).append(weekday)
    ordered = sorted(grouped.items(), key=lambda entry: (entry[1], entry[0]))
    return [
        {"days": [_WEEKDAYS[day - 1].value for day in weekdays], **_times(minutes)}
        for minutes, weekdays in ordered
    ]


def _times(minutes: Minutes) -> Row:
    return {"opens": time_of_day(minutes[0]), "closes": time_of_day(minutes[1])}


def _intervals_of(records: Sequence[Record]) -> list[Row]:
    spans = sorted(
        (each.opens_minute, each.closes_minute) for each in records if each.opens_minute is not None
    )
    return [_times(span) for span in spans]


def _exceptions_of(records: Sequence[Record]) -> list[Row]:
    grouped: dict[tuple[date, date], list[Record]] = {}
    for each in sorted(records, key=lambda record: (record.starts_on, record.ends_on)):
        grouped.setdefault((each.starts_on, each.ends_on), []).append(each)
    return [_exception_of(days, found) for days, found in grouped.items()]


def _exception_of(days: tuple[date, date], records: Sequence[Record]) -> Row:
    starts_on, ends_on = days
    value: Row = {}
    if ends_on == starts_on + ONE_DAY:
        value["on"] = starts_on
    else:
        value |= {"from": starts_on, "until": ends_on}
    intervals = _intervals_of(records)
    value |= {"intervals": intervals} if intervals else {"closed": True}
    if records[0].note is not None:
        value["note"] = records[0].note
    return value


def intervals_of(hours: Hours | None) -> list[Interval]:
    """The hours of a file as a place with these hours would have them; none where unknown."""
    return [Interval(**row) for row in _rows_of_hours(hours)]


HOURS = Part(
    "hours",
    OpeningInterval,
    "place_id",
    rows=_rows_of_hours,
    value=lambda records, _: _value_of_hours(records),
    order=(),
)


def _schedule_columns(rows: Sequence[WeeklyRow]) -> tuple[Any, ...]:
    schedule = [
        {"weekday": weekday, "opens_minute": opens, "closes_minute": closes}
        for weekday, (opens, closes) in _weekday_minutes(rows)
    ]
    return (schedule,)


def _schedule_value(columns: Sequence[Any]) -> Any:
    return week_of(
        (row["weekday"], (row["opens_minute"], row["closes_minute"])) for row in columns[0]
    )


SCHEDULE: tuple[Callable[..., Any], Callable[..., Any]] = (_schedule_columns, _schedule_value)
"""An offering's weekly schedule: to its JSON column, and back."""
