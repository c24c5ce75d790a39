"""Runners: each row once, again after a failure, laid aside in the end, nothing lost on the way."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.clock import frozen
from hub.jobs.queries import parked_count
from hub.jobs.rules import ATTEMPTS_MAX, pause_after
from hub.jobs.service.bell import Bell
from hub.jobs.service.outbox import claim_due, enqueue
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.settings import Settings
from tests.hub.jobs.runners import NOW, TASK, Notes, row, rows, runner

LEASE = timedelta(seconds=30)


async def until(condition: Any) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - rows know no event
            await asyncio.sleep(0.005)


async def is_empty() -> bool:
    return not await rows()


async def test_what_is_due_is_run_and_gone(database: Settings) -> None:
    notes = Notes()
    with frozen(NOW):
        for number in range(20):
            await enqueue(TASK, {"number": number})
        assert await runner(database, notes).run_due() == 20
    assert sorted(notes.seen) == list(range(20))
    assert await rows() == []


async def test_a_failure_is_tried_again_after_a_pause(database: Settings) -> None:
    notes = Notes(failures=1)
    with frozen(NOW):
        await enqueue(TASK, {"number": 1})
        assert await runner(database, notes).run_due() == 1
    kept = await row()
    assert (kept.attempts, kept.claim, kept.last_error) == (1, None, "ValueError")
    assert kept.run_at == NOW + pause_after(1)
    with frozen(NOW + pause_after(1)):
        await runner(database, notes).run_due()
    assert notes.seen == [1, 1]
    assert await rows() == []


async def exhausted(
    settings: Settings, task_runner: Runner, *, attempts: int = ATTEMPTS_MAX
) -> None:
    """Run a failing task until it is given up."""
    at = NOW
    for count in range(1, attempts + 1):
        with frozen(at):
            await task_runner.run_due()
        at += pause_after(count)


async def test_what_never_succeeds_is_parked(database: Settings) -> None:
    notes = Notes(failures=1_000)
    with frozen(NOW):
        await enqueue(TASK, {"number": 1})
    await exhausted(database, runner(database, notes))
    kept = await row()
    assert kept.parked_at is not None
    assert len(notes.seen) == ATTEMPTS_MAX
    assert await parked_count() == 1
    with frozen(NOW + timedelta(days=9)):
        assert await runner(database, notes).run_due() == 0


async def test_who_has_a_task_given_up_is_told(database: Settings) -> None:
    told: list[Any] = []

    async def fail(_payload: Mapping[str, Any]) -> None:
        raise ValueError

    async def tell(payload: Mapping[str, Any]) -> None:
        told.append(payload)

    registry = Registry()
    registry.add(TASK, fail, on_parked=tell)
    with frozen(NOW):
        await enqueue(TASK, {"number": 1})
    await exhausted(database, Runner(registry, bell=Bell(), settings=database))
    assert told == [{"number": 1}]


async def test_a_task_that_kills_its_process_is_parked_without_another_try(
    database: Settings,
) -> None:
    notes = Notes()
    at = NOW
    with frozen(NOW):
        await enqueue(TASK)
    for _ in range(ATTEMPTS_MAX):
        assert len(await claim_due(at=at, lease=LEASE, limit=1)) == 1
        at += LEASE
    with frozen(at):
        await runner(database, notes).run_due()
    assert notes.seen == []
    assert (await row()).last_error == "Killed"


async def test_a_task_that_nobody_knows_waits_for_somebody_who_does(database: Settings) -> None:
    with frozen(NOW):
        await enqueue("tests.another")
        await runner(database, Notes()).run_due()
    assert (await row()).last_error == "UnknownTask"


async def test_a_task_that_takes_too_long_is_tried_again(database: Settings) -> None:
    async def stay(_payload: Mapping[str, Any]) -> None:
        await asyncio.sleep(60)

    registry = Registry()
    registry.add(TASK, stay, timeout=timedelta(seconds=0.05))
    with frozen(NOW):
        await enqueue(TASK)
        await Runner(registry, bell=Bell(), settings=database).run_due()
    assert (await row()).last_error == "TimeoutError"


async def test_a_runner_is_woken_by_a_commit(database: Settings) -> None:
    bell, notes = Bell(), Notes()
    slow = database.model_copy(update={"worker_poll_seconds": 60.0})
    started = runner(slow, notes, bell=bell)
    started.start()
    await asyncio.sleep(0.05)  # it has looked, found nothing, and would look again in a minute
    bell.enter()
    for number in range(30):
        await enqueue(TASK, {"number": number})
    await until(is_empty)
    await started.close(timeout_seconds=5)
    assert sorted(notes.seen) == list(range(30))


async def test_a_runner_finds_what_nobody_rang_for(database: Settings) -> None:
    notes = Notes()
    quick = database.model_copy(update={"worker_poll_seconds": 0.02})
    started = runner(quick, notes)
    started.start()
    await enqueue(TASK, {"number": 1})
    await until(is_empty)
    await started.close(timeout_seconds=5)
    assert notes.seen == [1]


async def test_many_runners_run_each_row_once(database: Settings) -> None:
    notes = Notes()
    quick = database.model_copy(update={"worker_poll_seconds": 0.01})
    runners = [runner(quick, notes) for _ in range(4)]
    for each in runners:
        each.start()
    await asyncio.gather(*(enqueue(TASK, {"number": number}) for number in range(80)))
    await until(is_empty)
    for each in runners:
        await each.close(timeout_seconds=5)
    assert sorted(notes.seen) == list(range(80))


class Slow:
    """A task that says when it has begun, and ends when it is let."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.ended = 0

    async def run(self, _payload: Mapping[str, Any]) -> None:
        self.begun.set()
        await self.may_end.wait()
        self.ended += 1


