"""Callers that go away at any moment: what they began is finished, and nothing is left held."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub import database as hub_database
from hub.database import fetch_all, transaction
from hub.directory.models import Town
from hub.ids import new_id
from hub.settings import Settings
from tests.factories import directory
from tests.hub.database_faults import answer, assert_whole, opened, settled

AT_ONCE = 8
SETTLE_EVERY = 12
PATIENT = {"database_pool_max": 4, "database_acquire_timeout_seconds": 60.0}
"""Nobody is refused for want of a connection: on a slow disk that would be all that is seen."""
cancels_in_all = pytest.mark.parametrize(
    "cancels", [400, pytest.param(10_000, marks=pytest.mark.fault)]
)


async def cancelled_soon(work: Awaitable[Any], chance: random.Random) -> None:
    """Start `work` and cancel it after some steps of the loop, or some milliseconds."""
    task = asyncio.ensure_future(work)
    if chance.random() < 0.5:
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(chance.random() * 0.006)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()


async def storm(
    one: Callable[[random.Random], Awaitable[Any]], chance: random.Random, *, cancels: int
) -> None:
    """So many pieces of work, a few at a time, each cancelled at random.

    What goes on behind the callers is waited for now and then: thousands at once would only be
    refused for want of a connection.
    """
    for number in range(cancels // AT_ONCE):
        if number % SETTLE_EVERY == 0:
            await settled()
        await asyncio.gather(*(cancelled_soon(one(chance), chance) for _ in range(AT_ONCE)))


@cancels_in_all
async def test_cancelled_writers_are_finished_and_hold_nothing(
    settings: Settings, engine: str, cancels: int
) -> None:
    begun = []

    async def write(chance: random.Random) -> None:
        town_id = new_id()

        async def body() -> None:
            await directory.town(id=town_id)
            await asyncio.sleep(chance.random() * 0.002)
            await fetch_all("SELECT 1", [])
            await Town.filter(id=town_id).update(position=7)

        begun.append(town_id)
        await transaction(body)

    async with opened(settings, **PATIENT) as changed:
        await storm(write, random.Random(1), cancels=cancels)
        await settled()
        rows = await Town.all()
        assert {row.id for row in rows} == set(begun)
        assert {row.position for row in rows} == {7}
        assert len(rows) > cancels / 2
        await assert_whole(changed, engine)


@cancels_in_all
async def test_cancelled_readers_hold_nothing(
    settings: Settings, engine: str, cancels: int
) -> None:
    statement = "SELECT 1" if engine == "sqlite" else "SELECT pg_sleep(0.002)"

    async def read(chance: random.Random) -> None:
        await fetch_all(statement, [])

    async with opened(settings, **PATIENT) as changed:
        await storm(read, random.Random(2), cancels=cancels)
        await assert_whole(changed, engine)


@cancels_in_all
async def test_writers_and_readers_cancelled_together(
    settings: Settings, engine: str, cancels: int
) -> None:
    begun = []

    async def either(chance: random.Random) -> None:
        if chance.random() < 0.5:
            await answer()
            return
        town_id = new_id()
        begun.append(town_id)
        fails = chance.random() < 0.3

        async def body() -> None:
            await directory.town(id=town_id)
            if fails:
                begun.remove(town_id)
                raise LookupError("rolled back")

        await transaction(body)

    async with opened(settings, **PATIENT) as changed:
        await storm(either, random.Random(3), cancels=cancels)
        await settled()
        assert {row.id for row in await Town.all()} == set(begun)
        await assert_whole(changed, engine)


async def test_a_cancelled_caller_is_told_so_while_its_body_goes_on(database: Settings) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        begun.set()
        await go_on.wait()
        await directory.town(slug="kept")

    caller = asyncio.create_task(transaction(body))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await settled()
    assert await Town.filter(slug="kept").count() == 1


async def test_the_first_reader_may_go_away_while_it_connects(
    settings: Settings, engine: str
) -> None:
    for steps in range(30):
        async with opened(settings) as changed:
            reader = asyncio.ensure_future(answer())
            for _ in range(steps):
                await asyncio.sleep(0.0002)
            reader.cancel()
            await asyncio.wait([reader], timeout=5)
            if engine == "sqlite":
                assert list((await fetch_all("PRAGMA foreign_keys", []))[0]) == [1]
                assert list((await fetch_all("PRAGMA synchronous", []))[0]) == [2]
                assert list((await fetch_all("PRAGMA busy_timeout", []))[0]) == [1000]
            await assert_whole(changed, engine)


async def test_a_transaction_that_is_itself_cancelled_rolls_back(
    database: Settings, engine: str
) -> None:
    """As the end of the event loop does it."""
    for steps in range(40):
        caller = asyncio.ensure_future(transaction(lambda: directory.town(slug="half")))
        await asyncio.sleep(0)
        (own,) = hub_database._running
        await asyncio.sleep(steps * 0.0001)
        own.cancel()
        await asyncio.wait([caller], timeout=5)
        await Town.filter(slug="half").delete()
        await assert_whole(database, engine)
