"""Connections at hand: lent, handed over, sent back, and never lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from hub.leasing import Leases

SIZE = 2


@asynccontextmanager
async def leases_on(server: str, *, idle_seconds: float = 30.0) -> AsyncIterator[Leases]:
    pool = await asyncpg.create_pool(server, min_size=0, max_size=SIZE)
    leases = Leases(pool, idle_seconds=idle_seconds)
    try:
        yield leases
    finally:
        await leases.close()
        async with asyncio.timeout(5):  # it waits for whatever was not given back
            await pool.close()


@pytest.fixture
async def leases(postgres_server: str) -> AsyncIterator[Leases]:
    async with leases_on(postgres_server) as made:
        yield made


async def take(leases: Leases, *, timeout_seconds: float = 5.0) -> asyncpg.Connection:
    return await leases.take(timeout_seconds=timeout_seconds)


async def test_one_after_the_other_use_the_same_connection(leases: Leases) -> None:
    numbers = set()
    for _ in range(5):
        async with leases.lent(timeout_seconds=5) as connection:
            numbers.add(await connection.fetchval("SELECT pg_backend_pid()"))
    assert len(numbers) == 1
    assert leases.sizes == (1, 1)


async def test_who_waits_gets_what_is_given_back(leases: Leases) -> None:
    first, second = await take(leases), await take(leases)
    third = asyncio.ensure_future(take(leases))
    await asyncio.sleep(0)
    assert not third.done()
    leases.give_back(first)
    assert await third is first
    leases.give_back(first)
    leases.give_back(second)
    assert leases.sizes == (SIZE, SIZE)


async def test_who_waits_gets_the_room_of_what_was_thrown_away(leases: Leases) -> None:
    first, second = await take(leases), await take(leases)
    third = asyncio.ensure_future(take(leases))
    await asyncio.sleep(0)
    await leases.discard(first)
    found = await third
    assert await found.fetchval("SELECT 1") == 1
    leases.give_back(found)
    leases.give_back(second)


async def test_nobody_waits_longer_than_asked(leases: Leases) -> None:
    taken = [await take(leases) for _ in range(SIZE)]
    with pytest.raises(TimeoutError):
        await take(leases, timeout_seconds=0.01)
    for each in taken:
        leases.give_back(each)
    leases.give_back(await take(leases))


@pytest.mark.parametrize("turns", range(4))
async def test_a_waiter_that_leaves_takes_nothing_with_it(leases: Leases, turns: int) -> None:
    """Whether it leaves before, while or after something is handed to it."""
    taken = [await take(leases) for _ in range(SIZE)]
    waiter = asyncio.ensure_future(take(leases))
    await asyncio.sleep(0)
    leases.give_back(taken.pop())
    for _ in range(turns):
        await asyncio.sleep(0)
    waiter.cancel()
    try:
        found = await waiter
    except asyncio.CancelledError:
        found = await take(leases, timeout_seconds=1)
    leases.give_back(found)
    leases.give_back(taken.pop())
    assert leases.sizes == (SIZE, SIZE)


async def test_a_block_that_fails_gives_its_connection_to_the_pool(leases: Leases) -> None:
    async def fail() -> None:
        async with leases.lent(timeout_seconds=5) as connection:
            await connection.execute("BEGIN")
            await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()
    async with leases.lent(timeout_seconds=5) as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT 1") == 1


async def test_what_the_server_has_ended_is_replaced(leases: Leases) -> None:
    async with leases.lent(timeout_seconds=5) as connection:
        number = await connection.fetchval("SELECT pg_backend_pid()")
    async with leases.lent(timeout_seconds=5) as connection:
        other = await take(leases)
        await other.execute("SELECT pg_terminate_backend($1)", number)
        await _until(lambda: _is_closed(connection))
        leases.give_back(other)
    found = [await take(leases) for _ in range(SIZE)]
    assert [await each.fetchval("SELECT 1") for each in found] == [1, 1]
    for each in found:
        leases.give_back(each)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - the driver has no event for it
            await asyncio.sleep(0.01)


def _is_closed(connection: asyncpg.Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


async def test_what_nobody_needs_goes_back(postgres_server: str) -> None:
    async with leases_on(postgres_server, idle_seconds=0.02) as leases:
        taken = [await take(leases) for _ in range(SIZE)]
        for each in taken:
            leases.give_back(each)
        pool = leases._pool
        assert pool.get_idle_size() == 0
        await _until(lambda: pool.get_idle_size() == SIZE)
        assert leases.sizes == (SIZE, SIZE)
