"""Hands out the files of jobs: by a signed address, as an attachment, piece by piece."""

from typing import Final
from urllib.parse import parse_qs, quote

import aiofiles
import aiofiles.os
from starlette.types import Receive, Scope, Send

from hub.clock import now
from hub.jobs.service.results import EXPORTS_PATH, ResultFile, result_file
from hub.middleware import error_answer, send_json

PIECE_BYTES: Final = 64 * 1024

_GONE = "这个下载链接无效或已过期。This download link is not valid, or not any more."


async def downloads(scope: Scope, _receive: Receive, send: Send) -> None:
    """Send the file that the address names, or 404 without saying why."""
    found = await _found(scope)
    if found is None:
        await send_json(send, 404, error_answer("NOT_FOUND", _GONE, scope))
        return
    try:
        size = (await aiofiles.os.stat(found.path)).st_size
        async with aiofiles.open(found.path, "rb") as file:
            await send(
                {"type": "http.response.start", "status": 200, "headers": _head(found, size)}
            )
            left = 0 if scope["method"] == "HEAD" else size
            while left > 0 and (piece := await file.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
    except FileNotFoundError:
        await send_json(send, 404, error_answer("NOT_FOUND", _GONE, scope))


async def _found(scope: Scope) -> ResultFile | None:
    """The file behind the token, under its own name only."""
    token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
    found = await result_file(token, now=now())
    name = scope["path"].removeprefix(EXPORTS_PATH)
    return found if found is not None and found.name == name else None


def _head(found: ResultFile, size: int) -> list[tuple[bytes, bytes]]:
    """Headers that keep a browser from showing, guessing at or keeping the file."""
    disposition = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return [
        (b"content-type", found.media_type.encode("ascii")),
        (b"content-length", str(size).encode("ascii")),
        (b"content-disposition", disposition.encode("ascii")),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
        (b"cache-control", b"private, no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-robots-tag", b"noindex"),
    ]
