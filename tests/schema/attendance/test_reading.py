"""What people read: windows, their own list with clashes, in few statements."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS
from hub.enrollment.models import Pool
from schema.relay import encode_id
from tests.factories import competitions, enrollment, events, learning
from tests.factories.events import STARTS_AT
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, actions, counts, seated_event
from tests.schema.attendance.documents import CANCEL, ENROLL, ENTER, MINE, TRANSFER

WINDOW = "registration { isOpen opensAt closesAt }"
WINDOWS = f"""query($event: ID!, $course: ID!) {{ event(by: {{id: $event}}) {{ {WINDOW} }}
  course(by: {{id: $course}}) {{ {WINDOW} sessions {{ {WINDOW} }} }} }}"""


async def test_windows_as_a_sign_up_sees_them(square: Square) -> None:
    pool = await enrollment.pool(opens_at=NOW, closes_at=NOW + timedelta(days=1))
    event = await events.event(pool_id=pool.id, registration_opens_at=NOW - timedelta(days=1))
    course = await learning.course()
    await learning.session(course.id, pool_id=(await enrollment.pool()).id)
    ids = {"event": encode_id("Event", event.id), "course": encode_id("Course", course.id)}
    data = await square.ask(ANONYMOUS, WINDOWS, **ids)
    assert data["event"]["registration"] == {
        "isOpen": True,
        "opensAt": "2026-03-02T01:30:00Z",
        "closesAt": "2026-03-03T01:30:00Z",
    }
    assert data["course"]["registration"] is None
    assert data["course"]["sessions"] == [
        {"registration": {"isOpen": True, "opensAt": None, "closesAt": "2026-06-01T01:00:00Z"}}
    ]
    await Pool.filter(id=pool.id).update(state="draft")
    closed = (await square.ask(ANONYMOUS, WINDOWS, **ids))["event"]["registration"]
    assert (closed["isOpen"], closed["opensAt"]) == (False, None)


async def everything(square: Square, worker: Any) -> list[str]:
    """Three registrations for the same hours and one for another day; their ids, oldest first."""
    _, first = await seated_event()
    course = await learning.course()
    session = await learning.session(course.id, starts_at=STARTS_AT + timedelta(hours=1))
    competition = await competitions.competition(registration_opens_at=NOW)
    division = await competitions.division(competition.id)
    pool = await enrollment.pool()
    later = await events.event(pool_id=pool.id, starts_at=STARTS_AT + timedelta(days=60))
    made = [await square.register(worker, first)]
    given = {
        "courseId": encode_id("Course", course.id),
        "sessionId": encode_id("CourseSession", session.id),
    }
    made.append(await square.done(worker, ENROLL, **given, idempotencyKey=square.key()))
    given = {
        "competitionId": encode_id("Competition", competition.id),
        "divisionId": encode_id("Division", division.id),
    }
    made.append(await square.done(worker, ENTER, **given, idempotencyKey=square.key()))
    made.append(await square.register(worker, later.id))
    return [each["id"] for each in made]


async def test_ones_own_list_says_what_clashes(square: Square) -> None:
    worker = await square.person()
    first, second, third, last = await everything(square, worker)
    await square.register(await square.person(), (await seated_event())[1])
    listed = (await square.ask(worker, MINE))["viewer"]["registrations"]
    assert listed["totalCount"] == 4
    assert {each["id"] for each in listed["nodes"]} == {first, second, third, last}
    clashes = {each["id"]: {o["id"] for o in each["clashes"]} for each in listed["nodes"]}
    assert clashes == {
        first: {second, third},
        second: {first, third},
        third: {first, second},
        last: set(),
    }
    await square.done(worker, CANCEL, registrationId=second)
    listed = (await square.ask(worker, MINE))["viewer"]["registrations"]
    clashes = {each["id"]: {o["id"] for o in each["clashes"]} for each in listed["nodes"]}
    assert clashes == {first: {third}, second: set(), third: {first}, last: set()}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({"subjectKind": {"eq": "EVENT"}}, {0, 3}),
        ({"subjectKind": {"in": ["COURSE", "COMPETITION"]}}, {1, 2}),
        ({"state": {"eq": "CONFIRMED"}}, {0, 1, 2, 3}),
        ({"state": {"eq": "WAITLISTED"}}, set()),
        ({"startsAt": {"gte": "2026-07-01T00:00:00Z"}}, {3}),
        ({"isUpcoming": True}, {2, 3}),
        ({"isUpcoming": False}, {0, 1}),
    ],
)
async def test_ones_own_list_narrowed(
    square: Square, where: dict[str, Any], wanted: set[int]
) -> None:
    worker = await square.person()
    made = await everything(square, worker)
    square.client.now = STARTS_AT + timedelta(hours=3)
    nodes = (await square.ask(worker, MINE, where=where))["viewer"]["registrations"]["nodes"]
    assert {made.index(each["id"]) for each in nodes} == wanted


async def test_ones_own_list_takes_as_many_statements_however_long(square: Square) -> None:
    worker = await square.person()
    await everything(square, worker)
    square.client.actor = worker
    few = await square.client.send(MINE, {"n": 4})
    await everything(square, worker)
    many = await square.client.send(MINE, {"n": 50})
    assert len(many.data["viewer"]["registrations"]["nodes"]) == 8
    assert len(few.statements) == len(many.statements) == 14


async def test_handed_over_to_somebody_with_an_account(square: Square) -> None:
    form = await enrollment.form()
    pool, event = await seated_event(form_id=form.id)
    giver, taker = await square.person(), await square.person()
    answers = [{"question": "size", "value": "XL"}]
    held = await square.register(giver, event, answers=answers)
    given = {"registrationId": held["id"]}
    for phone, code in (
        ("13800000000", "NOT_FOUND"),
        ("13900000001", "CONFLICT"),
        ("12345", "INVALID"),
    ):
        refusal = await square.refused(giver, TRANSFER, **given, toPhone=phone)
        assert (refusal["code"], refusal["path"]) == (code, ["input", "toPhone"])
    await square.done(giver, TRANSFER, **given, toPhone="13900000002")
    mine = (await square.ask(giver, MINE))["viewer"]
    assert mine is None or mine["registrations"]["nodes"] == []
    (node,) = (await square.ask(taker, MINE))["viewer"]["registrations"]["nodes"]
    assert (node["id"], node["state"]) == (held["id"], "CONFIRMED")
    words = "query($id: ID!) { node(id: $id) { ... on Registration { answers { value } } } }"
    assert (await square.ask(taker, words, id=held["id"]))["node"]["answers"] is None
    assert await counts(pool) == (1, 0, 0)
    assert (await actions())[-1] == "registration.transferred"
    again = await square.register(giver, event, answers=answers)
    refusal = await square.refused(
        giver, TRANSFER, registrationId=again["id"], toPhone="13900000002"
    )
    assert refusal["code"] == "CONFLICT"


async def test_not_handed_over(square: Square) -> None:
    """Neither from a waiting list, nor to somebody whom the seats are not for, nor in a contest."""
    _, event = await seated_event(capacity=1)
    giver = await square.person()
    taker = square.phone()
    await square.register(await square.person(), event)
    waiting = await square.register(giver, event)
    competition = await competitions.competition(registration_opens_at=NOW)
    division = await competitions.division(competition.id)
    given = {
        "competitionId": encode_id("Competition", competition.id),
        "divisionId": encode_id("Division", division.id),
    }
    entry = await square.done(giver, ENTER, **given, idempotencyKey=square.key())
    for registration in (waiting, entry):
        refusal = await square.refused(
            giver, TRANSFER, registrationId=registration["id"], toPhone=taker
        )
        assert refusal["code"] == "CONFLICT"
    other = await square.person()
    assert other.person_id is not None
    pool, seated = await seated_event()
    held = await square.register(giver, seated)
    await Pool.filter(id=pool.id).update(eligibility={"members_only": True})
    refusal = await square.refused(
        giver, TRANSFER, registrationId=held["id"], toPhone="13900000003"
    )
    assert (refusal["code"], refusal["reasons"]) == ("NOT_ELIGIBLE", [])
