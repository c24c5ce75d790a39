"""People as administrators see them: accounts disabled and enabled again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.errors import Invalid
from hub.identity import queries as identity
from hub.identity.rules import canonical_phone
from hub.identity.service import disabling
from hub.records import Record
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key, encode_id

_NOBODY = UUID(int=0)


async def person_named(person_id: Any, phone: Any) -> UUID:
    """Who is meant by an input's id or phone; a key that nobody has where there is no such person.

    Raises Invalid for both and for neither, and for what is no phone.
    """
    if is_given(person_id) == is_given(phone):
        raise Invalid(
            "Name the person by id or by phone, and not by both.",
            chinese="请提供 personId 或 phone 其中之一。",
            path=("input",),
        )
    if is_given(person_id):
        key = decode_key(str(person_id), types=("Person",), path=("input", "personId"))
        return key or _NOBODY
    person = await identity.person_by_phone(canonical_phone(str(phone)))
    return person.id if person else _NOBODY


def _id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.id))


def _phone_masked(root: strawberry.Parent[Record]) -> str:
    return identity.masked_phone(root)


@strawberry.type(description="Somebody's account, as administrators see it (账号).")
class Person:
    """Over a person's row."""

    id: strawberry.ID = strawberry.field(resolver=_id, description="The person's global id.")
    display_name: str = strawberry.field(description="The name that is shown.")
    phone_masked: str = strawberry.field(
        resolver=_phone_masked, description="The phone with its middle hidden: 138****1234."
    )
    created_at: datetime = strawberry.field(description="When the person was entered.")
    disabled_at: datetime | None = strawberry.field(
        description="Since when they may not sign in (停用时间); null: they may."
    )


@strawberry.input(description="Whose account is disabled or enabled, by id or by phone, and why.")
class DisablePersonInput:
    """See the fields."""

    person_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The person; or give `phone`."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The phone the person signs in with."
    )
    reason: str = strawberry.field(
        description="Why (原因), for the audit: 1 to 200 characters; the person is not told."
    )


@strawberry.type(description="The outcome of disabling or enabling an account.")
class PersonPayload:
    """See the fields."""

    person: Person | None = strawberry.field(
        default=None, description="The person as they are now; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _disable(info: Info, given: DisablePersonInput) -> dict[str, Any]:
    person_id = await person_named(given.person_id, given.phone)
    viewer = info.context.viewer
    return {"person": await disabling.disable_person(viewer, person_id, reason=given.reason)}


async def _enable(info: Info, given: DisablePersonInput) -> dict[str, Any]:
    person_id = await person_named(given.person_id, given.phone)
    viewer = info.context.viewer
    return {"person": await disabling.enable_person(viewer, person_id, reason=given.reason)}


@strawberry.type
class PeopleMutation:
    """The mutations of other people's accounts."""

    disable_person: PersonPayload = mutation_field(
        _disable,
        input_type=DisablePersonInput,
        payload=PersonPayload,
        description="Keep a person from signing in (停用账号); their sessions end within a second, "
        "what they hold stays. Needs DISABLE_PEOPLE and a fresh proof of identity. CONFLICT for "
        "oneself and for the last administrator.",
    )
    enable_person: PersonPayload = mutation_field(
        _enable,
        input_type=DisablePersonInput,
        payload=PersonPayload,
        description="Let a disabled person sign in again (恢复账号). Needs DISABLE_PEOPLE and a "
        "fresh proof of identity.",
    )
