"""People come, leave, accept and miss their offers while the server is killed: all in turn."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hub.bulk import update_where
from hub.clock import now
from hub.database import fetch_all, transaction
from hub.enrollment.models import Pool, Registration
from hub.records import as_uuid, table_of
from hub.settings import Settings
from tests.factories.crowd import Member, crowd
from tests.faults.callers import Caller, Unanswered, callers
from tests.faults.seats.checker import assert_counted, assert_no_idle_seat
from tests.faults.seats.square import ACCEPT, CANCEL, OWN, REGISTER, Hall, hall
from tests.faults.seats.watch import replayed, start_watch
from tests.faults.server import HubProcess, serving

CLIENTS = 16
_PEOPLE_EACH = 4
_SEATS = 30
_PARTIES = (1, 1, 1, 1, 2, 2, 3)


class Crowded:
    """So many steps of 16 clients, each of whom speaks for people of its own."""

    def __init__(self, place: Hall, people: Sequence[Member], *, seed: int) -> None:
        self._place = place
        self._people = people
        self._chance = random.Random(seed)
        self.left = 0

    async def walk(self, caller: Caller, number: int) -> None:
        """Take steps until there are none left or the server is gone."""
        mine = self._people[number::CLIENTS]
        try:
            while self.left > 0:
                self.left -= 1
                await self._step(caller, self._chance.choice(mine))
        except Unanswered:
            return

    async def _step(self, caller: Caller, who: Member) -> None:
        """Whatever somebody may do who stands where this one does."""
        place, chance = self._place, self._chance
        page = (await caller.ask(who, OWN, {"id": place.node_id}))["event"]
        own = page["viewerRegistration"]
        if own is None:
            size = chance.choice(_PARTIES)
            await self._do(caller, who, REGISTER, place.input(party_size=size))
        elif own["state"] == "OFFERED" and chance.random() < 0.3:
            await run_out(place)
        elif own["state"] == "OFFERED" and chance.random() < 0.8:
            await self._do(caller, who, ACCEPT, {"registrationId": own["id"]})
        elif own["state"] != "WAITLISTED" or chance.random() < 0.15:
            await self._do(caller, who, CANCEL, {"registrationId": own["id"]})

    async def _do(self, caller: Caller, who: Member, document: str, given: dict[str, Any]) -> None:
        payload = await caller.do(who, document, given)
        codes = {error["code"] for error in payload["errors"]}
        assert codes <= {"OFFER_EXPIRED", "CONFLICT"}, payload


async def run_out(place: Hall) -> None:
    """Let the time of one of the offers that are out be over."""
    pools, registrations = table_of(Pool), table_of(Registration)
    over = now() - timedelta(seconds=1)

    async def body() -> None:
        sets = {"offers_end_at": over}
        await update_where(Pool, sets, where=[pools.id == place.pool_id])
        found = await fetch_all("SELECT id FROM registration WHERE state = 'offered' LIMIT 1", [])
        if found:
            criteria = [registrations.id == as_uuid(found[0][0])]
            await update_where(Registration, {"offered_until": over}, where=criteria)

    await transaction(body)


async def in_order(settings: Settings, *, steps: int, kills: int) -> None:
    people = await crowd(CLIENTS * _PEOPLE_EACH)
    place = await hall(_SEATS, party_size_maximum=3, hold_minutes=30)
    await start_watch()
    crowded = Crowded(place, people, seed=steps)
    async with serving(settings) as hub:
        for count in range(kills + 1):
            await _walked(hub, crowded, steps // (kills + 1), is_killed=count < kills)
            await _caught_up(hub, place, people[0])
            await assert_counted()
            await assert_no_idle_seat()
    replay = await replayed()
    assert replay.violations == []
    assert replay.given > steps // 10, "hardly a seat changed hands"


async def _walked(hub: HubProcess, crowded: Crowded, steps: int, *, is_killed: bool) -> None:
    """That many steps; where the server is to be killed, that happens in the midst of them."""
    crowded.left += steps
    kill_at = crowded.left - steps // 2 if is_killed else None

    async def end() -> None:
        if kill_at is None:
            return
        while crowded.left > kill_at:  # noqa: ASYNC110 - the steps are its clock
            await asyncio.sleep(0.005)
        await hub.restart()

    async with callers(hub.port, CLIENTS) as lines, asyncio.TaskGroup() as group:
        group.create_task(end())
        for number, caller in enumerate(lines):
            group.create_task(crowded.walk(caller, number))


async def _caught_up(hub: HubProcess, place: Hall, who: Member) -> None:
    """Somebody looks at the page, which passes on what has run out."""
    async with callers(hub.port, 1) as (caller,):
        await caller.ask(who, OWN, {"id": place.node_id})


@pytest.mark.slow
async def test_everybody_in_turn(database: Settings) -> None:
    await in_order(database, steps=200, kills=1)


@pytest.mark.fault
async def test_everybody_in_turn_through_many_kills(database: Settings) -> None:
    await in_order(database, steps=5_000, kills=20)