def slow_runner(settings: Settings, task: Slow, **changes: Any) -> Runner:
    registry = Registry()
    registry.add(TASK, task.run)
    return Runner(registry, bell=Bell(), settings=settings.model_copy(update=changes))


async def test_a_stop_finishes_what_is_in_hand(database: Settings) -> None:
    slow = Slow()
    started = slow_runner(database, slow)
    await enqueue(TASK)
    started.start()
    await slow.begun.wait()
    closing = asyncio.ensure_future(started.close(timeout_seconds=5))
    await asyncio.sleep(0.02)
    slow.may_end.set()
    await closing
    assert slow.ended == 1
    assert await rows() == []


async def test_a_stop_gives_back_what_is_not_finished_in_time(database: Settings) -> None:
    slow = Slow()
    started = slow_runner(database, slow)
    await enqueue(TASK)
    started.start()
    await slow.begun.wait()
    await started.close(timeout_seconds=0.02)
    kept = await row()
    assert (kept.claim, kept.attempts, slow.ended) == (None, 0, 0)


async def test_a_long_task_keeps_its_row(database: Settings) -> None:
    slow = Slow()
    started = slow_runner(database, slow, worker_lease_seconds=0.3)
    await enqueue(TASK)
    started.start()
    await slow.begun.wait()
    first = (await row()).run_at

    async def is_renewed_twice() -> bool:
        return bool((await row()).run_at > first + timedelta(seconds=0.3))

    await until(is_renewed_twice)
    slow.may_end.set()
    await until(is_empty)
    await started.close(timeout_seconds=5)
    assert slow.ended == 1


async def test_who_has_lost_the_lease_stops(database: Settings) -> None:
    slow = Slow()
    started = slow_runner(database, slow, worker_lease_seconds=0.2)
    await enqueue(TASK)
    started.start()
    await slow.begun.wait()
    held = await row()
    far = held.run_at + timedelta(hours=1)
    taken = (await claim_due(at=far, lease=LEASE, limit=1))[0]
    assert taken.claim != held.claim
    await until(lambda: _is_idle(started))
    slow.may_end.set()
    await started.close(timeout_seconds=5)
    assert slow.ended == 0
    assert (await row()).claim == taken.claim


async def _is_idle(started: Runner) -> bool:
    return not started._hands


@pytest.mark.parametrize("again", [False, True])
async def test_what_a_task_asks_for_is_run_too(database: Settings, again: bool) -> None:
    notes = Notes()
    registry = Registry()

    async def ask(_payload: Mapping[str, Any]) -> None:
        await enqueue(TASK, {"number": 7}, key="same" if again else None)
        await enqueue(TASK, {"number": 7}, key="same" if again else None)

    registry.add(TASK, notes.write)
    registry.add("tests.ask", ask)
    await enqueue("tests.ask")
    await Runner(registry, bell=Bell(), settings=database).run_due()
    assert notes.seen == ([7] if again else [7, 7])
