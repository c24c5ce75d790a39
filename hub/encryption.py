"""What is secret in the database: encrypted values, blind indexes, digests, and masks to show.

Every key is derived from the hub's secrets for one purpose (HKDF-SHA256, RFC 5869), so that a
value encrypted for one column opens in no other. A stored value names its key: with
`HUB_ENCRYPTION_KEYS` new values are encrypted with the first of them while old ones still open.
Blind indexes and digests hang on `HUB_SECRET_KEY` alone, which therefore cannot be exchanged
without asking everybody for their phone again.
"""

import base64
import binascii
import hmac
import secrets
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.settings import Settings, current_settings

TOKEN_BYTES: Final = 32
"""Bytes of a random token: 256 bits, which nobody guesses."""

FIRST_KEY_ID: Final = "0"
"""The id of the key that comes from `HUB_SECRET_KEY`."""

_VERSION: Final = "1"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class Undecipherable(Exception):
    """A stored value that none of the configured keys opens, or that was moved or changed."""


def encrypt(text: str, *, purpose: str) -> str:
    """`text` under AES-256-GCM as `1.KEY_ID.BASE64URL`; equal texts give different values.

    `purpose` names the column (`person.phone`) and is needed again to open the value.
    """
    settings = current_settings()
    key_id = next(iter(settings.encryption_keys), FIRST_KEY_ID)
    key = _derived(_secret(settings, key_id), f"encrypt {purpose}")
    return f"{_VERSION}.{key_id}.{seal(text.encode(), key=key, bound_to=purpose)}"


def decrypt(stored: str, *, purpose: str) -> str:
    """The text in a value made by `encrypt` for the same purpose. Raises Undecipherable."""
    version, _, rest = stored.partition(".")
    key_id, _, sealed = rest.partition(".")
    settings = current_settings()
    if version != _VERSION or not (key_id == FIRST_KEY_ID or key_id in settings.encryption_keys):
        raise Undecipherable(f"no key named {key_id[:20]!r} is configured")
    key = _derived(_secret(settings, key_id), f"encrypt {purpose}")
    return unseal(sealed, key=key, bound_to=purpose).decode()


def seal(content: bytes, *, key: bytes, bound_to: str) -> str:
    """`content` under AES-256-GCM and a 32-byte key, with its nonce in front, as base64url."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _text(nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode()))


def unseal(sealed: str, *, key: bytes, bound_to: str) -> bytes:
    """The content of `seal` under the same key and binding. Raises Undecipherable."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Undecipherable("the value was made with another key, moved or changed") from error


def key_from(secret: str, *, purpose: str) -> bytes:
    """A 32-byte key that only the holder of `secret` can make; `secret` must be random itself."""
    return _derived(secret, purpose)


def keys_for(*, purpose: str) -> tuple[bytes, ...]:
    """The 32-byte keys for a purpose, one for each secret that is configured, newest first.

    For what outlives a change of keys: make it with the first, know it by any of them.
    """
    settings = current_settings()
    ids = (*settings.encryption_keys, FIRST_KEY_ID)
    return tuple(_derived(_secret(settings, key_id), purpose) for key_id in ids)


def blind_index(text: str, *, purpose: str) -> str:
    """A keyed HMAC-SHA256 in hex: equal texts are found by it, and it tells nothing else."""
    return keyed_digest(text, purpose=f"index {purpose}")


def keyed_digest(*parts: str, purpose: str) -> str:
    """HMAC-SHA256 in hex over the parts, each with its length, under the key of `purpose`."""
    key = _derived(current_settings().secret_key, f"digest {purpose}")
    message = b"".join(
        len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts)
    )
    return hmac.new(key, message, sha256).hexdigest()


def are_equal(left: str, right: str) -> bool:
    """Compare two digests in a time that does not tell where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


def random_token() -> str:
    """A fresh opaque token of 256 bits, safe in headers and addresses."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def random_digits(count: int) -> str:
    """`count` digits, each way equally likely, from the system's generator."""
    return str(secrets.randbelow(10**count)).zfill(count)


def mask_phone(phone: str) -> str:
    """`138****1234`: the first three and the last four digits of a mainland number."""
    return f"{phone[:3]}****{phone[-4:]}"


def mask_middle(text: str, *, front: int, back: int) -> str:
    """The first `front` and last `back` characters with stars between; all stars when too short."""
    hidden = len(text) - front - back
    if hidden <= 0:
        return "*" * len(text)
    return text[:front] + "*" * hidden + text[len(text) - back :]


def _secret(settings: Settings, key_id: str) -> str:
    return settings.secret_key if key_id == FIRST_KEY_ID else settings.encryption_keys[key_id]


@lru_cache(maxsize=256)
def _derived(secret: str, purpose: str) -> bytes:
    info = f"xiaoge-hub {purpose}".encode()
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(secret.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
