"""A worker fills in a profile, the union confirms it, and seats know whom they are for."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, DISTRICT, Grant, Role
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory, enrollment, learning
from tests.factories.identity import NOW, insert_person
from tests.factories.people import actor
from tests.schema.acting import ActingClient, acting_client

NO_KEY = UUID(int=7)
UPDATE = """mutation($input: UpdateMyProfileInput!) { updateMyProfile(input: $input) {
  profile { group town { name } bornOn age isMember memberSinceOn membershipDecidedAt }
  errors { code message path } } }"""
CONFIRM = """mutation($input: ConfirmMembershipInput!) { confirmMembership(input: $input) {
  membership { personId isMember memberSinceOn decidedAt } errors { code path } } }"""
PROFILE = "{ viewer { displayName profile { group age isMember } } }"
ELIGIBLE = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Pool {
  eligibility { groups } viewerEligibility { isEligible reasons { code message } } } } }"""


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client on behalf of a worker."""
    async with acting_client(database, now=NOW) as client:
        person = await insert_person()
        client.actor = actor(at=NOW, person_id=person.id)
        yield client


async def test_a_profile_is_filled_in_and_confirmed(client: ActingClient) -> None:
    assert (await client.ask(PROFILE))["viewer"]["profile"] is None
    town = await directory.town(name="潘火街道")
    given = {
        "displayName": "老王",
        "group": "COURIER",
        "townId": encode_id("Town", town.id),
        "bornOn": "1990-03-03",
    }
    payload = (await client.ask(UPDATE, {"input": given}))["updateMyProfile"]
    assert payload == {
        "profile": {
            "group": "COURIER",
            "town": {"name": "潘火街道"},
            "bornOn": "1990-03-03",
            "age": 35,
            "isMember": False,
            "memberSinceOn": None,
            "membershipDecidedAt": None,
        },
        "errors": [],
    }
    assert client.actor.person_id is not None
    worker, who = client.actor, encode_id("Person", client.actor.person_id)
    client.actor = actor(Grant(Role.MANAGER, DISTRICT), at=NOW)
    decision = {"personId": who, "isMember": True, "reason": "花名册核实"}
    confirmed = (await client.ask(CONFIRM, {"input": decision}))["confirmMembership"]
    assert confirmed["membership"]["personId"] == who
    assert confirmed["membership"]["memberSinceOn"] == "2026-03-02"
    client.actor = worker
    assert (await client.ask(PROFILE))["viewer"] == {
        "displayName": "老王",
        "profile": {"group": "COURIER", "age": 35, "isMember": True},
    }


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"bornOn": "2026-01-01"}, "INVALID", ["input", "bornOn"]),
        ({"townId": encode_id("Town", NO_KEY)}, "NOT_FOUND", ["input", "townId"]),
        ({"townId": encode_id("Course", NO_KEY)}, "NOT_FOUND", ["input", "townId"]),
        ({"displayName": " "}, "INVALID", ["input", "displayName"]),
    ],
)
async def test_refused_profiles(
    client: ActingClient, given: dict[str, str], code: str, path: list[str]
) -> None:
    payload = (await client.ask(UPDATE, {"input": given}))["updateMyProfile"]
    assert payload["profile"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [(code, path)]
    assert (await client.ask(PROFILE))["viewer"]["profile"] is None


async def test_seats_know_whom_they_are_for(client: ActingClient) -> None:
    course = await learning.course()
    rules = [
        {},
        {"groups": ["courier"], "members_only": True},
        {"completed_courses": [course.slug], "invitation": True},
    ]
    ids = [encode_id("Pool", (await enrollment.pool(eligibility=each)).id) for each in rules]
    answer = await client.send(ELIGIBLE, {"ids": ids})
    found = [each["viewerEligibility"] for each in answer.data["nodes"]]
    assert [each["isEligible"] for each in found] == [True, False, False]
    assert [[reason["code"] for reason in each["reasons"]] for each in found] == [
        [],
        ["PROFILE_INCOMPLETE", "MEMBERS_ONLY"],
        ["COURSE", "INVITATION"],
    ]
    assert answer.data["nodes"][1]["eligibility"]["groups"] == ["COURIER"]
    assert len(answer.statements) == 3
    client.actor = ANONYMOUS
    nobody = await client.ask(ELIGIBLE, {"ids": ids})
    assert [each["viewerEligibility"] for each in nobody["nodes"]] == [None] * 3
