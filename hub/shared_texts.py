"""Texts that the processes of a hub share by Redis, each found by the SHA-256 of itself.

There is a fixed number of places, and the hash decides which one a text has: whoever sends many
texts replaces some, and cannot fill the Redis that others need. What is read is believed only when
its hash is the one that was asked for.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from hub.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

PLACES: Final = 4_096
TEXT_BYTES_MAX: Final = 16 * 1024
"""Longer texts are not shared; with `PLACES` it bounds the whole to 64 MiB."""

KEPT_SECONDS: Final = 24 * 60 * 60

_log = structlog.get_logger(__name__)


class SharedTexts:
    """The common store; a Redis that is away costs nothing but what it would have known."""

    def __init__(self, settings: Settings) -> None:
        self._timeout_seconds = settings.redis_timeout_seconds
        self._pause_seconds = settings.redis_pause_seconds
        self._ask_again_at = float("-inf")
        self._client = _connected(settings)
        self._sending: set[asyncio.Task[object]] = set()

    async def find(self, sha256: str) -> str | None:
        """The text with this hash in lower-case hex; None where nobody knows it."""
        found = await self._asked(self._client.get(_place(sha256)))
        if not isinstance(found, bytes) or hashlib.sha256(found).hexdigest() != sha256:
            return None
        return found.decode()

    def keep(self, sha256: str, text: str) -> None:
        """Keep a text for a day, without waiting for it."""
        content = text.encode()
        if len(content) > TEXT_BYTES_MAX or self._is_away:
            return
        kept = self._asked(self._client.set(_place(sha256), content, ex=KEPT_SECONDS))
        task: asyncio.Task[object] = asyncio.create_task(kept)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def settled(self) -> None:
        """Return when everything that is being kept has been sent."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.settled()
        await self._client.aclose()

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._ask_again_at

    async def _asked(self, question: Awaitable[T]) -> T | None:
        from redis.exceptions import RedisError

        if self._is_away:
            _dropped(question)
            return None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await question
        except (RedisError, OSError, TimeoutError) as error:
            self._ask_again_at = time.monotonic() + self._pause_seconds
            _log.warning("texts_not_shared", error=type(error).__name__)
            return None


def _dropped(question: Awaitable[object]) -> None:
    """Say of a coroutine that nobody will wait for it."""
    if asyncio.iscoroutine(question):
        question.close()


def _place(sha256: str) -> str:
    return f"hub:text:{int(sha256, 16) % PLACES}"


def _connected(settings: Settings) -> "Redis":
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    seconds = settings.redis_timeout_seconds
    return Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )
