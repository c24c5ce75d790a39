"""Opening hours in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.directory.rules import Interval, Openness, openness
from hub.records import Record
from schema.batching import PUBLIC, batch_field
from schema.directory.vocabulary import HoursRule

_SIZE = 10


def _clock(minute: int | None) -> str | None:
    """A minute of the day as wall-clock time; 1500 is 01:00 of the next day."""
    if minute is None:
        return None
    if minute == 1_440:
        return "24:00"
    hour, rest = divmod(minute % 1_440, 60)
    return f"{hour:02}:{rest:02}"


def _opens(root: strawberry.Parent[Interval]) -> str | None:
    return _clock(root.opens_minute)


def _closes(root: strawberry.Parent[Interval]) -> str | None:
    return _clock(root.closes_minute)


def _is_overnight(root: strawberry.Parent[Interval]) -> bool:
    return root.closes_minute is not None and root.closes_minute > 1_440


@strawberry.type(description="One row of a place's opening hours, in the place's own time zone.")
class OpeningInterval:
    """Over an `Interval`."""

    rule: HoursRule = strawberry.field(description="Which days it speaks of.")
    weekday: int | None = strawberry.field(
        description="1 Monday to 7 Sunday (ISO 8601), of a weekly row."
    )
    starts_on: date | None = strawberry.field(description="The first day of an exception.")
    ends_on: date | None = strawberry.field(description="The day after the last of an exception.")
    note: str | None = strawberry.field(description="Why, like 春节.")
    opens: str | None = strawberry.field(
        resolver=_opens, description="When it opens, HH:MM; null: closed all day."
    )
    closes: str | None = strawberry.field(
        resolver=_closes, description="When it closes, HH:MM up to 24:00; null: closed all day."
    )
    is_overnight: bool = strawberry.field(
        resolver=_is_overnight, description="Whether it closes on the next day."
    )


async def _hours(parents: list[Record], info: Info) -> Sequence[Sequence[Interval]]:
    return await directory.hours_by_place_ids([place.id for place in parents])


async def _openness(parents: list[Record], info: Info) -> list[Openness | None]:
    hours = await directory.hours_by_place_ids([place.id for place in parents])
    return [
        openness(
            intervals,
            info.context.viewer.now,
            timezone=place.timezone,
            is_holiday=directory.is_holiday,
        )
        for place, intervals in zip(parents, hours, strict=True)
    ]


async def _are_open(parents: list[Record], info: Info) -> list[bool | None]:
    return [state.is_open if state else None for state in await _openness(parents, info)]


async def _change_at(parents: list[Record], info: Info) -> list[datetime | None]:
    return [state.changes_at if state else None for state in await _openness(parents, info)]


def hours_field() -> Any:
    """The rows of a place's hours."""
    return batch_field(
        _hours,
        description=(
            "The opening hours: weekly rows, rows for public holidays, and dated exceptions, which "
            "win in that order. Empty: not known."
        ),
        metadata={"size": _SIZE, PUBLIC: True},
    )


def is_open_field() -> Any:
    """Whether a place is open now."""
    return batch_field(
        _are_open, description="Whether it is open at this moment; null: the hours are not known."
    )


def changes_at_field() -> Any:
    """When a place opens or closes next."""
    return batch_field(
        _change_at,
        description=(
            "When `isOpenNow` changes next: when an open place closes, when a closed one opens; "
            "null: not within two weeks, or not known."
        ),
    )
