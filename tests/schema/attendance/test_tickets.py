"""Tickets: who has one, what it looks like, and whether the recipe of the docs knows it."""

import re
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import zxingcpp
from PIL import Image

from hub.app import create_app
from hub.auth import ANONYMOUS
from hub.clock import frozen
from hub.settings import Settings, install_settings
from schema.attendance.files import TICKET_KEYS_PATH
from schema.relay import encode_id
from tests.factories import events
from tests.factories.events import STARTS_AT
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, seated_event
from tests.schema.attendance.documents import CANCEL, TRANSFER
from tests.schema.attendance.door import TICKET, open_door

RECIPE = Path(__file__).parents[3] / "docs" / "tickets.md"
TICKETS = """query($first: Int, $after: String) { viewer { tickets(first: $first, after: $after) {
  nodes { id ticket { code } } pageInfo { hasNextPage endCursor } } } }"""


async def get(settings: Settings, path: str, *, after: timedelta = timedelta()) -> httpx.Response:
    """What is at an address, that long after NOW."""
    quiet = settings.model_copy(update={"log_level": "ERROR"})
    transport = httpx.ASGITransport(create_app(quiet))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        with frozen(NOW + after):
            return await http.get(path)


def recipe() -> Any:
    """The function that the docs tell scanners to write."""
    (text,) = re.findall(r"```python\n(.*?)```", RECIPE.read_text(encoding="utf-8"), re.S)
    made: dict[str, Any] = {}
    exec(text, made)  # the docs are ours
    return made["verify"]


async def test_the_recipe_of_the_docs_knows_a_code(square: Square, database: Settings) -> None:
    door = await open_door(square)
    _, registration_id, code = await door.guest(partySize=2)
    keys = (await get(database, TICKET_KEYS_PATH)).json()
    verify, occasion, today = recipe(), door.event.id.bytes, STARTS_AT.date()
    assert set(verify(code, keys, occasion, today)) == {"registration", "serial", "party"}
    found = verify(code, keys, occasion, today)
    assert (found["serial"], found["party"]) == (0, 2)
    assert encode_id("Registration", UUID(hex=found["registration"])) == registration_id
    assert verify(code, keys, bytes(16), today) is None
    assert verify(code, keys, occasion, date(2026, 6, 2)) is None
    altered = code[:-10] + ("B" if code[-10] == "A" else "A") + code[-9:]
    assert verify(altered, keys, occasion, today) is None
    assert verify(code, {"keys": []}, occasion, today) is None
    asked = await square.ask(ANONYMOUS, "{ ticketKeys { keyId algorithm publicKey } }")
    assert asked["ticketKeys"] == keys["keys"]


async def test_a_code_outlives_a_change_of_keys(square: Square, database: Settings) -> None:
    door = await open_door(square)
    who, registration_id, before = await door.guest()
    changed = database.model_copy(update={"encryption_keys": {"b": "another secret, long enough"}})
    install_settings(changed)
    after = await door.code(who, registration_id)
    assert after != before
    keys = (await get(changed, TICKET_KEYS_PATH)).json()
    assert len(keys["keys"]) == 2
    for code in (before, after):
        assert recipe()(code, keys, door.event.id.bytes, STARTS_AT.date())
    square.client.now = STARTS_AT
    assert (await door.scan(before))["isFirst"] is True


async def test_a_ticket_is_its_persons_alone(square: Square) -> None:
    _, event = await seated_event(capacity=1)
    holder, waiting = await square.person(), await square.person()
    held = await square.register(holder, event)
    listed = await square.register(waiting, event)
    shown = (await square.ask(holder, TICKET, id=held["id"]))["node"]
    assert shown["ticket"]["code"] == shown["ticketCode"]
    assert shown["ticket"]["validFrom"] == "2026-05-31T23:00:00Z"
    assert shown["ticket"]["validUntil"] == "2026-06-01T05:00:00Z"
    assert (await square.ask(holder, TICKET, id=held["id"]))["node"] == shown
    unseated = (await square.ask(waiting, TICKET, id=listed["id"]))["node"]
    assert (unseated["ticket"], unseated["ticketCode"]) == (None, None)
    organised = (await square.ask(square.organiser(), TICKET, id=held["id"]))["node"]
    assert organised == {
        "state": "CONFIRMED",
        **dict.fromkeys(("ticket", "ticketCode", "calendarUrl")),
    }
    for other in (ANONYMOUS, waiting):
        assert (await square.ask(other, TICKET, id=held["id"]))["node"] is None
    await square.done(holder, CANCEL, registrationId=held["id"])
    assert (await square.ask(holder, TICKET, id=held["id"]))["node"]["ticket"] is None


