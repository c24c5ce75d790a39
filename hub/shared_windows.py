"""The windows of the rate limits in Redis, common to all processes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hub.settings import Settings

T = TypeVar("T")

_UNREACHABLE: Final = (RedisError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


class SharedWindows:
    """Counters in Redis, which are left alone for a moment when they do not answer in time."""

    def __init__(self, settings: Settings) -> None:
        seconds = settings.redis_timeout_seconds
        self._pool = ConnectionPool.from_url(
            settings.redis_url,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
        )
        storage = RedisStorage(
            "async+redis://pool:6379",  # only the scheme counts: the pool knows the address
            implementation="redispy",
            connection_pool=self._pool,  # type: ignore[arg-type]  # typed for plain options only
        )
        self.windows = FixedWindowRateLimiter(storage)
        self.is_away = False
        self._timeout_seconds = seconds
        self._pause_seconds = settings.redis_pause_seconds
        self._ask_again_at = float("-inf")

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T | None:
        """Redis's answer; None when it has none in time or had none a moment ago.

        While it is away one request a pause asks again, the others do not wait.
        """
        if self.is_away and time.monotonic() < self._ask_again_at:
            return None
        self._ask_again_at = time.monotonic() + self._pause_seconds
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await question()
        except _UNREACHABLE as error:
            if not self.is_away:
                _log.warning("redis_away", error=type(error).__name__, reason=str(error))
            self.is_away = True
            return None
        if self.is_away:
            _log.info("redis_back")
        self.is_away = False
        return answer

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.disconnect()
