"""Who did not come: told where somebody was scanned, undone by a later check-in, counted."""

from datetime import timedelta

import pytest

from hub.attendance.service.no_shows import mark_no_shows_due
from hub.auth import ANONYMOUS, Grant, Role, Scope, ScopeKind
from hub.enrollment.models import Registration
from schema.relay import encode_id
from tests.factories import directory, learning
from tests.factories.events import STARTS_AT
from tests.factories.people import actor
from tests.schema.attendance.conftest import Square, actions
from tests.schema.attendance.door import ATTENDANCE, MARK, Door, keeper_of, open_door

ENDS_AT = STARTS_AT + timedelta(hours=2)
NEXT_DAY = ENDS_AT + timedelta(hours=24)


@pytest.fixture
async def door(square: Square) -> Door:
    """The door, before anybody can come."""
    return await open_door(square)


async def states() -> list[str]:
    """Where all registrations stand, oldest first."""
    return [row.state.name for row in await Registration.all().order_by("created_at", "id")]


async def refusal(door: Door, who: object) -> tuple[str, list[str]]:
    """The code and the path with which marking is refused."""
    payload = await door.square.do(who, MARK, eventId=door.event_id)  # type: ignore[arg-type]
    (error,) = payload["errors"]
    assert payload["marked"] is None
    return error["code"], error["path"]


async def test_marked_by_the_organiser_and_undone_by_a_late_batch(door: Door) -> None:
    _, _, came = await door.guest(partySize=3)
    _, _, late = await door.guest(partySize=2)
    await door.guest()
    door.square.client.now = STARTS_AT
    await door.scan(came, arrivals=2)
    organiser = door.square.organiser()
    assert await refusal(door, organiser) == ("CONFLICT", ["input"])
    door.square.client.now = ENDS_AT
    payload = await door.square.do(organiser, MARK, eventId=door.event_id)
    assert (payload["marked"], payload["errors"]) == (2, [])
    assert (await door.square.do(organiser, MARK, eventId=door.event_id))["marked"] == 0
    assert await states() == ["ATTENDED", "NO_SHOW", "NO_SHOW"]
    assert (await actions()).count("registration.no_shows_marked") == 1
    counted = {"registered": 6, "attended": 3, "noShow": 3, "arrived": 2}
    assert await shown(door, organiser) == counted
    (result,) = await door.batch([door.offline(late)])
    assert result["outcome"] == "ACCEPTED"
    assert await states() == ["ATTENDED", "ATTENDED", "NO_SHOW"]
    assert await shown(door, door.keeper) == {**counted, "attended": 5, "noShow": 1, "arrived": 4}


async def shown(door: Door, who: object) -> object:
    """How the event is told to have been attended."""
    page = await door.square.ask(who, ATTENDANCE, id=door.event_id)  # type: ignore[arg-type]
    return page["event"]["attendance"]


async def test_where_nobody_was_scanned_nothing_is_said(door: Door) -> None:
    await door.guest()
    door.square.client.now = NEXT_DAY
    assert await refusal(door, door.square.organiser()) == ("CONFLICT", ["input"])
    assert await mark_no_shows_due(NEXT_DAY) == 0
    assert await states() == ["CONFIRMED"]


async def test_whose_it_is_not(door: Door) -> None:
    _, _, code = await door.guest()
    elsewhere = (await directory.station(published_at=STARTS_AT)).id
    town = Scope(ScopeKind.TOWN, (await directory.town()).id)
    door.square.client.now = STARTS_AT
    await door.scan(code)
    door.square.client.now = ENDS_AT
    for other in (door.keeper, keeper_of(elsewhere), actor(Grant(Role.MANAGER, town), at=ENDS_AT)):
        assert await refusal(door, other) == ("NOT_FOUND", ["input"])
    for other in (keeper_of(elsewhere), await door.square.person(), ANONYMOUS):
        assert await shown(door, other) is None


async def test_the_worker_waits_a_day_for_late_batches(door: Door) -> None:
    _, _, came = await door.guest()
    await door.guest()
    door.square.client.now = STARTS_AT
    await door.scan(came)
    assert await mark_no_shows_due(NEXT_DAY - timedelta(seconds=1)) == 0
    assert await mark_no_shows_due(NEXT_DAY) == 1
    assert await mark_no_shows_due(NEXT_DAY) == 0
    assert await states() == ["ATTENDED", "NO_SHOW"]


async def test_a_session_is_marked_by_itself(door: Door) -> None:
    course = await learning.course()
    ids = [(await learning.session(course.id)).id for _ in range(2)]
    organiser = door.square.organiser()
    door.square.client.now = ENDS_AT
    for session_id in ids:
        given = {"sessionId": encode_id("CourseSession", session_id)}
        payload = await door.square.do(organiser, MARK, **given)
        assert payload["errors"][0]["code"] == "CONFLICT"
    both = {"eventId": door.event_id, "sessionId": encode_id("CourseSession", ids[0])}
    for given in (both, {}):
        payload = await door.square.do(organiser, MARK, **given)
        assert payload["errors"][0]["code"] == "INVALID"
    wrong = await door.square.do(organiser, MARK, eventId=encode_id("Course", course.id))
    assert wrong["errors"][0]["code"] == "NOT_FOUND"
