"""Bytes of uploads over HTTP: the tus protocol 1.0 and plain `PUT`, at one address an upload.

Uploads are created by GraphQL. Whoever sends shows the access token of the person who asked for
the upload; to anybody else its address leads nowhere. Of tus there are the core and the extensions
checksum, expiration and termination.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from starlette.types import Message, Receive, Scope, Send

from hub.clock import now
from hub.errors import HubError, NotFound, Unauthenticated, Unavailable
from hub.middleware import error_answer, send_json
from hub.records import Record
from media.headers import Checksum, Range, checked_offset, checksum_of, range_of
from media.http_refusals import (
    VERSION,
    HttpRefusal,
    busy,
    elsewhere,
    full,
    gone,
    other_version,
    silent,
    too_long,
)
from media.kinds import UploadRefusal, UploadState
from media.receiving import Ending, Receiver
from media.refusals import Refused
from media.spool import FULL, Busy, Draft, kept_bytes
from media.tickets import UPLOADS_PATH, upload_in
from media.uploads import close_upload, note_received, open_upload

METHODS: Final = ("OPTIONS", "HEAD", "PATCH", "PUT", "DELETE")
_ALLOWED: Final = ", ".join(METHODS)

_CAPABILITIES: Final = {
    "tus-version": VERSION,
    "tus-extension": "checksum,expiration,termination",
    "tus-checksum-algorithm": "sha1,sha256,md5",
    "allow": _ALLOWED,
}
_STATUS: Final[Mapping[type[HubError], int]] = {Unauthenticated: 401, NotFound: 404, Refused: 422}

Identify = Callable[[Scope], Awaitable[UUID]]
"""Who sends a request. Raises Unauthenticated."""


class Finish(Protocol):
    """What becomes of a whole file; afterwards its upload is closed. Raises Refused."""

    def __call__(self, upload: Record, path: Path, *, sha256: str) -> Awaitable[None]:
        """Look at the file of an upload and keep it, or refuse it."""


_log = structlog.get_logger(__name__)


class UploadEndpoint:
    """Everything below the path of uploads."""

    def __init__(self, *, identify: Identify, finish: Finish, idle_seconds: float) -> None:
        self._identify = identify
        self._finish = finish
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; refusals are told as everywhere else, in JSON."""
        answer = _Answer(send)
        try:
            await self._answer(scope, receive, answer)
        except HttpRefusal as refusal:
            await _refuse(scope, answer, refusal)
        except HubError as error:
            await _refuse(scope, answer, _from_hub(error))
        except Busy:
            await _refuse(scope, answer, busy())
        except OSError as error:
            if error.errno not in FULL:
                raise
            _log.error("no_room_for_upload", error=error.strerror)
            await _refuse(scope, answer, full())

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = _method(scope)
        if method == "OPTIONS":
            await _send(send, 204, _CAPABILITIES)
            return
        person_id = await self._identify(scope)
        upload = await self._upload(scope, person_id)
        headers = _headers(scope)
        if method in ("HEAD", "PATCH", "DELETE") and headers.get("tus-resumable") != VERSION:
            raise other_version()
        match method:
            case "HEAD":
                await self._tell(upload, send)
            case "DELETE":
                await self._remove(upload, send)
            case "PATCH":
                await self._patch(upload, headers, receive=receive, send=send)
            case "PUT":
                await self._put(upload, headers, receive=receive, send=send)
            case _:
                raise HttpRefusal(
                    405, "BAD_USER_INPUT", f"Use {_ALLOWED}.", chinese="不支持这种请求方法。"
                )

    async def _upload(self, scope: Scope, person_id: UUID) -> Record:
        """The upload that the address names. Raises NotFound for one of somebody else too."""
        upload_id = upload_in(scope["path"].removeprefix(UPLOADS_PATH), person_id)
        row = await open_upload(upload_id, person_id, now=now()) if upload_id else None
        if row is None:
            raise NotFound(
                "There is no such upload, or not any more.", chinese="没有这个上传，或已过期。"
            )
        return row

    async def _tell(self, upload: Record, send: Send) -> None:
        if upload.state is UploadState.REFUSED:
            raise gone()
        headers = {**_state(upload, await _kept(upload)), "cache-control": "no-store"}
        await _send(send, 200, headers)

    async def _remove(self, upload: Record, send: Send) -> None:
        if upload.state is UploadState.OPEN:
            draft = await asyncio.to_thread(Draft, upload.id)
            try:
                await close_upload(upload.id, UploadState.EXPIRED)
                await asyncio.to_thread(draft.remove)
            finally:
                draft.close()
        await _send(send, 204, {})

    async def _patch(
        self, upload: Record, headers: Mapping[str, str], *, receive: Receive, send: Send
    ) -> None:
        if headers.get("content-type") != "application/offset+octet-stream":
            raise HttpRefusal(
                415,
                "BAD_USER_INPUT",
                "Send application/offset+octet-stream.",
                chinese="请求类型须为 application/offset+octet-stream。",
            )
        offset = checked_offset(headers, "upload-offset")
        part = _Part(offset, _length(headers), checksum_of(headers))
        upload = await self._take(upload, part, receive)
        await _send(send, 204, _state(upload, upload.received_bytes))

    async def _put(
        self, upload: Record, headers: Mapping[str, str], *, receive: Receive, send: Send
    ) -> None:
        asked = range_of(headers, upload.size_bytes)
        if upload.state is not UploadState.STORED and not (asked and asked.is_question):
            upload = await self._take(upload, _part_of(upload, headers, asked), receive)
        kept = await _kept(upload)
        body = {
            "state": upload.state.name,
            "receivedBytes": kept,
            "sizeBytes": upload.size_bytes,
        }
        status = 200 if upload.state is UploadState.STORED else 202
        await send_json(send, status, body, headers=_state(upload, kept))

    async def _take(self, upload: Record, part: "_Part", receive: Receive) -> Record:
        """Take one part of the file, and finish with the last; the upload as it is then."""
        _refuse_ended(upload)
        if part.length is not None and part.offset + part.length > upload.size_bytes:
            raise too_long()
        if upload.state is UploadState.STORED:
            if part.offset != upload.size_bytes:
                raise elsewhere(upload.size_bytes)
            return upload
        draft = await asyncio.to_thread(Draft, upload.id)
        try:
            upload = await self._again(upload)
            if upload.state is UploadState.OPEN:
                await self._fill(upload, draft, part=part, receive=receive)
                upload = await self._again(upload)
        finally:
            await asyncio.to_thread(draft.close)
        return upload

    async def _again(self, upload: Record) -> Record:
        row = await open_upload(upload.id, upload.uploaded_by, now=now())
        if row is None:
            raise gone()
        return row

    async def _fill(self, upload: Record, draft: Draft, *, part: "_Part", receive: Receive) -> None:
        await asyncio.to_thread(draft.resume, upload.received_bytes)
        if part.is_whole and draft.offset:
            await note_received(upload.id, 0)
            await asyncio.to_thread(draft.cut, 0)
        if part.offset != draft.offset:
            raise elsewhere(draft.offset)

        async def keep(offset: int) -> None:
            if offset < upload.size_bytes:  # of the last byte the end tells
                await note_received(upload.id, offset)

        receiver = Receiver(
            draft,
            limit=upload.size_bytes,
            idle_seconds=self._idle_seconds,
            keep=None if part.checksum else keep,
        )
        ending = await receiver.take(receive)
        if ending is Ending.TOO_LONG:
            await asyncio.to_thread(draft.cut, receiver.kept_bytes)
            raise too_long()
        if part.checksum is not None:
            await _check(draft, part, ending)
        await receiver.settle(keep)
        if ending is Ending.SILENT:
            raise silent(draft.offset)
        if draft.offset == upload.size_bytes:
            await asyncio.shield(asyncio.ensure_future(self._end(upload, draft)))

    async def _end(self, upload: Record, draft: Draft) -> None:
        """Have the whole file looked at and kept; whoever sent it need not wait for that."""
        sha256 = await asyncio.to_thread(draft.sha256)
        try:
            await self._finish(upload, draft.path, sha256=sha256)
        except Refused:
            await asyncio.to_thread(draft.remove)
            raise
        await asyncio.to_thread(draft.remove)


