"""Actors for tests: somebody in each role, and nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hub.access.models import RoleGrant
from hub.access.service import Lookups
from hub.auth import DISTRICT, Action, Actor, Grant, Role, Scope
from hub.bulk import insert_rows
from hub.ids import new_id

LABEL = "somebody"


def actor(
    *grants: Grant, at: datetime, person_id: UUID | None = None, has_stepped_up: bool = True
) -> Actor:
    """A person who signed in with a second factor, a minute before `at`."""
    return Actor(
        person_id=person_id or new_id(),
        session_id=new_id(),
        grants=grants,
        has_second_factor=True,
        stepped_up_at=at - timedelta(minutes=1) if has_stepped_up else None,
        label=LABEL,
    )


def service(*permissions: Action) -> Actor:
    """A service with a key for `permissions`."""
    return Actor(service_id=new_id(), permissions=frozenset(permissions), label="a service")


async def insert_grant(
    role: Role,
    *,
    at: datetime,
    person_id: UUID | None = None,
    scope: Scope = DISTRICT,
    expires_at: datetime | None = None,
) -> UUID:
    """A grant in the database; its id."""
    key = new_id()
    row = {
        "id": key,
        "person_id": person_id or new_id(),
        "role": role,
        "scope_kind": scope.kind,
        "scope_key": scope.key,
        "expires_at": expires_at,
        "given_at": at,
    }
    await insert_rows(RoleGrant, [row])
    return key


async def insert_administrator(*, at: datetime, has_stepped_up: bool = True) -> Actor:
    """Somebody who administers the hub, in the database and as an actor."""
    person_id = new_id()
    await insert_grant(Role.ADMINISTRATOR, at=at, person_id=person_id)
    grant = Grant(Role.ADMINISTRATOR, DISTRICT)
    return actor(grant, at=at, person_id=person_id, has_stepped_up=has_stepped_up)


def lookups(
    *,
    people: bool = True,
    areas: tuple[Scope, ...] | None = (),
    disabled: frozenset[UUID] = frozenset(),
) -> Lookups:
    """A world in which everybody, and every scope, is there or is not; some are locked out."""

    async def find_areas(_scope: Scope) -> tuple[Scope, ...] | None:
        return areas

    async def find_person(_person_id: UUID) -> bool:
        return people

    async def find_disabled(_person_ids: Sequence[UUID]) -> frozenset[UUID]:
        return disabled

    return Lookups(areas=find_areas, person_exists=find_person, disabled=find_disabled)
