"""Writes of access: roles given and taken, keys made and ended. Every change is audited.

Changes come one after another, under one lock: so the last administrator, a role held twice and
a giver who has just lost the right are judged by what is true, not by what somebody read a moment
ago. Every process forgets what it knew of the person or the key (`hub.revocation`).
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.access.models import ApiKey, RoleGrant
from hub.access.queries import (
    administrators,
    grant_of,
    grant_row,
    grants_of,
    held_by,
    holders_of,
    key_row,
)
from hub.access.rules import (
    KEY_BYTES,
    KEY_PREFIX,
    HeldGrant,
    assert_administrator_remains,
    assert_comes_with_decision,
    assert_grantable,
    assert_key_valid,
    assert_not_held,
    assert_not_own,
    key_digest,
)
from hub.audit.service import record
from hub.auth import (
    DISTRICT,
    Action,
    Actor,
    Grant,
    Scope,
    require,
    require_person,
    require_step_up,
)
from hub.bulk import insert_rows, update_rows
from hub.clock import now
from hub.database import fetch_all, is_sqlite, transaction
from hub.errors import NotFound
from hub.ids import new_id
from hub.permissions import DECIDING_ACTIONS, GIVING_ACTIONS
from hub.records import Record
from hub.revocation import revoke

KEY_USE_NOTED_EVERY = timedelta(minutes=1)

_LOCK_KEY = 0x6875_625F_6163_6373
"""Names the advisory lock: "hub_accs" in ASCII."""


FindDisabled = Callable[[Sequence[UUID]], Awaitable[frozenset[UUID]]]
"""Those of some people whose accounts are disabled."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """What access has to ask of those who stand above it.

    `areas` gives the further scopes that a scope lies in (a place's town), and None when there is
    no such town, programme or place. `person_exists` says whether there is somebody with an id.
    `disabled` picks out those who may not sign in: who is locked out administers nothing.
    """

    areas: Callable[[Scope], Awaitable[Sequence[Scope] | None]]
    person_exists: Callable[[UUID], Awaitable[bool]]
    disabled: FindDisabled


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A fresh key: `token` is known now and never again."""

    token: str
    row: Record


async def give_role(actor: Actor, person_id: UUID, *, grant: Grant, lookups: Lookups) -> Record:
    """Give a person a role for a scope; the row of the grant.

    Staff roles want GIVE_ROLES and a fresh proof of identity; merchant and station keeper want
    MANAGE_PLACE_STAFF for the place. What counts of the giver is what they hold now.

    Raises Unauthenticated, Forbidden or StepUpRequired; NotFound for a person or a scope that is
    not there; Invalid for a role that cannot be held so; Conflict for one's own role or one that
    is held already. Nothing is changed then.
    """
    at, areas = now(), await lookups.areas(grant.scope)

    async def body() -> Record:
        await _one_at_a_time()
        await _authorise(actor, grant, areas or (), at)
        assert_grantable(grant, now=at)
        if areas is None:
            raise _scope_not_found()
        return await _give(actor, person_id, grant, lookups, at)

    return await transaction(body)


async def give_role_by_decision(
    actor: Actor, person_id: UUID, *, grant: Grant, lookups: Lookups
) -> Record:
    """Give the role that comes with a decision; the row of the grant.

    For the transaction in which the decision is taken: who applied for a shop runs it once it has
    joined. Whoever decides needs neither MANAGE_PLACE_STAFF nor GIVE_ROLES, but what the decision
    itself needs (`DECIDING_ACTIONS`) where the place lies, by what they hold now. It gives no
    other role, and none for a place that somebody runs already.

    Raises Unauthenticated or Forbidden, NotFound for a person or a place that is not there, and
    Conflict for oneself. Nothing is changed then.
    """
    at, areas = now(), await lookups.areas(grant.scope)

    async def body() -> Record:
        await _one_at_a_time()
        assert_comes_with_decision(grant, holders=await holders_of(grant.scope, at))
        action = DECIDING_ACTIONS[grant.role]
        require(await _fresh(actor, at), action, on=[grant.scope, *(areas or ())], now=at)
        assert_grantable(grant, now=at)
        if areas is None:
            raise _scope_not_found()
        return await _give(actor, person_id, grant, lookups, at)

    return await transaction(body)


async def _give(
    actor: Actor, person_id: UUID, grant: Grant, lookups: Lookups, at: datetime
) -> Record:
    """Write down a grant that the actor has been authorised to give."""
    assert_not_own(actor.person_id, person_id)
    if not await lookups.person_exists(person_id):
        raise _person_not_found()
    assert_not_held(await held_by(person_id, at), grant)
    row = _grant_values(person_id, grant, actor, at)
    await insert_rows(RoleGrant, [row])
    await record(actor, "access.role_given", object=("RoleGrant", row["id"]), after=_told(row))
    await revoke(person_id=person_id)
    return await _required(grant_row(row["id"], at))


async def take_role(actor: Actor, grant_id: UUID, *, lookups: Lookups) -> Record:
    """Take a role away; the row of the grant as it was.

    Wants what giving it wants. One's own role may be laid down, which needs no right but a fresh
    proof of identity where it is a staff role.

    Raises Unauthenticated, Forbidden or StepUpRequired; NotFound for a grant that is not there or
    no longer; Conflict for the last administrator. Nothing is changed then.
    """
    at = now()

    async def body() -> Record:
        await _one_at_a_time()
        row = await grant_row(grant_id, at)
        if row is None:
            require(await _fresh(actor, at), Action.GIVE_ROLES, on=[DISTRICT], now=at)
            raise _grant_not_found()
        await _authorise_taking(actor, row, lookups, at)
        held = HeldGrant(row.id, row.person_id, grant_of(row))
        await _end_grants(actor, [held], lookups, at)
        return row

    return await transaction(body)


async def take_all_roles(actor: Actor, person_id: UUID, *, lookups: Lookups) -> None:
    """Take every role of a person who leaves or is erased; themselves or GIVE_ROLES.

    Raises Unauthenticated, Forbidden or StepUpRequired, and Conflict for the last administrator.
    """
    at = now()

    async def body() -> None:
        await _one_at_a_time()
        if actor.person_id != person_id:
            require(await _fresh(actor, at), Action.GIVE_ROLES, on=[DISTRICT], now=at)
        require_step_up(actor, now=at)
        await _end_grants(actor, await held_by(person_id, at), lookups, at)

    await transaction(body)


async def create_api_key(
    actor: Actor, name: str, *, permissions: Sequence[Action], expires_at: datetime
) -> MadeKey:
    """Make a key for a service; its token is in the answer and nowhere else.

    Raises Unauthenticated, Forbidden or StepUpRequired, and Invalid for a bad name, for
    permissions that no key may have, and for an end that is past or more than a year away.
    """
    at = now()
    token = KEY_PREFIX + urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()

    async def body() -> Record:
        await authorise(actor, Action.MANAGE_API_KEYS, now=at)
        assert_key_valid(name, permissions=permissions, expires_at=expires_at, now=at)
        row: dict[str, Any] = {
            "id": new_id(),
            "name": name.strip(),
            "digest": key_digest(token),
            "permissions": sorted({action.value for action in permissions}),
            "created_at": at,
            "created_by": actor.person_id,
            "expires_at": expires_at,
        }
        await insert_rows(ApiKey, [row])
        await record(actor, "access.key_created", object=("ApiKey", row["id"]), after=_told(row))
        return await _required(key_row(row["id"]))

    return MadeKey(token, await transaction(body))


async def end_api_key(actor: Actor, key_id: UUID) -> Record:
    """End a key; its row afterwards. Ending one that has ended changes nothing.

    Raises Unauthenticated, Forbidden or StepUpRequired, and NotFound for a key that is not there.
    """
    at = now()

    async def body() -> Record:
        await authorise(actor, Action.MANAGE_API_KEYS, now=at)
        row = await key_row(key_id)
        if row is None:
            raise NotFound("There is no such key.", chinese="没有这个密钥。", path=("input", "id"))
        if row.ended_at is None:
            change = {"ended_at": at, "ended_by": actor.person_id}
            columns = tuple(change)
            await update_rows(ApiKey, [{"id": key_id, **change}], columns=columns)
            await record(actor, "access.key_ended", object=("ApiKey", key_id), after=change)
            await revoke(service_id=key_id)
        return await _required(key_row(key_id))

    return await transaction(body)


async def authorise(actor: Actor, action: Action, *, now: datetime) -> None:
    """Begin a dangerous change of access inside the current transaction, one after another.

    What counts of the actor is what they hold now. Raises Unauthenticated, Forbidden or
    StepUpRequired.
    """
    await _one_at_a_time()
    require(await _fresh(actor, now), action, on=[DISTRICT], now=now)
    require_step_up(actor, now=now)


async def assert_administered(
    without: Sequence[UUID],
    *,
    find_disabled: FindDisabled,
    now: datetime,
    path: Sequence[str] = ("input", "grantId"),
) -> None:
    """Raises Conflict when, without these grants, nobody who can sign in administers the hub."""
    held = await administrators(now)
    if not any(each.id in without for each in held):
        return
    disabled = await find_disabled([each.person_id for each in held])
    able = [each for each in held if each.person_id not in disabled]
    if any(each.id in without for each in able):
        assert_administrator_remains(able, without=without, path=path)


async def note_key_use(key_id: UUID, used_at: datetime) -> None:
    """Keep when a key was last used, to the minute; call it when the key was read afresh."""
    row = await key_row(key_id)
    if row is None or (row.last_used_at and used_at - row.last_used_at < KEY_USE_NOTED_EVERY):
        return
    changed = [{"id": key_id, "last_used_at": used_at}]
    await transaction(lambda: update_rows(ApiKey, changed, columns=("last_used_at",)))


async def _one_at_a_time() -> None:
    """Hold the lock of access until the transaction ends; SQLite has but one writer anyway."""
    if not is_sqlite():
        await fetch_all("SELECT pg_advisory_xact_lock($1)", [_LOCK_KEY])


async def _fresh(actor: Actor, at: datetime) -> Actor:
    """The actor with what the database says they hold now."""
    if actor.person_id is None:
        return actor
    return replace(actor, grants=await grants_of(actor.person_id, at))


async def _authorise(actor: Actor, grant: Grant, areas: Sequence[Scope], at: datetime) -> None:
    action = GIVING_ACTIONS[grant.role]
    require(await _fresh(actor, at), action, on=[grant.scope, *areas], now=at)
    if action is Action.GIVE_ROLES:
        require_step_up(actor, now=at)


async def _authorise_taking(actor: Actor, row: Record, lookups: Lookups, at: datetime) -> None:
    grant = grant_of(row)
    if actor.person_id != row.person_id:
        await _authorise(actor, grant, await lookups.areas(grant.scope) or (), at)
        return
    require_person(actor)
    if GIVING_ACTIONS[grant.role] is Action.GIVE_ROLES:
        require_step_up(actor, now=at)


async def _end_grants(
    actor: Actor, held: Sequence[HeldGrant], lookups: Lookups, at: datetime
) -> None:
    await assert_administered([each.id for each in held], find_disabled=lookups.disabled, now=at)
    change = {"revoked_at": at, "revoked_by": actor.person_id}
    rows = [{"id": each.id, **change} for each in held]
    await update_rows(RoleGrant, rows, columns=tuple(change))
    for each in held:
        told = _told_grant(each)
        await record(actor, "access.role_taken", object=("RoleGrant", each.id), before=told)
    for person_id in {each.person_id for each in held}:
        await revoke(person_id=person_id)


def _grant_values(person_id: UUID, grant: Grant, actor: Actor, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": person_id,
        "role": grant.role,
        "scope_kind": grant.scope.kind,
        "scope_key": grant.scope.key,
        "expires_at": grant.expires_at,
        "given_at": at,
        "given_by": actor.person_id,
    }


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit is told of a new row."""
    return {name: value for name, value in values.items() if name not in {"id", "digest"}}


def _told_grant(held: HeldGrant) -> dict[str, Any]:
    return {
        "person_id": held.person_id,
        "role": held.grant.role,
        "scope_kind": held.grant.scope.kind,
        "scope_key": held.grant.scope.key,
        "expires_at": held.grant.expires_at,
    }


async def _required(reading: Awaitable[Record | None]) -> Record:
    row = await reading
    assert row is not None, "it was written in this transaction"
    return row


def _scope_not_found() -> NotFound:
    return NotFound(
        "There is no such town, programme or place.",
        chinese="没有这个镇街、栏目或场所。",
        path=("input", "scope"),
    )


def _person_not_found() -> NotFound:
    return NotFound("There is no such person.", chinese="没有这个人。", path=("input", "personId"))


def _grant_not_found() -> NotFound:
    return NotFound(
        "Nobody holds this role, or no longer.",
        chinese="没有这项授权，或已被收回。",
        path=("input", "grantId"),
    )
