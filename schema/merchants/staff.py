"""The people who run a place, in GraphQL."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from hub.auth import Role
from hub.identity import queries as identity
from hub.merchants.queries import place_staff
from hub.merchants.service import staff
from hub.pagination import Page
from hub.records import Record
from schema import roles as _roles  # noqa: F401 - describes Role
from schema.access import LOOKUPS
from schema.batching import batch_field
from schema.lists import list_query
from schema.merchants.places import PLACE_TYPES
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import After, Before, Connection, First, Last, decode_key, encode_id


def _grant_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("RoleGrant", root.id))


async def _phones(parents: list[Record], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([parent.person_id for parent in parents])
    return [identity.masked_phone(person) if person else None for person in people]


@strawberry.type(description="Somebody who runs a place (场所人员).")
class PlaceStaff:
    """Over a grant's row. No name: an invitation must not tell whose a phone is."""

    id: strawberry.ID = strawberry.field(resolver=_grant_id, description="For `removePlaceStaff`.")
    role: Role = strawberry.field(description="As what.")
    phone_masked: str | None = batch_field(_phones, description="Like 138****1234.")
    given_at: datetime = strawberry.field(description="Since when.")


async def _names(parents: list[Record], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([parent.person_id for parent in parents])
    return [person.display_name if person else None for person in people]


@strawberry.type(description="Somebody who runs a place, among the people of that place.")
class PlaceStaffMember(PlaceStaff):
    """Over a grant's row, with the name: for those who manage the people of the place."""

    display_name: str | None = batch_field(
        _names, description="The name the person gave; may be empty."
    )


async def _staff(
    parents: list[Any],
    info: Info,
    place_id: Annotated[strawberry.ID, strawberry.argument(description="The place.")],
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> list[Page]:
    arguments = {"first": first, "after": after, "last": last, "before": before}
    key = decode_key(str(place_id), types=PLACE_TYPES, path=("placeId",))
    viewer = info.context.viewer
    return [await place_staff(viewer, key, query=list_query(arguments))] * len(parents)


@strawberry.type
class PlaceStaffQuery:
    """The root field of the people of a place."""

    place_staff: Connection[PlaceStaffMember] | None = batch_field(
        _staff,
        description="The people who run a place, who was let in first first (场所人员). Needs "
        "MANAGE_PLACE_STAFF there; FORBIDDEN for every other place, and where there is none.",
    )


@strawberry.input(description="Whom to let run a place.")
class InvitePlaceStaffInput:
    """See the fields."""

    place_id: strawberry.ID = strawberry.field(description="The place.")
    phone: str = strawberry.field(description="The phone the person signs in with.")
    role: Role = strawberry.field(
        description="MERCHANT for a shop, STATION_KEEPER for a station or a service centre."
    )


@strawberry.input(description="Who is to run a place no more.")
class RemovePlaceStaffInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The id that `invitePlaceStaff` gave.")


@strawberry.type(description="The outcome of a step with the people of a place.")
class PlaceStaffPayload:
    """See the fields."""

    staff: PlaceStaff | None = strawberry.field(
        default=None, description="The person let in or let go; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _invite(info: Info, given: InvitePlaceStaffInput) -> dict[str, Any]:
    row = await staff.invite_staff(
        info.context.viewer,
        decode_key(str(given.place_id), types=PLACE_TYPES, path=("input", "placeId")),
        invitation=staff.Invitation(given.phone, given.role),
        lookups=LOOKUPS,
    )
    return {"staff": row}


async def _remove(info: Info, given: RemovePlaceStaffInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("RoleGrant",), path=("input", "id"))
    return {"staff": await staff.remove_staff(info.context.viewer, key, lookups=LOOKUPS)}


@strawberry.type
class PlaceStaffMutation:
    """The mutations of the people of a place."""

    invite_place_staff: PlaceStaffPayload = mutation_field(
        _invite,
        input_type=InvitePlaceStaffInput,
        payload=PlaceStaffPayload,
        description="Let the person of a phone run a place (邀请场所人员), now or from the first "
        "sign-in. Needs MANAGE_PLACE_STAFF. NOT_FOUND; INVALID; CONFLICT for oneself and for "
        "somebody who runs it already.",
    )
    remove_place_staff: PlaceStaffPayload = mutation_field(
        _remove,
        input_type=RemovePlaceStaffInput,
        payload=PlaceStaffPayload,
        description="Let somebody run a place no more (移除场所人员), or lay it down oneself. "
        "Needs MANAGE_PLACE_STAFF. NOT_FOUND for what is not one's own.",
    )
