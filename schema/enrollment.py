"""Seats in GraphQL: pools with their rules."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.enrollment import queries as enrollment
from hub.enrollment.rules import Allocation
from hub.forms import queries as forms
from hub.learning.queries import completed_course_slugs
from hub.membership import queries as membership
from hub.membership.rules import WorkerGroup, reasons_against
from hub.records import Record
from schema.batching import batch_field
from schema.directory.towns import Town
from schema.enums import describe_enum
from schema.forms import Form
from schema.lists import parts_field, related_field
from schema.membership import ViewerEligibility, told_reasons
from schema.publishing import Content
from schema.registration import RegistrationWindow, pool_window_field
from schema.relay import Node, register_node

describe_enum(
    Allocation,
    description="How a pool gives out its seats (分配方式).",
    values={
        Allocation.FIRST_COME: "First come, first served (先到先得).",
        Allocation.LOTTERY: "By lot, at an instant that is known before (抽签).",
        Allocation.TOWN_QUOTAS: "First come, with seats kept for each town (按镇街配额).",
    },
)


@strawberry.type(description="Seats of a pool that are kept for one town (镇街配额).")
class PoolQuota:
    """Over a quota row."""

    slug: str = strawberry.field(description="The quota's name within its pool.")
    capacity: int = strawberry.field(description="How many seats are kept.")
    taken: int = strawberry.field(description="How many of them are taken.")
    town: Town | None = related_field(
        directory.TOWNS, "town_id", description="For whom they are kept."
    )


@strawberry.type(
    description="Whom seats are for (报名条件). What is null or empty asks for nothing."
)
class Eligibility:
    """Over a pool's eligibility."""

    is_members_only: bool = strawberry.field(description="Members of the union only.")
    groups: list[WorkerGroup] = strawberry.field(description="The groups (群体) they are for.")
    towns: list[str] = strawberry.field(description="Slugs of the towns they are for.")
    minimum_age: int | None = strawberry.field(description="At least so old, in years.")
    maximum_age: int | None = strawberry.field(description="At most so old, in years.")
    completed_courses: list[str] = strawberry.field(
        description="Slugs of the courses that have to be completed before."
    )
    is_by_invitation: bool = strawberry.field(description="With an invitation code only.")


async def _eligibilities(parents: list[Record], info: Info) -> list[Eligibility]:
    return [_eligibility(row.eligibility) for row in parents]


def _eligibility(value: dict[str, Any]) -> Eligibility:
    return Eligibility(
        is_members_only=value.get("members_only", False),
        groups=[WorkerGroup(each) for each in value.get("groups", [])],
        towns=value.get("towns", []),
        minimum_age=value.get("minimum_age"),
        maximum_age=value.get("maximum_age"),
        completed_courses=value.get("completed_courses", []),
        is_by_invitation=value.get("invitation", False),
    )


async def _for_viewer(parents: list[Record], info: Info) -> list[ViewerEligibility | None]:
    """Whether each pool is for the person who asks: one read of the person, one of courses."""
    viewer = info.context.viewer
    person_id = viewer.actor.person_id
    if person_id is None:
        return [None] * len(parents)
    asked = {slug for row in parents for slug in row.eligibility.get("completed_courses", ())}
    completed = await completed_course_slugs(person_id, sorted(asked)) if asked else frozenset()
    candidate = await membership.candidate_of(
        person_id, at=membership.day_of(viewer.now), completed_course_slugs=completed
    )
    locale = info.context.request.locale
    found = [reasons_against(row.eligibility, candidate) for row in parents]
    return [
        ViewerEligibility(is_eligible=not reasons, reasons=told_reasons(reasons, locale))
        for reasons in found
    ]


@strawberry.type(description="Seats that are given out together, and by which rules (名额).")
class Pool(Content, Node):
    """Over a pool row."""

    title: str = strawberry.field(description="What the seats are called.")
    capacity: int = strawberry.field(description="How many seats there are.")
    party_size_maximum: int = strawberry.field(description="How many may come with one sign-up.")
    per_person_limit: int = strawberry.field(description="How many sign-ups one person may have.")
    hold_minutes: int = strawberry.field(
        description="For how long a freed seat is held for whom it is offered to, in minutes."
    )
    opens_at: datetime | None = strawberry.field(description="From when one can sign up.")
    closes_at: datetime | None = strawberry.field(description="From when one can no more.")
    cancel_until: datetime | None = strawberry.field(
        description="Before when a seat can be given back; null: at any time.",
        name="cancellableUntil",
    )
    offers_until: datetime | None = strawberry.field(
        description="Before when freed seats are offered to who waits; null: at any time."
    )
    needs_approval: bool = strawberry.field(
        description="Whether the organiser approves each sign-up.", name="isApprovalNeeded"
    )
    has_waiting_list: bool = strawberry.field(
        description="Whether one can wait for a seat.", name="isWaitingListOpen"
    )
    allocation: Allocation = strawberry.field(description="How the seats are given out.")
    draws_at: datetime | None = strawberry.field(description="When the lots are drawn.")
    registration: RegistrationWindow | None = pool_window_field()
    eligibility: Eligibility | None = batch_field(
        _eligibilities, description="Whom the seats are for."
    )
    viewer_eligibility: ViewerEligibility | None = batch_field(
        _for_viewer,
        description="Whether the seats are for the person who asks, before an invitation code is "
        "entered; null for nobody and for services.",
    )
    quotas: list[PoolQuota] | None = parts_field(
        enrollment.quotas_by_pool_ids, description="Seats kept for towns."
    )
    form: Form | None = related_field(
        forms.FORMS, "form_id", description="What one is asked on signing up; null: nothing."
    )


register_node("Pool", enrollment.POOLS)
