"""The outbox: written with the deed or not at all, taken by one, asked for twice and kept once."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from hub.clock import frozen
from hub.database import recorded_statements, transaction
from hub.ids import new_id
from hub.jobs.service import outbox
from hub.jobs.service.bell import Bell
from hub.jobs.service.outbox import claim_due, complete, enqueue
from hub.settings import Settings
from tests.hub.jobs.runners import NOW, TASK, row, rows

LEASE = timedelta(seconds=30)
SOON = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _open(database: Settings) -> None:
    """Every test here has the database open."""


async def test_what_is_rolled_back_asks_for_nothing() -> None:
    bell = Bell()
    bell.enter()

    async def deed() -> None:
        await enqueue(TASK, {"number": 1})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await transaction(deed)
    assert await rows() == []
    assert not bell.is_rung


async def test_the_bell_rings_after_the_commit_and_not_before() -> None:
    bell = Bell()
    bell.enter()
    rung = []

    async def deed() -> None:
        await enqueue(TASK)
        rung.append(bell.is_rung)

    await transaction(deed)
    assert rung == [False]
    assert bell.is_rung


async def test_a_bell_is_not_rung_for_what_is_due_later() -> None:
    bell = Bell()
    bell.enter()
    with frozen(NOW):
        await enqueue(TASK, run_at=NOW + SOON)
    assert not bell.is_rung


async def test_a_row_is_taken_when_it_is_due_and_by_one_alone() -> None:
    with frozen(NOW):
        await enqueue(TASK, {"number": new_id()}, run_at=NOW + SOON)
    assert await claim_due(at=NOW, lease=LEASE, limit=5) == []
    due = NOW + SOON
    assert len(await claim_due(at=due, lease=LEASE, limit=5)) == 1
    assert await claim_due(at=due, lease=LEASE, limit=5) == []
    assert len(await claim_due(at=due + LEASE, lease=LEASE, limit=5)) == 1


async def test_many_runners_at_once_never_take_one_row_twice() -> None:
    with frozen(NOW):
        for number in range(60):
            await enqueue(TASK, {"number": number})
    taken: list[int] = []

    async def take() -> None:
        while found := await claim_due(at=NOW, lease=LEASE, limit=4):
            taken.extend(each.payload["number"] for each in found)

    await asyncio.gather(*(take() for _ in range(8)))
    # Runners that lose a race get nothing and stop, so a last one takes what is left.
    await take()
    assert sorted(taken) == list(range(60))


async def test_a_runner_whose_lease_has_run_out_changes_nothing() -> None:
    with frozen(NOW):
        await enqueue(TASK)
    late = (await claim_due(at=NOW, lease=LEASE, limit=1))[0]
    later = NOW + LEASE
    taken = (await claim_due(at=later, lease=LEASE, limit=1))[0]
    await complete(late)
    await outbox.put_off(late, at=later, error=ValueError())
    assert not await outbox.renew(late, until=later)
    assert not await outbox.park(late, at=later, error=None)
    kept = await row()
    assert (kept.claim, kept.attempts, kept.parked_at) == (taken.claim, 2, None)


async def test_the_same_work_waits_once_and_at_the_earlier_instant() -> None:
    with frozen(NOW):
        await enqueue(TASK, {"number": 1}, key="k", run_at=NOW + 2 * SOON)
        await enqueue(TASK, {"number": 2}, key="k", run_at=NOW + SOON)
        await enqueue(TASK, {"number": 3}, key="k", run_at=NOW + 3 * SOON)
        await enqueue(TASK, {"number": 4})
        await enqueue(TASK, {"number": 5})
    kept = {each.payload["number"]: each.run_at for each in await rows()}
    assert kept == {3: NOW + SOON, 4: NOW, 5: NOW}


async def test_what_is_asked_for_while_it_runs_runs_once_more() -> None:
    with frozen(NOW):
        await enqueue(TASK, {"number": 1}, key="k")
    taken = (await claim_due(at=NOW, lease=LEASE, limit=1))[0]
    with frozen(NOW):
        await enqueue(TASK, {"number": 2}, key="k", run_at=NOW + 2 * SOON)
        await enqueue(TASK, {"number": 3}, key="k", run_at=NOW + SOON)
    await complete(taken)
    kept = await row()
    assert (kept.claim, kept.run_at, kept.again_at, kept.attempts) == (None, NOW + SOON, None, 0)
    again = (await claim_due(at=NOW + SOON, lease=LEASE, limit=1))[0]
    await complete(again)
    assert await rows() == []


async def test_what_was_parked_gets_a_new_round_when_it_is_asked_for_again() -> None:
    with frozen(NOW):
        await enqueue(TASK, key="k")
        taken = (await claim_due(at=NOW, lease=LEASE, limit=1))[0]
        await outbox.park(taken, at=NOW, error=ValueError())
        assert await claim_due(at=NOW + LEASE, lease=LEASE, limit=1) == []
        await enqueue(TASK, key="k")
    kept = await row()
    assert (kept.parked_at, kept.attempts, kept.run_at) == (None, 0, NOW)


async def test_somebody_may_let_parked_rows_be_tried_again() -> None:
    with frozen(NOW):
        await enqueue(TASK)
        taken = (await claim_due(at=NOW, lease=LEASE, limit=1))[0]
        await outbox.park(taken, at=NOW, error=None)
        assert await outbox.retry_parked([new_id()]) == 0
        assert await outbox.retry_parked() == 1
    assert len(await claim_due(at=NOW, lease=LEASE, limit=1)) == 1


async def test_the_longest_due_are_taken_first() -> None:
    with frozen(NOW):
        for minutes in (3, 1, 2):
            await enqueue(TASK, run_at=NOW + timedelta(minutes=minutes))
    found = [
        (await claim_due(at=NOW + LEASE * 10, lease=LEASE, limit=1))[0].created_at for _ in range(3)
    ]
    assert all(first <= second for first, second in pairwise(found))


@pytest.mark.parametrize("key", ["", "k" * 161])
async def test_a_key_that_does_not_fit_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        await enqueue(TASK, key=key)


async def test_asking_is_one_statement() -> None:
    with recorded_statements() as statements:
        await enqueue(TASK, {"number": 1}, key="k")
        await enqueue(TASK, {"number": 1}, key="k")
    assert len(statements) == 2
