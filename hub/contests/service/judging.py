"""Judges: who judges a stage, who may not judge whom, and the points they give.

All of it takes its turn at the stage's row, so that nothing comes in while a sheet is closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.bulk import insert_rows, update_rows, update_where
from hub.competitions import queries as competitions
from hub.contests.models import ConflictOfInterest, ScoreSheet, StageJudge
from hub.contests.queries.scoring import (
    assignments_of,
    competing_in,
    conflicts_among,
    judge_by_id,
    judge_of,
    judges,
    judges_of,
    scorings_by_ids,
    sheets_by,
    sheets_of,
)
from hub.contests.rules import (
    ScoresMissing,
    ScoringState,
    checked_points,
    clean_reason,
    criteria_of,
)
from hub.contests.service.entering import admit_confirmed
from hub.contests.service.holding import (
    assert_state,
    entry_not_found,
    require_manager,
    set_scoring,
    stage_not_found,
    with_stage,
)
from hub.errors import Conflict, NotFound, VersionConflict
from hub.identity.queries import person_exists
from hub.ids import new_id
from hub.records import Record

MISSING_SHOWN = 20
SHEETS_SHOWN = 10
"""How many of their sheets a judge is shown, newest first."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The points that a judge gives an entry, by criterion; `expected_version` if one was read."""

    entry_id: UUID | None
    points: Sequence[tuple[str, Decimal]]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry on a judge's sheet: nothing in it tells whose it is.

    `has_conflict`: the judge may not score it. `sheet` is what the judge has given so far.
    """

    entry_id: UUID
    admission_number: str
    has_conflict: bool
    sheet: Record | None


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """What a judge has before them for a stage."""

    stage: Record
    competition: Record
    state: ScoringState
    lines: list[Line]


async def assign_judge(viewer: Viewer, stage_id: UUID | None, *, person_id: UUID | None) -> Record:
    """Let somebody judge a stage; the assignment, which is the same when it is there already.

    Raises Unauthenticated, Forbidden, NotFound for a stage that is not judged or a person who is
    not there, and Conflict once the sheet is closed.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.OPEN)
        if person_id is None or not await person_exists(person_id):
            raise NotFound(
                "There is no such person.", chinese="没有这个人。", path=("input", "personId")
            )
        if (there := await judge_of(stage.id, person_id)) is not None:
            return there
        await admit_confirmed(viewer, stage.competition_id)
        row = {
            "id": new_id(),
            "stage_id": stage.id,
            "person_id": person_id,
            "slot": 1,
            "assigned_by": viewer.actor.person_id,
            "assigned_at": viewer.now,
        }
        await insert_rows(StageJudge, [row])
        await _record(viewer, "judge_assigned", stage.id, person=person_id)
        return await _required(stage.id, person_id)

    return await with_stage(stage_id, body)


async def remove_judge(viewer: Viewer, judge_id: UUID | None, *, reason: str) -> Record:
    """Let somebody judge a stage no more; what they gave counts no more either. The assignment.

    Raises Unauthenticated, Forbidden, Invalid without a reason, NotFound, and Conflict once the
    sheet is closed.
    """
    require_manager(viewer)
    cleaned = clean_reason(reason)
    row = await judge_by_id(judge_id)
    if row is None or row.slot is None:
        raise _judge_not_found()

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.OPEN)
        sets = {"slot": None, "ended_at": viewer.now}
        if not await update_where(
            StageJudge, sets, where=[judges.id == row.id, judges.slot.notnull()]
        ):
            raise _judge_not_found()
        await _record(viewer, "judge_removed", stage.id, person=row.person_id, reason=cleaned)
        ended = await judge_by_id(row.id)
        assert ended is not None
        return ended

    return await with_stage(row.stage_id, body)


