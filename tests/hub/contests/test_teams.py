"""Rosters on a real database: codes, places, the freeze, captains, substitutes, two at once."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from hub.auth import Viewer
from hub.contests.models import Team, TeamInvitation, TeamMember
from hub.contests.queries.entries import teams_by_entry_ids
from hub.contests.service.entering import withdraw
from hub.contests.service.teams import (
    create_invitation,
    hand_over_captaincy,
    join,
    leave,
    remove_member,
    replace_member,
)
from hub.database import transaction
from hub.errors import (
    Conflict,
    Forbidden,
    HubError,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    Unauthenticated,
)
from hub.records import Record
from tests.factories import contests
from tests.factories.contests import NOW, entered, joined, later, person_of, stored, viewer
from tests.factories.editors import nobody

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class Squad:
    """A team with its captain."""

    captain: Viewer
    entry: Record
    team: Record

    async def with_members(self, *names: str) -> list[tuple[Viewer, Record]]:
        """People who have joined it, with their memberships."""
        people = [await viewer(name) for name in names]
        return [(who, await joined(self.captain, self.team, who)) for who in people]

    async def counts(self) -> tuple[int, int]:
        row = await Team.get(id=self.team.id)
        active = TeamMember.filter(team_id=row.id, slot=1)
        assert await active.filter(is_substitute=False).count() == row.members
        assert await active.filter(is_substitute=True).count() == row.substitutes
        return row.members, row.substitutes


async def squad(**values: object) -> Squad:
    division = await contests.team_division((await contests.competition()).id, **values)
    captain = await viewer("李队长")
    entry = await entered(captain, division, team_name="一队")
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    return Squad(captain, entry, team)


async def refused(refusal: type[HubError], deed: object) -> HubError:
    """The refusal of a deed, which changes nothing."""
    before = await stored()
    with pytest.raises(refusal) as caught:
        await deed  # type: ignore[misc]
    assert await stored() == before
    return caught.value


async def test_people_join_until_the_team_is_full() -> None:
    team = await squad(substitutes_maximum=1)
    people = await team.with_members("甲", "乙", "丙")
    assert [row.is_substitute for _, row in people] == [False, False, True]
    assert await team.counts() == (3, 1)
    _, code, _ = await create_invitation(team.captain, team.team.id)
    error = await refused(Conflict, join(await viewer(), code, idempotency_key="k"))
    assert "full" in error.message
    assert await team.counts() == (3, 1)


async def test_a_code_is_shown_once_and_kept_as_a_digest() -> None:
    team = await squad()
    _, code, expires_at = await create_invitation(team.captain, team.team.id)
    assert len(code.replace("-", "")) == 16
    assert expires_at == contests.FREEZE
    told = str(await stored())
    assert code not in told
    assert code.replace("-", "") not in told
    row = await join(await viewer(), code.lower().replace("-", " "), idempotency_key="k")
    assert row.team_id == team.team.id


async def test_a_new_code_ends_the_one_before() -> None:
    team = await squad()
    _, old, _ = await create_invitation(team.captain, team.team.id)
    _, new, _ = await create_invitation(team.captain, team.team.id)
    await refused(NotFound, join(await viewer(), old, idempotency_key="k"))
    await join(await viewer(), new, idempotency_key="k")


async def test_a_code_runs_out() -> None:
    competition = await contests.competition(
        registration_closes_at=None, starts_at=later(nobody(NOW), days=30).now
    )
    division = await contests.team_division(competition.id)
    captain, who = await viewer(), await viewer()
    entry = await entered(captain, division, team_name="一队")
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    _, code, expires_at = await create_invitation(captain, team.id)
    assert expires_at == later(captain, days=7).now
    await refused(NotFound, join(later(who, days=7), code, idempotency_key="k"))
    await join(later(who, days=6), code, idempotency_key="k")


async def test_the_same_key_joins_once() -> None:
    team, who = await squad(), await viewer()
    _, code, _ = await create_invitation(team.captain, team.team.id)
    first = await join(who, code, idempotency_key="k")
    assert (await join(who, code, idempotency_key="k")).id == first.id
    await refused(Conflict, join(who, code, idempotency_key="other"))
    await refused(IdempotencyMismatch, join(who, "0" * 16, idempotency_key="k"))
    await refused(Invalid, join(who, code, idempotency_key=""))
    await refused(Unauthenticated, join(nobody(NOW), code, idempotency_key="k"))
    assert await team.counts() == (2, 0)


async def test_nobody_else_makes_codes() -> None:
    team = await squad()
    ((member, _),) = await team.with_members("甲")
    manager = await contests.organiser()
    for who, refusal in ((member, NotFound), (manager, NotFound), (nobody(NOW), Unauthenticated)):
        await refused(refusal, create_invitation(who, team.team.id))
    await refused(NotFound, create_invitation(team.captain, None))
    await refused(NotFound, create_invitation(team.captain, team.entry.id))


async def test_after_the_freeze_the_roster_stays() -> None:
    team = await squad(substitutes_maximum=1)
    (member, row), _ = await team.with_members("甲", "乙")
    _, code, _ = await create_invitation(team.captain, team.team.id)
    frozen = later(team.captain, days=1)
    for deed in (
        create_invitation(frozen, team.team.id),
        leave(later(member, days=1), team.team.id),
        remove_member(frozen, row.id),
        hand_over_captaincy(frozen, row.id),
    ):
        await refused(Conflict, deed)
    await refused(NotFound, join(later(await viewer(), days=1), code, idempotency_key="k"))


async def test_one_leaves_and_joins_another() -> None:
    team = await squad()
    ((member, _),) = await team.with_members("甲")
    await refused(Conflict, leave(team.captain, team.team.id))
    await refused(NotFound, leave(await viewer(), team.team.id))
    await leave(member, team.team.id)
    assert await team.counts() == (1, 0)
    await refused(NotFound, leave(member, team.team.id))
    await joined(team.captain, team.team, member)
    assert await team.counts() == (2, 0)


async def test_the_captain_lets_go_and_hands_over() -> None:
    team = await squad(substitutes_maximum=1)
    (one, first), (two, second), (_, third) = await team.with_members("甲", "乙", "丙")
    own = await TeamMember.get(team_id=team.team.id, person_id=person_of(team.captain))
    await refused(NotFound, remove_member(one, second.id))
    await refused(Conflict, remove_member(team.captain, own.id))
    await refused(NotFound, remove_member(team.captain, None))
    await remove_member(team.captain, second.id)
    await refused(NotFound, remove_member(team.captain, second.id))
    assert await team.counts() == (2, 1)
    await refused(Conflict, hand_over_captaincy(team.captain, third.id))
    await refused(Conflict, hand_over_captaincy(team.captain, own.id))
    row = await hand_over_captaincy(team.captain, first.id)
    assert row.captain_id == person_of(one)
    await refused(NotFound, remove_member(team.captain, third.id))
    await remove_member(one, own.id)
    assert await team.counts() == (1, 1)
    assert await TeamInvitation.filter(slot=1).count() == 0
    await refused(NotFound, leave(two, team.team.id))


async def test_organisers_let_a_substitute_in_after_the_freeze() -> None:
    team = await squad(substitutes_maximum=1)
    (one, first), (_, second), (_, third) = await team.with_members("甲", "乙", "丙")
    manager = later(await contests.organiser(), days=2)

    async def replace(who: Viewer, member: UUID | None, sub: UUID | None, reason: str) -> Record:
        return await replace_member(who, member, substitute_id=sub, reason=reason)

    await refused(Forbidden, replace(later(team.captain, days=2), first.id, third.id, "受伤"))
    await refused(Invalid, replace(manager, first.id, third.id, ""))
    await refused(Conflict, replace(manager, first.id, second.id, "受伤"))
    await refused(Conflict, replace(manager, third.id, third.id, "受伤"))
    await refused(NotFound, replace(manager, None, third.id, "受伤"))
    await refused(NotFound, replace(manager, first.id, None, "受伤"))
    await replace(manager, first.id, third.id, "受伤")
    assert (await TeamMember.get(id=first.id)).is_substitute
    assert not (await TeamMember.get(id=third.id)).is_substitute
    assert await team.counts() == (3, 1)
    own = await TeamMember.get(team_id=team.team.id, person_id=person_of(team.captain))
    row = await replace(manager, own.id, first.id, "队长请假")
    assert row.captain_id == person_of(one)


async def test_a_team_that_is_withdrawn_takes_nobody() -> None:
    team = await squad()
    _, code, _ = await create_invitation(team.captain, team.team.id)
    await transaction(lambda: withdraw(team.captain, team.entry.registration_id))
    await refused(Conflict, join(await viewer(), code, idempotency_key="k"))
    await refused(Conflict, create_invitation(team.captain, team.team.id))


async def outcome(deed: object) -> object:
    try:
        return await deed  # type: ignore[misc]
    except HubError as refusal:
        return refusal


async def test_two_people_take_the_last_place_at_once() -> None:
    team = await squad(team_size_maximum=2)
    _, code, _ = await create_invitation(team.captain, team.team.id)
    people = [await viewer() for _ in range(6)]
    found = await asyncio.gather(*(outcome(join(who, code, idempotency_key="k")) for who in people))
    assert [isinstance(each, Conflict) for each in found].count(True) == 5
    assert await team.counts() == (2, 0)


async def test_somebody_joins_two_teams_at_once() -> None:
    division = await contests.team_division((await contests.competition()).id)
    codes = []
    for name in ("一队", "二队"):
        captain = await viewer()
        entry = await entered(captain, division, team_name=name)
        team = (await teams_by_entry_ids([entry.id]))[entry.id]
        codes.append((await create_invitation(captain, team.id))[1])
    who = await viewer()
    found = await asyncio.gather(
        *(outcome(join(who, code, idempotency_key=code)) for code in codes)
    )
    assert sorted(isinstance(each, Conflict) for each in found) == [False, True]
    assert await TeamMember.filter(person_id=person_of(who), slot=1).count() == 1


async def test_two_codes_made_at_once_leave_one() -> None:
    team = await squad()
    made = await asyncio.gather(*(create_invitation(team.captain, team.team.id) for _ in range(4)))
    assert await TeamInvitation.filter(slot=1).count() == 1
    found = [await outcome(join(await viewer(), code, idempotency_key="k")) for _, code, _ in made]
    assert [isinstance(each, NotFound) for each in found].count(False) == 1
