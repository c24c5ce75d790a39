"""Seats by lot: fixed before, drawn once, for anybody to check."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from hub.audit.models import AuditEntry
from hub.auth import DISTRICT, Grant, Role, Scope, Viewer
from hub.database import fetch_all, recorded_statements, transaction
from hub.enrollment.models import Draw, Pool, Registration
from hub.enrollment.queries import pool_by_id, waitlist_standings
from hub.enrollment.rules import (
    Allocation,
    RegistrationState,
    WaitlistReason,
    draw_order,
    seed_digest,
)
from hub.enrollment.service import seats
from hub.enrollment.service.lottery import draw_lots
from hub.enrollment.service.waiting import pass_on_before_reading, pass_on_due
from hub.errors import Conflict, NotFound
from hub.records import Record
from tests.factories import enrollment, identity
from tests.factories.identity import NOW
from tests.factories.people import actor

pytestmark = pytest.mark.usefixtures("database")

DRAWS_AT = NOW + timedelta(days=1)
AFTER = DRAWS_AT + timedelta(minutes=1)
WINNERS = (RegistrationState.CONFIRMED,)
_phones = count(1)


async def lottery(**values: object) -> Pool:
    rules = {"allocation": Allocation.LOTTERY, "draws_at": DRAWS_AT, "closes_at": DRAWS_AT}
    return await enrollment.pool(**{**rules, "capacity": 2, **values})


async def entered(pool: Pool, *, party_size: int = 1, later: bool = False) -> Record:
    person = await identity.insert_person(f"137{next(_phones):08}")
    at = AFTER if later else NOW
    return await enrollment.signed_up(person.id, pool=pool.id, now=at, party_size=party_size)


async def nowhere(_pool_id: UUID) -> Sequence[Scope]:
    return []


def organiser(*, at: int = 0) -> Viewer:
    now = AFTER + timedelta(minutes=at)
    return Viewer(actor(Grant(Role.EDITOR, DISTRICT), at=now), now)


async def ranks(pool: Pool) -> list[tuple[UUID, RegistrationState]]:
    rows = await Registration.filter(pool_id=pool.id, number__isnull=False).order_by("number")
    return [(row.id, row.state) for row in rows]


async def test_before_the_draw_everybody_waits_and_nobody_is_before_another() -> None:
    pool = await lottery()
    rows = [await entered(pool) for _ in range(3)]
    assert [row.state for row in rows] == [RegistrationState.WAITLISTED] * 3
    found = await waitlist_standings([row.id for row in rows], now=NOW)
    assert {(each.reason, each.position) for each in found.values()} == {
        (WaitlistReason.DRAW_PENDING, None)
    }
    lots = await Draw.get(pool_id=pool.id)
    assert (lots.seed, lots.drawn_at, lots.entries) == (None, None, None)
    assert len(lots.seed_digest) == 64
    assert await pass_on_due(NOW) == 0


async def test_the_draw_can_be_done_again_by_anybody() -> None:
    pool = await lottery(capacity=3, party_size_maximum=3)
    rows = [await entered(pool, party_size=1 + index % 3) for index in range(8)]
    committed = (await Draw.get(pool_id=pool.id)).seed_digest
    assert await pass_on_due(AFTER) == 1
    lots = await Draw.get(pool_id=pool.id)
    assert lots.seed is not None
    assert lots.seed_digest == committed == seed_digest(lots.seed)
    assert lots.entries == 8
    by_hand = sorted(
        (str(row.id) for row in rows),
        key=lambda each: hashlib.sha256(f"{lots.seed}:{each}".encode()).hexdigest(),
    )
    drawn = await ranks(pool)
    assert [str(each) for each, _ in drawn] == by_hand
    sizes, free = {row.id: row.party_size for row in rows}, 3
    for each, state in drawn:
        fits = sizes[each] <= free
        assert state is (RegistrationState.CONFIRMED if fits else RegistrationState.WAITLISTED)
        free -= sizes[each] if fits else 0
    after = await Pool.get(id=pool.id)
    assert after.taken == 3 - free
    waiting = [each for each, state in drawn if state is RegistrationState.WAITLISTED]
    assert (after.waiting_parties, after.waiting) == (
        len(waiting),
        sum(sizes[each] for each in waiting),
    )
    found = await waitlist_standings([row.id for row in rows], now=AFTER)
    assert sorted(waiting, key=lambda each: found[each].position or 0) == waiting


async def test_a_draw_is_done_once() -> None:
    pool = await lottery()
    for _ in range(5):
        await entered(pool)
    drawing = [draw_lots(organiser(), pool.id, scopes=nowhere) for _ in range(3)]
    await asyncio.gather(*drawing, pass_on_due(AFTER))
    drawn, before = await ranks(pool), await Draw.get(pool_id=pool.id)
    await draw_lots(organiser(at=5), pool.id, scopes=nowhere)
    assert await ranks(pool) == drawn
    assert (await Draw.get(pool_id=pool.id)).drawn_at == before.drawn_at
    assert sum(state in WINNERS for _, state in drawn) == 2
    assert await AuditEntry.filter(action="enrollment.lots_drawn").count() == 1


async def test_a_reader_after_the_time_finds_it_drawn() -> None:
    pool = await lottery()
    await entered(pool)
    read = await pool_by_id(pool.id)
    assert read is not None
    assert await pass_on_before_reading([read], now=AFTER)
    assert [state for _, state in await ranks(pool)] == [RegistrationState.CONFIRMED]


async def test_who_comes_after_the_draw_is_behind_everybody() -> None:
    pool = await lottery(capacity=1)
    first = [await entered(pool) for _ in range(2)]
    late = await entered(pool, later=True)
    assert late.state is RegistrationState.WAITLISTED
    drawn = await ranks(pool)
    assert {each for each, _ in drawn[:2]} == {row.id for row in first}
    assert drawn[2][0] == late.id
    assert (await Draw.get(pool_id=pool.id)).entries == 2

    async def cancel() -> None:
        await seats.end(drawn[0][0], RegistrationState.CANCELLED, now=AFTER, extra={})

    await transaction(cancel)
    assert (await Registration.get(id=drawn[1][0])).state is RegistrationState.OFFERED


async def test_who_left_before_takes_no_part() -> None:
    pool = await lottery()
    gone, stays = [await entered(pool) for _ in range(2)]

    async def cancel() -> None:
        await seats.end(gone.id, RegistrationState.CANCELLED, now=NOW, extra={})

    await transaction(cancel)
    await pass_on_due(AFTER)
    assert await ranks(pool) == [(stays.id, RegistrationState.CONFIRMED)]


async def test_winners_wait_for_approval_where_that_is_needed() -> None:
    pool = await lottery(needs_approval=True)
    await entered(pool)
    await pass_on_due(AFTER)
    assert [state for _, state in await ranks(pool)] == [RegistrationState.PENDING]


async def test_refused_draws_change_nothing() -> None:
    pool, plain = await lottery(), await enrollment.pool()
    await entered(pool)
    early = Viewer(organiser().actor, DRAWS_AT - timedelta(seconds=1))
    before = [tuple(row) for row in await fetch_all("SELECT * FROM registration", [])]
    for viewer, pool_id, expected in (
        (early, pool.id, Conflict),
        (organiser(), plain.id, Conflict),
        (Viewer(actor(at=AFTER), AFTER), pool.id, NotFound),
    ):
        with pytest.raises(expected):
            await draw_lots(viewer, pool_id, scopes=nowhere)
    assert [tuple(row) for row in await fetch_all("SELECT * FROM registration", [])] == before


async def test_a_draw_takes_as_many_statements_for_many_as_for_few() -> None:
    counts = []
    for entries in (2, 12):
        pool = await lottery()
        for _ in range(entries):
            await entered(pool)
        with recorded_statements() as statements:
            await pass_on_due(AFTER)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_order_of_a_draw_is_what_the_document_says() -> None:
    ids = [UUID(int=number) for number in range(1, 5)]
    order = draw_order("ab" * 32, ids)
    assert order == draw_order("ab" * 32, list(reversed(ids)))
    assert [each.int for each in order] == [3, 1, 4, 2]
