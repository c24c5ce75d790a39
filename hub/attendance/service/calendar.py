"""Calendars: what somebody signed up for, as iCalendar (RFC 5545), at addresses without sign-in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.exceptions import IntegrityError

from hub.attendance.models import CalendarFeed
from hub.attendance.queries import occasions_of
from hub.attendance.rules import Occasion
from hub.attendance.service.links import calendar_path, named_by_calendar, public_address
from hub.audit import service as audit
from hub.auth import ANONYMOUS, Viewer, require_person
from hub.bulk import insert_rows, update_where
from hub.criteria import is_in
from hub.database import transaction
from hub.directory.queries import PLACES
from hub.enrollment.queries import OWN_REGISTRATIONS, registration_by_id, registrations
from hub.enrollment.rules import OVER, STATE_WORDS, RegistrationState
from hub.identity.queries import person_by_id
from hub.ids import new_id
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

if TYPE_CHECKING:
    import icalendar  # what makes calendars is loaded by the first one

KEPT = timedelta(days=90)
"""How long something stays in a person's feed after its end."""

ENTRIES_MAX = 200
"""How many entries a feed has at most, the newest registrations first."""

_LOOKED_AT_MAX = 400
_ALARM = timedelta(hours=-1)
_YEAR = timedelta(days=366)
_PRODUCT: Final = "-//Xiaoge Hub//Attendance//ZH"
_feeds = table_of(CalendarFeed)

_STATUS = {
    RegistrationState.CONFIRMED: "CONFIRMED",
    RegistrationState.ATTENDED: "CONFIRMED",
    RegistrationState.NO_SHOW: "CONFIRMED",
    RegistrationState.PENDING: "TENTATIVE",
    RegistrationState.OFFERED: "TENTATIVE",
    RegistrationState.WAITLISTED: "TENTATIVE",
    **dict.fromkeys(OVER, "CANCELLED"),
}
_IN_FEED = [state for state in RegistrationState if state is not RegistrationState.WAITLISTED]


def entry_url(row: Record) -> str:
    """The address of one registration's calendar entry. A hand-over ends it."""
    return public_address(calendar_path("entry", row.id, number=row.ticket_serial))


async def entry_urls(viewer: Viewer, rows: Sequence[Record]) -> list[str | None]:
    """The address of each registration's calendar entry, aligned; None for somebody else's."""
    own = viewer.actor.person_id
    return [entry_url(row) if own is not None and row.person_id == own else None for row in rows]


async def feed_urls(person_ids: Sequence[UUID]) -> list[str]:
    """The secret address of each person's calendar, aligned, in one statement."""
    rows = await fetch_records_by(Select(CalendarFeed), person_ids, column="person_id")
    generations = {row.person_id: row.generation for row in rows}
    paths = [calendar_path("feed", each, number=generations.get(each, 0)) for each in person_ids]
    return [public_address(path) for path in paths]


async def reset_feed(viewer: Viewer) -> str:
    """A new address for the asking person's calendar; the old one is dead. Raises Unauthenticated.

    Two at once make two new addresses, of which the later one counts.
    """
    person_id = require_person(viewer.actor)

    async def body() -> None:
        sets = {"generation": _feeds.generation + 1, "reset_at": viewer.now}
        if not await update_where(CalendarFeed, sets, where=[_feeds.person_id == person_id]):
            row = {"id": new_id(), "person_id": person_id, "generation": 1}
            await insert_rows(CalendarFeed, [{**row, "reset_at": viewer.now}])
        await audit.record(viewer.actor, "calendar.reset", object=("Person", person_id))

    try:
        await transaction(body)
    except IntegrityError:  # the first reset, twice at once
        await transaction(body)
    return (await feed_urls([person_id]))[0]


async def entry(token: str, *, now: datetime) -> bytes | None:
    """The calendar with one registration; None for a token that is not ours, or without a time.

    To those who handed it over it is cancelled.
    """
    named = named_by_calendar(token, purpose="entry")
    row = await registration_by_id(named.id) if named is not None else None
    if named is None or row is None:
        return None
    import icalendar

    events = await _events([row], now=now)
    if named.number != row.ticket_serial:
        for each in events:
            each["STATUS"] = icalendar.vText("CANCELLED")
    return _calendar(events) if events else None


