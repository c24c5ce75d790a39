"""The mutations of results: computed, published, objected to, corrected, final; and medals."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.types import Info

from hub.awarding import service as awarding
from hub.competitions.queries import STAGES
from hub.contests.rules import ObjectionState
from hub.contests.service import entering, judging, objecting, results
from hub.honours import queries as awards
from hub.records import Record
from schema.competitions import Stage
from schema.contests.entries import Entry, Objection, StageResult
from schema.contests.scoring import entry_key, stage_key
from schema.filters import is_given
from schema.honours import Honour, Laureate
from schema.lists import related_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key, encode_id

MEDALS_SIZE = 50


@strawberry.input(description="Which stage.")
class StageStepInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")


@strawberry.input(description="Which results to publish, and until when one can object.")
class PublishResultsInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    objections_until: datetime = strawberry.field(
        description="Before when one can object (公示截止时间); in the future."
    )


@strawberry.input(description="Who goes on to the next stage.")
class AdvanceEntriesInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage that is over.")
    entry_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who goes on, where that is done by hand; left out where a rule decides.",
    )


@strawberry.input(description="Which result is to be what.")
class CorrectResultInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    score: Decimal = strawberry.field(description="The score, with at most two decimals.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="What to say against a result.")
class FileObjectionInput:
    """See the fields."""

    stage_id: strawberry.ID = strawberry.field(description="The stage.")
    entry_id: strawberry.ID = strawberry.field(description="One's entry.")
    text: str = strawberry.field(description="What is wrong; at most 2000 characters.")
    idempotency_key: str = strawberry.field(
        description="Made anew for each objection and sent again with each try of it."
    )


@strawberry.enum(description="What becomes of an objection.")
class ObjectionDecision(Enum):
    """See the descriptions."""

    UPHOLD = strawberry.enum_value("uphold", description="It is right (成立).")
    DISMISS = strawberry.enum_value("dismiss", description="It is dismissed (驳回).")


_DECISIONS = {
    ObjectionDecision.UPHOLD: ObjectionState.UPHELD,
    ObjectionDecision.DISMISS: ObjectionState.DISMISSED,
}


@strawberry.input(description="How to decide which objection.")
class DecideObjectionInput:
    """See the fields."""

    objection_id: strawberry.ID = strawberry.field(description="The objection.")
    decision: ObjectionDecision = strawberry.field(description="What becomes of it.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Which entry to exclude, and why.")
class DisqualifyEntryInput:
    """See the fields."""

    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Whose prizes become honours.")
class AwardMedalsInput:
    """See the fields."""

    competition_id: strawberry.ID = strawberry.field(description="The competition.")


@strawberry.type(description="The outcome of a step with a stage.")
class StagePayload:
    """See the fields."""

    stage: Stage | None = strawberry.field(
        default=None, description="The stage; null when refused, and while it is not public."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of a step with a result.")
class StageResultPayload:
    """See the fields."""

    result: StageResult | None = strawberry.field(
        default=None, description="The result as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of a step with an objection.")
class ObjectionPayload:
    """See the fields."""

    objection: Objection | None = strawberry.field(
        default=None, description="The objection as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of a step with an entry.")
class EntryPayload:
    """See the fields."""

    entry: Entry | None = strawberry.field(
        default=None, description="The entry as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


def _entry_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Entry", root.entry_id))


@strawberry.type(description="That an entry won a prize, and the honour it became (获奖).")
class Medal:
    """Over a medal's row."""

    entry_id: strawberry.ID = strawberry.field(resolver=_entry_id, description="The entry.")
    awarded_at: datetime = strawberry.field(description="When it was given.")
    honour: Honour | None = related_field(
        awards.HONOURS, "honour_id", description="The honour that the prize became."
    )
    laureate: Laureate | None = related_field(
        awards.LAUREATES, "laureate_id", description="Who is honoured, as the public sees it."
    )


@strawberry.type(description="The medals of a competition.")
class MedalsPayload:
    """See the fields."""

    medals: list[Medal] | None = strawberry.field(
        default=None,
        description="All medals of the competition; null when refused.",
        metadata={"size": MEDALS_SIZE},
    )
    errors: list[UserError] = errors_field()


async def _shown(info: Info, given: Any) -> dict[str, Any]:
    key = stage_key(given.stage_id)
    rows = await STAGES.by_ids(info.context.viewer, [key] if key else [])
    return {"stage": rows[0] if rows else None}


async def _close(info: Info, given: StageStepInput) -> dict[str, Any]:
    await judging.close_scoring(info.context.viewer, stage_key(given.stage_id))
    return await _shown(info, given)


async def _compute(info: Info, given: StageStepInput) -> dict[str, Any]:
    await results.compute_results(info.context.viewer, stage_key(given.stage_id))
    return await _shown(info, given)


async def _publish(info: Info, given: PublishResultsInput) -> dict[str, Any]:
    await results.publish_results(
        info.context.viewer,
        stage_key(given.stage_id),
        objections_until=given.objections_until,
    )
    return await _shown(info, given)


async def _finalise(info: Info, given: StageStepInput) -> dict[str, Any]:
    await results.finalise_results(info.context.viewer, stage_key(given.stage_id))
    return await _shown(info, given)


