"""One question to the database that many requests wait for, or that is asked beside them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import structlog

_log = structlog.get_logger(__name__)


class Poll:
    """Asks `ask` at most once at a time, in a task that no request's end cancels.

    A failure is logged as `<name>_poll_failed`; who waits for the task is told by the exception
    itself.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], *, name: str) -> None:
        self._ask = ask
        self._name = name
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> "asyncio.Task[None] | None":
        """The question under way, if there is one."""
        return None if self._task is None or self._task.done() else self._task

    def start(self) -> "asyncio.Task[None]":
        """The question under way, or one that is asked now."""
        task = self.running
        if task is None:
            # A context of its own: neither the caller's transaction nor its statement recorder.
            task = asyncio.get_running_loop().create_task(self._asked(), context=Context())
            task.add_done_callback(self._look_at)
            self._task = task
        return task

    async def close(self) -> None:
        """Cancel the question under way, and wait until it has ended."""
        if (task := self.running) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _asked(self) -> None:
        await self._ask()

    def _look_at(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning(f"{self._name}_poll_failed", error=type(error).__name__)
