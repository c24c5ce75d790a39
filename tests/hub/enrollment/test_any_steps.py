"""Whatever people do in whatever order: the counters are the rows, and no seat is idle or sold
twice.
"""

from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest

from hub.database import transaction
from hub.enrollment.models import Pool, PoolQuota, Registration
from hub.enrollment.queries import pool_by_id, quotas_of, waitlist_standings
from hub.enrollment.rules import (
    CANCELLABLE,
    HOLDS_SEAT,
    Allocation,
    FreeSeats,
    RegistrationState,
    Waiting,
    WaitlistReason,
    next_offers,
)
from hub.enrollment.service import seats
from hub.enrollment.service.waiting import free_seats, pass_on_due
from hub.errors import HubError
from hub.ids import new_id
from tests.factories import directory, enrollment, identity
from tests.factories.identity import NOW

pytestmark = pytest.mark.usefixtures("database")

STEPS = 30
DRAWS_AT = NOW + timedelta(hours=12)
QUOTAS_UNTIL = NOW + timedelta(hours=30)
CAPACITY = 9
_phones = count(1)


async def made(allocation: Allocation) -> tuple[Pool, list[UUID | None]]:
    """A pool, and the towns that people come from: two with quotas, one without, none."""
    rules: dict[str, object] = {}
    if allocation is Allocation.LOTTERY:
        rules = {"draws_at": DRAWS_AT}
    if allocation is Allocation.TOWN_QUOTAS:
        rules = {"quotas_until": QUOTAS_UNTIL}
    pool = await enrollment.pool(
        allocation=allocation, capacity=CAPACITY, party_size_maximum=3, **rules
    )
    towns = [(await directory.town()).id for _ in range(3)]
    if allocation is Allocation.TOWN_QUOTAS:
        for number, town_id in enumerate(towns[:2], 1):
            await quota(pool, town_id, number=number, capacity=3)
    return pool, [*towns, None]


async def quota(pool: Pool, town_id: UUID, *, number: int, capacity: int) -> None:
    slug = f"quota-{number}"
    values: dict[str, Any] = {
        "pool_id": pool.id,
        "town_id": town_id,
        "capacity": capacity,
        "position": number,
    }
    await PoolQuota.create(id=new_id(), slug=slug, **values)


async def step(pool: Pool, towns: list[UUID | None], dice: Random, now: datetime) -> None:
    kind = dice.choice(["register", "register", "register", "cancel", "accept", "pass on"])
    rows = await Registration.filter(pool_id=pool.id, state__in=list(CANCELLABLE))
    if kind == "register" or not rows:
        person = await identity.insert_person(f"136{next(_phones):08}")
        values = {"party_size": dice.randint(1, 3), "town_id": dice.choice(towns)}
        await enrollment.signed_up(person.id, pool=pool.id, now=now, **values)
    elif kind == "pass on":
        await pass_on_due(now)
    else:
        await _change(dice.choice(sorted(rows, key=lambda each: each.id)).id, kind, now)


async def _change(registration_id: UUID, kind: str, now: datetime) -> None:
    async def body() -> None:
        if kind == "cancel":
            cancelled = RegistrationState.CANCELLED
            await seats.end(registration_id, cancelled, now=now, extra={})
        else:
            await seats.accept(registration_id, now=now)

    try:
        await transaction(body)
    except HubError:
        assert kind == "accept"  # nothing was offered, or no longer


async def assert_counted(pool: Pool) -> None:
    row, rows = await Pool.get(id=pool.id), await Registration.filter(pool_id=pool.id)
    held = [each for each in rows if each.state in HOLDS_SEAT]
    waiting = [each for each in rows if each.state is RegistrationState.WAITLISTED]
    assert row.taken == sum(each.party_size for each in held) <= row.capacity
    assert row.waiting == sum(each.party_size for each in waiting)
    assert row.waiting_parties == len(waiting)
    for kept in await quotas_of(pool.id):
        on_it = [each for each in held if each.is_on_quota and each.town_id == kept.town_id]
        assert kept.taken == sum(each.party_size for each in on_it) <= kept.capacity
    numbers = [each.number for each in rows if each.number is not None]
    assert len(set(numbers)) == len(numbers)


async def assert_not_idle(pool: Pool, now: datetime) -> None:
    """Nobody who waits would fit, unless the lots are not drawn."""
    row = await pool_by_id(pool.id)
    assert row is not None
    if row.allocation is Allocation.LOTTERY and row.drawn_at is None:
        assert row.taken == 0
        return
    free = await free_seats(row, taken=row.taken, now=now)
    waiting = await Registration.filter(
        pool_id=pool.id, state=RegistrationState.WAITLISTED
    ).order_by("number")
    asking = [Waiting(each.id, each.party_size, each.town_id) for each in waiting]
    assert next_offers(free, asking) == []
    found = await waitlist_standings([each.id for each in waiting], now=now)
    assert [found[each.id].position for each in waiting] == list(range(1, len(waiting) + 1))
    assert all((each.reason is WaitlistReason.FULL) == (free.total <= 0) for each in found.values())


@pytest.mark.parametrize("allocation", list(Allocation))
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_steps(allocation: Allocation, seed: int) -> None:
    dice = Random(f"{allocation} {seed}")
    pool, towns = await made(allocation)
    now = NOW
    for _ in range(STEPS):
        now += timedelta(minutes=dice.choice([1, 30, 200]))
        await step(pool, towns, dice, now)
        await pass_on_due(now)
        await assert_counted(pool)
        await assert_not_idle(pool, now)
    assert (await Pool.get(id=pool.id)).taken > 0


async def test_people_of_a_town_are_not_hidden_behind_those_of_another() -> None:
    pool, towns = await made(Allocation.TOWN_QUOTAS)
    there, without = towns[0], towns[2]
    rows = []
    for town_id in [without] * 5 + [there] * 4:
        person = await identity.insert_person(f"135{next(_phones):08}")
        values = {"party_size": 1, "town_id": town_id}
        rows.append(await enrollment.signed_up(person.id, pool=pool.id, now=NOW, **values))
    states = [row.state for row in rows]
    assert states[:3] == [RegistrationState.CONFIRMED] * 3
    assert states[3:5] == [RegistrationState.WAITLISTED] * 2
    assert states[5:8] == [RegistrationState.CONFIRMED] * 3
    assert states[8] is RegistrationState.WAITLISTED
    found = await waitlist_standings([row.id for row in rows], now=NOW)
    assert {each.reason for each in found.values()} == {WaitlistReason.QUOTA}
    assert await pass_on_due(QUOTAS_UNTIL) == 1
    after = await Registration.filter(id__in=[rows[3].id, rows[4].id, rows[8].id])
    assert {each.state for each in after} == {RegistrationState.OFFERED}
    assert [each.taken for each in await quotas_of(pool.id)] == [3, 0]


def test_a_quota_larger_than_what_is_left_is_not_oversold() -> None:
    towns = [new_id()]
    free = FreeSeats(-3, {towns[0]: 5})
    waiting = [Waiting(new_id(), 2, towns[0]), Waiting(new_id(), 1, towns[0])]
    assert [each for each, _ in next_offers(free, waiting)] == waiting[:1]
