"""Reads of the directory: towns, streets, places and what they offer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query, Table
from pypika_tortoise.terms import Case, Criterion, Term

from hub.auth import Viewer
from hub.criteria import Exists, is_false, is_true, never, same, there_is, truth
from hub.database import fetch_all
from hub.directory.models import (
    Amenity,
    CentreService,
    District,
    FriendlyStreet,
    Offering,
    OpeningInterval,
    Place,
    PlaceAmenity,
    PlacePhoto,
    Town,
)
from hub.directory.rules import (
    HoursRule,
    Interval,
    LocalMoment,
    PlaceKind,
    bounding_box,
    local_moments,
    squared_chord_of,
)
from hub.filters import FilterField, Operator, column
from hub.fragments import compared
from hub.holidays import is_public_holiday
from hub.listing import Listing, ListQuery, everybody, parts_by, refers_to, words_by
from hub.pagination import Page, fetch_page, fetch_pages_by
from hub.publishing import visible
from hub.records import Ordering, Record, Select, fetch_records, table_of

DISTANCE = "squared_chord"
"""The computed column of a list that is measured from a point; see `rules.metres_of_chord`."""

_place = table_of(Place)
_offering = table_of(Offering)
_street = table_of(FriendlyStreet)
_BY_NAME = (Ordering("sort_name"),)


@dataclass(frozen=True, slots=True)
class Near:
    """The circle a list of places is narrowed to: WGS-84 degrees, metres, and the unit vector."""

    latitude: float
    longitude: float
    vector: tuple[float, float, float]
    within_metres: float


@dataclass(frozen=True, slots=True)
class OpenAt:
    """The question whether a place is open at an instant.

    `zones` are those of `timezones_in_use`.
    """

    at: datetime
    zones: tuple[str, ...]


async def timezones_in_use() -> tuple[str, ...]:
    """The time zones that places name, each of which has its own wall clock.

    One statement that steps from zone to zone along an index, however many places there are.
    """
    rows = await fetch_all(
        "WITH RECURSIVE zones (zone) AS ("
        " SELECT MIN(timezone) FROM place"
        " UNION ALL"
        " SELECT (SELECT MIN(timezone) FROM place WHERE timezone > zones.zone)"
        " FROM zones WHERE zones.zone IS NOT NULL)"
        " SELECT zone FROM zones WHERE zone IS NOT NULL",
        [],
    )
    return tuple(row[0] for row in rows)


def _visible_places(*kinds: PlaceKind) -> Callable[[Viewer], Sequence[Criterion]]:
    def criteria(viewer: Viewer) -> Sequence[Criterion]:
        shown = visible(_place, viewer.now)
        return (compared(_place.kind, kinds[0].value), shown) if kinds else (shown,)

    return criteria


def _visible_offerings(viewer: Viewer) -> Sequence[Criterion]:
    """An offering is seen where it is published *and* its place is."""
    of_place = same(_place.id, _offering.place_id)
    seen = there_is(_place, of_place, visible(_place, viewer.now))
    return visible(_offering, viewer.now), seen


def _place_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "town": column(_place.town_id),
        "street": refers_to(_place.street_id, STREETS, viewer=viewer),
        "kind": column(_place.kind),
        "category": column(_place.category),
        "level": column(_place.level),
        "published_at": column(_place.published_at),
        "amenity": _has_amenity,
        "offering": lambda operator, kind: _has_offering(operator, kind, viewer),
        "accessible": lambda _, wanted: _flag(_place.accessibility != "[]", wanted),
        "near": lambda _, near: within(near),
        "open": lambda _, asked: _is_open(asked),
        "not_open": lambda _, asked: _is_closed(asked),
    }


def _offering_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "place": column(_offering.place_id),
        "kind": column(_offering.kind),
        "published_at": column(_offering.published_at),
        "is_current": lambda _, wanted: _flag(_is_current(viewer.now), wanted),
    }


def _flag(criterion: Criterion, wanted: bool) -> Criterion:
    return criterion if wanted else is_false(criterion)


def _is_current(now: datetime) -> Criterion:
    begun = _offering.valid_from.isnull() | (_offering.valid_from <= now)
    criterion: Criterion = begun & (_offering.valid_until.isnull() | (_offering.valid_until > now))
    return criterion


_place_orders = {"NAME": "sort_name", "PUBLISHED_AT": "published_at", "DISTANCE": DISTANCE}

TOWNS = Listing(
    Town,
    everybody,
    filters=lambda viewer: {"kind": column(table_of(Town).kind)},
    orders={"POSITION": "position"},
    default_order=(Ordering("position"),),
)
STREETS = Listing(
    FriendlyStreet,
    lambda viewer: (visible(_street, viewer.now),),
    filters=lambda viewer: {
        "town": column(_street.town_id),
        "published_at": column(_street.published_at),
    },
    orders={"NAME": "sort_name", "PUBLISHED_AT": "published_at"},
    default_order=_BY_NAME,
)
PLACES = Listing(
    Place,
    _visible_places(),
    filters=_place_filters,
    orders=_place_orders,
    default_order=_BY_NAME,
    always=frozenset({"kind"}),
)
MERCHANTS = replace(PLACES, visible=_visible_places(PlaceKind.MERCHANT))
STATIONS = replace(PLACES, visible=_visible_places(PlaceKind.STATION))
SERVICE_CENTRES = replace(PLACES, visible=_visible_places(PlaceKind.SERVICE_CENTRE))
OFFERINGS = Listing(
    Offering,
    _visible_offerings,
    filters=_offering_filters,
    orders={"POSITION": "position"},
    default_order=(Ordering("position"),),
    under={"place_id": lambda viewer: (visible(_offering, viewer.now),)},
)


async def place_page(
    listing: Listing,
    viewer: Viewer,
    *,
    query: ListQuery,
    near: Near | None,
    columns: frozenset[str] | None = None,
    is_read: bool = True,
) -> Page:
    """One page of places; nearest first, and with `DISTANCE`, when `near` is given.

    `columns` and `is_read` are those of `Listing.page`.
    """
    select, order = _measured(
        listing.narrowed(viewer, query, columns=columns), listing, query, near
    )
    return await fetch_page(select, query.request, order=order, is_read=is_read)


async def place_pages_by(
    listing: Listing,
    viewer: Viewer,
    *,
    column: str,
    parent_ids: Sequence[UUID],
    query: ListQuery,
    near: Near | None,
    columns: frozenset[str] | None = None,
    is_read: bool = True,
) -> list[Page]:
    """A page of places for each parent, in one statement; measured as in `place_page`."""
    select, order = _measured(
        listing.narrowed(viewer, query, columns=columns), listing, query, near
    )
    return await fetch_pages_by(
        select, query.request, column=column, parent_ids=parent_ids, order=order, is_read=is_read
    )


def _measured(
    select: Select, listing: Listing, query: ListQuery, near: Near | None
) -> tuple[Select, Sequence[Ordering]]:
    """The places of `select`, which `query` asks for, and their order. Ordering by `DISTANCE`
    without `near` is for the caller to refuse, who knows how the argument is called.
    """
    order = listing.ordering(query)
    if near is None:
        return select, order
    return measured(select, near), order if query.order else (Ordering(DISTANCE),)


def measured(select: Select, near: Near) -> Select:
    """The same places with the squared chord from a point as a computed column."""
    return replace(
        select,
        extras={DISTANCE: _squared_chord(near)},
        scope=f"near {near.latitude!r} {near.longitude!r}",
    )


def within(near: Near) -> Criterion:
    """Places inside the circle: an indexed box around it first, then the true distance."""
    south, north, west, east = bounding_box(
        near.latitude, near.longitude, metres=near.within_metres
    )
    box = _place.latitude.between(south, north) & _place.longitude.between(west, east)
    criterion: Criterion = box & (_squared_chord(near) <= squared_chord_of(near.within_metres))
    return criterion


def _squared_chord(near: Near) -> Term:
    x, y, z = near.vector
    term: Term = (
        (_place.x - x) * (_place.x - x)
        + (_place.y - y) * (_place.y - y)
        + (_place.z - z) * (_place.z - z)
    )
    return term


def _has_amenity(operator: Operator, value: Any) -> Criterion:
    """Places that have the amenity with this code, or one of these codes."""
    link, word = table_of(PlaceAmenity), table_of(Amenity)
    query = (
        Query.from_(link)
        .join(word)
        .on(word.id == link.amenity_id)
        .select(link.id)
        .where(link.place_id == _place.id)
        .where(column(word.code)(operator, value))
    )
    return Exists(query)


def _has_offering(operator: Operator, value: Any, viewer: Viewer) -> Criterion:
    """Places with a visible, currently valid offering of this kind."""
    return there_is(
        _offering,
        same(_offering.place_id, _place.id),
        column(_offering.kind)(operator, value),
        visible(_offering, viewer.now),
        _is_current(viewer.now),
    )


def _is_open(asked: OpenAt) -> Criterion:
    """Places whose hours say open at the instant; the same rule as `rules.openness`, in SQL."""
    criterion = never()
    for zone in asked.zones:
        moments = local_moments(asked.at, timezone=zone, is_holiday=is_public_holiday)
        open_here: Criterion = _open_by(moments[0]) | _open_by(moments[1])
        criterion = criterion | ((_place.timezone == zone) & open_here)
    return criterion


def _is_closed(asked: OpenAt) -> Criterion:
    """Places whose hours are known and do not say open."""
    hours = table_of(OpeningInterval)
    criterion: Criterion = _some_interval(hours, hours.rule.notnull()) & is_false(_is_open(asked))
    return criterion


def _open_by(moment: LocalMoment) -> Criterion:
    hours = table_of(OpeningInterval)
    inside = (hours.opens_minute <= moment.minute) & (hours.closes_minute > moment.minute)
    dated = (
        (hours.rule == HoursRule.EXCEPTION.value)
        & (hours.starts_on <= moment.day)
        & (hours.ends_on > moment.day)
    )
    weekly = (hours.rule == HoursRule.WEEKLY.value) & (hours.weekday == moment.weekday)
    festive = hours.rule == HoursRule.HOLIDAY.value
    by_week = truth(_some_interval(hours, weekly & inside))
    choice = Case().when(_some_interval(hours, dated), truth(_some_interval(hours, dated & inside)))
    if moment.is_holiday:
        choice = choice.when(
            _some_interval(hours, festive), truth(_some_interval(hours, festive & inside))
        )
    return is_true(choice.else_(by_week))


def _some_interval(hours: Table, criterion: Criterion) -> Criterion:
    return there_is(hours, same(hours.place_id, _place.id), criterion)


async def the_district() -> Record | None:
    """Whose hub this is; None before the first load."""
    rows = await fetch_records(Select(District), limit=1)
    return rows[0] if rows else None


async def all_amenities() -> list[Record]:
    """The vocabulary of amenities in its order."""
    return await fetch_records(Select(Amenity), order=[Ordering("position"), Ordering("id")])


async def amenities_by_place_ids(place_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each place's amenities in the order of the vocabulary, in one statement."""
    return await words_by(PlaceAmenity, place_ids, column="place_id", word=(Amenity, "amenity_id"))


async def photos_by_place_ids(place_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each place's photos in order, in one statement."""
    return await parts_by(PlacePhoto, place_ids, column="place_id", order=("position", "id"))


async def services_by_place_ids(place_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each service centre's services in order, in one statement."""
    return await parts_by(CentreService, place_ids, column="place_id", order=("position", "id"))


async def hours_by_place_ids(place_ids: Sequence[UUID]) -> list[list[Interval]]:
    """Each place's opening intervals, in one statement; an empty list where they are unknown."""
    order = ("rule", "weekday", "starts_on", "opens_minute", "id")
    rows = await parts_by(OpeningInterval, place_ids, column="place_id", order=order)
    return [[_interval(row) for row in each] for each in rows]


def _interval(row: Record) -> Interval:
    return Interval(
        rule=row.rule,
        weekday=row.weekday,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        opens_minute=row.opens_minute,
        closes_minute=row.closes_minute,
        note=row.note,
    )


def is_holiday(day: date) -> bool:
    """Whether the hours for public holidays hold on `day`."""
    return is_public_holiday(day)
