"""The mutations of judges, and of those who assign them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.contests.service import judging
from schema.contests.judging import Score, ScoreSheet, StageJudge, scores_of
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key

_NOBODY = UUID(int=0)
"""Whom the id of another type stands for: no one, and not the asking person."""


@strawberry.input(description="Who is to judge which stage.")
class AssignJudgeInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    person_id: strawberry.ID = strawberry.field(description="The person.")


@strawberry.input(description="Who is to judge no more.")
class RemoveJudgeInput:
    """See the fields."""

    judge_id: strawberry.ID = strawberry.field(description="The assignment: `StageJudge.id`.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Who may not judge which entry.")
class DeclareConflictOfInterestInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="A stage that the person judges.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    person_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The judge; oneself unless said. Another's needs MANAGE_COMPETITION.",
    )
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Points for one criterion.")
class ScoreInput:
    """See the fields."""

    criterion: str = strawberry.field(description="The slug of the criterion.")
    points: Decimal = strawberry.field(
        description="From 0 to the criterion's maximum, with at most two decimals."
    )


@strawberry.input(description="The points of one entry, in the place of those given before.")
class SubmitScoresInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    scores: list[ScoreInput] = strawberry.field(description="Each criterion of the stage once.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The version that was read, 0 before the first; left out: whatever is there.",
    )


@strawberry.input(description="Which stage's points to look at, and why.")
class InspectScoresInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    reason: str = strawberry.field(
        default="", description="Why; needed while the sheets are open. At most 500 characters."
    )


@strawberry.type(description="The outcome of a step with a judge.")
class StageJudgePayload:
    """See the fields."""

    judge: StageJudge | None = strawberry.field(
        default=None, description="The assignment; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of declaring a conflict of interest.")
class DeclareConflictOfInterestPayload:
    """See the fields."""

    is_declared: bool = strawberry.field(
        default=False, description="Whether it holds now; false when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of giving points.")
class SubmitScoresPayload:
    """See the fields."""

    scores: list[Score] | None = strawberry.field(
        default=None, description="The points as they are kept; null when refused."
    )
    version: int | None = strawberry.field(
        default=None, description="The version of the sheet now; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The points of all judges of a stage.")
class InspectScoresPayload:
    """See the fields."""

    sheets: list[ScoreSheet] | None = strawberry.field(
        default=None,
        description="All sheets; null when refused.",
        metadata={"size": 500},
    )
    errors: list[UserError] = errors_field()


def stage_key(text: Any) -> UUID | None:
    """The key in a stage's id."""
    return decode_key(str(text), types=("Stage",), path=("input", "stageId"))


def entry_key(text: Any, *path: str | int) -> UUID | None:
    """The key in an entry's id."""
    return decode_key(str(text), types=("Entry",), path=("input", *(path or ("entryId",))))


def _person_key(text: Any) -> UUID | None:
    return decode_key(str(text), types=("Person",), path=("input", "personId"))


async def _assign(info: Info, given: AssignJudgeInput) -> dict[str, Any]:
    row = await judging.assign_judge(
        info.context.viewer, stage_key(given.stage_id), person_id=_person_key(given.person_id)
    )
    return {"judge": row}


async def _remove(info: Info, given: RemoveJudgeInput) -> dict[str, Any]:
    key = decode_key(str(given.judge_id), types=("StageJudge",), path=("input", "judgeId"))
    return {"judge": await judging.remove_judge(info.context.viewer, key, reason=given.reason)}


async def _declare(info: Info, given: DeclareConflictOfInterestInput) -> dict[str, Any]:
    named = is_given(given.person_id) and given.person_id is not None
    person = (_person_key(given.person_id) or _NOBODY) if named else None
    await judging.declare_conflict(
        info.context.viewer,
        stage_key(given.stage_id),
        entry_id=entry_key(given.entry_id),
        person_id=person,
        reason=given.reason,
    )
    return {"is_declared": True}


async def _submit(info: Info, given: SubmitScoresInput) -> dict[str, Any]:
    expected = given.expected_version if is_given(given.expected_version) else None
    points = [(each.criterion, each.points) for each in given.scores]
    scores = judging.Scores(entry_key(given.entry_id), points, expected)
    viewer = info.context.viewer
    row = await judging.submit_scores(viewer, stage_key(given.stage_id), scores=scores)
    return {"scores": scores_of(row.points), "version": row.version}


async def _inspect(info: Info, given: InspectScoresInput) -> dict[str, Any]:
    viewer, key = info.context.viewer, stage_key(given.stage_id)
    return {"sheets": await judging.inspect_scores(viewer, key, reason=given.reason)}


@strawberry.type
class ScoringMutation:
    """The mutations of judging."""

    assign_judge: StageJudgePayload = mutation_field(
        _assign,
        input_type=AssignJudgeInput,
        payload=StageJudgePayload,
        description="Let somebody judge a stage (指派评委). Needs MANAGE_COMPETITION. NOT_FOUND; "
        "CONFLICT once the sheets are closed.",
    )
    remove_judge: StageJudgePayload = mutation_field(
        _remove,
        input_type=RemoveJudgeInput,
        payload=StageJudgePayload,
        description="Let somebody judge a stage no more (撤销评委); their points count no more. "
        "Needs MANAGE_COMPETITION. NOT_FOUND; INVALID without a reason; CONFLICT.",
    )
    declare_conflict_of_interest: DeclareConflictOfInterestPayload = mutation_field(
        _declare,
        input_type=DeclareConflictOfInterestInput,
        payload=DeclareConflictOfInterestPayload,
        description="Say that a judge may not judge an entry (申报回避). NOT_FOUND; INVALID "
        "without a reason; CONFLICT once the sheets are closed.",
    )
    submit_scores: SubmitScoresPayload = mutation_field(
        _submit,
        input_type=SubmitScoresInput,
        payload=SubmitScoresPayload,
        description="Give an entry its points (提交评分), as often as needed until the sheets are "
        "closed. For judges of the stage. NOT_FOUND; INVALID; VERSION_CONFLICT; CONFLICT for an "
        "entry that one may not judge and once the sheets are closed.",
    )
    inspect_scores: InspectScoresPayload = mutation_field(
        _inspect,
        input_type=InspectScoresInput,
        payload=InspectScoresPayload,
        description="Look at the points of all judges (查看评分); written down in the audit. Needs "
        "MANAGE_COMPETITION, and a reason while the sheets are open. NOT_FOUND; INVALID; CONFLICT "
        "for who judges the stage while they are open.",
    )
