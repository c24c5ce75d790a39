"""What people declare of themselves, what the union confirms, on a real database."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.database import fetch_all, recorded_statements
from hub.errors import Conflict, HubError, Invalid, NotFound, Unauthenticated
from hub.identity.models import Person
from hub.ids import new_id
from hub.membership.models import WorkerProfile
from hub.membership.queries import born_on, candidate_of, profile_of
from hub.membership.rules import Candidate, WorkerGroup
from hub.membership.service import confirm_membership, update_my_profile
from tests.factories import directory
from tests.factories.identity import NOW, insert_person
from tests.factories.people import actor

pytestmark = pytest.mark.usefixtures("database")

BORN = date(2000, 2, 29)
TODAY = date(2026, 3, 2)


async def worker(phone: str = "13812345678") -> Viewer:
    person = await insert_person(phone)
    return Viewer(actor(at=NOW, person_id=person.id), NOW)


def person_of(viewer: Viewer) -> UUID:
    assert viewer.actor.person_id is not None
    return viewer.actor.person_id


def manager(*scopes: Scope) -> Viewer:
    return Viewer(actor(*(Grant(Role.MANAGER, each) for each in scopes), at=NOW), NOW)


def of_town(key: UUID) -> Scope:
    return Scope(ScopeKind.TOWN, key)


async def everything() -> list[str]:
    tables = ("worker_profile", "person", "audit_entry")
    return [
        str(tuple(row)) for table in tables for row in await fetch_all(f"SELECT * FROM {table}", [])
    ]


async def test_what_is_declared_makes_a_candidate() -> None:
    viewer, town = await worker(), await directory.town(slug="panhuo")
    declared = {"group": WorkerGroup.COURIER, "town_id": town.id, "born_on": BORN}
    row = await update_my_profile(viewer, declared, display_name="老王")
    assert (row.group, row.town_id, born_on(row)) == (WorkerGroup.COURIER, town.id, BORN)
    assert (await Person.get(id=person_of(viewer))).display_name == "老王"
    with recorded_statements() as statements:
        found = await candidate_of(
            person_of(viewer), at=date(2026, 2, 28), completed_course_slugs=["law"]
        )
    assert len(statements) == 1
    assert found == Candidate(
        group=WorkerGroup.COURIER,
        town_slug="panhuo",
        town_id=town.id,
        age=25,
        completed_course_slugs=frozenset({"law"}),
    )
    assert (await candidate_of(person_of(viewer), at=date(2026, 3, 1))).age == 26


async def test_nobody_declared_anything() -> None:
    viewer = await worker()
    found = await candidate_of(person_of(viewer), at=TODAY, has_invitation=True)
    assert found == Candidate(has_invitation=True)
    assert await profile_of(person_of(viewer)) is None


async def test_a_day_of_birth_stands_nowhere_in_clear() -> None:
    viewer = await worker()
    await update_my_profile(viewer, {"born_on": BORN})
    assert not any(str(BORN) in row for row in await everything())
    entry = await AuditEntry.get(action="membership.profile_updated")
    assert entry.after == {"changed": ["born_on"]}


async def test_what_is_left_out_stays_and_null_clears() -> None:
    viewer = await worker()
    await update_my_profile(viewer, {"group": WorkerGroup.COURIER, "born_on": BORN})
    row = await update_my_profile(viewer, {"group": None})
    assert (row.group, born_on(row)) == (None, BORN)
    assert await WorkerProfile.all().count() == 1


async def test_two_first_declarations_at_once_make_one_profile() -> None:
    viewer = await worker()
    await asyncio.gather(
        update_my_profile(viewer, {"group": WorkerGroup.COURIER}),
        update_my_profile(viewer, {"born_on": BORN}),
    )
    row = await profile_of(person_of(viewer))
    assert row is not None
    assert (row.group, born_on(row)) == (WorkerGroup.COURIER, BORN)


async def test_refused_declarations_change_nothing() -> None:
    viewer = await worker()
    before = await everything()
    for declared, name, expected in (
        ({"born_on": date(2020, 1, 1)}, None, Invalid),
        ({"town_id": new_id()}, None, NotFound),
        ({"group": WorkerGroup.COURIER}, "", Invalid),
    ):
        with pytest.raises(expected):
            await update_my_profile(viewer, declared, display_name=name)
    with pytest.raises(Unauthenticated):
        await update_my_profile(Viewer(ANONYMOUS, NOW), {})
    assert await everything() == before


async def test_a_manager_of_the_town_confirms_and_ends_a_membership() -> None:
    viewer, town = await worker(), await directory.town()
    person_id = person_of(viewer)
    await update_my_profile(viewer, {"town_id": town.id})
    union = manager(of_town(town.id))
    row = await confirm_membership(union, person_id, is_member=True, reason=" 花名册核实 ")
    assert (row.is_member, row.member_since) == (True, TODAY)
    assert row.membership_decided_by == union.actor.person_id
    assert (await candidate_of(person_id, at=TODAY)).is_member
    entry = await AuditEntry.get(action="membership.confirmed")
    assert entry.after == {"is_member": True, "reason": "花名册核实"}
    later = Viewer(union.actor, NOW + timedelta(days=40))
    same = await confirm_membership(later, person_id, is_member=True, reason="再次核实")
    assert same.member_since == TODAY
    row = await confirm_membership(later, person_id, is_member=False, reason="已退会")
    assert (row.is_member, row.member_since) == (False, None)


async def test_the_district_confirms_who_has_declared_nothing() -> None:
    viewer = await worker()
    row = await confirm_membership(
        manager(Scope(ScopeKind.DISTRICT)), person_of(viewer), is_member=True, reason="花名册"
    )
    assert row.is_member


async def test_who_may_not_confirm() -> None:
    viewer, town, other = await worker(), await directory.town(), await directory.town()
    person_id = person_of(viewer)
    await update_my_profile(viewer, {"town_id": town.id})
    own = Viewer(actor(Grant(Role.MANAGER, of_town(town.id)), at=NOW, person_id=person_id), NOW)
    weak = Viewer(Actor(person_id=new_id(), grants=(Grant(Role.MANAGER, of_town(town.id)),)), NOW)
    allowed = manager(of_town(town.id))
    refusals: list[tuple[Viewer, UUID | None, str, type[HubError]]] = [
        (Viewer(ANONYMOUS, NOW), person_id, "x", Unauthenticated),
        (viewer, person_id, "x", NotFound),
        (manager(of_town(other.id)), person_id, "x", NotFound),
        (weak, person_id, "x", NotFound),
        (manager(Scope(ScopeKind.DISTRICT)), new_id(), "x", NotFound),
        (allowed, None, "x", NotFound),
        (allowed, person_id, " ", Invalid),
        (allowed, person_id, "长" * 501, Invalid),
        (own, person_id, "x", Conflict),
    ]
    before = await everything()
    for asking, about, reason, expected in refusals:
        with pytest.raises(expected):
            await confirm_membership(asking, about, is_member=True, reason=reason)
    assert await everything() == before
