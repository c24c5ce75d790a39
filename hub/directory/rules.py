"""Vocabulary and pure decisions of places: kinds, opening hours, distance. Takes `now`; no I/O."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius of the Earth (IUGG), so that distances are those of a sphere: within 0.5%."""

MINUTES_PER_DAY = 1_440
DISTRICT_ID = UUID(int=1)
"""The key of the one district that a database holds."""

_LOOK_AHEAD_DAYS = 15
_MINUTE = timedelta(minutes=1)


class TownKind(StrEnum):
    """What sort of area a town is: 街道, 镇, or a park (园区)."""

    SUBDISTRICT = "subdistrict"
    TOWN = "town"
    PARK = "park"


class PlaceKind(StrEnum):
    """The three sorts of place: 爱心商铺, 小哥驿站, 新就业形态劳动者服务中心."""

    MERCHANT = "merchant"
    STATION = "station"
    SERVICE_CENTRE = "service_centre"


class MerchantCategory(StrEnum):
    """What a merchant's trade is."""

    RESTAURANT = "restaurant"
    CONVENIENCE = "convenience"
    BARBER = "barber"
    PHARMACY = "pharmacy"
    CLINIC = "clinic"
    REPAIR = "repair"
    BOOKSHOP = "bookshop"
    LAUNDRY = "laundry"
    FITNESS = "fitness"
    OTHER = "other"


class StationLevel(StrEnum):
    """How a station is rated: from an ordinary one to a national 最美驿站."""

    STANDARD = "standard"
    DISTRICT = "district"
    CITY = "city"
    PROVINCIAL = "provincial"
    NATIONAL = "national"


class BuildWay(StrEnum):
    """How a station came to be: 新建, 改建 or 共建."""

    NEW = "new"
    CONVERTED = "converted"
    SHARED = "shared"


class Accessibility(StrEnum):
    """What makes a place usable for everybody."""

    STEP_FREE = "step_free"
    WIDE_DOOR = "wide_door"
    ACCESSIBLE_TOILET = "accessible_toilet"
    LOW_COUNTER = "low_counter"
    SIGN_LANGUAGE = "sign_language"
    GUIDE_DOGS = "guide_dogs"


class OfferingKind(StrEnum):
    """What a place gives: 免费充电, 饮水, 理发, 义诊 and the like."""

    CHARGING = "charging"
    WATER = "water"
    HAIRCUT = "haircut"
    CLINIC = "clinic"
    MEAL = "meal"
    REST = "rest"
    DISCOUNT = "discount"
    REPAIR = "repair"
    LAUNDRY = "laundry"
    READING = "reading"
    OTHER = "other"


class HoursRule(StrEnum):
    """Which days an opening interval speaks of; a dated exception wins over a holiday rule, and
    that over the weekly one.
    """

    WEEKLY = "weekly"
    HOLIDAY = "holiday"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a place's hours as `OpeningInterval` stores it; see there for the units."""

    rule: HoursRule
    weekday: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    opens_minute: int | None = None
    closes_minute: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Openness:
    """Whether a place is open at an instant, and when that changes next (None: not within two
    weeks).
    """

    is_open: bool
    changes_at: datetime | None


def intervals_on(
    day: date, hours: Sequence[Interval], *, is_holiday: Callable[[date], bool]
) -> list[tuple[int, int]]:
    """The opening intervals that begin on the local day `day`, as minutes from its midnight.

    A dated exception wins over the rule for holidays, and that over the week.
    """
    dated = [each for each in hours if each.rule is HoursRule.EXCEPTION and _covers(each, day)]
    festive = [each for each in hours if each.rule is HoursRule.HOLIDAY]
    if dated:
        chosen = dated
    elif festive and is_holiday(day):
        chosen = festive
    else:
        weekday = day.isoweekday()
        chosen = [each for each in hours if each.weekday == weekday]
    return sorted(
        (each.opens_minute, each.closes_minute)
        for each in chosen
        if each.opens_minute is not None and each.closes_minute is not None
    )


def _covers(interval: Interval, day: date) -> bool:
    starts, ends = interval.starts_on, interval.ends_on
    return starts is not None and ends is not None and starts <= day < ends


