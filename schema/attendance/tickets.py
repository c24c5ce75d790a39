"""Tickets in GraphQL: the code, its pictures, when it lets one in."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.attendance.service import calendar
from hub.attendance.service import tickets as issuing
from hub.attendance.service.tickets import IssuedTicket
from hub.records import Record
from schema.batching import batch_field


@strawberry.type(description="What one shows at the door (电子票); see docs/tickets.md.")
class Ticket:
    """Over an issued ticket of `hub.attendance`."""

    code: str = strawberry.field(
        description="175 characters for a QR code, verifiable without a network (票码)."
    )
    qr_svg_url: str = strawberry.field(
        description="The QR code as SVG, good for a day; needs no sign-in, so keep it to oneself."
    )
    qr_png_url: str = strawberry.field(description="The same as PNG.")
    valid_from: datetime | None = strawberry.field(
        description="From when one is let in; null: at any time."
    )
    valid_until: datetime | None = strawberry.field(
        description="From when one is let in no more; null: at any time."
    )


async def _tickets(parents: list[Record], info: Info) -> list[IssuedTicket | None]:
    return await issuing.tickets_of(info.context.viewer, parents)


async def _codes(parents: list[Record], info: Info) -> list[str | None]:
    found = await issuing.tickets_of(info.context.viewer, parents)
    return [ticket.code if ticket is not None else None for ticket in found]


async def _calendar_urls(parents: list[Record], info: Info) -> list[str | None]:
    return await calendar.entry_urls(info.context.viewer, parents)


def ticket_field() -> Any:
    """The ticket of a registration."""
    return batch_field(
        _tickets,
        description="The ticket, while one has a confirmed seat; null before, after a hand-over, "
        "and for everybody else's (电子票).",
    )


def ticket_code_field() -> Any:
    """The code of a registration's ticket alone."""
    return batch_field(_codes, description="The code of its `ticket` (票码); null without one.")


def calendar_url_field() -> Any:
    """Where a registration's calendar entry is."""
    return batch_field(
        _calendar_urls,
        description="It as an iCalendar file (日历); needs no sign-in. Null for somebody else's.",
    )
