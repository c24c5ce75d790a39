"""Two hundred updates of content a second, and somebody who reads: never more than a second late.

The reader asks a server process; the writer is another process on the same PostgreSQL: this one.
The short form runs with everything else, the long one by `make faults`.
"""

import asyncio
import os
import time
from dataclasses import dataclass, field

import httpx
import pytest

from hub.bulk import update_rows
from hub.learning.models import Course
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import learning
from tests.faults.server import serving
from tests.redis_server import RedisServer, running_redis

DOCUMENT = "query($id: ID!) { course(by: {id: $id}) { title } }"
UPDATES_PER_SECOND = 200
LATE_SECONDS = 1.0
"""The promise: no answer is older than this."""


@dataclass
class Storm:
    """What was written when, and what was read."""

    course: Course
    committed: list[tuple[float, int]] = field(default_factory=list)
    reads: int = 0
    hits: int = 0
    late: list[tuple[int, int]] = field(default_factory=list)

    async def write(self, seconds: float) -> None:
        """Update the course until the time is over."""
        until = time.monotonic() + seconds
        number = len(self.committed)
        while time.monotonic() < until:
            number += 1
            row = {"id": self.course.id, "title": str(number)}
            await update_rows(Course, [row], columns=["title"])
            self.committed.append((time.monotonic(), number))
            await asyncio.sleep(1 / UPDATES_PER_SECOND / 2)

    async def read(self, port: int) -> None:
        """Ask until cancelled, and note every answer that is too old."""
        body = {"query": DOCUMENT, "variables": {"id": encode_id("Course", self.course.id)}}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            while True:
                asked_at = time.monotonic()
                answer = (await http.post("/graphql", json=body)).json()
                title = answer["data"]["course"]["title"]
                self.reads += 1
                self.hits += answer["extensions"]["cache"]["status"] == "HIT"
                known = [n for at, n in self.committed if at <= asked_at - LATE_SECONDS]
                if known and int(title) < known[-1]:
                    self.late.append((int(title), known[-1]))
                await asyncio.sleep(0.002)


async def stormed(settings: Settings, *, seconds: float, redis: RedisServer | None = None) -> Storm:
    """A storm of so many seconds; a Redis that is given disappears in the middle."""
    storm = Storm(await learning.course(title="0"))
    os.environ.pop("HUB_REDIS_URL", None)
    if redis is not None:
        os.environ["HUB_REDIS_URL"] = redis.url
    try:
        async with serving(settings) as hub:
            readers = [asyncio.ensure_future(storm.read(hub.port)) for _ in range(3)]
            for part in range(2):
                await storm.write(seconds / 2)
                if redis is not None and part == 0:
                    redis.stop()
            await asyncio.sleep(LATE_SECONDS * 1.2)  # the last word has to be read, too
            for reader in readers:
                reader.cancel()
            outcomes = await asyncio.gather(*readers, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in outcomes), outcomes
    finally:
        os.environ.pop("HUB_REDIS_URL", None)
    assert storm.reads > 20
    assert storm.hits > 0, "something was kept, or there is nothing to be late"
    return storm


# SQLite serves one process.
on_postgres = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@on_postgres
async def test_no_answer_is_more_than_a_second_late(database: Settings, engine: str) -> None:
    storm = await stormed(database, seconds=3)
    assert storm.late == []


@on_postgres
async def test_no_answer_is_late_when_redis_disappears(database: Settings, engine: str) -> None:
    with running_redis() as redis:
        storm = await stormed(database, seconds=3, redis=redis)
    assert storm.late == []


@pytest.mark.fault
@on_postgres
@pytest.mark.parametrize("has_redis", [False, True])
async def test_a_long_storm(database: Settings, engine: str, *, has_redis: bool) -> None:
    with running_redis() as redis:
        storm = await stormed(database, seconds=60, redis=redis if has_redis else None)
    assert storm.late == []
    assert len(storm.committed) > 60
