"""What a sign-up is refused for; `square.refused` says that nothing was changed."""

from datetime import timedelta
from typing import Any

import pytest

from hub.enrollment.models import Pool
from hub.events.models import Event
from hub.publishing import StoredState
from schema.relay import encode_id
from tests.factories import competitions, enrollment, events, learning
from tests.factories.events import STARTS_AT
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, counts, seated_event
from tests.schema.attendance.documents import (
    CANCEL,
    ENROLL,
    ENTER,
    JOIN,
    MINE,
    REGISTER,
    TRANSFER,
)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"partySize": 0}, ["input", "partySize"]),
        ({"partySize": -1}, ["input", "partySize"]),
        ({"partySize": 10**9}, ["input", "partySize"]),
        ({"partySize": 4}, ["input", "partySize"]),
        ({"partySize": 3, "companions": ["小李"]}, ["input", "companions"]),
        ({"partySize": 3, "companions": ["小李", " 小李 "]}, ["input", "companions", "1"]),
        ({"partySize": 2, "companions": [" "]}, ["input", "companions", "0"]),
        ({"partySize": 2, "companions": ["长" * 41]}, ["input", "companions", "0"]),
        ({"answers": [{"question": "size", "value": "L"}]}, ["input", "answers"]),
        ({"idempotencyKey": " "}, ["input", "idempotencyKey"]),
        ({"idempotencyKey": "k" * 256}, ["input", "idempotencyKey"]),
    ],
)
async def test_what_does_not_fit(square: Square, given: dict[str, Any], path: list[str]) -> None:
    _, event = await seated_event(party_size_maximum=3)
    worker = await square.person()
    refusal = await square.refused(worker, REGISTER, **{**square.for_event(event), **given})
    assert (refusal["code"], refusal["path"]) == ("INVALID", path)


async def test_only_between_opening_and_closing_by_the_clock_of_the_hub(square: Square) -> None:
    opens, closes = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    pool = await enrollment.pool(opens_at=opens)
    event = await events.event(
        pool_id=pool.id, registration_opens_at=NOW, registration_closes_at=closes
    )
    worker = await square.person()
    for at in (NOW, opens - timedelta(microseconds=1), closes, STARTS_AT):
        square.client.now = at
        refusal = await square.refused(worker, REGISTER, **square.for_event(event.id))
        assert (refusal["__typename"], refusal["code"]) == ("NotOpen", "NOT_OPEN")
        assert refusal["opensAt"] == "2026-03-02T02:30:00Z"
        assert refusal["closesAt"] == "2026-03-02T03:30:00Z"
    square.client.now = opens
    assert (await square.register(worker, event.id))["state"] == "CONFIRMED"


async def test_what_needs_no_registration(square: Square) -> None:
    event = await events.event()
    refusal = await square.refused(await square.person(), REGISTER, **square.for_event(event.id))
    assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "eventId"])


async def test_not_after_it_is_over_and_no_session_that_has_begun(square: Square) -> None:
    _, event = await seated_event()
    course = await learning.course()
    session = await learning.session(course.id, pool_id=(await enrollment.pool()).id)
    worker = await square.person()
    square.client.now = STARTS_AT
    given = {
        "courseId": encode_id("Course", course.id),
        "sessionId": encode_id("CourseSession", session.id),
        "idempotencyKey": square.key(),
    }
    assert (await square.refused(worker, ENROLL, **given))["code"] == "NOT_OPEN"
    square.client.now = STARTS_AT + timedelta(hours=2)
    refusal = await square.refused(worker, REGISTER, **square.for_event(event))
    assert refusal["code"] == "NOT_OPEN"


async def test_what_is_not_to_be_seen_is_not_there(square: Square) -> None:
    hidden = await events.event(state=StoredState.DRAFT)
    course = await learning.course()
    other = await learning.session((await learning.course()).id)
    worker = await square.person()
    refusal = await square.refused(worker, REGISTER, **square.for_event(hidden.id))
    assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "eventId"])
    wrong_type = {"eventId": encode_id("Course", course.id), "idempotencyKey": square.key()}
    refusal = await square.refused(worker, REGISTER, **wrong_type)
    assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "eventId"])
    for part in (encode_id("CourseSession", other.id), encode_id("Course", course.id)):
        given = {"courseId": encode_id("Course", course.id), "sessionId": part}
        refusal = await square.refused(worker, ENROLL, **given, idempotencyKey=square.key())
        assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "sessionId"])


