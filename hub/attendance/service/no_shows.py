"""Who came and who did not: written down once a thing is over, and counted for organisers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pypika_tortoise import functions as sql_functions
from pypika_tortoise.queries import Query, Table

from hub.attendance.models import CheckIn
from hub.attendance.queries import occasions_of
from hub.attendance.rules import NO_SHOW_AFTER, Occasion
from hub.attendance.service.areas import occasions_within
from hub.audit import service as audit
from hub.auth import Action, Actor, Viewer, operator
from hub.database import fetch_all, transaction
from hub.enrollment.queries import registrations
from hub.enrollment.rules import RegistrationState, Subject, SubjectKind
from hub.enrollment.service import marking
from hub.errors import Conflict, NotFound, Unauthenticated
from hub.learning.queries import SESSIONS
from hub.records import (
    Exists,
    Record,
    Select,
    as_uuid,
    fetch_records_by,
    is_in,
    render,
    table_of,
)

_LOOKS_BACK = timedelta(days=8)
_THINGS_AT_ONCE = 200

_check_in = table_of(CheckIn)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has an end: an event, a competition, a course or a session of one.

    Named as a registration names what it is for, so that its occasion is found the same way.
    """

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    part_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many people have a seat for a thing, came, and did not; and how many were counted in.

    The first three count whole parties, the last one the people whom scanners saw.
    """

    registered: int = 0
    attended: int = 0
    no_show: int = 0
    arrived: int = 0


def event_thing(key: UUID) -> Thing:
    """An event as a thing."""
    return Thing(key, SubjectKind.EVENT, key)


async def session_of(key: UUID | None) -> Thing | None:
    """A session of a course by its id, whoever may see it; None where there is none."""
    rows = await fetch_records_by(Select(SESSIONS.model), [key] if key else [], column="id")
    return session_thing(rows[0]) if rows else None


def session_thing(row: Record) -> Thing:
    """A session of a course as a thing."""
    return Thing(row.id, SubjectKind.COURSE, row.course_id, row.id)


async def within(viewer: Viewer, thing: Thing | None, *, action: Action) -> Occasion | None:
    """The occasion of a thing where the viewer may do `action` to it; None for any other."""
    if thing is None:
        return None
    rows: Any = [thing]
    return (await occasions_within(viewer, rows, action=action)).get(thing.id)


async def mark_no_shows(viewer: Viewer, thing: Thing | None) -> int:
    """Write down who did not come to a thing that is over; how many registrations that were.

    Again it finds nobody. Raises Unauthenticated, NotFound, and Conflict before the end and where
    nobody was checked in at all: that nobody scanned does not say that nobody came.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    occasion = await within(viewer, thing, action=Action.MANAGE_REGISTRATIONS)
    if thing is None or occasion is None:
        raise NotFound("There is no such thing.", chinese="没有这个活动或场次。", path=("input",))
    if occasion.ends_at is None or viewer.now < occasion.ends_at:
        raise Conflict("It is not over yet.", chinese="活动尚未结束。", path=("input",))
    if not (await _scanned([thing]))[0]:
        raise Conflict(
            "Nobody was checked in, so nobody can be told apart.",
            chinese="没有任何签到记录，无法判断谁未到场。",
            path=("input",),
        )
    return await _mark(viewer.actor, thing, now=viewer.now)


async def mark_no_shows_due(now: datetime) -> int:
    """The same for everything that ended a day ago and had check-ins; how many registrations.

    For the worker. What was scanned without a network has a day to arrive, and counts after, too.
    """
    things = await _lately_scanned(now)
    rows: Any = things
    occasions = await occasions_of(rows)
    actor = operator("no-shows", now=now)
    return sum(
        [
            await _mark(actor, thing, now=now)
            for thing, occasion in zip(things, occasions, strict=True)
            if _is_long_over(occasion, now)
        ]
    )


def _is_long_over(occasion: Occasion | None, now: datetime) -> bool:
    ends_at = occasion.ends_at if occasion is not None else None
    return ends_at is not None and ends_at + NO_SHOW_AFTER <= now


