"""What places offer, in GraphQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.records import Record
from schema.batching import batch_field
from schema.directory.vocabulary import OfferingKind
from schema.filters import Filter, all_filter, any_filter, field_filter, not_filter
from schema.lists import related_field
from schema.publishing import Content
from schema.relay import Node, register_node

if TYPE_CHECKING:
    from schema.directory.places import Place


@strawberry.input(description="Which offerings. Fields beside one another must all hold.")
class OfferingWhere:
    """See the fields."""

    kind: Filter[OfferingKind] | None = field_filter("kind", description="What is given.")
    is_current: bool | None = field_filter(
        "is_current", description="Valid at this moment, or not."
    )
    and_: list["OfferingWhere"] | None = all_filter()
    or_: list["OfferingWhere"] | None = any_filter()
    not_: "OfferingWhere | None" = not_filter()


@strawberry.type(description="An interval of a weekly schedule.")
class WeeklyInterval:
    """A day and two times of day in the place's time zone."""

    weekday: int = strawberry.field(description="1 Monday to 7 Sunday (ISO 8601).")
    opens: str = strawberry.field(description="From, HH:MM.")
    closes: str = strawberry.field(description="Until, HH:MM, up to 24:00.")
    is_overnight: bool = strawberry.field(description="Whether it ends on the next day.")


def _schedule(root: strawberry.Parent[Record]) -> list[WeeklyInterval]:
    return weekly_intervals(root.schedule)


def weekly_intervals(schedule: Sequence[Mapping[str, int]]) -> list[WeeklyInterval]:
    """The intervals of a schedule as an offering's column has it."""
    return [
        WeeklyInterval(
            weekday=each["weekday"],
            opens=_clock(each["opens_minute"]),
            closes=_clock(each["closes_minute"]),
            is_overnight=each["closes_minute"] > 1_440,
        )
        for each in schedule
    ]


def _clock(minute: int) -> str:
    return "24:00" if minute == 1_440 else f"{minute // 60 % 24:02}:{minute % 60:02}"


async def _are_current(parents: list[Record], info: Info) -> list[bool]:
    now = info.context.viewer.now
    return [
        (row.valid_from is None or row.valid_from <= now)
        and (row.valid_until is None or now < row.valid_until)
        for row in parents
    ]


@strawberry.type(
    description="Something a place gives to workers, like a free haircut on Wednesdays."
)
class Offering(Content, Node):
    """Over an offering row."""

    kind: OfferingKind = strawberry.field(description="What is given.")
    title: str = strawberry.field(description="The title to show.")
    description: str = strawberry.field(description="How it works, in a sentence or two.")
    audience: str = strawberry.field(description="Who may have it, and what to show.")
    schedule: list[WeeklyInterval] = strawberry.field(
        resolver=_schedule,
        description="When it is given; empty: whenever the place is open.",
        metadata={"size": 7},
    )
    schedule_note: str | None = strawberry.field(description="What the schedule cannot say.")
    daily_quota: int | None = strawberry.field(description="How many a day; null: no limit.")
    valid_from: datetime | None = strawberry.field(description="From when it is given.")
    valid_until: datetime | None = strawberry.field(description="Until before when it is given.")
    is_current: bool | None = batch_field(
        _are_current, description="Whether this moment lies in its validity."
    )
    place: Annotated["Place", strawberry.lazy("schema.directory.places")] | None = related_field(
        directory.PLACES, "place_id", description="Who gives it."
    )


register_node("Offering", directory.OFFERINGS)
