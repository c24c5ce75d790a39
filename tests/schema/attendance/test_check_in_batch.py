"""What devices bring that scanned without a network: each scan once, whatever becomes of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from hub.attendance.models import CheckIn
from hub.auth import ANONYMOUS
from hub.enrollment.models import Registration
from hub.enrollment.rules import RegistrationState
from hub.settings import Settings
from tests.factories import directory
from tests.factories.events import STARTS_AT
from tests.schema import client
from tests.schema.acting import acting_client
from tests.schema.attendance.conftest import Square, actions, stored
from tests.schema.attendance.documents import CANCEL, TRANSFER
from tests.schema.attendance.door import (
    BATCH,
    DOORS_CLOSE,
    DOORS_OPEN,
    REVOKED,
    Door,
    keeper_of,
    open_door,
)

NEXT_DAY = STARTS_AT + timedelta(days=1)


@pytest.fixture
async def door(square: Square) -> Door:
    """The door, before anybody can come."""
    return await open_door(square, capacity=700)


def told(results: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """What became of the scans: the outcome and the problem."""
    return [(each["outcome"], each["problem"]) for each in results]


async def test_a_batch_that_arrives_the_next_day(door: Door) -> None:
    guests = [await door.guest(partySize=2) for _ in range(3)]
    cancelled, cancelled_id, void = await door.guest()
    await door.square.done(cancelled, CANCEL, registrationId=cancelled_id)
    giver, given_id, old = await door.guest()
    phone = door.square.phone()
    await door.square.person_with(phone)
    await door.square.done(giver, TRANSFER, registrationId=given_id, toPhone=phone)
    door.square.client.now = NEXT_DAY
    early = (DOORS_OPEN - timedelta(seconds=1)).isoformat()
    codes = [code for _, _, code in guests]
    items = [
        door.offline(codes[0]),
        door.offline(void),
        door.offline(old),
        door.offline("XG1 no code"),
        door.offline(codes[1], nonce=" "),
        door.offline(codes[1], occurredAt=early),
        door.offline(codes[1], occurredAt=DOORS_CLOSE.isoformat()),
        door.offline(codes[1], arrivals=3),
        door.offline(codes[1], arrivals=1),
        door.offline(codes[0]),
    ]
    results = await door.batch(items)
    assert told(results) == [
        ("ACCEPTED", None),
        ("CONFLICT", "CANCELLED"),
        ("CONFLICT", "HANDED_OVER"),
        ("INVALID", "FORGED"),
        ("INVALID", "BAD_NONCE"),
        ("CONFLICT", "TOO_EARLY"),
        ("CONFLICT", "TOO_LATE"),
        ("CONFLICT", "TOO_MANY"),
        ("ACCEPTED", None),
        ("DUPLICATE", "ALREADY_CHECKED_IN"),
    ]
    assert [each["nonce"] for each in results] == [each["nonce"] for each in items]
    assert all(each["message"] for each in results)
    assert results[0]["registration"] == {"registrationId": guests[0][1], "state": "ATTENDED"}
    assert results[3]["registration"] is None
    assert (await actions())[-1] == "registration.checked_in"
    before = await stored()
    again = await door.batch(items)
    assert await stored() == before, "replayed it changes nothing"
    expected = [
        ("DUPLICATE", None) if each == ("ACCEPTED", None) else each for each in told(results)
    ]
    assert told(again) == expected


async def test_messages_are_chinese_for_people_of_the_district(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "HEADERS", {**client.HEADERS, "accept-language": "zh-CN"})
    (result,) = await door.batch([door.offline("XG1")])
    assert result["message"] == "无效的票码，不是本平台签发的。"


async def test_another_device_was_first(door: Door) -> None:
    _, _, code = await door.guest()
    door.square.client.now = STARTS_AT
    other = keeper_of(door.place.id)
    await door.scan(code, by=other, deviceId="tablet-9")
    items = [door.offline(code)]
    (result,) = await door.batch(items)
    assert (result["outcome"], result["problem"]) == ("CONFLICT", "ALREADY_CHECKED_IN")
    assert result["first"]["deviceId"] == "tablet-9"
    before = await stored()
    assert told(await door.batch(items)) == told([result])
    assert await stored() == before


async def test_a_clock_that_is_ahead(door: Door) -> None:
    codes = [(await door.guest())[2] for _ in range(2)]
    door.square.client.now = STARTS_AT
    tolerated, wrong = STARTS_AT + timedelta(minutes=10), STARTS_AT + timedelta(minutes=11)
    results = await door.batch(
        [
            door.offline(codes[0], occurredAt=tolerated.isoformat()),
            door.offline(codes[1], occurredAt=wrong.isoformat()),
        ]
    )
    assert told(results) == [("ACCEPTED", None), ("CONFLICT", "CLOCK_WRONG")]
    entry = await CheckIn.all().get()
    assert entry.occurred_at == entry.at == STARTS_AT


async def test_a_keeper_of_another_place_learns_nothing(door: Door) -> None:
    _, _, code = await door.guest()
    door.square.client.now = STARTS_AT
    elsewhere = keeper_of((await directory.station(published_at=STARTS_AT)).id)
    before = await stored()
    (result,) = await door.batch([door.offline(code)], by=elsewhere)
    assert told([result]) == [("INVALID", "NOT_FOUND")]
    assert (result["registration"], result["first"]) == (None, None)
    assert await stored() == before
    for other in (elsewhere, await door.square.person(), ANONYMOUS):
        assert await door.square.ask(other, REVOKED, event=door.event_id) == {
            "ticketRevocations": None
        }


async def test_what_is_no_batch(door: Door) -> None:
    for device, items in (("", [door.offline("x")]), ("d", []), ("d", [door.offline("x")] * 501)):
        payload = await door.square.do(door.keeper, BATCH, deviceId=device, items=items)
        (error,) = payload["errors"]
        assert error["code"] == "INVALID"
        assert error["path"][-1] == ("items" if device else "deviceId")


async def test_void_codes_can_be_known_without_a_network(door: Door) -> None:
    giver, given_id, _ = await door.guest()
    await door.guest()
    phone = door.square.phone()
    await door.square.person_with(phone)
    await door.square.done(giver, TRANSFER, registrationId=given_id, toPhone=phone)
    door.square.client.now += timedelta(hours=1)
    leaver, left_id, _ = await door.guest()
    await door.square.done(leaver, CANCEL, registrationId=left_id)
    page = (await door.square.ask(door.keeper, REVOKED, event=door.event_id, first=1))[
        "ticketRevocations"
    ]
    assert [each["minimumSerial"] for each in page["nodes"]] == [1]
    after = page["pageInfo"]["endCursor"]
    rest = await door.square.ask(door.keeper, REVOKED, event=door.event_id, after=after)
    (last,) = rest["ticketRevocations"]["nodes"]
    assert last["minimumSerial"] is None
    since = await door.square.ask(
        door.keeper, REVOKED, event=door.event_id, since=last["revokedAt"]
    )
    assert since["ticketRevocations"]["nodes"] == [last]


@pytest.mark.slow
async def test_statements_do_not_grow_and_five_hundred_go_through(door: Door) -> None:
    square = door.square
    codes = [(await door.guest())[2] for _ in range(40)]
    square.client.now, square.client.actor = STARTS_AT, door.keeper
    counted = []
    for some in (codes[:2], codes[2:40]):
        given = {"deviceId": "d", "items": [door.offline(code) for code in some]}
        answer = await square.client.send(BATCH, {"input": given})
        results = answer.data["checkInBatch"]["results"]
        assert told(results) == [("ACCEPTED", None)] * len(some)
        counted.append(len(answer.statements))
    assert counted == [12, 12]
    many = [door.offline(codes[number % 40]) for number in range(500)]
    assert told(await door.batch(many, device="d")) == [("DUPLICATE", "ALREADY_CHECKED_IN")] * 500


@pytest.mark.slow
async def test_two_devices_bring_the_same_guests_at_once(door: Door, database: Settings) -> None:
    codes = [(await door.guest())[2] for _ in range(20)]
    keepers = [keeper_of(door.place.id) for _ in range(4)]

    async def bring(number: int) -> list[dict[str, Any]]:
        async with acting_client(database, now=NEXT_DAY) as tablet:
            tablet.actor = keepers[number]
            ordered = codes if number % 2 else codes[::-1]
            items = [door.offline(code, nonce=f"{code[-60:]}") for code in ordered]
            given = {"deviceId": f"tablet-{number}", "items": items}
            answer = await tablet.ask(BATCH, {"input": given})
            results: list[dict[str, Any]] = answer["checkInBatch"]["results"]
            return results

    brought = await asyncio.gather(*(bring(number) for number in range(4)))
    accepted = [each for results in brought for each in results if each["outcome"] == "ACCEPTED"]
    assert len({each["registration"]["registrationId"] for each in accepted}) == 20
    assert len(accepted) == 20
    assert await CheckIn.filter(first_slot=1).count() == 20
    states = {row.state for row in await Registration.all()}
    assert states == {RegistrationState.ATTENDED}
