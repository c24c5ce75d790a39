"""Signing in on both databases: new people, staff, second factors, WeChat."""

from datetime import timedelta

import pytest

from hub.auth import Role
from hub.errors import RateLimited
from hub.identity.queries import masked_phone, person_by_phone
from hub.identity.rules import CodeInvalid, PhoneRequired, SecondFactorRequired
from hub.identity.service import sign_in as service
from hub.identity.service.sessions import Opened
from hub.identity.service.sign_in import request_sign_in_code, sign_in, sign_in_with_wechat
from hub.settings import Settings, install_settings
from tests.factories.identity import (
    COUNTERS,
    NOW,
    PHONE,
    Inbox,
    count,
    insert_person,
    insert_staff,
    other_than,
    proof,
    signed_in,
    stored,
    totp,
)

MINUTE = timedelta(minutes=1)


async def test_an_unknown_phone_becomes_a_person(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    person = await person_by_phone(PHONE)
    assert person is not None
    assert (person.id, person.display_name) == (opened.actor.person_id, "小哥5678")
    assert masked_phone(person) == "138****5678"
    assert opened.tokens.expires_at == NOW + timedelta(minutes=15)
    assert opened.tokens.refresh_expires_at == NOW + timedelta(days=30)
    assert (opened.actor.grants, opened.actor.has_second_factor) == ((), False)


async def test_a_known_phone_is_the_same_person(database: Settings, inbox: Inbox) -> None:
    person = await insert_person()
    first = await signed_in(inbox)
    second = await signed_in(inbox, at=NOW + MINUTE)
    assert first.actor.person_id == second.actor.person_id == person.id
    assert first.actor.session_id != second.actor.session_id
    assert await count("person") == 1


async def test_tokens_leave_only_digests(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    everything = str(await stored())
    for token in (opened.tokens.access_token, opened.tokens.refresh_token):
        assert len(token) >= 43
        assert token not in everything


async def test_a_wrong_code_counts_and_changes_nothing_else(
    database: Settings, inbox: Inbox
) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    before, counted = await stored(without=COUNTERS), await stored()
    with pytest.raises(CodeInvalid) as refusal:
        await sign_in(proof(other_than(inbox.code())), now=NOW)
    assert refusal.value.path == ("input", "code")
    assert await stored(without=COUNTERS) == before
    assert await stored() != counted


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MANAGER, Role.ADMINISTRATOR])
async def test_staff_need_the_second_factor(database: Settings, inbox: Inbox, role: Role) -> None:
    await insert_staff(role=role)
    await request_sign_in_code(PHONE, now=NOW)
    before = await stored(without=COUNTERS)
    with pytest.raises(SecondFactorRequired) as refusal:
        await sign_in(proof(inbox.code()), now=NOW)
    assert refusal.value.path == ("input", "secondFactor")
    assert await stored(without=COUNTERS) == before
    opened = await sign_in(proof(inbox.code(), second_factor=totp(NOW)), now=NOW)
    assert opened.actor.has_second_factor
    assert opened.tokens.expires_at == NOW + timedelta(minutes=10)
    assert opened.tokens.refresh_expires_at == NOW + timedelta(hours=12)


async def test_merchants_need_no_second_factor(database: Settings, inbox: Inbox) -> None:
    await insert_staff(role=Role.MERCHANT, is_enrolled=False)
    opened = await signed_in(inbox)
    assert opened.tokens.refresh_expires_at == NOW + timedelta(days=7)


@pytest.mark.parametrize("seconds", [-30, 0, 30])
async def test_the_authenticators_clock_may_differ_by_a_step(
    database: Settings, inbox: Inbox, seconds: int
) -> None:
    await insert_staff()
    await request_sign_in_code(PHONE, now=NOW)
    shown = totp(NOW + timedelta(seconds=seconds))
    await sign_in(proof(inbox.code(), second_factor=shown), now=NOW)


@pytest.mark.parametrize("seconds", [-90, 90])
async def test_an_old_or_future_code_of_the_authenticator_is_refused(
    database: Settings, inbox: Inbox, seconds: int
) -> None:
    await insert_staff()
    await request_sign_in_code(PHONE, now=NOW)
    shown = totp(NOW + timedelta(seconds=seconds))
    with pytest.raises(CodeInvalid) as refusal:
        await sign_in(proof(inbox.code(), second_factor=shown), now=NOW)
    assert refusal.value.path == ("input", "secondFactor")


async def test_a_code_of_the_authenticator_counts_once(database: Settings, inbox: Inbox) -> None:
    await insert_staff()
    for minute, works in ((0, True), (1, False)):
        at = NOW + minute * MINUTE
        await request_sign_in_code(PHONE, now=at)
        shown = totp(NOW + timedelta(seconds=30))
        attempt = sign_in(proof(inbox.code(), second_factor=shown), now=at)
        if works:
            await attempt
        else:
            with pytest.raises(CodeInvalid):
                await attempt