class _Part:
    """What a request brings: from which byte, how many if it says so, and what they should be."""

    def __init__(
        self,
        offset: int,
        length: int | None,
        checksum: Checksum | None = None,
        *,
        is_whole: bool = False,
    ) -> None:
        self.offset = offset
        self.length = length
        self.checksum = checksum
        self.is_whole = is_whole


def _part_of(upload: Record, headers: Mapping[str, str], asked: Range | None) -> _Part:
    """What a `PUT` brings. Raises HttpRefusal when its length is not what it should be."""
    length = _length(headers)
    wanted = upload.size_bytes if asked is None else asked.end - asked.start
    if length is not None and length != wanted:
        raise HttpRefusal(
            400,
            "BAD_USER_INPUT",
            f"{wanted} bytes were announced, and {length} come.",
            chinese=f"声明的长度为 {wanted} 字节，实际为 {length} 字节。",
        )
    start = 0 if asked is None else asked.start
    return _Part(start, length, checksum_of(headers), is_whole=asked is None)


async def _check(draft: Draft, part: _Part, ending: Ending) -> None:
    """Forget a part that is not what its checksum says, or not all of it."""
    assert part.checksum is not None
    digest = await asyncio.to_thread(draft.digest, part.checksum.algorithm, start=part.offset)
    if ending is Ending.WHOLE and digest == part.checksum.digest:
        return
    await asyncio.to_thread(draft.cut, part.offset)
    if ending is Ending.WHOLE:
        raise HttpRefusal(
            460,
            "BAD_USER_INPUT",
            "The checksum differs; send this part again.",
            chinese="校验和不一致，请重新发送这一部分。",
        )


