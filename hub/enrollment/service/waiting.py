"""The waiting list: offers that run out, and seats that go to whoever comes next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.bulk import update_rows, update_where
from hub.database import transaction
from hub.enrollment.models import Pool, PoolQuota, Registration
from hub.enrollment.queries import (
    due_pool_ids,
    expired_offers,
    first_offer_end,
    locked_pool,
    next_waiting,
    pools,
    quotas_of,
)
from hub.enrollment.rules import (
    OFFERED_AT_ONCE_MAX,
    Allocation,
    FreeSeats,
    RegistrationState,
    Waiting,
    next_offers,
    offer_end,
)
from hub.records import Record, table_of

_POOLS_AT_ONCE = 50


async def pass_on(pool_id: UUID, *, now: datetime) -> None:
    """Take back what was offered and not accepted, and offer what is free to who comes next.

    In a transaction, which has the pool locked afterwards. Done twice it does nothing the second
    time.
    """
    await pass_on_locked(await locked_pool(pool_id), now=now)


async def pass_on_locked(pool: Record, *, now: datetime) -> bool:
    """`pass_on` for whoever has the pool locked already and its row as it is now.

    Whether anything was changed. It takes no statement where the row itself says that there is
    nothing to do.
    """
    is_due = pool.offers_end_at is not None and pool.offers_end_at <= now
    expired = await expired_offers(pool.id, now=now) if is_due else []
    await _end(expired, now=now)
    freed = sum(row.party_size for row in expired)
    offered = await _offer(pool, taken=pool.taken - freed, now=now)
    if not is_due and not offered:
        return False
    seats = sum(row.party_size for row, _ in offered)
    sets = {
        "taken": pool.taken - freed + seats,
        "waiting": pool.waiting - seats,
        "waiting_parties": pool.waiting_parties - len(offered),
        "offers_end_at": await first_offer_end(pool.id),
    }
    await update_where(Pool, sets, where=[pools.id == pool.id])
    return bool(expired or offered)


async def pass_on_due(now: datetime) -> int:
    """Do it for every pool where it is due, each in a transaction of its own; how many there were.

    For the worker. What this misses, the next sign-up or reader of the pool catches up with.
    """
    due = await due_pool_ids(now=now, limit=_POOLS_AT_ONCE)
    for pool_id in due:
        await _pass_on_in_transaction(pool_id, now)
    return len(due)


async def _pass_on_in_transaction(pool_id: UUID, now: datetime) -> None:
    await transaction(lambda: pass_on(pool_id, now=now))


async def pass_on_before_reading(read: Sequence[Record], *, now: datetime) -> bool:
    """Catch up where an offer of one of the pools that were read has run out; whether any had."""
    due = [each.id for each in read if each.offers_end_at and each.offers_end_at <= now]
    for pool_id in due:
        await _pass_on_in_transaction(pool_id, now)
    return bool(due)


async def _end(expired: Sequence[Record], *, now: datetime) -> None:
    rows = [
        {
            "id": row.id,
            "state": RegistrationState.EXPIRED,
            "slot": None,
            "subject_slot": None,
            "is_on_quota": False,
            "offered_until": None,
            "version": row.version + 1,
            "updated_at": now,
        }
        for row in expired
    ]
    if rows:
        await update_rows(Registration, rows, columns=[name for name in rows[0] if name != "id"])
    for row in expired:
        if row.is_on_quota:
            await give_back_quota(row)


async def give_back_quota(row: Record) -> None:
    """Count a registration's seats as free again in the quota that they were on."""
    quotas = table_of(PoolQuota)
    await update_where(
        PoolQuota,
        {"taken": quotas.taken - row.party_size},
        where=[quotas.pool_id == row.pool_id, quotas.town_id == row.town_id],
    )


async def _offer(pool: Record, *, taken: int, now: datetime) -> list[tuple[Record, bool]]:
    """Make offers to those whom the free seats go to; each with whether it is on a quota."""
    if pool.waiting == 0 or taken >= pool.capacity or not _offers_now(pool, now):
        return []
    free = await free_seats(pool, taken=taken)
    most = max(free.anybody, *free.by_town.values(), 0) if free.by_town else free.anybody
    waiting = await next_waiting(pool.id, party_size_maximum=most, limit=OFFERED_AT_ONCE_MAX)
    chosen = next_offers(free, [Waiting(row.id, row.party_size, row.town_id) for row in waiting])
    by_id = {row.id: row for row in waiting}
    offered = [(by_id[each.id], on_quota) for each, on_quota in chosen]
    await _write_offers(pool, offered, now=now)
    return offered


def _offers_now(pool: Record, now: datetime) -> bool:
    if pool.offers_until is not None and pool.offers_until <= now:
        return False
    return pool.allocation is not Allocation.LOTTERY or pool.drawn_at is not None


async def free_seats(pool: Record, *, taken: int) -> FreeSeats:
    """What a locked pool can still give when `taken` seats are taken."""
    if pool.allocation is not Allocation.TOWN_QUOTAS:
        return FreeSeats(pool.capacity - taken)
    quotas = await quotas_of(pool.id)
    kept = {row.town_id: row.capacity - row.taken for row in quotas}
    return FreeSeats(pool.capacity - taken - sum(kept.values()), kept)


async def _write_offers(
    pool: Record, offered: Sequence[tuple[Record, bool]], *, now: datetime
) -> None:
    until = offer_end(now, hold_minutes=pool.hold_minutes, offers_until=pool.offers_until)
    rows = [
        {
            "id": row.id,
            "state": RegistrationState.OFFERED,
            "offered_until": until,
            "is_on_quota": on_quota,
            "version": row.version + 1,
            "updated_at": now,
        }
        for row, on_quota in offered
    ]
    if rows:
        await update_rows(Registration, rows, columns=[name for name in rows[0] if name != "id"])
    quotas = table_of(PoolQuota)
    for row, on_quota in offered:
        if on_quota:
            await update_where(
                PoolQuota,
                {"taken": quotas.taken + row.party_size},
                where=[quotas.pool_id == pool.id, quotas.town_id == row.town_id],
            )
