"""One's tickets and one's calendar, and the keys by which tickets are known, in GraphQL."""

import base64
from typing import Any

import strawberry
from strawberry.types import Info

from hub.attendance.service import calendar
from hub.attendance.service.tickets import TICKETS, VerifyingKey, verifying_keys
from hub.records import Record
from hub.ticket_codes import ALGORITHM
from schema.attendance.registrations import Registration
from schema.batching import batch_field
from schema.lists import connection_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection


async def _feed_urls(parents: list[Record], info: Info) -> list[str]:
    return await calendar.feed_urls([parent.id for parent in parents])


@strawberry.type
class ViewerTickets:
    """The tickets and the calendar of the person who asks."""

    tickets: Connection[Registration] | None = connection_field(
        TICKETS,
        description="One's registrations that have a ticket, what is not over first and by when "
        "it begins (我的票).",
    )
    calendar_feed_url: str | None = batch_field(
        _feed_urls,
        description="One's sign-ups as a calendar to subscribe to (日历订阅): what is to come and "
        "the last 90 days. Whoever has the address can read it; see `resetCalendarFeed`.",
    )


def public_key_text(key: VerifyingKey) -> str:
    """A public key in base64url without padding."""
    return base64.urlsafe_b64encode(key.public_key).rstrip(b"=").decode("ascii")


def _public_key(root: strawberry.Parent[VerifyingKey]) -> str:
    return public_key_text(root)


def _algorithm(root: strawberry.Parent[VerifyingKey]) -> str:
    return ALGORITHM


def _key_id(root: strawberry.Parent[VerifyingKey]) -> str:
    return root.id


@strawberry.type(description="A key by which ticket codes are known without a network (验票公钥).")
class TicketKey:
    """Over a verifying key of `hub.attendance`."""

    key_id: str = strawberry.field(
        resolver=_key_id, description="What codes call it: 8 hexadecimal digits."
    )
    algorithm: str = strawberry.field(resolver=_algorithm, description="Always Ed25519.")
    public_key: str = strawberry.field(
        resolver=_public_key, description="Its 32 bytes in base64url without padding."
    )


async def _keys(parents: list[Any], info: Info) -> list[list[VerifyingKey]]:
    return [verifying_keys()] * len(parents)


@strawberry.type
class TicketKeysQuery:
    """The root field of the keys."""

    ticket_keys: list[TicketKey] | None = batch_field(
        _keys,
        description="The keys by which tickets are known, the one that signs new ones first; "
        "public, and also at /.well-known/hub-ticket-keys.json.",
        metadata={"size": 3},
    )


@strawberry.type(description="The outcome of `resetCalendarFeed`.")
class CalendarFeedPayload:
    """See the fields."""

    calendar_feed_url: str | None = strawberry.field(
        default=None, description="The new address; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _reset(info: Info) -> dict[str, Any]:
    return {"calendar_feed_url": await calendar.reset_feed(info.context.viewer)}


@strawberry.type
class CalendarMutation:
    """The mutation of one's calendar."""

    reset_calendar_feed: CalendarFeedPayload = mutation_field(
        _reset,
        payload=CalendarFeedPayload,
        description="A new secret address for one's calendar (重置日历订阅地址); the old one ends.",
    )
