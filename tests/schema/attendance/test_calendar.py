"""Calendars by address: what they say, in the words of RFC 5545, and to whom."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import icalendar
import pytest

from hub.app import create_app
from hub.attendance.models import CalendarFeed
from hub.attendance.service.calendar import ENTRIES_MAX, reset_feed
from hub.auth import ANONYMOUS, Actor, Viewer
from hub.database import recorded_statements
from hub.identity.models import Person
from hub.settings import Settings, install_settings
from schema.relay import encode_id
from tests.factories import directory, enrollment, events, learning
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, seated_event
from tests.schema.attendance.documents import CANCEL, ENROLL, TRANSFER
from tests.schema.attendance.door import TICKET
from tests.schema.attendance.test_tickets import get

FEED = "{ viewer { calendarFeedUrl } }"
RESET = "mutation { resetCalendarFeed { calendarFeedUrl errors { code } } }"


async def entry_address(square: Square, who: Actor, registration_id: str) -> str:
    """Where a registration's calendar entry is."""
    shown = (await square.ask(who, TICKET, id=registration_id))["node"]
    return str(shown["calendarUrl"])


async def feed_address(square: Square, who: Actor) -> str:
    """Where somebody's calendar is."""
    return str((await square.ask(who, FEED))["viewer"]["calendarFeedUrl"])


async def read(settings: Settings, path: str, **moment: Any) -> icalendar.Calendar:
    """A calendar, after what RFC 5545 asks of every line of it."""
    response = await get(settings, path, **moment)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/calendar; charset=utf-8")
    assert response.headers["cache-control"] == "private, max-age=300"
    lines = response.content.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75, "folded at octets"
    for line in lines:
        line.decode()  # and never within a character
    return icalendar.Calendar.from_ical(response.content)


def entries(calendar: icalendar.Calendar) -> list[Any]:
    """The entries of a calendar."""
    return list(calendar.walk("VEVENT"))


