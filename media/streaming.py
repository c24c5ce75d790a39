"""Answers with a file of the storage: conditions, ranges, several ranges, nothing but headers.

From local disk the bytes go past this process (`hub.zero_copy`) where the server can do that, and
through a thread in pieces where it cannot; from a bucket in pieces. In no case is more than a piece
in memory for a reader.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from starlette.types import Receive, Scope, Send

from hub.middleware import error_answer, send_json
from hub.zero_copy import STALL_SECONDS, ZERO_COPY
from media.conditions import Verdict, Version, is_range_wanted, verdict_of
from media.ranges import ByteRange, NotSatisfiable, requested_ranges
from media.representations import Representation
from media.storage import Storage

Headers = list[tuple[bytes, bytes]]

_READ_BYTES: Final = 64 * 1024
"""How much a thread reads at a time: each reader holds as much."""

_CHANGED: Final = "这个文件不是所要的版本。This is not the version of the file that was asked for."
_NOT_SATISFIABLE: Final = "文件没有这一段。The file has no such range."


@dataclass(frozen=True, slots=True)
class _Request:
    """What an answer depends on."""

    scope: Scope
    receive: Receive
    send: Send

    @property
    def is_head(self) -> bool:
        return bool(self.scope["method"] == "HEAD")

    def headers(self) -> Mapping[str, str]:
        """The request's headers; of those that come twice, both, as one list."""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return found


class _Source(Protocol):
    """Open bytes: how many, which version, and how they are sent."""

    size: int
    version: Version

    async def send(self, request: _Request, wanted: ByteRange) -> None:
        """Send the bytes of a range; more may follow."""


