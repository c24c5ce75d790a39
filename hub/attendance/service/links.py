"""Addresses that need no sign-in: whoever has one may read what it names, as long as it counts.

What an address names is signed with a key of the hub's for that purpose alone.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hub.encryption import are_equal, keyed_digest
from hub.settings import current_settings

PICTURES_PREFIX: Final = "/tickets/"
CALENDARS_PREFIX: Final = "/calendar/"
PICTURES_LAST = timedelta(days=1)
"""How long the address of a QR picture is good at least; an hour more at most."""

_ID_BYTES = 16
_NUMBER_BYTES = 4
_DIGEST_CHARS = 32
_HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names: a row, and the number that still has to be its."""

    id: UUID
    number: int


def public_address(path: str) -> str:
    """The address at which people reach a path of the hub; the path alone where nobody has said."""
    return f"{current_settings().public_url}{path}"


def picture_paths(registration_id: UUID, serial: int, *, now: datetime) -> tuple[str, str]:
    """Where the QR pictures of a ticket are, SVG and PNG. The same all through an hour, so that
    browsers keep them.
    """
    hours = int((now + PICTURES_LAST).timestamp()) // _HOUR_SECONDS + 1
    query = f"until={hours * _HOUR_SECONDS}&serial={serial}"
    signature = _digest("ticket picture", registration_id.hex, query)
    stem = f"{PICTURES_PREFIX}{registration_id.hex}"
    return f"{stem}.svg?{query}&signature={signature}", f"{stem}.png?{query}&signature={signature}"


def named_by_picture(stem: str, *, query: str, now: datetime) -> Named | None:
    """What a picture's address names; None for one that is not ours, or not any more."""
    signed, _, signature = query.partition("&signature=")
    if not (stem.isascii() and query.isascii()):
        return None
    if not are_equal(signature, _digest("ticket picture", stem, signed)):
        return None
    until, _, serial = signed.removeprefix("until=").partition("&serial=")
    if now >= datetime.fromtimestamp(int(until), UTC):
        return None
    return Named(UUID(hex=stem), int(serial))


def calendar_path(purpose: str, row_id: UUID, *, number: int) -> str:
    """Where the calendar of a registration (`entry`) or of a person (`feed`) is."""
    raw = row_id.bytes + number.to_bytes(_NUMBER_BYTES, "big")
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
    token = f"{text}{_digest(f'calendar {purpose}', text)}"
    return f"{CALENDARS_PREFIX}{purpose}-{token}.ics"


def named_by_calendar(token: str, *, purpose: str) -> Named | None:
    """What a calendar's token names; None for one that is not ours."""
    text, digest = token[:-_DIGEST_CHARS], token[-_DIGEST_CHARS:]
    if not token.isascii() or not are_equal(digest, _digest(f"calendar {purpose}", text)):
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return Named(UUID(bytes=raw[:_ID_BYTES]), int.from_bytes(raw[_ID_BYTES:], "big"))


def _digest(purpose: str, *parts: str) -> str:
    """128 bits of an HMAC: nobody can make an address by trying."""
    return keyed_digest(*parts, purpose=purpose)[:_DIGEST_CHARS]
