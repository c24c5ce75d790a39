"""Applications to join the friendly street, as applicants and reviewers read them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.datum import Datum
from hub.directory import queries as directory
from hub.directory.content.hours import SCHEDULE, intervals_of
from hub.directory.content.kinds import OfferingItem
from hub.directory.rules import Interval
from hub.identity import queries as identity
from hub.merchants import queries as merchants
from hub.merchants.rules import ApplicationState
from hub.pagination import Page
from hub.records import Record
from schema.batching import batch_field
from schema.directory.hours import OpeningInterval
from schema.directory.offerings import WeeklyInterval, weekly_intervals
from schema.directory.places import Merchant
from schema.directory.towns import FriendlyStreet, Town
from schema.directory.vocabulary import MerchantCategory, OfferingKind
from schema.editing.revisions import Colleague
from schema.enums import describe_enum
from schema.filters import (
    DateTimeFilter,
    Filter,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
    not_filter,
)
from schema.geography import DatumArgument, GeoPoint, Spot, point_of
from schema.lists import connection_field, list_query, order_input, related_field, with_arguments
from schema.relay import Connection, Node, register_node

_HOURS_SIZE = 10
_OFFERINGS_SIZE = 5

describe_enum(
    ApplicationState,
    name="MerchantApplicationState",
    description="How far an application has come (申请状态).",
    values={
        ApplicationState.SUBMITTED: "Waits for a reviewer (待审批).",
        ApplicationState.RETURNED: "Waits for the applicant to correct it; see `reason` (已退回).",
        ApplicationState.APPROVED: "The shop has joined; see `merchant` (已通过).",
        ApplicationState.REFUSED: "The shop does not join; see `reason` (未通过).",
        ApplicationState.WITHDRAWN: "The applicant took it back (已撤回).",
    },
)


def _said(key: str, default: Any = None) -> Callable[[Any], Any]:
    """A resolver of what the application says of the shop."""

    def said(root: strawberry.Parent[Record]) -> Any:
        return root.shop.get(key, default)

    return said


def _category(root: strawberry.Parent[Record]) -> MerchantCategory:
    return MerchantCategory(root.shop["category"])


def _location(
    root: strawberry.Parent[Record], datum: DatumArgument = Datum.WGS84
) -> GeoPoint | None:
    at = root.shop["location"]
    return point_of(Spot(at["latitude"], at["longitude"]), datum)


async def _hours(parents: list[Record], info: Info) -> list[list[Interval]]:
    return [intervals_of(merchants.proposed_shop(row).hours) for row in parents]


async def _offerings(parents: list[Record], info: Info) -> list[list[OfferingItem]]:
    return [merchants.proposed_offerings(row) for row in parents]


async def _contact_names(parents: list[Record], info: Info) -> list[str | None]:
    return [merchants.contact_name_of(row) for row in parents]


async def _people(parents: list[Record], column: str) -> list[Record | None]:
    keys = list(dict.fromkeys(key for row in parents if (key := getattr(row, column))))
    found = dict(zip(keys, await identity.people_by_ids(keys) if keys else [], strict=True))
    return [found.get(getattr(row, column)) for row in parents]


async def _applicants(parents: list[Record], info: Info) -> list[Record | None]:
    return await _people(parents, "applicant_id")


async def _deciders(parents: list[Record], info: Info) -> list[Record | None]:
    """Whoever decided, for those who may decide there themselves."""
    viewer = info.context.viewer
    theirs = [row for row in parents if merchants.may_decide(viewer, row)]
    found = {
        row.id: who for row, who in zip(theirs, await _people(theirs, "decided_by"), strict=True)
    }
    return [found.get(row.id) for row in parents]


def _masked(root: strawberry.Parent[Record]) -> str:
    return identity.masked_phone(root)


def _proposed_schedule(root: strawberry.Parent[OfferingItem]) -> list[WeeklyInterval]:
    to_columns, _ = SCHEDULE
    return weekly_intervals(to_columns(root.schedule)[0])


@strawberry.type(description="Who applies (申请人): for the reviewers of the town, and oneself.")
class Applicant:
    """Over a person's row; not a node."""

    display_name: str = strawberry.field(description="The name the person gave; may be empty.")
    phone_masked: str = strawberry.field(
        resolver=_masked, description="The phone with its middle hidden: 138****1234."
    )


@strawberry.type(description="Something that a shop wants to give to workers once it has joined.")
class ProposedOffering:
    """Over an offering as a file says it."""

    kind: OfferingKind = strawberry.field(description="What is given.")
    title: str = strawberry.field(description="The title to show.")
    description: str = strawberry.field(description="How it works, in a sentence or two.")
    audience: str = strawberry.field(description="Who may have it, and what to show.")
    schedule: list[WeeklyInterval] = strawberry.field(
        resolver=_proposed_schedule,
        description="When it is given; empty: whenever the shop is open.",
        metadata={"size": 7},
    )
    schedule_note: str | None = strawberry.field(description="What the schedule cannot say.")
    daily_quota: int | None = strawberry.field(description="How many a day; null: no limit.")
    valid_from: datetime | None = strawberry.field(description="From when it is given.")
    valid_until: datetime | None = strawberry.field(description="Until before when it is given.")


