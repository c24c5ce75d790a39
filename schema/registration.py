"""The window in which one can sign up, in GraphQL."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.attendance.queries import window_of
from hub.enrollment.queries import pools_by_ids
from hub.enrollment.rules import SubjectKind, Window, is_open
from hub.records import Record
from schema.batching import batch_field


@strawberry.type(description="When one can sign up (报名时间).")
class RegistrationWindow:
    """A half-open window and whether this moment lies in it."""

    is_open: bool = strawberry.field(description="Whether one can sign up at this moment.")
    opens_at: datetime | None = strawberry.field(
        description="From when one can sign up; null: at any time."
    )
    closes_at: datetime | None = strawberry.field(
        description="From when one can no more: at the latest when it is over, or begins for a "
        "session; null: never."
    )


def registration_field(kind: SubjectKind, *, is_part: bool = False) -> Any:
    """The registration window of a thing, or of a session: its own and that of its seats, as a
    sign-up sees them. Null where nothing has to be signed up for, or simply nothing says when.
    """

    async def windows(parents: list[Record], info: Info) -> list[RegistrationWindow | None]:
        now = info.context.viewer.now
        ids = [pool_id for row in parents if (pool_id := getattr(row, "pool_id", None))]
        pools = dict(zip(ids, await pools_by_ids(ids, now=now), strict=True)) if ids else {}
        return [_window(_own(kind, row, is_part=is_part), row, pools, now) for row in parents]

    return batch_field(
        windows, description="When one can sign up; null: no registration is needed."
    )


def pool_window_field() -> Any:
    """The window of a pool itself."""

    async def windows(parents: list[Record], info: Info) -> list[RegistrationWindow]:
        now = info.context.viewer.now
        return [_told(Window(row.opens_at, row.closes_at), now) for row in parents]

    return batch_field(windows, description="When one can sign up for its seats.")


def _own(kind: SubjectKind, row: Record, *, is_part: bool) -> Window | None:
    if kind is SubjectKind.COURSE:
        has_pool = row.pool_id is not None
        return window_of(kind, row, part=row if is_part else None) if has_pool else None
    return window_of(kind, row, part=None)


def _window(
    own: Window | None, row: Record, pools: dict[Any, Record | None], now: datetime
) -> RegistrationWindow | None:
    if own is None:
        return None
    pool_id = getattr(row, "pool_id", None)
    if pool_id is None:
        return _told(own, now)
    pool = pools[pool_id]
    if pool is None:  # its seats are not published, so that nobody can sign up yet
        return RegistrationWindow(is_open=False, opens_at=None, closes_at=own.closes_at)
    return _told(own.within(Window(pool.opens_at, pool.closes_at)), now)


def _told(window: Window, now: datetime) -> RegistrationWindow:
    return RegistrationWindow(
        is_open=is_open(window, now=now), opens_at=window.opens_at, closes_at=window.closes_at
    )
