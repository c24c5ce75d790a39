"""Who runs a place is told to those who manage its people, and to nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Scope, ScopeKind
from hub.directory.models import Place
from hub.ids import new_id
from hub.publishing import StoredState
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory
from tests.factories.identity import NOW, OTHER_PHONE, PHONE, insert_person
from tests.factories.people import actor, insert_grant
from tests.schema.acting import ActingClient, acting_client

STAFF = """query($id: ID!, $first: Int, $after: String) {
  placeStaff(placeId: $id, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id role displayName phoneMasked givenAt } } }"""


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client that is nobody yet."""
    async with acting_client(database, now=NOW) as made:
        yield made


def at(place: Place, role: Role = Role.MERCHANT) -> Actor:
    """Somebody who runs a place."""
    return actor(Grant(role, Scope(ScopeKind.PLACE, place.id)), at=NOW)


async def two_keepers(place: Place) -> list[str]:
    """The ids of the grants of two people who run a place."""
    first, second = await insert_person(PHONE, at=NOW), await insert_person(OTHER_PHONE, at=NOW)
    scope, later = Scope(ScopeKind.PLACE, place.id), NOW + timedelta(minutes=1)
    keys = [
        await insert_grant(Role.MERCHANT, at=later, person_id=second.id, scope=scope),
        await insert_grant(Role.MERCHANT, at=NOW, person_id=first.id, scope=scope),
    ]
    return [encode_id("RoleGrant", key) for key in reversed(keys)]


async def test_those_who_manage_its_people_see_them(client: ActingClient) -> None:
    place = await directory.merchant()
    keys = await two_keepers(place)
    await insert_grant(Role.MERCHANT, at=NOW, scope=Scope(ScopeKind.PLACE, new_id()))
    town = Scope(ScopeKind.TOWN, place.town_id)  # type: ignore[attr-defined]
    for who in (
        at(place),
        actor(Grant(Role.MANAGER, town), at=NOW),
        actor(Grant(Role.MANAGER, DISTRICT), at=NOW),
        actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW),
    ):
        client.actor = who
        page = (await client.ask(STAFF, {"id": encode_id("Merchant", place.id)}))["placeStaff"]
        assert page["totalCount"] == 2
        assert page["nodes"] == [
            {
                "id": keys[0],
                "role": "MERCHANT",
                "displayName": "王小哥",
                "phoneMasked": "138****5678",
                "givenAt": "2026-03-02T01:30:00Z",
            },
            {
                "id": keys[1],
                "role": "MERCHANT",
                "displayName": "王小哥",
                "phoneMasked": "139****4321",
                "givenAt": "2026-03-02T01:31:00Z",
            },
        ]


async def test_it_has_pages_and_a_shop_that_is_not_open_has_people(client: ActingClient) -> None:
    place = await directory.merchant(state=StoredState.DRAFT)
    keys = await two_keepers(place)
    client.actor = at(place)
    asked = {"id": encode_id("Merchant", place.id), "first": 1}
    page = (await client.ask(STAFF, asked))["placeStaff"]
    assert ([each["id"] for each in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (
        keys[:1],
        True,
    )
    rest = (await client.ask(STAFF, {**asked, "after": page["pageInfo"]["endCursor"]}))[
        "placeStaff"
    ]
    assert [each["id"] for each in rest["nodes"]] == keys[1:]


async def test_everybody_else_gets_null_and_no_place_looks_the_same(client: ActingClient) -> None:
    place, neighbours = await directory.merchant(), await directory.merchant()
    station = await directory.station()
    await two_keepers(place)
    merchant = encode_id("Merchant", place.id)
    town = Scope(ScopeKind.TOWN, place.town_id)  # type: ignore[attr-defined]
    elsewhere = Scope(ScopeKind.TOWN, new_id())
    cases = [
        (at(neighbours), merchant),
        (actor(at=NOW), merchant),
        (actor(Grant(Role.EDITOR, town), at=NOW), merchant),
        (actor(Grant(Role.REVIEWER, town), at=NOW), merchant),
        (actor(Grant(Role.MANAGER, elsewhere), at=NOW), merchant),
        (at(station, Role.STATION_KEEPER), encode_id("Station", station.id)),
        (actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW), encode_id("Merchant", new_id())),
        (at(place), encode_id("Course", place.id)),
    ]
    messages = set()
    for who, key in cases:
        client.actor = who
        answer = await client.send(STAFF, {"id": key})
        assert answer.body["data"] == {"placeStaff": None}
        assert answer.error["extensions"]["code"] == "FORBIDDEN"
        assert answer.error["path"] == ["placeStaff"]
        messages.add(answer.error["message"])
    assert len(messages) == 1
    client.actor = ANONYMOUS
    answer = await client.send(STAFF, {"id": merchant})
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    client.actor = at(place)
    answer = await client.send(STAFF, {"id": "nonsense"})
    assert (answer.error["extensions"]["code"], answer.error["extensions"]["inputPath"]) == (
        "BAD_USER_INPUT",
        ["placeId"],
    )


async def test_statements_do_not_grow_with_people(client: ActingClient) -> None:
    place = await directory.merchant()
    client.actor = at(place)
    asked = {"id": encode_id("Merchant", place.id)}
    none = await client.send(STAFF, asked)
    await two_keepers(place)
    two = await client.send(STAFF, asked)
    for number in range(5):
        person = await insert_person(f"1370000000{number}", at=NOW)
        scope = Scope(ScopeKind.PLACE, place.id)
        await insert_grant(Role.MERCHANT, at=NOW, person_id=person.id, scope=scope)
    seven = await client.send(STAFF, asked)
    assert [each.data["placeStaff"]["totalCount"] for each in (none, two, seven)] == [0, 2, 7]
    assert len(two.statements) == len(seven.statements) == 6
