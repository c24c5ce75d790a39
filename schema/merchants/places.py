"""What keepers change of their place and of what it offers."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.catalogue import KINDS_BY_NAME
from hub.directory.content.hours import Hours, WeeklyRow
from hub.directory.content.kinds import PhotoRow
from hub.merchants.rules import PLACE_KINDS
from hub.merchants.service import keeping
from schema.directory.offerings import Offering
from schema.directory.places import Merchant, Place
from schema.directory.vocabulary import Accessibility, MerchantCategory, OfferingKind
from schema.editing.inputs import given_values, part_input
from schema.editing.revisions import Revision
from schema.geography import GeoPointInput
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key

PLACE_TYPES = ("Merchant", "Station", "ServiceCentre")
_VERSION = "The `version` that was read."
_WAITS = (
    "Where the hub has wording reviewed, words wait for a reviewer and are seen in `drafts`; the "
    "rest is live at once."
)
_REFUSALS = (
    "NOT_FOUND for one that is not there or not one's own; VERSION_CONFLICT; INVALID, with nothing "
    "changed."
)
HoursInput: Any = part_input(Hours)
WeeklyInput: Any = part_input(WeeklyRow)
_PhotoInput: Any = part_input(PhotoRow)


def given_field(description: str, *, name: str | None = None) -> Any:
    """An input field that may be left out, which is not the same as null."""
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


def _awaiting() -> Any:
    return strawberry.field(
        default=False,
        description="Whether wording of it waits for a reviewer (待审核): the public sees the old "
        "words until then. Facts, like hours and quotas, are live at once.",
    )


def _pending() -> Any:
    return strawberry.field(
        default=None, description="The revision with the wording that waits; null where none does."
    )


def _told(kept: keeping.Kept, name: str) -> dict[str, Any]:
    pending = kept.pending
    return {name: kept.row, "pending_revision": pending, "is_awaiting_review": pending is not None}


@strawberry.input(description="A change of a place: what is left out stays, null clears.")
class UpdatePlaceInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The place.")
    expected_version: int = strawberry.field(description=_VERSION)
    name: str | None = given_field("The name.")
    summary: str | None = given_field("What the place is, in a sentence or two.")
    phone: str | None = given_field("The number to call.")
    address: str | None = given_field("The postal address.")
    location: GeoPointInput | None = given_field("Where it is on the map.")
    accessibility: list[Accessibility] | None = given_field("What makes it usable for everybody.")
    accessibility_note: str | None = given_field("More on accessibility.")
    amenities: list[str] | None = given_field(
        "Codes of the vocabulary of amenities: all that one finds there.", name="amenityCodes"
    )
    hours: HoursInput | None = given_field(
        "When it is open; given, it replaces all hours that were there; null: not known.",
        name="openingHours",
    )
    photos: list[_PhotoInput] | None = given_field("Pictures; they replace all that were there.")


@strawberry.input(description="A change of a merchant: what is left out stays, null clears.")
class UpdateMerchantInput(UpdatePlaceInput):
    """See the fields."""

    category: MerchantCategory | None = given_field("Its trade.")


@strawberry.input(description="Something new that a place gives to workers.")
class CreateOfferingInput:
    """See the fields."""

    place_id: strawberry.ID = strawberry.field(description="The place that gives it.")
    kind: OfferingKind = strawberry.field(description="What is given.")
    title: str = strawberry.field(description="The title to show.")
    audience: str = strawberry.field(description="Who may have it, and what to show.")
    description: str | None = given_field("How it works, in a sentence or two.")
    schedule: list[WeeklyInput] | None = given_field(
        "When it is given; left out: whenever the place is open."
    )
    schedule_note: str | None = given_field("What the schedule cannot say.")
    daily_quota: int | None = given_field("How many a day; left out: no limit.")
    valid_from: datetime | None = given_field("From when it is given.")
    valid_until: datetime | None = given_field("Until before when it is given.")
    position: int | None = given_field("Its place among the offerings, from 1; else it comes last.")


@strawberry.input(description="A change of an offering: what is left out stays, null clears.")
class UpdateOfferingInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The offering.")
    expected_version: int = strawberry.field(description=_VERSION)
    kind: OfferingKind | None = given_field("What is given.")
    title: str | None = given_field("The title to show.")
    audience: str | None = given_field("Who may have it, and what to show.")
    description: str | None = given_field("How it works, in a sentence or two.")
    schedule: list[WeeklyInput] | None = given_field(
        "When it is given; empty: whenever the place is open."
    )
    schedule_note: str | None = given_field("What the schedule cannot say.")
    daily_quota: int | None = given_field("How many a day; null: no limit.")
    valid_from: datetime | None = given_field("From when it is given.")
    valid_until: datetime | None = given_field("Until before when it is given.")
    position: int | None = given_field("Its place among the offerings of its place, from 1.")


@strawberry.input(description="An offering to take away.")
class WithdrawOfferingInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The offering.")
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.type(description="The outcome of changing a merchant.")
class UpdateMerchantPayload:
    """See the fields."""

    merchant: Merchant | None = strawberry.field(
        default=None, description="The merchant as it is now; null when refused."
    )
    is_awaiting_review: bool = _awaiting()
    pending_revision: Revision | None = _pending()
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of changing a place.")
class UpdatePlacePayload:
    """See the fields."""

    place: Place | None = strawberry.field(
        default=None, description="The place as it is now; null when refused."
    )
    is_awaiting_review: bool = _awaiting()
    pending_revision: Revision | None = _pending()
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of a step with an offering.")
class OfferingPayload:
    """See the fields."""

    offering: Offering | None = strawberry.field(
        default=None,
        description="The offering as it is now; null when refused, and for a new one that waits "
        "for a reviewer: `pendingRevision.itemId` is its id then.",
    )
    is_awaiting_review: bool = _awaiting()
    pending_revision: Revision | None = _pending()
    errors: list[UserError] = errors_field()


async def _update_merchant(info: Info, given: UpdateMerchantInput) -> dict[str, Any]:
    kept = await keeping.update_place(
        info.context.viewer,
        decode_key(str(given.id), types=("Merchant",), path=("input", "id")),
        expected_version=given.expected_version,
        patch=given_values(KINDS_BY_NAME["merchants"].item, given),
        kinds=("merchants",),
    )
    return _told(kept, "merchant")


async def _update_place(info: Info, given: UpdatePlaceInput) -> dict[str, Any]:
    kept = await keeping.update_place(
        info.context.viewer,
        decode_key(str(given.id), types=PLACE_TYPES, path=("input", "id")),
        expected_version=given.expected_version,
        patch=given_values(KINDS_BY_NAME[PLACE_KINDS[1]].item, given),
    )
    return _told(kept, "place")


async def _create_offering(info: Info, given: CreateOfferingInput) -> dict[str, Any]:
    place_id = decode_key(str(given.place_id), types=PLACE_TYPES, path=("input", "placeId"))
    values = given_values(KINDS_BY_NAME["offerings"].item, given)
    viewer = info.context.viewer
    return _told(await keeping.create_offering(viewer, place_id, values=values), "offering")


async def _update_offering(info: Info, given: UpdateOfferingInput) -> dict[str, Any]:
    kept = await keeping.update_offering(
        info.context.viewer,
        decode_key(str(given.id), types=("Offering",), path=("input", "id")),
        expected_version=given.expected_version,
        patch=given_values(KINDS_BY_NAME["offerings"].item, given),
    )
    return _told(kept, "offering")


async def _withdraw_offering(info: Info, given: WithdrawOfferingInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("Offering",), path=("input", "id"))
    viewer, version = info.context.viewer, given.expected_version
    kept = await keeping.withdraw_offering(viewer, key, expected_version=version)
    return _told(kept, "offering")


@strawberry.type
class KeepersMutation:
    """The mutations of keepers."""

    update_merchant: UpdateMerchantPayload = mutation_field(
        _update_merchant,
        input_type=UpdateMerchantInput,
        payload=UpdateMerchantPayload,
        description="Change one's shop, live at once (修改商铺). Needs UPDATE_PLACE. "
        f"{_WAITS} {_REFUSALS}",
    )
    update_place: UpdatePlacePayload = mutation_field(
        _update_place,
        input_type=UpdatePlaceInput,
        payload=UpdatePlacePayload,
        description="Change a shop, station or service centre that one keeps, live at once "
        f"(修改场所). Needs UPDATE_PLACE. {_WAITS} {_REFUSALS}",
    )
    create_offering: OfferingPayload = mutation_field(
        _create_offering,
        input_type=CreateOfferingInput,
        payload=OfferingPayload,
        description="Offer something new to workers, live at once (新增服务项目). Needs "
        f"MANAGE_OFFERINGS. {_WAITS} {_REFUSALS}",
    )
    update_offering: OfferingPayload = mutation_field(
        _update_offering,
        input_type=UpdateOfferingInput,
        payload=OfferingPayload,
        description="Change what a place offers, live at once (修改服务项目). Needs "
        f"MANAGE_OFFERINGS. {_WAITS} {_REFUSALS}",
    )
    withdraw_offering: OfferingPayload = mutation_field(
        _withdraw_offering,
        input_type=WithdrawOfferingInput,
        payload=OfferingPayload,
        description="Take an offering away for good (撤下服务项目). Needs MANAGE_OFFERINGS. "
        f"{_REFUSALS}",
    )
