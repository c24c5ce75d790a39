"""A person's own account over GraphQL: what each mutation answers and what a refusal leaves."""

from datetime import timedelta

import pyotp
import pytest

from hub.auth import Role
from hub.identity.rules import CodePurpose
from tests.factories.identity import (
    COUNTERS,
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    insert_person,
    insert_staff,
    other_than,
    stored,
    totp,
)
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import (
    CHANGE_PHONE,
    CONFIRM,
    ENROL,
    REGENERATE,
    REQUEST_CHANGE,
    REQUEST_STEP_UP,
    STEP_UP,
    UPDATE_PROFILE,
    WHO,
)
from tests.schema.identity.steps import refusal, sign_in

CHANGE = CodePurpose.PHONE_CHANGE


async def test_a_worker_changes_the_phone(client: GraphQLClient, inbox: Inbox) -> None:
    await sign_in(client, inbox)
    client.now = NOW + timedelta(minutes=6)
    payload = (await client.ask(REQUEST_CHANGE, {"phone": OTHER_PHONE}))["requestPhoneChange"]
    assert refusal(payload) == ("STEP_UP_REQUIRED", [])
    await client.ask(REQUEST_STEP_UP)
    code = inbox.code(PHONE, CodePurpose.STEP_UP)
    payload = (await client.ask(STEP_UP, {"input": {"code": code}}))["stepUp"]
    assert payload["errors"] == []
    payload = (await client.ask(REQUEST_CHANGE, {"phone": OTHER_PHONE}))["requestPhoneChange"]
    assert payload["errors"] == []
    given = {"phone": OTHER_PHONE, "code": inbox.code(OTHER_PHONE, CHANGE)}
    payload = (await client.ask(CHANGE_PHONE, given))["changePhone"]
    assert payload == {"viewer": {"phoneMasked": "139****4321"}, "errors": []}


async def test_refused_phone_changes_leave_everything(client: GraphQLClient, inbox: Inbox) -> None:
    await insert_person(OTHER_PHONE)
    await sign_in(client, inbox)
    await client.ask(REQUEST_CHANGE, {"phone": OTHER_PHONE})
    code = inbox.code(OTHER_PHONE, CHANGE)
    before = await stored(without=COUNTERS)
    for phone, shown, expected in (
        (OTHER_PHONE, other_than(code), ("CODE_INVALID", ["input", "code"])),
        ("10086", code, ("INVALID", ["input", "phone"])),
        (OTHER_PHONE, code, ("CONFLICT", ["input", "phone"])),
        (OTHER_PHONE, code, ("CODE_INVALID", ["input", "code"])),
    ):
        payload = (await client.ask(CHANGE_PHONE, {"phone": phone, "code": shown}))["changePhone"]
        assert refusal(payload) == expected
    assert await stored(without=COUNTERS) == before


async def test_staff_enrol_in_the_session_they_are_let_into(
    client: GraphQLClient, inbox: Inbox
) -> None:
    await insert_staff(role=Role.ADMINISTRATOR, is_enrolled=False)
    viewer = (await sign_in(client, inbox))["viewer"]
    assert viewer["isSecondFactorMissing"] is True
    enrolment = (await client.ask(ENROL))["enrolTotp"]
    assert enrolment["otpauthUri"].startswith("otpauth://totp/")
    assert enrolment["qrSvg"].startswith("<svg")
    assert "<script" not in enrolment["qrSvg"]
    app = pyotp.TOTP(enrolment["secret"])
    payload = (await client.ask(CONFIRM, {"code": "000000"}))["confirmTotp"]
    assert refusal(payload) == ("CODE_INVALID", ["input", "code"])
    payload = (await client.ask(CONFIRM, {"code": app.at(NOW)}))["confirmTotp"]
    assert len(payload["recoveryCodes"]) == 10
    assert payload["viewer"] == {
        "isSecondFactorMissing": False,
        "roles": ["WORKER", "ADMINISTRATOR"],
    }
    assert (await client.ask(WHO))["viewer"]["isSecondFactorMissing"] is False


async def test_fresh_recovery_codes_want_a_fresh_proof(client: GraphQLClient, inbox: Inbox) -> None:
    await insert_staff()
    await sign_in_with_factor(client, inbox)
    client.now = NOW + timedelta(minutes=6)
    before = await stored(without=COUNTERS)
    payload = (await client.ask(REGENERATE))["regenerateRecoveryCodes"]
    assert refusal(payload) == ("STEP_UP_REQUIRED", [])
    payload = (await client.ask(STEP_UP, {"input": {"totp": "000000"}}))["stepUp"]
    assert refusal(payload) == ("CODE_INVALID", ["input", "totp"])
    payload = (await client.ask(STEP_UP, {"input": {"code": "000000"}}))["stepUp"]
    assert refusal(payload) == ("STEP_UP_REQUIRED", ["input", "totp"])
    assert await stored(without=COUNTERS) == before
    await client.ask(STEP_UP, {"input": {"totp": totp(client.now)}})
    payload = (await client.ask(REGENERATE))["regenerateRecoveryCodes"]
    assert len(payload["recoveryCodes"]) == 10


async def sign_in_with_factor(client: GraphQLClient, inbox: Inbox) -> None:
    await sign_in(client, inbox, second_factor=totp(client.now))


@pytest.mark.parametrize("given", [{}, {"code": "1", "totp": "2"}, {"code": None}])
async def test_a_proof_is_exactly_one(
    client: GraphQLClient, inbox: Inbox, given: dict[str, str | None]
) -> None:
    await sign_in(client, inbox)
    before = await stored()
    answer = await client.send(STEP_UP, {"input": given})
    assert answer.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await stored() == before


async def test_a_name_is_changed_or_refused(client: GraphQLClient, inbox: Inbox) -> None:
    await sign_in(client, inbox)
    payload = (await client.ask(UPDATE_PROFILE, {"name": "王小哥"}))["updateProfile"]
    assert payload == {"viewer": {"displayName": "王小哥"}, "errors": []}
    before = await stored()
    payload = (await client.ask(UPDATE_PROFILE, {"name": " "}))["updateProfile"]
    assert refusal(payload) == ("INVALID", ["input", "displayName"])
    assert await stored() == before


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (REQUEST_STEP_UP, {}),
        (STEP_UP, {"input": {"code": "123456"}}),
        (REQUEST_CHANGE, {"phone": OTHER_PHONE}),
        (CHANGE_PHONE, {"phone": OTHER_PHONE, "code": "123456"}),
        (UPDATE_PROFILE, {"name": "x"}),
        (ENROL, {}),
        (CONFIRM, {"code": "123456"}),
        (REGENERATE, {}),
    ],
)
async def test_nobody_and_workers_may_not(
    client: GraphQLClient, inbox: Inbox, document: str, variables: dict[str, object]
) -> None:
    before = await stored()
    answer = await client.send(document, variables)
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await stored() == before
    if document in (ENROL, CONFIRM, REGENERATE):
        await sign_in(client, inbox)
        before = await stored()
        answer = await client.send(document, variables)
        assert answer.error["extensions"]["code"] == "FORBIDDEN"
        assert await stored() == before
