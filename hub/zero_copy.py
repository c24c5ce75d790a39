"""Bytes of files that go from the page cache to the socket without passing through this process.

It is the ASGI extension `http.response.zerocopysend`, which uvicorn does not have: `sendfile(2)`
on the connection's socket. What is not in the page cache is read by a thread before, so that a slow
disk holds up one answer and not the event loop.
"""

import asyncio
import os
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Final, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

ZERO_COPY: Final = "http.response.zerocopysend"
"""The extension's name, and the type of its message: `file`, `offset`, `count`, `more_body`."""

STALL_SECONDS: Final = 60.0
"""How long somebody who takes nothing is waited for; nginx's `send_timeout` is the same."""

PIECE_BYTES: Final = 1024 * 1024
# How far the kernel reads ahead by default: where its first byte is, the rest of a window is.
_WINDOW_BYTES: Final = 128 * 1024


class FileHandle(Protocol):
    """What the extension asks of `file`."""

    def fileno(self) -> int:
        """The descriptor, opened for reading."""


class FileSendingCycle(RequestResponseCycle):
    """uvicorn's answer to one request, which also takes the extension's message."""

    def send(self, message: Any) -> Awaitable[None]:  # type: ignore[override]
        """Send a message. It is no coroutine itself: most messages pay for nothing more here."""
        if message["type"] != ZERO_COPY:
            return super().send(message)
        return self._send_file(message)

    async def _send_file(self, message: dict[str, Any]) -> None:
        offset, count = message["offset"], message["count"]
        if self.chunked_encoding or count > self.expected_content_length:
            raise RuntimeError("A file is sent under a Content-Length that has room for it")
        if not self.disconnected and self.scope["method"] != "HEAD":
            # A descriptor of our own: the connection may be closed meanwhile, and its number taken
            # by another, who would then get these bytes.
            own = os.dup(self.transport.get_extra_info("socket").fileno())
            try:
                await self._copy(own, message["file"].fileno(), offset=offset, end=offset + count)
            finally:
                os.close(own)
        self.expected_content_length -= count
        if not message.get("more_body", False):
            await super().send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _copy(self, own: int, file: int, *, offset: int, end: int) -> None:
        """Send the bytes; ends the connection when nobody takes them, or the file is too short."""
        in_memory = offset
        try:
            while self.transport.get_write_buffer_size() and not self.disconnected:
                await writable(own)  # headers and parts go first
                await asyncio.sleep(0)
            while offset < end and not self.disconnected:
                piece = min(PIECE_BYTES, end - offset)
                if offset >= in_memory:
                    await _bring_in(file, offset, piece)
                    in_memory = offset + piece
                sent = _sent(own, file, offset, in_memory - offset)
                if sent == 0:
                    raise EOFError("the file is shorter than it was")
                offset += sent or 0
                if sent is None or offset < in_memory:  # the socket is full
                    await writable(own)
                elif offset < end:
                    await asyncio.sleep(0)
        except (OSError, TimeoutError, EOFError):
            self._break_off()

    def _break_off(self) -> None:
        """End a connection that cannot be answered any more: its client sees that bytes miss."""
        self.disconnected = True
        self.transport.abort()


class FileSendingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which offers the extension where the connection allows it."""

    _sends_files = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look at a new connection."""
        super().connection_made(transport)
        self._sends_files = _is_possible(transport)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._sends_files:
            cycle.__class__ = FileSendingCycle  # uvicorn has no other seam for it
            cycle.scope["extensions"] = {ZERO_COPY: {}}
        super()._start_asgi_task(cycle, app)


def _is_possible(transport: asyncio.BaseTransport) -> bool:
    """Whether files can be sent past the process on this connection: without TLS, on this system.

    Whether what is wanted is in the page cache only Linux says.
    """
    is_plain = transport.get_extra_info("ssl_object") is None
    return is_plain and hasattr(os, "sendfile") and hasattr(os, "RWF_NOWAIT")


def _sent(own: int, file: int, offset: int, count: int) -> int | None:
    """How many bytes the socket took; None when it has no room."""
    try:
        return os.sendfile(own, file, offset, count)
    except BlockingIOError:
        return None


async def writable(descriptor: int) -> None:
    """Wait until a socket takes bytes again. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(descriptor, _note, ready)
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await ready
    finally:
        loop.remove_writer(descriptor)


def _note(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def _bring_in(file: int, offset: int, count: int) -> None:
    """See to it that the bytes are in memory: at once where they are, in a thread where not."""
    if not _is_in_memory(file, offset, count):
        await asyncio.to_thread(_read, file, offset, count)


def _is_in_memory(file: int, offset: int, count: int) -> bool:
    """Whether reading would not wait, as far as a look at each window of the kernel's tells."""
    probe = [bytearray(1)]
    try:
        for start in range(offset, offset + count, _WINDOW_BYTES):
            os.preadv(file, probe, start, os.RWF_NOWAIT)
        os.preadv(file, probe, offset + count - 1, os.RWF_NOWAIT)
    except OSError:  # it would wait, or this file system cannot say
        return False
    return True


def _read(file: int, offset: int, count: int) -> None:
    """Read the bytes into the page cache; what is wrong with them `sendfile` will say."""
    buffer = bytearray(min(_WINDOW_BYTES, count))
    with suppress(OSError):
        for start in range(offset, offset + count, len(buffer)):
            os.preadv(file, [buffer], start)
