"""Reads of attendance: what can be signed up for, what registrations are for, whose they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion

from hub.attendance.rules import (
    CLASHES_MAX,
    Occasion,
    SignUpRequest,
    closed_by,
    no_registration_needed,
    overlap,
    part_needed,
    part_not_found,
    thing_not_found,
)
from hub.auth import DISTRICT, Action, Scope, ScopeKind, Viewer, is_allowed, reach
from hub.competitions import queries as competitions
from hub.contests.queries.scoring import is_judged_blind, judged_blind
from hub.criteria import Exists, is_false, is_in, never, truth
from hub.enrollment.queries import (
    OWN_REGISTRATIONS,
    active_by_person_ids,
    of_viewer,
    pools_by_ids,
    registrations,
    state_term,
)
from hub.enrollment.rules import NotOpen, Subject, SubjectKind, Window
from hub.events import queries as events
from hub.filters import FilterField, Operator, column
from hub.learning import queries as learning
from hub.listing import Listing, Visible
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of thing is read: itself, the parts one chooses from, when one has to."""

    things: Listing
    parts: Listing
    parent: str
    part_title: str
    is_choice: Callable[[Any], Criterion] | None = None


FAMILIES: Mapping[SubjectKind, Family] = {
    SubjectKind.EVENT: Family(events.EVENTS, events.OPTIONS, "event_id", "title"),
    SubjectKind.COURSE: Family(
        learning.COURSES,
        learning.SESSIONS,
        "course_id",
        "title",
        lambda session: session.pool_id.notnull(),
    ),
    SubjectKind.COMPETITION: Family(
        competitions.COMPETITIONS, competitions.DIVISIONS, "competition_id", "name"
    ),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What somebody wants to sign up for: the thing and its part, its seats, and when one can.

    Without a pool seats are not counted.
    """

    subject: Subject
    thing: Record
    part: Record | None
    pool: Record | None
    window: Window


async def target_of(viewer: Viewer, request: SignUpRequest) -> Target:
    """What a request is for, as the asking person may see it.

    Two statements, and one more where a part is named. Raises NotFound, Invalid where one has to
    choose a part, Conflict where nothing has to be signed up for, and NotOpen while its seats are
    not published.
    """
    family = FAMILIES[request.kind]
    thing = await _thing(viewer, family, request)
    part = await _part(viewer, family, request) if request.part_id is not None else None
    if part is None and thing.has_choice:
        raise part_needed(request.kind)
    pool = await _pool_of(thing, part, now=viewer.now)
    window = window_of(request.kind, thing, part=part)
    if window is None and pool is None:
        raise no_registration_needed(request.kind)
    is_once = pool is None or pool.per_person_limit == 1
    subject = Subject(
        request.kind, thing.id, request.part_id, is_once and request.kind in _ONCE_EACH
    )
    own = Window() if pool is None else Window(pool.opens_at, pool.closes_at)
    return Target(subject, thing, part, pool, (window or Window()).within(own))


_ONCE_EACH = frozenset({SubjectKind.EVENT, SubjectKind.COURSE})
"""Kinds of which a person takes part in one part only; competitions have divisions side by side."""


async def _thing(viewer: Viewer, family: Family, request: SignUpRequest) -> Record:
    if request.thing_id is None:
        raise thing_not_found(request.kind)
    things, parts = table_of(family.things.model), table_of(family.parts.model)
    choices = Query.from_(parts).select(parts.id).where(parts[family.parent] == things.id)
    if family.is_choice is not None:
        choices = choices.where(family.is_choice(parts))
    select = Select(
        family.things.model,
        (*family.things.visible(viewer), things.id == request.thing_id),
        extras={"has_choice": truth(Exists(choices))},
    )
    rows = await fetch_records(select, limit=1)
    if not rows:
        raise thing_not_found(request.kind)
    return rows[0]


async def _part(viewer: Viewer, family: Family, request: SignUpRequest) -> Record:
    assert request.part_id is not None
    part = (await family.parts.by_ids(viewer, [request.part_id]))[0]
    if part is None or getattr(part, family.parent) != request.thing_id:
        raise part_not_found(request.kind)
    return part


async def _pool_of(thing: Record, part: Record | None, *, now: datetime) -> Record | None:
    """The pool of the part, or else of the thing. Raises NotOpen while it is not published."""
    pool_id = getattr(part, "pool_id", None) or getattr(thing, "pool_id", None)
    if pool_id is None:
        return None
    pool = (await pools_by_ids([pool_id], now=now))[0]
    if pool is None:
        raise NotOpen(
            "Registration has not opened yet.",
            chinese="报名尚未开始。",
            opensAt=None,
            closesAt=None,
        )
    return pool


def window_of(kind: SubjectKind, thing: Record, *, part: Record | None) -> Window | None:
    """When one can sign up as far as the thing itself says; None where it has no registration.

    A course can be enrolled in at any time, its sessions until they begin.
    """
    if kind is SubjectKind.COURSE:
        return Window(None, part.starts_at if part is not None else None)
    if thing.registration_opens_at is None and thing.registration_closes_at is None:
        return None if not _has_pool(thing, part) else Window(None, thing.ends_at)
    own = Window(thing.registration_opens_at, thing.registration_closes_at)
    return closed_by(own, thing.ends_at)


def _has_pool(thing: Record, part: Record | None) -> bool:
    return bool(getattr(part, "pool_id", None) or getattr(thing, "pool_id", None))


async def occasions_of(rows: Sequence[Record]) -> list[Occasion | None]:
    """What each registration is for, aligned, whoever may see it by now: for those whose it is.

    One statement for each table that is needed. None for a thing that is gone for good.
    """
    things = {kind: await _things_of(kind, rows) for kind in dict.fromkeys(_kinds(rows))}
    return [_occasion(row, *things[row.subject_kind]) for row in rows]


def _kinds(rows: Sequence[Record]) -> list[SubjectKind]:
    return [row.subject_kind for row in rows]


async def _things_of(
    kind: SubjectKind, rows: Sequence[Record]
) -> tuple[dict[UUID, Record], dict[UUID, Record]]:
    family = FAMILIES[kind]
    mine = [row for row in rows if row.subject_kind is kind]
    things = await _by_id(family.things, [row.subject_id for row in mine])
    parts = await _by_id(family.parts, [row.part_id for row in mine if row.part_id is not None])
    return things, parts


async def _by_id(listing: Listing, ids: Sequence[UUID]) -> dict[UUID, Record]:
    rows = await fetch_records_by(Select(listing.model), ids, column="id")
    return {row.id: row for row in rows}


def _occasion(
    row: Record, things: Mapping[UUID, Record], parts: Mapping[UUID, Record]
) -> Occasion | None:
    thing, part = things.get(row.subject_id), parts.get(row.part_id)
    if thing is None:
        return None
    is_session = row.subject_kind is SubjectKind.COURSE
    timed = part if is_session else thing
    part_title = FAMILIES[row.subject_kind].part_title
    return Occasion(
        kind=row.subject_kind,
        id=thing.id,
        title=thing.title,
        part_title=getattr(part, part_title) if part is not None else None,
        **{name: getattr(timed, name, None) for name in _TIME_AND_PLACE},
        town_id=getattr(thing, "town_id", None),
        program_id=getattr(thing, "program_id", None),
        version=thing.version,
    )


_TIME_AND_PLACE = (
    *("starts_at", "ends_at", "timezone", "place_id"),
    *("venue_name", "address", "latitude", "longitude"),
)


def organised(viewer: Viewer, action: Action) -> Sequence[Criterion]:
    """The criteria for registrations for things that lie where the viewer may do `action`.

    Who judges a competition whose scoring goes on learns no names there, organiser or not; only
    the district reaches competitions at all.
    """
    scopes = reach(viewer.actor, action, now=viewer.now)
    if DISTRICT in scopes:
        judge = viewer.actor.person_id
        blind = is_judged_blind(judge, registrations.subject_id) if judge is not None else None
        return () if blind is None else (is_false(blind),)
    keys = {kind: [each.key for each in scopes if each.kind is kind] for kind in ScopeKind}
    event, course = table_of(events.EVENTS.model), table_of(learning.COURSES.model)
    near = is_in(event.town_id, keys[ScopeKind.TOWN]) | is_in(event.place_id, keys[ScopeKind.PLACE])
    of_event = Query.from_(event).select(event.id).where(event.id == registrations.subject_id)
    of_course = Query.from_(course).select(course.id).where(course.id == registrations.subject_id)
    in_program = is_in(course.program_id, keys[ScopeKind.PROGRAM])
    if not scopes:
        return (never(),)
    return (Exists(of_event.where(near)) | Exists(of_course.where(in_program)),)


def _to_be_seen(viewer: Viewer) -> Sequence[Criterion]:
    """One's own, and those of whom one organises for."""
    theirs = organised(viewer, Action.READ_REGISTRATIONS)
    return (of_viewer(viewer) | theirs[0],) if theirs else ()


def _at(time: str) -> FilterField:
    """A filter by when what a registration is for begins or ends; without a time none matches."""

    def named(operator: Operator, value: Any) -> Criterion:
        met: Criterion | None = None
        for table, key in _TIMED:
            of = Query.from_(table).select(table.id).where(table.id == registrations[key])
            criterion = Exists(of.where(column(table[time])(operator, value)))
            met = criterion if met is None else met | criterion
        assert met is not None
        return met

    return named


_TIMED = (
    (table_of(events.EVENTS.model), "subject_id"),
    (table_of(learning.SESSIONS.model), "part_id"),
    (table_of(competitions.COMPETITIONS.model), "subject_id"),
)


def _filters(viewer: Viewer) -> Mapping[str, FilterField]:
    is_over = _at("ends_at")(Operator.LTE, viewer.now)
    return {
        "thing": column(registrations.subject_id),
        "state": column(state_term(viewer.now)),
        "created_at": column(registrations.created_at),
        "subject_kind": column(registrations.subject_kind),
        "starts_at": _at("starts_at"),
        "is_upcoming": lambda _, value: is_false(is_over) if value else is_over,
    }


def _listing(visible: Visible) -> Listing:
    newest = (Ordering("created_at", descending=True),)
    orders = {"CREATED_AT": "created_at"}
    model = OWN_REGISTRATIONS.model
    return Listing(model, visible, filters=_filters, orders=orders, default_order=newest)


OWN = _listing(lambda viewer: (of_viewer(viewer),))
ORGANISED = _listing(lambda viewer: organised(viewer, Action.READ_REGISTRATIONS))
REGISTRATIONS = _listing(_to_be_seen)


async def organised_thing(
    viewer: Viewer, thing_id: UUID | None, *, kind: SubjectKind
) -> Record | None:
    """The thing with this id, public or not, where the viewer reads who signed up; None else, and
    for a competition that they judge and whose scoring goes on.
    """
    if thing_id is None:
        return None
    thing = (await _by_id(FAMILIES[kind].things, [thing_id])).get(thing_id)
    if thing is None or await judged_blind(viewer.actor.person_id, {thing_id}):
        return None
    scopes = [
        Scope(scope, key)
        for scope, key in (
            (ScopeKind.TOWN, getattr(thing, "town_id", None)),
            (ScopeKind.PLACE, getattr(thing, "place_id", None)),
            (ScopeKind.PROGRAM, getattr(thing, "program_id", None)),
        )
        if key is not None
    ]
    action = Action.READ_REGISTRATIONS
    return thing if is_allowed(viewer.actor, action, on=scopes, now=viewer.now) else None


async def are_to_be_seen(viewer: Viewer, rows: Sequence[Record]) -> list[bool]:
    """Whether each registration's person and words are the viewer's to see; one statement at most.

    One's own are; those of others by `ORGANISED`, whatever way led to the row.
    """
    own = viewer.actor.person_id
    others = list(dict.fromkeys(row.id for row in rows if own is None or row.person_id != own))
    seen = await ORGANISED.by_ids(viewer, others) if others else []
    shown = {row.id for row in seen if row is not None}
    return [(own is not None and row.person_id == own) or row.id in shown for row in rows]


async def clashes_of(rows: Sequence[Record], *, now: datetime) -> list[list[Record]]:
    """The same people's other registrations for the same time, aligned; over ones have none.

    One statement for the registrations, and one for each table of what they are for.
    """
    people = list(dict.fromkeys(row.person_id for row in rows))
    active = await active_by_person_ids(people, now=now)
    at = {
        row.id: found
        for row, found in zip(active, await occasions_of(active), strict=True)
        if found is not None
    }
    return [
        [
            other
            for other in active
            if other.person_id == row.person_id
            and other.id != row.id
            and row.id in at
            and other.id in at
            and overlap(at[row.id], at[other.id])
        ][:CLASHES_MAX]
        for row in rows
    ]


async def managed_registration(viewer: Viewer, registration_id: UUID | None) -> Record | None:
    """The registration with this id where the viewer manages it; None for any other."""
    if registration_id is None:
        return None
    criteria = organised(viewer, Action.MANAGE_REGISTRATIONS)
    select = Select(OWN.model, (*criteria, registrations.id == registration_id))
    rows = await fetch_records(select, limit=1)
    return rows[0] if rows else None


async def own_registration(viewer: Viewer, registration_id: UUID | None) -> Record | None:
    """The registration with this id where it is the viewer's; None for any other."""
    if registration_id is None:
        return None
    return (await OWN.by_ids(viewer, [registration_id]))[0]
