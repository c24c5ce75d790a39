"""The same request again and again, one after the other and all at once: one effect."""

import asyncio
import random
from functools import partial

import pytest

from hub.settings import Settings
from tests.factories.crowd import Member, crowd
from tests.faults.callers import Caller, callers
from tests.faults.seats.checker import assert_counted, assert_no_idle_seat, number
from tests.faults.seats.square import REGISTER, Hall, hall, spread
from tests.faults.server import serving


async def tapped(lines: list[Caller], who: Member, place: Hall) -> None:
    """Somebody taps on every line at once, with one key: one registration in every answer."""
    given = place.input()
    payloads = await asyncio.gather(*(line.insist(who, REGISTER, given) for line in lines))
    assert all(payload["errors"] == [] for payload in payloads)
    (registration_id,) = {payload["registration"]["id"] for payload in payloads}
    await _tapped_anew(lines, who, place, registration_id)


async def _tapped_anew(lines: list[Caller], who: Member, place: Hall, registration_id: str) -> None:
    """The same with a key for each tap: every answer names the registration that is there."""
    payloads = await asyncio.gather(
        *(line.insist(who, REGISTER, place.input()) for line in lines[:3])
    )
    for payload in payloads:
        assert payload["registration"] is None
        (error,) = payload["errors"]
        assert error["code"] == "ALREADY_REGISTERED"
        assert error["registration"]["id"] == registration_id


async def tapped_with_many_keys(lines: list[Caller], who: Member, place: Hall) -> None:
    """A key for each tap from the beginning: one is done, the others are told of it."""
    payloads = await asyncio.gather(*(line.insist(who, REGISTER, place.input()) for line in lines))
    done = [payload["registration"]["id"] for payload in payloads if payload["registration"]]
    (registration_id,) = done
    errors = [error for payload in payloads for error in payload["errors"]]
    assert {error["code"] for error in errors} == {"ALREADY_REGISTERED"}
    assert {error["registration"]["id"] for error in errors} == {registration_id}


async def one_seat_each(settings: Settings, *, people: int, taps: int, at_once: int = 3) -> None:
    members = await crowd(people)
    same, other = await hall(people // 2), await hall(people // 2)
    async with serving(settings) as hub, callers(hub.port, taps * at_once) as lines:
        groups = [lines[start : start + taps] for start in range(0, len(lines), taps)]
        await spread(groups, members, partial(tapped, place=same))
        await spread(groups, members, partial(tapped_with_many_keys, place=other))
    assert await number("SELECT COUNT(*) FROM registration") == 2 * people
    await assert_counted()
    await assert_no_idle_seat()


async def one_effect_each(settings: Settings, *, people: int, events: int) -> None:
    """Each request 2 to 5 times, a fifth of them all at once; then with another input."""
    chance = random.Random(people)
    members, halls = await crowd(people), [await hall(people // 2) for _ in range(events)]
    asked = [(who, place) for place in halls for who in members]
    async with serving(settings) as hub, callers(hub.port, 40) as lines:
        groups = [lines[start : start + 5] for start in range(0, 40, 5)]
        await spread(groups, asked, partial(repeated, chance=chance))
    assert await number("SELECT COUNT(*) FROM registration") == len(asked)
    await assert_counted()
    await assert_no_idle_seat()


async def repeated(
    lines: list[Caller], asked: tuple[Member, Hall], *, chance: random.Random
) -> None:
    """The same request several times: one registration; with another input it is refused."""
    who, place = asked
    given, times = place.input(), chance.randint(2, 5)
    if chance.random() < 0.2:
        answers = await asyncio.gather(
            *(line.insist(who, REGISTER, given) for line in lines[:times])
        )
    else:
        answers = [await lines[0].insist(who, REGISTER, given) for _ in range(times)]
    assert all(answer["errors"] == [] for answer in answers)
    assert len({answer["registration"]["id"] for answer in answers}) == 1
    if chance.random() < 0.1:
        refused = await lines[0].insist(who, REGISTER, {**given, "partySize": 2})
        assert [error["code"] for error in refused["errors"]] == ["IDEMPOTENCY_MISMATCH"]


@pytest.mark.slow
async def test_one_person_has_one_seat(database: Settings) -> None:
    await one_seat_each(database, people=10, taps=8)


@pytest.mark.slow
async def test_one_key_has_one_effect(database: Settings) -> None:
    await one_effect_each(database, people=50, events=3)


@pytest.mark.fault
async def test_five_hundred_people_have_one_seat_each(database: Settings) -> None:
    await one_seat_each(database, people=500, taps=20)


@pytest.mark.fault
async def test_ten_thousand_keys_have_one_effect_each(database: Settings) -> None:
    await one_effect_each(database, people=500, events=20)
