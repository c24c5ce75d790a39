"""Reads of judges, points, results and objections."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query, Table
from pypika_tortoise.terms import Criterion, LiteralValue, Term

from hub.auth import Viewer
from hub.competitions import queries as competitions
from hub.contests.models import (
    ConflictOfInterest,
    Entry,
    Objection,
    ScoreSheet,
    StageEntry,
    StageJudge,
    StageResult,
    StageScoring,
    Team,
    TeamMember,
)
from hub.contests.queries.entries import entries_by_ids, may_manage
from hub.contests.rules import EntryState, ObjectionState, ScoringState
from hub.criteria import Exists, is_false, is_in
from hub.filters import column
from hub.listing import Listing
from hub.records import (
    Ordering,
    Record,
    Select,
    as_uuid,
    fetch_records,
    fetch_records_by,
    table_of,
)

entries, teams, members = table_of(Entry), table_of(Team), table_of(TeamMember)
sheets, judges, results = table_of(ScoreSheet), table_of(StageJudge), table_of(StageResult)
objections, scorings = table_of(Objection), table_of(StageScoring)

TOLD = (ScoringState.PUBLISHED, ScoringState.FINAL)
"""States in which results are public."""


def _is_told() -> Criterion:
    """The criterion for results that have been published."""
    told = (
        Query.from_(scorings)
        .select(scorings.id)
        .where(scorings.id == results.stage_id)
        .where(is_in(scorings.state, TOLD))
    )
    return Exists(told)


def _visible_results(viewer: Viewer) -> Sequence[Criterion]:
    """Everybody sees what has been published; organisers see what has been computed."""
    return () if may_manage(viewer) else (_is_told(),)


RESULTS = Listing(
    StageResult,
    _visible_results,
    filters=lambda viewer: {"division": column(results.division_id)},
    default_order=(Ordering("rank"),),
)


async def scoring_of(stage_id: UUID) -> Record | None:
    """How far the scoring of a stage is; None where nothing has been decided."""
    return await _first(StageScoring, scorings.id == stage_id)


async def scorings_by_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """How far the scoring of stages is, where something has been decided."""
    return {row.id: row for row in await fetch_records_by(Select(StageScoring), ids, column="id")}


async def state_of(stage_id: UUID) -> ScoringState:
    """How far the scoring of a stage is."""
    row = await scoring_of(stage_id)
    return row.state if row is not None else ScoringState.OPEN


async def judges_of(stage_id: UUID) -> list[Record]:
    """Who judges a stage, in the order in which they were assigned."""
    select = Select(StageJudge, (judges.stage_id == stage_id, judges.slot == 1))
    return await fetch_records(select, order=[Ordering("assigned_at"), Ordering("id")])


async def judge_of(stage_id: UUID, person_id: UUID) -> Record | None:
    """The assignment by which somebody judges a stage."""
    of_stage = (judges.stage_id == stage_id) & (judges.person_id == person_id)
    return await _first(StageJudge, of_stage & (judges.slot == 1))


async def assignments_of(person_id: UUID) -> list[Record]:
    """What somebody judges, newest first."""
    select = Select(StageJudge, (judges.person_id == person_id, judges.slot == 1))
    return await fetch_records(select, order=[Ordering("id", descending=True)], limit=100)


async def judge_by_id(judge_id: UUID | None) -> Record | None:
    """The assignment with this id, over or not."""
    return await _first(StageJudge, judges.id == judge_id) if judge_id else None


async def stages_judged_by(person_id: UUID, stage_ids: Sequence[UUID]) -> bool:
    """Whether somebody judges one of these stages."""
    criteria = (judges.person_id == person_id, judges.slot == 1, is_in(judges.stage_id, stage_ids))
    return bool(await fetch_records(Select(StageJudge, criteria), limit=1))


async def competing_in(stage: Record, *, entry_id: UUID | None = None) -> list[Record]:
    """The entries of a stage by admission number: all that were admitted in the first stage that
    is judged, those that went on in a later one. Who withdrew or was disqualified is out.

    With `entry_id` that one, if it is among them.
    """
    criteria: tuple[Criterion, ...] = (
        entries.competition_id == stage.competition_id,
        entries.number.notnull(),
        entries.state == EntryState.ACTIVE.value,
    )
    if entry_id is not None:
        criteria = (*criteria, entries.id == entry_id)
    order = [Ordering("division_id"), Ordering("number"), Ordering("id")]
    if (await judged_stages(stage.competition_id))[:1] in ([stage.id], []):
        return await fetch_records(Select(Entry, criteria), order=order)
    field = table_of(StageEntry)
    gone_on = (
        Query.from_(field)
        .select(field.id)
        .where(field.entry_id == entries.id)
        .where(field.stage_id == stage.id)
    )
    return await fetch_records(Select(Entry, (*criteria, Exists(gone_on))), order=order)


async def judged_stages(competition_id: UUID) -> list[UUID]:
    """The ids of a competition's stages with criteria, in order."""
    found = (await competitions.stages_by_competition_ids([competition_id]))[0]
    return [row.id for row in found if row.criteria]


