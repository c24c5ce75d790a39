"""Reads of enrolment: pools as readers and as sign-ups see them, registrations, positions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Case, Criterion, LiteralValue, Term, ValueWrapper

from hub.auth import Viewer
from hub.criteria import Exists, is_false, is_in, never
from hub.database import fetch_all
from hub.enrollment.models import Draw, InvitationCode, Pool, PoolQuota, Registration
from hub.enrollment.rules import (
    OVER,
    Allocation,
    FreeSeats,
    RegistrationState,
    Standing,
    Subject,
    Waiting,
    waitlist_reason,
)
from hub.listing import Listing, parts_by
from hub.publishing import visible
from hub.records import (
    Ordering,
    Record,
    Select,
    as_uuid,
    fetch_locked,
    fetch_records,
    fetch_records_by,
    render,
    table_of,
)

pools = table_of(Pool)
registrations = table_of(Registration)
invitations = table_of(InvitationCode)
draws = table_of(Draw)

POOLS = Listing(Pool, lambda viewer: (visible(pools, viewer.now),))


def of_viewer(viewer: Viewer) -> Criterion:
    """The criterion for registrations of the person who asks; nobody has any."""
    person_id = viewer.actor.person_id
    criterion: Criterion = never() if person_id is None else registrations.person_id == person_id
    return criterion


def state_term(now: datetime) -> Term:
    """What a registration is at `now`, as `rules.state_at` says it, for filters."""
    has_run_out = (registrations.state == RegistrationState.OFFERED.value) & (
        registrations.offered_until <= now
    )
    expired = ValueWrapper(RegistrationState.EXPIRED.value)
    return Case().when(has_run_out, expired).else_(registrations.state)


OWN_REGISTRATIONS = Listing(
    Registration,
    lambda viewer: (of_viewer(viewer),),
    default_order=(Ordering("created_at", descending=True),),
)


async def quotas_by_pool_ids(pool_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each pool's quotas in order, in one statement, for pools that are known to be seen."""
    return await parts_by(PoolQuota, pool_ids, column="pool_id", order=("position", "id"))


async def pools_by_ids(ids: Sequence[UUID], *, now: datetime) -> list[Record | None]:
    """The pools with these ids that are public, aligned; for those who have been shown an owner."""
    rows = await fetch_records_by(Select(Pool, (visible(pools, now),)), ids, column="id")
    found = {row.id: row for row in rows}
    return [found.get(each) for each in ids]


async def pool_by_id(pool_id: UUID) -> Record | None:
    """The pool with this id, public or not."""
    rows = await fetch_records(Select(Pool, (pools.id == pool_id,)), limit=1)
    return rows[0] if rows else None


async def locked_pool(pool_id: UUID) -> Record:
    """The pool, locked until this transaction ends: what changes its seats goes one at a time."""
    return (await fetch_locked(Select(Pool, (pools.id == pool_id,))))[0]


async def quotas_of(pool_id: UUID) -> list[Record]:
    """The quotas of a pool, in order."""
    quotas = table_of(PoolQuota)
    return await fetch_records(
        Select(PoolQuota, (quotas.pool_id == pool_id,)), order=[Ordering("position")]
    )


async def registration_by_id(registration_id: UUID) -> Record | None:
    """The registration with this id, whosever it is."""
    select = Select(Registration, (registrations.id == registration_id,))
    rows = await fetch_records(select, limit=1)
    return rows[0] if rows else None


async def active_registration(person_id: UUID, subject: Subject) -> Record | None:
    """The registration by which a person is signed up for a thing, or waits for it.

    Where the part is named it has to be for that part; newest first where there are several.
    """
    criteria = [
        registrations.subject_id == subject.id,
        registrations.person_id == person_id,
        registrations.slot.notnull(),
    ]
    if subject.part_id is not None and not subject.is_once:
        criteria.append(registrations.part_id == subject.part_id)
    rows = await fetch_records(
        Select(Registration, tuple(criteria)), order=[Ordering("id", descending=True)], limit=1
    )
    return rows[0] if rows else None


async def active_by_ids(person_id: UUID, ids: Sequence[UUID], *, column: str) -> dict[UUID, Record]:
    """A person's newest registration that is not over, by the thing (`subject_id`) or the part
    (`part_id`) that it is for.
    """
    criteria = (registrations.person_id == person_id, registrations.slot.notnull())
    rows = await fetch_records_by(Select(Registration, criteria), ids, column=column)
    return {getattr(row, column): row for row in sorted(rows, key=lambda each: each.id)}


