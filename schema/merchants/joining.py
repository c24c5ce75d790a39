"""Joining the friendly street: mutations of applicants and of the reviewers who decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.catalogue import KINDS_BY_NAME
from hub.merchants.rules import (
    APPLICATIONS_OPEN_MAX,
    CONTACT_NAME_MAX_CHARS,
    PROPOSED_OFFERINGS_MAX,
    REASON_MAX_CHARS,
    Decision,
)
from hub.merchants.service import applications
from hub.merchants.service.applications import Proposal, Verdict
from schema.access import LOOKUPS
from schema.directory.vocabulary import MerchantCategory, OfferingKind
from schema.editing.inputs import given_part, given_values
from schema.enums import describe_enum
from schema.filters import is_given
from schema.geography import GeoPointInput
from schema.merchants.applications import MerchantApplication
from schema.merchants.places import HoursInput, WeeklyInput, given_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key

_VERSION = "The `version` that was read."
_NAME = "The name of the shop, as its sign has it."
_CATEGORY = "Its trade."
_TOWN = "The town it lies in, whose reviewers decide."
_STREET = "The friendly street it stands on, in that town; left out or null: none."
_ADDRESS = "The postal address."
_LOCATION = "Where it is on the map."
_PHONE = "A number that everybody may call; it will be public."
_SUMMARY = "What the shop is, in a sentence or two."
_HOURS = "When it is open; left out: not known."
_OFFERINGS = f"What it wants to give to workers, at most {PROPOSED_OFFERINGS_MAX}."
_CONTACT = (
    f"Whom to ask for at the shop, 1 to {CONTACT_NAME_MAX_CHARS} characters. Reviewers see it, and "
    "it is deleted once the application has come to its end."
)

describe_enum(
    Decision,
    name="MerchantApplicationDecision",
    description="What a reviewer says to an application (审批决定).",
    values={
        Decision.APPROVE: "The shop joins, and its applicant runs it (通过).",
        Decision.RETURN: "The applicant has to correct it (退回补正).",
        Decision.REFUSE: "The shop does not join (不予通过).",
    },
)


@strawberry.input(description="Something that the shop wants to give to workers.")
class ProposedOfferingInput:
    """See the fields."""

    kind: OfferingKind = strawberry.field(description="What is given.")
    title: str = strawberry.field(description="The title to show.")
    audience: str = strawberry.field(description="Who may have it, and what to show.")
    description: str | None = given_field("How it works, in a sentence or two.")
    schedule: list[WeeklyInput] | None = given_field(
        "When it is given; left out: whenever the shop is open."
    )
    schedule_note: str | None = given_field("What the schedule cannot say.")
    daily_quota: int | None = given_field("How many a day; left out: no limit.")
    valid_from: datetime | None = given_field("From when it is given.")
    valid_until: datetime | None = given_field("Until before when it is given.")


@strawberry.input(description="A shop that wants to join the friendly street.")
class ApplyAsMerchantInput:
    """See the fields."""

    name: str = strawberry.field(description=_NAME)
    category: MerchantCategory = strawberry.field(description=_CATEGORY)
    town: strawberry.ID = strawberry.field(name="townId", description=_TOWN)
    address: str = strawberry.field(description=_ADDRESS)
    location: GeoPointInput = strawberry.field(description=_LOCATION)
    contact_name: str = strawberry.field(description=_CONTACT)
    street: strawberry.ID | None = given_field(_STREET, name="streetId")
    phone: str | None = given_field(_PHONE)
    summary: str | None = given_field(_SUMMARY)
    hours: HoursInput | None = given_field(_HOURS, name="openingHours")
    offerings: list[ProposedOfferingInput] | None = given_field(_OFFERINGS)


@strawberry.input(description="A change of one's application: what is left out stays, null clears.")
class UpdateMerchantApplicationInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The application.")
    expected_version: int = strawberry.field(description=_VERSION)
    name: str | None = given_field(_NAME)
    category: MerchantCategory | None = given_field(_CATEGORY)
    town: strawberry.ID | None = given_field(_TOWN, name="townId")
    address: str | None = given_field(_ADDRESS)
    location: GeoPointInput | None = given_field(_LOCATION)
    contact_name: str | None = given_field(_CONTACT)
    street: strawberry.ID | None = given_field(_STREET, name="streetId")
    phone: str | None = given_field(_PHONE)
    summary: str | None = given_field(_SUMMARY)
    hours: HoursInput | None = given_field(_HOURS, name="openingHours")
    offerings: list[ProposedOfferingInput] | None = given_field(
        f"{_OFFERINGS} They replace all that were there."
    )


@strawberry.input(description="An application to take back.")
class WithdrawMerchantApplicationInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The application.")
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="A decision on an application.")
class DecideMerchantApplicationInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The application.")
    expected_version: int = strawberry.field(description=_VERSION)
    decision: Decision = strawberry.field(description="What is decided.")
    reason: str | None = given_field(
        f"What to correct, or why, in at most {REASON_MAX_CHARS} characters; the applicant reads "
        "it. Needed to return and to refuse."
    )


@strawberry.type(description="The outcome of a step with an application.")
class MerchantApplicationPayload:
    """See the fields."""

    application: MerchantApplication | None = strawberry.field(
        default=None, description="The application as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


def _proposal(given: Any) -> Proposal:
    name: Any = given.contact_name
    return Proposal(
        given_values(KINDS_BY_NAME["merchants"].item, given),
        offerings=_offerings(given.offerings),
        contact_name=None if name is strawberry.UNSET else name or "",
    )


def _offerings(given: Any) -> Sequence[dict[str, Any]] | None:
    if given is strawberry.UNSET:
        return None
    return [given_part(KINDS_BY_NAME["offerings"].item, each) for each in given or ()]


def _key(given: Any) -> Any:
    return decode_key(str(given.id), types=("MerchantApplication",), path=("input", "id"))


async def _apply(info: Info, given: ApplyAsMerchantInput) -> dict[str, Any]:
    viewer = info.context.viewer
    row = await applications.apply_as_merchant(viewer, proposal=_proposal(given))
    return {"application": row}


async def _update(info: Info, given: UpdateMerchantApplicationInput) -> dict[str, Any]:
    row = await applications.update_application(
        info.context.viewer,
        _key(given),
        expected_version=given.expected_version,
        proposal=_proposal(given),
    )
    return {"application": row}


async def _withdraw(info: Info, given: WithdrawMerchantApplicationInput) -> dict[str, Any]:
    viewer, version = info.context.viewer, given.expected_version
    row = await applications.withdraw_application(viewer, _key(given), expected_version=version)
    return {"application": row}


async def _decide(info: Info, given: DecideMerchantApplicationInput) -> dict[str, Any]:
    reason = given.reason if is_given(given.reason) else None
    row = await applications.decide_application(
        info.context.viewer,
        _key(given),
        expected_version=given.expected_version,
        verdict=Verdict(given.decision, reason or ""),
        lookups=LOOKUPS,
    )
    return {"application": row}


@strawberry.type
class JoiningMutation:
    """The mutations of joining."""

    apply_as_merchant: MerchantApplicationPayload = mutation_field(
        _apply,
        input_type=ApplyAsMerchantInput,
        payload=MerchantApplicationPayload,
        description="Apply for a shop to join the friendly street (申请加入友好街区), signed in. "
        "Sent again word for word while it is open, it is the same application. INVALID; CONFLICT "
        "for a shop of this name at this address that is applied for already, and for more than "
        f"{APPLICATIONS_OPEN_MAX} open applications.",
    )
    update_merchant_application: MerchantApplicationPayload = mutation_field(
        _update,
        input_type=UpdateMerchantApplicationInput,
        payload=MerchantApplicationPayload,
        description="Change one's open application (修改申请); one that was returned is submitted "
        "again by it. NOT_FOUND for what is not one's own; VERSION_CONFLICT; INVALID; CONFLICT for "
        "one that has come to its end.",
    )
    withdraw_merchant_application: MerchantApplicationPayload = mutation_field(
        _withdraw,
        input_type=WithdrawMerchantApplicationInput,
        payload=MerchantApplicationPayload,
        description="Take one's open application back for good (撤回申请). NOT_FOUND; "
        "VERSION_CONFLICT; CONFLICT for one that has come to its end.",
    )
    decide_merchant_application: MerchantApplicationPayload = mutation_field(
        _decide,
        input_type=DecideMerchantApplicationInput,
        payload=MerchantApplicationPayload,
        description="Approve, return or refuse an application (审批入驻申请). Approved, the shop "
        "and what it offers are public at once, and its applicant is its MERCHANT. Needs "
        "DECIDE_MERCHANT_APPLICATION in its town. NOT_FOUND outside of it; REVIEW_REQUIRED for "
        "one's own; VERSION_CONFLICT; INVALID without a reason; CONFLICT for one that does not "
        "wait for a reviewer.",
    )
