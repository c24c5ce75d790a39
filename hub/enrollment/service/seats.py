"""Taking seats and giving them back, inside the transaction of whoever calls.

A sign-up inserts its row first and takes its seats last, or its place in the queue, by one UPDATE
that decides: the pool's row, which everybody wants, is locked for as short as it can be. Everything
that is not a sign-up locks the pool first and then decides at leisure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pypika_tortoise.terms import LiteralValue, Term

from hub.bulk import insert_row, update_where
from hub.enrollment.models import Pool, Registration
from hub.enrollment.queries import (
    locked_pool,
    pools,
    registration_by_id,
    registrations,
    slots_of,
)
from hub.enrollment.rules import (
    CANCELLABLE,
    HOLDS_SEAT,
    Allocation,
    DeadlinePassed,
    OfferExpired,
    RegistrationState,
    SoldOut,
    Subject,
    assert_may_become,
    state_at,
)
from hub.enrollment.service.lottery import commit_to_seeds, is_draw_due
from hub.enrollment.service.waiting import count_on_quotas, pass_on, pass_on_locked
from hub.errors import Conflict, NotFound
from hub.records import Record, records_of
from hub.rendering import columns_of


@dataclass(frozen=True, slots=True)
class SignUp:
    """One sign-up, checked by the rules already: who wants how many seats for what.

    `extra` are further columns of the registration: the form and its encrypted answers.
    """

    subject: Subject
    person_id: UUID
    pool: Record | None
    party_size: int = 1
    town_id: UUID | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


async def sign_up(wish: SignUp, registration_id: UUID, *, now: datetime) -> Record:
    """Give the seats, or a place on the waiting list; the registration as it is now.

    Three statements with a seat, four on the waiting list while nothing is free. Raises SoldOut
    where nobody can wait, and IntegrityError where the person holds, or waits for, as much already
    as the limits allow.
    """
    pool = wish.pool
    if pool is not None and is_draw_due(pool, now=now):
        await pass_on(pool.id, now=now)  # who comes after the hour is not among those who draw
    seated = _seated(pool)
    row = await _new_row(wish, registration_id, seated, now=now)
    made = await insert_row(Registration, row)
    if pool is None:
        return made
    after = await _take_or_queue(pool, wish)
    if after.waiting == 0:  # whoever waits is counted, this one too
        return made
    return await _wait(wish, registration_id, after, now=now)


def _seated(pool: Record | None) -> RegistrationState:
    needs_approval = pool is not None and pool.needs_approval
    return RegistrationState.PENDING if needs_approval else RegistrationState.CONFIRMED


def scope_of(subject: Subject, pool: Record | None) -> UUID:
    """Within what a person has a limited number of seats: the pool, or the thing without one."""
    scope_id: UUID = pool.id if pool is not None else subject.part_id or subject.id
    return scope_id


async def _new_row(
    wish: SignUp, registration_id: UUID, state: RegistrationState, *, now: datetime
) -> dict[str, Any]:
    subject, pool = wish.subject, wish.pool
    scope_id = scope_of(subject, pool)
    limit = pool.per_person_limit if pool else 1
    return {
        "id": registration_id,
        "pool_id": pool.id if pool else None,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "part_id": subject.part_id,
        "person_id": wish.person_id,
        "state": state,
        "party_size": wish.party_size,
        "town_id": wish.town_id,
        "scope_id": scope_id,
        "slot": 1 if limit == 1 else await _free_slot(wish.person_id, scope_id, limit=limit),
        "subject_slot": 1 if subject.is_once else None,
        "created_at": now,
        "updated_at": now,
        **wish.extra,
    }


async def _free_slot(person_id: UUID, scope_id: UUID, *, limit: int) -> int:
    """The first slot that is free; the last one, which the index refuses, where none is."""
    used = await slots_of(person_id, scope_id)
    return next((slot for slot in range(1, limit + 1) if slot not in used), limit)


async def _take_or_queue(pool: Record, wish: SignUp) -> Record:
    """Take seats where nobody waits and they are there, or queue up behind everybody; the pool
    after it, locked.

    One statement decides and does it: its row says which of the two it was, for there waits
    somebody then and only then when seats were not taken.
    """
    size = int(wish.party_size)
    fits = f"waiting = 0 AND taken + {size} <= capacity"
    if pool.allocation is not Allocation.FIRST_COME:
        fits = "1 = 0"

    def either(seated: str, waits: str) -> Term:
        return LiteralValue(f"CASE WHEN {fits} THEN {seated} ELSE {waits} END")

    sets = {
        "taken": either(f"taken + {size}", "taken"),
        "waiting": either("waiting", f"waiting + {size}"),
        "waiting_parties": either("waiting_parties", "waiting_parties + 1"),
        "sequence": either("sequence", _next_number(pool)),
    }
    columns = columns_of(Pool)
    rows = await update_where(Pool, sets, where=[pools.id == pool.id], returning=columns)
    return records_of(Pool, rows)[0]


def _next_number(pool: Record) -> str:
    """The last number given once this one is; who waits for lots has none before they are drawn."""
    if pool.allocation is not Allocation.LOTTERY:
        return "sequence + 1"
    return "sequence + CASE WHEN drawn_at IS NULL THEN 0 ELSE 1 END"


async def _wait(wish: SignUp, registration_id: UUID, pool: Record, *, now: datetime) -> Record:
    """Stand in the queue that one is counted in; then whoever comes next gets what is free, this
    one perhaps.
    """
    waits_for_lots = pool.allocation is Allocation.LOTTERY and pool.drawn_at is None
    if waits_for_lots and pool.waiting_parties == 1:
        await commit_to_seeds([pool.id], now)
    number = None if waits_for_lots else pool.sequence  # the draw gives everybody their rank
    sets = {"state": RegistrationState.WAITLISTED.value, "number": number}
    row = await _set(registration_id, sets, now=now)
    if await pass_on_locked(pool, now=now):
        row = await _required(registration_id)
        if row.state is RegistrationState.OFFERED:  # who has just asked need not be asked
            return await _accept(row, pool, now=now)
    if not pool.has_waiting_list and pool.allocation is not Allocation.LOTTERY:
        raise SoldOut(
            "All seats are taken, and there is no waiting list.",
            chinese="名额已满，且不设候补。",
        )
    return row


async def accept(registration_id: UUID, *, now: datetime) -> RegistrationState:
    """Take an offered seat; the state afterwards.

    Raises OfferExpired when its time is over (the seat has then been passed on), Conflict when
    nothing is offered. Accepted already, it is accepted.
    """
    row, pool = await _locked(registration_id)
    if row.state in (RegistrationState.CONFIRMED, RegistrationState.PENDING):
        state: RegistrationState = row.state
        return state
    if state_at(row.state, offered_until=row.offered_until, now=now) is RegistrationState.EXPIRED:
        raise OfferExpired(
            "The offer has run out, and the seat has gone to the next.",
            chinese="确认时间已过，名额已转给下一位。",
        )
    if row.state is not RegistrationState.OFFERED or pool is None:
        raise Conflict("No seat is offered to you at the moment.", chinese="目前没有待确认的名额。")
    accepted: RegistrationState = (await _accept(row, pool, now=now)).state
    return accepted


async def _accept(row: Record, pool: Record, *, now: datetime) -> Record:
    return await _set(row.id, {"state": _seated(pool).value, "offered_until": None}, now=now)


async def end(
    registration_id: UUID, target: RegistrationState, *, now: datetime, extra: Mapping[str, Any]
) -> Record:
    """Cancel or reject a registration and pass its seats on; the row as it was.

    `extra` are further columns: the reason, who decided. Raises Conflict where the state does not
    lead there. What is that already stays as it is.
    """
    row, pool = await _locked(registration_id)
    if row.state is target:
        return row
    assert_may_become(row.state, target)
    over = {"state": target.value, "slot": None, "subject_slot": None, "offered_until": None}
    await _set(row.id, {**over, "is_on_quota": False, **extra}, now=now)
    if pool is not None:
        await _release(row, pool, now=now)
    return row


async def _release(row: Record, pool: Record, *, now: datetime) -> None:
    """Give back what a registration counted for in its locked pool."""
    if row.state is RegistrationState.WAITLISTED:
        sets = {
            "waiting": pool.waiting - row.party_size,
            "waiting_parties": pool.waiting_parties - 1,
        }
    else:
        sets = {"taken": pool.taken - row.party_size}
    where = [pools.id == pool.id]
    changed = await update_where(Pool, sets, where=where, returning=columns_of(Pool))
    if row.is_on_quota:
        await count_on_quotas([row], sign=-1)
    await pass_on_locked(records_of(Pool, changed)[0], now=now)


async def approve(registration_id: UUID, *, now: datetime, extra: Mapping[str, Any]) -> Record:
    """Confirm a registration that waited for approval; the row as it was. Raises Conflict."""
    row, _ = await _locked(registration_id)
    if row.state is RegistrationState.CONFIRMED:
        return row
    if row.state is not RegistrationState.PENDING:
        assert_may_become(row.state, RegistrationState.PENDING)
        raise Conflict(
            "It is on the waiting list and holds no seat yet.",
            chinese="该报名仍在候补，尚未占有名额。",
        )
    await _set(row.id, {"state": RegistrationState.CONFIRMED.value, **extra}, now=now)
    return row


async def mark(registration_id: UUID, target: RegistrationState, *, now: datetime) -> Record:
    """Write down that somebody came, or did not; the row as it was. Raises Conflict."""
    row, _ = await _locked(registration_id)
    if row.state is target:
        return row
    assert_may_become(row.state, target)
    await _set(row.id, {"state": target.value}, now=now)
    return row


async def hand_over(
    registration_id: UUID, person_id: UUID, *, now: datetime, extra: Mapping[str, Any]
) -> Record:
    """Give a confirmed registration to another person; the row as it was.

    The seats stay taken throughout. Raises Conflict where it is not confirmed, and IntegrityError
    where that person is signed up already.
    """
    row, pool = await _locked(registration_id)
    if row.state is not RegistrationState.CONFIRMED:
        raise Conflict(
            "Only a confirmed registration can be handed over.",
            chinese="只有已确认的报名可以转让。",
        )
    limit = pool.per_person_limit if pool else 1
    sets = {
        "person_id": person_id,
        "transferred_from": row.person_id,
        "slot": await _free_slot(person_id, row.scope_id, limit=limit),
        "ticket_serial": registrations.ticket_serial + 1,
        **extra,
    }
    await _set(row.id, sets, now=now)
    return row


def assert_cancellable(row: Record, pool: Record | None, *, now: datetime) -> None:
    """Raises DeadlinePassed for a seat that is held past the pool's deadline, and Conflict for a
    registration that is over. Who only waits may leave at any time.
    """
    state = state_at(row.state, offered_until=row.offered_until, now=now)
    if state not in CANCELLABLE:
        assert_may_become(state, RegistrationState.CANCELLED)
    deadline = pool.cancel_until if pool is not None else None
    if deadline is not None and deadline <= now and state in HOLDS_SEAT:
        raise DeadlinePassed(
            "It can no longer be cancelled; tell the organiser that you cannot come.",
            chinese="已过取消截止时间，请联系主办方说明情况。",
            deadline=deadline.isoformat(),
        )


async def _locked(registration_id: UUID) -> tuple[Record, Record | None]:
    """A registration as it stands with its pool locked, so that neither changes any more.

    Raises NotFound.
    """
    row = await registration_by_id(registration_id)
    if row is None:
        raise registration_not_found()
    if row.pool_id is None:
        await update_where(
            Registration, {"version": registrations.version}, where=[registrations.id == row.id]
        )
        return await _required(registration_id), None
    pool = await locked_pool(row.pool_id)
    return await _required(registration_id), pool


def registration_not_found() -> NotFound:
    """What is said of a registration that is not there, or not the asker's."""
    return NotFound(
        "There is no such registration.", chinese="没有这项报名。", path=("input", "registrationId")
    )


async def _required(registration_id: UUID) -> Record:
    row = await registration_by_id(registration_id)
    assert row is not None, "registrations are never deleted"
    return row


async def _set(registration_id: UUID, sets: Mapping[str, Any], *, now: datetime) -> Record:
    """Change a registration whose pool is locked; the registration afterwards."""
    changed = await update_where(
        Registration,
        {**sets, "version": registrations.version + 1, "updated_at": now},
        where=[registrations.id == registration_id],
        returning=columns_of(Registration),
    )
    return records_of(Registration, changed)[0]
