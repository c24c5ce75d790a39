"""The waiting list: offers that run out, and seats that go to whoever comes next.

Lots that are due are drawn on the way: who touches a pool finds it as it should be by now.
"""

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
    keeps_quotas,
    locked_pool,
    next_waiting,
    pools,
    quotas_of,
    seats_left,
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
from hub.enrollment.service.lottery import draw, is_draw_due
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
    if is_draw_due(pool, now=now):
        await draw(pool, now=now)
        await pass_on_locked(await locked_pool(pool.id), now=now)
        return True
    is_due = pool.offers_end_at is not None and pool.offers_end_at <= now
    expired = await expired_offers(pool.id, now=now) if is_due else []
    await _end(expired, now=now)
    freed = sum(row.party_size for row in expired)
    offered = await _offer(pool, taken=pool.taken - freed, now=now)
    if not is_due and not offered:
        return False
    seats = sum(row.party_size for row in offered)
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

    For the worker; it draws lots as well. What this misses, the next sign-up or reader of the pool
    catches up with.
    """
    done, after = 0, None
    while due := await due_pool_ids(now=now, limit=_POOLS_AT_ONCE, after=after):
        for pool_id in due:
            await _pass_on_in_transaction(pool_id, now)
        done, after = done + len(due), due[-1]
    return done


async def _pass_on_in_transaction(pool_id: UUID, now: datetime) -> None:
    await transaction(lambda: pass_on(pool_id, now=now))


async def pass_on_before_reading(read: Sequence[Record], *, now: datetime) -> bool:
    """Catch up where an offer of one of the pools that were read has run out, or its lots are due;
    whether there was anything to do.
    """
    due = [
        each.id
        for each in read
        if (each.offers_end_at and each.offers_end_at <= now) or is_draw_due(each, now=now)
    ]
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
    await count_on_quotas([row for row in expired if row.is_on_quota], sign=-1)


async def count_on_quotas(rows: Sequence[Record], *, sign: int) -> None:
    """Count the seats of a pool's registrations in the quotas of their towns: 1 takes, -1 gives
    back. Inside of the transaction that has locked the pool.
    """
    seats: dict[UUID, int] = {}
    for row in rows:
        seats[row.town_id] = seats.get(row.town_id, 0) + row.party_size
    quotas = table_of(PoolQuota)
    for town_id, count in seats.items():
        await update_where(
            PoolQuota,
            {"taken": quotas.taken + sign * count},
            where=[quotas.pool_id == rows[0].pool_id, quotas.town_id == town_id],
        )


async def _offer(pool: Record, *, taken: int, now: datetime) -> list[Record]:
    """Make offers to those whom the free seats go to, round by round until nobody fits any more."""
    if pool.waiting == 0 or taken >= pool.capacity or not has_offers(pool, now=now):
        return []
    free, offered = await free_seats(pool, taken=taken, now=now), []
    while free.total > 0:
        rows = await next_waiting(pool.id, free=free, limit=OFFERED_AT_ONCE_MAX)
        chosen = next_offers(free, [Waiting(row.id, row.party_size, row.town_id) for row in rows])
        if not chosen:
            break
        by_id = {row.id: row for row in rows}
        round_ = [(by_id[each.id], on_quota) for each, on_quota in chosen]
        await _write_offers(pool, round_, now=now)
        offered += [row for row, _ in round_]
        for row, on_quota in round_:
            free.take(row.party_size, row.town_id if on_quota else None)
    return offered


def has_offers(pool: Record, *, now: datetime) -> bool:
    """Whether seats of a pool are passed on at `now`: not after its end of offers, and not before
    its lots are drawn.
    """
    if pool.offers_until is not None and pool.offers_until <= now:
        return False
    return pool.allocation is not Allocation.LOTTERY or pool.drawn_at is not None


async def free_seats(pool: Record, *, taken: int, now: datetime) -> FreeSeats:
    """What a locked pool can still give when `taken` seats are taken."""
    quotas = await quotas_of(pool.id) if keeps_quotas(pool, now=now) else []
    return seats_left(pool, quotas, taken=taken)


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
    await count_on_quotas([row for row, on_quota in offered if on_quota], sign=1)
