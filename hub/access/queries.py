"""Reads of access: what a person holds, and whose a key is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pypika_tortoise.terms import Criterion

from hub.access.models import ApiKey, RoleGrant
from hub.access.rules import HeldGrant, is_key, key_digest
from hub.auth import (
    DISTRICT,
    Action,
    Actor,
    Grant,
    Role,
    Scope,
    ScopeKind,
    Viewer,
    is_allowed,
    require,
)
from hub.criteria import never
from hub.filters import column
from hub.listing import Listing, ListQuery
from hub.pagination import Page
from hub.permissions import SERVICE_ACTIONS
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

_grant = table_of(RoleGrant)
_key = table_of(ApiKey)


def _for(action: Action, viewer: Viewer) -> tuple[Criterion, ...]:
    """Everything to those who may do `action`, nothing to anybody else."""
    may = is_allowed(viewer.actor, action, on=[DISTRICT], now=viewer.now)
    return () if may else (never(),)


def _counts(now: datetime) -> tuple[Criterion, ...]:
    """Grants that count at `now`."""
    return (
        _grant.revoked_at.isnull(),
        _grant.expires_at.isnull() | (_grant.expires_at > now),
    )


ROLE_GRANTS = Listing(
    RoleGrant,
    lambda viewer: (*_for(Action.GIVE_ROLES, viewer), *_counts(viewer.now)),
    filters=lambda viewer: {
        "person": column(_grant.person_id),
        "role": column(_grant.role),
        "scope_kind": column(_grant.scope_kind),
        "scope_key": column(_grant.scope_key),
    },
    orders={"GIVEN_AT": "given_at"},
    default_order=(Ordering("given_at", descending=True),),
)
API_KEYS = Listing(
    ApiKey,
    lambda viewer: _for(Action.MANAGE_API_KEYS, viewer),
    orders={"CREATED_AT": "created_at"},
    default_order=(Ordering("created_at", descending=True),),
)


async def role_grants(viewer: Viewer, query: ListQuery) -> Page:
    """A page of the grants that count now, newest first unless ordered.

    Raises Unauthenticated or Forbidden for those who may not give roles, BadUserInput for a bad
    cursor or filter.
    """
    require(viewer.actor, Action.GIVE_ROLES, on=[DISTRICT], now=viewer.now)
    return await ROLE_GRANTS.page(viewer, query)


async def place_grants(viewer: Viewer, place_id: UUID, *, query: ListQuery) -> Page:
    """A page of the grants for one place that count now, first given first; whoever asks has yet
    to be authorised.
    """
    at_place = (_grant.scope_kind == ScopeKind.PLACE.value) & (_grant.scope_key == place_id)
    listing = replace(
        ROLE_GRANTS,
        visible=lambda viewer: (at_place, *_counts(viewer.now)),
        default_order=(Ordering("given_at"),),
    )
    return await listing.page(viewer, query)


async def api_keys(viewer: Viewer, query: ListQuery) -> Page:
    """A page of the keys, ended ones too, newest first unless ordered.

    Raises Unauthenticated or Forbidden for those who may not manage keys, BadUserInput for a bad
    cursor.
    """
    require(viewer.actor, Action.MANAGE_API_KEYS, on=[DISTRICT], now=viewer.now)
    return await API_KEYS.page(viewer, query)


async def grants_of(person_id: UUID, now: datetime) -> tuple[Grant, ...]:
    """What a person holds at `now`: what an authenticator puts into `Actor.grants`.

    The answer may be kept until `hub.revocation` names the person: `hub.auth` looks at `expires_at`
    itself, and every change of a grant is a revocation.
    """
    return (await grants_by_person_ids([person_id], now=now))[0]


async def grants_by_person_ids(
    person_ids: Sequence[UUID], *, now: datetime
) -> list[tuple[Grant, ...]]:
    """What each of these persons holds at `now`, aligned with them, in one statement."""
    select = Select(RoleGrant, _counts(now))
    grouped: dict[UUID, list[Grant]] = {}
    for row in await fetch_records_by(select, person_ids, column="person_id"):
        grouped.setdefault(row.person_id, []).append(grant_of(row))
    return [tuple(grouped.get(each, ())) for each in person_ids]


async def held_by(person_id: UUID, now: datetime) -> list[HeldGrant]:
    """What a person holds at `now`, with the ids of the grants."""
    return await _held(_grant.person_id == person_id, now)


async def holders_of(scope: Scope, now: datetime) -> list[HeldGrant]:
    """Everybody who holds a role for just this town, programme or place at `now`."""
    return await _held(
        (_grant.scope_kind == scope.kind.value) & (_grant.scope_key == scope.key), now
    )


async def administrators(now: datetime) -> list[HeldGrant]:
    """Everybody who administers the hub at `now`."""
    return await _held(_grant.role == Role.ADMINISTRATOR.value, now)


async def grant_row(grant_id: UUID, now: datetime) -> Record | None:
    """The grant with this id, if it counts at `now`; whoever asks has yet to be authorised."""
    found = await fetch_records_by(Select(RoleGrant, _counts(now)), [grant_id], column="id")
    return found[0] if found else None


async def key_row(key_id: UUID) -> Record | None:
    """The key with this id, ended or not; whoever asks has yet to be authorised."""
    found = await fetch_records_by(Select(ApiKey), [key_id], column="id")
    return found[0] if found else None


async def _held(criterion: Criterion, now: datetime) -> list[HeldGrant]:
    rows = await fetch_records(Select(RoleGrant, (criterion, *_counts(now))))
    return [HeldGrant(row.id, row.person_id, grant_of(row)) for row in rows]


def grant_of(row: Record) -> Grant:
    """The grant in a row."""
    return Grant(row.role, Scope(row.scope_kind, row.scope_key), row.expires_at)


async def service_actor(token: str, now: datetime) -> Actor | None:
    """The service whose key `token` is: what `Authorization: Bearer hubkey_…` stands for.

    None for a key that is unknown, ended or over; the three must look the same to the caller
    (UNAUTHENTICATED). A token that is no key costs no statement, a key costs one. The answer may
    be kept until `hub.revocation` names the service, and for at most a minute, since a key that is
    over by time revokes nothing. Tell `service.note_key_use` when the key was read afresh.
    """
    if not is_key(token):
        return None
    select = Select(ApiKey, (_key.ended_at.isnull(), _key.expires_at > now))
    found = await fetch_records_by(select, [key_digest(token)], column="digest")
    if not found:
        return None
    row = found[0]
    known = {action.value for action in Action}
    permissions = frozenset(Action(each) for each in row.permissions if each in known)
    permissions &= SERVICE_ACTIONS
    return Actor(service_id=row.id, permissions=permissions, label=row.name)
