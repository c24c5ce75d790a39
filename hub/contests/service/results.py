"""Results: computed, published with a time for objections, corrected, final; and who goes on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Viewer
from hub.bulk import delete_rows, insert_rows, update_rows
from hub.competitions import queries as competitions
from hub.competitions.rules import AdvanceKind
from hub.contests.models import StageEntry, StageResult
from hub.contests.queries.scoring import (
    competing_in,
    conflicts_among,
    field_of,
    judged_stages,
    judges_of,
    objections_of,
    result_of,
    results_of,
    scoring_of,
    sheets_of,
)
from hub.contests.rules import (
    ObjectionState,
    Placed,
    Scored,
    ScoringState,
    Sheet,
    clean_reason,
    criteria_of,
    goes_on,
    placed,
    rounded,
    scored,
)
from hub.contests.service.holding import (
    assert_state,
    entry_not_found,
    require_manager,
    set_scoring,
    with_stage,
)
from hub.errors import Conflict, Invalid
from hub.ids import new_id
from hub.records import Record

SCORE_MAX = Decimal("9999999.99")


async def compute_results(viewer: Viewer, stage_id: UUID | None) -> list[Record]:
    """The score and the rank, within its division, of every entry of a closed stage.

    Done again it gives the same. Raises Unauthenticated, Forbidden, NotFound, and Conflict for a
    stage that is not closed, or that is published already.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> list[Record]:
        assert_state(state, ScoringState.CLOSED)
        field = {row.id: row for row in await competing_in(stage)}
        scores = await _scores(stage, field)
        await delete_rows(StageResult, [row.id for row in await results_of(stage.id)])
        await insert_rows(StageResult, _rows(stage, scores, field))
        await set_scoring(stage.id, state, computed_at=viewer.now)
        await _record(viewer, "results_computed", stage.id, entries=len(scores))
        return await results_of(stage.id)

    return await with_stage(stage_id, body)


async def _scores(stage: Record, field: Mapping[UUID, Record]) -> list[Scored]:
    conflicts = await conflicts_among(list(field))
    given: dict[UUID, list[Sheet]] = {}
    people = {row.id: row.person_id for row in await judges_of(stage.id)}
    for row in await sheets_of(stage.id):
        if row.entry_id in field and (row.entry_id, people[row.judge_id]) not in conflicts:
            points = {slug: Decimal(value) for slug, value in row.points.items()}
            given.setdefault(row.entry_id, []).append(Sheet(row.judge_id, row.entry_id, points))
    criteria = criteria_of(stage.criteria)
    return [
        scored(
            entry_id,
            sheets,
            criteria=criteria,
            drop_extremes=stage.drop_extremes,
            tie_break=stage.tie_break,
        )
        for entry_id, sheets in given.items()
    ]


def _rows(
    stage: Record, scores: Sequence[Scored], field: Mapping[UUID, Record]
) -> list[dict[str, Any]]:
    by_division: dict[UUID, list[Scored]] = {}
    for each in scores:
        by_division.setdefault(field[each.entry_id].division_id, []).append(each)
    rows = []
    for division_id, among in by_division.items():
        ranks = {each.entry_id: each.rank for each in placed(among)}
        for each in among:
            row = {"id": new_id(), "stage_id": stage.id, "entry_id": each.entry_id}
            row |= {"division_id": division_id, "score": each.score, "tie_break": each.tie_break}
            row |= {"rank": ranks[each.entry_id], "judges": each.judges, "dropped": each.dropped}
            rows.append(row)
    return rows


