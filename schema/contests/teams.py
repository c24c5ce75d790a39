"""The mutations of teams."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.contests.service import teams
from hub.records import Record
from schema.contests.entries import Team, TeamMember
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key


@strawberry.input(description="Which team.")
class TeamInput:
    """See the fields."""

    team_id: strawberry.ID = strawberry.field(description="The team.")


@strawberry.input(description="Who of a team.")
class TeamMemberInput:
    """See the fields."""

    member_id: strawberry.ID = strawberry.field(description="The membership: `TeamMember.id`.")


@strawberry.input(description="By which code to join.")
class JoinTeamInput:
    """See the fields."""

    code: str = strawberry.field(description="The code from the captain, however it is typed.")
    idempotency_key: str = strawberry.field(
        description="Made anew for each try to join and sent again with each repetition."
    )


@strawberry.input(description="Who of a team gives way to which substitute.")
class ReplaceTeamMemberInput:
    """See the fields."""

    member_id: strawberry.ID = strawberry.field(description="Who gives way.")
    substitute_id: strawberry.ID = strawberry.field(description="The substitute who comes in.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.type(description="The outcome of a step with a team.")
class TeamPayload:
    """See the fields."""

    team: Team | None = strawberry.field(
        default=None, description="The team as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of joining a team.")
class JoinTeamPayload:
    """See the fields."""

    member: TeamMember | None = strawberry.field(
        default=None, description="One's membership; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="A code by which people join a team.")
class TeamInvitationPayload:
    """See the fields."""

    code: str | None = strawberry.field(
        default=None, description="The code, in groups of four; shown this once (邀请码)."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when it can be used."
    )
    errors: list[UserError] = errors_field()


def _team_key(text: Any) -> UUID | None:
    return decode_key(str(text), types=("Team",), path=("input", "teamId"))


def _member_key(text: Any, name: str = "memberId") -> UUID | None:
    return decode_key(str(text), types=("TeamMember",), path=("input", name))


async def _shown(team: Record) -> dict[str, Any]:
    return {"team": await teams.roster_of(team)}


async def _invite(info: Info, given: TeamInput) -> dict[str, Any]:
    viewer = info.context.viewer
    _, code, expires_at = await teams.create_invitation(viewer, _team_key(given.team_id))
    return {"code": code, "expires_at": expires_at}


async def _join(info: Info, given: JoinTeamInput) -> dict[str, Any]:
    viewer = info.context.viewer
    member = await teams.join(viewer, given.code, idempotency_key=given.idempotency_key)
    return {"member": member}


async def _leave(info: Info, given: TeamInput) -> dict[str, Any]:
    return await _shown(await teams.leave(info.context.viewer, _team_key(given.team_id)))


async def _remove(info: Info, given: TeamMemberInput) -> dict[str, Any]:
    key = _member_key(given.member_id)
    return await _shown(await teams.remove_member(info.context.viewer, key))


async def _hand_over(info: Info, given: TeamMemberInput) -> dict[str, Any]:
    key = _member_key(given.member_id)
    return await _shown(await teams.hand_over_captaincy(info.context.viewer, key))


async def _replace(info: Info, given: ReplaceTeamMemberInput) -> dict[str, Any]:
    team = await teams.replace_member(
        info.context.viewer,
        _member_key(given.member_id),
        substitute_id=_member_key(given.substitute_id, "substituteId"),
        reason=given.reason,
    )
    return await _shown(team)


_LED = "For the captain, before the freeze. NOT_FOUND for what is not one's own; CONFLICT."


@strawberry.type
class TeamMutation:
    """The mutations of those who compete in teams."""

    create_team_invitation: TeamInvitationPayload = mutation_field(
        _invite,
        input_type=TeamInput,
        payload=TeamInvitationPayload,
        description="Make a code by which people join one's team (邀请队员); it ends the one "
        f"before and lasts seven days at most. {_LED}",
    )
    join_team: JoinTeamPayload = mutation_field(
        _join,
        input_type=JoinTeamInput,
        payload=JoinTeamPayload,
        description="Enter the team of a code (加入队伍): as a member, or as a substitute where "
        "the team has all its members. NOT_FOUND for a code that is no team's or is over; CONFLICT "
        "for a full team, after the freeze, and for who is in a team of the division already; "
        "INVALID; IDEMPOTENCY_MISMATCH.",
    )
    leave_team: TeamPayload = mutation_field(
        _leave,
        input_type=TeamInput,
        payload=TeamPayload,
        description="Leave a team before the freeze (退出队伍). NOT_FOUND; CONFLICT after it, and "
        "for the captain.",
    )
    remove_team_member: TeamPayload = mutation_field(
        _remove,
        input_type=TeamMemberInput,
        payload=TeamPayload,
        description=f"Let somebody go from one's team (移除队员). {_LED}",
    )
    hand_over_captaincy: TeamPayload = mutation_field(
        _hand_over,
        input_type=TeamMemberInput,
        payload=TeamPayload,
        description=f"Make another member the captain (移交队长). {_LED}",
    )
    replace_team_member: TeamPayload = mutation_field(
        _replace,
        input_type=ReplaceTeamMemberInput,
        payload=TeamPayload,
        description="Let a substitute take a member's place, also after the freeze (更换队员). "
        "Needs MANAGE_COMPETITION. NOT_FOUND; INVALID without a reason; CONFLICT.",
    )
