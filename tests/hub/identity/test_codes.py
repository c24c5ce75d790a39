"""Codes on both databases: sent, counted, checked, burnt."""

import asyncio
import logging
import re
from contextlib import suppress
from datetime import timedelta

import pytest

from hub.errors import HubError, Invalid, RateLimited, Unavailable
from hub.identity.rules import CodeInvalid
from hub.identity.service import codes
from hub.identity.service.codes import forget_old_codes
from hub.identity.service.sign_in import request_sign_in_code, sign_in
from hub.logging import configure_logging
from hub.origin import origin
from hub.settings import Environment, Settings, install_settings
from hub.sms.console import ConsoleSms
from hub.sms.outcome import refused, unanswered
from tests.factories.identity import (
    COUNTERS,
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    count,
    insert_person,
    other_than,
    proof,
    signed_in,
    stored,
)

MINUTE = timedelta(minutes=1)
PARALLEL = 200


async def test_a_code_is_sent_and_kept_as_a_digest_only(database: Settings, inbox: Inbox) -> None:
    with origin("r" * 8, "198.51.100.7"):
        await request_sign_in_code("+86 138 1234 5678", now=NOW)
    (message,) = inbox.messages
    assert message[:2] == (PHONE, "sign_in")
    assert re.fullmatch(r"\d{6}", message[2])
    everything = str(await stored())
    for secret in (PHONE, message[2], "198.51.100.7"):
        assert secret not in everything


async def test_the_console_writes_the_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_level="WARNING"))
    await ConsoleSms().send(PHONE, "sign_in", code="012345")
    (line,) = capsys.readouterr().err.splitlines()
    assert f" sms to={PHONE} purpose=sign_in code=012345 " in line
    logging.getLogger().handlers.clear()


