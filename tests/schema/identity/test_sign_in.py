"""Signing in over GraphQL: what each mutation answers, and who is asked afterwards."""

import asyncio
from datetime import timedelta

import pytest

from hub.auth import Role
from hub.identity.service import sign_in as service
from hub.settings import Settings, current_settings, install_settings
from tests.factories.identity import (
    COUNTERS,
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    count,
    insert_person,
    insert_staff,
    other_than,
    stored,
    totp,
)
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import (
    REFERENCE,
    REFRESH,
    REQUEST_CODE,
    SIGN_IN,
    SIGN_IN_WITH_WECHAT,
    WHO,
)
from tests.schema.identity.steps import refusal, sign_in, try_to_sign_in


async def test_a_worker_signs_in_and_is_the_viewer(client: GraphQLClient, inbox: Inbox) -> None:
    assert (await client.ask(WHO))["viewer"] is None
    payload = await sign_in(client, inbox)
    session = payload["session"]
    assert session["expiresAt"] == "2026-03-02T01:45:00Z"
    assert session["refreshExpiresAt"] == "2026-04-01T01:30:00Z"
    viewer = (await client.ask(WHO))["viewer"]
    assert viewer == payload["viewer"]
    assert viewer["displayName"] == "小哥5678"
    assert viewer["phoneMasked"] == "138****5678"
    assert viewer["roles"] == ["WORKER"]
    assert viewer["isSecondFactorMissing"] is False
    assert [each["isCurrent"] for each in viewer["sessions"]] == [True]


async def test_known_and_unknown_phones_get_the_same_answer(
    client: GraphQLClient, inbox: Inbox
) -> None:
    await sign_in(client, inbox)
    client.token = None
    client.now = NOW + timedelta(minutes=2)
    known, unknown = [
        await client.send(REQUEST_CODE, {"phone": phone}) for phone in (PHONE, OTHER_PHONE)
    ]
    assert known.body == unknown.body
    assert known.statements == unknown.statements
    assert known.data["requestSignInCode"] == {
        "expiresAt": "2026-03-02T01:37:00Z",
        "retryAfterSeconds": 60,
        "errors": [],
    }


async def test_what_is_no_phone_is_told_in_the_payload(client: GraphQLClient, inbox: Inbox) -> None:
    before = await stored()
    payload = (await client.ask(REQUEST_CODE, {"phone": "10086"}))["requestSignInCode"]
    assert refusal(payload) == ("INVALID", ["input", "phone"])
    given = {"phone": "10086", "code": "123456"}
    payload = (await client.ask(SIGN_IN, {"input": given}))["signIn"]
    assert refusal(payload) == ("INVALID", ["input", "phone"])
    assert await stored() == before


async def test_asking_too_often_is_told_with_when_to_come_back(
    client: GraphQLClient, inbox: Inbox
) -> None:
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    answer = await client.send(REQUEST_CODE, {"phone": PHONE})
    assert answer.error["extensions"]["code"] == "RATE_LIMITED"
    assert answer.error["extensions"]["data"] == {"retryAfterSeconds": 60}
    assert (answer.status, answer.headers["retry-after"]) == (200, "60")
    assert len(inbox.messages) == 1


async def test_trying_too_often_is_told_with_when_to_come_back(
    client: GraphQLClient, inbox: Inbox
) -> None:
    limits = {"sign_in_wrong_tries_per_phone_hour": 2, "sign_in_pause_seconds": 300}
    install_settings(current_settings().model_copy(update=limits))
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    given = {"phone": PHONE, "code": other_than(inbox.code())}
    answers = [await client.send(SIGN_IN, {"input": given}) for _ in range(3)]
    assert ["retry-after" in answer.headers for answer in answers] == [False, False, True]
    paused = answers[-1]
    assert paused.error["extensions"]["code"] == "RATE_LIMITED"
    assert paused.error["extensions"]["data"] == {"retryAfterSeconds": 300}
    assert (paused.status, paused.headers["retry-after"]) == (200, "300")


async def test_a_wrong_code_is_refused_and_only_counted(
    client: GraphQLClient, inbox: Inbox
) -> None:
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    before = await stored(without=COUNTERS)
    given = {"phone": PHONE, "code": other_than(inbox.code())}
    payload = (await client.ask(SIGN_IN, {"input": given}))["signIn"]
    assert refusal(payload) == ("CODE_INVALID", ["input", "code"])
    assert await stored(without=COUNTERS) == before


async def test_unknown_fields_are_refused(client: GraphQLClient, inbox: Inbox) -> None:
    before = await stored()
    given = {"phone": PHONE, "code": "123456", "admin": True}
    answer = await client.send(SIGN_IN, {"input": given})
    assert answer.status == 400
    assert answer.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await stored() == before


FRAGMENTS = """
mutation { ...F ...G }
fragment F on Mutation { a: signIn(input: $) { errors { code } } }
fragment G on Mutation { b: signIn(input: $) { errors { code } } }
"""
ALIASES = """
mutation { a: signIn(input: $) { errors { code } } b: signIn(input: $) { errors { code } } }
"""


@pytest.mark.parametrize("document", [ALIASES, FRAGMENTS])
async def test_aliases_get_one_attempt(client: GraphQLClient, inbox: Inbox, document: str) -> None:
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    before = await stored()
    given = f'{{phone: "{PHONE}", code: "{other_than(inbox.code())}"}}'
    answer = await client.send(document.replace("$", given))
    assert answer.error["extensions"]["code"] == "COST_EXCEEDED"
    assert await stored() == before