async def test_a_recovery_code_counts_once(database: Settings, inbox: Inbox) -> None:
    codes = await insert_staff()
    await request_sign_in_code(PHONE, now=NOW)
    typed = codes[3].lower().replace("-", " ")
    opened = await sign_in(proof(inbox.code(), second_factor=typed), now=NOW)
    assert opened.actor.has_second_factor
    await request_sign_in_code(PHONE, now=NOW + MINUTE)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code(), second_factor=codes[3]), now=NOW + MINUTE)
    await sign_in(proof(inbox.code(), second_factor=codes[4]), now=NOW + MINUTE)


async def test_a_right_code_is_no_way_to_guess_the_second_factor(
    database: Settings, inbox: Inbox
) -> None:
    await insert_staff()
    await request_sign_in_code(PHONE, now=NOW)
    for _ in range(5):
        with pytest.raises(CodeInvalid):
            await sign_in(proof(inbox.code(), second_factor="000000"), now=NOW)
    with pytest.raises(CodeInvalid) as refusal:
        await sign_in(proof(inbox.code(), second_factor=totp(NOW)), now=NOW)
    assert refusal.value.path == ("input", "code")
    assert await count("session") == 0


async def test_asking_which_factor_is_missing_costs_tries_of_the_code(
    database: Settings, inbox: Inbox
) -> None:
    await insert_staff()
    await request_sign_in_code(PHONE, now=NOW)
    for _ in range(5):
        with pytest.raises(SecondFactorRequired):
            await sign_in(proof(inbox.code()), now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code(), second_factor=totp(NOW)), now=NOW)


async def test_wrong_second_factors_count_for_the_phone(database: Settings, inbox: Inbox) -> None:
    await insert_staff()
    at = NOW
    for batch in range(4):
        at = NOW + batch * MINUTE
        await request_sign_in_code(PHONE, now=at)
        for _ in range(5):
            with pytest.raises(CodeInvalid):
                await sign_in(proof(inbox.code(), second_factor="000000"), now=at)
    with pytest.raises(RateLimited):
        await sign_in(proof(inbox.code(), second_factor=totp(at)), now=at)


async def test_staff_who_have_no_second_factor_yet_sign_in_without_their_roles(
    database: Settings, inbox: Inbox
) -> None:
    await insert_staff(is_enrolled=False)
    opened = await signed_in(inbox)
    assert not opened.actor.has_second_factor
    assert opened.tokens.refresh_expires_at == NOW + timedelta(hours=12)


@pytest.fixture
async def wechat(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """WeChat, where the code is the user's open id."""

    async def open_id(_settings: Settings, code: str) -> str:
        return f"openid-of-{code}"

    monkeypatch.setattr(service, "open_id", open_id)
    settings = database.model_copy(update={"wechat_app_id": "wx1"})
    install_settings(settings)
    return settings


async def by_wechat(code: str, *, shown: service.Proof | None = None) -> Opened:
    return await sign_in_with_wechat(code, proof=shown, label="", second_factor=None, now=NOW)


async def test_wechat_asks_for_a_phone_once(wechat: Settings, inbox: Inbox) -> None:
    with pytest.raises(PhoneRequired):
        await by_wechat("li")
    await request_sign_in_code(PHONE, now=NOW)
    bound = await by_wechat("li", shown=proof(inbox.code()))
    again = await by_wechat("li")
    assert bound.actor.person_id == again.actor.person_id
    assert "openid-of-li" not in str(await stored())
    with pytest.raises(PhoneRequired):
        await by_wechat("wang")


async def test_a_wrong_phone_code_binds_nothing(wechat: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    before = await stored(without=COUNTERS)
    with pytest.raises(CodeInvalid):
        await by_wechat("li", shown=proof(other_than(inbox.code())))
    assert await stored(without=COUNTERS) == before


async def test_wechat_is_no_way_around_the_second_factor(wechat: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    await by_wechat("li", shown=proof(inbox.code()))
    await insert_staff()
    before = await stored(without=COUNTERS)
    with pytest.raises(SecondFactorRequired):
        await by_wechat("li")
    for _ in range(20):
        with pytest.raises(CodeInvalid):
            await sign_in_with_wechat("li", proof=None, label="", second_factor="000000", now=NOW)
    with pytest.raises(RateLimited):
        await sign_in_with_wechat("li", proof=None, label="", second_factor=totp(NOW), now=NOW)
    assert await stored(without=COUNTERS) == before


async def test_wechats_user_can_be_bound_to_another_phone(wechat: Settings, inbox: Inbox) -> None:
    people = set()
    for phone in (PHONE, "13800000009"):
        await request_sign_in_code(phone, now=NOW)
        await by_wechat("li", shown=proof(inbox.code(phone), phone=phone))
        people.add((await by_wechat("li")).actor.person_id)
    assert len(people) == 2
    assert await count("wechat_identity") == 1
