"""What an organiser does with the pool of an event: codes and lots, and what everybody sees."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.auth import ANONYMOUS, Grant, Role, Scope, ScopeKind
from hub.enrollment.models import Pool
from hub.enrollment.rules import Allocation
from hub.enrollment.service.lottery import commit_to_seeds
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory, enrollment, events
from tests.factories.identity import NOW, insert_person
from tests.factories.people import actor
from tests.schema.acting import ActingClient, acting_client

CODES = """mutation($input: CreateInvitationCodesInput!) { createInvitationCodes(input: $input) {
  codes errors { code path } } }"""
DRAW = """mutation($input: DrawLotsInput!) { drawLots(input: $input) {
  pool { draw { drawnAt entryCount } } errors { code path } } }"""
SEEN = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Pool {
  draw { seedDigest drawsAt drawnAt seed entryCount }
  drawEntries { totalCount nodes { registrationId key number partySize } } } } }"""


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client on behalf of nobody yet."""
    async with acting_client(database, now=NOW) as client:
        yield client


async def lottery_in_town(client: ActingClient) -> Pool:
    """The pool of an event in a town whose editor the client is now."""
    pool = await enrollment.pool(
        allocation=Allocation.LOTTERY, draws_at=NOW + timedelta(days=1), capacity=1
    )
    await commit_to_seeds([pool.id], NOW)
    town = await directory.town()
    await events.event(pool_id=pool.id, town_id=town.id)
    client.actor = actor(Grant(Role.EDITOR, Scope(ScopeKind.TOWN, town.id)), at=NOW)
    return pool


async def test_codes_are_for_those_who_organise(client: ActingClient) -> None:
    pool = await lottery_in_town(client)
    given = {"input": {"poolId": encode_id("Pool", pool.id), "count": 2}}
    payload = (await client.ask(CODES, given))["createInvitationCodes"]
    assert payload["errors"] == []
    assert len(payload["codes"]) == 2
    elsewhere = Scope(ScopeKind.TOWN, (await directory.town()).id)
    client.actor = actor(Grant(Role.EDITOR, elsewhere), at=NOW)
    payload = (await client.ask(CODES, given))["createInvitationCodes"]
    assert (payload["codes"], payload["errors"]) == (
        None,
        [{"code": "NOT_FOUND", "path": ["input", "poolId"]}],
    )


async def test_everybody_can_check_a_draw(client: ActingClient) -> None:
    pool = await lottery_in_town(client)
    for phone in ("13700000001", "13700000002"):
        person = await insert_person(phone)
        await enrollment.signed_up(person.id, pool=pool.id, now=NOW)
    organiser, ids = client.actor, {"ids": [encode_id("Pool", pool.id)]}
    client.actor = ANONYMOUS
    before = (await client.ask(SEEN, ids))["nodes"][0]
    assert before["draw"]["seed"] is None
    assert before["drawEntries"] == {"totalCount": 0, "nodes": []}
    client.actor, given = organiser, {"input": {"poolId": encode_id("Pool", pool.id)}}
    early = (await client.ask(DRAW, given))["drawLots"]
    assert [each["code"] for each in early["errors"]] == ["CONFLICT"]
    client.now = NOW + timedelta(days=1)
    drawn = (await client.ask(DRAW, given))["drawLots"]
    assert drawn["pool"]["draw"]["entryCount"] == 2
    client.actor = ANONYMOUS
    after = (await client.ask(SEEN, ids))["nodes"][0]
    assert after["draw"]["seedDigest"] == before["draw"]["seedDigest"]
    assert len(after["draw"]["seed"]) == 64
    assert [each["number"] for each in after["drawEntries"]["nodes"]] == [1, 2]


async def test_many_pools_take_as_many_statements_as_one(client: ActingClient) -> None:
    pools = [await lottery_in_town(client) for _ in range(3)]
    ids = [encode_id("Pool", each.id) for each in pools]
    one = await client.send(SEEN, {"ids": ids[:1]})
    assert len(one.statements) == len((await client.send(SEEN, {"ids": ids})).statements)
