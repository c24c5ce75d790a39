"""Access in GraphQL: roles given and taken, keys of services; for administrators."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.access import queries as access
from hub.access import service
from hub.auth import Action, Grant, Role, Scope, ScopeKind
from hub.directory.queries import PLACES, TOWNS
from hub.identity import queries as identity
from hub.learning.queries import PROGRAMS
from hub.pagination import Page
from hub.records import Record, Select, fetch_records_by
from schema import permissions as _permissions  # noqa: F401 - describes Action and ScopeKind
from schema import roles as _roles  # noqa: F401 - describes Role
from schema.batching import batch_field
from schema.filters import (
    Filter,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
    is_given,
    not_filter,
)
from schema.identity.people import person_named
from schema.lists import list_query, order_input, with_arguments
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, decode_id, decode_key, encode_id, type_name_of

_PLACES = ("Merchant", "Station", "ServiceCentre")
_SCOPE_TYPES = {
    ScopeKind.TOWN: ("Town",),
    ScopeKind.PROGRAM: ("Program",),
    ScopeKind.PLACE: _PLACES,
}
_SCOPE_LISTINGS = {ScopeKind.TOWN: TOWNS, ScopeKind.PROGRAM: PROGRAMS, ScopeKind.PLACE: PLACES}
_NOBODY = UUID(int=0)


async def scope_row(scope: Scope) -> Record | None:
    """What a scope names, published or not: a role may be given for a shop before it opens."""
    if scope.key is None:
        return None
    model = _SCOPE_LISTINGS[scope.kind].model
    rows = await fetch_records_by(Select(model), [scope.key], column="id")
    return rows[0] if rows else None


async def _areas(scope: Scope) -> Sequence[Scope] | None:
    """The further scopes that a scope lies in; None where it names nothing."""
    if scope.kind is ScopeKind.DISTRICT or scope.key is None:
        return ()
    row = await scope_row(scope)
    if row is None:
        return None
    return (Scope(ScopeKind.TOWN, row.town_id),) if scope.kind is ScopeKind.PLACE else ()


LOOKUPS = service.Lookups(
    areas=_areas, person_exists=identity.person_exists, disabled=identity.disabled_people
)


@strawberry.type(description="How far a role reaches (范围).")
class RoleScope:
    """See the fields."""

    kind: ScopeKind = strawberry.field(description="The kind of scope.")
    id: strawberry.ID | None = strawberry.field(
        description="The town, programme or place; null for the whole district."
    )


def _grant_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("RoleGrant", root.id))


def _person_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.person_id))


async def _person_names(parents: list[Record], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([parent.person_id for parent in parents])
    return [person.display_name if person else None for person in people]


async def _scopes(parents: list[Record], info: Info) -> list[RoleScope]:
    names = await _place_types(parents)
    return [
        RoleScope(kind=row.scope_kind, id=_scope_id(row.scope_kind, row.scope_key, names))
        for row in parents
    ]


async def _place_types(parents: Sequence[Record]) -> dict[UUID, str]:
    """The types of the places among the scopes, in one statement."""
    keys = [row.scope_key for row in parents if row.scope_kind is ScopeKind.PLACE]
    rows = await fetch_records_by(Select(PLACES.model), keys, column="id")
    return {row.id: type_name_of(row) for row in rows}


def _scope_id(kind: ScopeKind, key: UUID | None, places: dict[UUID, str]) -> strawberry.ID | None:
    if key is None:
        return None
    name = places.get(key, _PLACES[0]) if kind is ScopeKind.PLACE else _SCOPE_TYPES[kind][0]
    return strawberry.ID(encode_id(name, key))


@strawberry.type(description="That a person holds a role for a scope (授权).")
class RoleGrant:
    """Over a grant's row."""

    id: strawberry.ID = strawberry.field(resolver=_grant_id, description="For `takeRole`.")
    person_id: strawberry.ID = strawberry.field(resolver=_person_id, description="Whose it is.")
    person_name: str | None = batch_field(_person_names, description="The person's name.")
    role: Role = strawberry.field(description="What the person is.")
    scope: RoleScope | None = batch_field(_scopes, description="For what.")
    given_at: datetime = strawberry.field(description="When it was given.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends by itself; null if only by being taken."
    )


