"""The server is killed, or asked to stop, under load: what it has acknowledged is there."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import pytest

from hub.settings import Settings
from schema.relay import encode_id
from tests.factories.crowd import Member, crowd
from tests.faults.callers import Caller, Unanswered, callers
from tests.faults.seats.checker import assert_counted, assert_no_idle_seat, registered
from tests.faults.seats.square import REGISTER, Hall, hall, spread
from tests.faults.server import HubProcess

WRITERS: Final = 8
_PEOPLE: Final = 400
_SEATS: Final = 60

End = Callable[[HubProcess], Awaitable[None]]
"""How a server is ended."""


class Round:
    """One event that eight writers fill until the server goes."""

    def __init__(self, place: Hall) -> None:
        self.place = place
        self.acknowledged: dict[str, str] = {}
        self.unanswered: list[Member] = []

    async def write(self, caller: Caller, who: Member) -> None:
        """Sign somebody up, with a key that is theirs for this event."""
        given = self.place.input(key=f"{self.place.event_id}{who.person_id}")
        try:
            payload = await caller.do(who, REGISTER, given)
        except Unanswered:
            self.unanswered.append(who)
            return
        assert payload["errors"] == []
        self.acknowledged[payload["registration"]["id"]] = payload["registration"]["state"]

    async def assert_nothing_lost(self) -> None:
        """Every registration that was acknowledged is there, as it was told."""
        rows = await registered(self.place.pool_id)
        there = {encode_id("Registration", UUID(key)): rows[key].upper() for key in rows}
        assert self.acknowledged.items() <= there.items()
        await assert_counted()


async def kill(hub: HubProcess) -> None:
    await hub.kill()


async def terminate(hub: HubProcess) -> None:
    assert await hub.terminate() in (0, -signal.SIGTERM)  # uvicorn passes the signal on at its end


async def ended_again_and_again(settings: Settings, end: End, *, rounds: int) -> None:
    """Each round: eight writers, an end at random, and then the rest with the same keys."""
    chance, members = random.Random(rounds), await crowd(_PEOPLE)
    acknowledged = cut_off = 0
    hub = HubProcess(settings)
    for count in range(rounds):
        current = Round(await hall(_SEATS))
        await hub.start()
        await _cut_short(hub, current, members, end=end, after=chance.randint(0, _PEOPLE // 2))
        await current.assert_nothing_lost()
        acknowledged += len(current.acknowledged)
        cut_off += bool(current.unanswered)
        if count % 10 == 0:
            await _finished(hub, current, members)
    assert acknowledged
    assert cut_off == rounds, "an end came after everything was done"


async def _cut_short(
    hub: HubProcess, current: Round, members: list[Member], *, end: End, after: int
) -> None:
    """Let the server end, some moments after so many answers."""

    async def wait_and_end() -> None:
        while len(current.acknowledged) < after:  # noqa: ASYNC110 - the writers are its clock
            await asyncio.sleep(0.002)
        await end(hub)

    async with callers(hub.port, WRITERS) as lines, asyncio.TaskGroup() as group:
        group.create_task(wait_and_end())
        group.create_task(spread(lines, members, current.write))


async def _finished(hub: HubProcess, current: Round, members: list[Member]) -> None:
    """Everybody tries once more with the same key: one registration each, nothing twice."""
    await hub.start()
    before = set(current.acknowledged)
    async with callers(hub.port, WRITERS) as lines:
        await spread(lines, members, current.write)
    assert before <= set(current.acknowledged)
    assert len(current.acknowledged) == len(members)
    assert len(await registered(current.place.pool_id)) == len(members)
    await assert_counted()
    await assert_no_idle_seat()
    await hub.kill()


@pytest.mark.slow
async def test_kills_lose_nothing(database: Settings) -> None:
    await ended_again_and_again(database, kill, rounds=3)


@pytest.mark.slow
async def test_a_stop_loses_nothing(database: Settings) -> None:
    await ended_again_and_again(database, terminate, rounds=1)


@pytest.mark.fault
async def test_many_kills_lose_nothing(database: Settings) -> None:
    await ended_again_and_again(database, kill, rounds=50)


@pytest.mark.fault
async def test_many_stops_lose_nothing(database: Settings) -> None:
    await ended_again_and_again(database, terminate, rounds=50)
