"""Events, their agenda, employers and openings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.events.models import AgendaItem, Employer, Event, EventOption, Opening
from hub.events.rules import EventKind, PayPeriod
from hub.ids import new_id
from hub.pinyin import sort_key
from tests.factories.publishing import content, new_slug

STARTS_AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


async def event(**values: Any) -> Event:
    """A published lecture of two hours at an address."""
    starts_at = values.get("starts_at", STARTS_AT)
    defaults = {
        "kind": EventKind.LECTURE,
        "title": "夏季安全讲座",
        "organiser": "鄞州区总工会",
        "address": "天童南路 568 号",
        "timezone": "Asia/Shanghai",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
    }
    return await Event.create(**content("event", {**defaults, **values}))


async def job_fair(**values: Any) -> Event:
    """A published job fair."""
    return await event(**{"kind": EventKind.JOB_FAIR, "title": "暖心招聘会", **values})


async def agenda_item(event_id: UUID, **values: Any) -> AgendaItem:
    """One point of an event's agenda."""
    defaults = {"position": 1, "title": "开幕", "starts_at": STARTS_AT}
    return await AgendaItem.create(id=new_id(), event_id=event_id, **{**defaults, **values})


async def employer(**values: Any) -> Employer:
    """A published employer."""
    name = values.get("name", "顺达物流")
    return await Employer.create(
        **content("employer", {"name": name, "sort_name": sort_key(name), **values})
    )


async def opening(**values: Any) -> Opening:
    """A job by the month; at a fair and from an employer of its own unless the ids say which."""
    defaults = {
        "slug": new_slug("opening"),
        "job": "骑手",
        "pay_minimum": Decimal("6000.00"),
        "pay_maximum": Decimal("9000.00"),
        "pay_period": PayPeriod.MONTH,
        "headcount": 5,
        "position": 1,
    }
    if "event_id" not in values:
        defaults["event_id"] = (await job_fair()).id
    if "employer_id" not in values:
        defaults["employer_id"] = (await employer()).id
    return await Opening.create(id=new_id(), **{**defaults, **values})


async def option(event_id: UUID, **values: Any) -> EventOption:
    """One of the things to choose from at an event: a bus."""
    defaults = {"slug": new_slug("option"), "title": "一号大巴", "position": 1}
    return await EventOption.create(id=new_id(), event_id=event_id, **{**defaults, **values})
