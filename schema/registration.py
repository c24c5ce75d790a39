"""The window in which one can sign up, in GraphQL."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.records import Record
from schema.batching import batch_field


@strawberry.type(description="When one can sign up (报名时间).")
class RegistrationWindow:
    """A half-open window and whether this moment lies in it."""

    is_open: bool = strawberry.field(description="Whether one can sign up at this moment.")
    opens_at: datetime | None = strawberry.field(description="From when one can sign up.")
    closes_at: datetime | None = strawberry.field(description="From when one can no more.")


def registration_field(is_open: Callable[..., bool]) -> Any:
    """The registration window of a row; null where nothing has to be signed up for.

    `is_open` is the domain's rule over the window, the end of the thing, and now.
    """

    async def windows(parents: list[Record], info: Info) -> list[RegistrationWindow | None]:
        return [_window(row, is_open, info.context.viewer.now) for row in parents]

    return batch_field(
        windows, description="When one can sign up; null: no registration is needed."
    )


def _window(row: Record, is_open: Callable[..., bool], now: datetime) -> RegistrationWindow | None:
    opens_at, closes_at = row.registration_opens_at, row.registration_closes_at
    if opens_at is None:
        return None
    return RegistrationWindow(
        is_open=is_open(opens_at, closes_at, ends_at=row.ends_at, now=now),
        opens_at=opens_at,
        closes_at=closes_at,
    )