async def test_known_and_unknown_phones_take_the_same_statements(
    database: Settings, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    await insert_person(PHONE)
    caplog.set_level(logging.DEBUG, logger="tortoise.db_client")
    taken = []
    for phone in (PHONE, OTHER_PHONE):
        caplog.clear()
        await request_sign_in_code(phone, now=NOW)
        taken.append([re.sub(r"[:\[].*", "", record.getMessage()) for record in caplog.records])
    known, unknown = taken
    assert known == unknown
    assert known


@pytest.mark.parametrize(
    ("gaps_seconds", "allowed"),
    [
        ([0], 1),
        ([0, 59], 1),
        ([0, 60], 2),
        ([0, 60, 120, 180, 240, 300], 5),
        ([0, 60, 120, 180, 240, 3600], 6),
        ([step * 4000 for step in range(11)], 10),
    ],
)
async def test_a_phone_gets_one_a_minute_five_an_hour_ten_a_day(
    database: Settings, inbox: Inbox, gaps_seconds: list[int], allowed: int
) -> None:
    for seconds in gaps_seconds:
        with suppress(RateLimited):
            await request_sign_in_code(PHONE, now=NOW + timedelta(seconds=seconds))
    assert len(inbox.messages) == allowed


async def test_an_address_gets_ten_a_minute_and_sixty_a_day(
    database: Settings, inbox: Inbox
) -> None:
    numbers = iter(range(10_000))

    async def ask(address: str, minutes: int) -> bool:
        with origin("", address):
            phone = f"138{next(numbers):08d}"
            try:
                await request_sign_in_code(phone, now=NOW + minutes * MINUTE)
            except RateLimited:
                return False
            return True

    assert [await ask("198.51.100.7", 0) for _ in range(11)] == [True] * 10 + [False]
    assert await ask("198.51.100.8", 0)
    for minutes in range(1, 6):
        assert all([await ask("198.51.100.7", minutes) for _ in range(10)])
    assert not await ask("198.51.100.7", 60)
    assert await ask("198.51.100.7", 24 * 60)
    assert await ask("2001:db8::1", 0)
    for _ in range(9):
        assert await ask("2001:db8::ffff", 0)
    assert not await ask("2001:db8::2", 0), "a customer has a /64 of addresses"


async def test_the_machine_itself_is_not_counted_in_development(
    database: Settings, inbox: Inbox
) -> None:
    for number in range(12):
        with origin("", "127.0.0.1"):
            await request_sign_in_code(f"138{number:08d}", now=NOW)
    install_settings(database.model_copy(update={"env": Environment.PRODUCTION}))
    for number in range(12, 22):
        with origin("", "127.0.0.1"):
            await request_sign_in_code(f"138{number:08d}", now=NOW)
    with origin("", "127.0.0.1"), pytest.raises(RateLimited):
        await request_sign_in_code(PHONE, now=NOW)


async def test_nothing_is_sent_while_common_counters_are_away(
    database: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "is_degraded", lambda: True)
    before = await stored()
    with pytest.raises(Unavailable):
        await request_sign_in_code(PHONE, now=NOW)
    assert (await stored(), inbox.messages) == (before, [])


async def test_parallel_requests_for_one_phone_send_one_message(
    database: Settings, inbox: Inbox
) -> None:
    calls = [request_sign_in_code(PHONE, now=NOW) for _ in range(30)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert len(inbox.messages) == 1
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 29


async def test_what_is_no_phone_changes_nothing(database: Settings, inbox: Inbox) -> None:
    before = await stored()
    with pytest.raises(Invalid):
        await request_sign_in_code("+852 51234567", now=NOW)
    assert (await stored(), inbox.messages) == (before, [])


async def test_a_refused_send_changes_nothing(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    before = await stored()
    with pytest.raises(RateLimited):
        await request_sign_in_code(PHONE, now=NOW + timedelta(seconds=30))
    assert await stored() == before


async def test_two_hundred_right_codes_at_once_make_one_session(
    database: Settings, inbox: Inbox
) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    code = inbox.code()
    calls = [sign_in(proof(code), now=NOW) for _ in range(PARALLEL)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(outcome, CodeInvalid) for outcome in outcomes) == PARALLEL - 1
    assert (await count("session"), await count("person")) == (1, 1)


async def test_five_wrong_tries_kill_a_code(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    code = inbox.code()
    for _ in range(5):
        with pytest.raises(CodeInvalid):
            await sign_in(proof(other_than(code)), now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(code), now=NOW)
    assert await count("session") == 0


async def test_parallel_guesses_get_no_more_than_five(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    code = inbox.code()
    guesses = [sign_in(proof(other_than(code)), now=NOW) for _ in range(19)]
    await asyncio.gather(*guesses, return_exceptions=True)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(code), now=NOW)
    assert await count("session") == 0


async def test_a_thousand_addresses_do_not_help(database: Settings, inbox: Inbox) -> None:
    """Every guess comes from an address of its own; all the same phone's tries."""
    await request_sign_in_code(PHONE, now=NOW)
    code = inbox.code()
    answers: list[type[HubError]] = []
    for number in range(1_000):
        with origin("", f"10.{number // 256}.{number % 256}.1"):
            try:
                await sign_in(proof(f"{(int(code) + 1 + number) % 10**6:06d}"), now=NOW)
            except HubError as refusal:
                answers.append(type(refusal))
    assert answers == [CodeInvalid] * 20 + [RateLimited] * 980
    with pytest.raises(RateLimited):
        await sign_in(proof(code), now=NOW)


async def test_a_right_code_during_a_pause_is_refused_and_stays_good(
    database: Settings, inbox: Inbox
) -> None:
    for _ in range(20):
        with pytest.raises(CodeInvalid):
            await sign_in(proof("123456"), now=NOW)
    await request_sign_in_code(PHONE, now=NOW)
    with pytest.raises(RateLimited):
        await sign_in(proof(inbox.code()), now=NOW)
    await sign_in(proof(inbox.code()), now=NOW + MINUTE)


@pytest.mark.parametrize("seconds", [300, 301, -61, -86_400])
async def test_a_code_out_of_its_time_is_refused(
    database: Settings, inbox: Inbox, seconds: int
) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    before = await stored(without=COUNTERS)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code()), now=NOW + timedelta(seconds=seconds))
    assert await stored(without=COUNTERS) == before


async def test_a_newer_code_replaces_the_older(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    older = inbox.code()
    await request_sign_in_code(PHONE, now=NOW + MINUTE)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(older), now=NOW + MINUTE)
    await sign_in(proof(inbox.code()), now=NOW + MINUTE)


async def test_a_code_is_good_for_its_phone_only(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    await request_sign_in_code(OTHER_PHONE, now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code(PHONE), phone=OTHER_PHONE), now=NOW)


async def test_repeating_a_used_code_is_refused_and_is_no_guess(
    database: Settings, inbox: Inbox
) -> None:
    await signed_in(inbox)
    before = await stored(without=("sign_in_guard",))
    for _ in range(30):
        with pytest.raises(CodeInvalid):
            await sign_in(proof(inbox.code()), now=NOW)
    assert await stored(without=("sign_in_guard",)) == before


async def test_a_message_that_was_refused_closes_its_code(
    database: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    async def send(_self: ConsoleSms, _phone: str, _purpose: str, *, code: str) -> None:
        sent.append(code)
        raise refused("test", reason="isv.MOBILE_NUMBER_ILLEGAL", request_id="1")

    monkeypatch.setattr(ConsoleSms, "send", send)
    with pytest.raises(Unavailable):
        await request_sign_in_code(PHONE, now=NOW)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(sent[0]), now=NOW)
    with pytest.raises(RateLimited):
        await request_sign_in_code(PHONE, now=NOW + timedelta(seconds=30))


async def test_a_message_whose_fate_is_unknown_leaves_its_code_good(
    database: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    async def send(_self: ConsoleSms, _phone: str, _purpose: str, *, code: str) -> None:
        sent.append(code)
        raise unanswered("test", reason="ReadTimeout")

    monkeypatch.setattr(ConsoleSms, "send", send)
    with pytest.raises(Unavailable):
        await request_sign_in_code(PHONE, now=NOW)
    await sign_in(proof(sent[0]), now=NOW)


async def test_no_transaction_is_open_while_a_message_is_sent(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(_self: ConsoleSms, _phone: str, _purpose: str, *, code: str) -> None:
        async with asyncio.timeout(1):  # SQLite has one connection: it must be free
            assert await count("sign_in_code") == 1

    monkeypatch.setattr(ConsoleSms, "send", send)
    await request_sign_in_code(PHONE, now=NOW)


async def test_the_numbers_come_from_the_settings(database: Settings, inbox: Inbox) -> None:
    changes = {"sign_in_code_digits": 8, "sign_in_sends_per_phone_minute": 2}
    install_settings(database.model_copy(update=changes))
    await request_sign_in_code(PHONE, now=NOW)
    await request_sign_in_code(PHONE, now=NOW)
    assert len(inbox.code()) == 8


async def test_old_codes_are_forgotten(database: Settings, inbox: Inbox) -> None:
    await request_sign_in_code(PHONE, now=NOW)
    await forget_old_codes(now=NOW + timedelta(days=1))
    assert await count("sign_in_code") == 1
    await forget_old_codes(now=NOW + timedelta(days=3))
    assert await count("sign_in_code") == 0


async def test_cancelled_sign_ins_leave_the_pool_whole(database: Settings, inbox: Inbox) -> None:
    """300 callers who go away at any moment; whoever comes after is served."""
    await request_sign_in_code(PHONE, now=NOW)
    for number in range(300):
        call = asyncio.ensure_future(sign_in(proof("123456"), now=NOW + number * MINUTE * 90))
        for _ in range(number % 37):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    later = NOW + timedelta(days=60)
    calls = [signed_in(inbox, phone=f"138{number:08d}", at=later) for number in range(20)]
    opened = await asyncio.gather(*calls)
    assert len({each.tokens.access_token for each in opened}) == 20
