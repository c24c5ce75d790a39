"""Signing up: a seat, a place on the list, the same answer to the same request."""

from datetime import timedelta

from hub.auth import ANONYMOUS
from hub.enrollment.models import Registration
from schema.relay import encode_id
from tests.factories import competitions, enrollment, events, learning
from tests.factories.competitions import STARTS_AT
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, actions, counts, seated_event
from tests.schema.attendance.documents import (
    ACCEPT,
    CANCEL,
    COURSE,
    ENROLL,
    ENTER,
    EVENT,
    JOIN,
    REGISTER,
)


async def test_a_worker_registers_and_sees_it(square: Square) -> None:
    pool, event = await seated_event(capacity=2)
    worker = await square.person()
    registration = await square.register(worker, event)
    assert registration["state"] == "CONFIRMED"
    assert registration["waitlistPosition"] is registration["waitlistReason"] is None
    assert registration["occasion"] == {
        "id": encode_id("Event", event),
        "title": "夏季安全讲座",
        "partTitle": None,
        "startsAt": "2026-06-01T01:00:00Z",
        "endsAt": "2026-06-01T03:00:00Z",
        "venue": {"name": "天童南路 568 号", "address": "天童南路 568 号"},
    }
    page = (await square.ask(worker, EVENT, id=encode_id("Event", event)))["event"]
    assert page["seats"] == {"capacity": 2, "taken": 1, "waiting": 0, "isFull": False}
    assert page["viewerRegistration"] == {
        "id": registration["id"],
        "state": "CONFIRMED",
        "waitlistPosition": None,
    }
    for other in (ANONYMOUS, await square.person()):
        page = (await square.ask(other, EVENT, id=encode_id("Event", event)))["event"]
        assert page["viewerRegistration"] is None
    assert await actions() == ["registration.signed_up"]
    assert await counts(pool) == (1, 0, 0)


async def test_the_same_key_gives_the_same_registration(square: Square) -> None:
    pool, event = await seated_event(closes_at=NOW + timedelta(minutes=1))
    worker = await square.person()
    given = square.for_event(event)
    first = await square.done(worker, REGISTER, **given)
    square.client.now = NOW + timedelta(hours=1)
    assert (await square.done(worker, REGISTER, **given))["id"] == first["id"]
    other = await square.refused(worker, REGISTER, **{**given, "companions": ["小李"]})
    assert (other["code"], other["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "idempotencyKey"])
    assert await counts(pool) == (1, 0, 0)
    assert await actions() == ["registration.signed_up"]


async def test_a_second_tap_with_another_key_is_told_of_the_first(square: Square) -> None:
    _, event = await seated_event()
    worker = await square.person()
    first = await square.register(worker, event)
    refusal = await square.refused(worker, REGISTER, **square.for_event(event))
    assert (refusal["__typename"], refusal["code"]) == ("AlreadyRegistered", "ALREADY_REGISTERED")
    assert refusal["registration"] == {"id": first["id"], "state": "CONFIRMED"}


async def test_who_comes_too_late_waits_and_moves_up(square: Square) -> None:
    pool, event = await seated_event(capacity=1, hold_minutes=30)
    first, second, third = [await square.person() for _ in range(3)]
    held = await square.register(first, event)
    waiting = await square.register(second, event)
    assert (waiting["state"], waiting["waitlistPosition"]) == ("WAITLISTED", 1)
    assert waiting["waitlistReason"] == "FULL"
    joined = await square.done(third, JOIN, **square.for_event(event))
    assert (joined["state"], joined["waitlistPosition"]) == ("WAITLISTED", 2)
    cancelled = await square.done(first, CANCEL, registrationId=held["id"], reason="临时有单")
    assert cancelled["state"] == "CANCELLED"
    page = (await square.ask(second, EVENT, id=encode_id("Event", event)))["event"]
    assert page["viewerRegistration"]["state"] == "OFFERED"
    taken = await square.done(second, ACCEPT, registrationId=waiting["id"])
    assert (taken["state"], taken["offeredUntil"]) == ("CONFIRMED", None)
    assert await counts(pool) == (1, 1, 1)
    assert await actions() == [
        *["registration.signed_up"] * 3,
        "registration.cancelled",
        "registration.offer_accepted",
    ]


async def test_an_offer_that_ran_out_goes_on(square: Square) -> None:
    pool, event = await seated_event(capacity=1, hold_minutes=30)
    first, second, third = [await square.person() for _ in range(3)]
    held = await square.register(first, event)
    missed = await square.register(second, event)
    await square.register(third, event)
    await square.done(first, CANCEL, registrationId=held["id"])
    square.client.now = NOW + timedelta(minutes=30)
    refusal = await square.refused(second, ACCEPT, registrationId=missed["id"])
    assert refusal["code"] == "OFFER_EXPIRED"
    node = "query($id: ID!) { node(id: $id) { ... on Registration { state } } }"
    assert (await square.ask(second, node, id=missed["id"]))["node"]["state"] == "EXPIRED"
    page = (await square.ask(third, EVENT, id=encode_id("Event", event)))["event"]
    assert page["seats"]["taken"] == 1
    assert page["viewerRegistration"]["state"] == "OFFERED"
    again = await square.register(second, event)
    assert (again["state"], again["waitlistPosition"]) == ("WAITLISTED", 1)
    assert await counts(pool) == (1, 1, 1)


async def test_who_let_an_offer_run_out_can_sign_up_again_at_once(square: Square) -> None:
    pool, event = await seated_event(capacity=1, hold_minutes=30)
    first, second = await square.person(), await square.person()
    held = await square.register(first, event)
    missed = await square.register(second, event)
    await square.done(first, CANCEL, registrationId=held["id"])
    square.client.now = NOW + timedelta(hours=1)
    again = await square.register(second, event)
    assert again["state"] == "CONFIRMED"
    assert again["id"] != missed["id"]
    assert await counts(pool) == (1, 0, 0)


async def test_words_are_kept_encrypted_and_told_to_their_person(square: Square) -> None:
    form = await enrollment.form()
    _, event = await seated_event(form_id=form.id, party_size_maximum=3)
    worker = await square.person()
    answers = [{"question": "size", "value": "XL"}]
    given = {"partySize": 2, "companions": ["李小妹"], "answers": answers, "formVersion": 1}
    registration = await square.register(worker, event, **given)
    assert registration["companions"] == ["李小妹"]
    assert registration["answers"] == answers
    row = await Registration.all().get()
    assert "李小妹" not in str(row.companions_encrypted)
    assert "XL" not in str(row.answers_encrypted)
    assert row.form_version == 1


async def test_a_course_and_its_sessions(square: Square) -> None:
    online = await learning.course()
    worker = await square.person()
    given = {"courseId": encode_id("Course", online.id), "idempotencyKey": square.key()}
    enrolled = await square.done(worker, ENROLL, **given)
    assert enrolled["occasion"]["startsAt"] is None
    assert (await square.ask(worker, COURSE, id=given["courseId"]))["course"] == {
        "title": "电动车安全",
        "seats": None,
        "viewerRegistration": {"id": enrolled["id"], "state": "CONFIRMED"},
        "sessions": [],
    }

    pool = await enrollment.pool(capacity=1)
    course = await learning.course()
    session = await learning.session(course.id, pool_id=pool.id)
    given = {"courseId": encode_id("Course", course.id), "idempotencyKey": square.key()}
    refusal = await square.refused(worker, ENROLL, **given)
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "sessionId"])
    given["sessionId"] = encode_id("CourseSession", session.id)
    enrolled = await square.done(worker, ENROLL, **given)
    assert enrolled["occasion"]["partTitle"] == "第一期"
    assert enrolled["occasion"]["startsAt"] == "2026-06-01T01:00:00Z"
    page = (await square.ask(worker, COURSE, id=given["courseId"]))["course"]
    (shown,) = page["sessions"]
    assert shown["seats"] == {"capacity": 1, "taken": 1}
    assert shown["viewerRegistration"] == page["viewerRegistration"]
    assert page["viewerRegistration"]["id"] == enrolled["id"]


