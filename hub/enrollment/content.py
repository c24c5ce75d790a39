"""The files of seats: pools with their rules and quotas."""

from collections.abc import Mapping, Sequence
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
from hub.kinds import Kind, Path, Row, in_file_order, listed
from hub.membership.rules import WorkerGroup
from hub.reasons import Misfit
from hub.records import Record

SEATS_MAX = 1_000_000
HOLD_MINUTES_MAX = 14 * 24 * 60
PARTY_MAX = 100

Seats = Annotated[Count, Field(le=SEATS_MAX)]


class EligibilityRow(FileModel):
    """Whom seats are for; what is left out asks for nothing.

    Towns and courses stay slugs, and have to be there: a slug of nothing would shut everybody out.
    """

    members_only: Flag = False
    groups: Annotated[list[WorkerGroup], Field(max_length=20), distinct()] = Field(
        default_factory=list
    )
    towns: Annotated[
        list[Slug], Field(max_length=100), distinct(), To(("towns",), keeps_slug=True)
    ] = Field(default_factory=list)
    minimum_age: Annotated[Count | None, Field(le=150)] = None
    maximum_age: Annotated[Count | None, Field(le=150), at_least("minimum_age")] = None
    completed_courses: Annotated[
        list[Slug], Field(max_length=20), distinct(), To(("courses",), keeps_slug=True)
    ] = Field(default_factory=list)
    invitation: Flag = False


def _write_eligibility(eligibility: EligibilityRow) -> tuple[Any, ...]:
    return (eligibility.model_dump(mode="json", exclude_defaults=True),)


def _read_eligibility(columns: Sequence[Any]) -> Any:
    return in_file_order(columns[0], EligibilityRow)


class QuotaRow(FileModel):
    """The part of the seats that is kept for one town."""

    slug: Slug
    town: Annotated[Slug, To(("towns",))]
    capacity: Seats


class PoolItem(Published):
    """Seats that are given out together."""

    conversions: ClassVar[Mapping[str, Any]] = {
        "eligibility": (_write_eligibility, _read_eligibility)
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
    quotas_until: Instant | None = None
    draws_at: Instant | None = None
    eligibility: EligibilityRow = Field(default_factory=EligibilityRow)
    form: Annotated[Slug | None, To(("forms",))] = None
    quotas: Annotated[list[QuotaRow], Field(max_length=LIST_MAX_ITEMS), distinct_slugs()] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _fits_allocation(self) -> Self:
        if (self.allocation is Allocation.LOTTERY) != (self.draws_at is not None):
            raise Misfit(
                "has `draws_at` where, and only where, its allocation is `lottery`",
                chinese="抽签方式须填写，且仅抽签方式可填写 draws_at",
            )
        if (self.allocation is Allocation.TOWN_QUOTAS) != bool(self.quotas):
            raise Misfit(
                "has `quotas` where, and only where, its allocation is `town_quotas`",
                chinese="按镇街配额须填写，且仅按镇街配额可填写 quotas",
            )
        if sum(each.capacity for each in self.quotas) > self.capacity:
            raise Misfit(
                "keeps more seats for towns than its capacity has",
                chinese="各镇街配额之和不能超过总名额 capacity",
            )
        if self.quotas_until is not None and not self.quotas:
            raise Misfit(
                "has `quotas_until` only where it has `quotas`",
                chinese="有 quotas 才能填写 quotas_until",
            )
        return self

    @model_validator(mode="after")
    def _has_fixed_entries(self) -> Self:
        """Everybody who takes part in a draw has signed up before it; the rest is its order."""
        if self.draws_at is None:
            return self
        if self.closes_at is None or self.closes_at > self.draws_at:
            raise Misfit(
                "has a `closes_at` that is not after its `draws_at`",
                chinese="抽签须有 closes_at，且不晚于 draws_at",
            )
        if not self.has_waiting_list:
            raise Misfit(
                "is a lottery: who draws no seat waits, in the order of the draw",
                chinese="抽签须保留候补：未中签者按抽签顺序候补",
            )
        return self


def _below(taken: int) -> Misfit:
    return Misfit(
        f"is less than the {taken} seats that are taken",
        chinese=f"不能少于已占用的 {taken} 个名额",
    )


def refuse_pool(there: Record, row: Row) -> tuple[str, Misfit] | None:
    """Why a pool cannot be changed so: fewer seats than are taken, or another way to give them."""
    if row["capacity"] < there.taken:
        return "capacity", _below(there.taken)
    has_begun = there.sequence + there.taken + there.waiting > 0
    if row["allocation"] != there.allocation and has_begun:
        return "allocation", Misfit(
            "cannot change once somebody has signed up", chinese="已有人报名，不能再更改分配方式"
        )
    if there.drawn_at is not None and row["draws_at"] != there.draws_at:
        return "draws_at", Misfit(
            "cannot change once the lots are drawn", chinese="已经抽签，不能再更改抽签时间"
        )
    return None


def refuse_quotas(there: Sequence[Record], rows: Sequence[Row]) -> tuple[Path, Misfit] | None:
    """Why quotas that seats are taken of cannot be changed so: dropped, less, another town's."""
    said = {row["slug"]: (index, row) for index, row in enumerate(rows)}
    for quota in there:
        if quota.taken == 0:
            continue
        if quota.slug not in said:
            return (), Misfit(
                f"leaves out `{quota.slug}`, of which {quota.taken} seats are taken",
                chinese=f"不能去掉 {quota.slug}：已占用 {quota.taken} 个名额",
            )
        index, row = said[quota.slug]
        if row["capacity"] < quota.taken:
            return (index, "capacity"), _below(quota.taken)
        if row["town_id"] != quota.town_id:
            return (index, "town"), Misfit(
                f"cannot change: {quota.taken} seats are taken",
                chinese=f"已占用 {quota.taken} 个名额，不能更改镇街",
            )
    return None


KINDS = (
    Kind(
        "pools",
        PoolItem,
        Pool,
        parts=(
            listed("quotas", QuotaRow, model=PoolQuota, parent="pool_id", refuse=refuse_quotas),
        ),
        refuse=refuse_pool,
    ),
)
