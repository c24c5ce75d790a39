"""Accounts disabled and enabled over GraphQL: exact codes, and what is felt elsewhere."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.app import create_app
from hub.auth import Role
from hub.identity.queries import person_by_phone
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories.identity import (
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    insert_person,
    insert_staff,
    stored,
    totp,
)
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import ERRORS, REFERENCE, REQUEST_CODE, SIGN_IN
from tests.schema.identity.steps import refusal, sign_in

PERSON = f"person {{ id displayName phoneMasked createdAt disabledAt }} {ERRORS}"
DISABLE = f"mutation($input: DisablePersonInput!) {{ disablePerson(input: $input) {{ {PERSON} }} }}"
ENABLE = f"mutation($input: DisablePersonInput!) {{ enablePerson(input: $input) {{ {PERSON} }} }}"
WHY = "账号被盗"
ADMINISTRATOR = "13811110000"


@pytest.fixture
async def administrator(client: GraphQLClient, inbox: Inbox) -> str:
    """The token of an administrator who has just signed in; the client goes on as nobody."""
    await insert_staff(ADMINISTRATOR, role=Role.ADMINISTRATOR)
    await sign_in(client, inbox, phone=ADMINISTRATOR, second_factor=totp(NOW))
    token, client.token = client.token, None
    assert token is not None
    return token


async def change(client: GraphQLClient, document: str, **given: Any) -> dict[str, Any]:
    data = await client.ask(document, {"input": {"reason": WHY, **given}})
    (payload,) = data.values()
    assert isinstance(payload, dict)
    return payload


async def test_an_account_is_disabled_and_enabled(
    client: GraphQLClient, inbox: Inbox, administrator: str
) -> None:
    theirs = (await sign_in(client, inbox))["session"]["accessToken"]
    client.token = administrator
    payload = await change(client, DISABLE, phone=f"+86 {PHONE}")
    assert payload["errors"] == []
    person = payload["person"]
    assert (person["displayName"], person["phoneMasked"]) == ("小哥5678", "138****5678")
    assert person["disabledAt"] == "2026-03-02T01:30:00Z"
    client.token = theirs
    assert (await client.send(REFERENCE)).status == 401
    client.token = administrator
    payload = await change(client, ENABLE, personId=person["id"])
    assert payload == {"person": {**person, "disabledAt": None}, "errors": []}
    client.token, client.now = None, NOW + timedelta(minutes=1)
    assert (await sign_in(client, inbox))["viewer"]["displayName"] == "小哥5678"


async def test_who_is_disabled_learns_it_by_the_right_code_only(
    client: GraphQLClient, inbox: Inbox, administrator: str
) -> None:
    person = await insert_person()
    client.token = administrator
    await change(client, DISABLE, personId=encode_id("Person", person.id))
    client.token = None
    asked = [await client.send(REQUEST_CODE, {"phone": phone}) for phone in (PHONE, OTHER_PHONE)]
    assert asked[0].body == asked[1].body
    assert asked[0].statements == asked[1].statements
    wrong = [
        (await client.send(SIGN_IN, {"input": {"phone": phone, "code": "wrong!"}}))
        for phone in (PHONE, OTHER_PHONE)
    ]
    assert wrong[0].body == wrong[1].body
    assert wrong[0].statements == wrong[1].statements
    given = {"phone": PHONE, "code": inbox.code()}
    answer = await client.send(SIGN_IN, {"input": given})
    assert answer.error["extensions"]["code"] == "FORBIDDEN"
    assert answer.body["data"] is None


async def test_refusals(client: GraphQLClient, inbox: Inbox, administrator: str) -> None:
    person = await insert_person()
    key = encode_id("Person", person.id)
    own = encode_id("Person", await _id_of(ADMINISTRATOR))
    other = encode_id("Person", UUID(int=7))
    client.token = administrator
    before = await stored()
    for given, code, path in (
        ({"personId": own}, "CONFLICT", ["input", "personId"]),
        ({"personId": other}, "NOT_FOUND", ["input", "personId"]),
        ({"phone": OTHER_PHONE}, "NOT_FOUND", ["input", "personId"]),
        ({"phone": "10086"}, "INVALID", ["input", "phone"]),
        ({"personId": key, "phone": PHONE}, "INVALID", ["input"]),
        ({}, "INVALID", ["input"]),
        ({"personId": key, "reason": " "}, "INVALID", ["input", "reason"]),
    ):
        assert refusal(await change(client, DISABLE, **given)) == (code, path)
    client.now = NOW + timedelta(minutes=5)
    for document in (DISABLE, ENABLE):
        payload = await change(client, document, personId=key)
        assert refusal(payload) == ("STEP_UP_REQUIRED", [])
    assert await stored() == before


async def test_it_is_for_administrators(client: GraphQLClient, inbox: Inbox) -> None:
    person = await insert_person(OTHER_PHONE)
    given = {"personId": encode_id("Person", person.id), "reason": WHY}
    await sign_in(client, inbox)
    before = await stored()
    for token, code in ((client.token, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        client.token = token
        for document in (DISABLE, ENABLE):
            answer = await client.send(document, {"input": given})
            assert answer.error["extensions"]["code"] == code
    assert await stored() == before


async def test_another_process_feels_it_within_a_second(
    client: GraphQLClient, settings: Settings, inbox: Inbox, administrator: str
) -> None:
    """A second application has its own cache and its own watch, like a second process."""
    other = create_app(settings.model_copy(update={"log_level": "WARNING"}))
    transport = httpx.ASGITransport(other)
    async with httpx.AsyncClient(transport=transport, base_url="http://other") as http:
        elsewhere = GraphQLClient(http, now=NOW)
        await sign_in(client, inbox)
        elsewhere.token, client.token = client.token, administrator
        assert (await elsewhere.send(REFERENCE)).status == 200
        assert (await change(client, DISABLE, phone=PHONE))["errors"] == []
        started = time.monotonic()
        while (await elsewhere.send(REFERENCE)).status != 401:
            assert time.monotonic() - started < 1
            await asyncio.sleep(0.02)


async def _id_of(phone: str) -> Any:
    person = await person_by_phone(phone)
    assert person is not None
    return person.id
