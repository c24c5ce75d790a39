"""The worker's profile and whom seats are for, in GraphQL."""

from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.membership import queries as membership
from hub.membership import service
from hub.membership.rules import GROUP_WORDS, Reason, ReasonCode, WorkerGroup, age_on
from hub.records import Record
from schema.batching import batch_field
from schema.directory.towns import Town
from schema.enums import describe_enum
from schema.filters import is_given
from schema.lists import related_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.negotiation import Locale
from schema.relay import decode_key, encode_id

describe_enum(
    WorkerGroup,
    description="A group of workers: the eight groups (八大群体) and who is served beside them.",
    values={
        group: f"{english.capitalize()} ({chinese})."
        for group, (english, chinese) in GROUP_WORDS.items()
    },
)
describe_enum(
    ReasonCode,
    description="Why seats are not for somebody (不符合报名条件的原因).",
    values={
        ReasonCode.MEMBERS_ONLY: "For confirmed members of the union only (仅限会员).",
        ReasonCode.GROUP: "For other groups of workers (群体不符).",
        ReasonCode.TOWN: "For workers of other towns (镇街不符).",
        ReasonCode.AGE: "Too young or too old on this day (年龄不符).",
        ReasonCode.COURSE: "A course has to be completed before (未完成课程).",
        ReasonCode.INVITATION: "With an invitation code only (需邀请码).",
        ReasonCode.PROFILE_INCOMPLETE: "The profile does not say what is asked (资料不完整).",
    },
)


@strawberry.type(description="One reason why seats are not for somebody.")
class EligibilityReason:
    """Over a `Reason`."""

    code: ReasonCode = strawberry.field(description="What to branch on.")
    message: str = strawberry.field(
        description="A sentence that may be shown and says what to do, where something can be."
    )


@strawberry.type(description="Whether seats are for the person who asks (能否报名).")
class ViewerEligibility:
    """See the fields."""

    is_eligible: bool = strawberry.field(description="Whether nothing speaks against it.")
    reasons: list[EligibilityReason] = strawberry.field(
        description="Everything that speaks against it; empty where nothing does.",
        metadata={"size": len(ReasonCode)},
    )


def told_reasons(reasons: list[Reason], locale: Locale) -> list[EligibilityReason]:
    """Reasons in the language of the request."""
    return [
        EligibilityReason(
            code=each.code, message=each.chinese if locale == "zh-CN" else each.message
        )
        for each in reasons
    ]


def _born_on(root: strawberry.Parent[Record]) -> date | None:
    return membership.born_on(root)


def _age(root: strawberry.Parent[Record], info: Info) -> int | None:
    born = membership.born_on(root)
    return age_on(born, membership.day_of(info.context.viewer.now)) if born else None


@strawberry.type(description="What a worker declares of themselves (个人资料); for their own eyes.")
class WorkerProfile:
    """Over a profile's row."""

    group: WorkerGroup | None = strawberry.field(description="The group; null: not declared.")
    town: Town | None = related_field(
        directory.TOWNS, "town_id", description="Where they work (所在镇街); null: not declared."
    )
    born_on: date | None = strawberry.field(
        resolver=_born_on, description="The day of birth, kept encrypted; null: not declared."
    )
    age: int | None = strawberry.field(
        resolver=_age, description="Completed years today, in the district's time zone."
    )
    is_member: bool = strawberry.field(
        description="Whether the union has confirmed a member (工会会员)."
    )
    member_since: date | None = strawberry.field(
        description="Since which day; null for who is none.", name="memberSinceOn"
    )
    membership_decided_at: datetime | None = strawberry.field(
        description="When the union last confirmed or ended it; null: never."
    )


async def _profiles(parents: list[Record], info: Info) -> list[Record | None]:
    return await membership.profiles_by_person_ids([parent.id for parent in parents])


