"""Addresses of private files: each names a file, what is made of it and an end, signed.

Only fields of objects that the viewer may read give them out, those of thumbnails too; whoever has
one can fetch the file until it ends.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

from hub.encryption import are_equal, keyed_digest

PRIVATE_PATH: Final = "/media/private/"
"""Where they lead; no log keeps what follows."""

ADDRESS_LASTS: Final = timedelta(minutes=10)
"""How long an address is good at least, unless said; at most half as long again."""

_PURPOSE: Final = "media address"
_INSTANT_BYTES: Final = 6
_UUID_BYTES: Final = 16
_TOKEN_MAX_CHARS: Final = 320


@dataclass(frozen=True, slots=True)
class Grant:
    """What an address lets one fetch: an asset's `variant` ("" is the file itself), until when.

    A variant that ends in a slash stands for everything below it: a video's playlists and segments.
    """

    asset_id: UUID
    variant: str
    ends_at: datetime

    @property
    def is_folder(self) -> bool:
        """Whether it is for everything below its variant."""
        return self.variant.endswith("/")


def private_address(
    asset_id: UUID,
    *,
    name: str,
    now: datetime,
    variant: str = "",
    lasts: timedelta = ADDRESS_LASTS,
) -> str:
    """The path under which a file may be fetched from now on, for at least `lasts`.

    Asked again within half that time it is the same one, so that a browser may keep what it got.
    `name` is what the file is called when it is saved; under a folder's variant it is the path of
    what is wanted first (`master.m3u8`).
    """
    ends_at = _end(now, lasts)
    body = ends_at.to_bytes(_INSTANT_BYTES, "big") + asset_id.bytes + variant.encode()
    text = base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")
    signed = "" if variant.endswith("/") else name
    token = f"{text}.{keyed_digest(text, signed, purpose=_PURPOSE)}"
    return f"{PRIVATE_PATH}{token}/{quote(name, safe='/' if not signed else '')}"


def grant_in(token: str, *, name: str, now: datetime) -> Grant | None:
    """What a token lets one fetch under that name; None for one that was not made here, or for
    another name, or has ended.
    """
    text, _, digest = token.partition(".")
    if len(token) > _TOKEN_MAX_CHARS or not token.isascii():
        return None
    grant = _read(text)
    if grant is None:
        return None
    signed = "" if grant.is_folder else name
    if not are_equal(digest, keyed_digest(text, signed, purpose=_PURPOSE)):
        return None
    return grant if now < grant.ends_at else None


def _end(now: datetime, lasts: timedelta) -> int:
    """The end in seconds, rounded up to half the time that it lasts."""
    step = max(1, int(lasts.total_seconds()) // 2)
    return -(-int((now + lasts).timestamp()) // step) * step


def _read(text: str) -> Grant | None:
    """What a token says, whoever wrote it."""
    try:
        body = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        ends_at = datetime.fromtimestamp(int.from_bytes(body[:_INSTANT_BYTES], "big"), UTC)
        rest = body[_INSTANT_BYTES:]
        asset_id = UUID(bytes=rest[:_UUID_BYTES])
        return Grant(asset_id, rest[_UUID_BYTES:].decode(), ends_at)
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None