class _DiskSource:
    """A file that is open on this machine."""

    def __init__(self, descriptor: int, etag: str | None) -> None:
        found = os.fstat(descriptor)
        self.size = found.st_size
        modified_at = datetime.fromtimestamp(found.st_mtime_ns // 1_000_000_000, UTC)
        tag = etag or f"{found.st_mtime_ns:x}-{found.st_size:x}"
        self.version = Version(f'"{tag}"', modified_at)
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor, as the server asks for it."""
        return self._descriptor

    async def send(self, request: _Request, wanted: ByteRange) -> None:
        """Hand the file to the server, or read it in a thread."""
        if ZERO_COPY in request.scope.get("extensions", {}):
            await request.send(
                {
                    "type": ZERO_COPY,
                    "file": self,
                    "offset": wanted.start,
                    "count": wanted.size,
                    "more_body": True,
                }
            )
            return
        await _send_pieces(request, self._pieces(wanted))

    async def _pieces(self, wanted: ByteRange) -> AsyncIterator[bytes]:
        offset = wanted.start
        while offset < wanted.end:
            count = min(_READ_BYTES, wanted.end - offset)
            piece = await asyncio.to_thread(os.pread, self._descriptor, count, offset)
            if not piece:
                return
            offset += len(piece)
            yield piece


class _StoredSource:
    """An object of a storage that is elsewhere."""

    def __init__(self, storage: Storage, key: str, *, size: int, version: Version) -> None:
        self.size = size
        self.version = version
        self._storage = storage
        self._key = key

    async def send(self, request: _Request, wanted: ByteRange) -> None:
        """Pass on what the storage gives."""
        pieces = self._storage.read(self._key, start=wanted.start, end=wanted.end)
        await _send_pieces(request, pieces)


async def stream(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    storage: Storage,
    file: Representation,
) -> bool:
    """Answer a GET or HEAD with a file; False, with nothing sent, where the storage has it not."""
    request = _Request(scope, receive, send)
    path = storage.local_path(file.key)
    if path is None:
        found = await storage.stat(file.key)
        if found is None:
            return False
        version = Version(f'"{file.etag or found.etag}"', found.modified_at)
        source = _StoredSource(storage, file.key, size=found.size_bytes, version=version)
        await _answer(request, file, source)
        return True
    with _opened(path) as descriptor:
        if descriptor is None:
            return False
        await _answer(request, file, _DiskSource(descriptor, file.etag))
        return True


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """A descriptor of the file; None where there is none.

    Opening takes microseconds, a thread for it would take ten times as long: it is done here, as
    nginx does it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _answer(request: _Request, file: Representation, source: _Source) -> None:
    """Whatever the request's conditions and ranges come to."""
    headers = request.headers()
    fixed = [
        *file.headers(),
        (b"etag", source.version.etag.encode("latin-1")),
        (b"last-modified", source.version.last_modified.encode("ascii")),
        (b"accept-ranges", b"bytes"),
    ]
    verdict = verdict_of(headers, source.version)
    if verdict is Verdict.FAILED:
        await _refuse(request, 412, message=_CHANGED)
        return
    if verdict is Verdict.NOT_MODIFIED:
        await request.send({"type": "http.response.start", "status": 304, "headers": fixed})
        await request.send({"type": "http.response.body", "body": b""})
        return
    try:
        ranges = _ranges(request, headers, source)
    except NotSatisfiable:
        given = {"content-range": f"bytes */{source.size}"}
        await _refuse(request, 416, message=_NOT_SATISFIABLE, headers=given)
        return
    if ranges is None:
        await _send_one(request, 200, source, wanted=ByteRange(0, source.size), headers=fixed)
    elif len(ranges) == 1:
        place = (b"content-range", ranges[0].of(source.size).encode("ascii"))
        await _send_one(request, 206, source, wanted=ranges[0], headers=[*fixed, place])
    else:
        await _send_several(request, source, file.media_type, ranges=ranges, headers=fixed)


def _ranges(
    request: _Request, headers: Mapping[str, str], source: _Source
) -> list[ByteRange] | None:
    """The ranges that are to be sent; None for all of it. A HEAD asks for none (RFC 9110, 14.2).

    Raises NotSatisfiable.
    """
    wanted = headers.get("range")
    if wanted is None or request.is_head or not is_range_wanted(headers, source.version):
        return None
    return requested_ranges(wanted, size=source.size)


async def _send_one(
    request: _Request, status: int, source: _Source, *, wanted: ByteRange, headers: Headers
) -> None:
    length = (b"content-length", str(wanted.size).encode("ascii"))
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await request.send(start)
    if not request.is_head and wanted.size:
        await source.send(request, wanted)
    await request.send({"type": "http.response.body", "body": b""})


async def _send_several(
    request: _Request,
    source: _Source,
    media_type: str,
    *,
    ranges: list[ByteRange],
    headers: Headers,
) -> None:
    """Several ranges as parts of one answer (RFC 9110, 14.6)."""
    boundary = secrets.token_hex(12)
    heads = [_part_head(boundary, media_type, each.of(source.size)) for each in ranges]
    end = f"\r\n--{boundary}--\r\n".encode("ascii")
    length = sum(map(len, heads)) + sum(each.size for each in ranges) + len(end)
    kept = [item for item in headers if item[0] != b"content-type"]
    kind = f"multipart/byteranges; boundary={boundary}".encode("ascii")
    await request.send(
        {
            "type": "http.response.start",
            "status": 206,
            "headers": [
                *kept,
                (b"content-type", kind),
                (b"content-length", str(length).encode("ascii")),
            ],
        }
    )
    for head, wanted in zip(heads, ranges, strict=True):
        await request.send({"type": "http.response.body", "body": head, "more_body": True})
        await source.send(request, wanted)
    await request.send({"type": "http.response.body", "body": end})


def _part_head(boundary: str, media_type: str, place: str) -> bytes:
    lines = f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {place}\r\n\r\n"
    return f"\r\n{lines}".encode("ascii")


async def _refuse(
    request: _Request, status: int, *, message: str, headers: Mapping[str, str] | None = None
) -> None:
    body = error_answer("BAD_USER_INPUT", message, request.scope)
    await send_json(request.send, status, body, headers=headers)


async def _send_pieces(request: _Request, pieces: AsyncIterator[bytes]) -> None:
    """Send pieces for as long as somebody takes them.

    Raises TimeoutError where nobody does for a minute; the server then ends the connection.
    """
    async with _listening(request.receive) as gone:
        async for piece in pieces:
            if gone.done():
                return
            async with asyncio.timeout(STALL_SECONDS):
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await request.send(message)


@asynccontextmanager
async def _listening(receive: Receive) -> AsyncIterator[asyncio.Task[None]]:
    """A task that is done when the client has gone: the server does not tell who sends."""
    task = asyncio.create_task(_gone(receive))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
