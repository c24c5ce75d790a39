"""The form of a ticket code: what it holds, how it is signed, how it is written. No I/O, no ORM.

A code is `XG1` and, in base32 (RFC 4648, without padding), 43 bytes and their Ed25519 signature
(RFC 8032). `docs/tickets.md` is the recipe for scanners. Base32 and not base64, because a QR code
packs capitals and digits into 5.5 bits a character but mixed case into 8: the same bytes are a
version 7 (45 by 45 modules, level M) instead of a version 8; base45 would be no smaller a version
and has blanks and percent signs, which get lost in addresses and when a code is typed.
"""

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX: Final = "XG1"
"""What every code begins with; the digit is the version of the form."""

CODE_CHARS: Final = 175
ALGORITHM: Final = "Ed25519"

_PAYLOAD: Final = struct.Struct(">B4s16s16sHHH")
_SIGNATURE_BYTES: Final = 64
_VERSION: Final = 1
_NO_END: Final = 0xFFFF
_FIRST_DAY: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a code says.

    `occasion_id` is the event, competition or course, or the session of a course. `serial` counts
    how often the registration was handed over: an older one counts no more. `valid_until` is the
    last day, in UTC, on which a scanner without a network should let it in; None: no end.
    """

    registration_id: UUID
    occasion_id: UUID
    serial: int
    party_size: int
    valid_until: date | None


def key_id_of(public_key: bytes) -> bytes:
    """The four bytes by which codes name the key that signed them."""
    return sha256(public_key).digest()[:4]


@lru_cache(maxsize=16)
def public_key_of(seed: bytes) -> bytes:
    """The raw public key, 32 bytes, of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign_ticket(ticket: Ticket, *, seed: bytes) -> str:
    """The code of a ticket; the same ticket has always the same code."""
    payload = _PAYLOAD.pack(
        _VERSION,
        key_id_of(public_key_of(seed)),
        ticket.registration_id.bytes,
        ticket.occasion_id.bytes,
        ticket.serial,
        ticket.party_size,
        _NO_END if ticket.valid_until is None else (ticket.valid_until - _FIRST_DAY).days,
    )
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(payload)
    return PREFIX + base64.b32encode(payload + signature).decode("ascii").rstrip("=")


def read_ticket(code: str, *, public_keys: Mapping[bytes, bytes]) -> Ticket | None:
    """What a code says where one of the keys (by id) has signed it; None for any other text."""
    raw = _raw(code.strip().upper())
    if raw is None:
        return None
    payload, signature = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    version, key_id, registration, occasion, serial, party_size, day = _PAYLOAD.unpack(payload)
    public_key = public_keys.get(key_id)
    if version != _VERSION or public_key is None:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, payload)
    except InvalidSignature:
        return None
    end = None if day == _NO_END else _FIRST_DAY + timedelta(days=day)
    return Ticket(UUID(bytes=registration), UUID(bytes=occasion), serial, party_size, end)


def _raw(code: str) -> bytes | None:
    if len(code) != CODE_CHARS or not code.startswith(PREFIX) or not code.isascii():
        return None
    text = code.removeprefix(PREFIX)
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
