"""People of a shop: let in by their phone, let go, and by nobody else."""

import asyncio

import pytest

from hub.access.queries import grants_of
from hub.auth import Action, Grant, Role, Scope, ScopeKind, Viewer, is_allowed
from hub.errors import Conflict, HubError, Invalid, NotFound, Unauthenticated
from hub.identity.queries import person_by_phone
from hub.ids import new_id
from hub.merchants.service.staff import Invitation, invite_staff, remove_staff
from hub.records import Record
from schema.access import LOOKUPS
from tests.factories import directory
from tests.factories.editors import NOW, nobody
from tests.factories.identity import OTHER_PHONE, PHONE, insert_person
from tests.factories.people import insert_grant
from tests.hub.merchants.conftest import Shop, keeper_of, refused

TABLES = ("person", "role_grant", "audit_entry", "revocation")
HELPER = Invitation(OTHER_PHONE, Role.MERCHANT)


@pytest.fixture
async def keeper(shop: Shop) -> Viewer:
    """The shop's keeper, whose role the database knows of too."""
    assert shop.viewer.actor.person_id is not None
    await insert_grant(
        Role.MERCHANT,
        at=NOW,
        person_id=shop.viewer.actor.person_id,
        scope=Scope(ScopeKind.PLACE, shop.place.id),
    )
    return shop.viewer


async def test_somebody_new_and_somebody_known(shop: Shop, keeper: Viewer) -> None:
    known = await insert_person(PHONE, at=NOW)
    for phone in (PHONE, OTHER_PHONE):
        invitation = Invitation(phone, Role.MERCHANT)
        row = await invite_staff(keeper, shop.place.id, invitation=invitation, lookups=LOOKUPS)
        person = await person_by_phone(phone)
        assert person is not None
        assert row.person_id == person.id
        held = await grants_of(person.id, NOW)
        assert held == (Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.place.id)),)
    assert (await person_by_phone(PHONE)).id == known.id  # type: ignore[union-attr]


async def test_who_was_let_in_is_let_go(shop: Shop, keeper: Viewer) -> None:
    row = await invite_staff(keeper, shop.place.id, invitation=HELPER, lookups=LOOKUPS)
    await remove_staff(keeper, row.id, lookups=LOOKUPS)
    assert await grants_of(row.person_id, NOW) == ()
    await refused(remove_staff(keeper, row.id, lookups=LOOKUPS), NotFound, *TABLES)


async def test_refusals_change_nothing(shop: Shop, keeper: Viewer) -> None:
    station = await directory.station()
    cases: list[tuple[Viewer, object, Invitation, type[HubError]]] = [
        (nobody(), shop.place.id, HELPER, Unauthenticated),
        (keeper, new_id(), HELPER, NotFound),
        (keeper, station.id, HELPER, NotFound),
        (keeper_of(station.id, role=Role.STATION_KEEPER), station.id, HELPER, NotFound),
        (keeper, shop.place.id, Invitation("12", Role.MERCHANT), Invalid),
        (keeper, shop.place.id, Invitation(OTHER_PHONE, Role.EDITOR), Invalid),
        (keeper, shop.place.id, Invitation(OTHER_PHONE, Role.STATION_KEEPER), Invalid),
    ]
    for viewer, place_id, invitation, kind in cases:
        deed = invite_staff(
            viewer,
            place_id,  # type: ignore[arg-type]
            invitation=invitation,
            lookups=LOOKUPS,
        )
        await refused(deed, kind, *TABLES)


async def test_what_is_not_ones_own_cannot_be_ended(shop: Shop, keeper: Viewer) -> None:
    other = await directory.merchant()
    theirs = await insert_grant(Role.MERCHANT, at=NOW, scope=Scope(ScopeKind.PLACE, other.id))
    staff = await insert_grant(Role.EDITOR, at=NOW)
    for grant_id in (theirs, staff, new_id(), None):
        await refused(remove_staff(keeper, grant_id, lookups=LOOKUPS), NotFound, *TABLES)
    await refused(remove_staff(nobody(), theirs, lookups=LOOKUPS), Unauthenticated, *TABLES)


async def test_a_session_that_knows_of_no_loss_may_not_invite(shop: Shop) -> None:
    """The keeper's role was taken a moment ago: what the database says counts."""
    action, on = Action.MANAGE_PLACE_STAFF, [Scope(ScopeKind.PLACE, shop.place.id)]
    assert is_allowed(shop.viewer.actor, action, on=on, now=NOW)
    deed = invite_staff(shop.viewer, shop.place.id, invitation=HELPER, lookups=LOOKUPS)
    with pytest.raises(HubError):
        await deed
    assert await person_by_phone(OTHER_PHONE) is None


async def test_two_invitations_at_once_make_one(shop: Shop, keeper: Viewer) -> None:
    deeds = [
        invite_staff(keeper, shop.place.id, invitation=HELPER, lookups=LOOKUPS) for _ in range(4)
    ]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    assert sum(isinstance(each, Record) for each in told) == 1
    assert sum(isinstance(each, Conflict) for each in told) == 3
