"""Teams: people join by a code, leave, are removed, take over, and stand in for one another.

Whoever changes a roster locks the team's row first. Joining inserts the member and then counts it
by one conditional UPDATE whose row count decides about the last place.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.bulk import insert_rows, update_where
from hub.competitions import queries as competitions
from hub.competitions.rules import roster_freeze
from hub.contests.models import Team, TeamInvitation, TeamMember
from hub.contests.queries.entries import (
    entries_by_ids,
    invitations,
    live_invitation,
    locked_team,
    member_by_id,
    members,
    membership,
    team_by_id,
    teams,
)
from hub.contests.rules import (
    CODE_ALPHABET,
    CODE_CHARS,
    INVITATION_LASTS,
    EntryState,
    assert_before_freeze,
    canonical_code,
    clean_reason,
    shown_code,
)
from hub.contests.service.holding import require_manager
from hub.database import transaction
from hub.encryption import keyed_digest
from hub.errors import Conflict, NotFound
from hub.idempotency import KeyUse, once
from hub.ids import new_id
from hub.records import Record

_PURPOSE = "team invitation"


@dataclass(frozen=True, slots=True)
class Roster:
    """A team with what bounds it. `freezes_at`: from when on it stays as it is."""

    team: Record
    entry: Record
    division: Record
    freezes_at: datetime


async def roster_of(team: Record) -> Roster:
    """A team with its entry, its division and the instant of its freeze."""
    return (await rosters_of([team]))[0]


def _roster(team: Record, entry: Record, division: Record, *, competition: Record) -> Roster:
    freezes_at = roster_freeze(
        division.roster_freezes_at,
        registration_closes_at=competition.registration_closes_at,
        starts_at=competition.starts_at,
    )
    return Roster(team, entry, division, freezes_at)


async def rosters_of(found: Sequence[Record]) -> list[Roster]:
    """Teams with what bounds them, for callers that have decided who may see them.

    Four statements, however many there are.
    """
    by_id = await entries_by_ids([row.entry_id for row in found])
    divisions = await competitions.divisions_by_ids([row.division_id for row in by_id.values()])
    held = await competitions.competitions_by_ids([row.competition_id for row in by_id.values()])
    return [
        _roster(
            team,
            entry := by_id[team.entry_id],
            divisions[entry.division_id],
            competition=held[entry.competition_id],
        )
        for team in found
    ]


async def create_invitation(viewer: Viewer, team_id: UUID | None) -> tuple[Record, str, datetime]:
    """A new code for a team of the viewer's, which ends the one before; with the team, the code in
    groups, and until when it can be used. The code is nowhere kept.

    Raises Unauthenticated, NotFound for a team that is not the viewer's to lead, Conflict after
    the freeze.
    """
    person_id = require_person(viewer.actor)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))

    async def body() -> tuple[Record, datetime]:
        roster = await _led_roster(viewer, team_id, person_id)
        await _end_invitations(roster.team.id)
        expires_at = min(viewer.now + INVITATION_LASTS, roster.freezes_at)
        row = {
            "id": new_id(),
            "team_id": roster.team.id,
            "code_digest": keyed_digest(code, purpose=_PURPOSE),
            "slot": 1,
            "created_by": person_id,
            "created_at": viewer.now,
            "expires_at": expires_at,
        }
        await insert_rows(TeamInvitation, [row])
        await _record(viewer, "team_invited", roster.team.id, expires_at=expires_at)
        return roster.team, expires_at

    team, expires_at = await transaction(body)
    return team, shown_code(code), expires_at


async def _end_invitations(team_id: UUID) -> None:
    where = [invitations.team_id == team_id, invitations.slot.notnull()]
    await update_where(TeamInvitation, {"slot": None}, where=where)


async def join(viewer: Viewer, code: str, *, idempotency_key: str) -> Record:
    """Enter the team of a code: among its members, or its substitutes where those are full; the
    membership. The same key gives the same one.

    Raises Unauthenticated, Invalid for a key, NotFound for a code that is no team's or is over,
    and Conflict after the freeze, for a roster that is full, and for somebody who is in a team of
    the division already.
    """
    person_id = require_person(viewer.actor)
    digest = keyed_digest(canonical_code(code), purpose=_PURPOSE)
    use = KeyUse(person_id, "joinTeam", key=idempotency_key, given={"digest": digest})

    async def deed(member_id: UUID) -> None:
        await _join(viewer, person_id, digest=digest, member_id=member_id)

    try:
        member_id, _ = await once(use, deed, now=viewer.now)
    except IntegrityError as error:
        raise _in_a_team() from error
    row = await member_by_id(member_id)
    assert row is not None
    return row


async def _join(viewer: Viewer, person_id: UUID, *, digest: str, member_id: UUID) -> None:
    invitation = await live_invitation(digest)
    if invitation is None or invitation.expires_at <= viewer.now:
        raise NotFound(
            "This code is no team's, or has run out; ask the captain for a new one.",
            chinese="邀请码无效或已过期，请向队长索取新的邀请码。",
            path=("input", "code"),
        )
    roster = await roster_of(await locked_team(invitation.team_id))
    _assert_changeable(roster, now=viewer.now)
    if await live_invitation(digest) is None:
        raise NotFound(
            "This code has just been replaced; ask the captain for the new one.",
            chinese="邀请码已更换，请向队长索取新的邀请码。",
            path=("input", "code"),
        )
    if await membership(roster.division.id, person_id) is not None:
        raise _in_a_team()
    is_substitute = roster.team.members >= roster.division.team_size_maximum
    await _add_member(viewer, roster, person_id, is_substitute=is_substitute, member_id=member_id)


async def _add_member(
    viewer: Viewer, roster: Roster, person_id: UUID, *, is_substitute: bool, member_id: UUID
) -> None:
    row = {
        "id": member_id,
        "team_id": roster.team.id,
        "division_id": roster.division.id,
        "person_id": person_id,
        "is_substitute": is_substitute,
        "slot": 1,
        "joined_at": viewer.now,
    }
    await insert_rows(TeamMember, [row])
    await _count(roster, 1, is_substitute=is_substitute)
    await _record(
        viewer, "team_joined", roster.team.id, person=person_id, is_substitute=is_substitute
    )


async def _count(roster: Roster, step: int, *, is_substitute: bool) -> None:
    column = "substitutes" if is_substitute else "members"
    division = roster.division
    most = division.substitutes_maximum if is_substitute else division.team_size_maximum
    where = [teams.id == roster.team.id]
    if step > 0:
        where.append(teams[column] + step <= most)
    if not await update_where(Team, {column: teams[column] + step}, where=where):
        raise Conflict("The team is full.", chinese="队伍人数已满。")


async def leave(viewer: Viewer, team_id: UUID | None) -> Record:
    """Leave a team before the freeze; the team.

    Raises Unauthenticated, NotFound for a team one is not in, Conflict after the freeze and for
    the captain, who hands over first.
    """
    person_id = require_person(viewer.actor)

    async def body() -> Record:
        roster = await _open_roster(viewer, team_id)
        member = await membership(roster.division.id, person_id)
        if member is None or member.team_id != roster.team.id:
            raise _team_not_found()
        if person_id == roster.team.captain_id:
            raise Conflict(
                "The captain hands the team over before leaving, or cancels the entry.",
                chinese="队长须先移交队长身份或取消报名，才能退出。",
            )
        return await _remove(viewer, roster, member, action="team_left")

    return await transaction(body)


async def remove_member(viewer: Viewer, member_id: UUID | None) -> Record:
    """Let somebody go from a team of the viewer's before the freeze; the team.

    Raises Unauthenticated, NotFound, and Conflict after the freeze and for the captain.
    """
    person_id = require_person(viewer.actor)

    async def body() -> Record:
        team_id = await _team_of_member(member_id)
        roster = await _led_roster(viewer, team_id, person_id, key="memberId")
        member = await _live_member(member_id)
        if member.person_id == roster.team.captain_id:
            raise Conflict("The captain stays.", chinese="不能移除队长。")
        return await _remove(viewer, roster, member, action="team_member_removed")

    return await transaction(body)


async def hand_over_captaincy(viewer: Viewer, member_id: UUID | None) -> Record:
    """Make another member the captain, before the freeze; the team.

    The registration stays with whoever signed up. Raises Unauthenticated, NotFound, and Conflict
    after the freeze, for a substitute, and for oneself.
    """
    person_id = require_person(viewer.actor)

    async def body() -> Record:
        team_id = await _team_of_member(member_id)
        roster = await _led_roster(viewer, team_id, person_id, key="memberId")
        member = await _live_member(member_id)
        if member.is_substitute or member.person_id == person_id:
            raise Conflict(
                "The captain is handed over to another member who is no substitute.",
                chinese="只能移交给其他正式队员。",
            )
        sets = {"captain_id": member.person_id}
        await update_where(Team, sets, where=[teams.id == roster.team.id])
        await _end_invitations(roster.team.id)
        await _record(viewer, "captaincy_handed_over", roster.team.id, captain=member.person_id)
        return await _required(roster.team.id)

    return await transaction(body)


async def replace_member(
    viewer: Viewer, member_id: UUID | None, *, substitute_id: UUID | None, reason: str
) -> Record:
    """Let a substitute take a member's place, and the member that of the substitute; the team.

    For organisers, before or after the freeze. Raises Unauthenticated, Forbidden, Invalid without
    a reason, NotFound, and Conflict where the two are no such pair.
    """
    require_manager(viewer)
    cleaned = clean_reason(reason)

    async def body() -> Record:
        roster = await roster_of(await locked_team(await _team_of_member(member_id)))
        _assert_active(roster.entry)
        member = await _live_member(member_id)
        substitute = await _live_member(substitute_id, key="substituteId")
        is_pair = substitute.is_substitute and not member.is_substitute
        if not is_pair or substitute.team_id != member.team_id:
            raise Conflict(
                "A member is replaced by a substitute of the same team.",
                chinese="只能由本队替补替换正式队员。",
                path=("input", "substituteId"),
            )
        await _swap(viewer, roster, member=member, substitute=substitute)
        who = {"member": member.person_id, "substitute": substitute.person_id}
        await _record(viewer, "team_member_replaced", roster.team.id, **who, reason=cleaned)
        return await _required(roster.team.id)

    return await transaction(body)


async def _swap(viewer: Viewer, roster: Roster, *, member: Record, substitute: Record) -> None:
    for row, is_substitute in ((member, True), (substitute, False)):
        sets = {"is_substitute": is_substitute}
        await update_where(TeamMember, sets, where=[members.id == row.id])
    if member.person_id == roster.team.captain_id:
        sets_captain = {"captain_id": substitute.person_id}
        await update_where(Team, sets_captain, where=[teams.id == roster.team.id])


async def _remove(viewer: Viewer, roster: Roster, member: Record, *, action: str) -> Record:
    sets = {"slot": None, "left_at": viewer.now}
    await update_where(TeamMember, sets, where=[members.id == member.id])
    await _count(roster, -1, is_substitute=member.is_substitute)
    await _record(viewer, action, roster.team.id, person=member.person_id)
    return await _required(roster.team.id)


async def _open_roster(viewer: Viewer, team_id: UUID | None, *, key: str = "teamId") -> Roster:
    """A team that is there, locked, before its freeze."""
    if await team_by_id(team_id) is None or team_id is None:
        raise _team_not_found(key)
    roster = await roster_of(await locked_team(team_id))
    _assert_changeable(roster, now=viewer.now)
    return roster


async def _led_roster(
    viewer: Viewer, team_id: UUID | None, person_id: UUID, *, key: str = "teamId"
) -> Roster:
    """A team whose captain asks, locked, before its freeze; to others it is not there."""
    team = await team_by_id(team_id)
    if team is None or team.captain_id != person_id:
        raise _team_not_found(key)
    roster = await _open_roster(viewer, team.id, key=key)
    if roster.team.captain_id != person_id:
        raise _team_not_found(key)
    return roster


def _assert_changeable(roster: Roster, *, now: datetime) -> None:
    _assert_active(roster.entry)
    assert_before_freeze(roster.freezes_at, now=now)


def _assert_active(entry: Record) -> None:
    if entry.state is not EntryState.ACTIVE:
        raise Conflict("The entry of this team is over.", chinese="该队伍的参赛已结束。")


async def _team_of_member(member_id: UUID | None) -> UUID:
    member = await member_by_id(member_id)
    if member is None:
        raise _team_not_found("memberId")
    team_id: UUID = member.team_id
    return team_id


async def _live_member(member_id: UUID | None, *, key: str = "memberId") -> Record:
    member = await member_by_id(member_id)
    if member is None or member.slot is None:
        raise _team_not_found(key)
    return member


async def _required(team_id: UUID) -> Record:
    team = await team_by_id(team_id)
    assert team is not None, "teams are never deleted"
    return team


def _team_not_found(key: str = "teamId") -> NotFound:
    return NotFound(
        "There is no such team, or nobody by this id in it.",
        chinese="没有这支队伍或这名队员。",
        path=("input", key),
    )


def _in_a_team() -> Conflict:
    return Conflict(
        "You are in a team of this division already.", chinese="您已加入该组别的一支队伍。"
    )


async def _record(viewer: Viewer, action: str, team_id: UUID, **after: object) -> None:
    await audit.record(viewer.actor, f"contests.{action}", object=("Team", team_id), after=after)
