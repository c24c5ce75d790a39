"""Tickets: who has one, what its code is, and by which keys a code is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Final
from uuid import UUID

from pypika_tortoise import functions as sql_functions
from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Term

from hub.attendance.queries import OWN, occasions_of
from hub.attendance.rules import TICKETED, Occasion, check_in_window
from hub.attendance.service.links import named_by_picture, picture_paths, public_address
from hub.auth import Viewer
from hub.competitions import queries as competitions
from hub.criteria import Scalar, is_in, truth
from hub.encryption import keys_for
from hub.enrollment.queries import of_viewer, registration_by_id, registrations
from hub.enrollment.rules import SubjectKind, Window
from hub.events import queries as events
from hub.filters import Operator
from hub.learning import queries as learning
from hub.listing import Listing
from hub.records import Ordering, Record, Select, table_of
from hub.settings import current_settings
from hub.ticket_codes import Ticket, key_id_of, public_key_of, read_ticket, sign_ticket

_PURPOSE: Final = "ticket signing"
_QR_ERROR: Final = "m"
_QUIET_ZONE_MODULES: Final = 4
_SVG_SCALE: Final = 8
_PNG_SCALE: Final = 8


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A registration's ticket: its code, the addresses of its pictures, when it lets one in.

    `valid_from` and `valid_until` are when check-in opens and closes; None: at any time.
    """

    code: str
    qr_svg_url: str
    qr_png_url: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the id by which codes name it."""

    id: str
    public_key: bytes


def verifying_keys() -> list[VerifyingKey]:
    """The keys by which codes are known, the one that signs new ones first."""
    keys = [public_key_of(seed) for seed in keys_for(purpose=_PURPOSE)]
    return [VerifyingKey(key_id_of(key).hex(), key) for key in keys]


def ticket_in(code: str) -> Ticket | None:
    """What a code of this hub says; None for any other text."""
    return read_ticket(code, public_keys=_public_keys())


def _public_keys() -> Mapping[bytes, bytes]:
    keys = [public_key_of(seed) for seed in keys_for(purpose=_PURPOSE)]
    return {key_id_of(key): key for key in keys}


def window_for(occasion: Occasion | None) -> Window:
    """When one is let in, as it is configured."""
    settings = current_settings()
    return check_in_window(
        occasion,
        opens=timedelta(minutes=settings.check_in_opens_minutes),
        closes=timedelta(minutes=settings.check_in_closes_minutes),
    )


def occasion_id_of(row: Record) -> UUID:
    """What a registration's ticket is for: the session of a course, or else the thing."""
    is_session = row.subject_kind is SubjectKind.COURSE and row.part_id is not None
    occasion_id: UUID = row.part_id if is_session else row.subject_id
    return occasion_id


def _starts_at() -> Term:
    """When what a registration is for begins; without a time, when it was made."""
    times = [
        (table_of(events.EVENTS.model), "subject_id"),
        (table_of(learning.SESSIONS.model), "part_id"),
        (table_of(competitions.COMPETITIONS.model), "subject_id"),
    ]
    found = [
        Scalar(Query.from_(table).select(table.starts_at).where(table.id == registrations[key]))
        for table, key in times
    ]
    return sql_functions.Coalesce(found[0], *found[1:], registrations.created_at)


class _Tickets(Listing):
    """A person's registrations that have a ticket, with what they are ordered by."""

    def select(self, viewer: Viewer, columns: frozenset[str] | None = None) -> Select:
        """What is not over first, and within both what begins first."""
        is_past = self.filters(viewer)["is_upcoming"](Operator.EQ, False)
        return replace(
            super().select(viewer, columns),
            extras={"is_past": truth(is_past), "occasion_starts_at": _starts_at()},
        )


TICKETS = _Tickets(
    OWN.model,
    lambda viewer: (of_viewer(viewer), is_in(registrations.state, list(TICKETED))),
    filters=OWN.filters,
    default_order=(Ordering("is_past"), Ordering("occasion_starts_at")),
)
"""One's own tickets, what is to come first."""


async def tickets_of(viewer: Viewer, rows: Sequence[Record]) -> list[IssuedTicket | None]:
    """The ticket of each registration, aligned; None where it has none, and where it is somebody
    else's: an organiser does not need one, and could walk in with it.
    """
    own = viewer.actor.person_id
    ticketed = [row for row in rows if row.person_id == own and row.state in TICKETED]
    occasions = await occasions_of(ticketed)
    found = {
        row.id: _issued(row, occasion, now=viewer.now)
        for row, occasion in zip(ticketed, occasions, strict=True)
    }
    return [found.get(row.id) for row in rows]


def _issued(row: Record, occasion: Occasion | None, *, now: datetime) -> IssuedTicket:
    window = window_for(occasion)
    svg, png = picture_paths(row.id, row.ticket_serial, now=now)
    return IssuedTicket(
        code=_code(row, window),
        qr_svg_url=public_address(svg),
        qr_png_url=public_address(png),
        valid_from=window.opens_at,
        valid_until=window.closes_at,
    )


def _code(row: Record, window: Window) -> str:
    ticket = Ticket(
        registration_id=row.id,
        occasion_id=occasion_id_of(row),
        serial=row.ticket_serial,
        party_size=row.party_size,
        valid_until=_last_day(window),
    )
    return sign_ticket(ticket, seed=keys_for(purpose=_PURPOSE)[0])


def _last_day(window: Window) -> date | None:
    return None if window.closes_at is None else window.closes_at.astimezone(UTC).date()


async def picture(stem: str, form: str, *, query: str, now: datetime) -> bytes | None:
    """The QR code of a ticket as SVG or PNG; None where the address is not ours or counts no more,
    or the registration has no ticket (any more).
    """
    named = named_by_picture(stem, query=query, now=now)
    row = await registration_by_id(named.id) if named is not None else None
    if named is None or row is None:
        return None
    if row.state not in TICKETED or row.ticket_serial != named.number:
        return None
    return drawn(_code(row, window_for((await occasions_of([row]))[0])), form)


def drawn(code: str, form: str) -> bytes:
    """A code as a QR picture, `svg` or `png`, with the quiet zone that scanners need."""
    import segno  # needed for pictures only

    qr = segno.make(code, error=_QR_ERROR, boost_error=False, micro=False)
    out = BytesIO()
    if form == "png":
        qr.save(out, kind="png", scale=_PNG_SCALE, border=_QUIET_ZONE_MODULES)
    else:
        light = {"light": "white", "title": "票码"}
        qr.save(out, kind="svg", scale=_SVG_SCALE, border=_QUIET_ZONE_MODULES, **light)
    return out.getvalue()
