"""Registrations in GraphQL: what one signed up for, and where it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.attendance import queries as attendance
from hub.attendance.rules import Occasion as OccasionRow
from hub.attendance.service import reading
from hub.enrollment import queries as enrollment
from hub.enrollment.rules import (
    RegistrationState,
    Standing,
    SubjectKind,
    WaitlistReason,
    state_at,
    waitlist_words,
)
from hub.identity import queries as identity
from hub.records import Record
from schema.attendance.tickets import (
    Ticket,
    calendar_url_field,
    ticket_code_field,
    ticket_field,
)
from schema.batching import batch_field, shared
from schema.enums import describe_enum
from schema.relay import Node, encode_id, register_node
from schema.venues import Venue, VenueRow, venues

describe_enum(
    SubjectKind,
    description="What one signs up for.",
    values={
        SubjectKind.COURSE: "A course, or a session of it (课程).",
        SubjectKind.EVENT: "An event, or an option of it (活动).",
        SubjectKind.COMPETITION: "A division of a competition (技能比武).",
    },
)
describe_enum(
    RegistrationState,
    description="Where a registration stands (报名状态).",
    values={
        RegistrationState.PENDING: "Waits for the organiser and holds its seat (待审核).",
        RegistrationState.CONFIRMED: "Has its seat (已报名).",
        RegistrationState.WAITLISTED: "On the waiting list (候补中).",
        RegistrationState.OFFERED: "A seat is held for a while: `acceptOffer` takes it (待确认).",
        RegistrationState.CANCELLED: "Given up (已取消).",
        RegistrationState.REJECTED: "Turned down by the organiser (未通过).",
        RegistrationState.EXPIRED: "The offer ran out, and the seat went on (已过期).",
        RegistrationState.ATTENDED: "Came (已签到).",
        RegistrationState.NO_SHOW: "Did not come (未到场).",
    },
)
describe_enum(
    WaitlistReason,
    description="Why one waits (候补原因).",
    values={
        WaitlistReason.FULL: "All seats are taken (名额已满).",
        WaitlistReason.PARTY_TOO_LARGE: "Fewer seats are left than the party has people, and "
        "parties are not split (剩余名额不足以容纳同行人数).",
        WaitlistReason.QUOTA: "The seats that are left are kept for other towns "
        "(剩余名额为其他镇街保留).",
        WaitlistReason.DRAW_PENDING: "The lots are drawn later (等待抽签).",
        WaitlistReason.OFFERS_CLOSED: "Freed seats are offered no more (已停止递补).",
    },
)


def _occasion_id(root: strawberry.Parent[OccasionRow]) -> strawberry.ID:
    return strawberry.ID(encode_id(root.kind.value.capitalize(), root.id))


async def _venues(parents: list[OccasionRow], info: Info) -> list[VenueRow | None]:
    rows: Any = parents
    return await venues(rows, info)


@strawberry.type(description="What a registration is for, also when it is public no more.")
class Occasion:
    """Over an occasion of `hub.attendance`."""

    id: strawberry.ID = strawberry.field(
        resolver=_occasion_id, description="The event, course or competition."
    )
    title: str = strawberry.field(description="Its title.")
    part_title: str | None = strawberry.field(
        description="The option, session or division; null without one."
    )
    starts_at: datetime | None = strawberry.field(
        description="When it begins; null for a course without a session."
    )
    ends_at: datetime | None = strawberry.field(description="When it is over.")
    timezone: str | None = strawberry.field(
        description="IANA name of the time zone it takes place in."
    )
    venue: Venue | None = batch_field(_venues, description="Where it takes place, if somewhere.")


async def _people(parents: Sequence[Record]) -> list[Record | None]:
    return await identity.people_by_ids([parent.person_id for parent in parents])


def _registrant_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.id))


def _masked(root: strawberry.Parent[Record]) -> str:
    return identity.masked_phone(root)


@strawberry.type(description="Who signed up (报名人).")
class Registrant:
    """Over a person's row."""

    id: strawberry.ID = strawberry.field(resolver=_registrant_id, description="The person's id.")
    display_name: str = strawberry.field(description="The name to show; may be empty.")
    phone_masked: str = strawberry.field(resolver=_masked, description="Like 138****1234.")


@strawberry.type(description="What somebody answered to one question (报名回答).")
class RegistrationAnswer:
    """See the fields."""

    question: str = strawberry.field(description="The question's slug.")
    value: str = strawberry.field(description="The answer as text.")


