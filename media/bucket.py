"""Media in an S3-compatible bucket: the same keys, below the prefix that the address names."""

import os
import tempfile
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiofiles
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from hub.clock import now
from hub.errors import Unavailable
from media.presigning import Keys, signed_get
from media.storage import PIECE_BYTES, Address, StoredObject, checked_key

_WINDOW_BYTES: Final = 1024 * 1024
"""How much is asked for at once: a slow reader holds this much and no connection."""

_TIMEOUT: Final = timedelta(seconds=60)
_CONNECT_TIMEOUT: Final = timedelta(seconds=3)
_RETRIES: Final = 3
_RETRY_TIMEOUT: Final = timedelta(seconds=15)

_log = structlog.get_logger(__name__)


class BucketStorage:
    """Objects of one bucket; see `media.storage.Storage`.

    Everything raises Unavailable when the bucket does not answer, or not as it should.
    """

    def __init__(self, address: Address) -> None:
        url = urlsplit(address.url)
        self._address = address
        self._bucket = url.netloc
        self._prefix = url.path.strip("/")
        self._store = S3Store(
            self._bucket,
            prefix=self._prefix or None,
            config=_config(address),
            client_options=_client(address),
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_TIMEOUT},
        )

    async def stat(self, key: str) -> StoredObject | None:
        """What is known of an object; None where there is none."""
        try:
            with _answering():
                return _stored(await obstore.head_async(self._store, checked_key(key)))
        except FileNotFoundError:
            return None

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `end`. Raises FileNotFoundError."""
        with _answering():
            found = await obstore.head_async(self._store, checked_key(key))
        size = found["size"]
        end = size if end is None else min(end, size)
        for window in range(start, end, _WINDOW_BYTES):
            until = min(window + _WINDOW_BYTES, end)
            with _answering():
                read = await obstore.get_range_async(self._store, key, start=window, end=until)
            content = read.to_bytes()
            for place in range(0, len(content), PIECE_BYTES):
                yield content[place : place + PIECE_BYTES]

    async def put_file(self, key: str, path: Path) -> None:
        """Send a finished local file. Raises OSError."""
        if await self.stat(key) is None:
            with _answering():
                await obstore.put_async(self._store, key, path)
        await to_thread(path.unlink)

    async def put_bytes(self, key: str, content: bytes) -> None:
        """Store a small object."""
        with _answering():
            await obstore.put_async(self._store, checked_key(key), content)

    async def delete(self, key: str) -> None:
        """Remove an object, also when it is not there."""
        with _answering():
            await obstore.delete_async(self._store, checked_key(key))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object whose key begins with `prefix`."""
        folder = prefix.rpartition("/")[0] or None
        pages = aiter(obstore.list(self._store, folder))
        while True:
            with _answering():
                rows = await anext(pages, None)
            if rows is None:
                return
            for row in rows:
                if row["path"].startswith(prefix):
                    yield _stored(row)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """A copy of the object that goes with the block. Raises FileNotFoundError.

        It lies where files on their way lie: a video may be larger than what /tmp has room for,
        and what a kill leaves there is swept.
        """
        path = await to_thread(_empty_file, self._address.folder / "uploads")
        try:
            async with aiofiles.open(path, "wb") as file:
                async for piece in self.read(key):
                    await file.write(piece)
            yield path
        finally:
            await to_thread(path.unlink, missing_ok=True)

    def local_path(self, key: str) -> Path | None:
        """None: the object lies elsewhere."""
        checked_key(key)
        return None

    async def signed_url(
        self, key: str, *, lasts: timedelta, media_type: str, disposition: str
    ) -> str | None:
        """An address of the object itself, good for a while."""
        address = self._address
        keys = Keys(address.access_key_id, address.secret_access_key, address.region)
        query = {
            "response-content-type": media_type,
            "response-content-disposition": disposition,
        }
        return signed_get(self._url(key), keys, query=query, at=now(), lasts=lasts)

    def _url(self, key: str) -> str:
        """Where the object is: below the endpoint, or at Amazon's for the region."""
        endpoint = self._address.endpoint or f"https://s3.{self._address.region}.amazonaws.com"
        path = "/".join(filter(None, (self._bucket, self._prefix, checked_key(key))))
        return f"{endpoint.rstrip('/')}/{quote(path)}"


def _empty_file(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="copy-", dir=folder)
    os.close(handle)
    return Path(name)


@contextmanager
def _answering() -> Iterator[None]:
    """Raises Unavailable for what the client says of its server."""
    try:
        yield
    except BaseError as error:
        _log.warning("bucket_unavailable", error=type(error).__name__, reason=str(error)[:500])
        raise Unavailable(
            "The storage of files does not answer at the moment. Try again later.",
            chinese="文件存储暂时没有回应，请稍后再试。",
        ) from error


def _stored(found: Any) -> StoredObject:
    etag = (found["e_tag"] or "").strip('"')
    return StoredObject(found["path"], found["size"], found["last_modified"], etag)


def _config(address: Address) -> Any:
    config: dict[str, Any] = {"region": address.region}
    if address.endpoint:
        config["endpoint"] = address.endpoint
    if address.access_key_id:
        config["access_key_id"] = address.access_key_id
        config["secret_access_key"] = address.secret_access_key
    return config


def _client(address: Address) -> Any:
    return {
        "allow_http": address.endpoint.startswith("http://"),
        "timeout": _TIMEOUT,
        "connect_timeout": _CONNECT_TIMEOUT,
    }
