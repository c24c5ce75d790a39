"""Opening hours: the rule in Python by table, and the same rule in SQL against it."""

import random
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.directory.models import OpeningInterval, Place
from hub.directory.queries import (
    PLACES,
    OpenAt,
    hours_by_place_ids,
    is_holiday,
    place_page,
    timezones_in_use,
)
from hub.directory.rules import HoursRule, Interval, Openness, intervals_on, openness
from hub.filters import Condition, Operator
from hub.listing import ListQuery
from hub.pagination import page_request
from hub.settings import Settings
from tests.factories import directory

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
SPRING_FESTIVAL = date(2026, 2, 17)
MADE_UP_SATURDAY = date(2026, 2, 28)
"""A Saturday worked in exchange for a day of Spring Festival."""


def weekly(weekday: int, opens: str, closes: str) -> Interval:
    return Interval(
        HoursRule.WEEKLY,
        weekday=weekday,
        opens_minute=minute(opens),
        closes_minute=minute(closes),
    )


def holidays(opens: str | None = None, closes: str | None = None) -> Interval:
    return Interval(HoursRule.HOLIDAY, opens_minute=minute(opens), closes_minute=minute(closes))


def exception(
    first: date, opens: str | None = None, closes: str | None = None, *, days: int = 1
) -> Interval:
    return Interval(
        HoursRule.EXCEPTION,
        starts_on=first,
        ends_on=first + timedelta(days=days),
        opens_minute=minute(opens),
        closes_minute=minute(closes),
    )


