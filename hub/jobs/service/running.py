"""The runner: takes rows of the outbox, runs their tasks a few at a time, and ends the rows.

Killed at any line it loses nothing: the lease of what it had in hand runs out. Asked to stop, it
finishes what it has in hand and takes nothing more.
"""

import asyncio
import time
from contextvars import Context
from datetime import datetime, timedelta
from typing import Final

import structlog
from tortoise.exceptions import BaseORMException

from hub import clock
from hub.database import transaction
from hub.errors import Unavailable
from hub.jobs.rules import is_hopeless
from hub.jobs.service import outbox
from hub.jobs.service.bell import Bell
from hub.jobs.service.periodic import tick
from hub.jobs.service.tasks import Registry, Task
from hub.records import Record
from hub.settings import Settings

OUTAGE_PAUSE_SECONDS: Final = 1.0
RENEWALS_PER_LEASE: Final = 3

_DATABASE_FAULTS: Final = (Unavailable, BaseORMException, OSError)
_log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """The row could not be kept: another runner may have it by now."""


class Runner:
    """One process's hands. `registry` says what it can run, `bell` when to look at once."""

    def __init__(self, registry: Registry, *, bell: Bell, settings: Settings) -> None:
        self._registry = registry
        self._bell = bell
        self._poll_seconds = settings.worker_poll_seconds
        self._lease = timedelta(seconds=settings.worker_lease_seconds)
        self._hands_max = settings.worker_concurrency
        self._hands: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._may_be_more = False
        self._next_tick: datetime | None = None

    def start(self) -> None:
        """Begin to run what is due, in a context of its own: no caller's transaction or clock."""
        loop = asyncio.get_running_loop()
        self._loop = loop.create_task(self._run(), context=Context())

    async def close(self, *, timeout_seconds: float) -> None:
        """Take nothing more, finish what is in hand, give back what is not done in time."""
        self._stopping = True
        self._bell.ring_here()
        if self._loop is not None:
            await self._loop
        if self._hands:
            await asyncio.wait(set(self._hands), timeout=timeout_seconds)
        for hand in list(self._hands):
            hand.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)

    async def run_due(self) -> int:
        """Run everything that is due now and what it asks for; how many rows that took."""
        count = 0
        while rows := await self._claim(self._hands_max):
            await asyncio.gather(*(self._do(row) for row in rows))
            count += len(rows)
        return count

    async def tick(self) -> None:
        """Ask for what is done regularly and is due."""
        self._next_tick = await tick(self._registry.periods, now=clock.now())

    async def _run(self) -> None:
        self._bell.enter()
        while not self._stopping:
            pause = self._poll_seconds
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may find it gone
                _log.warning("outbox_unavailable", error=type(error).__name__, reason=str(error))
                pause = max(pause, OUTAGE_PAUSE_SECONDS)
            await self._bell.wait(seconds=pause)

    async def _look(self) -> None:
        """One look at the clock and the outbox; takes as many rows as there are free hands.

        With most hands busy it waits for more to come free: rows are cheaper by the handful.
        """
        if self._next_tick is None or self._next_tick <= clock.now():
            await self.tick()
        free = self._hands_max - len(self._hands)
        self._may_be_more = True
        if free * 2 < self._hands_max:
            return
        rows = await self._claim(free)
        self._may_be_more = len(rows) == free
        for row in rows:
            hand = asyncio.create_task(self._do(row))
            self._hands.add(hand)
            hand.add_done_callback(self._put_down)

    def _put_down(self, hand: "asyncio.Task[None]") -> None:
        self._hands.discard(hand)
        if not hand.cancelled() and (error := hand.exception()) is not None:
            _log.error("task_not_ended", exc_info=error)
        if self._may_be_more:
            self._bell.ring_here()

    async def _claim(self, limit: int) -> list[Record]:
        return list(await outbox.claim_due(at=clock.now(), lease=self._lease, limit=limit))

    async def _do(self, row: Record) -> None:
        """Run one row's task and say in the outbox how it went."""
        try:
            if is_hopeless(row.attempts - 1):  # its process was killed every time
                await self._park(row, None)
                return
            await self._work(row)
            await outbox.complete(row)
        except asyncio.CancelledError:
            await outbox.give_back(row, at=clock.now())
            raise
        except LeaseLost:
            _log.warning("task_lease_lost", task=row.task, row=str(row.id))
        except Exception as error:  # noqa: BLE001 - whatever a task raises, its row is kept
            await self._failed(row, error)

    async def _work(self, row: Record) -> None:
        """The task, and beside it the lease that is renewed until the task ends."""
        task = self._registry.task(row.task)
        work = asyncio.ensure_future(_in_time(task, row))
        keeper = asyncio.create_task(self._keep(row))
        try:
            await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise LeaseLost
            await work
        finally:
            work.cancel()
            keeper.cancel()
            await asyncio.gather(work, keeper, return_exceptions=True)

    async def _keep(self, row: Record) -> None:
        """Renew the lease; returns when it is lost, or might be because nobody answers."""
        seconds = self._lease.total_seconds()
        kept_at = time.monotonic()
        while time.monotonic() - kept_at < seconds:
            await asyncio.sleep(seconds / RENEWALS_PER_LEASE)
            asked_at = time.monotonic()
            try:
                if not await outbox.renew(row, until=clock.now() + self._lease):
                    return
            except _DATABASE_FAULTS as error:
                _log.warning("task_lease_not_renewed", error=type(error).__name__)
            else:
                kept_at = asked_at

    async def _failed(self, row: Record, error: Exception) -> None:
        """Put the row off or give it up; when even that fails, its lease will run out."""
        attempts = row.attempts
        _log.warning("task_failed", task=row.task, attempts=attempts, exc_info=error)
        try:
            if is_hopeless(attempts):
                await self._park(row, error)
            else:
                await outbox.put_off(row, at=clock.now(), error=error)
        except _DATABASE_FAULTS as fault:
            _log.warning("outbox_unavailable", error=type(fault).__name__)

    async def _park(self, row: Record, error: Exception | None) -> None:
        found = self._registry.tasks.get(row.task)

        async def body() -> None:
            if await outbox.park(row, at=clock.now(), error=error) and found and found.on_parked:
                await found.on_parked(row.payload)

        await transaction(body)
        _log.error("task_parked", task=row.task, row=str(row.id), attempts=row.attempts)


async def _in_time(task: Task, row: Record) -> None:
    async with asyncio.timeout(task.timeout.total_seconds()):
        await task.run(row.payload)
