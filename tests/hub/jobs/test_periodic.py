"""What is done regularly: once a period whoever looks, and not lost with who looked."""

import asyncio
from datetime import timedelta

import pytest

from hub.clock import frozen
from hub.jobs.service.bell import Bell
from hub.jobs.service.periodic import tick
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.settings import Settings
from tests.hub.jobs.runners import NOW, Notes, rows

HOURLY = {"tests.sweep": timedelta(hours=1)}
HOUR = timedelta(hours=1)


async def test_of_many_who_look_one_asks(database: Settings) -> None:
    for count in range(3):
        at = NOW + count * HOUR
        found = await asyncio.gather(*(tick(HOURLY, now=at) for _ in range(8)))
        assert set(found) == {at + HOUR}
        assert len(await rows()) == 1  # the key keeps what was not done yet from piling up
    assert (await rows())[0].task == "tests.sweep"


async def test_nothing_is_asked_before_its_time(database: Settings) -> None:
    await tick(HOURLY, now=NOW)
    registry, count = Registry(), []

    async def sweep() -> None:
        count.append(1)

    registry.every(HOUR, "tests.sweep", run=sweep)
    with frozen(NOW + HOUR / 2):
        sweeper = Runner(registry, bell=Bell(), settings=database)
        await sweeper.tick()
        await sweeper.run_due()
        assert len(count) == 1
        await sweeper.tick()
        assert await sweeper.run_due() == 0
    with frozen(NOW + 5 * HOUR):
        await sweeper.tick()
        await sweeper.run_due()
    assert len(count) == 2


async def test_where_nothing_is_regular_nothing_is_asked(database: Settings) -> None:
    assert await tick({}, now=NOW) is None


def test_a_task_has_one_meaning() -> None:
    registry, notes = Registry(), Notes()
    registry.add("tests.note", notes.write)
    with pytest.raises(ValueError, match="known already"):
        registry.add("tests.note", notes.write)
