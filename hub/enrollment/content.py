"""The files of seats: pools with their rules and quotas."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from annotated_types import MaxLen
from pydantic import Field, model_validator

from hub.content import (
    LIST_MAX_ITEMS,
    Count,
    FileModel,
    Flag,
    Instant,
    Line,
    Published,
    Slug,
    To,
    at_least,
    distinct,
    distinct_slugs,
    later_than,
)
from hub.enrollment.models import Pool, PoolQuota
from hub.enrollment.rules import Allocation
from hub.kinds import Kind, Row, listed
from hub.membership.rules import WorkerGroup
from hub.records import Record

SEATS_MAX = 1_000_000
HOLD_MINUTES_MAX = 14 * 24 * 60
PARTY_MAX = 100

Seats = Annotated[Count, Field(le=SEATS_MAX)]


class EligibilityRow(FileModel):
    """Whom seats are for; what is left out asks for nothing."""

    members_only: Flag = False
    groups: Annotated[list[WorkerGroup], Field(max_length=20), distinct()] = Field(
        default_factory=list
    )
    towns: Annotated[list[Slug], Field(max_length=100), distinct()] = Field(default_factory=list)
    minimum_age: Annotated[Count | None, Field(le=150)] = None
    maximum_age: Annotated[Count | None, Field(le=150), at_least("minimum_age")] = None
    completed_courses: Annotated[list[Slug], Field(max_length=20), distinct()] = Field(
        default_factory=list
    )
    invitation: Flag = False


def _write_eligibility(eligibility: EligibilityRow) -> tuple[Any, ...]:
    return (eligibility.model_dump(mode="json", exclude_defaults=True),)


class QuotaRow(FileModel):
    """The part of the seats that is kept for one town."""

    slug: Slug
    town: Annotated[Slug, To(("towns",))]
    capacity: Seats


class PoolItem(Published):
    """Seats that are given out together."""

    conversions: ClassVar[Mapping[str, Any]] = {
        "eligibility": (_write_eligibility, lambda columns: dict(columns[0]))
    }

    title: Annotated[Line, MaxLen(160)]
    capacity: Seats
    party_size_maximum: Annotated[Count, Field(ge=1, le=PARTY_MAX)] = 1
    per_person_limit: Annotated[Count, Field(ge=1, le=PARTY_MAX)] = 1
    hold_minutes: Annotated[Count, Field(ge=1, le=HOLD_MINUTES_MAX)] = 120
    opens_at: Instant | None = None
    closes_at: Annotated[Instant | None, later_than("opens_at")] = None
    cancel_until: Instant | None = None
    offers_until: Instant | None = None
    needs_approval: Flag = False
    has_waiting_list: Flag = True
    allocation: Allocation = Allocation.FIRST_COME
    draws_at: Instant | None = None
    eligibility: EligibilityRow = Field(default_factory=EligibilityRow)
    form: Annotated[Slug | None, To(("forms",))] = None
    quotas: Annotated[list[QuotaRow], Field(max_length=LIST_MAX_ITEMS), distinct_slugs()] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _fits_allocation(self) -> Self:
        if (self.allocation is Allocation.LOTTERY) != (self.draws_at is not None):
            raise ValueError("has `draws_at` where, and only where, its allocation is `lottery`")
        if (self.allocation is Allocation.TOWN_QUOTAS) != bool(self.quotas):
            raise ValueError("has `quotas` where, and only where, its allocation is `town_quotas`")
        if sum(each.capacity for each in self.quotas) > self.capacity:
            raise ValueError("keeps more seats for towns than its capacity has")
        return self


def refuse_pool(there: Record, row: Row) -> tuple[str, str] | None:
    """Why a pool cannot be changed so: fewer seats than are taken, or another way to give them."""
    if row["capacity"] < there.taken:
        return "capacity", f"is less than the {there.taken} seats that are taken"
    if row["allocation"] != there.allocation and there.sequence + there.taken > 0:
        return "allocation", "cannot change once somebody has signed up"
    return None


KINDS = (
    Kind(
        "pools",
        PoolItem,
        Pool,
        parts=(listed("quotas", QuotaRow, model=PoolQuota, parent="pool_id"),),
        refuse=refuse_pool,
    ),
)
