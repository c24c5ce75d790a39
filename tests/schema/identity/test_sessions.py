"""Sessions over GraphQL: refreshed, ended, felt by a second application on the same database."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from hub.app import create_app
from hub.settings import Settings
from tests.factories.identity import NOW, OTHER_PHONE, Inbox, stored
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import (
    END_SESSION,
    REFERENCE,
    REFRESH,
    SIGN_OUT,
    SIGN_OUT_EVERYWHERE,
    WHO,
)
from tests.schema.identity.steps import refusal, sign_in


async def test_a_refresh_is_good_once(client: GraphQLClient, inbox: Inbox) -> None:
    payload = await sign_in(client, inbox)
    token = {"token": payload["session"]["refreshToken"]}
    client.token, client.now = None, NOW + timedelta(minutes=14)
    first = (await client.ask(REFRESH, token))["refreshSession"]
    client.now += timedelta(seconds=5)
    assert (await client.ask(REFRESH, token))["refreshSession"] == first
    assert first["viewer"] == {"id": payload["viewer"]["id"]}
    client.now += timedelta(seconds=5)
    assert refusal((await client.ask(REFRESH, token))["refreshSession"]) == ("SESSION_ENDED", [])
    client.token = first["session"]["accessToken"]
    assert (await client.send(WHO)).status == 401


async def test_a_forged_refresh_token_changes_nothing(client: GraphQLClient, inbox: Inbox) -> None:
    await sign_in(client, inbox)
    before = await stored()
    payload = (await client.ask(REFRESH, {"token": "forged"}))["refreshSession"]
    assert refusal(payload) == ("SESSION_ENDED", [])
    assert await stored() == before


async def test_signing_out_is_felt_at_once(client: GraphQLClient, inbox: Inbox) -> None:
    await sign_in(client, inbox)
    assert (await client.send(REFERENCE)).status == 200
    assert (await client.ask(SIGN_OUT))["signOut"] == {"endedCount": 1, "errors": []}
    assert (await client.send(REFERENCE)).status == 401


async def test_signing_out_everywhere_ends_every_device(
    client: GraphQLClient, inbox: Inbox
) -> None:
    tokens = []
    for minute in range(3):
        client.now, client.token = NOW + timedelta(minutes=minute), None
        tokens.append((await sign_in(client, inbox))["session"]["accessToken"])
    assert (await client.ask(SIGN_OUT_EVERYWHERE))["signOutEverywhere"]["endedCount"] == 3
    for token in tokens:
        client.token = token
        assert (await client.send(WHO)).status == 401


async def test_a_session_is_ended_from_another_device(client: GraphQLClient, inbox: Inbox) -> None:
    first = (await sign_in(client, inbox))["session"]["accessToken"]
    client.now, client.token = NOW + timedelta(minutes=1), None
    await sign_in(client, inbox)
    sessions = (await client.ask(WHO))["viewer"]["sessions"]
    assert [each["isCurrent"] for each in sessions] == [True, False]
    payload = (await client.ask(END_SESSION, {"id": sessions[1]["id"]}))["endSession"]
    assert payload == {"session": {"id": sessions[1]["id"]}, "errors": []}
    payload = (await client.ask(END_SESSION, {"id": sessions[1]["id"]}))["endSession"]
    assert refusal(payload) == ("NOT_FOUND", ["input", "id"])
    client.token = first
    assert (await client.send(WHO)).status == 401


async def test_somebody_elses_session_is_not_found(client: GraphQLClient, inbox: Inbox) -> None:
    theirs = (await sign_in(client, inbox, phone=OTHER_PHONE))["viewer"]
    await sign_in(client, inbox)
    before = await stored()
    for other in (theirs["sessions"][0]["id"], theirs["id"]):
        payload = (await client.ask(END_SESSION, {"id": other}))["endSession"]
        assert refusal(payload) == ("NOT_FOUND", ["input", "id"])
    answer = await client.send(END_SESSION, {"id": "nonsense"})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
    assert await stored() == before


@pytest.mark.parametrize("document", [SIGN_OUT, SIGN_OUT_EVERYWHERE])
async def test_nobody_has_nothing_to_end(client: GraphQLClient, document: str) -> None:
    before = await stored()
    answer = await client.send(document)
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await stored() == before


async def test_another_process_feels_a_sign_out_within_a_second(
    client: GraphQLClient, settings: Settings, inbox: Inbox
) -> None:
    """A second application has its own cache and its own watch, like a second process."""
    other = create_app(settings.model_copy(update={"log_level": "WARNING"}))
    transport = httpx.ASGITransport(other)
    async with httpx.AsyncClient(transport=transport, base_url="http://other") as http:
        elsewhere = GraphQLClient(http, now=NOW)
        await sign_in(client, inbox)
        elsewhere.token = client.token
        assert (await elsewhere.send(REFERENCE)).status == 200
        assert (await client.ask(SIGN_OUT))["signOut"]["endedCount"] == 1
        assert (await client.send(REFERENCE)).status == 401
        started = time.monotonic()
        for _ in range(100):
            if (await elsewhere.send(REFERENCE)).status == 401:
                break
            await asyncio.sleep(0.02)
        assert (await elsewhere.send(REFERENCE)).status == 401
        assert time.monotonic() - started < 1