async def declare_conflict(
    viewer: Viewer,
    stage_id: UUID | None,
    *,
    entry_id: UUID | None,
    person_id: UUID | None,
    reason: str,
) -> None:
    """Say that somebody may not judge an entry: a judge of the stage for themselves (`person_id`
    None), or an organiser for any judge of it. What they gave the entry counts no more.

    Raises Unauthenticated, Invalid without a reason, NotFound, Forbidden for another's conflict
    by somebody who is no organiser, and Conflict once the sheet is closed.
    """
    me = require_person(viewer.actor)
    whose = person_id or me
    if whose != me:
        require_manager(viewer)
    cleaned = clean_reason(reason)

    async def body(stage: Record, state: ScoringState) -> None:
        if await judge_of(stage.id, whose) is None:
            raise stage_not_found() if whose == me else _judge_not_found()
        assert_state(state, ScoringState.OPEN)
        await _entry_of(stage, entry_id)
        assert entry_id is not None
        if (entry_id, whose) in await conflicts_among([entry_id]):
            return
        row = {
            "id": new_id(),
            "entry_id": entry_id,
            "person_id": whose,
            "reason": cleaned,
            "declared_by": me,
            "declared_at": viewer.now,
        }
        await insert_rows(ConflictOfInterest, [row])
        await audit.record(
            viewer.actor,
            "contests.conflict_declared",
            object=("Entry", entry_id),
            after={"person": whose, "reason": cleaned},
        )

    await with_stage(stage_id, body)


async def own_sheets(viewer: Viewer) -> list[OwnSheet]:
    """What the viewer judges, newest first; nothing in it tells whose an entry is."""
    me = viewer.actor.person_id
    mine = await assignments_of(me) if me is not None else []
    stages = await competitions.stages_by_ids([row.stage_id for row in mine])
    held = await competitions.competitions_by_ids([row.competition_id for row in stages.values()])
    states = await scorings_by_ids(list(stages))
    found = []
    for judge in mine[:SHEETS_SHOWN]:
        stage = stages[judge.stage_id]
        row = states.get(stage.id)
        state = row.state if row is not None else ScoringState.OPEN
        lines = await _lines(judge, stage)
        found.append(OwnSheet(stage, held[stage.competition_id], state, lines))
    return found


async def own_sheet(viewer: Viewer, stage_id: UUID) -> OwnSheet | None:
    """What the viewer judges of one stage; None where they do not."""
    return next((each for each in await own_sheets(viewer) if each.stage.id == stage_id), None)


async def _lines(judge: Record, stage: Record) -> list[Line]:
    field = await competing_in(stage)
    conflicts = await conflicts_among([row.id for row in field])
    given = await sheets_by(judge.id)
    return [
        Line(
            row.id,
            row.admission_number,
            (row.id, judge.person_id) in conflicts,
            given.get(row.id),
        )
        for row in field
    ]


async def submit_scores(viewer: Viewer, stage_id: UUID | None, *, scores: Scores) -> Record:
    """Give an entry its points, in the place of those given before; the sheet.

    The same points again change nothing. Raises Unauthenticated, NotFound for a stage that the
    viewer does not judge and an entry that is not in it, Invalid for points that do not fit,
    Conflict for an entry that one may not judge and once the sheet is closed, VersionConflict.
    """
    me = require_person(viewer.actor)

    async def body(stage: Record, state: ScoringState) -> Record:
        judge = await judge_of(stage.id, me)
        if judge is None:
            raise stage_not_found()
        assert_state(state, ScoringState.OPEN)
        entry = await _entry_of(stage, scores.entry_id)
        if (entry.id, me) in await conflicts_among([entry.id]):
            raise Conflict(
                "You may not judge this entry (conflict of interest).",
                chinese="您与该选手存在利害关系，须回避，不能评分。",
                path=("input", "entryId"),
            )
        given = checked_points(criteria_of(stage.criteria), scores.points)
        points = {slug: str(value) for slug, value in given.items()}
        return await _keep(viewer, judge, entry, points=points, expected=scores.expected_version)

    return await with_stage(stage_id, body)


async def _keep(
    viewer: Viewer,
    judge: Record,
    entry: Record,
    *,
    points: Mapping[str, str],
    expected: int | None,
) -> Record:
    there = (await sheets_by(judge.id)).get(entry.id)
    version = there.version if there is not None else 0
    if expected is not None and expected != version:
        raise VersionConflict(
            f"The sheet is at version {version} now; read it again.",
            chinese=f"评分已变更，当前版本为 {version}，请重新读取。",
            path=("input", "expectedVersion"),
            current=version,
        )
    if there is not None and there.points == points:
        return there
    values = {"points": dict(points), "version": version + 1, "submitted_at": viewer.now}
    await _write_sheet(there, values, judge=judge, entry=entry)
    await audit.record(
        viewer.actor,
        "contests.scored",
        object=("Entry", entry.id),
        before=dict(there.points) if there is not None else None,
        after=dict(points),
    )
    return (await sheets_by(judge.id))[entry.id]