def _key_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("ApiKey", root.id))


def _permissions_of(root: strawberry.Parent[Record]) -> list[Action]:
    known = {action.value for action in Action}
    return [Action(each) for each in root.permissions if each in known]


@strawberry.type(description="The key of a service, like a front end on a server (接口密钥).")
class ApiKey:
    """Over a key's row; the token itself is kept nowhere."""

    id: strawberry.ID = strawberry.field(resolver=_key_id, description="For `endApiKey`.")
    name: str = strawberry.field(description="What it is for.")
    permissions: list[Action] = strawberry.field(
        resolver=_permissions_of, description="All that it may do.", metadata={"size": 10}
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null if never."
    )
    ended_at: datetime | None = strawberry.field(
        description="When somebody ended it; null if nobody did."
    )


@strawberry.input(description="Which grants. Fields beside one another must all hold.")
class RoleGrantWhere:
    """See the fields."""

    person: strawberry.ID | None = ids_filter(
        "Person", field="person", description="Held by this person."
    )
    role: Filter[Role] | None = field_filter("role", description="Of this role.")
    scope_kind: Filter[ScopeKind] | None = field_filter(
        "scope_kind", description="For this kind of scope."
    )
    scope: strawberry.ID | None = ids_filter(
        "Town",
        "Program",
        *_PLACES,
        field="scope_key",
        description="For this town, programme or place.",
    )
    and_: list["RoleGrantWhere"] | None = all_filter()
    or_: list["RoleGrantWhere"] | None = any_filter()
    not_: "RoleGrantWhere | None" = not_filter()


RoleGrantOrder = order_input("RoleGrant", {"GIVEN_AT": "By the instant it was given."})
ApiKeyOrder = order_input("ApiKey", {"CREATED_AT": "By the instant it was made."})


async def _role_grants(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
    page = await access.role_grants(info.context.viewer, list_query(arguments))
    return [page] * len(parents)


async def _api_keys(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
    page = await access.api_keys(info.context.viewer, list_query(arguments))
    return [page] * len(parents)


@strawberry.type
class AccessQuery:
    """The root fields of access."""

    role_grants: Connection[RoleGrant] | None = batch_field(
        with_arguments(_role_grants, where=RoleGrantWhere, order=RoleGrantOrder),
        description="The roles that are held now, newest first unless ordered. Needs GIVE_ROLES.",
    )
    api_keys: Connection[ApiKey] | None = batch_field(
        with_arguments(_api_keys, where=None, order=ApiKeyOrder),
        description="The keys, newest first unless ordered. Needs MANAGE_API_KEYS.",
    )


@strawberry.input(description="How far a role is to reach.")
class RoleScopeInput:
    """See the fields."""

    kind: ScopeKind = strawberry.field(description="The kind of scope.")
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The town, programme or place; left out for the whole district.",
    )


@strawberry.input(description="Who is given which role; the person by id or by phone.")
class GiveRoleInput:
    """See the fields."""

    person_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The person; or give `phone`."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The phone the person signs in with."
    )
    role: Role = strawberry.field(description="What the person is to be.")
    scope: RoleScopeInput = strawberry.field(description="For what.")
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it ends by itself; left out if never."
    )


@strawberry.input(description="Which grant is taken.")
class TakeRoleInput:
    """See the fields."""

    grant_id: strawberry.ID = strawberry.field(description="The grant.")


@strawberry.input(description="What a key is for, and what it may do.")
class CreateApiKeyInput:
    """See the fields."""

    name: str = strawberry.field(description="What it is for, 1 to 80 characters.")
    permissions: list[Action] = strawberry.field(
        description="All that it may do; reading what is public needs none."
    )
    expires_at: datetime = strawberry.field(description="When it ends, within 366 days.")


