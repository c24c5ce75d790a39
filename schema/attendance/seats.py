"""The seats of a thing, and the asking person's registration for it."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.enrollment import queries as enrollment
from hub.enrollment.rules import RegistrationState
from hub.enrollment.service.waiting import pass_on_before_reading
from hub.records import Record
from schema.batching import batch_field


def _is_full(root: strawberry.Parent[Record]) -> bool:
    return bool(root.taken >= root.capacity)


@strawberry.type(description="How many seats there are and how many are left (名额).")
class Seats:
    """Over a pool's row."""

    capacity: int = strawberry.field(description="How many seats there are.")
    taken: int = strawberry.field(description="How many are taken, or held for somebody.")
    waiting: int = strawberry.field(description="How many seats are waited for.")
    is_full: bool = strawberry.field(resolver=_is_full, description="Whether no seat is left.")


async def _seats(parents: list[Record], info: Info) -> list[Record | None]:
    now = info.context.viewer.now
    ids = [parent.pool_id for parent in parents]
    wanted = list(dict.fromkeys(each for each in ids if each is not None))
    rows = await enrollment.pools_by_ids(wanted, now=now)
    if await pass_on_before_reading([row for row in rows if row is not None], now=now):
        rows = await enrollment.pools_by_ids(wanted, now=now)
    found = dict(zip(wanted, rows, strict=True))
    return [found.get(each) for each in ids]


def seats_field() -> Any:
    """The seats of a row that has `pool_id`."""
    return batch_field(_seats, description="Its seats; null: they are not counted.")


async def _of_thing(parents: list[Record], info: Info) -> list[Record | None]:
    return await _own(parents, info, under="subject_id")


async def _of_part(parents: list[Record], info: Info) -> list[Record | None]:
    return await _own(parents, info, under="part_id")


async def _own(parents: list[Record], info: Info, *, under: str) -> list[Record | None]:
    person_id = info.context.viewer.actor.person_id
    if person_id is None:
        return [None] * len(parents)
    ids: list[UUID] = [parent.id for parent in parents]
    found = await enrollment.active_by_ids(person_id, ids, column=under)
    if waiting := [row for row in found.values() if row.state is RegistrationState.WAITLISTED]:
        await _let_move_up(waiting, info)
        found = await enrollment.active_by_ids(person_id, ids, column=under)
    return [found.get(each) for each in ids]


async def _let_move_up(waiting: list[Record], info: Info) -> None:
    """Pass on what was offered to others for too long, so that nobody waits for a worker."""
    pools = await enrollment.stored_pools([row.pool_id for row in waiting])
    await pass_on_before_reading(list(pools.values()), now=info.context.viewer.now)


def viewer_registration_field(*, is_part: bool = False) -> Any:
    """The asking person's registration for a thing, or for a part of one."""
    return batch_field(
        _of_part if is_part else _of_thing,
        description="The asking person's registration for it that is not over, the newest where "
        "there are several; null for none and for nobody (我的报名).",
    )
