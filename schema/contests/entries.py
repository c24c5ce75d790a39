"""Entries, teams and results: what the public sees of them, and their own people."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.auth import Viewer
from hub.contests.queries import entries as contests
from hub.contests.queries import scoring
from hub.contests.rules import EntryState, ObjectionState, ScoringState
from hub.contests.service import objecting, teams
from hub.identity import queries as identity
from hub.records import Record
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.relay import Node, encode_id, register_node

RESULTS_SIZE = 100

describe_enum(
    EntryState,
    name="EntryState",
    description="What an entry is (参赛状态).",
    values={
        EntryState.ACTIVE: "It competes (参赛).",
        EntryState.WITHDRAWN: "It was withdrawn (退赛).",
        EntryState.DISQUALIFIED: "It was excluded (取消资格).",
    },
)
describe_enum(
    ScoringState,
    name="ScoringState",
    description="How far the scoring of a stage is (评分状态).",
    values={
        ScoringState.OPEN: "Judges give points (评分中).",
        ScoringState.CLOSED: "The sheets are closed (评分截止).",
        ScoringState.PUBLISHED: "The results are shown, and one can object (公示中).",
        ScoringState.FINAL: "The results are final (已确定).",
    },
)


async def _insiders(viewer: Viewer, entries: list[Record]) -> set[UUID]:
    """The ids of those entries that are the viewer's own, or that they organise unseen by judging.

    Who judges a competition whose scoring goes on learns no names there, organiser or not.
    """
    me = viewer.actor.person_id
    own = await contests.own_ids([row.id for row in entries], me) if me is not None else set()
    if not contests.may_manage(viewer):
        return own
    blind = await scoring.judged_blind(me, {row.competition_id for row in entries})
    return own | {row.id for row in entries if row.competition_id not in blind}


async def _names(parents: list[Record], info: Info) -> list[str | None]:
    viewer = info.context.viewer
    inside = await _insiders(viewer, parents)
    told = await scoring.named_entries([row.id for row in parents if row.id not in inside])
    return [
        row.display_name
        if row.id in inside or (row.id in told and row.is_name_public)
        else (f"{row.display_name[:1]}*" if row.id in told else None)
        for row in parents
    ]


async def _teams(parents: list[Record], info: Info) -> list["Team | None"]:
    inside = await _insiders(info.context.viewer, parents)
    found = await contests.teams_by_entry_ids([row.id for row in parents if row.id in inside])
    rosters = await teams.rosters_of(list(found.values()))
    by_entry: dict[UUID, Any] = {each.entry.id: each for each in rosters}
    return [by_entry.get(row.id) for row in parents]


async def _results(parents: list[Record], info: Info) -> list[list[Record]]:
    return await scoring.told_by_entry_ids([row.id for row in parents])


async def _own(parents: list[Record], info: Info) -> list[bool]:
    me = info.context.viewer.actor.person_id
    own = await contests.own_ids([row.id for row in parents], me) if me is not None else set()
    return [row.id in own for row in parents]


async def _objections(parents: list[Record], info: Info) -> list[list[Record]]:
    """An entry's objections are read by its own people; organisers read them at the stage."""
    me = info.context.viewer.actor.person_id
    own = await contests.own_ids([row.id for row in parents], me) if me is not None else set()
    found = await scoring.objections_by_entry_ids(sorted(own))
    return [found.get(row.id, []) for row in parents]


def _competition_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Competition", root.competition_id))


def _division_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Division", root.division_id))


def _stage_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Stage", root.stage_id))


def _entry_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Entry", root.entry_id))


async def _provisional(parents: list[Record], info: Info) -> list[bool]:
    states = await scoring.scorings_by_ids([row.stage_id for row in parents])
    return [states[row.stage_id].state is not ScoringState.FINAL for row in parents]


def _is_corrected(root: strawberry.Parent[Record]) -> bool:
    return root.corrected_at is not None


async def _result_entries(parents: list[Record], info: Info) -> list[Record | None]:
    keys = list(dict.fromkeys(row.entry_id for row in parents))
    rows = await contests.ENTRIES.by_ids(info.context.viewer, keys)
    found = dict(zip(keys, rows, strict=True))
    return [found[row.entry_id] for row in parents]


@strawberry.type(description="What an entry achieved in a stage (成绩); not before publication.")
class StageResult:
    """Over a result row with the state of its stage."""

    stage_id: strawberry.ID = strawberry.field(resolver=_stage_id, description="The stage.")
    entry_id: strawberry.ID = strawberry.field(resolver=_entry_id, description="The entry.")
    entry: "Entry | None" = batch_field(
        _result_entries, description="The entry; null for one that was withdrawn."
    )
    score: Decimal = strawberry.field(description="The score, to two decimals.")
    rank: int = strawberry.field(
        description="The rank within its division, from 1; equals share one (名次).",
    )
    is_advanced: bool | None = strawberry.field(
        description="Whether it goes on to the next stage (晋级); null: not decided."
    )
    is_provisional: bool | None = batch_field(
        _provisional, description="Whether they are not final yet (公示中)."
    )
    is_corrected: bool = strawberry.field(
        resolver=_is_corrected, description="Whether it was corrected after an objection."
    )