async def _registrants(parents: list[Record], info: Info) -> list[Record | None]:
    shown = await attendance.are_to_be_seen(info.context.viewer, parents)
    people = await _people([row for row, is_shown in zip(parents, shown, strict=True) if is_shown])
    found = {person.id: person for person in people if person is not None}
    return [
        found.get(row.person_id) if is_shown else None
        for row, is_shown in zip(parents, shown, strict=True)
    ]


async def registration_states(parents: list[Record], info: Info) -> list[RegistrationState]:
    """What each registration is at this moment."""
    now = info.context.viewer.now
    return [state_at(row.state, offered_until=row.offered_until, now=now) for row in parents]


async def _positions(parents: list[Record], info: Info) -> list[int | None]:
    waiting = [row.id for row in parents if row.state is RegistrationState.WAITLISTED]
    found = await enrollment.waitlist_positions(waiting)
    return [found.get(row.id) for row in parents]


async def _reasons(parents: list[Record], info: Info) -> list[WaitlistReason | None]:
    told = await shared(_standings, parents, info=info)
    return [each.reason if each else None for each in told]


async def _waitlist_messages(parents: list[Record], info: Info) -> list[str | None]:
    is_chinese = info.context.request.locale == "zh-CN"
    told = await shared(_standings, parents, info=info)
    found = (each and waitlist_words(each) for each in told)
    return [words[1 if is_chinese else 0] if words else None for words in found]


async def _standings(parents: list[Record], info: Info) -> list[Standing | None]:
    """Why each waits, read once for the fields that tell it."""
    waiting = [row.id for row in parents if row.state is RegistrationState.WAITLISTED]
    found = await enrollment.waitlist_standings(waiting, now=info.context.viewer.now)
    return [found.get(row.id) for row in parents]


async def occasions(parents: list[Record], info: Info) -> list[OccasionRow | None]:
    """What each registration is for."""
    return await attendance.occasions_of(parents)


async def _clashes(parents: list[Record], info: Info) -> list[list[Record]]:
    return await attendance.clashes_of(parents, now=info.context.viewer.now)


async def _answers(parents: list[Record], info: Info) -> list[list[RegistrationAnswer] | None]:
    return [
        None
        if kept is None
        else [RegistrationAnswer(question=slug, value=str(value)) for slug, value in kept.items()]
        for kept in await reading.answers_of(info.context.viewer, parents)
    ]


async def _companions(parents: list[Record], info: Info) -> list[list[str] | None]:
    return await reading.companions_of(info.context.viewer, parents)


@strawberry.type(
    description="That somebody has a seat, or waits for one (报名). For its person and for "
    "organisers with READ_REGISTRATIONS where the thing lies."
)
class Registration(Node):
    """Over a registration row."""

    version: int = strawberry.field(description="Counts its changes.")
    state: RegistrationState = batch_field(registration_states, description="Where it stands.")
    subject_kind: SubjectKind = strawberry.field(description="What it is for.")
    occasion: Occasion | None = batch_field(
        occasions, description="What it is for, with time and place."
    )
    party_size: int = strawberry.field(description="How many people come, oneself included.")
    companions: list[str] | None = batch_field(
        _companions,
        description="Who comes along, as they were named (同行人).",
        metadata={"size": 5},
    )
    waitlist_position: int | None = batch_field(
        _positions, description="The place on the waiting list, from 1; null when not on it."
    )
    waitlist_reason: WaitlistReason | None = batch_field(
        _reasons, description="Why one waits; null when one does not."
    )
    waitlist_message: str | None = batch_field(
        _waitlist_messages, description="The same in a sentence to show; null when one does not."
    )
    offered_until: datetime | None = strawberry.field(
        description="Before when the offered seat has to be taken; null: none is offered."
    )
    reason: str = strawberry.field(
        description="Why it was cancelled or turned down, as it was written; may be empty."
    )
    form_version: int | None = strawberry.field(
        description="The version of the form that was answered; null: nothing was asked."
    )
    answers: list[RegistrationAnswer] | None = batch_field(
        _answers,
        description="What was answered, in the order of the questions; null: nothing was asked. "
        "That an organiser reads it is written down in the audit.",
        metadata={"size": 10},
    )
    person: Registrant | None = batch_field(_registrants, description="Who signed up.")
    clashes: "list[Registration] | None" = batch_field(
        _clashes,
        description="The same person's other registrations for the same time, at most 10.",
        metadata={"size": 3},
    )
    ticket_code: str | None = ticket_code_field()
    ticket: Ticket | None = ticket_field()
    calendar_url: str | None = calendar_url_field()
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it last changed.")


register_node("Registration", attendance.REGISTRATIONS)
