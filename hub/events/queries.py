"""Reads of events: the calendar, agendas, employers and their openings."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion, Term

from hub.auth import Viewer
from hub.criteria import same, there_is
from hub.database import fetch_all
from hub.directory.queries import PLACES
from hub.events.models import AgendaItem, Employer, Event, EventOption, Opening
from hub.filters import FilterField, column
from hub.listing import Listing, everybody, parts_by, refers_to
from hub.publishing import visible
from hub.records import Ordering, Record, as_uuid, render, table_of

_event = table_of(Event)
_employer = table_of(Employer)
_opening = table_of(Opening)
_option = table_of(EventOption)


def _event_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "kind": column(_event.kind),
        "town": column(_event.town_id),
        "place": refers_to(_event.place_id, PLACES, viewer=viewer),
        "starts_at": column(_event.starts_at),
        "ends_at": column(_event.ends_at),
        "published_at": column(_event.published_at),
    }


def _visible_options(viewer: Viewer) -> Sequence[Criterion]:
    """An option is seen where its event is."""
    return (_event_seen(_option.event_id, viewer),)


def _visible_openings(viewer: Viewer) -> Sequence[Criterion]:
    """An opening is seen where both its job fair and its employer are."""
    return _event_seen(_opening.event_id, viewer), _employer_seen(viewer)


def _event_seen(key: Term, viewer: Viewer) -> Criterion:
    return there_is(_event, same(_event.id, key), visible(_event, viewer.now))


def _employer_seen(viewer: Viewer) -> Criterion:
    of_opening = same(_employer.id, _opening.employer_id)
    return there_is(_employer, of_opening, visible(_employer, viewer.now))


EVENTS = Listing(
    Event,
    lambda viewer: (visible(_event, viewer.now),),
    filters=_event_filters,
    orders={"STARTS_AT": "starts_at", "PUBLISHED_AT": "published_at"},
    default_order=(Ordering("starts_at"),),
)
OPTIONS = Listing(
    EventOption,
    _visible_options,
    default_order=(Ordering("position"),),
    under={"event_id": everybody},
)
EMPLOYERS = Listing(
    Employer,
    lambda viewer: (visible(_employer, viewer.now),),
    orders={"NAME": "sort_name"},
    default_order=(Ordering("sort_name"),),
)
OPENINGS = Listing(
    Opening,
    _visible_openings,
    filters=lambda viewer: {
        "event": column(_opening.event_id),
        "employer": column(_opening.employer_id),
        "pay_period": column(_opening.pay_period),
    },
    orders={"POSITION": "position"},
    default_order=(Ordering("position"),),
    under={
        "event_id": lambda viewer: (_employer_seen(viewer),),
        "employer_id": lambda viewer: (_event_seen(_opening.event_id, viewer),),
    },
)


async def agenda_by_event_ids(event_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each event's agenda in order, in one statement, for events that are known to be seen."""
    return await parts_by(AgendaItem, event_ids, column="event_id", order=("position", "id"))


async def options_by_event_ids(event_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each event's options in order, in one statement, for events that are known to be seen."""
    return await parts_by(EventOption, event_ids, column="event_id", order=("position", "id"))


async def towns_by_pool(pool_id: UUID) -> list[UUID]:
    """The towns of the events, public or not, whose seats come from a pool; their place's town
    where an event names none itself.
    """
    option, place = table_of(EventOption), table_of(PLACES.model)
    by_option = Query.from_(option).select(option.event_id).where(option.pool_id == pool_id)
    query = (
        Query.from_(_event)
        .left_join(place)
        .on(place.id == _event.place_id)
        .select(_event.town_id, place.town_id)
        .where((_event.pool_id == pool_id) | _event.id.isin(by_option))
    )
    towns = [own or of_place for own, of_place in await fetch_all(*render(query))]
    return [as_uuid(each) for each in towns if each]
