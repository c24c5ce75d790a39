"""Judges' sheets: admission numbers and points, no names."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types import Info

from hub.contests.queries import entries as contests
from hub.contests.queries import scoring
from hub.contests.rules import ScoringState
from hub.contests.service import judging
from hub.identity import queries as identity
from hub.records import Record
from schema.batching import batch_field
from schema.relay import encode_id

LINES_SIZE = 100


@strawberry.type(description="What judges give points for in a stage (评分项).")
class Criterion:
    """Over one entry of a stage's criteria."""

    slug: str = strawberry.field(description="The criterion's name within its stage.")
    label: str = strawberry.field(description="What to show.")
    maximum: int = strawberry.field(description="The most points.")
    weight: Decimal = strawberry.field(description="How many times the points count.")


@strawberry.type(description="Points for one criterion.")
class Score:
    """See the fields."""

    criterion: str = strawberry.field(description="The slug of the criterion.")
    points: Decimal = strawberry.field(description="The points, to two decimals.")


def scores_of(points: dict[str, str]) -> list[Score]:
    """What a sheet's row says."""
    return [Score(criterion=slug, points=Decimal(value)) for slug, value in points.items()]


@strawberry.type(description="One entry on a judge's sheet; nothing tells whose it is.")
class JudgeSheetLine:
    """See the fields."""

    entry_id: strawberry.ID = strawberry.field(description="For `submitScores`.")
    admission_number: str = strawberry.field(description="What it is called by, like B-017.")
    is_conflict: bool = strawberry.field(
        description="Whether one may not score it: conflict of interest (回避)."
    )
    scores: list[Score] = strawberry.field(
        description="One's own points so far; empty: none yet.", metadata={"size": 5}
    )
    version: int = strawberry.field(description="Counts the changes; 0: no points yet.")
    submitted_at: datetime | None = strawberry.field(description="When they were last given.")


@strawberry.type(description="What a judge has before them for a stage (评分表).")
class JudgeSheet:
    """Over an assignment."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    stage_name: str = strawberry.field(description="What the stage is called.")
    competition_title: str = strawberry.field(description="What the competition is called.")
    state: ScoringState = strawberry.field(description="How far the scoring is.")
    criteria: list[Criterion] = strawberry.field(
        description="What points are given for.", metadata={"size": 5}
    )
    lines: list[JudgeSheetLine] = strawberry.field(
        description="The entries by admission number.", metadata={"size": LINES_SIZE}
    )


def line(each: judging.Line) -> JudgeSheetLine:
    """A line as judges see it."""
    row = each.sheet
    return JudgeSheetLine(
        entry_id=strawberry.ID(encode_id("Entry", each.entry_id)),
        admission_number=each.admission_number,
        is_conflict=each.has_conflict,
        scores=scores_of(row.points) if row is not None else [],
        version=row.version if row is not None else 0,
        submitted_at=row.submitted_at if row is not None else None,
    )


def criteria(values: list[dict[str, Any]]) -> list[Criterion]:
    """A stage's criteria."""
    return [
        Criterion(
            slug=each["slug"],
            label=each["label"],
            maximum=each["maximum"],
            weight=Decimal(each["weight"]),
        )
        for each in values
    ]


def judge_sheet(each: judging.OwnSheet) -> JudgeSheet:
    """A sheet as its judge sees it."""
    return JudgeSheet(
        stage_id=strawberry.ID(encode_id("Stage", each.stage.id)),
        stage_name=each.stage.name,
        competition_title=each.competition.title,
        state=each.state,
        criteria=criteria(each.stage.criteria),
        lines=[line(row) for row in each.lines],
    )


def _judge_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("StageJudge", root.id))


def _person_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.person_id))


async def _names(parents: list[Record], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([row.person_id for row in parents])
    return [person.display_name if person else None for person in people]


@strawberry.type(description="That somebody judges a stage (评委); for organisers.")
class StageJudge:
    """Over an assignment's row."""

    id: strawberry.ID = strawberry.field(resolver=_judge_id, description="For `removeJudge`.")
    person_id: strawberry.ID = strawberry.field(resolver=_person_id, description="Who.")
    name: str | None = batch_field(_names, description="The person's name.")
    assigned_at: datetime = strawberry.field(description="Since when.")


async def _judge_names(parents: list[Record], info: Info) -> list[str | None]:
    people = await scoring.judging_people([row.judge_id for row in parents])
    rows = await identity.people_by_ids([people[row.judge_id] for row in parents])
    return [person.display_name if person else None for person in rows]


def _entry_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Entry", root.entry_id))


def _scores(root: strawberry.Parent[Record]) -> list[Score]:
    return scores_of(root.points)


async def _numbers(parents: list[Record], info: Info) -> list[str | None]:
    found = await contests.entries_by_ids([row.entry_id for row in parents])
    return [found[row.entry_id].admission_number for row in parents]


@strawberry.type(description="What one judge gave one entry (评分); for organisers.")
class ScoreSheet:
    """Over a sheet's row with its judge's person."""

    entry_id: strawberry.ID = strawberry.field(resolver=_entry_id, description="The entry.")
    admission_number: str | None = batch_field(_numbers, description="What it is called by.")
    judge_name: str | None = batch_field(_judge_names, description="Who gave the points.")
    scores: list[Score] = strawberry.field(
        resolver=_scores, description="The points.", metadata={"size": 5}
    )
    version: int = strawberry.field(description="Counts the changes.")
    submitted_at: datetime = strawberry.field(description="When they were last given.")