@strawberry.type(
    description="That somebody wants a shop to join the friendly street (商户入驻申请). For its "
    "applicant, and for those with DECIDE_MERCHANT_APPLICATION in its town."
)
class MerchantApplication(Node):
    """Over an application's row."""

    state: ApplicationState = strawberry.field(description="How far it has come.")
    version: int = strawberry.field(description="Counts its steps; name it as `expectedVersion`.")
    name: str = strawberry.field(resolver=_said("name"), description="The name of the shop.")
    category: MerchantCategory = strawberry.field(resolver=_category, description="Its trade.")
    summary: str = strawberry.field(
        resolver=_said("summary", ""), description="What the shop is, in a sentence or two."
    )
    address: str = strawberry.field(resolver=_said("address"), description="The postal address.")
    location: GeoPoint | None = strawberry.field(
        resolver=_location, description="Where it is on the map."
    )
    phone: str | None = strawberry.field(
        resolver=_said("phone"), description="The number that everybody may call."
    )
    town: Town | None = related_field(
        directory.TOWNS, "town_id", description="Its town, whose reviewers decide."
    )
    street: FriendlyStreet | None = related_field(
        directory.STREETS, "street_id", description="The friendly street it stands on, if any."
    )
    opening_hours: list[OpeningInterval] | None = batch_field(
        _hours,
        description="When it is open, as `Place.openingHours` will have it.",
        metadata={"size": _HOURS_SIZE},
    )
    offerings: list[ProposedOffering] | None = batch_field(
        _offerings,
        description="What it wants to give to workers.",
        metadata={"size": _OFFERINGS_SIZE},
    )
    contact_name: str | None = batch_field(
        _contact_names,
        description="Whom to ask for at the shop; null once it has come to its end.",
    )
    applicant: Applicant | None = batch_field(_applicants, description="Who applies.")
    created_at: datetime = strawberry.field(description="When it was first submitted.")
    submitted_at: datetime = strawberry.field(
        description="When it was last submitted or changed by its applicant."
    )
    decided_at: datetime | None = strawberry.field(
        description="When a reviewer last decided on it; null: never yet."
    )
    decided_by: Colleague | None = batch_field(
        _deciders,
        description="Who decided, for those who may decide there; null for the applicant.",
    )
    reason: str = strawberry.field(
        description="What the reviewer said: what to correct, or why it was refused; may be empty."
    )
    merchant: Merchant | None = related_field(
        directory.MERCHANTS,
        "merchant_id",
        description="The shop that it has become, where it is public; null unless approved.",
    )


register_node("MerchantApplication", merchants.APPLICATIONS)


@strawberry.input(description="Which applications. Fields beside one another must all hold.")
class MerchantApplicationWhere:
    """See the fields."""

    state: Filter[ApplicationState] | None = field_filter("state", description="So far come.")
    town: strawberry.ID | None = ids_filter("Town", field="town", description="In this town.")
    created_at: DateTimeFilter | None = field_filter(
        "created_at", description="First submitted then."
    )
    and_: list["MerchantApplicationWhere"] | None = all_filter()
    or_: list["MerchantApplicationWhere"] | None = any_filter()
    not_: "MerchantApplicationWhere | None" = not_filter()


MerchantApplicationOrder = order_input(
    "MerchantApplication", {"CREATED_AT": "By the instant it was first submitted."}
)


async def _to_decide(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
    page = await merchants.applications_to_decide(info.context.viewer, list_query(arguments))
    return [page] * len(parents)


@strawberry.type
class MerchantApplicationsQuery:
    """The root field of applications."""

    merchant_applications: Connection[MerchantApplication] | None = batch_field(
        with_arguments(_to_decide, where=MerchantApplicationWhere, order=MerchantApplicationOrder),
        description="The applications of the towns where one may decide, oldest first unless "
        "ordered (商户入驻申请). Needs DECIDE_MERCHANT_APPLICATION somewhere.",
    )


@strawberry.type
class ViewerApplications:
    """What merchants tell of the person who asks; a part of `Viewer`."""

    merchant_applications: Connection[MerchantApplication] | None = connection_field(
        merchants.OWN_APPLICATIONS,
        under="applicant_id",
        where=MerchantApplicationWhere,
        order=MerchantApplicationOrder,
        description="One's own applications to join the friendly street, newest first unless "
        "ordered.",
    )
