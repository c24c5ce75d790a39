"""The extension that sends files past the process, asked wrongly and in odd ways."""

import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub import zero_copy
from hub.protocol import http_protocol
from hub.zero_copy import PIECE_BYTES, ZERO_COPY
from tests.media.serving import listening, noise

SIZE = PIECE_BYTES * 2 + 5

Script = Callable[[Send, BinaryIO], Awaitable[None]]


def start(length: int | None) -> Message:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def piece(file: Any, offset: int, count: int, more_body: bool = False) -> Message:
    return {
        "type": ZERO_COPY,
        "file": file,
        "offset": offset,
        "count": count,
        "more_body": more_body,
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(noise(SIZE))
    return path


def playing(path: Path, script: Script) -> ASGIApp:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        with path.open("rb") as file:
            await script(send, file)

    return app


def fetch(path: Path, script: Script) -> bytes:
    with listening(playing(path, script), http_protocol(10.0)) as port:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).content


def test_files_between_bodies(path: Path) -> None:
    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(SIZE + 6))
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await send(piece(file, 0, SIZE, more_body=True))
        await send({"type": "http.response.body", "body": b"def"})

    assert fetch(path, script) == b"abc" + noise(SIZE) + b"def"


def test_a_file_may_be_the_end(path: Path) -> None:
    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(10))
        await send(piece(file, SIZE - 10, 10))

    assert fetch(path, script) == noise(SIZE)[-10:]


def test_a_file_waits_for_what_was_sent_before_it(path: Path) -> None:
    """A reader who is slow from the beginning gets everything in its order."""
    before = noise(8 << 20)

    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(len(before) + SIZE))
        await send({"type": "http.response.body", "body": before, "more_body": True})
        await send(piece(file, 0, SIZE))

    with listening(playing(path, script), http_protocol(10.0)) as port, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect(("127.0.0.1", port))
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: line.recv(50_000), b""))
    assert received.partition(b"\r\n\r\n")[2] == before + noise(SIZE)


@pytest.mark.parametrize("length", [9, None], ids=["too long", "no length"])
def test_what_has_no_room_is_refused(path: Path, length: int | None) -> None:
    raised: list[Exception] = []

    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(length))
        try:
            await send(piece(file, 0, 10))
        except RuntimeError as error:
            raised.append(error)
            raise

    with pytest.raises(httpx.RemoteProtocolError):
        fetch(path, script)
    assert "Content-Length" in str(raised[0])


def test_where_the_cache_cannot_be_asked_a_thread_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system without RWF_NOWAIT, or where nothing is cached, the bytes are the same."""
    read: list[int] = []
    really = zero_copy._read

    def noted(file: int, offset: int, count: int) -> None:
        read.append(count)
        really(file, offset, count)

    monkeypatch.setattr(zero_copy, "_is_in_memory", lambda *_: False)
    monkeypatch.setattr(zero_copy, "_read", noted)

    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(SIZE))
        await send(piece(file, 0, SIZE))

    assert fetch(path, script) == noise(SIZE)
    assert sum(read) >= SIZE


def test_somebody_who_takes_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_copy, "STALL_SECONDS", 0.2)
    path, ended = tmp_path / "large", threading.Event()
    path.write_bytes(bytes(64 << 20))

    async def script(send: Send, file: BinaryIO) -> None:
        await send(start(64 << 20))
        await send(piece(file, 0, 64 << 20))
        ended.set()

    with (
        listening(playing(path, script), http_protocol(10.0)) as port,
        socket.create_connection(("127.0.0.1", port)) as line,
    ):
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert ended.wait(20.0)


def test_it_is_offered_where_it_is() -> None:
    offered: list[bool] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        offered.append(ZERO_COPY in scope.get("extensions", {}))
        await send(start(0))
        await send({"type": "http.response.body", "body": b""})

    for protocol in (http_protocol(10.0), HttpToolsProtocol):
        with listening(app, protocol) as port:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert offered == [True, False]
