"""What those who hold competitions need everywhere: who they are, and stages in turn."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from hub.auth import Action, Viewer, require
from hub.bulk import insert_rows, update_where
from hub.competitions import queries as competitions
from hub.contests.models import StageScoring
from hub.contests.queries.scoring import scoring_of, scorings
from hub.contests.rules import ScoringState
from hub.database import transaction
from hub.errors import Conflict, NotFound
from hub.records import Record

T = TypeVar("T")

_STATE_WORDS = {
    ScoringState.OPEN: ("still open", "评分尚未截止"),
    ScoringState.CLOSED: ("closed", "评分已截止"),
    ScoringState.PUBLISHED: ("published", "成绩已公示"),
    ScoringState.FINAL: ("final", "成绩已确定"),
}


def require_manager(viewer: Viewer) -> None:
    """Raises Unauthenticated or Forbidden for whoever does not hold competitions."""
    require(viewer.actor, Action.MANAGE_COMPETITION, on=(), now=viewer.now)


def entry_not_found(key: str = "entryId") -> NotFound:
    """What is said of an entry that is not there, or not one's own."""
    return NotFound("There is no such entry.", chinese="没有这项参赛。", path=("input", key))


def stage_not_found() -> NotFound:
    """What is said of a stage that is not there, is not judged, or not by the asker."""
    return NotFound("There is no such stage.", chinese="没有这个阶段。", path=("input", "stageId"))


async def with_stage(
    stage_id: UUID | None, body: Callable[[Record, ScoringState], Awaitable[T]]
) -> T:
    """Do something to a stage that is judged, in one transaction, one after the other.

    Raises NotFound, and whatever the body raises.
    """

    async def locked() -> T:
        stage = await competitions.locked_stage(stage_id) if stage_id else None
        if stage is None or not stage.criteria:
            raise stage_not_found()
        row = await scoring_of(stage.id)
        return await body(stage, row.state if row is not None else ScoringState.OPEN)

    return await transaction(locked)


def assert_state(state: ScoringState, *allowed: ScoringState) -> None:
    """Raises Conflict for a stage whose scoring is not as far, or is further."""
    if state in allowed:
        return
    english, chinese = _STATE_WORDS[state]
    raise Conflict(
        f"The scoring of this stage is {english}.", chinese=f"{chinese}，不能进行此操作。"
    )


async def set_scoring(stage_id: UUID, state: ScoringState, **sets: datetime | None) -> Record:
    """Write down how far the scoring of a locked stage is; its row."""
    values: dict[str, Any] = {"state": state.value, **sets}
    if not await update_where(StageScoring, values, where=[scorings.id == stage_id]):
        await insert_rows(StageScoring, [{**values, "id": stage_id, "state": state}])
    row = await scoring_of(stage_id)
    assert row is not None
    return row