@pytest.mark.parametrize(
    "mutation", ["requestSignInCode(input: {phone: $})", "refreshSession(input: {refreshToken: $})"]
)
async def test_other_mutations_of_sign_in_are_single_too(
    client: GraphQLClient, inbox: Inbox, mutation: str
) -> None:
    field = mutation.replace("$", '"13812345678"') + " { errors { code } }"
    answer = await client.send(f"mutation {{ a: {field} b: {field} }}")
    assert answer.error["extensions"]["code"] == "COST_EXCEEDED"
    assert inbox.messages == []


@pytest.mark.parametrize("is_known", [False, True])
async def test_two_hundred_right_codes_at_once_make_one_session(
    client: GraphQLClient, inbox: Inbox, is_known: bool
) -> None:
    if is_known:
        await insert_person()
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    given = {"phone": PHONE, "code": inbox.code()}
    answers = await asyncio.gather(*(client.send(SIGN_IN, {"input": given}) for _ in range(200)))
    told = [each.body["data"]["signIn"] for each in answers if "errors" not in each.body]
    busy = {each.error["extensions"]["code"] for each in answers if "errors" in each.body}
    assert busy <= {"UNAVAILABLE"}  # on a slow machine some wait too long for a connection
    refused = [payload for payload in told if payload["errors"]]
    assert {refusal(payload)[0] for payload in refused} == {"CODE_INVALID"}
    assert len(told) - len(refused) == 1
    assert (await count("session"), await count("person")) == (1, 1)


async def test_staff_show_a_second_factor(client: GraphQLClient, inbox: Inbox) -> None:
    await insert_staff(role=Role.EDITOR)
    payload = await try_to_sign_in(client, inbox)
    assert refusal(payload) == ("SECOND_FACTOR_REQUIRED", ["input", "secondFactor"])
    given = {"phone": PHONE, "code": inbox.code(), "secondFactor": totp(NOW)}
    payload = (await client.ask(SIGN_IN, {"input": given}))["signIn"]
    assert payload["session"]["refreshExpiresAt"] == "2026-03-02T13:30:00Z"
    assert payload["viewer"]["roles"] == ["WORKER", "EDITOR"]
    assert payload["viewer"]["isSecondFactorMissing"] is False


async def test_a_bad_token_is_refused_before_anything_runs(
    client: GraphQLClient, inbox: Inbox
) -> None:
    client.token = "not-a-token"
    answer = await client.send(REFERENCE)
    assert answer.status == 401
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.body


async def test_a_bad_token_does_not_keep_anybody_from_signing_in(
    client: GraphQLClient, inbox: Inbox
) -> None:
    payload = await sign_in(client, inbox)
    client.now = NOW + timedelta(hours=1)
    assert (await client.send(REFERENCE)).status == 401
    token = payload["session"]["refreshToken"]
    refreshed = (await client.ask(REFRESH, {"token": token}))["refreshSession"]
    client.token = refreshed["session"]["accessToken"]
    assert (await client.ask(WHO))["viewer"]["id"] == payload["viewer"]["id"]
    client.token = "not-a-token"
    await client.ask(REQUEST_CODE, {"phone": OTHER_PHONE})
    code = 'requestSignInCode(input: {phone: "1"}) { errors { code } }'
    mixed = f"mutation {{ {code} signOut {{ endedCount }} }}"
    assert (await client.send(mixed)).status == 401


async def test_a_warm_signed_in_read_costs_no_statement_more(
    client: GraphQLClient, inbox: Inbox
) -> None:
    anonymous = await client.send(REFERENCE)
    await sign_in(client, inbox)
    cold = await client.send(REFERENCE)
    warm = await client.send(REFERENCE)
    assert len(cold.statements) == len(anonymous.statements) + 2
    assert warm.statements == anonymous.statements
    assert len((await client.send("{ viewer { id roles displayName } }")).statements) == 1


async def test_wechats_user_is_bound_once(
    client: GraphQLClient, inbox: Inbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def open_id(_settings: Settings, code: str) -> str:
        return f"openid-of-{code}"

    monkeypatch.setattr(service, "open_id", open_id)
    install_settings(settings.model_copy(update={"wechat_app_id": "wx1"}))

    async def by_wechat(**given: str) -> dict[str, object]:
        payload: dict[str, object] = (
            await client.ask(SIGN_IN_WITH_WECHAT, {"input": {"code": "li", **given}})
        )["signInWithWechat"]
        return payload

    before = await stored()
    assert refusal(await by_wechat()) == ("PHONE_REQUIRED", [])
    assert await stored() == before
    await client.ask(REQUEST_CODE, {"phone": PHONE})
    bound = await by_wechat(phone=PHONE, phoneCode=inbox.code())
    again = await by_wechat()
    assert bound["errors"] == again["errors"] == []
    assert bound["viewer"] == again["viewer"]


async def test_without_wechat_it_is_unavailable(client: GraphQLClient, inbox: Inbox) -> None:
    answer = await client.send(SIGN_IN_WITH_WECHAT, {"input": {"code": "li"}})
    assert answer.error["extensions"]["code"] == "UNAVAILABLE"
