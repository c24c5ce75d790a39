"""How stages are judged, and how far that is; a part of `Stage`. Entries of a `Division`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types import Info

from hub.competitions.rules import AdvanceKind
from hub.contests.queries import entries as contests
from hub.contests.queries import scoring
from hub.contests.rules import ScoringState
from hub.records import Record
from schema.batching import batch_field
from schema.contests.entries import Entry, Objection, StageResult
from schema.contests.judging import Criterion, StageJudge, criteria
from schema.enums import describe_enum
from schema.filters import all_filter, any_filter, ids_filter, not_filter
from schema.lists import connection_field
from schema.relay import Connection

describe_enum(
    AdvanceKind,
    name="AdvanceKind",
    description="Who goes on to the next stage (晋级方式).",
    values={
        AdvanceKind.TOP_N: "The first of each division, as many as `number` says (前 N 名).",
        AdvanceKind.SCORE_AT_LEAST: "Who has at least `score` (达到分数线).",
        AdvanceKind.BY_HAND: "Whom the organisers choose (人工确定).",
    },
)


@strawberry.type(description="Who goes on to the next stage (晋级规则).")
class Advance:
    """See the fields."""

    kind: AdvanceKind = strawberry.field(description="How that is decided.")
    number: int | None = strawberry.field(description="How many of each division; for TOP_N.")
    score: Decimal | None = strawberry.field(description="From which score; for SCORE_AT_LEAST.")


@strawberry.input(description="Which results. Fields beside one another must all hold.")
class StageResultWhere:
    """See the fields."""

    division: strawberry.ID | None = ids_filter(
        "Division", field="division", description="Of this division."
    )
    and_: list["StageResultWhere"] | None = all_filter()
    or_: list["StageResultWhere"] | None = any_filter()
    not_: "StageResultWhere | None" = not_filter()


async def _criteria(parents: list[Record], info: Info) -> list[list[Criterion]]:
    return [criteria(row.criteria) for row in parents]


async def _advances(parents: list[Record], info: Info) -> list[Advance]:
    return [
        Advance(kind=row.advance_kind, number=row.advance_number, score=row.advance_score)
        for row in parents
    ]


async def _states(parents: list[Record], info: Info) -> list[ScoringState | None]:
    found = await scoring.scorings_by_ids([row.id for row in parents])
    return [_state(row, found.get(row.id)) for row in parents]


def _state(stage: Record, row: Record | None) -> Any:
    if not stage.criteria:
        return None
    return row.state if row is not None else ScoringState.OPEN


async def _ends(parents: list[Record], info: Info) -> list[datetime | None]:
    found = await scoring.scorings_by_ids([row.id for row in parents])
    return [found[row.id].objections_until if row.id in found else None for row in parents]


async def _judges(parents: list[Record], info: Info) -> list[list[Record] | None]:
    if not contests.may_manage(info.context.viewer):
        return [None] * len(parents)
    found = await scoring.judges_by_stage_ids([row.id for row in parents])
    return [found.get(row.id, []) for row in parents]


async def _objections(parents: list[Record], info: Info) -> list[list[Record] | None]:
    if not contests.may_manage(info.context.viewer):
        return [None] * len(parents)
    found = await scoring.objections_by_stage_ids([row.id for row in parents])
    return [found.get(row.id, []) for row in parents]


@strawberry.type
class StageJudging:
    """How a stage is judged; a part of `Stage`."""

    criteria: list[Criterion] | None = batch_field(
        _criteria,
        description="What judges give points for; empty: it is not judged.",
        metadata={"size": 5},
    )
    drop_extremes: bool = strawberry.field(
        name="isExtremesDropped",
        description="Whether the highest and the lowest total are left out where at least four "
        "judges scored (去掉最高分和最低分).",
    )
    tie_break: str | None = strawberry.field(
        description="The slug of the criterion that decides between equal scores; null: equals "
        "share a rank."
    )
    advance: Advance | None = batch_field(
        _advances, description="Who goes on to the next stage that is judged."
    )
    scoring_state: ScoringState | None = batch_field(
        _states, description="How far the scoring is; null: it is not judged."
    )
    objections_until: datetime | None = batch_field(
        _ends, description="Before when one can object to the results; null: not published."
    )
    results: Connection[StageResult] | None = connection_field(
        scoring.RESULTS,
        under="stage_id",
        where=StageResultWhere,
        description="The results by rank (成绩榜); none before publication, but for organisers.",
    )
    judges: list[StageJudge] | None = batch_field(
        _judges, description="Who judges it; null but for organisers.", metadata={"size": 10}
    )
    objections: list[Objection] | None = batch_field(
        _objections,
        description="What was said against its results; null but for organisers.",
        metadata={"size": 20},
    )


@strawberry.type
class DivisionEntries:
    """Who competes; a part of `Division`."""

    substitutes_maximum: int = strawberry.field(
        description="How many may stand by for a team (替补人数上限)."
    )
    roster_freezes_at: datetime | None = strawberry.field(
        description="From when on rosters stay as they are; null: from the end of registration."
    )
    entries: Connection[Entry] | None = connection_field(
        contests.ENTRIES,
        under="division_id",
        description="Who was admitted, and one's own; organisers see those that wait, too.",
    )
