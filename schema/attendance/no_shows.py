"""No-shows and revoked tickets, in GraphQL."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from hub.attendance.service import no_shows
from hub.attendance.service.revocations import revoked_tickets
from hub.enrollment.rules import OVER
from hub.errors import BadUserInput, Invalid
from hub.pagination import Page
from hub.records import Record
from schema.attendance.scans import registration_global_id
from schema.batching import batch_field
from schema.filters import is_given
from schema.lists import list_query
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import After, Connection, First, decode_key


@strawberry.input(description="What is over: exactly one event, or one session of a course.")
class MarkNoShowsInput:
    """See the fields."""

    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The event."
    )
    session_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The session of a course."
    )


@strawberry.type(description="The outcome of `markNoShows`.")
class NoShowsPayload:
    """See the fields."""

    marked: int | None = strawberry.field(
        default=None, description="How many registrations became NO_SHOW; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _mark_no_shows(info: Info, given: MarkNoShowsInput) -> dict[str, Any]:
    if is_given(given.event_id) == is_given(given.session_id):
        raise Invalid(_ONE_OF[0], chinese=_ONE_OF[1], path=("input",))
    thing = await _thing(given.event_id, given.session_id, path=("input",))
    return {"marked": await no_shows.mark_no_shows(info.context.viewer, thing)}


_ONE_OF = ("Name an event, or else a session.", "请指定一个活动或一个场次，二者选一。")


async def _thing(event_id: Any, session_id: Any, *, path: tuple[str, ...]) -> no_shows.Thing | None:
    if is_given(event_id):
        key = decode_key(str(event_id), types=("Event",), path=(*path, "eventId"))
        return no_shows.event_thing(key) if key is not None else None
    key = decode_key(str(session_id), types=("CourseSession",), path=(*path, "sessionId"))
    return await no_shows.session_of(key)


def _hex(root: strawberry.Parent[Record]) -> str:
    return str(root.id.hex)


def _minimum_serial(root: strawberry.Parent[Record]) -> int | None:
    return None if root.state in OVER else root.ticket_serial


def _revoked_at(root: strawberry.Parent[Record]) -> datetime:
    revoked_at: datetime = root.updated_at
    return revoked_at


@strawberry.type(description="A registration whose codes, or older codes, are void (作废票码).")
class RevokedTicket:
    """Over a registration row."""

    registration_id: strawberry.ID = strawberry.field(
        resolver=registration_global_id, description="The registration."
    )
    registration_hex: str = strawberry.field(
        resolver=_hex,
        description="Its 16 bytes as they stand in a code, in hexadecimal.",
    )
    minimum_serial: int | None = strawberry.field(
        resolver=_minimum_serial,
        description="Codes with a lower serial are void; null: all of them are.",
    )
    revoked_at: datetime = strawberry.field(
        resolver=_revoked_at,
        description="When it last changed; ask from the last one's on next time.",
    )


_Event = Annotated[strawberry.ID | None, strawberry.argument(description="For this event.")]
_Session = Annotated[
    strawberry.ID | None, strawberry.argument(description="For this session of a course.")
]
_Since = Annotated[
    datetime | None, strawberry.argument(description="Only what changed at this instant or later.")
]


async def _revoked(
    parents: list[Any],
    info: Info,
    event_id: _Event = strawberry.UNSET,
    session_id: _Session = strawberry.UNSET,
    since: _Since = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
) -> list[Page | None]:
    if is_given(event_id) == is_given(session_id):
        raise BadUserInput(_ONE_OF[0], chinese=_ONE_OF[1], path=("eventId",))
    thing = await _thing(event_id, session_id, path=())
    page = await revoked_tickets(
        info.context.viewer,
        thing,
        since=since if is_given(since) else None,
        query=list_query({"first": first, "after": after}),
    )
    return [page] * len(parents)


@strawberry.type
class RevocationsQuery:
    """The root field of scanners without a network."""

    ticket_revocations: Connection[RevokedTicket] | None = batch_field(
        _revoked,
        description="Tickets for an event, or a session, that are void though they are signed "
        "(作废票码): cancelled or handed over; oldest change first. Needs CHECK_IN; null where one "
        "has it not.",
    )


@strawberry.type
class NoShowsMutation:
    """The mutation of who did not come."""

    mark_no_shows: NoShowsPayload = mutation_field(
        _mark_no_shows,
        input_type=MarkNoShowsInput,
        payload=NoShowsPayload,
        description="Write down who had a seat and did not come (标记未到场), once it is over; a "
        "check-in later undoes it. Needs MANAGE_REGISTRATIONS; NOT_FOUND elsewhere. CONFLICT "
        "before the end, and where nobody was checked in.",
    )