async def field_of(stage_id: UUID) -> set[UUID]:
    """The ids of the entries that have gone on to a stage."""
    field = table_of(StageEntry)
    rows = await fetch_records(Select(StageEntry, (field.stage_id == stage_id,)))
    return {row.entry_id for row in rows}


async def conflicts_among(entry_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Who may not judge which of these entries, as pairs of entry and person: by declaration, as
    whoever entered it, and as anybody who is or was in its team.
    """
    declared = await fetch_records_by(Select(ConflictOfInterest), entry_ids, column="entry_id")
    own = await fetch_records_by(Select(Entry), entry_ids, column="id")
    in_team = Select(
        TeamMember,
        extras={"entry_id": teams.entry_id},
        joins=((teams, teams.id == members.team_id),),
    )
    wanted = list(dict.fromkeys(entry_ids))
    rows = await fetch_records(in_team.where(is_in(teams.entry_id, wanted))) if wanted else []
    pairs = {(row.id, row.person_id) for row in own}
    pairs |= {(row.entry_id, row.person_id) for row in declared}
    return pairs | {(as_uuid(row.entry_id), row.person_id) for row in rows}


async def sheets_of(stage_id: UUID) -> list[Record]:
    """All sheets of a stage by judges that still judge it."""
    still = (
        Query.from_(judges)
        .select(judges.id)
        .where(judges.id == sheets.judge_id)
        .where(judges.slot == 1)
    )
    select = Select(ScoreSheet, (sheets.stage_id == stage_id, Exists(still)))
    return await fetch_records(select, order=[Ordering("entry_id"), Ordering("id")])


async def judging_people(judge_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The person of each assignment; for organisers."""
    rows = await fetch_records_by(Select(StageJudge), judge_ids, column="id")
    return {row.id: row.person_id for row in rows}


async def sheets_by(judge_id: UUID) -> dict[UUID, Record]:
    """One judge's sheets by entry."""
    rows = await fetch_records(Select(ScoreSheet, (sheets.judge_id == judge_id,)))
    return {row.entry_id: row for row in rows}


async def results_of(stage_id: UUID) -> list[Record]:
    """The results of a stage by division and rank; for callers that know who may see them."""
    order = [Ordering("division_id"), Ordering("rank"), Ordering("id")]
    return await fetch_records(Select(StageResult, (results.stage_id == stage_id,)), order=order)


async def result_of(stage_id: UUID, entry_id: UUID) -> Record | None:
    """An entry's result in a stage; for callers that know who may see it."""
    return await _first(
        StageResult, (results.stage_id == stage_id) & (results.entry_id == entry_id)
    )


async def told_by_entry_ids(ids: Sequence[UUID]) -> list[list[Record]]:
    """Each entry's published results; none before publication."""
    return _grouped(
        await fetch_records_by(Select(StageResult, (_is_told(),)), ids, column="entry_id"),
        "entry_id",
        ids,
    )


async def named_entries(ids: Sequence[UUID]) -> set[UUID]:
    """Those of the entries whose public name may be shown: they have a published result, and no
    stage of their competition is still to be scored by judges who are not to know it.
    """
    told = {
        row.entry_id: row.stage_id
        for row in await fetch_records_by(
            Select(StageResult, (_is_told(),)), ids, column="entry_id"
        )
    }
    if not told:
        return set()
    rows = await entries_by_ids(list(told))
    open_ones = await unfinished_competitions({row.competition_id for row in rows.values()})
    return {key for key, row in rows.items() if row.competition_id not in open_ones}


async def unfinished_competitions(competition_ids: set[UUID]) -> set[UUID]:
    """Those of the competitions in which a stage that is judged has not been published."""
    ids = sorted(competition_ids)
    found = await competitions.stages_by_competition_ids(ids)
    judged = {row.id: row.competition_id for rows in found for row in rows if row.criteria}
    states = await scorings_by_ids(list(judged))
    return {
        competition_id
        for stage_id, competition_id in judged.items()
        if stage_id not in states or states[stage_id].state not in TOLD
    }


def _grouped(rows: Sequence[Record], column: str, ids: Sequence[UUID]) -> list[list[Record]]:
    grouped: dict[UUID, list[Record]] = {}
    for row in sorted(rows, key=lambda each: (each.division_id, each.rank, each.id)):
        grouped.setdefault(getattr(row, column), []).append(row)
    return [grouped.get(each, []) for each in ids]


async def objection_by_id(objection_id: UUID | None) -> Record | None:
    """The objection with this id."""
    return await _first(Objection, objections.id == objection_id) if objection_id else None


async def objections_of(stage_id: UUID, *, state: ObjectionState | None = None) -> list[Record]:
    """The objections against a stage's results, oldest first; for organisers."""
    criteria: Mapping[str, Any] = {} if state is None else {"state": state}
    narrowed = [objections[name] == value.value for name, value in criteria.items()]
    select = Select(Objection, (objections.stage_id == stage_id, *narrowed))
    return await fetch_records(select, order=[Ordering("created_at"), Ordering("id")])


async def judged_blind(person_id: UUID | None, competition_ids: set[UUID]) -> set[UUID]:
    """Those of the competitions that somebody judges and whose scoring goes on."""
    if person_id is None:
        return set()
    going_on = await unfinished_competitions(competition_ids)
    found = await competitions.stages_by_competition_ids(sorted(going_on))
    stages = {row.id: row.competition_id for rows in found for row in rows}
    mine = await assignments_of(person_id)
    return {stages[row.stage_id] for row in mine if row.stage_id in stages}


def is_judged_blind(person_id: UUID, competition_id: Term) -> Criterion:
    """The criterion for rows of a competition that somebody judges and whose scoring goes on: what
    `judged_blind` says, for the reads of those above.
    """
    judged, open_ = Table("stage", alias="judged"), Table("stage", alias="open_stage")
    mine = (
        Query.from_(judges)
        .join(judged)
        .on(judged.id == judges.stage_id)
        .select(judges.id)
        .where(judged.competition_id == competition_id)
        .where(judges.person_id == person_id)
        .where(judges.slot == 1)
    )
    told = (
        Query.from_(scorings)
        .select(scorings.id)
        .where(scorings.id == open_.id)
        .where(is_in(scorings.state, TOLD))
    )
    going_on = (
        Query.from_(open_)
        .select(open_.id)
        .where(open_.competition_id == competition_id)
        .where(open_.criteria != LiteralValue("'[]'"))
        .where(is_false(Exists(told)))
    )
    return Exists(mine) & Exists(going_on)


async def objections_by_entry_ids(ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Objections by entry, oldest first, for callers that have decided who may see them."""
    rows = await fetch_records_by(Select(Objection), ids, column="entry_id")
    return _by(rows, "entry_id", order="created_at")


async def objections_by_stage_ids(ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Objections by stage, oldest first; for organisers."""
    rows = await fetch_records_by(Select(Objection), ids, column="stage_id")
    return _by(rows, "stage_id", order="created_at")


async def judges_by_stage_ids(ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Who judges each stage, in the order in which they were assigned; for organisers."""
    rows = await fetch_records_by(Select(StageJudge, (judges.slot == 1,)), ids, column="stage_id")
    return _by(rows, "stage_id", order="assigned_at")


def _by(rows: Sequence[Record], column: str, *, order: str) -> dict[UUID, list[Record]]:
    grouped: dict[UUID, list[Record]] = {}
    for row in sorted(rows, key=lambda each: (getattr(each, order), each.id)):
        grouped.setdefault(getattr(row, column), []).append(row)
    return grouped


async def _first(model: Any, criterion: Criterion) -> Record | None:
    rows = await fetch_records(Select(model, (criterion,)), limit=1)
    return rows[0] if rows else None