async def feed(token: str, *, now: datetime) -> bytes | None:
    """A person's calendar: what is to come and what was lately; None for a token that is not ours,
    or not any more.
    """
    named = named_by_calendar(token, purpose="feed")
    if named is None or await _generation(named.id) != named.number:
        return None
    person = await person_by_id(named.id)
    if person is None or person.disabled_at is not None:
        return None
    criteria = (registrations.person_id == named.id, is_in(registrations.state, _IN_FEED))
    select = Select(OWN_REGISTRATIONS.model, criteria)
    newest_first = [Ordering("created_at", descending=True)]
    rows = await fetch_records(select, order=newest_first, limit=_LOOKED_AT_MAX)
    events = await _events(rows, now=now, since=now - KEPT)
    return _calendar(events[:ENTRIES_MAX], name="小哥之家 · 我的活动")


async def _generation(person_id: UUID) -> int:
    rows = await fetch_records(Select(CalendarFeed, (_feeds.person_id == person_id,)), limit=1)
    return rows[0].generation if rows else 0


async def _events(
    rows: Sequence[Record], *, now: datetime, since: datetime | None = None
) -> "list[icalendar.Event]":
    """The entries of the registrations whose time is known and not over before `since`."""
    occasions = await occasions_of(rows)
    places = await _places([each for each in occasions if each is not None], now=now)
    return [
        _event(row, occasion, places.get(occasion.place_id) if occasion.place_id else None)
        for row, occasion in zip(rows, occasions, strict=True)
        if occasion is not None and _is_shown(occasion, since)
    ]


def _is_shown(occasion: Occasion, since: datetime | None) -> bool:
    end = occasion.ends_at or occasion.starts_at
    return end is not None and (since is None or end >= since)


async def _places(occasions: Sequence[Occasion], *, now: datetime) -> dict[UUID, Record]:
    """The public places of the occasions: a calendar's address may be anybody's."""
    ids = list(dict.fromkeys(each.place_id for each in occasions if each.place_id is not None))
    rows = await PLACES.by_ids(Viewer(ANONYMOUS, now), ids) if ids else []
    return {row.id: row for row in rows if row is not None}


def _event(row: Record, occasion: Occasion, place: Record | None) -> "icalendar.Event":
    import icalendar

    made = icalendar.Event()
    zone = ZoneInfo(occasion.timezone or "Asia/Shanghai")
    assert occasion.starts_at is not None
    made.add("uid", f"{row.id}@xiaoge-hub")
    made.add("sequence", row.version + occasion.version)
    made.add("dtstamp", row.updated_at)
    made.add("last-modified", row.updated_at)
    made.add("dtstart", occasion.starts_at.astimezone(zone))
    made.add("dtend", (occasion.ends_at or occasion.starts_at).astimezone(zone))
    made.add("summary", _title(occasion))
    made.add("description", _description(row, occasion))
    made.add("status", _STATUS[row.state])
    _add_venue(made, occasion, place)
    if (url := entry_url(row)).startswith("http"):
        made.add("url", url)
    if row.state not in OVER:
        made.add_component(_alarm(occasion))
    return made


def _title(occasion: Occasion) -> str:
    return " · ".join(part for part in (occasion.title, occasion.part_title) if part)


def _description(row: Record, occasion: Occasion) -> str:
    lines = [f"报名状态：{STATE_WORDS[row.state]}", f"人数：{row.party_size} 人"]
    if occasion.part_title:
        lines.append(f"场次或选项：{occasion.part_title}")
    if row.state is RegistrationState.CONFIRMED:
        lines.append("请提前到场，出示票码签到。")
    return "\n".join(lines)


def _add_venue(made: "icalendar.Event", occasion: Occasion, place: Record | None) -> None:
    name = occasion.venue_name or (place.name if place is not None else None)
    address = occasion.address or (place.address if place is not None else None)
    words = list(dict.fromkeys(part for part in (name, address) if part))
    if words:
        made.add("location", "，".join(words))
    point = (occasion.latitude, occasion.longitude)
    if place is not None and None in point:
        point = (place.latitude, place.longitude)
    if None not in point:
        made.add("geo", point)


def _alarm(occasion: Occasion) -> "icalendar.Alarm":
    import icalendar

    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", _ALARM)
    alarm.add("description", f"一小时后开始：{_title(occasion)}")
    return alarm


def _calendar(events: "Sequence[icalendar.Event]", *, name: str = "") -> bytes:
    import icalendar

    made = icalendar.Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("x-wr-calname", name)
    for each in events:
        made.add_component(each)
    if events:
        starts = [each.decoded("dtstart").date() for each in events]
        made.add_missing_timezones(min(starts) - _YEAR, max(starts) + _YEAR)
    return bytes(made.to_ical())
