"""Checking in at the door: once, by those who keep it, when it is open."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from hub.attendance.models import CheckIn
from hub.auth import ANONYMOUS, Grant, Role, Scope, ScopeKind, Viewer
from hub.database import fetch_all
from hub.directory.queries import PLACES
from hub.enrollment.models import Pool, Registration
from hub.enrollment.rules import RegistrationState
from hub.settings import Settings, install_settings
from hub.ticket_codes import Ticket, sign_ticket
from schema.relay import decode_id, encode_id
from tests.factories import directory, enrollment, events, learning
from tests.factories.events import STARTS_AT
from tests.factories.people import actor
from tests.schema.acting import acting_client
from tests.schema.attendance.conftest import Square, actions, counts
from tests.schema.attendance.documents import CANCEL, ENROLL
from tests.schema.attendance.door import (
    CHECK_IN,
    DOORS_CLOSE,
    DOORS_OPEN,
    Door,
    keeper_of,
    open_door,
)


@pytest.fixture
async def door(square: Square) -> Door:
    """The door, before anybody can come."""
    return await open_door(square)


def at_the_door(door: Door) -> None:
    """Let it begin."""
    door.square.client.now = STARTS_AT


async def test_the_first_scan_lets_in_and_the_second_tells_of_it(door: Door) -> None:
    _, registration_id, code = await door.guest(partySize=2)
    at_the_door(door)
    earlier = (STARTS_AT - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    first = await door.scan(code, deviceId="tablet-1", occurredAt=earlier)
    assert first["registration"]["registrationId"] == registration_id
    assert first["registration"]["state"] == "ATTENDED"
    assert first["registration"]["partySize"] == first["arrived"] == 2
    assert first["registration"]["person"]["displayName"] == "王小哥"
    assert first["registration"]["person"]["phoneMasked"][3:7] == "****"
    assert first["isFirst"] is True
    assert (
        first["checkIn"]
        == first["first"]
        == {
            "isFirst": True,
            "arrivals": 2,
            "source": "ONLINE",
            "deviceId": "tablet-1",
            "checkedInAt": "2026-06-01T01:00:00Z",
            "occurredAt": earlier,
            "by": "王小哥",
        }
    )
    door.square.client.now = STARTS_AT + timedelta(minutes=5)
    second = await door.scan(code, deviceId="tablet-2")
    assert (second["isFirst"], second["arrived"]) == (False, 2)
    assert (second["first"], second["checkIn"]["arrivals"]) == (first["first"], 0)
    assert await actions() == ["registration.signed_up", *["registration.checked_in"] * 2]


async def test_the_same_nonce_counts_once_and_has_the_same_answer(door: Door) -> None:
    _, _, code = await door.guest(partySize=3)
    at_the_door(door)
    given = door.scanned(code, arrivals=2)
    first = await door.square.do(door.keeper, CHECK_IN, **given)
    door.square.client.now = DOORS_CLOSE + timedelta(days=1)
    await Registration.filter(party_size=3).update(state=RegistrationState.NO_SHOW)
    again = await door.square.do(door.keeper, CHECK_IN, **given)
    assert again["errors"] == []
    assert {**again, "registration": None} == {**first, "registration": None}
    assert await CheckIn.all().count() == 1
    await Registration.filter(party_size=3).update(state=RegistrationState.ATTENDED)
    at_the_door(door)
    _, _, other = await door.guest()
    refusal = await door.refused(other, nonce=given["nonce"])
    assert (refusal["code"], refusal["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "nonce"])


async def test_a_party_comes_in_parts(door: Door) -> None:
    _, _, code = await door.guest(partySize=4)
    at_the_door(door)
    assert (await door.scan(code, arrivals=1))["arrived"] == 1
    second = await door.scan(code, arrivals=2)
    assert (second["isFirst"], second["arrived"]) == (False, 3)
    refusal = await door.refused(code, arrivals=2)
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "arrivals"])
    refusal = await door.refused(code, arrivals=0)
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "arrivals"])
    assert (await door.scan(code, arrivals=1))["arrived"] == 4


async def test_it_opens_and_closes_by_the_hubs_clock(door: Door) -> None:
    _, _, code = await door.guest()
    late = DOORS_OPEN - timedelta(seconds=1), "Check-in has not opened yet."
    for at, words in (late, (DOORS_CLOSE, "Check-in has closed.")):
        door.square.client.now = at
        refusal = await door.refused(code, occurredAt=STARTS_AT.isoformat())
        assert (refusal["__typename"], refusal["message"]) == ("NotOpen", words)
        assert refusal["opensAt"] == "2026-05-31T23:00:00Z"
        assert refusal["closesAt"] == "2026-06-01T05:00:00Z"
    door.square.client.now = DOORS_OPEN
    payload = await door.scan(code, occurredAt="2031-01-01T00:00:00Z")
    assert payload["checkIn"]["occurredAt"] == payload["checkIn"]["checkedInAt"]


async def test_when_it_opens_can_be_set(door: Door, database: Settings) -> None:
    _, _, code = await door.guest()
    install_settings(database.model_copy(update={"check_in_opens_minutes": 180}))
    door.square.client.now = DOORS_OPEN - timedelta(hours=1)
    assert (await door.scan(code))["isFirst"] is True


async def test_a_keeper_of_another_place_learns_nothing(door: Door) -> None:
    who, registration_id, code = await door.guest()
    at_the_door(door)
    elsewhere = (await directory.station(published_at=STARTS_AT)).id
    town = await directory.town()
    refusals = []
    for other in (
        keeper_of(elsewhere),
        who,
        actor(Grant(Role.MANAGER, Scope(ScopeKind.TOWN, town.id)), at=STARTS_AT),
    ):
        refusals.append(await door.refused(code, by=other))
        by_hand = {"registrationId": registration_id, "nonce": door.square.key()}
        refused = await door.square.refused(other, CHECK_IN, **by_hand)
        assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["input", "registrationId"])
    missing = encode_id("Registration", door.event.id)
    unknown = await door.square.refused(
        keeper_of(elsewhere), CHECK_IN, registrationId=missing, nonce="n"
    )
    assert {each["message"] for each in refusals} == {unknown["message"]}
    assert {each["code"] for each in refusals} == {unknown["code"]} == {"NOT_FOUND"}
    door.square.client.actor = ANONYMOUS
    answer = await door.square.client.send(CHECK_IN, {"input": door.scanned(code)})
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_who_keeps_the_door(door: Door) -> None:
    place = (await PLACES.by_ids(Viewer(ANONYMOUS, STARTS_AT), [door.place.id]))[0]
    assert place is not None
    roles = (
        (Role.MERCHANT, Scope(ScopeKind.PLACE, place.id)),
        (Role.EDITOR, Scope(ScopeKind.TOWN, place.town_id)),
        (Role.MANAGER, Scope(ScopeKind.TOWN, place.town_id)),
        (Role.ADMINISTRATOR, Scope(ScopeKind.DISTRICT)),
    )
    for role, scope in roles:
        _, _, code = await door.guest()
        at_the_door(door)
        payload = await door.scan(code, by=actor(Grant(role, scope), at=STARTS_AT))
        assert payload["isFirst"] is True, role
        door.square.client.now = STARTS_AT - timedelta(days=9)


async def test_a_session_of_a_course_at_a_place(door: Door) -> None:
    pool = await enrollment.pool()
    course = await learning.course()
    session = await learning.session(course.id, pool_id=pool.id, place_id=door.place.id)
    worker = await door.square.person()
    session_id = encode_id("CourseSession", session.id)
    given = {"courseId": encode_id("Course", course.id), "sessionId": session_id}
    enrolled = await door.square.done(worker, ENROLL, **given, idempotencyKey=door.square.key())
    code = await door.code(worker, enrolled["id"])
    at_the_door(door)
    refusal = await door.refused(code, eventId=door.event_id)
    assert refusal["code"] == "CONFLICT"
    assert (await door.scan(code, sessionId=session_id))["isFirst"] is True


async def test_what_is_refused(door: Door) -> None:
    who, registration_id, code = await door.guest()
    _, _, elsewhere = await door.guest()
    at_the_door(door)
    other_event = encode_id("Event", (await events.event()).id)
    other_place = encode_id("Station", (await directory.station()).id)
    forged = sign_ticket(
        Ticket(decode_id(registration_id, path=()).key, door.event.id, 0, 1, None),
        seed=b"\x07" * 32,
    )
    cases: tuple[tuple[str, dict[str, Any], str, list[str]], ...] = (
        (code, {"eventId": other_event}, "CONFLICT", ["input", "code"]),
        (code, {"eventId": door.event_id, "placeId": other_place}, "CONFLICT", ["input", "code"]),
        (code, {"sessionId": door.event_id}, "CONFLICT", ["input", "code"]),
        (forged, {}, "INVALID", ["input", "code"]),
        ("XG1", {}, "INVALID", ["input", "code"]),
        (code, {"nonce": " "}, "INVALID", ["input", "nonce"]),
        (code, {"nonce": "n" * 65}, "INVALID", ["input", "nonce"]),
        (code, {"registrationId": registration_id}, "INVALID", ["input"]),
        (code, {"deviceId": "d" * 81}, "INVALID", ["input", "deviceId"]),
    )
    for shown, given, refused_as, path in cases:
        refusal = await door.refused(shown, **given)
        assert (refusal["code"], refusal["path"]) == (refused_as, path), given
    door.square.client.now = STARTS_AT - timedelta(days=1)
    await door.square.done(who, CANCEL, registrationId=registration_id)
    at_the_door(door)
    refusal = await door.refused(code)
    assert (refusal["code"], refusal["message"]) == ("CONFLICT", "The registration was cancelled.")
    assert (await door.scan(elsewhere))["isFirst"] is True


async def test_who_waits_has_no_seat_to_be_let_into(square: Square) -> None:
    door = await open_door(square, capacity=1)
    await door.guest()
    waiting = await square.register(await square.person(), door.event.id)
    assert waiting["state"] == "WAITLISTED"
    at_the_door(door)
    refusal = await square.refused(
        door.keeper, CHECK_IN, registrationId=waiting["id"], nonce="by hand"
    )
    assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "registrationId"])


async def test_by_hand_from_the_list(door: Door) -> None:
    _, registration_id, _ = await door.guest()
    at_the_door(door)
    payload = await door.square.do(
        door.keeper, CHECK_IN, registrationId=registration_id, nonce="by hand"
    )
    assert (payload["checkIn"]["source"], payload["isFirst"]) == ("DESK", True)


@pytest.mark.slow
@pytest.mark.parametrize("same_nonce", [False, True])
async def test_many_scanners_at_once(door: Door, database: Settings, same_nonce: bool) -> None:
    """20 scans of one ticket by 4 devices: one of them is the first."""
    _, _, code = await door.guest(partySize=3)
    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(acting_client(database, now=STARTS_AT))
            for _ in range(4)
        ]
        for device in devices:
            device.actor = door.keeper if same_nonce else keeper_of(door.place.id)
        tries = [
            devices[number % 4].ask(
                CHECK_IN,
                {"input": {"code": code, "nonce": "n" if same_nonce else f"n{number}"}},
            )
            for number in range(20)
        ]
        payloads = [answer["checkIn"] for answer in await asyncio.gather(*tries)]
    assert [payload["errors"] for payload in payloads] == [[]] * 20
    firsts = [payload["isFirst"] for payload in payloads]
    assert firsts.count(True) == (20 if same_nonce else 1)
    assert await CheckIn.filter(first_slot=1).count() == 1
    assert await CheckIn.all().count() == (1 if same_nonce else 20)
    rows = await fetch_all("SELECT SUM(arrivals) FROM check_in", [])
    assert int(rows[0][0]) == 3
    assert await counts(await Pool.all().get()) == (3, 0, 0)
    assert (await Registration.all().get()).state is RegistrationState.ATTENDED
