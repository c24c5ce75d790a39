"""Entries are written with the deed, kept for ever, and read by administrators alone."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from tortoise.exceptions import IntegrityError

from hub.audit.models import AuditEntry
from hub.audit.queries import AUDIT_LOG, audit_log
from hub.audit.rules import BLANK
from hub.audit.service import export_lines, record
from hub.auth import ANONYMOUS, DISTRICT, Action, Actor, Grant, Role, Viewer, operator
from hub.bulk import delete_rows, update_rows
from hub.clock import frozen
from hub.database import fetch_all, is_sqlite, transaction
from hub.errors import Forbidden, HubError, StepUpRequired, Unauthenticated
from hub.filters import Condition, Operator
from hub.ids import new_id
from hub.listing import ListQuery
from hub.origin import address_hash, origin
from hub.pagination import page_request
from hub.records import Record, Select, fetch_records
from hub.spreadsheets import TableFormat
from tests.factories.people import actor, service

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
ADMINISTRATOR = actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW)
OBJECT = ("Course", new_id())


async def entries() -> list[Record]:
    return await fetch_records(Select(AuditEntry))


async def test_an_entry_says_who_did_what_to_what_from_where() -> None:
    with frozen(NOW), origin("request-1", "192.0.2.7"):
        await record(
            ADMINISTRATOR,
            "learning.course_updated",
            object=OBJECT,
            before={"title": "旧", "starts": NOW},
            after={"title": "新", "phone": "13800000001"},
        )
    (entry,) = await entries()
    assert (entry.at, entry.action) == (NOW, "learning.course_updated")
    assert (entry.person_id, entry.session_id) == (
        ADMINISTRATOR.person_id,
        ADMINISTRATOR.session_id,
    )
    assert (entry.service_id, entry.actor_label) == (None, "somebody")
    assert (entry.object_kind, entry.object_id) == OBJECT
    assert entry.before["title"] == "旧"
    assert entry.before["starts"].startswith("2026-11-25T02:00:00")
    assert entry.after == {"title": "新", "phone": BLANK}
    assert entry.request_id == "request-1"
    assert entry.address_hash == address_hash("192.0.2.7") != "192.0.2.7"


@pytest.mark.parametrize(
    ("who", "label"),
    [(ANONYMOUS, "anonymous"), (service(), "a service"), (operator("hub x", now=NOW), "hub x")],
)
async def test_an_actor_that_is_no_person(who: Actor, label: str) -> None:
    await record(who, "identity.sign_in_refused")
    (entry,) = await entries()
    assert (entry.actor_label, entry.person_id) == (label, None)
    assert (entry.before, entry.after, entry.object_id) == (None, None, None)
    assert (entry.request_id, entry.address_hash) == ("", "")


async def test_an_entry_goes_with_its_deed() -> None:
    async def body() -> None:
        await record(ADMINISTRATOR, "learning.course_updated", object=OBJECT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await transaction(body)
    assert await entries() == []


async def written() -> UUID:
    await record(ADMINISTRATOR, "learning.course_updated", object=OBJECT, after={"title": "x"})
    (entry,) = await entries()
    key: UUID = entry.id
    return key


async def test_the_database_refuses_to_change_an_entry() -> None:
    key = await written()
    with pytest.raises(IntegrityError, match="append-only"):
        await update_rows(AuditEntry, [{"id": key, "action": "x.y"}], columns=("action",))
    (entry,) = await entries()
    assert entry.action == "learning.course_updated"


async def test_the_database_refuses_to_delete_an_entry() -> None:
    key = await written()
    with pytest.raises(IntegrityError, match="append-only"):
        await delete_rows(AuditEntry, [key])
    with pytest.raises(IntegrityError, match="append-only"):
        await fetch_all("DELETE FROM audit_entry", [])
    if not is_sqlite():
        with pytest.raises(IntegrityError, match="append-only"):
            await fetch_all("TRUNCATE audit_entry", [])
    assert len(await entries()) == 1


READERS: list[tuple[Actor, type[HubError] | None]] = [
    (ADMINISTRATOR, None),
    (operator("hub audit export", now=NOW), None),
    (service(Action.READ_AUDIT), None),
    (service(Action.READ_PEOPLE), Forbidden),
    (ANONYMOUS, Unauthenticated),
    *(
        (actor(Grant(role, DISTRICT), at=NOW), Forbidden)
        for role in Role
        if role is not Role.ADMINISTRATOR
    ),
]


@pytest.mark.parametrize(("who", "refusal"), READERS)
async def test_who_may_read(who: Actor, refusal: type[HubError] | None) -> None:
    key = await written()
    viewer, query = Viewer(who, NOW), ListQuery(page_request())
    found = (await AUDIT_LOG.by_ids(viewer, [key]))[0]
    if refusal is None:
        assert found is not None
        assert len((await audit_log(viewer, query)).rows) == 1
        return
    assert found is None
    with pytest.raises(refusal):
        await audit_log(viewer, query)


async def exported(who: Actor, form: TableFormat, **more: Any) -> str:
    return "".join([line async for line in export_lines(Viewer(who, NOW), form=form, **more)])


async def many(count: int) -> None:
    for number in range(count):
        with frozen(NOW + timedelta(seconds=number)):
            await record(ADMINISTRATOR, "learning.course_updated", after={"title": f"=A{number}"})


async def test_an_export_holds_everything_in_order_and_is_written_down() -> None:
    await many(230)
    with frozen(NOW + timedelta(hours=1)):
        lines = (await exported(ADMINISTRATOR, TableFormat.NDJSON)).splitlines()
    values = [orjson.loads(line) for line in lines]
    assert [value["after"] for value in values[:-1]] == [{"title": f"=A{n}"} for n in range(230)]
    assert values[-1]["action"] == "audit.exported"
    assert len(await entries()) == 231


async def test_a_csv_export_is_safe_to_open() -> None:
    who = Actor(service_id=new_id(), permissions=frozenset(Action), label="=HYPERLINK()")
    await record(who, "learning.course_updated", object=OBJECT)
    text = await exported(operator("hub audit export", now=NOW), TableFormat.CSV)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["action"] for row in rows] == ["learning.course_updated", "audit.exported"]
    assert rows[0]["actor_label"] == "'=HYPERLINK()"
    assert rows[0]["object_id"] == str(OBJECT[1])


async def test_an_export_can_be_narrowed() -> None:
    await many(3)
    where = Condition("action", Operator.EQ, "audit.exported")
    lines = (await exported(ADMINISTRATOR, TableFormat.NDJSON, where=where)).splitlines()
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW, has_stepped_up=False), StepUpRequired),
        (actor(Grant(Role.ADMINISTRATOR, DISTRICT), at=NOW - timedelta(hours=1)), StepUpRequired),
        (service(Action.READ_AUDIT), StepUpRequired),
        (actor(Grant(Role.EDITOR, DISTRICT), at=NOW), Forbidden),
        (ANONYMOUS, Unauthenticated),
    ],
)
async def test_a_refused_export_leaves_no_trace(who: Actor, refusal: type[HubError]) -> None:
    with pytest.raises(refusal):
        await exported(who, TableFormat.CSV)
    assert await entries() == []