async def publish_results(
    viewer: Viewer, stage_id: UUID | None, *, objections_until: datetime
) -> Record:
    """Show the results of a stage (公示), provisional until the end of the time for objections;
    the row of its scoring.

    Raises Unauthenticated, Forbidden, NotFound, Invalid for an end that is not ahead, and Conflict
    where they are not computed, or published already.
    """
    require_manager(viewer)
    if objections_until <= viewer.now:
        raise Invalid(
            "The time for objections ends in the future.",
            chinese="公示截止时间须晚于当前时间。",
            path=("input", "objectionsUntil"),
        )

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.CLOSED)
        row = await scoring_of(stage.id)
        if row is None or row.computed_at is None:
            raise Conflict("Compute the results first.", chinese="请先计算成绩。")
        await _record(viewer, "results_published", stage.id, objections_until=objections_until)
        return await set_scoring(
            stage.id,
            ScoringState.PUBLISHED,
            published_at=viewer.now,
            objections_until=objections_until,
        )

    return await with_stage(stage_id, body)


async def correct_result(
    viewer: Viewer, stage_id: UUID | None, *, entry_id: UUID | None, score: Decimal, reason: str
) -> Record:
    """Give an entry another score after an objection of its was upheld; its result. The ranks of
    its division are computed anew.

    Raises Unauthenticated, Forbidden, NotFound, Invalid, and Conflict where the results are not
    provisional or no objection was upheld.
    """
    require_manager(viewer)
    cleaned = clean_reason(reason)
    if not 0 <= score <= SCORE_MAX or score != rounded(score):
        raise Invalid(
            "A score is not negative and has at most two decimals.",
            chinese="分数不能为负，最多两位小数。",
            path=("input", "score"),
        )

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.PUBLISHED)
        there = await result_of(stage.id, entry_id) if entry_id else None
        if there is None:
            raise entry_not_found()
        upheld = await objections_of(stage.id, state=ObjectionState.UPHELD)
        if there.entry_id not in {each.entry_id for each in upheld}:
            raise Conflict(
                "A result is corrected after an objection to it was upheld.",
                chinese="申诉成立后才能更正成绩。",
            )
        await _correct(viewer, there, score=rounded(score), reason=cleaned)
        corrected = await result_of(stage.id, there.entry_id)
        assert corrected is not None
        return corrected

    return await with_stage(stage_id, body)


async def _correct(viewer: Viewer, there: Record, *, score: Decimal, reason: str) -> None:
    sets = {"score": score, "correction_reason": reason, "corrected_at": viewer.now}
    await update_rows(StageResult, [{"id": there.id, **sets}], columns=[*sets])
    rows = [row for row in await results_of(there.stage_id) if row.division_id == there.division_id]
    among = [
        Scored(row.entry_id, row.score, row.tie_break, row.judges, row.dropped) for row in rows
    ]
    ranks = {each.entry_id: each.rank for each in placed(among)}
    moved = [{"id": row.id, "rank": ranks[row.entry_id]} for row in rows]
    await update_rows(StageResult, moved, columns=["rank"])
    await audit.record(
        viewer.actor,
        "contests.result_corrected",
        object=("Entry", there.entry_id),
        before={"score": there.score, "rank": there.rank},
        after={"score": score, "rank": ranks[there.entry_id], "reason": reason},
    )


