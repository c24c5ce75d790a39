"""Takes the body of a request into a file: written and hashed in threads while more arrives.

What is told to be kept lies on the disk before it is told: every 16 MiB, every two seconds, and
when the body ends, however it ends.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

from starlette.types import Message, Receive

from media.spool import Draft

BUFFER_BYTES: Final = 1024 * 1024
"""How much is written at a time at least, but for the end."""

HELD_BYTES_MAX: Final = 4 * 1024 * 1024
"""How much waits in memory at most before the sender has to."""

_KEEP_BYTES: Final = 16 * 1024 * 1024
_KEEP_SECONDS: Final = 2.0

Keep = Callable[[int], Awaitable[object]]


class Ending(Enum):
    """How a body ended."""

    WHOLE = "whole"
    GONE = "gone"
    SILENT = "silent"
    TOO_LONG = "too long"


class Receiver:
    """Takes one body into `draft`, which may grow to `limit` bytes.

    `keep` is told of every offset that is safe on disk; None leaves everything unsafe until
    `settle` (for a body that may have to be forgotten). `kept_bytes` is the last that was told.
    """

    def __init__(self, draft: Draft, *, limit: int, idle_seconds: float, keep: Keep | None) -> None:
        self._draft = draft
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._keep = keep
        self.kept_bytes = draft.offset
        self._kept_at = time.monotonic()
        self._writing: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0

    async def take(self, receive: Receive) -> Ending:
        """Take the body to its end. Raises OSError when the disk does not take it."""
        try:
            ending = await self._take(receive)
            await self._flush()
            await self._settled()
        except BaseException:
            await self._abandon()
            raise
        return ending

    async def _take(self, receive: Receive) -> Ending:
        total = self._draft.offset
        while True:
            message = await self._message(receive)
            if message is None:
                return Ending.SILENT
            if message["type"] == "http.disconnect":
                return Ending.GONE
            piece = message.get("body", b"")
            total += len(piece)
            if total > self._limit:
                return Ending.TOO_LONG
            if piece:
                self._pieces.append(piece)
                self._waiting_bytes += len(piece)
            if self._waiting_bytes >= HELD_BYTES_MAX:
                await self._written()
            if self._waiting_bytes >= BUFFER_BYTES:
                self._begin_writing()
            if not message.get("more_body", False):
                return Ending.WHOLE

    async def _message(self, receive: Receive) -> Message | None:
        """What comes next; None after a long silence. A short one is used to make things safe.

        A server's `receive` may be cancelled and asked again: nothing is lost by it.
        """
        try:
            async with asyncio.timeout(min(_KEEP_SECONDS, self._idle_seconds)):
                return await receive()
        except TimeoutError:
            await self._flush()
        try:
            async with asyncio.timeout(self._idle_seconds):
                return await receive()
        except TimeoutError:
            return None

    def _begin_writing(self) -> None:
        """Have what has come written while more comes. Raises what writing before has raised."""
        if self._writing is None or self._writing.done():
            if self._writing is not None:
                self._writing.result()
            self._writing = asyncio.create_task(self._write(least=BUFFER_BYTES))

    async def _flush(self) -> None:
        """Write whatever waits."""
        await self._written()
        self._writing = asyncio.create_task(self._write(least=1))
        await self._written()

    async def _write(self, *, least: int) -> None:
        while self._waiting_bytes >= least:
            pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
            await asyncio.to_thread(self._append, pieces)
            if self._keep is not None and self._is_due():
                await self._settled()
                self._settling = asyncio.create_task(self.settle(self._keep))

    def _append(self, pieces: list[bytes]) -> None:
        """Write in one piece: each call that lets go of the interpreter has to get it back."""
        self._draft.append(b"".join(pieces))

    def _is_due(self) -> bool:
        grown = self._draft.offset - self.kept_bytes
        return grown >= _KEEP_BYTES or time.monotonic() - self._kept_at >= _KEEP_SECONDS

    async def settle(self, keep: Keep) -> None:
        """Make what is written by now safe, and tell of it; meanwhile more may be written."""
        offset = self._draft.offset
        if offset != self.kept_bytes:
            await asyncio.to_thread(self._draft.sync)
            await keep(offset)
        self.kept_bytes, self._kept_at = offset, time.monotonic()

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None

    async def _settled(self) -> None:
        if self._settling is not None:
            await asyncio.shield(self._settling)
            self._settling = None

    async def _abandon(self) -> None:
        """Wait for the threads that use the file, which is about to be closed."""
        for work in (self._writing, self._settling):
            if work is not None:
                await asyncio.wait([work])
                work.exception()  # told already, or nobody is left to tell
