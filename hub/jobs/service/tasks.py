"""What the names in the outbox stand for: made once, where the application is put together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from hub.jobs.rules import assert_task_named

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Does one task. It gets the payload, and may be called again for the same one."""

DEFAULT_TIMEOUT: Final = timedelta(minutes=5)


class UnknownTask(Exception):
    """A row names a task that this process does not know: a newer one wrote it."""


@dataclass(frozen=True, slots=True)
class Task:
    """A handler, how long it may take, and what to do when it is given up."""

    run: Handler
    timeout: timedelta = DEFAULT_TIMEOUT
    on_parked: Handler | None = None


@dataclass(frozen=True)
class Registry:
    """The tasks that a process can run, and those it runs regularly."""

    tasks: dict[str, Task] = field(default_factory=dict)
    periods: dict[str, timedelta] = field(default_factory=dict)

    def add(
        self,
        name: str,
        run: Handler,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        on_parked: Handler | None = None,
    ) -> None:
        """Say what runs `name`. `on_parked` is called in the transaction that gives a row up.

        Raises ValueError for a badly named task or one that is known already.
        """
        assert_task_named(name)
        if name in self.tasks:
            raise ValueError(f"{name} is known already")
        self.tasks[name] = Task(run, timeout, on_parked)

    def every(
        self,
        period: timedelta,
        name: str,
        *,
        run: Callable[[], Awaitable[None]],
        timeout: timedelta = DEFAULT_TIMEOUT,
    ) -> None:
        """Run `name` once a period, whichever process is first to see that it is due."""

        async def handler(_payload: Mapping[str, Any]) -> None:
            await run()

        self.add(name, handler, timeout=timeout)
        self.periods[name] = period

    def task(self, name: str) -> Task:
        """What runs `name`. Raises UnknownTask."""
        if (found := self.tasks.get(name)) is None:
            raise UnknownTask(name)
        return found
