"""A role that comes with a decision: given by those who decide, to a first keeper only."""

import asyncio
from datetime import timedelta

import pytest

from hub.access.queries import grants_of, holders_of, place_grants
from hub.access.rules import HeldGrant, assert_comes_with_decision
from hub.access.service import give_role, give_role_by_decision
from hub.auth import ANONYMOUS, DISTRICT, Action, Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.clock import frozen
from hub.errors import Conflict, Forbidden, HubError, NotFound, Unauthenticated
from hub.ids import new_id
from hub.listing import ListQuery
from hub.pagination import PageRequest
from hub.records import Record
from tests.factories.people import actor, insert_grant, lookups, service
from tests.hub.access.test_roles import MERCHANT, NOW, PERSON, PLACE, TOWN, audited, refused

REVIEWER = Grant(Role.REVIEWER, TOWN)
IN_TOWN = lookups(areas=(TOWN,))


async def reviewer(grant: Grant = REVIEWER) -> Actor:
    """Somebody who decides in the place's town, in the database and as an actor."""
    person_id = new_id()
    await insert_grant(grant.role, at=NOW, person_id=person_id, scope=grant.scope)
    return actor(grant, at=NOW, person_id=person_id, has_stepped_up=False)


@pytest.mark.parametrize(
    ("grant", "holders", "is_given"),
    [
        (MERCHANT, 0, True),
        (MERCHANT, 1, False),
        (Grant(Role.STATION_KEEPER, PLACE), 0, False),
        (Grant(Role.EDITOR, TOWN), 0, False),
        (Grant(Role.ADMINISTRATOR, DISTRICT), 0, False),
        (Grant(Role.MERCHANT, TOWN), 0, False),
    ],
)
def test_what_a_decision_may_give(grant: Grant, holders: int, *, is_given: bool) -> None:
    held = [HeldGrant(new_id(), new_id(), MERCHANT)] * holders
    if is_given:
        assert_comes_with_decision(grant, holders=held)
        return
    with pytest.raises(Forbidden):
        assert_comes_with_decision(grant, holders=held)


async def test_who_decides_gives_the_role_and_could_not_otherwise(database: object) -> None:
    who = await reviewer()
    await refused(give_role(who, PERSON, grant=MERCHANT, lookups=IN_TOWN), Forbidden)
    with frozen(NOW):
        row = await give_role_by_decision(who, PERSON, grant=MERCHANT, lookups=IN_TOWN)
    assert (row.person_id, row.given_by) == (PERSON, who.person_id)
    assert await grants_of(PERSON, NOW) == (MERCHANT,)
    (entry,) = await audited()
    assert (entry.action, entry.person_id) == ("access.role_given", who.person_id)


async def test_refusals_change_nothing(database: object) -> None:
    who, elsewhere = (
        await reviewer(),
        await reviewer(Grant(Role.REVIEWER, Scope(ScopeKind.TOWN, new_id()))),
    )
    manager = await reviewer(Grant(Role.MANAGER, TOWN))
    taken_away = actor(REVIEWER, at=NOW)
    kept = Scope(ScopeKind.PLACE, new_id())
    await insert_grant(Role.MERCHANT, at=NOW, scope=kept)
    own = who.person_id
    assert own is not None
    cases: list[tuple[Actor, object, Grant, object, type[HubError]]] = [
        (ANONYMOUS, PERSON, MERCHANT, IN_TOWN, Unauthenticated),
        (elsewhere, PERSON, MERCHANT, IN_TOWN, Forbidden),
        (manager, PERSON, MERCHANT, IN_TOWN, Forbidden),
        (taken_away, PERSON, MERCHANT, IN_TOWN, Forbidden),
        (service(Action.GIVE_ROLES), PERSON, MERCHANT, IN_TOWN, Forbidden),
        (who, PERSON, Grant(Role.MERCHANT, kept), IN_TOWN, Forbidden),
        (who, PERSON, Grant(Role.STATION_KEEPER, PLACE), IN_TOWN, Forbidden),
        (who, PERSON, Grant(Role.EDITOR, TOWN), IN_TOWN, Forbidden),
        (who, own, MERCHANT, IN_TOWN, Conflict),
        (who, PERSON, MERCHANT, lookups(areas=(TOWN,), people=False), NotFound),
        (who, PERSON, MERCHANT, lookups(areas=None), Forbidden),
        (
            service(Action.DECIDE_MERCHANT_APPLICATION),
            PERSON,
            MERCHANT,
            lookups(areas=None),
            NotFound,
        ),
    ]
    for each, person_id, grant, world, refusal in cases:
        deed = give_role_by_decision(each, person_id, grant=grant, lookups=world)  # type: ignore[arg-type]
        await refused(deed, refusal)


async def test_two_at_once_make_one_first_keeper(database: object) -> None:
    who = await reviewer()
    with frozen(NOW):
        told = await asyncio.gather(
            *(
                give_role_by_decision(who, new_id(), grant=MERCHANT, lookups=IN_TOWN)
                for _ in range(4)
            ),
            return_exceptions=True,
        )
    assert sum(isinstance(each, Record) for each in told) == 1
    assert sum(isinstance(each, Forbidden) for each in told) == 3
    assert len(await holders_of(PLACE, NOW)) == 1


async def test_the_grants_for_a_place_are_its_own_and_count_now(database: object) -> None:
    await insert_grant(Role.EDITOR, at=NOW)
    await insert_grant(Role.MERCHANT, at=NOW, scope=Scope(ScopeKind.PLACE, new_id()))
    ended = NOW + timedelta(minutes=1)
    await insert_grant(Role.MERCHANT, at=NOW, scope=PLACE, expires_at=ended)
    second = await insert_grant(Role.MERCHANT, at=NOW + timedelta(seconds=2), scope=PLACE)
    first = await insert_grant(Role.MERCHANT, at=NOW + timedelta(seconds=1), scope=PLACE)
    query = ListQuery(PageRequest(20, None, backward=False))
    assert PLACE.key is not None
    page = await place_grants(Viewer(ANONYMOUS, ended), PLACE.key, query=query)
    assert [row.id for row in page.rows] == [first, second]
    assert [each.id for each in await holders_of(Scope(ScopeKind.PLACE, new_id()), NOW)] == []