def minute(text: str | None) -> int | None:
    if text is None:
        return None
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def wall(text: str, zone: str = SHANGHAI, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def ask(hours: Sequence[Interval], at: datetime, zone: str = SHANGHAI) -> Openness | None:
    return openness(hours, at, timezone=zone, is_holiday=is_holiday)


OFFICE = tuple(weekly(day, "09:00", "17:00") for day in range(1, 6))
LUNCH_BREAK = (weekly(1, "09:00", "12:00"), weekly(1, "13:00", "17:00"))
NIGHTS = (weekly(5, "18:00", "26:00"), weekly(6, "18:00", "26:00"))
ALWAYS = tuple(weekly(day, "00:00", "24:00") for day in range(1, 8))

# 2026-03-02 is a Monday, an ordinary week.
CASES = {
    "before opening": (OFFICE, "2026-03-02T08:59:59", False, "2026-03-02T09:00"),
    "at the minute of opening": (OFFICE, "2026-03-02T09:00:00", True, "2026-03-02T17:00"),
    "in the last second": (OFFICE, "2026-03-02T16:59:59.999999", True, "2026-03-02T17:00"),
    "at the minute of closing": (OFFICE, "2026-03-02T17:00", False, "2026-03-03T09:00"),
    "over the weekend": (OFFICE, "2026-03-06T17:00", False, "2026-03-09T09:00"),
    "before lunch": (LUNCH_BREAK, "2026-03-02T11:59", True, "2026-03-02T12:00"),
    "at lunch": (LUNCH_BREAK, "2026-03-02T12:30", False, "2026-03-02T13:00"),
    "night, before midnight": (NIGHTS, "2026-03-06T23:00", True, "2026-03-07T02:00"),
    "night, after midnight": (NIGHTS, "2026-03-07T01:59", True, "2026-03-07T02:00"),
    "night, closed": (NIGHTS, "2026-03-07T02:00", False, "2026-03-07T18:00"),
    "the night of a day not named": (NIGHTS, "2026-03-06T01:00", False, "2026-03-06T18:00"),
    "round the clock": (ALWAYS, "2026-03-02T03:00", True, None),
    "round the clock, at midnight": (ALWAYS, "2026-03-02T00:00", True, None),
    "till midnight, then on": (
        (weekly(1, "09:00", "24:00"), weekly(2, "00:00", "08:00")),
        "2026-03-02T20:00",
        True,
        "2026-03-03T08:00",
    ),
    "holiday without a rule": (OFFICE, "2026-02-17T10:00", True, "2026-02-17T17:00"),
    "holiday, closed": ((*OFFICE, holidays()), "2026-02-17T10:00", False, "2026-02-24T09:00"),
    "holiday, hours of its own": (
        (*OFFICE, holidays("10:00", "12:00")),
        "2026-02-17T11:00",
        True,
        "2026-02-17T12:00",
    ),
    "holiday hours on a plain day": (
        (*OFFICE, holidays("18:00", "20:00")),
        "2026-03-02T19:00",
        False,
        "2026-03-03T09:00",
    ),
    "a plain weekend is no holiday": (
        (*OFFICE, holidays("10:00", "12:00")),
        "2026-03-07T11:00",
        False,
        "2026-03-09T09:00",
    ),
    "worked Saturday is no holiday": (
        (weekly(6, "09:00", "17:00"), holidays()),
        "2026-02-28T10:00",
        True,
        "2026-02-28T17:00",
    ),
    "exception beats holiday": (
        (*OFFICE, holidays(), exception(SPRING_FESTIVAL, "08:00", "20:00")),
        "2026-02-17T19:00",
        True,
        "2026-02-17T20:00",
    ),
    "exception, closed": (
        (*OFFICE, exception(date(2026, 3, 2))),
        "2026-03-02T10:00",
        False,
        "2026-03-03T09:00",
    ),
    "exception, last day": (
        (*ALWAYS, exception(date(2026, 3, 2), days=3)),
        "2026-03-04T23:59",
        False,
        "2026-03-05T00:00",
    ),
    "exception, half-open": (
        (*OFFICE, exception(date(2026, 3, 2), days=3)),
        "2026-03-05T10:00",
        True,
        "2026-03-05T17:00",
    ),
    "yesterday's exception runs into a closed day": (
        (exception(date(2026, 3, 2), "20:00", "27:00"), exception(date(2026, 3, 3))),
        "2026-03-03T02:59",
        True,
        "2026-03-03T03:00",
    ),
    "last night runs into a holiday": (
        (weekly(6, "18:00", "26:00"), holidays()),
        "2026-02-15T01:00",
        True,
        "2026-02-15T02:00",
    ),
    "only an exception, past": (
        (exception(date(2026, 3, 2), "08:00", "09:00"),),
        "2026-03-20T08:30",
        False,
        None,
    ),
    "closed for longer than we look": (
        (*OFFICE, exception(date(2026, 3, 2), days=30)),
        "2026-03-02T10:00",
        False,
        None,
    ),
}


@pytest.mark.parametrize(("hours", "at", "is_open", "changes"), CASES.values(), ids=CASES.keys())
def test_openness(hours: tuple[Interval, ...], at: str, is_open: bool, changes: str | None) -> None:
    expected = Openness(is_open, wall(changes) if changes else None)
    assert ask(hours, wall(at)) == expected
    assert ask(tuple(reversed(hours)), wall(at)) == expected


def test_hours_that_nobody_knows() -> None:
    assert ask((), wall("2026-03-02T10:00")) is None


def test_the_calendar_that_the_cases_rely_on() -> None:
    assert is_holiday(SPRING_FESTIVAL)
    assert not is_holiday(MADE_UP_SATURDAY)
    assert MADE_UP_SATURDAY.isoweekday() == 6


def test_intervals_of_a_day_are_in_order() -> None:
    hours = tuple(reversed(LUNCH_BREAK))
    assert intervals_on(date(2026, 3, 2), hours, is_holiday=is_holiday) == [(540, 720), (780, 1020)]


# In 2026 New York's clocks skip 02:00 to 03:00 on 8 March and repeat 01:00 to 02:00 on 1 November;
# both are Sundays.
CLOCK_CHANGES = {
    "an interval over the gap is an hour shorter": (
        ("01:00", "04:00"),
        wall("2026-03-08T01:30", NEW_YORK),
        Openness(True, wall("2026-03-08T04:00", NEW_YORK)),
    ),
    "what opens inside the gap opens at its end": (
        ("02:30", "05:00"),
        datetime(2026, 3, 8, 7, tzinfo=UTC),
        Openness(True, datetime(2026, 3, 8, 9, tzinfo=UTC)),
    ),
    "and not before": (
        ("02:30", "05:00"),
        datetime(2026, 3, 8, 6, 59, tzinfo=UTC),
        Openness(False, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ),
    "what lies inside the gap does not happen": (
        ("02:10", "02:50"),
        datetime(2026, 3, 8, 6, tzinfo=UTC),
        Openness(False, datetime(2026, 3, 15, 6, 10, tzinfo=UTC)),
    ),
    "open in both passes of the hour": (
        ("00:00", "03:00"),
        wall("2026-11-01T01:15", NEW_YORK, fold=1),
        Openness(True, wall("2026-11-01T03:00", NEW_YORK)),
    ),
    "what closed in the first pass stays closed": (
        ("00:00", "01:30"),
        wall("2026-11-01T01:15", NEW_YORK, fold=1),
        Openness(False, datetime(2026, 11, 8, 5, tzinfo=UTC)),
    ),
    "what opened in the first pass stays open": (
        ("01:30", "03:00"),
        wall("2026-11-01T01:15", NEW_YORK, fold=1),
        Openness(True, datetime(2026, 11, 1, 8, tzinfo=UTC)),
    ),
}


@pytest.mark.parametrize(
    ("times", "at", "expected"), CLOCK_CHANGES.values(), ids=CLOCK_CHANGES.keys()
)
def test_clock_changes(times: tuple[str, str], at: datetime, expected: Openness) -> None:
    hours = (weekly(7, *times),)
    assert ask(hours, at, NEW_YORK) == expected
    assert ask(hours, at.astimezone(ZoneInfo(NEW_YORK)), NEW_YORK) == expected


def test_round_the_clock_over_a_clock_change() -> None:
    for day in (8, 9):
        assert ask(ALWAYS, datetime(2026, 3, day, 7, tzinfo=UTC), NEW_YORK) == Openness(True, None)


async def test_sql_and_python_agree(database: Settings) -> None:
    chance = random.Random(20260302)
    zones = (SHANGHAI, NEW_YORK, "Asia/Kathmandu", "Africa/Cairo")
    ids = [await _place_with_hours(zones[n % 4], _random_hours(chance)) for n in range(36)]
    ids += [
        await _place_with_hours(NEW_YORK, [asdict(weekly(7, *times))])
        for times, _, _ in CLOCK_CHANGES.values()
    ]
    hours = dict(zip(ids, await hours_by_place_ids(ids), strict=True))
    timezones = {row.id: row.timezone for row in await Place.all()}
    seen: set[bool | None] = set()
    for at in (*_random_instants(chance, 50), *(at for _, at, _ in CLOCK_CHANGES.values())):
        expected = {
            place_id: openness(
                hours[place_id], at, timezone=timezones[place_id], is_holiday=is_holiday
            )
            for place_id in ids
        }
        asked = OpenAt(at, await timezones_in_use())
        for name, is_open in (("open", True), ("not_open", False)):
            query = ListQuery(page_request(100), where=Condition(name, Operator.EQ, asked))
            page = await place_page(PLACES, Viewer(ANONYMOUS, at), query=query, near=None)
            found = {row.id for row in page.rows}
            assert found == {
                place_id
                for place_id, state in expected.items()
                if state is not None and state.is_open is is_open
            }, (at, name)
        seen.update(state.is_open if state else None for state in expected.values())
    assert seen == {True, False, None}


def test_the_change_is_when_the_answer_changes() -> None:
    chance = random.Random(7)
    for _ in range(150):
        zone = chance.choice((SHANGHAI, NEW_YORK, "Africa/Cairo"))
        hours = [Interval(**values) for values in _random_hours(chance)]
        (at,) = _random_instants(chance, 1)
        state = openness(hours, at, timezone=zone, is_holiday=is_holiday)
        if state is None or state.changes_at is None:
            continue
        before = ask(hours, state.changes_at - timedelta(microseconds=1), zone)
        after = ask(hours, state.changes_at, zone)
        assert before == state
        assert after is not None
        assert after.is_open is not state.is_open


async def _place_with_hours(zone: str, hours: list[dict[str, Any]]) -> UUID:
    place = await directory.place(timezone=zone)
    for values in hours:
        await directory.interval(place.id, **values)
    return place.id


def _random_hours(chance: random.Random) -> list[dict[str, Any]]:
    if chance.random() < 0.1:
        return []
    rows: list[dict[str, Any]] = [
        {"rule": HoursRule.WEEKLY, "weekday": day, **_random_times(chance)}
        for day in range(1, 8)
        for _ in range(chance.choice((0, 1, 1, 2)))
    ]
    if chance.random() < 0.5:
        rows.append({"rule": HoursRule.HOLIDAY, **_random_closed(chance)})
    for index in range(chance.choice((0, 1, 2))):
        first = chance.choice(_DAYS) + timedelta(days=40 * index)
        dates = {"starts_on": first, "ends_on": first + timedelta(days=chance.randint(1, 6))}
        rows.append({"rule": HoursRule.EXCEPTION, **dates, **_random_closed(chance)})
    return rows


def _random_times(chance: random.Random) -> dict[str, Any]:
    opens = chance.choice((0, chance.randrange(1_440), chance.randrange(60, 200)))
    longest = min(2_880, opens + 1_440)
    closes = chance.choice((min(opens + 30, longest), longest, chance.randint(opens + 1, longest)))
    return {"opens_minute": opens, "closes_minute": closes}


def _random_closed(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.4:
        return {"opens_minute": None, "closes_minute": None}
    return _random_times(chance)


_DAYS = (
    date(2026, 2, 13),
    date(2026, 3, 7),
    date(2026, 4, 23),
    date(2026, 9, 30),
    date(2026, 10, 31),
)
_CHANGES = (
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 23, 22, tzinfo=UTC),
    datetime(2026, 10, 29, 21, tzinfo=UTC),
    datetime(2026, 2, 16, 16, tzinfo=UTC),
)
"""Clock changes of New York and Cairo (at midnight there), and the start of Spring Festival."""


def _random_instants(chance: random.Random, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        if chance.random() < 0.6:
            near = chance.choice(_CHANGES) + timedelta(minutes=chance.randint(-180, 180))
        else:
            near = datetime(2026, 2, 10, tzinfo=UTC) + timedelta(minutes=chance.randrange(400_000))
        found.append(near + timedelta(microseconds=chance.choice((0, 0, 1, 59_999_999))))
    return found


async def test_hours_come_back_by_place(database: Settings) -> None:
    open_place, unknown = await directory.place(), await directory.place()
    await directory.weekly_hours(open_place.id, 540, 1020, weekdays=(1, 2))
    found = await hours_by_place_ids([unknown.id, open_place.id, open_place.id])
    assert found[0] == []
    assert found[1] == found[2] == [weekly(1, "09:00", "17:00"), weekly(2, "09:00", "17:00")]
    assert await OpeningInterval.all().count() == 2
