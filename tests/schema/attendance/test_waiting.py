"""Why one waits: the same few statements for many registrations, and read once for all fields."""

import pytest

from hub.database import recorded_statements
from hub.directory.models import Town
from hub.enrollment.models import PoolQuota, Registration
from hub.enrollment.queries import waitlist_standings
from hub.enrollment.rules import Allocation, WaitlistReason
from hub.ids import new_id
from tests.factories import directory
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, seated_event

ALONE = "waitlistMessage"
TOGETHER = "waitlistReason waitlistMessage"
ALL = "waitlistPosition waitlistReason waitlistMessage"


async def waiting_for(square: Square, count: int) -> Town:
    """One worker, the client's actor from now on, waits for so many events: every other one keeps
    its seat for a town.
    """
    worker, town = await square.person(), await directory.town()
    for number in range(count):
        is_kept = number % 2 == 1
        allocation = Allocation.TOWN_QUOTAS if is_kept else Allocation.FIRST_COME
        pool, event = await seated_event(capacity=1, allocation=allocation)
        if is_kept:
            await PoolQuota.create(
                id=new_id(), pool_id=pool.id, slug="a", capacity=1, town_id=town.id, position=1
            )
        else:
            await square.register(await square.person(), event)
        assert (await square.register(worker, event))["state"] == "WAITLISTED"
    square.client.actor = worker
    return town


@pytest.mark.parametrize("count", [2, 12])
async def test_standings_take_four_statements_however_many(square: Square, count: int) -> None:
    await waiting_for(square, count)
    ids = [row.id for row in await Registration.filter(state="waitlisted")]
    with recorded_statements() as statements:
        found = await waitlist_standings(ids, now=NOW)
    assert len(statements) == 4
    reasons = [found[each].reason for each in ids]
    assert reasons.count(WaitlistReason.FULL) == reasons.count(WaitlistReason.QUOTA) == count // 2
    assert {each.position for each in found.values()} == {1}


@pytest.mark.parametrize("count", [2, 12])
async def test_fields_side_by_side_read_once(square: Square, count: int) -> None:
    await waiting_for(square, count)
    taken = [await statements_of(square, fields, count) for fields in ("id", ALONE, TOGETHER, ALL)]
    assert [each - taken[0] for each in taken] == [0, 4, 4, 5]


async def statements_of(square: Square, fields: str, count: int) -> int:
    document = f"{{ viewer {{ registrations(first: 20) {{ nodes {{ {fields} }} }} }} }}"
    answer = await square.client.send(document)
    nodes = answer.data["viewer"]["registrations"]["nodes"]
    assert len(nodes) == count
    for name in fields.split():
        assert all(each[name] for each in nodes)
    return len(answer.statements)
