"""Wakes the runner: at once in the process that has committed, by Redis in the others.

Nothing depends on it. Who is not woken finds the row with the next look at the outbox.
"""

import asyncio
from contextlib import suppress
from contextvars import ContextVar

from hub.revocation import Waker


class Bell:
    """One process's bell. `waker` tells other processes, where there is a way."""

    def __init__(self, waker: Waker | None = None) -> None:
        self._waker = waker
        self._rung = asyncio.Event()

    @property
    def is_rung(self) -> bool:
        """Whether somebody has rung and nobody has looked since."""
        return self._rung.is_set()

    def enter(self) -> None:
        """Make this the bell that `enqueue` rings in the current context."""
        _current_bell.set(self)

    def start(self) -> None:
        """Begin to listen to other processes."""
        if self._waker is not None:
            self._waker.start(lambda _number: self._rung.set())

    async def close(self) -> None:
        """Stop listening."""
        if self._waker is not None:
            await self._waker.close()

    def ring(self) -> None:
        """Wake this process's runner and tell the others; returns at once."""
        self._rung.set()
        if self._waker is not None:
            self._waker.wake(0)

    def ring_here(self) -> None:
        """Wake this process's runner only."""
        self._rung.set()

    async def wait(self, *, seconds: float) -> None:
        """Return when it has been rung since the last wait, at the latest after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


_current_bell: ContextVar[Bell | None] = ContextVar("hub_bell", default=None)


def ring_current() -> None:
    """Ring the bell of the current context, if there is one."""
    if (bell := _current_bell.get()) is not None:
        bell.ring()
