"""Organisers: who may see, decide and export, and that one of two at once wins."""

import asyncio
from typing import Any

import pytest

from hub.attendance.service.organising import exported_table
from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, Actor, Grant, Role, Scope, ScopeKind
from hub.clock import frozen
from hub.enrollment.models import Registration
from hub.jobs.models import Job
from hub.records import Select, fetch_records
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory, enrollment, events, learning
from tests.factories.identity import NOW
from tests.factories.people import actor
from tests.schema.acting import acting_client
from tests.schema.attendance.conftest import Square, actions, counts, seated_event
from tests.schema.attendance.documents import (
    APPROVE,
    CANCEL,
    ENROLL,
    EXPORT,
    LIST,
    NO_SHOW,
    REJECT,
)


async def pending(square: Square, **values: Any) -> tuple[Actor, dict[str, Any], Any]:
    """Somebody who waits for approval, the registration, and its event."""
    pool, event = await seated_event(needs_approval=True, **values)
    worker = await square.person()
    registration = await square.register(worker, event)
    assert registration["state"] == "PENDING"
    return worker, registration, (pool, event)


async def test_an_organiser_approves_or_turns_down(square: Square) -> None:
    _, first, (pool, event) = await pending(square, capacity=1)
    waiting = await square.register(await square.person(), event)
    officer = square.organiser()
    refusal = await square.refused(officer, APPROVE, registrationId=waiting["id"])
    assert refusal["code"] == "CONFLICT"
    refusal = await square.refused(officer, REJECT, registrationId=first["id"], reason=" ")
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "reason"])
    rejected = await square.done(officer, REJECT, registrationId=first["id"], reason="材料不全")
    assert rejected["state"] == "REJECTED"
    row = await Registration.get(number=1)
    assert row.state.name == "OFFERED"
    assert await counts(pool) == (1, 0, 0)
    refusal = await square.refused(officer, APPROVE, registrationId=first["id"])
    assert refusal["code"] == "CONFLICT"


async def test_approved_twice_is_written_down_once(square: Square) -> None:
    _, registration, _ = await pending(square)
    officer = square.organiser(role=Role.MANAGER)
    for _ in range(2):
        done = await square.done(officer, APPROVE, registrationId=registration["id"])
        assert done["state"] == "CONFIRMED"
    assert await actions() == ["registration.signed_up", "registration.approved"]


async def test_nobody_decides_elsewhere(square: Square) -> None:
    town, other = await directory.town(), await directory.town()
    pool = await enrollment.pool(needs_approval=True)
    event = await events.event(pool_id=pool.id, town_id=town.id)
    worker = await square.person()
    registration = await square.register(worker, event.id)
    elsewhere = square.organiser(scope=Scope(ScopeKind.TOWN, other.id))
    for who in (elsewhere, worker, square.organiser(role=Role.REVIEWER)):
        refusal = await square.refused(who, APPROVE, registrationId=registration["id"])
        assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "registrationId"])
    square.client.actor = ANONYMOUS
    answer = await square.client.send(APPROVE, {"input": {"registrationId": registration["id"]}})
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    here = square.organiser(scope=Scope(ScopeKind.TOWN, town.id))
    done = await square.done(here, APPROVE, registrationId=registration["id"])
    assert done["state"] == "CONFIRMED"


async def test_an_organiser_and_the_worker_at_once(square: Square, database: Settings) -> None:
    worker, registration, (pool, _) = await pending(square)
    async with acting_client(database, now=NOW) as other:
        desk = Square(other)
        given = {"registrationId": registration["id"]}
        approved, cancelled = await asyncio.gather(
            square.do(square.organiser(), APPROVE, **given), desk.do(worker, CANCEL, **given)
        )
    row = await Registration.all().get()
    assert cancelled["errors"] == []
    assert [each["code"] for each in approved["errors"]] in ([], ["CONFLICT"])
    assert row.state.name == "CANCELLED"
    assert await counts(pool) == (0, 0, 0)


async def test_two_officers_at_once(square: Square, database: Settings) -> None:
    _, registration, (pool, _) = await pending(square)
    async with acting_client(database, now=NOW) as other:
        given = {"registrationId": registration["id"]}
        payloads = await asyncio.gather(
            square.do(square.organiser(), APPROVE, **given),
            Square(other).do(square.organiser(), REJECT, **given, reason="材料不全"),
        )
    codes = [error["code"] for payload in payloads for error in payload["errors"]]
    assert codes == ["CONFLICT"]
    row = await Registration.all().get()
    assert await counts(pool) == ((1 if row.state.name == "CONFIRMED" else 0), 0, 0)