async def test_the_picture_is_read_by_a_real_decoder(square: Square, database: Settings) -> None:
    door = await open_door(square)
    who, registration_id, code = await door.guest()
    ticket = (await square.ask(who, TICKET, id=registration_id))["node"]["ticket"]
    png = await get(database, ticket["qrPngUrl"])
    assert png.status_code == 200
    assert png.headers["content-type"] == "image/png"
    assert png.headers["cache-control"] == "private, max-age=3600"
    assert png.headers["x-content-type-options"] == "nosniff"
    image = Image.open(BytesIO(png.content)).convert("L")
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == code
    frame = [image.getpixel((x, y)) for x in range(image.width) for y in range(4 * 8)]
    assert set(frame) == {255}, "a quiet zone of four modules"
    svg = await get(database, ticket["qrSvgUrl"])
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in svg.headers["content-security-policy"]
    assert b"<script" not in svg.content
    assert svg.content.startswith(b"<?xml")


async def test_a_pictures_address_ends(square: Square, database: Settings) -> None:
    door = await open_door(square)
    who, registration_id, _ = await door.guest()
    ticket = (await square.ask(who, TICKET, id=registration_id))["node"]["ticket"]
    good = ticket["qrPngUrl"]
    assert (await get(database, good, after=timedelta(hours=24))).status_code == 200
    assert (await get(database, good, after=timedelta(hours=25))).status_code == 404
    other = good.replace("serial=0", "serial=1")
    foreign = good.replace(good[9:41], "0" * 32)
    for bad in (other, foreign, good[:-1], good.replace(".png", ".gif"), "/tickets/", good[:45]):
        assert (await get(database, bad)).status_code == 404, bad
    await square.done(who, CANCEL, registrationId=registration_id)
    assert (await get(database, good)).status_code == 404


async def test_a_handed_over_code_is_void(square: Square, database: Settings) -> None:
    door = await open_door(square)
    first, registration_id, old = await door.guest()
    picture = (await square.ask(first, TICKET, id=registration_id))["node"]["ticket"]["qrPngUrl"]
    phone = square.phone()
    second = await square.person_with(phone)
    await square.done(first, TRANSFER, registrationId=registration_id, toPhone=phone)
    assert await square.ask(first, TICKET, id=registration_id) == {"node": None}
    assert (await get(database, picture)).status_code == 404
    new = await door.code(second, registration_id)
    square.client.now = STARTS_AT
    refusal = await door.refused(old)
    assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "code"])
    assert "handed over" in refusal["message"]
    assert (await door.scan(new))["isFirst"] is True


async def test_tickets_to_come_are_first(square: Square) -> None:
    worker = await square.person()
    square.client.now = NOW
    ids = {}
    for name, days in (("past", -2), ("far", 9), ("near", 3), ("older", -4)):
        event = await events.event(
            starts_at=NOW + timedelta(days=days),
            registration_opens_at=NOW - timedelta(days=9),
            registration_closes_at=NOW + timedelta(days=9),
        )
        square.client.now = NOW - timedelta(days=8)
        ids[name] = (await square.register(worker, event.id))["id"]
    square.client.now = NOW
    seen, after = [], None
    while True:
        page = (await square.ask(worker, TICKETS, first=3, after=after))["viewer"]["tickets"]
        seen += [node["id"] for node in page["nodes"]]
        assert all(node["ticket"]["code"] for node in page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [ids[name] for name in ("near", "far", "older", "past")]
    other = await square.person()
    assert (await square.ask(other, TICKETS))["viewer"]["tickets"]["nodes"] == []


async def test_statements_do_not_grow_with_tickets(square: Square) -> None:
    worker = await square.person()
    counted: list[int] = []
    for _ in range(2):
        for _ in range(3):
            _, event = await seated_event()
            await square.register(worker, event)
        square.client.actor = worker
        answer = await square.client.send(TICKETS)
        assert len(answer.data["viewer"]["tickets"]["nodes"]) == 3 * (len(counted) + 1)
        counted.append(len(answer.statements))
    assert counted == [3, 3]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_addresses_are_read_only(database: Settings, method: str) -> None:
    transport = httpx.ASGITransport(create_app(database.model_copy(update={"log_level": "ERROR"})))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        for path in ("/tickets/x.png", "/calendar/x.ics", TICKET_KEYS_PATH):
            assert (await http.request(method, path)).status_code == 405