async def test_one_registration(square: Square, database: Settings) -> None:
    pool = await enrollment.pool(party_size_maximum=2)
    place = await directory.station(name="东胜驿站", address="中山东路 1 号", published_at=NOW)
    title = "夏季安全讲座,第一场;请带头盔\\换装" + "，长长的标题" * 12
    event = await events.event(title=title, place_id=place.id, pool_id=pool.id, address=None)
    worker = await square.person()
    row = await square.register(worker, event.id, partySize=2)
    calendar = await read(database, await entry_address(square, worker, row["id"]))
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    (entry,) = entries(calendar)
    assert str(entry["SUMMARY"]) == title
    assert str(entry["LOCATION"]) == "东胜驿站，中山东路 1 号"
    assert entry["GEO"].to_ical() == f"{place.latitude};{place.longitude}"
    assert str(entry["DESCRIPTION"]).splitlines() == [
        "报名状态：已报名",
        "人数：2 人",
        "请提前到场，出示票码签到。",
    ]
    assert str(entry["STATUS"]) == "CONFIRMED"
    assert entry["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert entry.decoded("DTSTART") == datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert entry.decoded("DTEND") - entry.decoded("DTSTART") == timedelta(hours=2)
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Asia/Shanghai"
    (alarm,) = entry.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(hours=-1)
    assert "URL" not in entry


async def test_a_change_has_the_same_uid_and_a_higher_sequence(
    square: Square, database: Settings
) -> None:
    _, event = await seated_event()
    worker = await square.person()
    row = await square.register(worker, event)
    address = await entry_address(square, worker, row["id"])
    (before,) = entries(await read(database, address))
    await square.done(worker, CANCEL, registrationId=row["id"])
    (after,) = entries(await read(database, address))
    assert str(after["UID"]) == str(before["UID"])
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert str(after["STATUS"]) == "CANCELLED"
    assert after.walk("VALARM") == []
    (in_feed,) = entries(await read(database, await feed_address(square, worker)))
    assert in_feed.to_ical() == after.to_ical()


async def test_a_hand_over_ends_the_first_ones_entry(square: Square, database: Settings) -> None:
    _, event = await seated_event()
    giver, phone = await square.person(), square.phone()
    taker = await square.person_with(phone)
    row = await square.register(giver, event)
    address = await entry_address(square, giver, row["id"])
    await square.done(giver, TRANSFER, registrationId=row["id"], toPhone=phone)
    (old,) = entries(await read(database, address))
    assert str(old["STATUS"]) == "CANCELLED"
    (new,) = entries(await read(database, await entry_address(square, taker, row["id"])))
    assert str(new["STATUS"]) == "CONFIRMED"
    assert entries(await read(database, await feed_address(square, giver))) == []


async def test_a_feed_has_ones_own_of_the_last_and_the_coming_days(
    square: Square, database: Settings
) -> None:
    worker, other = await square.person(), await square.person()
    for days in (-91, -89, 30):
        event = await events.event(
            title=f"第 {days} 天",
            starts_at=NOW + timedelta(days=days),
            published_at=NOW - timedelta(days=200),
            registration_opens_at=NOW - timedelta(days=200),
            registration_closes_at=NOW + timedelta(days=200),
        )
        square.client.now = NOW - timedelta(days=100)
        await square.register(worker, event.id)
    course = await learning.course()
    pool = await enrollment.pool()
    session = await learning.session(course.id, pool_id=pool.id, title="第二期")
    square.client.now = NOW
    given = {"courseId": encode_id("Course", course.id), "idempotencyKey": square.key()}
    given["sessionId"] = encode_id("CourseSession", session.id)
    await square.done(worker, ENROLL, **given)
    online = {"courseId": encode_id("Course", (await learning.course()).id)}
    await square.done(worker, ENROLL, **online, idempotencyKey=square.key())
    calendar = await read(database, await feed_address(square, worker))
    assert str(calendar["X-WR-CALNAME"]) == "小哥之家 · 我的活动"
    titles = {str(entry["SUMMARY"]) for entry in entries(calendar)}
    assert titles == {"第 -89 天", "第 30 天", "电动车安全 · 第二期"}
    assert calendar.get_missing_tzids() == set()
    assert entries(await read(database, await feed_address(square, other))) == []


async def test_a_reset_ends_the_old_address(square: Square, database: Settings) -> None:
    worker = await square.person()
    seen = [await feed_address(square, worker)]
    for _ in range(2):
        square.client.actor = worker
        payload = (await square.client.ask(RESET))["resetCalendarFeed"]
        assert payload["errors"] == []
        seen.append(payload["calendarFeedUrl"])
        assert await feed_address(square, worker) == seen[-1]
    assert len(set(seen)) == 3
    assert [(await get(database, each)).status_code for each in seen] == [404, 404, 200]
    assert await CalendarFeed.all().count() == 1
    square.client.actor = ANONYMOUS
    refused = await square.client.send(RESET)
    assert refused.error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_two_resets_at_once(square: Square, database: Settings) -> None:
    worker = await square.person()
    viewer = Viewer(worker, NOW)
    await asyncio.gather(*(reset_feed(viewer) for _ in range(4)))
    assert (await CalendarFeed.all().get()).generation == 4


async def test_addresses_that_are_nobodys(square: Square, database: Settings) -> None:
    worker = await square.person()
    _, event = await seated_event()
    row = await square.register(worker, event)
    feed, entry = await feed_address(square, worker), await entry_address(square, worker, row["id"])
    swapped = feed.replace("feed-", "entry-"), entry.replace("entry-", "feed-")
    changed = feed[:-5] + ("A" if feed[-5] != "A" else "B") + ".ics"
    for bad in (*swapped, changed, "/calendar/", "/calendar/feed-x.ics", feed[:-4]):
        assert (await get(database, bad)).status_code == 404, bad
    await Person.filter(id=worker.person_id).update(disabled_at=NOW)
    assert (await get(database, feed)).status_code == 404


async def test_the_secret_of_an_address_is_not_logged(
    square: Square, database: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    address = await feed_address(square, await square.person())
    capsys.readouterr()
    transport = httpx.ASGITransport(create_app(database))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        assert (await http.get(address)).status_code == 200
    logged = capsys.readouterr()
    text = logged.out + logged.err
    assert "path=/calendar/..." in text
    assert address.removeprefix("/calendar/") not in text


async def test_with_a_public_address(square: Square, database: Settings) -> None:
    install_settings(database.model_copy(update={"public_url": "https://hub.example.org"}))
    _, event = await seated_event()
    worker = await square.person()
    row = await square.register(worker, event)
    shown = (await square.ask(worker, TICKET, id=row["id"]))["node"]
    assert shown["ticket"]["qrSvgUrl"].startswith("https://hub.example.org/tickets/")
    address = shown["calendarUrl"]
    assert address.startswith("https://hub.example.org/calendar/entry-")
    changed = database.model_copy(update={"public_url": "https://hub.example.org"})
    (entry,) = entries(await read(changed, address))
    assert str(entry["URL"]) == address


async def test_statements_do_not_grow_with_a_feed(square: Square, database: Settings) -> None:
    worker = await square.person()
    address = await feed_address(square, worker)
    counted: list[int] = []
    for _ in range(2):
        for _ in range(3):
            _, event = await seated_event()
            await square.register(worker, event)
        with recorded_statements() as statements:
            calendar = await read(database, address)
        assert len(entries(calendar)) == 3 * (len(counted) + 1) <= ENTRIES_MAX
        counted.append(len(statements))
    assert counted == [4, 4]