async def test_sold_out_where_nobody_can_wait(square: Square) -> None:
    _, event = await seated_event(capacity=1, has_waiting_list=False)
    await square.register(await square.person(), event)
    for document in (REGISTER, JOIN):
        refusal = await square.refused(await square.person(), document, **square.for_event(event))
        assert (refusal["__typename"], refusal["code"]) == ("SoldOut", "SOLD_OUT")
        assert refusal["waitlistPosition"] is None


async def test_seats_of_others(square: Square) -> None:
    _, event = await seated_event(eligibility={"members_only": True})
    refusal = await square.refused(await square.person(), REGISTER, **square.for_event(event))
    assert (refusal["__typename"], refusal["code"]) == ("NotEligible", "NOT_ELIGIBLE")
    assert refusal["reasons"] != []


async def test_a_question_that_has_to_be_answered(square: Square) -> None:
    form = await enrollment.form()
    _, event = await seated_event(form_id=form.id)
    refusal = await square.refused(await square.person(), REGISTER, **square.for_event(event))
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "answers", "size"])


async def test_a_division_of_teams_is_not_entered_alone(square: Square) -> None:
    competition = await competitions.competition(registration_opens_at=NOW)
    division = await competitions.division(competition.id, entrant="team")
    given = {"competitionId": encode_id("Competition", competition.id)}
    worker = await square.person()
    refusal = await square.refused(worker, ENTER, **given, idempotencyKey=square.key())
    assert refusal["path"] == ["input", "divisionId"]
    given["divisionId"] = encode_id("Division", division.id)
    refusal = await square.refused(worker, ENTER, **given, idempotencyKey=square.key())
    assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "divisionId"])


async def test_a_seat_cannot_be_given_back_too_late_but_who_waits_may_leave(
    square: Square,
) -> None:
    pool, event = await seated_event(capacity=1, cancel_until=NOW + timedelta(days=1))
    holder, waiter = await square.person(), await square.person()
    held, waiting = await square.register(holder, event), await square.register(waiter, event)
    square.client.now = NOW + timedelta(days=1)
    refusal = await square.refused(holder, CANCEL, registrationId=held["id"])
    assert (refusal["__typename"], refusal["code"]) == ("DeadlinePassed", "DEADLINE_PASSED")
    assert refusal["deadlineAt"] == "2026-03-03T01:30:00Z"
    left = await square.done(waiter, CANCEL, registrationId=waiting["id"])
    assert left["state"] == "CANCELLED"
    assert (await square.done(waiter, CANCEL, registrationId=waiting["id"])) == left
    assert await counts(pool) == (1, 0, 0)


async def test_not_once_it_has_begun(square: Square) -> None:
    _, event = await seated_event()
    worker = await square.person()
    held = await square.register(worker, event)
    square.client.now = STARTS_AT
    refusal = await square.refused(worker, CANCEL, registrationId=held["id"])
    assert (refusal["code"], refusal["deadlineAt"]) == ("DEADLINE_PASSED", "2026-06-01T01:00:00Z")


async def test_other_peoples_registrations_are_not_there(square: Square) -> None:
    _, event = await seated_event()
    held = await square.register(await square.person(), event)
    other = await square.person()
    for document, given in ((CANCEL, {}), (TRANSFER, {"toPhone": "13812345678"})):
        refusal = await square.refused(other, document, registrationId=held["id"], **given)
        assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "registrationId"])


async def test_a_withdrawn_event_keeps_its_registrations(square: Square) -> None:
    pool, event = await seated_event()
    worker = await square.person()
    held = await square.register(worker, event)
    await Event.filter(id=event).update(state=StoredState.ARCHIVED)
    refusal = await square.refused(await square.person(), REGISTER, **square.for_event(event))
    assert refusal["code"] == "NOT_FOUND"
    (node,) = (await square.ask(worker, MINE))["viewer"]["registrations"]["nodes"]
    assert (node["id"], node["occasion"]["title"]) == (held["id"], "夏季安全讲座")
    assert (await square.done(worker, CANCEL, registrationId=held["id"]))["state"] == "CANCELLED"
    assert await counts(pool) == (0, 0, 0)


async def test_seats_that_are_not_published_yet(square: Square) -> None:
    pool, event = await seated_event()
    await Pool.filter(id=pool.id).update(state=StoredState.DRAFT)
    refusal = await square.refused(await square.person(), REGISTER, **square.for_event(event))
    assert (refusal["code"], refusal["opensAt"]) == ("NOT_OPEN", None)
