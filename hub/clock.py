"""The one place that asks the time, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("hub_clock", default=None)


def now() -> datetime:
    """The current instant, aware and in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Make `now()` answer `instant` inside the block and in the tasks it starts.

    Raises ValueError when the instant has no offset: a naive time has no place on this clock.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
