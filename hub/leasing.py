"""Connections kept at hand between statements.

asyncpg's pool makes a proxy, a future, two timers and a shielded task for each time that a
connection is taken and given back: 44 us, where a short statement itself takes 46 us of this
process. So what was given back whole stays taken from the pool, for whoever comes next; what
nobody has used for a while goes back, and so does at once whatever did not end well, for the pool
knows how to mend or to replace it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import structlog

IDLE_SECONDS: Final = 30.0
"""How long a connection stays at hand while nobody needs it."""

_log = structlog.get_logger(__name__)


class Leases:
    """The connections of one pool; everybody takes them here and nobody from the pool itself."""

    def __init__(self, pool: Any, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._pool = pool
        self._idle_seconds = idle_seconds
        self._at_hand: list[Any] = []
        self._unused = 0  # the fewest that have been at hand since the last look
        self._taken = 0  # from the pool, those at hand among them
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """How many connections are open, and how many of them nobody uses."""
        at_hand = len(self._at_hand)
        return self._pool.get_size(), self._pool.get_idle_size() + at_hand

    @asynccontextmanager
    async def lent(self, *, timeout_seconds: float) -> AsyncIterator[Any]:
        """A connection for a block. Raises TimeoutError when none is to be had in time."""
        connection = await self.take(timeout_seconds=timeout_seconds)
        try:
            yield connection
        except BaseException:
            await self.discard(connection)
            raise
        self.give_back(connection)

    async def take(self, *, timeout_seconds: float) -> Any:
        """A connection; where one is at hand nothing is waited for, and no clock is set."""
        if (connection := self._ready()) is not None:
            return connection
        async with asyncio.timeout(timeout_seconds):
            while self._taken >= self._pool.get_max_size():
                connection = await self._next()
                if connection is not None:
                    return connection
            return await self._from_pool()

    def give_back(self, connection: Any) -> None:
        """Give back what is as it was: no transaction open, nothing under way."""
        if _is_over(connection):
            self._send_back(connection)
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._at_hand.append(connection)
        if self._timer is None:
            self._look_later()

    async def discard(self, connection: Any) -> None:
        """Give back what may be broken, or in the middle of something: the pool sees to it."""
        try:
            await self._pool.release(connection)
        finally:
            self._taken -= 1
            self._tell_of_room()

    async def close(self) -> None:
        """Give everything that is at hand to the pool, which is about to be closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._at_hand:
            await self.discard(self._at_hand.pop())

    def _ready(self) -> Any:
        while self._at_hand:
            connection = self._at_hand.pop()
            self._unused = min(self._unused, len(self._at_hand))
            if not _is_over(connection):
                return connection
            self._send_back(connection)
        return None

    async def _from_pool(self) -> Any:
        self._taken += 1
        try:
            return await self._pool.acquire()
        except BaseException:
            self._taken -= 1
            self._tell_of_room()
            raise

    async def _next(self) -> Any:
        """What the next one gives back; None when it is only known that there may be room."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # handed over in the same moment
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, connection: Any) -> None:
        if connection is None:
            self._tell_of_room()
        else:
            self.give_back(connection)

    def _tell_of_room(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _look_later(self) -> None:
        self._unused = len(self._at_hand)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._idle_seconds, self._look)

    def _look(self) -> None:
        """Send back as many as nobody has needed since the last look."""
        self._timer = None
        for _ in range(min(self._unused, len(self._at_hand))):
            self._send_back(self._at_hand.pop(0))
        if self._at_hand:
            self._look_later()

    def _send_back(self, connection: Any) -> None:
        """Give to the pool without waiting for it; what is closed already it only counts."""
        task = asyncio.ensure_future(self.discard(connection))
        task.add_done_callback(_forget)


def _is_over(connection: Any) -> bool:
    """Whether the server or the network has ended a connection; the pool has it back then."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def _forget(task: "asyncio.Task[None]") -> None:
    """What could not be given back was broken, and the pool replaces it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.info("connection_not_given_back", error=type(error).__name__)
