"""Entries on a real database: made with a sign-up, numbered once, withdrawn, excluded."""

import asyncio

import pytest

from hub.contests.models import Entry, TeamMember
from hub.contests.queries.entries import entry_by_id, teams_by_entry_ids
from hub.contests.rules import EntryState
from hub.contests.service.entering import (
    NewEntry,
    admit,
    admit_confirmed,
    disqualify,
    enter,
    withdraw,
)
from hub.database import transaction
from hub.enrollment.models import Registration
from hub.enrollment.rules import AlreadyRegistered, RegistrationState
from hub.enrollment.service import seats
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.factories import competitions, contests, enrollment
from tests.factories.contests import NOW, entered, stored, team_division, viewer
from tests.factories.editors import nobody

pytestmark = pytest.mark.usefixtures("database")


async def test_numbers_count_within_a_division() -> None:
    competition = await contests.competition()
    first = await competitions.division(competition.id)
    second = await competitions.division(competition.id, position=2)
    numbers = [
        (await entered(await viewer(), division)).admission_number
        for division in (first, second, first, second, second)
    ]
    assert numbers == ["A-001", "B-001", "A-002", "B-002", "B-003"]


async def test_a_number_is_never_anothers() -> None:
    division = await competitions.division((await contests.competition()).id)
    who = await viewer()
    first = await entered(who, division)
    assert await transaction(lambda: withdraw(who, first.registration_id))
    second = await entered(await viewer(), division)
    assert (first.admission_number, second.admission_number) == ("A-001", "A-002")
    kept = await entry_by_id(first.id)
    assert kept is not None
    assert (kept.state, kept.admission_number) == (EntryState.WITHDRAWN, "A-001")


async def test_twenty_people_at_once_get_twenty_numbers() -> None:
    competition = await contests.competition()
    divisions = [await competitions.division(competition.id, position=each) for each in (1, 2)]
    people = [await viewer() for _ in range(20)]
    rows = await asyncio.gather(
        *(entered(who, divisions[index % 2]) for index, who in enumerate(people))
    )
    numbers = sorted(row.admission_number for row in rows)
    assert numbers == [f"{prefix}-{each:03}" for prefix in "AB" for each in range(1, 11)]


async def test_who_waits_has_no_number_until_there_is_a_seat() -> None:
    division = await competitions.division((await contests.competition()).id)
    pool = await enrollment.pool(capacity=1)
    one, two = await viewer(), await viewer()
    first = await entered(one, division, pool=pool.id)
    second = await entered(two, division, pool=pool.id)
    assert (first.admission_number, second.admission_number) == ("A-001", None)

    async def pass_the_seat_on() -> None:
        await seats.end(first.registration_id, RegistrationState.CANCELLED, now=NOW, extra={})
        await withdraw(one, first.registration_id)
        await seats.accept(second.registration_id, now=NOW)

    await transaction(pass_the_seat_on)
    assert await admit(two, second.registration_id) == "A-002"
    assert await admit(two, second.registration_id) == "A-002"


async def test_who_got_a_seat_by_other_ways_is_admitted_later() -> None:
    division = await competitions.division((await contests.competition()).id)
    pool = await enrollment.pool(needs_approval=True)
    entry = await entered(await viewer(), division, pool=pool.id)
    manager, held = await contests.organiser(), await contests.competition_of(division)
    assert await admit_confirmed(manager, held) == 0
    confirmed = RegistrationState.CONFIRMED
    await Registration.filter(id=entry.registration_id).update(state=confirmed)
    assert await admit_confirmed(manager, held) == 1
    assert await admit_confirmed(manager, held) == 0


async def test_to_enter_again_changes_nothing() -> None:
    division = await competitions.division((await contests.competition()).id)
    who = await viewer()
    entry = await entered(who, division)
    before = await stored()
    wish = NewEntry(entry.registration_id, division.id, name="另一个名字")
    assert await transaction(lambda: enter(who, wish)) == entry.id
    assert await stored() == before


async def test_a_team_has_its_captain() -> None:
    division = await team_division((await contests.competition()).id)
    who = await viewer("李队长")
    entry = await entered(who, division, team_name="一队", is_name_public=True)
    assert (entry.display_name, entry.is_name_public) == ("一队", True)
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    assert (team.captain_id, team.members, team.substitutes) == (who.actor.person_id, 1, 0)
    member = await TeamMember.get(team_id=team.id)
    assert (member.slot, member.is_substitute) == (1, False)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"team_name": " "}, Invalid),
        ({"team_name": None}, Invalid),
        ({"team_name": "队" * 81}, Invalid),
    ],
)
async def test_a_team_without_a_name_does_not_enter(
    values: dict[str, str], refusal: type[Exception]
) -> None:
    division = await team_division((await contests.competition()).id)
    who = await viewer()
    with pytest.raises(refusal):
        await entered(who, division, **values)
    assert await Entry.all().count() == 0


async def test_a_captain_is_in_one_team_of_a_division() -> None:
    competition = await contests.competition()
    division = await team_division(competition.id)
    one, two = await viewer(), await viewer()
    entry = await entered(one, division, team_name="一队")
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    await contests.joined(one, team, two)
    with pytest.raises(AlreadyRegistered):
        await entered(two, division, team_name="二队")
    assert await Entry.all().count() == 1
    await entered(two, await team_division(competition.id, position=2), team_name="二队")


async def test_an_entry_that_is_withdrawn_frees_its_people() -> None:
    division = await team_division((await contests.competition()).id)
    one, two = await viewer(), await viewer()
    entry = await entered(one, division, team_name="一队")
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    await contests.joined(one, team, two)
    assert await transaction(lambda: withdraw(one, entry.registration_id, reason="生病"))
    assert not await transaction(lambda: withdraw(one, entry.registration_id))
    await entered(two, division, team_name="二队")


async def test_only_organisers_exclude_and_for_a_reason() -> None:
    division = await competitions.division((await contests.competition()).id)
    who, manager = await viewer(), await contests.organiser()
    entry = await entered(who, division)
    before = await stored()
    for viewer_, entry_id, reason, refusal in (
        (nobody(NOW), entry.id, "x", Unauthenticated),
        (who, entry.id, "x", Forbidden),
        (manager, None, "x", NotFound),
        (manager, division.id, "x", NotFound),
        (manager, entry.id, "  ", Invalid),
        (manager, entry.id, "x" * 501, Invalid),
    ):
        with pytest.raises(refusal):
            await disqualify(viewer_, entry_id, reason=reason)
    assert await stored() == before
    row = await disqualify(manager, entry.id, reason="冒名顶替")
    assert (row.state, row.reason) == (EntryState.DISQUALIFIED, "冒名顶替")
    with pytest.raises(Conflict):
        await disqualify(manager, entry.id, reason="冒名顶替")


async def test_who_waited_in_vain_may_enter_anew() -> None:
    division = await team_division((await contests.competition()).id)
    captain = await viewer()
    pool = await enrollment.pool(capacity=1)
    await entered(await viewer(), division, pool=pool.id, team_name="一队")
    waiting = await entered(captain, division, pool=pool.id, team_name="二队")
    expired = {"state": RegistrationState.EXPIRED, "slot": None, "subject_slot": None}
    await Registration.filter(id=waiting.registration_id).update(**expired)
    again = await entered(captain, division, pool=pool.id, team_name="二队")
    assert again.id != waiting.id
    kept = await entry_by_id(waiting.id)
    assert kept is not None
    assert kept.state is EntryState.WITHDRAWN
    assert await admit_confirmed(captain, await contests.competition_of(division)) == 0