@strawberry.input(description="Which key is ended.")
class EndApiKeyInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The key.")


@strawberry.type(description="The outcome of giving a role.")
class GiveRolePayload:
    """See the fields."""

    grant: RoleGrant | None = strawberry.field(
        default=None, description="What was given; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of taking a role.")
class TakeRolePayload:
    """See the fields."""

    grant: RoleGrant | None = strawberry.field(
        default=None, description="What was taken; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of making a key.")
class CreateApiKeyPayload:
    """See the fields."""

    api_key: ApiKey | None = strawberry.field(
        default=None, description="The key; null when refused."
    )
    token: str | None = strawberry.field(
        default=None,
        description="For `Authorization: Bearer …`; shown this once, null when refused.",
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of ending a key.")
class EndApiKeyPayload:
    """See the fields."""

    api_key: ApiKey | None = strawberry.field(
        default=None, description="The key as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _give_role(info: Info, given: GiveRoleInput) -> dict[str, Any]:
    expires_at = given.expires_at if is_given(given.expires_at) else None
    grant = Grant(given.role, _scope(given.scope), expires_at)
    person_id = await person_named(given.person_id, given.phone)
    row = await service.give_role(
        info.context.viewer.actor, person_id, grant=grant, lookups=LOOKUPS
    )
    return {"grant": row}


def _scope(given: RoleScopeInput) -> Scope:
    if not is_given(given.id):
        return Scope(given.kind)
    path = ("input", "scope", "id")
    if given.kind is ScopeKind.DISTRICT:
        return Scope(given.kind, decode_id(str(given.id), path=path).key)
    key = decode_key(str(given.id), types=_SCOPE_TYPES[given.kind], path=path)
    return Scope(given.kind, key or _NOBODY)


async def _take_role(info: Info, given: TakeRoleInput) -> dict[str, Any]:
    key = decode_key(str(given.grant_id), types=("RoleGrant",), path=("input", "grantId"))
    actor = info.context.viewer.actor
    return {"grant": await service.take_role(actor, key or _NOBODY, lookups=LOOKUPS)}


async def _create_api_key(info: Info, given: CreateApiKeyInput) -> dict[str, Any]:
    made = await service.create_api_key(
        info.context.viewer.actor,
        given.name,
        permissions=given.permissions,
        expires_at=given.expires_at,
    )
    return {"api_key": made.row, "token": made.token}


async def _end_api_key(info: Info, given: EndApiKeyInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("ApiKey",), path=("input", "id"))
    return {"api_key": await service.end_api_key(info.context.viewer.actor, key or _NOBODY)}


@strawberry.type
class AccessMutation:
    """The mutations of access."""

    give_role: GiveRolePayload = mutation_field(
        _give_role,
        input_type=GiveRoleInput,
        payload=GiveRolePayload,
        description=(
            "Give a person a role (授予角色). Needs GIVE_ROLES and a fresh proof of identity; "
            "for merchant and station keeper MANAGE_PLACE_STAFF at the place."
        ),
    )
    take_role: TakeRolePayload = mutation_field(
        _take_role,
        input_type=TakeRoleInput,
        payload=TakeRolePayload,
        description=(
            "Take a role away (收回角色); needs what giving it needs. One's own may be laid down. "
            "The last administrator stays."
        ),
    )
    create_api_key: CreateApiKeyPayload = mutation_field(
        _create_api_key,
        input_type=CreateApiKeyInput,
        payload=CreateApiKeyPayload,
        description=(
            "Make a key for a service (创建接口密钥). Needs MANAGE_API_KEYS and a fresh proof of "
            "identity."
        ),
    )
    end_api_key: EndApiKeyPayload = mutation_field(
        _end_api_key,
        input_type=EndApiKeyInput,
        payload=EndApiKeyPayload,
        description=(
            "End a key at once (停用接口密钥). Needs MANAGE_API_KEYS and a fresh proof of identity."
        ),
    )