async def finalise_results(viewer: Viewer, stage_id: UUID | None) -> Record:
    """Make the results of a stage final, and say who goes on where a rule decides it; the row of
    its scoring.

    Raises Unauthenticated, Forbidden, NotFound, and Conflict before the end of the time for
    objections, and while one is open.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.PUBLISHED)
        row = await scoring_of(stage.id)
        assert row is not None
        if viewer.now < row.objections_until:
            raise Conflict(
                "The time for objections is not over.",
                chinese="公示期尚未结束。",
                deadline=row.objections_until.isoformat(),
            )
        if await objections_of(stage.id, state=ObjectionState.OPEN):
            raise Conflict("An objection has not been decided.", chinese="仍有申诉未处理。")
        await _decide(stage)
        await _record(viewer, "results_finalised", stage.id)
        return await set_scoring(stage.id, ScoringState.FINAL, finalised_at=viewer.now)

    return await with_stage(stage_id, body)


async def _decide(stage: Record) -> None:
    """Write down who goes on, where a rule says it. Who dropped out since does not."""
    if stage.advance_kind is AdvanceKind.BY_HAND:
        return
    there = {row.id for row in await competing_in(stage)}
    rows = []
    for row in await results_of(stage.id):
        place = Placed(row.entry_id, row.score, row.rank)
        leads_on = goes_on(
            stage.advance_kind, place, number=stage.advance_number, score=stage.advance_score
        )
        rows.append({"id": row.id, "is_advanced": bool(leads_on) and row.entry_id in there})
    await update_rows(StageResult, rows, columns=["is_advanced"])


async def advance_entries(
    viewer: Viewer, stage_id: UUID | None, *, entry_ids: Sequence[UUID | None] | None
) -> list[Record]:
    """Let entries into the next stage that is judged: those that the stage's rule names, or those
    in `entry_ids` where it is done by hand; the stage's results. Done again it changes nothing.

    Raises Unauthenticated, Forbidden, NotFound for an entry without a result in the stage, Invalid
    for a list where a rule decides and for none where people do, Conflict before the results are
    final, without a next stage, and once the next is closed.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> list[Record]:
        assert_state(state, ScoringState.FINAL)
        following = await _next_stage(stage)
        chosen = await _chosen(stage, entry_ids)
        there = await field_of(following)
        added = [
            {"id": new_id(), "stage_id": following, "entry_id": each, "added_at": viewer.now}
            for each in chosen
            if each not in there
        ]
        if added:
            await _assert_open(following)
            await insert_rows(StageEntry, added)
            await _mark(stage, chosen)
            told = {"entries": chosen, "stage": following}
            await _record(viewer, "entries_advanced", stage.id, **told)
        return await results_of(stage.id)

    return await with_stage(stage_id, body)


async def _next_stage(stage: Record) -> UUID:
    order = await judged_stages(stage.competition_id)
    position = order.index(stage.id)
    if position + 1 == len(order):
        raise Conflict("No stage comes after this one.", chinese="这是最后一个阶段。")
    return order[position + 1]


async def _assert_open(stage_id: UUID) -> None:
    await competitions.locked_stage(stage_id)
    row = await scoring_of(stage_id)
    assert_state(row.state if row is not None else ScoringState.OPEN, ScoringState.OPEN)


async def _chosen(stage: Record, entry_ids: Sequence[UUID | None] | None) -> list[UUID]:
    found = await results_of(stage.id)
    by_hand = stage.advance_kind is AdvanceKind.BY_HAND
    if by_hand != bool(entry_ids):
        raise Invalid(
            "Say who goes on." if by_hand else "The rule of the stage says who goes on.",
            chinese="请指定晋级名单。" if by_hand else "该阶段按规则晋级，不能手动指定。",
            path=("input", "entryIds"),
        )
    if not by_hand:
        return [row.entry_id for row in found if row.is_advanced]
    there = {row.id for row in await competing_in(stage)} & {row.entry_id for row in found}
    chosen: list[UUID] = []
    for each in dict.fromkeys(entry_ids or ()):
        if each is None or each not in there:
            raise entry_not_found("entryIds")
        chosen.append(each)
    return chosen


async def _mark(stage: Record, chosen: Sequence[UUID]) -> None:
    """Where it was done by hand, write down who goes on."""
    if stage.advance_kind is not AdvanceKind.BY_HAND:
        return
    rows = [
        {"id": row.id, "is_advanced": row.is_advanced or row.entry_id in chosen}
        for row in await results_of(stage.id)
    ]
    await update_rows(StageResult, rows, columns=["is_advanced"])


async def _record(viewer: Viewer, action: str, stage_id: UUID, **after: object) -> None:
    await audit.record(viewer.actor, f"contests.{action}", object=("Stage", stage_id), after=after)
