"""The part of a serving process that publishes what has waited for its instant.

Every process has one, so that none has to be there; `hub publish-due` does the same once.
"""

import asyncio
from contextvars import Context
from datetime import datetime
from typing import Final

import structlog

from hub import clock
from hub.editing.service.schedule import apply_due, next_due_at
from hub.errors import Unavailable

_PAUSE_MIN_SECONDS: Final = 0.05
_log = structlog.get_logger(__name__)


class Publisher:
    """Looks every `poll_seconds`, and at the very instant for which the next change waits.

    A change that this process knows of when it looks comes at its instant; one that was scheduled
    since then for an instant before the next look comes with that look.
    """

    def __init__(self, *, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look; called by the lifespan when the database is open."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(), context=Context())

    async def close(self) -> None:
        """Stop looking. A unit under way is a transaction, which `close_database` waits for."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            pause = await self._look()
            await asyncio.sleep(pause)

    async def _look(self) -> float:
        """Publish what is due; how long to wait before the next look."""
        try:
            if count := await apply_due(clock.now()):
                _log.info("schedule_applied", items=count)
            due_at = await next_due_at()
        except Unavailable:  # it is in the log already
            return self._poll_seconds
        except Exception:  # noqa: BLE001 - the next look may fare better
            _log.exception("schedule_not_applied")
            return self._poll_seconds
        return pause_seconds(due_at, now=clock.now(), most=self._poll_seconds)


def pause_seconds(due_at: datetime | None, *, now: datetime, most: float) -> float:
    """How long to wait for what is due at an instant, but `most` seconds."""
    if due_at is None:
        return most
    return min(most, max(_PAUSE_MIN_SECONDS, (due_at - now).total_seconds()))
