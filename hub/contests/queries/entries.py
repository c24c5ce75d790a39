"""Reads of entries and teams."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion

from hub.auth import Action, Viewer, is_allowed
from hub.competitions import queries as competitions
from hub.contests.models import (
    Admission,
    Entry,
    Team,
    TeamInvitation,
    TeamMember,
)
from hub.contests.rules import EntryState
from hub.criteria import Exists
from hub.listing import Listing
from hub.publishing import visible
from hub.records import (
    Ordering,
    Record,
    Select,
    fetch_locked,
    fetch_records,
    fetch_records_by,
    table_of,
)

entries, teams, members = table_of(Entry), table_of(Team), table_of(TeamMember)
invitations, admissions = table_of(TeamInvitation), table_of(Admission)
_competition = table_of(competitions.COMPETITIONS.model)


def may_manage(viewer: Viewer) -> bool:
    """Whether the viewer holds competitions."""
    return is_allowed(viewer.actor, Action.MANAGE_COMPETITION, on=(), now=viewer.now)


def _own(person_id: UUID) -> Criterion:
    """Entries that somebody made, or whose team they are in."""
    mine = (
        Query.from_(members)
        .join(teams)
        .on(teams.id == members.team_id)
        .select(members.id)
        .where(teams.entry_id == entries.id)
        .where(members.person_id == person_id)
        .where(members.slot == 1)
    )
    criterion: Criterion = (entries.person_id == person_id) | Exists(mine)
    return criterion


def _visible_entries(viewer: Viewer) -> Sequence[Criterion]:
    """Everybody sees who was admitted to a competition that is public; people see their own."""
    if may_manage(viewer):
        return ()
    owner = (
        Query.from_(_competition)
        .select(_competition.id)
        .where(_competition.id == entries.competition_id)
        .where(visible(_competition, viewer.now))
    )
    seen: Criterion = (
        entries.number.notnull() & (entries.state == EntryState.ACTIVE.value) & Exists(owner)
    )
    person_id = viewer.actor.person_id
    return (seen if person_id is None else seen | _own(person_id),)


ENTRIES = Listing(Entry, _visible_entries, default_order=(Ordering("created_at"),))


async def own_entries(viewer: Viewer, person_id: UUID) -> list[Record]:
    """A person's entries and those of their teams, newest first."""
    order = [Ordering("created_at", descending=True), Ordering("id", descending=True)]
    return await fetch_records(Select(Entry, (_own(person_id),)), order=order, limit=100)


async def entry_by_id(entry_id: UUID | None) -> Record | None:
    """The entry with this id, whosever it is."""
    return await _first(Entry, entries.id == entry_id) if entry_id else None


async def entry_by_registration(registration_id: UUID) -> Record | None:
    """The entry that belongs to a registration."""
    return await _first(Entry, entries.registration_id == registration_id)


async def entries_by_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Entries by id, for callers that have decided who may see them."""
    return {row.id: row for row in await fetch_records_by(Select(Entry), ids, column="id")}


async def admission_of(division_id: UUID) -> Record | None:
    """The numbers of a division, once it has given one."""
    return await _first(Admission, admissions.id == division_id)


async def admissions_of(competition_id: UUID) -> list[Record]:
    """The numbers of all divisions of a competition that have given one."""
    return await fetch_records(Select(Admission, (admissions.competition_id == competition_id,)))


async def unnumbered_entries(competition_id: UUID) -> list[Record]:
    """Entries that wait for their number, in the order in which they were made."""
    criteria = (
        entries.competition_id == competition_id,
        entries.number.isnull(),
        entries.state == EntryState.ACTIVE.value,
    )
    return await fetch_records(
        Select(Entry, criteria), order=[Ordering("created_at"), Ordering("id")]
    )


async def team_by_id(team_id: UUID | None) -> Record | None:
    """The team with this id."""
    return await _first(Team, teams.id == team_id) if team_id else None


async def teams_by_entry_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Teams by their entry, for callers that have decided who may see them."""
    rows = await fetch_records_by(Select(Team), ids, column="entry_id")
    return {row.entry_id: row for row in rows}


async def locked_team(team_id: UUID) -> Record:
    """The team, locked until this transaction ends: its roster changes one step at a time."""
    return (await fetch_locked(Select(Team, (teams.id == team_id,))))[0]


async def members_by_team_ids(ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Who is in each team, in the order in which they joined."""
    rows = await fetch_records_by(Select(TeamMember, (members.slot == 1,)), ids, column="team_id")
    grouped: dict[UUID, list[Record]] = {}
    for row in sorted(rows, key=lambda each: (each.joined_at, each.id)):
        grouped.setdefault(row.team_id, []).append(row)
    return grouped


async def member_by_id(member_id: UUID | None) -> Record | None:
    """The membership with this id, over or not."""
    return await _first(TeamMember, members.id == member_id) if member_id else None


async def membership(division_id: UUID, person_id: UUID) -> Record | None:
    """In which team of a division somebody is."""
    of_division = (members.division_id == division_id) & (members.person_id == person_id)
    return await _first(TeamMember, of_division & (members.slot == 1))


async def live_invitation(digest: str) -> Record | None:
    """The invitation behind a code's digest, while it is a team's newest."""
    return await _first(
        TeamInvitation, (invitations.code_digest == digest) & invitations.slot.notnull()
    )


async def own_ids(entry_ids: Sequence[UUID], person_id: UUID) -> set[UUID]:
    """Those of the entries that somebody made, or whose team they are in."""
    rows = await fetch_records_by(Select(Entry, (_own(person_id),)), entry_ids, column="id")
    return {row.id for row in rows}


async def _first(model: Any, criterion: Criterion) -> Record | None:
    rows = await fetch_records(Select(model, (criterion,)), limit=1)
    return rows[0] if rows else None
