"""Tells other processes by Redis that there is something to look for, so that they look at once.

Pub/sub loses what is said while a link is down: it only wakes, the rows are the truth
(`hub.revocation`, `hub.jobs`). A Redis that is away costs nothing but the time until the next
poll.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.settings import Settings

CHANNEL: Final = "hub:revocations"
CHANGES: Final = "hub:changes"

_LISTEN_SECONDS: Final = 5.0
_log = structlog.get_logger(__name__)


class RedisWaker:
    """Publishes numbers of this process on one channel, and listens for those of others.

    `lost_count` is how often Redis did not take a message, or the link to it broke.
    """

    def __init__(self, settings: Settings, *, channel: str = CHANNEL) -> None:
        self._settings = settings
        self._name = channel
        self._client = self._connected()
        self._listener: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self.lost_count = 0

    def start(self, on_wake: Callable[[int], None]) -> None:
        """Begin to listen; `on_wake` gets each number that is heard."""
        self._listener = asyncio.create_task(self._listen(on_wake))

    def wake(self, sequence: int) -> None:
        """Publish a number without waiting: nobody's transaction depends on Redis."""
        task = asyncio.create_task(self._publish(sequence))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Stop listening and give the connections back."""
        tasks = [*self._sending, *([self._listener] if self._listener else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(RedisError, OSError):
            await self._client.aclose()

    async def _publish(self, sequence: int) -> None:
        try:
            await self._client.publish(self._name, sequence)
        except (RedisError, OSError) as error:
            self.lost_count += 1
            _log.warning("waking_not_told", channel=self._name, error=type(error).__name__)

    async def _listen(self, on_wake: Callable[[int], None]) -> None:
        while True:
            try:
                await self._hear(on_wake)
            except (RedisError, OSError, ValueError) as error:
                self.lost_count += 1
                _log.warning("waking_not_heard", channel=self._name, error=type(error).__name__)
                await asyncio.sleep(self._settings.redis_pause_seconds)

    async def _hear(self, on_wake: Callable[[int], None]) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._name)
            while True:
                message: dict[str, Any] | None = await channel.get_message(timeout=_LISTEN_SECONDS)
                if message is not None:
                    on_wake(int(message["data"]))

    def _connected(self) -> "Redis":
        seconds = self._settings.redis_timeout_seconds
        return Redis.from_url(
            self._settings.redis_url, socket_connect_timeout=seconds, socket_timeout=seconds
        )
