"""Accounts disabled and enabled: who may, what ends, and what a refusal leaves."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from hub.access.models import RoleGrant
from hub.access.service import take_role
from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Viewer, operator
from hub.clock import frozen
from hub.database import transaction
from hub.errors import Conflict, Forbidden, HubError, Invalid, NotFound, StepUpRequired
from hub.errors import Unauthenticated as Nobody
from hub.identity.queries import credential_by_token, person_by_id
from hub.identity.rules import CodeInvalid, EndReason
from hub.identity.service.disabling import disable_person, enable_person
from hub.identity.service.sessions import open_session, refresh_session
from hub.identity.service.sign_in import request_sign_in_code, sign_in
from hub.ids import new_id
from hub.permissions import SERVICE_ACTIONS
from hub.records import Ordering, Record, Select, fetch_records
from hub.settings import Settings
from schema.access import LOOKUPS
from tests.factories.identity import (
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    count,
    insert_person,
    other_than,
    proof,
    signed_in,
    stored,
)
from tests.factories.people import actor, insert_administrator, insert_grant, service

WHY = "丢失手机"


async def administrator() -> Viewer:
    return Viewer(await insert_administrator(at=NOW), NOW)


async def audited(action: str) -> list[Record]:
    rows = await fetch_records(Select(AuditEntry), order=[Ordering("id")])
    return [row for row in rows if row.action == action]


async def test_disabling_ends_every_session(database: Settings, inbox: Inbox) -> None:
    opened, asking = await signed_in(inbox), await administrator()
    assert opened.actor.person_id is not None
    person = await disable_person(asking, opened.actor.person_id, reason=f"  {WHY} ")
    assert person.disabled_at == NOW
    assert await credential_by_token(opened.tokens.access_token, NOW) is None
    with pytest.raises(HubError, match="over"):
        await refresh_session(opened.tokens.refresh_token, now=NOW)
    (entry,) = await audited("identity.person_disabled")
    assert (entry.person_id, entry.object_id) == (asking.actor.person_id, person.id)
    assert entry.after == {"reason": WHY}
    (ended,) = await audited("identity.session_ended")
    assert ended.after == {"reason": EndReason.DISABLED.value}
    before = await stored()
    assert (await disable_person(asking, person.id, reason="again")).disabled_at == NOW
    assert await stored() == before


async def test_a_disabled_person_is_told_after_the_right_code_only(
    database: Settings, inbox: Inbox
) -> None:
    person = await insert_person()
    await disable_person(await administrator(), person.id, reason=WHY)
    await request_sign_in_code(PHONE, now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(other_than(inbox.code())), now=NOW)
    with pytest.raises(Forbidden):
        await sign_in(proof(inbox.code()), now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code()), now=NOW)
    assert await count("session") == 0


async def test_enabling_lets_sign_in_with_what_was_held(database: Settings, inbox: Inbox) -> None:
    person, asking = await insert_person(), await administrator()
    await insert_grant(Role.MERCHANT, at=NOW, person_id=person.id)
    await disable_person(asking, person.id, reason=WHY)
    enabled = await enable_person(asking, person.id, reason="找回手机")
    assert enabled.disabled_at is None
    (entry,) = await audited("identity.person_enabled")
    assert entry.after == {"reason": "找回手机"}
    opened = await signed_in(inbox)
    assert [grant.role for grant in opened.actor.grants] == [Role.MERCHANT]
    before = await stored()
    await enable_person(asking, person.id, reason="again")
    assert await stored() == before


async def test_no_old_session_comes_back(database: Settings, inbox: Inbox) -> None:
    """One that a sign-in opened while the account was being disabled."""
    person, asking = await insert_person(), await administrator()
    await disable_person(asking, person.id, reason=WHY)
    late = await transaction(
        lambda: open_session(person, grants=(), has_second_factor=False, label="", now=NOW)
    )
    assert await credential_by_token(late.tokens.access_token, NOW) is None
    await enable_person(asking, person.id, reason=WHY)
    assert await credential_by_token(late.tokens.access_token, NOW) is None
    assert await credential_by_token((await signed_in(inbox)).tokens.access_token, NOW) is not None


async def refused(
    who: Actor, person_id: UUID, refusal: type[HubError], *, reason: str = WHY
) -> HubError:
    """The refusal of both ways, which leave everything as it was."""
    before = await stored()
    found: list[HubError] = []
    for change in (disable_person, enable_person):
        with pytest.raises(refusal) as caught:
            await change(Viewer(who, NOW), person_id, reason=reason)
        found.append(caught.value)
    assert [type(each) for each in found] == [refusal, refusal]
    assert await stored() == before
    return found[-1]


async def test_refusals(database: Settings) -> None:
    person, asking = await insert_person(), (await administrator()).actor
    await insert_person(OTHER_PHONE)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        other = actor(Grant(role, DISTRICT), at=NOW)
        assert other.person_id is not None
        await insert_grant(role, at=NOW, person_id=other.person_id)
        await refused(other, person.id, Forbidden)
    await refused(ANONYMOUS, person.id, Nobody)
    await refused(service(*SERVICE_ACTIONS), person.id, Forbidden)
    await refused(actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW), person.id, Forbidden)
    await refused(replace(asking, has_second_factor=False), person.id, Forbidden)
    await refused(replace(asking, stepped_up_at=None), person.id, StepUpRequired)
    assert (await refused(asking, new_id(), NotFound)).path == ("input", "personId")
    for reason in ("", "  ", "x" * 201, "a\u202eb"):
        caught = await refused(asking, person.id, Invalid, reason=reason)
        assert caught.path == ("input", "reason")


async def test_nobody_disables_themselves(database: Settings) -> None:
    person = await insert_person()
    await insert_administrator(at=NOW)
    await insert_grant(Role.ADMINISTRATOR, at=NOW, person_id=person.id)
    own = actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW, person_id=person.id)
    before = await stored()
    with pytest.raises(Conflict) as caught:
        await disable_person(Viewer(own, NOW), person.id, reason=WHY)
    assert caught.value.path == ("input", "personId")
    assert await stored() == before


async def test_the_last_administrator_who_can_sign_in_stays(database: Settings) -> None:
    one, two = await insert_person(), await insert_person(OTHER_PHONE)
    for person in (one, two):
        await insert_grant(Role.ADMINISTRATOR, at=NOW, person_id=person.id)
    who = Viewer(operator("hub", now=NOW), NOW)
    await disable_person(who, one.id, reason=WHY)
    before = await stored()
    with pytest.raises(Conflict) as caught:
        await disable_person(who, two.id, reason=WHY)
    assert caught.value.path == ("input", "personId")
    grants = {row.person_id: row.id for row in await _grants()}
    with frozen(NOW), pytest.raises(Conflict):
        await take_role(who.actor, grants[two.id], lookups=LOOKUPS)
    assert await stored() == before


async def _grants() -> list[Record]:
    return await fetch_records(Select(RoleGrant))


@pytest.mark.parametrize("round_", range(5))
async def test_of_two_who_disable_each_other_one_stays(database: Settings, round_: int) -> None:
    people = [await insert_person(), await insert_person(OTHER_PHONE)]
    grant = Grant(Role.ADMINISTRATOR, DISTRICT)
    for person in people:
        await insert_grant(Role.ADMINISTRATOR, at=NOW, person_id=person.id)
    viewers = [Viewer(actor(grant, at=NOW, person_id=each.id), NOW) for each in people]
    outcomes = await asyncio.gather(
        disable_person(viewers[0], people[1].id, reason=WHY),
        disable_person(viewers[1], people[0].id, reason=WHY),
        return_exceptions=True,
    )
    assert sorted(isinstance(outcome, Nobody) for outcome in outcomes) == [False, True]
    rows = [await person_by_id(each.id) for each in people]
    assert sorted(row is not None and row.disabled_at is None for row in rows) == [False, True]