async def _kept(upload: Record) -> int:
    if upload.state is not UploadState.OPEN:
        return int(upload.received_bytes)
    return await asyncio.to_thread(kept_bytes, upload.id, upload.received_bytes)


def _refuse_ended(upload: Record) -> None:
    if upload.state is UploadState.REFUSED:
        raise Refused(UploadRefusal(upload.refusal))


def _state(upload: Record, offset: int) -> dict[str, str]:
    return {
        "upload-offset": str(offset),
        "upload-length": str(upload.size_bytes),
        "upload-expires": _http_date(upload.expires_at),
    }


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _method(scope: Scope) -> str:
    """The method; one that a client could not send stands in a header, as tus has it."""
    method: str = scope["method"]
    return _headers(scope).get("x-http-method-override", method).upper()


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _length(headers: Mapping[str, str]) -> int | None:
    """The length of the body, where it is told beforehand."""
    return checked_offset(headers, "content-length") if "content-length" in headers else None


class _Answer:
    """A `send` that adds what every answer of tus has, and knows whether one has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = [*message["headers"], (b"tus-resumable", VERSION.encode())]
            message = {**message, "headers": headers}
        await self._send(message)


async def _send(send: Send, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    if status != 204:
        raw.append((b"content-length", b"0"))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, send: _Answer, refusal: HttpRefusal) -> None:
    """Tell why; what is left of the body is not waited for."""
    body: dict[str, Any] = error_answer(refusal.code, refusal.words, scope)
    body["errors"][0]["extensions"].update(refusal.data)
    await send_json(send, refusal.status, body, headers={**refusal.headers, "connection": "close"})


def _from_hub(error: HubError) -> HttpRefusal:
    status = 503 if isinstance(error, Unavailable) else _STATUS.get(type(error), 400)
    return HttpRefusal(
        status, error.code, error.message, chinese=error.chinese, data=dict(error.data)
    )
