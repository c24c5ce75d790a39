"""Seats on a real database: taken, waited for, given back, passed on."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from hub.database import transaction
from hub.enrollment.models import Pool, Registration
from hub.enrollment.queries import waitlist_positions
from hub.enrollment.rules import OfferExpired, RegistrationState, SoldOut
from hub.enrollment.service import seats
from hub.enrollment.service.waiting import pass_on_due
from hub.records import Record
from tests.factories import enrollment, identity

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
CONFIRMED, WAITLISTED, OFFERED, EXPIRED, CANCELLED = (
    RegistrationState.CONFIRMED,
    RegistrationState.WAITLISTED,
    RegistrationState.OFFERED,
    RegistrationState.EXPIRED,
    RegistrationState.CANCELLED,
)


_phones = count(1)


async def somebody() -> UUID:
    number = next(_phones)
    person_id: UUID = (await identity.insert_person(f"139{number:08}")).id
    return person_id


async def signed_up(pool: Pool, now: datetime = NOW, **values: object) -> Record:
    return await enrollment.signed_up(await somebody(), pool=pool.id, now=now, **values)


async def cancel(row: Record, now: datetime = NOW) -> None:
    async def body() -> None:
        await seats.end(row.id, CANCELLED, now=now, extra={})

    await transaction(body)


async def state_of(row: Record) -> RegistrationState:
    return (await Registration.get(id=row.id)).state


async def counts(pool: Pool) -> tuple[int, int, int]:
    row = await Pool.get(id=pool.id)
    return row.taken, row.waiting, row.waiting_parties


async def test_seats_are_given_until_none_is_left() -> None:
    pool = await enrollment.pool(capacity=2)
    rows = [await signed_up(pool) for _ in range(4)]
    assert [row.state for row in rows] == [CONFIRMED, CONFIRMED, WAITLISTED, WAITLISTED]
    assert await counts(pool) == (2, 2, 2)
    assert await waitlist_positions([row.id for row in rows]) == {rows[2].id: 1, rows[3].id: 2}


async def test_a_seat_given_back_is_offered_to_the_first_who_waits() -> None:
    pool = await enrollment.pool(capacity=1)
    first, second, third = [await signed_up(pool) for _ in range(3)]
    await cancel(first)
    assert [await state_of(row) for row in (second, third)] == [OFFERED, WAITLISTED]
    assert await counts(pool) == (1, 1, 1)
    assert await transaction(lambda: seats.accept(second.id, now=LATER - timedelta(hours=2)))
    assert await state_of(second) is CONFIRMED


async def test_an_offer_that_runs_out_goes_to_the_next() -> None:
    pool = await enrollment.pool(capacity=1)
    first, second, third = [await signed_up(pool) for _ in range(3)]
    await cancel(first)
    assert await pass_on_due(LATER) == 1
    assert [await state_of(row) for row in (second, third)] == [EXPIRED, OFFERED]
    assert await pass_on_due(LATER) == 0
    assert await counts(pool) == (1, 0, 0)


async def test_an_offer_that_has_run_out_cannot_be_accepted() -> None:
    pool = await enrollment.pool(capacity=1)
    first, second = [await signed_up(pool) for _ in range(2)]
    await cancel(first)
    with pytest.raises(OfferExpired):
        await transaction(lambda: seats.accept(second.id, now=LATER))
    assert await state_of(second) is OFFERED


async def test_a_party_is_kept_together_and_a_seat_is_not_left_idle() -> None:
    pool = await enrollment.pool(capacity=3, party_size_maximum=3)
    held = await signed_up(pool, party_size=2)
    await signed_up(pool)
    large, small = await signed_up(pool, party_size=3), await signed_up(pool)
    await cancel(held)
    assert [await state_of(row) for row in (large, small)] == [WAITLISTED, OFFERED]
    assert await counts(pool) == (2, 3, 1)
    alone = await signed_up(pool)
    assert alone.state is CONFIRMED
    assert await counts(pool) == (3, 3, 1)


async def test_without_a_waiting_list_it_is_sold_out() -> None:
    pool = await enrollment.pool(capacity=1, has_waiting_list=False)
    await signed_up(pool)
    with pytest.raises(SoldOut):
        await signed_up(pool)
    assert await counts(pool) == (1, 0, 0)
    assert await Registration.all().count() == 1


async def test_one_person_has_one_seat() -> None:
    pool = await enrollment.pool(capacity=5)
    person_id = await somebody()
    await enrollment.signed_up(person_id, pool=pool.id, now=NOW)
    with pytest.raises(IntegrityError):
        await enrollment.signed_up(person_id, pool=pool.id, now=NOW)
    assert await counts(pool) == (1, 0, 0)


async def test_fifty_people_at_once_get_two_seats() -> None:
    pool = await enrollment.pool(capacity=2)
    people = [await somebody() for _ in range(50)]
    rows = await asyncio.gather(
        *(enrollment.signed_up(each, pool=pool.id, now=NOW) for each in people)
    )
    assert sorted(row.state for row in rows).count(CONFIRMED) == 2
    assert await counts(pool) == (2, 48, 48)
    numbers = sorted(row.number for row in rows if row.number is not None)
    assert numbers == list(range(1, 49))


async def test_a_seat_is_handed_to_who_has_one_up_to_the_limit() -> None:
    pool = await enrollment.pool(per_person_limit=2)
    receiver = await somebody()
    await enrollment.signed_up(receiver, pool=pool.id, now=NOW)
    first, second = await signed_up(pool), await signed_up(pool)

    async def hand_over(row: Record) -> None:
        await transaction(lambda: seats.hand_over(row.id, receiver, now=NOW, extra={}))

    await hand_over(first)
    assert {each.slot for each in await Registration.filter(person_id=receiver)} == {1, 2}
    with pytest.raises(IntegrityError):
        await hand_over(second)
    assert await Registration.filter(id=second.id, person_id=receiver).count() == 0
    assert await counts(pool) == (3, 0, 0)
