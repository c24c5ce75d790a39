"""Who may ask how much in a minute, counted here and in Redis, and what when Redis is gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Actor
from hub.clock import frozen
from hub.errors import RateLimited
from hub.limiting import RateLimiter, WindowStorage, is_degraded
from hub.settings import Environment
from tests.conftest import make_settings
from tests.factories.people import actor, service
from tests.redis_server import RedisServer, running_redis

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
ONE, TWO = "192.0.2.1", "192.0.2.2"
LIMITS: dict[str, Any] = {
    "env": Environment.PRODUCTION,
    "rate_limit_address_per_minute": 4,
    "rate_limit_anonymous_per_minute": 3,
    "rate_limit_person_per_minute": 5,
    "rate_limit_service_per_minute": 7,
    "redis_pause_seconds": 0.1,
}


def limiter(folder: Path, **changes: object) -> RateLimiter:
    return RateLimiter(make_settings(folder, **{**LIMITS, **changes}))


async def allowed(counting: RateLimiter, who: Actor, address: str = ONE, weight: int = 1) -> int:
    """How many requests go through before one is refused."""
    for count in range(50):
        try:
            await counting.charge(who, address, weight=weight)
        except RateLimited:
            return count
    return 50


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
async def counting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RateLimiter]:
    if request.param == "memory":
        yield limiter(tmp_path)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    server.stop()
    server.start()
    counting = limiter(tmp_path, redis_url=server.url)
    yield counting
    await counting.close()


async def test_each_kind_of_caller_has_its_own_limit(counting: RateLimiter) -> None:
    assert await allowed(counting, ANONYMOUS) == 3
    assert await allowed(counting, ANONYMOUS, TWO) == 3
    person = actor(at=NOW)
    assert await allowed(counting, person) == 5
    assert await allowed(counting, person, TWO) == 0
    assert await allowed(counting, actor(at=NOW)) == 5
    assert await allowed(counting, service()) == 7


async def test_what_weighs_more_is_counted_more(counting: RateLimiter) -> None:
    assert await allowed(counting, service(), weight=3) == 2
    assert await allowed(counting, service(), weight=8) == 0
    await counting.charge(ANONYMOUS, ONE, weight=0)
    assert await allowed(counting, ANONYMOUS) == 3


async def test_credentials_are_counted_before_they_are_looked_at(counting: RateLimiter) -> None:
    for _ in range(4):
        await counting.admit(ONE)
    with pytest.raises(RateLimited):
        await counting.admit(ONE)
    await counting.admit(TWO)


async def test_one_customer_of_ipv6_is_one_caller(counting: RateLimiter) -> None:
    assert await allowed(counting, ANONYMOUS, "2001:db8:1:2::1") == 3
    assert await allowed(counting, ANONYMOUS, "2001:db8:1:2::2") == 0
    assert await allowed(counting, ANONYMOUS, "2001:db8:1:3::1") == 3


async def test_a_refusal_says_when_to_come_back(counting: RateLimiter) -> None:
    await allowed(counting, ANONYMOUS)
    with pytest.raises(RateLimited) as caught:
        await counting.charge(ANONYMOUS, ONE, weight=1)
    seconds = caught.value.data["retryAfterSeconds"]
    assert 55 <= seconds <= 60
    assert str(seconds) in caught.value.message
    assert str(seconds) in caught.value.chinese


async def test_the_window_ends_after_a_minute(tmp_path: Path) -> None:
    counting = limiter(tmp_path)
    with frozen(NOW):
        assert await allowed(counting, ANONYMOUS) == 3
    with frozen(NOW + timedelta(seconds=58)), pytest.raises(RateLimited) as caught:
        await counting.charge(ANONYMOUS, ONE, weight=1)
    assert caught.value.data["retryAfterSeconds"] == 2
    with frozen(NOW + timedelta(seconds=60)):
        assert await allowed(counting, ANONYMOUS) == 3


@pytest.mark.parametrize(("cost", "weight"), [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (50_000, 50)])
def test_the_weight_of_a_cost(tmp_path: Path, cost: int, weight: int) -> None:
    assert limiter(tmp_path).weight(cost) == weight


async def test_development_is_generous_and_the_switch_works(tmp_path: Path) -> None:
    generous = limiter(tmp_path, env=Environment.DEVELOPMENT)
    assert await allowed(generous, ANONYMOUS) == 50
    off = limiter(tmp_path, rate_limits=False)
    assert await allowed(off, ANONYMOUS) == 50
    for _ in range(10):
        await off.admit(ONE)


async def test_several_processes_count_together_in_redis(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    one, two = [limiter(tmp_path, redis_url=redis_server.url) for _ in range(2)]
    who = service()
    for counting in (one, two, one, two, one, two, one):
        await counting.charge(who, ONE, weight=1)
    for counting in (one, two):
        with pytest.raises(RateLimited):
            await counting.charge(who, ONE, weight=1)
        await counting.close()


async def test_without_redis_each_process_counts_for_itself(tmp_path: Path) -> None:
    with running_redis() as server:
        counting = limiter(tmp_path, redis_url=server.url)
        counting.enter()
        await counting.charge(ANONYMOUS, ONE, weight=1)
        assert not is_degraded()
        server.stop()
        assert await allowed(counting, ANONYMOUS) == 3
        assert is_degraded()
        assert counting.degraded_count == 4
        server.start()
        await asyncio.sleep(0.15)
        assert await allowed(counting, ANONYMOUS) == 3
        assert not is_degraded()
        await counting.close()


async def test_a_frozen_redis_delays_one_request_a_pause(tmp_path: Path) -> None:
    with running_redis() as server:
        counting = limiter(tmp_path, redis_url=server.url, redis_pause_seconds=30.0)
        await counting.charge(ANONYMOUS, ONE, weight=1)
        server.freeze()
        try:
            started = time.perf_counter()
            for _ in range(200):
                await counting.charge(service(), ONE, weight=1)
            assert time.perf_counter() - started < 1.0
            assert counting.is_degraded
        finally:
            server.thaw()
            await counting.close()


async def test_the_counters_of_many_addresses_are_bounded() -> None:
    storage = WindowStorage(entries_max=1_000)
    for number in range(5_000):
        await storage.incr(str(number), 60)
    assert await storage.get("3999") == 0
    assert await storage.get("4000") == await storage.get("4999") == 1
    assert await storage.reset() == 1_000


async def test_windows_that_are_over_are_dropped() -> None:
    storage = WindowStorage(entries_max=1_000)
    with frozen(NOW):
        for number in range(500):
            await storage.incr(str(number), 60)
    with frozen(NOW + timedelta(seconds=61)):
        await storage.incr("new", 60)
        assert await storage.reset() == 1


async def test_counting_in_memory_takes_microseconds(tmp_path: Path) -> None:
    counting = limiter(tmp_path, rate_limit_person_per_minute=10**9)
    people = [actor(at=NOW) for _ in range(1_000)]
    for who in people:
        await counting.charge(who, ONE, weight=1)
    best = min([await _seconds(counting, people) for _ in range(5)])
    assert best / len(people) < 50e-6


async def _seconds(counting: RateLimiter, people: list[Actor]) -> float:
    started = time.perf_counter()
    for who in people:
        await counting.charge(who, ONE, weight=2)
    return time.perf_counter() - started