async def _advance(info: Info, given: AdvanceEntriesInput) -> dict[str, Any]:
    ids = given.entry_ids if is_given(given.entry_ids) else None
    chosen = [entry_key(each, "entryIds", index) for index, each in enumerate(ids or ())]
    viewer = info.context.viewer
    await results.advance_entries(viewer, stage_key(given.stage_id), entry_ids=chosen)
    return await _shown(info, given)


async def _correct(info: Info, given: CorrectResultInput) -> dict[str, Any]:
    row = await results.correct_result(
        info.context.viewer,
        stage_key(given.stage_id),
        entry_id=entry_key(given.entry_id),
        score=given.score,
        reason=given.reason,
    )
    return {"result": row}


async def _file(info: Info, given: FileObjectionInput) -> dict[str, Any]:
    row = await objecting.file_objection(
        info.context.viewer,
        stage_key(given.stage_id),
        entry_id=entry_key(given.entry_id),
        text=given.text,
        idempotency_key=given.idempotency_key,
    )
    return {"objection": row}


async def _decide(info: Info, given: DecideObjectionInput) -> dict[str, Any]:
    path = ("input", "objectionId")
    key = decode_key(str(given.objection_id), types=("Objection",), path=path)
    row = await objecting.decide_objection(
        info.context.viewer, key, decision=_DECISIONS[given.decision], reason=given.reason
    )
    return {"objection": row}


async def _disqualify(info: Info, given: DisqualifyEntryInput) -> dict[str, Any]:
    viewer = info.context.viewer
    row = await entering.disqualify(viewer, entry_key(given.entry_id), reason=given.reason)
    return {"entry": row}


async def _award(info: Info, given: AwardMedalsInput) -> dict[str, Any]:
    path = ("input", "competitionId")
    key = decode_key(str(given.competition_id), types=("Competition",), path=path)
    return {"medals": await awarding.award_medals(info.context.viewer, key)}


_MANAGED = "Needs MANAGE_COMPETITION. NOT_FOUND;"


@strawberry.type
class ResultsMutation:
    """The mutations of those who hold competitions, and of those who object."""

    close_scoring: StagePayload = mutation_field(
        _close,
        input_type=StageStepInput,
        payload=StagePayload,
        description="Close the sheets of a stage (截止评分). "
        f"{_MANAGED} SCORES_MISSING with the admission numbers; CONFLICT where it is closed.",
    )
    compute_results: StagePayload = mutation_field(
        _compute,
        input_type=StageStepInput,
        payload=StagePayload,
        description="Compute scores and ranks of a closed stage (计算成绩), for organisers to see. "
        f"{_MANAGED} CONFLICT before it is closed and after publication.",
    )
    publish_results: StagePayload = mutation_field(
        _publish,
        input_type=PublishResultsInput,
        payload=StagePayload,
        description="Show the results (公示成绩), provisional while one can object. "
        f"{_MANAGED} INVALID; CONFLICT.",
    )
    correct_result: StageResultPayload = mutation_field(
        _correct,
        input_type=CorrectResultInput,
        payload=StageResultPayload,
        description="Give an entry another score after an objection was upheld (更正成绩); ranks "
        f"follow. {_MANAGED} INVALID; CONFLICT.",
    )
    finalise_results: StagePayload = mutation_field(
        _finalise,
        input_type=StageStepInput,
        payload=StagePayload,
        description="Make the results final (确定成绩), and say who goes on where a rule decides. "
        f"{_MANAGED} CONFLICT while one can object and while an objection is open.",
    )
    advance_entries: StagePayload = mutation_field(
        _advance,
        input_type=AdvanceEntriesInput,
        payload=StagePayload,
        description="Let entries into the next stage that is judged (晋级). "
        f"{_MANAGED} INVALID; CONFLICT before the results are final and after the last stage.",
    )
    file_objection: ObjectionPayload = mutation_field(
        _file,
        input_type=FileObjectionInput,
        payload=ObjectionPayload,
        description="Object to the result of one's entry (提出申诉); for who entered and for the "
        "captain. NOT_FOUND; INVALID; DEADLINE_PASSED; CONFLICT before publication and while "
        "another objection of the entry is open; IDEMPOTENCY_MISMATCH.",
    )
    decide_objection: ObjectionPayload = mutation_field(
        _decide,
        input_type=DecideObjectionInput,
        payload=ObjectionPayload,
        description="Uphold or dismiss an objection (裁决申诉); not by who judges the stage. "
        f"{_MANAGED} INVALID without a reason; CONFLICT for one that is decided.",
    )
    disqualify_entry: EntryPayload = mutation_field(
        _disqualify,
        input_type=DisqualifyEntryInput,
        payload=EntryPayload,
        description=f"Exclude an entry (取消资格). {_MANAGED} INVALID without a reason; CONFLICT.",
    )
    award_medals: MedalsPayload = mutation_field(
        _award,
        input_type=AwardMedalsInput,
        payload=MedalsPayload,
        description="Make honours of a competition's prizes (颁奖), public at once: by division "
        "and by rank in the last stage, equals alike. Who has not agreed to be named appears by "
        "the first character. Done again it gives the same. "
        f"{_MANAGED} CONFLICT before the results of the last stage are final.",
    )
