"""How much one caller may ask for in a minute, counted here or, for several machines, in Redis.

A window begins with a caller's first request and lasts a minute (`limits`, fixed window). When
Redis does not answer, each process counts for itself until it does: reads go on, and whoever
must not go on without the common counters asks `is_degraded()`.
"""

from contextvars import ContextVar
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from hub.auth import Actor
from hub.clock import now
from hub.errors import RateLimited
from hub.limit_settings import DEVELOPMENT_FACTOR
from hub.origin import address_block
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.shared_windows import SharedWindows

WINDOW_SECONDS: Final = 60
_log = structlog.get_logger(__name__)


class WindowStorage(Storage):
    """Counters in this process, at most `entries_max` of them, each step in constant time.

    The library's own walks through all its keys at every hit, which many addresses make slow. All
    windows being equally long, the order in which they began is that in which they end.
    """

    STORAGE_SCHEME = ["async+hub-windows"]  # noqa: RUF012 - the library's own form

    def __init__(self, *, entries_max: int) -> None:
        super().__init__()
        self._entries_max = entries_max
        self._windows: dict[str, list[float]] = {}  # its end in seconds since 1970, its count

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library would wrap; nothing here fails."""
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a window, beginning one of `expiry` seconds where there is none; its count."""
        at = now().timestamp()
        window = self._windows.get(key)
        if window is not None and window[0] > at:
            window[1] += amount
            return int(window[1])
        self._windows.pop(key, None)
        self._make_room(at)
        self._windows[key] = [at + expiry, amount]
        return amount

    def add_within(self, key: str, expiry: int, *, amount: int, limit: int) -> bool:
        """Add to a window, beginning one where there is none, if its count stays within `limit`."""
        at = now().timestamp()
        window = self._windows.get(key)
        is_running = window is not None and window[0] > at
        if (window[1] if window is not None and is_running else 0) + amount > limit:
            return False
        if window is not None and is_running:
            window[1] += amount
            return True
        self._windows.pop(key, None)
        self._make_room(at)
        self._windows[key] = [at + expiry, amount]
        return True

    async def get(self, key: str) -> int:
        """The count of a window; 0 where there is none."""
        window = self._windows.get(key)
        return int(window[1]) if window and window[0] > now().timestamp() else 0

    async def get_expiry(self, key: str) -> float:
        """When a window ends, in seconds since 1970."""
        window = self._windows.get(key)
        return window[0] if window else now().timestamp()

    async def check(self) -> bool:
        """Memory is always there."""
        return True

    async def reset(self) -> int:
        """Forget every window; how many there were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one window."""
        self._windows.pop(key, None)

    def _make_room(self, at: float) -> None:
        """Drop the windows that are over, and the oldest one when there are too many."""
        while self._windows:
            first = next(iter(self._windows))
            if self._windows[first][0] > at and len(self._windows) < self._entries_max:
                return
            del self._windows[first]


