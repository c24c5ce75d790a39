"""Revocations told by a real Redis, which may be away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.waking import RedisWaker
from tests.conftest import make_settings
from tests.redis_server import RedisServer, running_redis


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test's own, which it may stop."""
    with running_redis() as server:
        yield server


def configured(folder: Path, server: RedisServer) -> Settings:
    return make_settings(folder, redis_url=server.url, redis_pause_seconds=0.05)


async def heard(numbers: list[int], *, count: int) -> None:
    async with asyncio.timeout(5):
        while len(numbers) < count:  # noqa: ASYNC110 - what fills the list knows no event
            await asyncio.sleep(0.005)


async def test_what_one_process_tells_every_other_hears(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    wakers = [RedisWaker(configured(tmp_path, redis_server)) for _ in range(2)]
    numbers: list[int] = []
    wakers[1].start(numbers.append)
    for sequence in range(1, 200):
        wakers[0].wake(sequence)
        await asyncio.sleep(0.005)
        if numbers:
            break
    await heard(numbers, count=1)
    assert set(numbers) <= set(range(1, 200))
    for waker in wakers:
        await waker.close()


async def test_a_redis_that_is_away_costs_nothing_and_comes_back(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    waker = RedisWaker(configured(tmp_path, redis_server))
    numbers: list[int] = []
    waker.start(numbers.append)
    redis_server.stop()
    for sequence in range(20):
        waker.wake(sequence)
    await asyncio.sleep(0.1)
    redis_server.start()
    for sequence in range(20, 400):
        waker.wake(sequence)
        await asyncio.sleep(0.01)
        if numbers:
            break
    await heard(numbers, count=1)
    assert min(numbers) >= 20
    await waker.close()