async def _mark(actor: Actor, thing: Thing, *, now: datetime) -> int:
    subject = Subject(thing.subject_kind, thing.subject_id, thing.part_id)

    async def body() -> int:
        missing = await marking.mark_no_shows(subject, now=now)
        if missing:
            await audit.record(
                actor,
                "registration.no_shows_marked",
                object=(thing.subject_kind.value.capitalize(), thing.subject_id),
                after={"part_id": thing.part_id, "registrations": len(missing)},
            )
        return len(missing)

    return await transaction(body)


async def _lately_scanned(now: datetime) -> list[Thing]:
    """Things with a check-in of the last days where it is open of somebody whether they came."""
    other = Table("registration", alias="other")
    is_open = (
        Query.from_(other)
        .select(other.id)
        .where(other.subject_id == registrations.subject_id)
        .where(other.state == RegistrationState.CONFIRMED.value)
    )
    columns = (registrations.subject_kind, registrations.subject_id, registrations.part_id)
    query = (
        Query.from_(_check_in)
        .join(registrations)
        .on(registrations.id == _check_in.registration_id)
        .select(*columns)
        .distinct()
        .where(_check_in.at > now - _LOOKS_BACK)
        .where(Exists(is_open))
        .limit(_THINGS_AT_ONCE)
    )
    return [_thing(row) for row in await fetch_all(*render(query))]


def _thing(row: Sequence[Any]) -> Thing:
    kind, subject_id = SubjectKind(row[0]), as_uuid(row[1])
    is_session = kind is SubjectKind.COURSE and row[2] is not None
    part_id = as_uuid(row[2]) if is_session else None
    return Thing(part_id or subject_id, kind, subject_id, part_id)


async def turnouts_of(viewer: Viewer, things: Sequence[Thing]) -> list[Turnout | None]:
    """How each thing was attended, aligned; None where it is not the viewer's to know.

    Nobody's question costs a statement for those who check nobody in anywhere.
    """
    rows: Any = things
    known = await occasions_within(viewer, rows, action=Action.CHECK_IN) if _may(viewer) else {}
    shown = [thing for thing in things if thing.id in known]
    seats, arrived = await _people(shown), await _scanned_people(shown)
    return [_turnout(thing.id, seats, arrived) if thing.id in known else None for thing in things]


def _may(viewer: Viewer) -> bool:
    return bool(viewer.actor.grants or viewer.actor.permissions)


def _turnout(
    key: UUID, seats: Mapping[tuple[UUID, str], int], arrived: Mapping[UUID, int]
) -> Turnout:
    came = seats.get((key, RegistrationState.ATTENDED.value), 0)
    missing = seats.get((key, RegistrationState.NO_SHOW.value), 0)
    expected = seats.get((key, RegistrationState.CONFIRMED.value), 0)
    return Turnout(expected + came + missing, came, missing, arrived.get(key, 0))


async def _people(things: Sequence[Thing]) -> dict[tuple[UUID, str], int]:
    found: dict[tuple[UUID, str], int] = {}
    for column, ids in _columns(things).items():
        key = registrations[column]
        query = (
            Query.from_(registrations)
            .select(key, registrations.state, sql_functions.Sum(registrations.party_size))
            .where(is_in(key, ids))
            .groupby(key, registrations.state)
        )
        rows = await fetch_all(*render(query))
        found |= {(as_uuid(row[0]), str(row[1])): int(row[2]) for row in rows}
    return found


async def _scanned_people(things: Sequence[Thing]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for column, ids in _columns(things).items():
        key = registrations[column]
        query = (
            Query.from_(_check_in)
            .join(registrations)
            .on(registrations.id == _check_in.registration_id)
            .select(key, sql_functions.Sum(_check_in.arrivals))
            .where(is_in(key, ids))
            .groupby(key)
        )
        found |= {as_uuid(row[0]): int(row[1]) for row in await fetch_all(*render(query))}
    return found


async def _scanned(things: Sequence[Thing]) -> list[bool]:
    found = await _scanned_people(things)
    return [thing.id in found for thing in things]


def _columns(things: Sequence[Thing]) -> dict[str, list[UUID]]:
    """The ids of things by the column of registrations that names them."""
    columns: dict[str, list[UUID]] = {}
    for thing in things:
        name = "part_id" if thing.part_id is not None else "subject_id"
        columns.setdefault(name, []).append(thing.id)
    return columns
