"""Roles given and taken: by whom, with what outcome, and with nothing changed after a refusal."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.access.models import RoleGrant
from hub.access.queries import grants_by_person_ids, grants_of
from hub.access.service import give_role, take_all_roles, take_role
from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Scope, ScopeKind, operator
from hub.clock import frozen
from hub.errors import (
    Conflict,
    Forbidden,
    HubError,
    Invalid,
    NotFound,
    StepUpRequired,
    Unauthenticated,
)
from hub.ids import new_id
from hub.records import Ordering, Record, Select, columns_of, fetch_records
from hub.revocation import Revocation
from tests.factories.people import actor, insert_administrator, insert_grant, lookups, service

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
PERSON = new_id()
PLACE = Scope(ScopeKind.PLACE, new_id())
TOWN = Scope(ScopeKind.TOWN, new_id())
EDITOR = Grant(Role.EDITOR, DISTRICT)
MERCHANT = Grant(Role.MERCHANT, PLACE)
EVERYBODY = lookups()


async def everything() -> list[Any]:
    """Every row that a change of access writes."""
    rows: list[Record] = []
    for model in (RoleGrant, AuditEntry):
        rows += await fetch_records(Select(model), order=[Ordering("id")])
    rows += await fetch_records(Select(Revocation), order=[Ordering("sequence")])
    return [[getattr(row, name) for name in columns_of(row.model)] for row in rows]


async def refused(deed: Awaitable[Any], refusal: type[HubError]) -> HubError:
    """The deed is refused so, and nothing is changed."""
    before = await everything()
    with frozen(NOW), pytest.raises(refusal) as caught:
        await deed
    assert await everything() == before
    assert caught.value.chinese != caught.value.message
    return caught.value


async def audited() -> list[Record]:
    return await fetch_records(Select(AuditEntry), order=[Ordering("id")])


async def give(who: Actor, grant: Grant, person_id: UUID = PERSON) -> Record:
    with frozen(NOW):
        return await give_role(who, person_id, grant=grant, lookups=EVERYBODY)


async def test_an_administrator_gives_a_role() -> None:
    administrator = await insert_administrator(at=NOW)
    grant = replace(EDITOR, expires_at=NOW + timedelta(days=30))
    row = await give(administrator, grant)
    assert (row.person_id, row.role, row.given_by) == (PERSON, Role.EDITOR, administrator.person_id)
    assert await grants_of(PERSON, NOW) == (grant,)
    assert await grants_of(PERSON, NOW + timedelta(days=30)) == ()
    (entry,) = await audited()
    assert (entry.action, entry.object_kind, entry.object_id) == (
        "access.role_given",
        "RoleGrant",
        row.id,
    )
    assert entry.after["role"] == "editor"
    assert entry.after["person_id"] == str(PERSON)


async def test_the_operator_gives_the_first_role() -> None:
    who = operator("hub user create", now=NOW)
    row = await give(who, Grant(Role.ADMINISTRATOR, DISTRICT))
    assert row.given_by is None
    (entry,) = await audited()
    assert entry.actor_label == "hub user create"


async def test_a_change_is_felt_everywhere() -> None:
    administrator = await insert_administrator(at=NOW)
    row = await give(administrator, EDITOR)
    with frozen(NOW):
        await take_role(administrator, row.id, lookups=EVERYBODY)
    told = await fetch_records(Select(Revocation), order=[Ordering("sequence")])
    assert [each.person_id for each in told] == [PERSON, PERSON]


async def test_grants_are_read_for_many_at_once() -> None:
    other = new_id()
    await insert_grant(Role.EDITOR, at=NOW, person_id=PERSON)
    await insert_grant(Role.MERCHANT, at=NOW, person_id=PERSON, scope=PLACE)
    found = await grants_by_person_ids([other, PERSON], now=NOW)
    assert (found[0], set(found[1])) == ((), {EDITOR, MERCHANT})


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_nobody_else_gives_staff_roles(role: Role) -> None:
    person_id = new_id()
    await insert_grant(role, at=NOW, person_id=person_id)
    who = actor(Grant(role, DISTRICT), at=NOW, person_id=person_id)
    await refused(give_role(who, PERSON, grant=EDITOR, lookups=EVERYBODY), Forbidden)


async def test_a_role_that_was_just_taken_gives_nothing() -> None:
    """What the actor brings may be a second old; what counts is what the database says."""
    who = actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW)
    await refused(give_role(who, PERSON, grant=EDITOR, lookups=EVERYBODY), Forbidden)


async def test_refusals_of_giving() -> None:
    administrator = await insert_administrator(at=NOW)
    stale = replace(administrator, stepped_up_at=NOW - timedelta(minutes=5))
    bare = replace(administrator, has_second_factor=False)
    await insert_grant(Role.MANAGER, at=NOW, person_id=PERSON)
    cases: list[tuple[Actor, Grant, UUID, Any, type[HubError]]] = [
        (ANONYMOUS, EDITOR, PERSON, EVERYBODY, Unauthenticated),
        (service(), EDITOR, PERSON, EVERYBODY, Forbidden),
        (bare, EDITOR, PERSON, EVERYBODY, Forbidden),
        (stale, EDITOR, PERSON, EVERYBODY, StepUpRequired),
        (administrator, Grant(Role.EDITOR, PLACE), PERSON, EVERYBODY, Invalid),
        (administrator, replace(EDITOR, expires_at=NOW), PERSON, EVERYBODY, Invalid),
        (administrator, EDITOR, PERSON, lookups(people=False), NotFound),
        (administrator, Grant(Role.EDITOR, TOWN), PERSON, lookups(areas=None), NotFound),
        (administrator, Grant(Role.MANAGER, DISTRICT), PERSON, EVERYBODY, Conflict),
    ]
    assert administrator.person_id is not None
    cases.append((administrator, EDITOR, administrator.person_id, EVERYBODY, Conflict))
    for who, grant, person_id, world, refusal in cases:
        await refused(give_role(who, person_id, grant=grant, lookups=world), refusal)


async def test_a_merchant_gives_its_own_shop_and_no_other() -> None:
    merchant = actor(MERCHANT, at=NOW, has_stepped_up=False)
    assert merchant.person_id is not None
    await insert_grant(Role.MERCHANT, at=NOW, person_id=merchant.person_id, scope=PLACE)
    row = await give(merchant, MERCHANT)
    other = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, new_id()))
    await refused(give_role(merchant, PERSON, grant=other, lookups=EVERYBODY), Forbidden)
    gone = lookups(areas=None)
    await refused(give_role(merchant, PERSON, grant=other, lookups=gone), Forbidden)
    with frozen(NOW):
        await take_role(merchant, row.id, lookups=EVERYBODY)
    assert await grants_of(PERSON, NOW) == ()


async def test_a_town_manager_gives_shops_of_the_town() -> None:
    manager = actor(Grant(Role.MANAGER, TOWN), at=NOW)
    assert manager.person_id is not None
    await insert_grant(Role.MANAGER, at=NOW, person_id=manager.person_id, scope=TOWN)
    elsewhere = lookups(areas=(Scope(ScopeKind.TOWN, new_id()),))
    await refused(give_role(manager, PERSON, grant=MERCHANT, lookups=elsewhere), Forbidden)
    with frozen(NOW):
        await give_role(manager, PERSON, grant=MERCHANT, lookups=lookups(areas=(TOWN,)))
    assert await grants_of(PERSON, NOW) == (MERCHANT,)


async def test_a_role_is_taken_once() -> None:
    administrator = await insert_administrator(at=NOW)
    row = await give(administrator, EDITOR)
    with frozen(NOW):
        await take_role(administrator, row.id, lookups=EVERYBODY)
    assert await grants_of(PERSON, NOW) == ()
    entry = (await audited())[-1]
    assert (entry.action, entry.object_id) == ("access.role_taken", row.id)
    assert entry.before["role"] == "editor"
    await refused(take_role(administrator, row.id, lookups=EVERYBODY), NotFound)


async def test_refusals_of_taking() -> None:
    administrator = await insert_administrator(at=NOW)
    stale = replace(administrator, stepped_up_at=None)
    grant_id = await insert_grant(Role.EDITOR, at=NOW, person_id=PERSON)
    shop_id = await insert_grant(Role.MERCHANT, at=NOW, person_id=PERSON, scope=PLACE)
    over_id = await insert_grant(Role.EDITOR, at=NOW, expires_at=NOW)
    stranger = actor(EDITOR, at=NOW)
    for who, which, refusal in (
        (ANONYMOUS, grant_id, Unauthenticated),
        (ANONYMOUS, new_id(), Unauthenticated),
        (service(), grant_id, Forbidden),
        (stale, grant_id, StepUpRequired),
        (stranger, grant_id, Forbidden),
        (stranger, shop_id, Forbidden),
        (stranger, new_id(), Forbidden),
        (administrator, new_id(), NotFound),
        (administrator, over_id, NotFound),
    ):
        await refused(take_role(who, which, lookups=EVERYBODY), refusal)


async def administrators_left() -> list[Record]:
    rows = await fetch_records(Select(RoleGrant))
    return [row for row in rows if row.role is Role.ADMINISTRATOR and row.revoked_at is None]


async def test_the_last_administrator_stays() -> None:
    administrator = await insert_administrator(at=NOW)
    assert administrator.person_id is not None
    (row,) = await administrators_left()
    await refused(take_role(administrator, row.id, lookups=EVERYBODY), Conflict)
    await refused(
        take_all_roles(administrator, administrator.person_id, lookups=EVERYBODY), Conflict
    )
    who = operator("hub user block", now=NOW)
    await refused(take_role(who, row.id, lookups=EVERYBODY), Conflict)
    await insert_grant(Role.ADMINISTRATOR, at=NOW, expires_at=NOW + timedelta(days=1))
    await refused(take_role(administrator, row.id, lookups=EVERYBODY), Conflict)


async def test_an_administrator_who_is_locked_out_is_none_who_stays() -> None:
    administrator = await insert_administrator(at=NOW)
    (row,) = await administrators_left()
    other = new_id()
    locked_out = await insert_grant(Role.ADMINISTRATOR, at=NOW, person_id=other)
    world = lookups(disabled=frozenset({other}))
    await refused(take_role(administrator, row.id, lookups=world), Conflict)
    with frozen(NOW):
        assert (await take_role(administrator, locked_out, lookups=world)).person_id == other


async def test_an_administrator_may_lay_the_role_down() -> None:
    await insert_administrator(at=NOW)
    administrator = await insert_administrator(at=NOW)
    assert administrator.person_id is not None
    with frozen(NOW):
        await take_all_roles(administrator, administrator.person_id, lookups=EVERYBODY)
    assert await grants_of(administrator.person_id, NOW) == ()


async def test_taking_all_roles_is_not_for_strangers() -> None:
    await insert_grant(Role.EDITOR, at=NOW, person_id=PERSON)
    await refused(take_all_roles(actor(EDITOR, at=NOW), PERSON, lookups=EVERYBODY), Forbidden)
    await refused(take_all_roles(ANONYMOUS, PERSON, lookups=EVERYBODY), Unauthenticated)
    mine = actor(EDITOR, at=NOW, person_id=PERSON, has_stepped_up=False)
    await refused(take_all_roles(mine, PERSON, lookups=EVERYBODY), StepUpRequired)


@pytest.mark.parametrize("round_", range(5))
async def test_two_administrators_who_remove_one_another(round_: int) -> None:
    """One remains, whoever comes first; the other has lost the right by then."""
    one, two = [await insert_administrator(at=NOW) for _ in range(2)]
    ids = {row.person_id: row.id for row in await administrators_left()}
    with frozen(NOW):
        results = await asyncio.gather(
            take_role(one, ids[two.person_id], lookups=EVERYBODY),
            take_role(two, ids[one.person_id], lookups=EVERYBODY),
            return_exceptions=True,
        )
    refusals = [result for result in results if isinstance(result, HubError)]
    assert [type(refusal) for refusal in refusals] == [Forbidden]
    assert len(await administrators_left()) == 1
    assert len(await audited()) == 1


async def test_many_administrators_who_all_leave_at_once() -> None:
    people = [await insert_administrator(at=NOW) for _ in range(6)]
    ids = {row.person_id: row.id for row in await administrators_left()}
    with frozen(NOW):
        leaving = [take_role(each, ids[each.person_id], lookups=EVERYBODY) for each in people]
        results = await asyncio.gather(*leaving, return_exceptions=True)
    assert [type(each) for each in results if isinstance(each, Exception)] == [Conflict]
    assert len(await administrators_left()) == 1


async def test_one_role_given_many_times_at_once_is_held_once() -> None:
    administrator = await insert_administrator(at=NOW)
    with frozen(NOW):
        giving = [
            give_role(administrator, PERSON, grant=EDITOR, lookups=EVERYBODY) for _ in range(10)
        ]
        results = await asyncio.gather(*giving, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in results) == 9
    assert await grants_of(PERSON, NOW) == (EDITOR,)
