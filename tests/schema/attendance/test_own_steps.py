"""What people do with their own registrations where codes, quotas and stages have a say."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.auth import DISTRICT, Actor, Viewer
from hub.competitions.rules import EntrantKind, StageKind
from hub.contests.models import Entry
from hub.enrollment.models import InvitationCode, Pool, PoolQuota, Registration
from hub.enrollment.rules import Allocation
from hub.enrollment.service.invitations import CodeOrder, create_invitation_codes
from hub.identity.models import Person
from hub.ids import new_id
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import competitions, directory, enrollment
from tests.factories.identity import NOW
from tests.schema.acting import acting_client
from tests.schema.attendance.conftest import Square, seated_event
from tests.schema.attendance.documents import CANCEL, ENTER, JOIN, TRANSFER

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROFILE = """mutation($input: UpdateMyProfileInput!) { updateMyProfile(input: $input) {
  errors { code } } }"""


async def invited(square: Square, **values: Any) -> tuple[UUID, str]:
    """An event for the invited, and a code that is good for one."""
    pool, event = await seated_event(eligibility={"invitation": True}, **values)
    organiser = Viewer(square.organiser(), NOW)

    async def everywhere(_: UUID) -> list[Any]:
        return [DISTRICT]

    codes = await create_invitation_codes(organiser, pool.id, order=CodeOrder(1), scopes=everywhere)
    return event, codes[0]


async def uses() -> int:
    return (await InvitationCode.get()).uses


async def test_who_gives_up_frees_the_code(square: Square) -> None:
    event, code = await invited(square, closes_at=NOW + HOUR)
    first, second = await square.person(), await square.person()
    held = await square.register(first, event, invitationCode=code)
    assert await uses() == 1
    await square.done(first, CANCEL, registrationId=held["id"])
    assert await uses() == 0
    await square.done(first, CANCEL, registrationId=held["id"])
    assert await uses() == 0
    await square.register(second, event, invitationCode=code)
    assert await uses() == 1


async def test_once_the_pool_has_closed_a_use_stays_used(square: Square) -> None:
    event, code = await invited(square, closes_at=NOW + HOUR)
    worker = await square.person()
    held = await square.register(worker, event, invitationCode=code)
    square.client.now = NOW + HOUR
    await square.done(worker, CANCEL, registrationId=held["id"])
    assert await uses() == 1


async def test_a_refused_cancellation_frees_nothing(square: Square) -> None:
    event, code = await invited(square, cancel_until=NOW + HOUR)
    worker = await square.person()
    held = await square.register(worker, event, invitationCode=code)
    square.client.now = NOW + HOUR
    refusal = await square.refused(worker, CANCEL, registrationId=held["id"])
    assert refusal["code"] == "DEADLINE_PASSED"
    assert await uses() == 1


async def test_given_up_twice_at_once_a_use_is_free_once(
    square: Square, database: Settings
) -> None:
    event, code = await invited(square)
    await InvitationCode.all().update(uses_maximum=2)
    worker = await square.person()
    held = await square.register(worker, event, invitationCode=code)
    await square.register(await square.person(), event, invitationCode=code)
    async with acting_client(database, now=NOW) as other:
        given = {"registrationId": held["id"]}
        await asyncio.gather(
            square.done(worker, CANCEL, **given), Square(other).done(worker, CANCEL, **given)
        )
    assert await uses() == 1


async def live_in(square: Square, who: Actor, town: UUID) -> None:
    payload = await square.do(who, PROFILE, townId=encode_id("Town", town))
    assert payload["errors"] == []


async def kept_seat(square: Square, **values: Any) -> tuple[Pool, UUID, dict[str, Any], Actor]:
    """A seat that is kept for a town, and whose it is."""
    pool, event = await seated_event(allocation=Allocation.TOWN_QUOTAS, capacity=2, **values)
    town = await directory.town()
    await PoolQuota.create(
        id=new_id(), pool_id=pool.id, slug="a", capacity=2, town_id=town.id, position=1
    )
    worker = await square.person()
    await live_in(square, worker, town.id)
    held = await square.register(worker, event)
    assert (await Registration.get()).is_on_quota
    return pool, town.id, held, worker


async def test_a_seat_of_a_town_stays_in_the_town(square: Square) -> None:
    pool, town, held, worker = await kept_seat(square)
    elsewhere, neighbour = square.phone(), square.phone()
    other, here = await square.person_with(elsewhere), await square.person_with(neighbour)
    given = {"registrationId": held["id"]}
    for town_id in (None, (await directory.town()).id):
        if town_id is not None:
            await live_in(square, other, town_id)
        refusal = await square.refused(worker, TRANSFER, toPhone=elsewhere, **given)
        assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "toPhone"])
        assert "kept for its town" in refusal["message"]
    await live_in(square, here, town)
    await square.done(worker, TRANSFER, toPhone=neighbour, **given)
    row, quota = await Registration.get(), await PoolQuota.get()
    assert (row.is_on_quota, row.town_id, quota.taken) == (True, town, 1)
    await square.done(here, CANCEL, **given)
    assert ((await PoolQuota.get()).taken, (await Pool.get(id=pool.id)).taken) == (0, 0)


async def test_once_seats_are_for_everybody_they_go_anywhere(square: Square) -> None:
    pool, _, held, worker = await kept_seat(square, quotas_until=NOW + HOUR)
    phone = square.phone()
    other = await square.person_with(phone)
    await live_in(square, other, (await directory.town()).id)
    square.client.now = NOW + HOUR
    await square.done(worker, TRANSFER, registrationId=held["id"], toPhone=phone)
    await square.done(other, CANCEL, registrationId=held["id"])
    assert ((await PoolQuota.get()).taken, (await Pool.get(id=pool.id)).taken) == (0, 0)


async def held_like_the_sample(**values: Any) -> dict[str, str]:
    """A competition that begins with its registration, as those of the sample do; its division."""
    competition = await competitions.competition(
        starts_at=NOW - DAY, ends_at=NOW + 30 * DAY, **values.pop("competition", {})
    )
    division = await competitions.division(competition.id, **values)
    for position, (kind, day) in enumerate(
        [(StageKind.REGISTRATION, -1), (StageKind.PRELIMINARY, 10), (StageKind.FINAL, 20)], 1
    ):
        starts_at = NOW + day * DAY
        await competitions.stage(competition.id, kind=kind, position=position, starts_at=starts_at)
    return {
        "competitionId": encode_id("Competition", competition.id),
        "divisionId": encode_id("Division", division.id),
    }


async def test_an_entry_is_withdrawn_before_the_first_stage(square: Square) -> None:
    pool = await enrollment.pool()
    await assert_deadline(square, await held_like_the_sample(pool_id=pool.id), NOW + 10 * DAY)


async def test_an_entry_is_withdrawn_while_one_can_sign_up(square: Square) -> None:
    closes = {"registration_opens_at": NOW - DAY, "registration_closes_at": NOW + 5 * DAY}
    await assert_deadline(square, await held_like_the_sample(competition=closes), NOW + 5 * DAY)


async def test_the_pool_has_the_first_word(square: Square) -> None:
    pool = await enrollment.pool(cancel_until=NOW + 12 * DAY)
    closes = {"registration_opens_at": NOW - DAY, "registration_closes_at": NOW + 5 * DAY}
    given = await held_like_the_sample(competition=closes, pool_id=pool.id)
    await assert_deadline(square, given, NOW + 12 * DAY)


async def assert_deadline(square: Square, given: dict[str, str], deadline: datetime) -> None:
    """Of two entries one is withdrawn just before the deadline, the other not at it."""
    workers = [await square.person(), await square.person()]
    entered = [
        await square.done(each, ENTER, name="张三", idempotencyKey=square.key(), **given)
        for each in workers
    ]
    square.client.now = deadline - timedelta(microseconds=1)
    done = await square.done(workers[0], CANCEL, registrationId=entered[0]["id"])
    assert done["state"] == "CANCELLED"
    square.client.now = deadline
    refusal = await square.refused(workers[1], CANCEL, registrationId=entered[1]["id"])
    assert refusal["code"] == "DEADLINE_PASSED"
    assert datetime.fromisoformat(refusal["deadlineAt"]) == deadline


async def test_one_waits_for_a_competition_by_name(square: Square) -> None:
    """People who have no display name say one, and teams theirs."""
    given = await held_like_the_sample(pool_id=(await enrollment.pool(capacity=1)).id)
    for name, position in (("张三", None), ("李四", 1)):
        who, key = await square.person(), square.key()
        joined = await square.done(who, JOIN, name=name, idempotencyKey=key, **given)
        assert joined["waitlistPosition"] == position
    names = [row.display_name for row in await Entry.all().order_by("created_at", "id")]
    assert names == ["张三", "李四"]
    teams = {"entrant": EntrantKind.TEAM, "team_size_minimum": 1, "team_size_maximum": 2}
    given = await held_like_the_sample(pool_id=(await enrollment.pool()).id, **teams)
    team = {"team": {"name": "潘火一队"}, "isNamePublic": True}
    who, key = await square.person(), square.key()
    await square.done(who, JOIN, idempotencyKey=key, **team, **given)
    entry = await Entry.get(display_name="潘火一队")
    assert entry.is_name_public


@pytest.mark.parametrize("document", [ENTER, JOIN])
async def test_who_has_no_name_is_asked_for_one(square: Square, document: str) -> None:
    given = await held_like_the_sample(pool_id=(await enrollment.pool()).id)
    who = await square.person()
    await unnamed(who)
    refusal = await square.refused(who, document, idempotencyKey=square.key(), **given)
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "name"])


async def unnamed(who: Actor) -> None:
    await Person.filter(id=who.person_id).update(display_name="")
