"""Objections: filed by those who competed, decided by organisers who did not judge."""

from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.bulk import insert_rows, update_where
from hub.contests.models import Objection
from hub.contests.queries.entries import entry_by_id, teams_by_entry_ids
from hub.contests.queries.scoring import (
    judge_of,
    objection_by_id,
    objections,
    result_of,
    scoring_of,
)
from hub.contests.rules import (
    ObjectionState,
    ScoringState,
    clean_objection,
    clean_reason,
)
from hub.contests.service.holding import (
    assert_state,
    entry_not_found,
    require_manager,
    with_stage,
)
from hub.encryption import decrypt, encrypt
from hub.enrollment.rules import DeadlinePassed
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.idempotency import KeyUse, once
from hub.records import Record

_PURPOSE = "objection.text"


async def file_objection(
    viewer: Viewer,
    stage_id: UUID | None,
    *,
    entry_id: UUID | None,
    text: str,
    idempotency_key: str,
) -> Record:
    """Say something against an entry's result while it is provisional; the objection. The same
    key gives the same one.

    For whoever entered, or the captain. Raises Unauthenticated, NotFound for an entry that is not
    one's own or has no result, Invalid, DeadlinePassed after the time for objections, and Conflict
    before publication and while another objection of the entry is open.
    """
    person_id = require_person(viewer.actor)
    cleaned = clean_objection(text)
    given = {"stage": stage_id, "entry": entry_id, "text": cleaned}
    use = KeyUse(person_id, "fileObjection", key=idempotency_key, given=given)

    async def deed(objection_id: UUID) -> None:
        async def body(stage: Record, state: ScoringState) -> None:
            await _assert_open_to(viewer, person_id, stage=stage, state=state, entry_id=entry_id)
            row = {"id": objection_id, "stage_id": stage.id, "entry_id": entry_id, "slot": 1}
            row |= {"person_id": person_id, "created_at": viewer.now}
            row["text_encrypted"] = encrypt(cleaned, purpose=_PURPOSE)
            await insert_rows(Objection, [row])
            await _record(viewer, "objection_filed", objection_id, entry=entry_id)

        await with_stage(stage_id, body)

    try:
        objection_id, _ = await once(use, deed, now=viewer.now)
    except IntegrityError as error:
        raise Conflict(
            "An objection of this entry is open already.", chinese="该参赛已有一项申诉在处理中。"
        ) from error
    return await _required(objection_id)


async def _assert_open_to(
    viewer: Viewer, person_id: UUID, *, stage: Record, state: ScoringState, entry_id: UUID | None
) -> None:
    entry = await entry_by_id(entry_id)
    if entry is None or not await speaks_for(entry, person_id):
        raise entry_not_found()
    row = await scoring_of(stage.id)
    if row is not None and row.objections_until and row.objections_until <= viewer.now:
        raise DeadlinePassed(
            "The time for objections is over.",
            chinese="公示期已过，不能再提出申诉。",
            deadline=row.objections_until.isoformat(),
        )
    assert_state(state, ScoringState.PUBLISHED)
    if await result_of(stage.id, entry.id) is None:
        raise entry_not_found()


async def speaks_for(entry: Record, person_id: UUID) -> bool:
    """Whether somebody entered it, or is its captain."""
    if entry.person_id == person_id:
        return True
    team = (await teams_by_entry_ids([entry.id])).get(entry.id)
    return team is not None and team.captain_id == person_id


async def decide_objection(
    viewer: Viewer, objection_id: UUID | None, *, decision: ObjectionState, reason: str
) -> Record:
    """Uphold or dismiss an objection; the objection.

    Raises Unauthenticated, Forbidden for who is no organiser and for one who judges the stage,
    Invalid without a reason, NotFound, and Conflict for one that is decided.
    """
    require_manager(viewer)
    cleaned = clean_reason(reason)
    if decision is ObjectionState.OPEN:
        raise Invalid("Uphold or dismiss it.", path=("input", "decision"))
    there = await objection_by_id(objection_id)
    if there is None:
        raise _objection_not_found()

    async def body(stage: Record, state: ScoringState) -> Record:
        me = viewer.actor.person_id
        if me is not None and await judge_of(stage.id, me) is not None:
            raise Forbidden(
                "Who judged does not decide on objections.", chinese="评委不能裁决本阶段的申诉。"
            )
        sets = {
            "state": decision.value,
            "slot": None,
            "reason": cleaned,
            "decided_by": me or viewer.actor.service_id,
            "decided_at": viewer.now,
        }
        is_open = objections.state == ObjectionState.OPEN.value
        if not await update_where(Objection, sets, where=[objections.id == there.id, is_open]):
            raise Conflict("It has been decided already.", chinese="该申诉已处理。")
        await _record(viewer, "objection_decided", there.id, decision=decision, reason=cleaned)
        return await _required(there.id)

    return await with_stage(there.stage_id, body)


def text_of(objection: Record) -> str:
    """The words of an objection, for those who may read it."""
    return decrypt(objection.text_encrypted, purpose=_PURPOSE)


async def _required(objection_id: UUID) -> Record:
    row = await objection_by_id(objection_id)
    assert row is not None
    return row


def _objection_not_found() -> NotFound:
    return NotFound(
        "There is no such objection.", chinese="没有这项申诉。", path=("input", "objectionId")
    )


async def _record(viewer: Viewer, action: str, key: UUID, **after: object) -> None:
    await audit.record(viewer.actor, f"contests.{action}", object=("Objection", key), after=after)