ACTIVE_MAX = 200
"""How many registrations of one person are looked at for clashes."""


async def active_by_person_ids(person_ids: Sequence[UUID], *, now: datetime) -> list[Record]:
    """These people's registrations that are not over, oldest first, in one statement."""
    criteria = (
        is_in(registrations.person_id, person_ids),
        registrations.slot.notnull(),
        is_in(state_term(now), [state for state in RegistrationState if state not in OVER]),
    )
    limit = ACTIVE_MAX * max(1, len(person_ids))
    return await fetch_records(
        Select(Registration, criteria), order=[Ordering("id", descending=True)], limit=limit
    )


async def stored_pools(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The pools with these ids by id, public or not."""
    rows = await fetch_records_by(Select(Pool), ids, column="id")
    return {row.id: row for row in rows}


async def in_the_way(person_id: UUID, subject_id: UUID, *, scope_id: UUID) -> Record | None:
    """The newest registration because of which a person cannot sign up for a thing once more."""
    criteria = (
        (registrations.scope_id == scope_id) | (registrations.subject_id == subject_id),
        registrations.person_id == person_id,
        registrations.slot.notnull(),
    )
    order = [Ordering("id", descending=True)]
    rows = await fetch_records(Select(Registration, criteria), order=order, limit=1)
    return rows[0] if rows else None


async def slots_of(person_id: UUID, scope_id: UUID) -> set[int]:
    """Which slots of a pool, or of a thing without one, a person has in use."""
    criteria = (
        registrations.scope_id == scope_id,
        registrations.person_id == person_id,
        registrations.slot.notnull(),
    )
    return {row.slot for row in await fetch_records(Select(Registration, criteria))}


async def expired_offers(pool_id: UUID, *, now: datetime) -> list[Record]:
    """The offers of a pool that have run out and are not written down as such."""
    return await fetch_records(
        Select(
            Registration,
            (
                registrations.pool_id == pool_id,
                registrations.state == RegistrationState.OFFERED.value,
                registrations.offered_until <= now,
            ),
        )
    )


def keeps_quotas(pool: Record, *, now: datetime) -> bool:
    """Whether seats of a pool are kept for towns at `now`."""
    is_over = pool.quotas_until is not None and pool.quotas_until <= now
    return pool.allocation is Allocation.TOWN_QUOTAS and not is_over


def seats_left(pool: Record, quotas: Sequence[Record], *, taken: int) -> FreeSeats:
    """What a pool can still give when `taken` seats are taken; `quotas` are those that count."""
    kept = {row.town_id: row.capacity - row.taken for row in quotas}
    return FreeSeats(pool.capacity - taken - sum(kept.values()), kept)


async def next_waiting(pool_id: UUID, *, free: FreeSeats, limit: int) -> list[Record]:
    """Who waits for a pool and would fit into what is free, in the order of their numbers."""
    fits: Criterion = registrations.party_size <= free.anybody
    for town_id, kept in free.by_town.items():
        if kept > 0:
            fits |= (registrations.town_id == town_id) & (registrations.party_size <= kept)
    select = Select(
        Registration,
        (
            registrations.pool_id == pool_id,
            registrations.state == RegistrationState.WAITLISTED.value,
            fits,
        ),
    )
    return await fetch_records(select, order=[Ordering("number")], limit=limit)


async def entries_of(pool_id: UUID) -> list[Record]:
    """Everybody who waits for the lots of a pool."""
    criteria = (
        registrations.pool_id == pool_id,
        registrations.state == RegistrationState.WAITLISTED.value,
    )
    return await fetch_records(Select(Registration, criteria))


async def lottery_ids(pool_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the pools that give out their seats by lot."""
    is_lottery = pools.allocation == Allocation.LOTTERY.value
    rows = await fetch_records_by(Select(Pool, (is_lottery,)), pool_ids, column="id")
    return [row.id for row in rows]


async def draws_by_pool_ids(pool_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The draw of each pool that has one, in one statement."""
    rows = await fetch_records_by(Select(Draw), pool_ids, column="pool_id")
    return {row.pool_id: row for row in rows}


def _is_entry(viewer: Viewer) -> Sequence[Criterion]:
    """What took part in a draw: numbers up to the number of entries are the ranks of the lots."""
    of_draw = (
        Query.from_(draws)
        .select(draws.id)
        .where(draws.pool_id == registrations.pool_id)
        .where(registrations.number <= draws.entries)
    )
    return (Exists(of_draw),)


DRAW_ENTRIES = Listing(Registration, _is_entry, default_order=(Ordering("number"),))


async def first_offer_end(pool_id: UUID) -> datetime | None:
    """When the first of a pool's offers runs out."""
    select = Select(
        Registration,
        (
            registrations.pool_id == pool_id,
            registrations.state == RegistrationState.OFFERED.value,
        ),
    )
    rows = await fetch_records(select, order=[Ordering("offered_until")], limit=1)
    return rows[0].offered_until if rows else None


_PLACE = LiteralValue(
    "(SELECT COUNT(*) FROM registration AS ahead WHERE ahead.pool_id = registration.pool_id"
    " AND ahead.state = 'waitlisted' AND ahead.number <= registration.number)"
)


async def waitlist_positions(registration_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The place on the waiting list, from 1, of those of the registrations that have one: who waits
    for lots has none yet.
    """
    is_waiting = registrations.state == RegistrationState.WAITLISTED.value
    has_number = registrations.number.notnull()
    select = Select(Registration, (is_waiting, has_number), extras={"place": _PLACE})
    rows = await fetch_records_by(select, registration_ids, column="id")
    return {row.id: int(row.place) for row in rows}


async def waitlist_standings(
    registration_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, Standing]:
    """Position and reason of those of the registrations that are on a waiting list.

    At most four statements, however many registrations there are.
    """
    waiting = registrations.state == RegistrationState.WAITLISTED.value
    found = await fetch_records_by(Select(Registration, (waiting,)), registration_ids, column="id")
    if not found:
        return {}
    positions = await waitlist_positions([row.id for row in found])
    by_pool = {row.id: row for row in await _pools_of(found)}
    quotas: dict[UUID, list[Record]] = {}
    keeping = [row.id for row in by_pool.values() if keeps_quotas(row, now=now)]
    for row in await fetch_records_by(Select(PoolQuota), keeping, column="pool_id"):
        quotas.setdefault(row.pool_id, []).append(row)
    return {
        row.id: _standing(
            row,
            by_pool[row.pool_id],
            quotas=quotas.get(row.pool_id, ()),
            position=positions.get(row.id),
            now=now,
        )
        for row in found
    }


async def _pools_of(found: Sequence[Record]) -> list[Record]:
    return await fetch_records_by(Select(Pool), [row.pool_id for row in found], column="id")


def _standing(
    row: Record, pool: Record, *, quotas: Sequence[Record], position: int | None, now: datetime
) -> Standing:
    free = seats_left(pool, quotas, taken=pool.taken)
    reason = waitlist_reason(
        free,
        Waiting(row.id, row.party_size, row.town_id),
        is_drawn=pool.allocation is not Allocation.LOTTERY or pool.drawn_at is not None,
        has_offers=pool.offers_until is None or now < pool.offers_until,
    )
    return Standing(reason, position, max(free.total, 0), row.party_size)


async def answered_forms(subject_id: UUID) -> list[tuple[UUID, int]]:
    """Which forms, in which versions, were answered on signing up for a thing; newest first."""
    query = (
        Query.from_(registrations)
        .select(registrations.form_id, registrations.form_version)
        .distinct()
        .where(registrations.subject_id == subject_id)
        .where(registrations.form_id.notnull())
    )
    found = [(as_uuid(row[0]), int(row[1])) for row in await fetch_all(*render(query))]
    return sorted(found, key=lambda each: (each[0], -each[1]))


async def due_pool_ids(*, now: datetime, limit: int, after: UUID | None = None) -> list[UUID]:
    """Pools where something is due, by id from the first one after `after`.

    An offer that has run out; a free seat while somebody waits and seats are passed on; lots.
    """
    is_lottery = pools.allocation == Allocation.LOTTERY.value
    passes_on = pools.offers_until.isnull() | (pools.offers_until > now)
    has_seats = (pools.waiting > 0) & (pools.taken < pools.capacity) & passes_on
    undrawn = is_lottery & pools.drawn_at.isnull()
    due = (
        (pools.offers_end_at <= now)
        | (has_seats & is_false(undrawn))
        | (undrawn & (pools.draws_at <= now))
    )
    criteria = (due,) if after is None else (due, pools.id > after)
    rows = await fetch_records(Select(Pool, criteria), order=[Ordering("id")], limit=limit)
    return [row.id for row in rows]