def openness(
    hours: Sequence[Interval],
    at: datetime,
    *,
    timezone: str,
    is_holiday: Callable[[date], bool],
) -> Openness | None:
    """Whether a place with these hours is open at `at`; None when its hours are not known."""
    if not hours:
        return None
    zone = ZoneInfo(timezone)
    today = at.astimezone(zone).date()
    horizon = _instant(today + timedelta(days=_LOOK_AHEAD_DAYS), 0, zone)
    for opens, closes in _spans(hours, today, zone=zone, is_holiday=is_holiday):
        if opens <= at < closes:
            return Openness(True, closes if closes < horizon else None)
        if at < opens:
            return Openness(False, opens)
    return Openness(False, None)


def _spans(
    hours: Sequence[Interval],
    today: date,
    *,
    zone: ZoneInfo,
    is_holiday: Callable[[date], bool],
) -> list[tuple[datetime, datetime]]:
    """The stretches of open time from yesterday on, those that touch joined into one."""
    spans: list[tuple[datetime, datetime]] = []
    for offset in range(-1, _LOOK_AHEAD_DAYS):
        day = today + timedelta(days=offset)
        for opens_minute, closes_minute in intervals_on(day, hours, is_holiday=is_holiday):
            opens = _instant(day, opens_minute, zone)
            closes = _instant(day, closes_minute, zone)
            if opens == closes:
                continue  # the clock jumps over all of it
            if spans and opens <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], closes))
            else:
                spans.append((opens, closes))
    return spans


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant at which the wall clock first shows a minute counted from the midnight of `day`,
    in UTC; for a minute that the clock jumps over, the instant of the jump.
    """
    local_day = day + timedelta(days=minute // MINUTES_PER_DAY)
    hour, rest = divmod(minute % MINUTES_PER_DAY, 60)
    local = datetime.combine(local_day, time(hour, rest), zone)
    while _offset(local, 0) < _offset(local, 1):  # in a gap, as PEP 495 tells it
        local += _MINUTE
    return local.astimezone(UTC)


def _is_repeated(local: datetime) -> bool:
    """Whether the clock shows this wall time twice."""
    return _offset(local, 0) > _offset(local, 1)


def _offset(local: datetime, fold: int) -> timedelta:
    return local.replace(fold=fold).utcoffset() or timedelta()


def metres_of_chord(squared_chord: float) -> float:
    """The distance along the Earth's surface between two points whose unit vectors are
    `sqrt(squared_chord)` apart, in metres, to the decimetre.
    """
    half = min(1.0, math.sqrt(max(0.0, squared_chord)) / 2)
    return round(2 * EARTH_RADIUS_METRES * math.asin(half), 1)


def squared_chord_of(metres: float) -> float:
    """The squared chord of a distance in metres; the inverse of `metres_of_chord`."""
    angle = min(math.pi, metres / EARTH_RADIUS_METRES)
    return (2 * math.sin(angle / 2)) ** 2


def bounding_box(
    latitude: float, longitude: float, *, metres: float
) -> tuple[float, float, float, float]:
    """South, north, west and east of a box, in degrees, that holds the circle around a point.

    Near a pole, or across the antimeridian, it is wider than it need be, never narrower.
    """
    angle = math.degrees(metres / EARTH_RADIUS_METRES) * 1.000_001
    south, north = latitude - angle, latitude + angle
    if south <= -90 or north >= 90:
        return max(south, -90.0), min(north, 90.0), -180.0, 180.0
    widest = max(abs(south), abs(north))
    spread = angle / math.cos(math.radians(widest))
    west, east = longitude - spread, longitude + spread
    if west < -180 or east > 180:
        return south, north, -180.0, 180.0
    return south, north, west, east


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """An instant as a place's wall clock shows it, and what sort of day it is."""

    day: date
    weekday: int
    minute: int
    is_holiday: bool


def local_moments(
    at: datetime, *, timezone: str, is_holiday: Callable[[date], bool]
) -> tuple[LocalMoment, LocalMoment]:
    """`at` as today's minute, and as yesterday's minute past 1440, for hours that run over.

    An hour that the clock shows twice counts once: while it is shown again, the minute stays the
    last of it, so that what closed in the hour does not open anew.
    """
    local = at.astimezone(ZoneInfo(timezone))
    if local.fold:
        while _is_repeated(local + _MINUTE):
            local += _MINUTE
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    return (
        LocalMoment(today, today.isoweekday(), minute, is_holiday(today)),
        LocalMoment(
            yesterday, yesterday.isoweekday(), minute + MINUTES_PER_DAY, is_holiday(yesterday)
        ),
    )
