"""Everybody wants the same seats at once: none is given twice, and everybody is told."""

import pytest

from hub.settings import Settings
from tests.factories.crowd import Member, crowd
from tests.faults.callers import Caller, callers
from tests.faults.seats.checker import assert_counted, assert_no_idle_seat, number
from tests.faults.seats.square import REGISTER, Hall, hall, spread
from tests.faults.server import HubProcess, serving

_CONNECTIONS = 48


async def rushed(hub: HubProcess, place: Hall, people: list[Member]) -> list[dict[str, object]]:
    """What each of the people was told."""
    told: list[dict[str, object]] = []

    async def sign_up(caller: Caller, who: Member) -> None:
        payload = await caller.insist(who, REGISTER, place.input())
        assert payload["errors"] == []
        told.append(payload["registration"])

    async with callers(hub.port, _CONNECTIONS) as connections:
        await spread(connections, people, sign_up)
    return told


async def assert_fair(place: Hall, told: list[dict[str, object]], people: int) -> None:
    """As many seats as there are; everybody else stands in one line and knows where."""
    seated = [each for each in told if each["state"] == "CONFIRMED"]
    waiting = [each for each in told if each["state"] == "WAITLISTED"]
    assert len(seated) == min(place.capacity, people)
    assert len(seated) + len(waiting) == people
    assert all(each["waitlistPosition"] is None for each in seated)
    positions = sorted(int(str(each["waitlistPosition"])) for each in waiting)
    assert positions == list(range(1, len(waiting) + 1))
    assert all(each["waitlistReason"] == "FULL" for each in waiting)
    row = f"FROM registration WHERE CAST(pool_id AS TEXT) = '{place.pool_id}'"
    assert await number(f"SELECT COUNT(*) {row} AND state = 'confirmed'") == len(seated)
    assert await number(f"SELECT COUNT(*) {row} AND state = 'waitlisted'") == len(waiting)


async def never_oversold(settings: Settings, *, runs: int, people: int, seats: int) -> None:
    members = await crowd(people)
    halls = [await hall(seats) for _ in range(runs)]
    async with serving(settings) as hub:
        for place in halls:
            await assert_fair(place, await rushed(hub, place, members), people)
    await assert_counted()
    await assert_no_idle_seat()


@pytest.mark.slow
async def test_a_rush_oversells_nothing(database: Settings) -> None:
    await never_oversold(database, runs=1, people=150, seats=50)


@pytest.mark.slow
async def test_the_last_two_seats(database: Settings) -> None:
    await never_oversold(database, runs=5, people=50, seats=2)


@pytest.mark.fault
async def test_great_rushes_oversell_nothing(database: Settings) -> None:
    await never_oversold(database, runs=20, people=3_000, seats=1_000)


@pytest.mark.fault
async def test_the_last_two_seats_again_and_again(database: Settings) -> None:
    await never_oversold(database, runs=200, people=50, seats=2)