async def test_options_of_an_event(square: Square) -> None:
    buses = [await enrollment.pool(capacity=1) for _ in range(2)]
    event = await events.event()
    options = [
        await events.option(event.id, pool_id=bus.id, position=place)
        for place, bus in enumerate(buses, 1)
    ]
    worker = await square.person()
    refusal = await square.refused(worker, REGISTER, **square.for_event(event.id))
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "optionId"])
    option_id = encode_id("EventOption", options[1].id)
    registration = await square.register(worker, event.id, optionId=option_id)
    page = (await square.ask(worker, EVENT, id=encode_id("Event", event.id)))["event"]
    assert [each["seats"]["taken"] for each in page["options"]] == [0, 1]
    assert page["options"][1]["viewerRegistration"] == {"id": registration["id"]}
    other = encode_id("EventOption", options[0].id)
    refusal = await square.refused(worker, REGISTER, **square.for_event(event.id, optionId=other))
    assert refusal["registration"]["id"] == registration["id"]


async def test_divisions_side_by_side(square: Square) -> None:
    competition = await competitions.competition(
        registration_opens_at=NOW, registration_closes_at=STARTS_AT
    )
    divisions = [await competitions.division(competition.id) for _ in range(2)]
    worker = await square.person()
    entries = [
        {
            "competitionId": encode_id("Competition", competition.id),
            "divisionId": encode_id("Division", division.id),
            "idempotencyKey": square.key(),
        }
        for division in divisions
    ]
    for given in entries:
        assert (await square.done(worker, ENTER, **given))["state"] == "CONFIRMED"
    again = {**entries[0], "idempotencyKey": square.key()}
    assert (await square.refused(worker, ENTER, **again))["code"] == "ALREADY_REGISTERED"


async def statements(square: Square, name: str, given: dict[str, object]) -> int:
    """How many statements a mutation takes that asks for the id and the state."""
    kind = name[0].upper() + name[1:]
    document = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{"
    document += " registration { id state } errors { code } } }"
    answer = await square.client.send(document, {"input": given})
    assert answer.data[name]["errors"] == []
    return len(answer.statements)


async def test_a_sign_up_takes_few_statements(square: Square) -> None:
    """Thing, pool; key, registration, pool, audit; on the waiting list the registration again."""
    _, event = await seated_event(capacity=1)
    square.client.actor = await square.person()
    assert await statements(square, "registerForEvent", square.for_event(event)) == 6
    for _ in range(2):
        square.client.actor = await square.person()
        assert await statements(square, "registerForEvent", square.for_event(event)) == 7


async def test_a_cancellation_that_is_passed_on_takes_few_statements(square: Square) -> None:
    """However many wait: who and where, the seat given back, and the offer to the next."""
    for waiting in (1, 4):
        _, event = await seated_event(capacity=1)
        worker = await square.person()
        held = await square.register(worker, event)
        for _ in range(waiting):
            await square.register(await square.person(), event)
        square.client.actor = worker
        given = {"registrationId": held["id"], "reason": ""}
        assert await statements(square, "cancelRegistration", given) == 15
