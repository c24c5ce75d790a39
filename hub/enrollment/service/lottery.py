"""Seats by lot: a seed that is fixed before anybody signs up, and the draw that makes it known.

The SHA-256 of the seed is public from the beginning, the seed from the draw on, and with it the
ids of all entries: anybody can do the draw again (`docs/lottery.md`).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Actor, Viewer
from hub.bulk import insert_rows, update_rows, update_where
from hub.database import transaction
from hub.encryption import decrypt, encrypt
from hub.enrollment.models import Draw, Pool, Registration
from hub.enrollment.queries import (
    draws,
    draws_by_pool_ids,
    entries_of,
    locked_pool,
    lottery_ids,
    pools,
)
from hub.enrollment.rules import (
    Allocation,
    FreeSeats,
    RegistrationState,
    Waiting,
    draw_order,
    next_offers,
    seed_digest,
)
from hub.enrollment.service.invitations import Scopes, managed_pool
from hub.errors import Conflict
from hub.ids import new_id
from hub.records import Record

_SEED_BYTES = 32
_PURPOSE = "draw.seed"


def is_draw_due(pool: Record, *, now: datetime) -> bool:
    """Whether the lots of a pool should have been drawn by now and are not."""
    is_undrawn = pool.allocation is Allocation.LOTTERY and pool.drawn_at is None
    return is_undrawn and pool.draws_at is not None and pool.draws_at <= now


async def commit_to_seeds(pool_ids: Sequence[UUID], now: datetime) -> None:
    """Fix the seed of every lottery among these pools that has none yet."""
    lotteries = await lottery_ids(pool_ids)
    committed = await draws_by_pool_ids(lotteries)
    rows = [_seed_row(each, now=now) for each in lotteries if each not in committed]
    if rows:
        await insert_rows(Draw, rows)


async def draw_lots(viewer: Viewer, pool_id: UUID | None, *, scopes: Scopes) -> Record:
    """Draw the lots of a pool whose time has come, at once; the pool afterwards.

    Drawn already, it stays as it was drawn. Raises what `managed_pool` raises, and Conflict for a
    pool without lots or before its time.
    """
    found = await managed_pool(viewer, pool_id, scopes=scopes)

    async def body() -> Record:
        pool = await locked_pool(found.id)
        if pool.drawn_at is not None:
            return pool
        if not is_draw_due(pool, now=viewer.now):
            raise Conflict(
                "There are no lots to draw yet.",
                chinese="尚未到抽签时间，或该名额不是抽签分配。",
                path=("input", "poolId"),
            )
        await draw(pool, now=viewer.now, actor=viewer.actor)
        return await locked_pool(found.id)

    return await transaction(body)


async def draw(pool: Record, *, now: datetime, actor: Actor | None = None) -> None:
    """Draw the lots of a locked pool that has not been drawn; nobody as the actor is the hub.

    Seats go to those whose whole party fits, in the order of the draw; everybody's rank becomes
    their number, and so the place on the waiting list of who got none.
    """
    await commit_to_seeds([pool.id], now)
    lots = (await draws_by_pool_ids([pool.id]))[pool.id]
    seed = decrypt(lots.seed_encrypted, purpose=_PURPOSE)
    entries = {row.id: row for row in await entries_of(pool.id)}
    order = [entries[each] for each in draw_order(seed, list(entries))]
    won = _winners(pool, order)
    await _write(pool, order, won=won, now=now)
    seats = sum(entries[each].party_size for each in won)
    sets = {
        "drawn_at": now,
        "sequence": len(order),
        "taken": pool.taken + seats,
        "waiting": pool.waiting - seats,
        "waiting_parties": pool.waiting_parties - len(won),
    }
    await update_where(Pool, sets, where=[pools.id == pool.id])
    known = {"seed": seed, "drawn_at": now, "entries": len(order)}
    await update_where(Draw, known, where=[draws.pool_id == pool.id])
    await audit.record(
        actor or Actor(label="the hub"),
        "enrollment.lots_drawn",
        object=("Pool", pool.id),
        after={"entries": len(order), "winners": len(won), "seats": seats},
    )


def _winners(pool: Record, order: Sequence[Record]) -> set[UUID]:
    free = FreeSeats(pool.capacity - pool.taken)
    waiting = [Waiting(row.id, row.party_size) for row in order]
    return {each.id for each, _ in next_offers(free, waiting)}


async def _write(pool: Record, order: Sequence[Record], *, won: set[UUID], now: datetime) -> None:
    seated = RegistrationState.PENDING if pool.needs_approval else RegistrationState.CONFIRMED
    rows: list[dict[str, Any]] = [
        {
            "id": row.id,
            "state": seated if row.id in won else RegistrationState.WAITLISTED,
            "number": rank,
            "version": row.version + 1,
            "updated_at": now,
        }
        for rank, row in enumerate(order, 1)
    ]
    await update_rows(Registration, rows, columns=["state", "number", "version", "updated_at"])


def _seed_row(pool_id: UUID, *, now: datetime) -> dict[str, Any]:
    """A fresh seed for a pool, encrypted until the draw."""
    seed = secrets.token_hex(_SEED_BYTES)
    return {
        "id": new_id(),
        "pool_id": pool_id,
        "seed_encrypted": encrypt(seed, purpose=_PURPOSE),
        "seed_digest": seed_digest(seed),
        "created_at": now,
    }