class RateLimiter:
    """The limits of one process under one configuration; `admit` and `charge` refuse.

    `degraded_count` is how often this process had to count for itself because Redis did not answer.
    """

    def __init__(self, settings: Settings) -> None:
        factor = DEVELOPMENT_FACTOR if settings.is_development else 1
        self._is_on = settings.rate_limits
        self._cost_unit = settings.rate_limit_cost_unit
        self._address = _per_minute(settings.rate_limit_address_per_minute * factor)
        self._anonymous = _per_minute(settings.rate_limit_anonymous_per_minute * factor)
        self._person = _per_minute(settings.rate_limit_person_per_minute * factor)
        self._service = _per_minute(settings.rate_limit_service_per_minute * factor)
        self._storage = WindowStorage(entries_max=settings.rate_limit_entries)
        self._local = FixedWindowRateLimiter(self._storage)
        self._shared = _shared_windows(settings) if settings.redis_url else None
        self.degraded_count = 0

    @property
    def is_degraded(self) -> bool:
        """Whether there are common counters that cannot be asked at the moment."""
        return self._shared is not None and self._shared.is_away

    def enter(self) -> None:
        """Make this the limiter that `is_degraded()` asks in the current context."""
        _current.set(self)

    def weight(self, cost: int) -> int:
        """What an operation of this static cost weighs: 1 for each unit of cost begun."""
        return max(1, ceil(cost / self._cost_unit))

    async def admit(self, address: str) -> None:
        """Count a request that shows credentials, before they are looked at.

        Raises RateLimited when its address has sent too many, good credentials or bad.
        """
        if self._is_on:
            await self._hit(self._address, "address", address_block(address), weight=1)

    async def charge(self, actor: Actor, address: str, *, weight: int) -> None:
        """Count `weight` for whoever asks: the person, the service, or nobody at this address.

        Raises RateLimited with `retryAfterSeconds` when it is too much. What was refused counts
        too, so that hammering does not help.
        """
        if not self._is_on or weight < 1:
            return
        if actor.person_id is not None:
            await self._hit(self._person, "person", actor.person_id.hex, weight=weight)
        elif actor.service_id is not None:
            await self._hit(self._service, "service", actor.service_id.hex, weight=weight)
        else:
            await self._hit(self._anonymous, "anonymous", address_block(address), weight=weight)

    def charge_now(self, address: str, *, weight: int) -> bool:
        """Count `weight` for nobody at this address without waiting, where it is within the limit.

        False where it is not, and where Redis counts: nothing was counted then, and `charge` has to
        decide.
        """
        if not self._is_on:
            return True
        if self._shared is not None:
            return False
        key, expiry = _anonymous_key(self._anonymous, address), self._anonymous.get_expiry()
        return self._storage.add_within(key, expiry, amount=weight, limit=self._anonymous.amount)

    async def close(self) -> None:
        """Let go of the connections to Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def _hit(self, item: RateLimitItem, kind: str, key: str, *, weight: int) -> None:
        windows, is_within = await self._counted(item, kind, key, weight=weight)
        if is_within:
            return
        seconds = await self._seconds_left(windows, item, kind, key)
        _log.info("rate_limited", kind=kind, seconds=seconds)
        raise RateLimited(
            f"Too many requests; try again in {seconds} s.",
            chinese=f"请求过于频繁，请在 {seconds} 秒后重试。",
            retryAfterSeconds=seconds,
        )

    async def _counted(
        self, item: RateLimitItem, kind: str, key: str, *, weight: int
    ) -> tuple[FixedWindowRateLimiter, bool]:
        """Where it was counted, and whether it was not too much."""
        if self._shared is not None:
            windows = self._shared.windows
            found = await self._shared.ask(lambda: windows.hit(item, kind, key, cost=weight))
            if found is not None:
                return windows, found
            self.degraded_count += 1
        return self._local, await self._local.hit(item, kind, key, cost=weight)

    async def _seconds_left(
        self, windows: FixedWindowRateLimiter, item: RateLimitItem, kind: str, key: str
    ) -> int:
        """How long the window lasts yet, from 1 to 60 s."""
        if self._shared is not None and windows is self._shared.windows:
            stats = await self._shared.ask(lambda: windows.get_window_stats(item, kind, key))
        else:
            stats = await windows.get_window_stats(item, kind, key)
        left = WINDOW_SECONDS if stats is None else ceil(stats.reset_time - now().timestamp())
        return min(max(left, 1), WINDOW_SECONDS)


_current: ContextVar[RateLimiter | None] = ContextVar("hub_limiter", default=None)


def is_degraded() -> bool:
    """Whether common counters are configured and do not answer, as far as this request knows.

    Sign-in asks: without them nobody can say how often a code was tried elsewhere.
    """
    limiter = _current.get()
    return limiter is not None and limiter.is_degraded


def _shared_windows(settings: Settings) -> "SharedWindows":
    from hub.shared_windows import SharedWindows  # with Redis's client, which not every hub needs

    return SharedWindows(settings)


@lru_cache(maxsize=4_096)
def _anonymous_key(item: RateLimitItem, address: str) -> str:
    """The name of the window of nobody at an address."""
    return item.key_for("anonymous", address_block(address))


def _per_minute(count: int) -> RateLimitItem:
    return RateLimitItemPerMinute(count)