def _member_id(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(encode_id("TeamMember", root.id))


async def _person_names(parents: list[Record], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([row.person_id for row in parents])
    return [person.display_name if person else None for person in people]


@strawberry.type(description="Somebody in a team (队员); for the team and the organisers.")
class TeamMember:
    """Over a membership row."""

    id: strawberry.ID = strawberry.field(
        resolver=_member_id, description="For `removeTeamMember` and its like."
    )
    name: str | None = batch_field(_person_names, description="The name shown to the team.")
    is_substitute: bool = strawberry.field(description="Whether they stand by (替补).")
    joined_at: datetime = strawberry.field(description="Since when.")


def _team_id(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(encode_id("Team", root.team.id))


def _team_name(root: strawberry.Parent[Any]) -> str:
    return str(root.team.name)


def _member_count(root: strawberry.Parent[Any]) -> int:
    return int(root.team.members)


def _substitute_count(root: strawberry.Parent[Any]) -> int:
    return int(root.team.substitutes)


async def _captains(parents: list[Any], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([roster.team.captain_id for roster in parents])
    return [person.display_name if person else None for person in people]


def _is_complete(root: strawberry.Parent[Any]) -> bool:
    return bool(root.team.members >= root.division.team_size_minimum)


async def _frozen(parents: list[Any], info: Info) -> list[bool]:
    return [info.context.viewer.now >= roster.freezes_at for roster in parents]


async def _are_captain(parents: list[Any], info: Info) -> list[bool]:
    me = info.context.viewer.actor.person_id
    return [me is not None and roster.team.captain_id == me for roster in parents]


async def _members(parents: list[Any], info: Info) -> list[list[Record]]:
    found = await contests.members_by_team_ids([roster.team.id for roster in parents])
    return [found.get(roster.team.id, []) for roster in parents]


@strawberry.type(description="The team of an entry (参赛队伍); for the team and the organisers.")
class Team:
    """Over a `Roster`."""

    id: strawberry.ID = strawberry.field(resolver=_team_id, description="For `leaveTeam`.")
    name: str = strawberry.field(resolver=_team_name, description="The name.")
    captain_name: str | None = batch_field(_captains, description="Who leads it (队长).")
    is_captain: bool | None = batch_field(
        _are_captain, description="Whether the person who asks leads it."
    )
    members: list[TeamMember] | None = batch_field(
        _members,
        description="Who is in it, substitutes too, in the order in which they joined.",
        metadata={"size": 20},
    )
    member_count: int = strawberry.field(
        resolver=_member_count,
        description="How many are in it, without substitutes.",
    )
    substitute_count: int = strawberry.field(
        resolver=_substitute_count, description="How many stand by."
    )
    is_complete: bool = strawberry.field(
        resolver=_is_complete,
        description="Whether it has as many as a team needs; that counts at the freeze.",
    )
    is_frozen: bool | None = batch_field(
        _frozen, description="Whether the roster stays as it is (名单已锁定)."
    )
    freezes_at: datetime = strawberry.field(description="From when on the roster stays.")


def _objection_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Objection", root.id))


def _objection_text(root: strawberry.Parent[Record]) -> str:
    return objecting.text_of(root)


describe_enum(
    ObjectionState,
    name="ObjectionState",
    description="What became of an objection (申诉状态).",
    values={
        ObjectionState.OPEN: "It is looked into (处理中).",
        ObjectionState.UPHELD: "It was right (成立).",
        ObjectionState.DISMISSED: "It was dismissed (驳回).",
    },
)


@strawberry.type(description="What somebody says against a result (申诉).")
class Objection:
    """Over an objection row; for who filed it, their team, and the organisers."""

    id: strawberry.ID = strawberry.field(resolver=_objection_id, description="Its id.")
    stage_id: strawberry.ID = strawberry.field(resolver=_stage_id, description="The stage.")
    entry_id: strawberry.ID = strawberry.field(resolver=_entry_id, description="The entry.")
    text: str = strawberry.field(resolver=_objection_text, description="What it says.")
    state: ObjectionState = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(description="Why it was decided so; empty before.")
    created_at: datetime = strawberry.field(description="When it was filed.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")


@strawberry.type(description="That somebody, or a team, competes in a division (参赛).")
class Entry(Node):
    """Over an entry row; its fields decide who learns what."""

    competition_id: strawberry.ID = strawberry.field(
        resolver=_competition_id, description="The competition."
    )
    division_id: strawberry.ID = strawberry.field(
        resolver=_division_id, description="The division."
    )
    admission_number: str | None = strawberry.field(
        description="What it is called by, like B-017 (参赛号); null: it waits for a seat."
    )
    name: str | None = batch_field(
        _names,
        description="The person or the team; to others null until all judged stages have been "
        "published, and then only the first character unless they agreed to be named.",
    )
    state: EntryState = strawberry.field(description="What it is.")
    is_own: bool | None = batch_field(
        _own, description="Whether it is of the person who asks, or of a team they are in."
    )
    team: Team | None = batch_field(
        _teams, description="The team; null for single people, and for others."
    )
    results: list[StageResult] | None = batch_field(
        _results,
        description="Its results that have been published.",
        metadata={"size": 5},
    )
    objections: list[Objection] | None = batch_field(
        _objections, description="Its objections, for its own people.", metadata={"size": 5}
    )


register_node("Entry", contests.ENTRIES)
