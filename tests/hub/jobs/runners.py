"""Runners for tests, with tasks that say what they did."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hub.jobs.models import OutboxRow
from hub.jobs.service.bell import Bell
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.records import Ordering, Record, Select, fetch_records
from hub.settings import Settings

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TASK = "tests.note"


class Notes:
    """Does the task `tests.note`: keeps the payloads, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.seen: list[Any] = []
        self.failures = failures

    async def write(self, payload: Mapping[str, Any]) -> None:
        self.seen.append(payload.get("number"))
        if self.failures:
            self.failures -= 1
            raise ValueError("somebody's phone is 13812345678")


def runner(settings: Settings, notes: Notes, *, bell: Bell | None = None) -> Runner:
    """A runner that knows the one task."""
    registry = Registry()
    registry.add(TASK, notes.write)
    return Runner(registry, bell=bell or Bell(), settings=settings)


async def rows() -> list[Record]:
    """Everything in the outbox."""
    return await fetch_records(Select(OutboxRow), order=[Ordering("created_at"), Ordering("id")])


async def row() -> Record:
    """The one row in the outbox."""
    found = await rows()
    assert len(found) == 1, found
    return found[0]
