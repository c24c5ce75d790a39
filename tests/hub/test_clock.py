"""The clock: in UTC, and still when it is told to be."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_now_is_aware_and_goes_on() -> None:
    first = clock.now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= clock.now() - first < timedelta(minutes=1)


def test_a_frozen_clock_stands_still_and_goes_on_afterwards() -> None:
    with clock.frozen(NOON):
        assert clock.now() == clock.now() == NOON
        with clock.frozen(NOON + timedelta(hours=1)):
            assert clock.now() == NOON + timedelta(hours=1)
        assert clock.now() == NOON
    assert clock.now() != NOON


def test_it_is_released_when_the_block_raises() -> None:
    with pytest.raises(LookupError), clock.frozen(NOON):
        raise LookupError
    assert clock.now() != NOON


def test_any_offset_is_brought_to_utc() -> None:
    with clock.frozen(NOON.astimezone(timezone(timedelta(hours=8)))):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"), clock.frozen(NOON.replace(tzinfo=None)):
        pass


async def test_tasks_started_inside_the_block_share_it() -> None:
    async def ask() -> datetime:
        await asyncio.sleep(0)
        return clock.now()

    outside = asyncio.create_task(ask())
    with clock.frozen(NOON):
        inside = asyncio.create_task(ask())
        assert await inside == NOON
    assert await outside != NOON
