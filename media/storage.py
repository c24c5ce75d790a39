"""Where bytes lie: one protocol, and the storage that the settings name.

Keys are made by the hub, never by callers: lower-case folders and names with `/` between.
`blobs/ab/cd/<sha256>` holds what was uploaded, `derived/ab/cd/<sha256>/<variant>` what is made of
it (`w640.webp`, `hls/240p/0001.m4s`).
"""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from hub.settings import Settings, current_settings

PIECE_BYTES: Final = 256 * 1024
"""The most that a storage reads at a time."""

BLOBS: Final = "blobs/"
DERIVED: Final = "derived/"

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SEGMENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
_KEY_MAX_CHARS: Final = 400


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is known of stored bytes without reading them."""

    key: str
    size_bytes: int
    modified_at: datetime
    etag: str


class Storage(Protocol):
    """Bytes under keys. A key that is no key raises ValueError everywhere."""

    async def stat(self, key: str) -> StoredObject | None:
        """What is known of an object; None where there is none."""

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `end`, in pieces of at most 256 KiB.

        What lies behind the end of the object is empty. Raises FileNotFoundError.
        """

    async def put_file(self, key: str, path: Path) -> None:
        """Move a finished local file into place, whole or not at all, safe from a power cut.

        An object that is there already stays: equal keys mean equal content. The file is gone
        afterwards. Raises OSError.
        """

    async def put_bytes(self, key: str, content: bytes) -> None:
        """Store a small object as `put_file` does."""

    async def delete(self, key: str) -> None:
        """Remove an object, also when it is not there."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object whose key begins with `prefix`, in no order."""

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The object as a file to read: itself on disk, else a copy that goes with the block.

        Raises FileNotFoundError.
        """

    def local_path(self, key: str) -> Path | None:
        """Where the object lies or would lie on this machine's disk; None where it is elsewhere."""

    async def signed_url(
        self, key: str, *, lasts: timedelta, media_type: str, disposition: str
    ) -> str | None:
        """An address of the object itself, good for a while; None where the hub has to serve it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the settings want media to lie."""

    folder: Path
    url: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str


def blob_key(sha256: str) -> str:
    """The key of uploaded bytes by the hash of their content. Raises ValueError."""
    return BLOBS + _folders(sha256)


def derived_key(sha256: str, variant: str) -> str:
    """The key of something made of a blob. Raises ValueError."""
    return checked_key(f"{DERIVED}{_folders(sha256)}/{variant}")


def _folders(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256 in lower-case hex")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def checked_key(key: str) -> str:
    """The key, if it is one: nothing in it leads elsewhere. Raises ValueError."""
    if len(key) > _KEY_MAX_CHARS or not all(map(_SEGMENT.fullmatch, key.split("/"))):
        raise ValueError(f"{key[:80]!r} is no key of the storage")
    return key


def storage_of(settings: Settings) -> Storage:
    """The storage that the settings name; the same settings always mean the same one."""
    return _storage_at(
        Address(
            settings.data_dir / "media",
            settings.media_url,
            settings.media_s3_endpoint,
            settings.media_s3_region,
            settings.media_s3_access_key_id,
            settings.media_s3_secret_access_key,
        )
    )


def current_storage() -> Storage:
    """The storage of this process's settings."""
    return storage_of(current_settings())


@lru_cache(maxsize=16)
def _storage_at(address: Address) -> Storage:
    if address.url:
        from media.bucket import BucketStorage  # with its client, which not every hub needs

        return BucketStorage(address)
    from media.disk import DiskStorage

    return DiskStorage(address.folder)