async def test_who_did_not_come(square: Square) -> None:
    _, event = await seated_event()
    registration = await square.register(await square.person(), event)
    officer = square.organiser()
    refusal = await square.refused(officer, NO_SHOW, registrationId=registration["id"])
    assert refusal["code"] == "CONFLICT"
    square.client.now = events.STARTS_AT
    done = await square.done(officer, NO_SHOW, registrationId=registration["id"])
    assert done["state"] == "NO_SHOW"


async def test_the_list_is_for_those_in_scope(square: Square) -> None:
    form = await enrollment.form()
    town = await directory.town()
    pool = await enrollment.pool(form_id=form.id, party_size_maximum=2)
    event = await events.event(pool_id=pool.id, town_id=town.id)
    words = {"answers": [{"question": "size", "value": "XL"}], "companions": ["李小妹"]}
    worker = await square.person()
    registration = await square.register(worker, event.id, partySize=2, **words)
    where = {"eventId": encode_id("Event", event.id)}
    for_town = square.organiser(role=Role.MANAGER, scope=Scope(ScopeKind.TOWN, town.id))
    listed = (await square.ask(for_town, LIST, where=where))["registrations"]
    assert listed["totalCount"] == 1
    (node,) = listed["nodes"]
    assert node["id"] == registration["id"]
    assert node["person"] == {"displayName": "王小哥", "phoneMasked": "139****0001"}
    assert node["answers"] == words["answers"]
    assert node["companions"] == ["李小妹"]
    read = await AuditEntry.filter(action="registration.answers_read").get()
    assert read.person_id == for_town.person_id

    elsewhere = square.organiser(scope=Scope(ScopeKind.TOWN, (await directory.town()).id))
    listed = (await square.ask(elsewhere, LIST, where=where))["registrations"]
    assert (listed["totalCount"], listed["nodes"]) == (0, [])
    node_query = "query($id: ID!) { node(id: $id) { id } }"
    for who in (elsewhere, await square.person(), ANONYMOUS):
        assert (await square.ask(who, node_query, id=registration["id"]))["node"] is None
    for who, code in ((worker, "FORBIDDEN"), (ANONYMOUS, "UNAUTHENTICATED")):
        square.client.actor = who
        answer = await square.client.send(LIST, {"where": where})
        assert answer.error["extensions"]["code"] == code
    square.client.actor = for_town
    answer = await square.client.send(LIST, {"where": {}})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_list_of_a_course_is_for_its_programme(square: Square) -> None:
    program = await learning.program()
    course = await learning.course(program_id=program.id)
    where = {"courseId": encode_id("Course", course.id)}
    worker = await square.person()
    await square.done(worker, ENROLL, **where, idempotencyKey=square.key())
    editor = square.organiser(scope=Scope(ScopeKind.PROGRAM, program.id))
    assert (await square.ask(editor, LIST, where=where))["registrations"]["totalCount"] == 1


@pytest.mark.parametrize("count", [1, 12])
async def test_a_list_takes_as_many_statements_however_long(square: Square, count: int) -> None:
    _, event = await seated_event()
    for _ in range(count):
        await square.register(await square.person(), event)
    square.client.actor = square.organiser()
    where = {"eventId": encode_id("Event", event)}
    answer = await square.client.send(LIST, {"where": where})
    assert len(answer.data["registrations"]["nodes"]) == count
    assert len(answer.statements) == 7


async def test_an_export_asks_for_a_fresh_proof_and_holds_no_formula(square: Square) -> None:
    form = await enrollment.form()
    pool = await enrollment.pool(form_id=form.id, party_size_maximum=2)
    event = await events.event(pool_id=pool.id)
    answers = [{"question": "size", "value": "=1+1"}]
    worker = await square.person()
    await square.register(worker, event.id, partySize=2, companions=["=小李"], answers=answers)
    given = {"eventId": encode_id("Event", event.id), "format": "CSV"}
    stale = actor(Grant(Role.EDITOR, Scope(ScopeKind.DISTRICT)), at=NOW, has_stepped_up=False)
    for who, code in ((worker, "NOT_FOUND"), (stale, "STEP_UP_REQUIRED")):
        payload = await square.do(who, EXPORT, **given)
        assert [each["code"] for each in payload["errors"]] == [code]
    assert await Job.all().count() == 0
    payload = await square.do(square.organiser(), EXPORT, **given)
    assert payload["errors"] == []
    assert (await actions())[-1] == "registration.exported"
    with frozen(NOW):
        (job,) = await fetch_records(Select(Job))
        table = await exported_table(job)
        (rows,) = [page async for page in table.pages]
    told = dict(zip(table.columns, rows[0], strict=True))
    assert (table.total, told["companions"], told["phone"]) == (1, "=小李", "139****0001")
    assert told["衣服尺码 (size)"] == "=1+1"
