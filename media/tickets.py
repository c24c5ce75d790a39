"""Tickets: the names of uploads in addresses, good for the person who asked for them only."""

import base64
import binascii
from typing import Final
from uuid import UUID

from hub.encryption import are_equal, keyed_digest

UPLOADS_PATH: Final = "/media/uploads/"
"""Where bytes are sent, under their ticket."""

_PURPOSE: Final = "upload ticket"
_TICKET_MAX_CHARS: Final = 120


def upload_path(upload_id: UUID, person_id: UUID) -> str:
    """Where the person sends the bytes of the upload."""
    return UPLOADS_PATH + ticket_of(upload_id, person_id)


def ticket_of(upload_id: UUID, person_id: UUID) -> str:
    """The ticket of an upload, for the person who asked for it."""
    text = base64.urlsafe_b64encode(upload_id.bytes).rstrip(b"=").decode("ascii")
    return f"{text}.{keyed_digest(text, str(person_id), purpose=_PURPOSE)}"


def upload_in(ticket: str, person_id: UUID) -> UUID | None:
    """The upload that a ticket names; None for one that was not made for this person."""
    text, _, digest = ticket.partition(".")
    if len(ticket) > _TICKET_MAX_CHARS or not ticket.isascii():
        return None
    if not are_equal(digest, keyed_digest(text, str(person_id), purpose=_PURPOSE)):
        return None
    try:
        return UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