async def _write_sheet(
    there: Record | None, values: dict[str, Any], *, judge: Record, entry: Record
) -> None:
    if there is not None:
        await update_rows(ScoreSheet, [{"id": there.id, **values}], columns=[*values])
        return
    head = {"id": new_id(), "judge_id": judge.id, "stage_id": judge.stage_id}
    await insert_rows(ScoreSheet, [{**head, "entry_id": entry.id, **values}])


async def close_scoring(viewer: Viewer, stage_id: UUID | None) -> Record:
    """Close the sheets of a stage: from now on no points are given. The row of its scoring.

    Raises Unauthenticated, Forbidden, NotFound, Conflict where it is closed already, and
    ScoresMissing where a judge has not scored an entry that they may judge, or an entry has nobody
    to judge it.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> Record:
        assert_state(state, ScoringState.OPEN)
        await admit_confirmed(viewer, stage.competition_id)
        if missing := await missing_scores(stage):
            raise _incomplete(missing)
        await _record(viewer, "scoring_closed", stage.id)
        return await set_scoring(stage.id, ScoringState.CLOSED, closed_at=viewer.now)

    return await with_stage(stage_id, body)


async def missing_scores(stage: Record) -> list[tuple[str, UUID | None]]:
    """What is still to be scored: the admission number, and who has to; None where nobody may."""
    field = await competing_in(stage)
    who = await judges_of(stage.id)
    conflicts = await conflicts_among([row.id for row in field])
    people = {row.id: row.person_id for row in who}
    given = {(row.entry_id, people[row.judge_id]) for row in await sheets_of(stage.id)}
    missing: list[tuple[str, UUID | None]] = []
    for entry in field:
        able = [row.person_id for row in who if (entry.id, row.person_id) not in conflicts]
        missing += [
            (entry.admission_number, each) for each in able if (entry.id, each) not in given
        ]
        if not able:
            missing.append((entry.admission_number, None))
    return missing


def _incomplete(missing: Sequence[tuple[str, UUID | None]]) -> ScoresMissing:
    numbers = list(dict.fromkeys(number for number, _ in missing))
    shown = numbers[:MISSING_SHOWN]
    more = f" and {len(numbers) - len(shown)} more" if len(numbers) > len(shown) else ""
    rest = f"等 {len(numbers)} 项" if more else ""
    return ScoresMissing(
        f"{len(missing)} scores are missing, for {', '.join(shown)}{more}.",
        chinese=f"尚缺 {len(missing)} 份评分：{'、'.join(shown)}{rest}。",
        missing=[{"admissionNumber": number, "judge": who} for number, who in missing],
    )


async def inspect_scores(viewer: Viewer, stage_id: UUID | None, *, reason: str) -> list[Record]:
    """All sheets of a stage for an organiser: once it is closed, or before for a reason. It is
    audited either way.

    Raises Unauthenticated, Forbidden (also for an organiser who judges the stage, while it is
    open), NotFound, Invalid without a reason before it is closed.
    """
    require_manager(viewer)

    async def body(stage: Record, state: ScoringState) -> list[Record]:
        told = reason.strip()
        if state is ScoringState.OPEN:
            told = clean_reason(reason)
            me = viewer.actor.person_id
            if me is not None and await judge_of(stage.id, me) is not None:
                raise Conflict(
                    "Who judges this stage sees the others' points once it is closed.",
                    chinese="您是本阶段评委，评分截止前不能查看其他评委的评分。",
                )
        await _record(viewer, "scores_inspected", stage.id, reason=told, state=state)
        return await sheets_of(stage.id)

    return await with_stage(stage_id, body)


async def _entry_of(stage: Record, entry_id: UUID | None) -> Record:
    """The entry, where it competes in the stage. Raises NotFound."""
    found = await competing_in(stage, entry_id=entry_id) if entry_id else []
    if not found:
        raise entry_not_found()
    return found[0]


async def _required(stage_id: UUID, person_id: UUID) -> Record:
    row = await judge_of(stage_id, person_id)
    assert row is not None
    return row


def _judge_not_found() -> NotFound:
    return NotFound(
        "Nobody judges by this id.", chinese="没有这名评委。", path=("input", "judgeId")
    )


async def _record(viewer: Viewer, action: str, stage_id: UUID, **after: object) -> None:
    await audit.record(viewer.actor, f"contests.{action}", object=("Stage", stage_id), after=after)