@strawberry.type
class ViewerProfile:
    """What membership tells of the person who asks; a part of `Viewer`."""

    profile: WorkerProfile | None = batch_field(
        _profiles, description="What the person has declared; null: nothing yet."
    )


@strawberry.input(
    description="What one declares of oneself. What is left out stays; null clears it."
)
class UpdateMyProfileInput:
    """See the fields."""

    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name to be shown; cannot be cleared."
    )
    group: WorkerGroup | None = strawberry.field(
        default=strawberry.UNSET, description="The group one works in."
    )
    town_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The town one works in."
    )
    born_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The day one was born on."
    )


@strawberry.input(description="Whose membership is confirmed or ended, and why.")
class ConfirmMembershipInput:
    """See the fields."""

    person_id: strawberry.ID = strawberry.field(description="Whose.")
    is_member: bool = strawberry.field(description="True confirms, false ends it.")
    reason: str = strawberry.field(description="Why, for the audit: 1 to 500 characters.")


@strawberry.type(description="The outcome of declaring something of oneself.")
class ProfilePayload:
    """See the fields."""

    profile: WorkerProfile | None = strawberry.field(
        default=None, description="The profile now; null when refused."
    )
    errors: list[UserError] = errors_field()


def _person_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.person_id))


@strawberry.type(description="Whether somebody is a member of the union (会员身份).")
class Membership:
    """Over a profile's row, without what is the person's own."""

    person_id: strawberry.ID = strawberry.field(resolver=_person_id, description="Whose.")
    is_member: bool = strawberry.field(description="Whether they are one.")
    member_since: date | None = strawberry.field(
        description="Since which day; null for who is none.", name="memberSinceOn"
    )
    membership_decided_at: datetime | None = strawberry.field(
        description="When it was last confirmed or ended; null: never.", name="decidedAt"
    )


@strawberry.type(description="The outcome of confirming or ending a membership.")
class MembershipPayload:
    """See the fields."""

    membership: Membership | None = strawberry.field(
        default=None, description="How it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _update(info: Info, given: UpdateMyProfileInput) -> dict[str, Any]:
    declared: dict[str, Any] = {}
    if given.group is not strawberry.UNSET:
        declared["group"] = given.group
    if given.born_on is not strawberry.UNSET:
        declared["born_on"] = given.born_on
    if given.town_id is not strawberry.UNSET:
        declared["town_id"] = _town_key(given.town_id)
    name = given.display_name if is_given(given.display_name) else None
    row = await service.update_my_profile(info.context.viewer, declared, display_name=name)
    return {"profile": row}


def _town_key(given: strawberry.ID | None) -> Any:
    """The town's key; one that finds nothing for an id of something else."""
    if given is None:
        return None
    key = decode_key(str(given), types=("Town",), path=("input", "townId"))
    return service.NO_TOWN if key is None else key


async def _confirm(info: Info, given: ConfirmMembershipInput) -> dict[str, Any]:
    key = decode_key(str(given.person_id), types=("Person",), path=("input", "personId"))
    row = await service.confirm_membership(
        info.context.viewer, key, is_member=given.is_member, reason=given.reason
    )
    return {"membership": row}


@strawberry.type
class MembershipMutation:
    """The mutations of profiles and membership."""

    update_my_profile: ProfilePayload = mutation_field(
        _update,
        input_type=UpdateMyProfileInput,
        payload=ProfilePayload,
        description="Declare one's group, town and day of birth (填写个人资料), and change one's "
        "name. NOT_FOUND for a town that is not there; INVALID.",
    )
    confirm_membership: MembershipPayload = mutation_field(
        _confirm,
        input_type=ConfirmMembershipInput,
        payload=MembershipPayload,
        description="Confirm that somebody is a member of the union (确认会员身份), or end it. "
        "Needs CONFIRM_MEMBERSHIP for the person's town. NOT_FOUND for whom one may not decide "
        "on; CONFLICT for oneself; INVALID without a reason.",
    )
