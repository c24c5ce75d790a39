"""Results on a real database: computed, published, objected to, corrected, final; who goes on."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from hub.auth import Viewer
from hub.competitions.models import Division, Stage
from hub.competitions.queries import stages_by_ids
from hub.competitions.rules import AdvanceKind
from hub.contests.models import Objection, StageEntry
from hub.contests.queries.entries import entry_by_id, teams_by_entry_ids
from hub.contests.queries.scoring import competing_in, results_of
from hub.contests.rules import ObjectionState, ScoringState
from hub.contests.service import objecting
from hub.contests.service.entering import disqualify
from hub.contests.service.judging import assign_judge, close_scoring
from hub.contests.service.results import (
    advance_entries,
    compute_results,
    correct_result,
    finalise_results,
    publish_results,
)
from hub.enrollment.rules import DeadlinePassed
from hub.errors import (
    Conflict,
    Forbidden,
    HubError,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    Unauthenticated,
)
from hub.records import Record
from tests.factories import competitions, contests
from tests.factories.contests import NOW, entered, judge, later, person_of, score, stored, viewer
from tests.factories.editors import nobody

pytestmark = pytest.mark.usefixtures("database")

UNTIL = NOW + timedelta(days=2)
UPHOLD, DISMISS = ObjectionState.UPHELD, ObjectionState.DISMISSED


@dataclass
class Scored:
    """A stage in which four entries were scored 90, 80, 80 and 70, before it is closed."""

    manager: Viewer
    judge: Viewer
    division: Division
    stages: list[Stage]
    entrants: list[Viewer]
    entries: list[Record]

    @property
    def stage(self) -> Stage:
        return self.stages[0]

    async def closed(self) -> None:
        await close_scoring(self.manager, self.stage.id)

    async def published(self) -> None:
        await self.closed()
        await compute_results(self.manager, self.stage.id)
        await publish_results(self.manager, self.stage.id, objections_until=UNTIL)

    async def final(self) -> Viewer:
        await self.published()
        manager = later(self.manager, days=2)
        await finalise_results(manager, self.stage.id)
        return manager

    async def object(self, number: int = 0, *, key: str = "k", text: str = "漏记一项") -> Record:
        return await objecting.file_objection(
            self.entrants[number],
            self.stage.id,
            entry_id=self.entries[number].id,
            text=text,
            idempotency_key=key,
        )

    async def decide(self, objection: Record, decision: ObjectionState = UPHOLD) -> Record:
        return await objecting.decide_objection(
            self.manager, objection.id, decision=decision, reason="复核录像"
        )

    async def correct(self, number: int, score: str, *, reason: str = "补记") -> Record:
        return await correct_result(
            self.manager,
            self.stage.id,
            entry_id=self.entries[number].id,
            score=Decimal(score),
            reason=reason,
        )

    async def ranks(self) -> list[tuple[str, int]]:
        found = {row.entry_id: row for row in await results_of(self.stage.id)}
        return [(str(found[row.id].score), found[row.id].rank) for row in self.entries]

    async def advanced(self) -> list[bool | None]:
        found = {row.entry_id: row.is_advanced for row in await results_of(self.stage.id)}
        return [found[row.id] for row in self.entries]


async def scored(**values: object) -> Scored:
    competition = await contests.competition()
    division = await competitions.division(competition.id)
    stages = [
        await contests.stage(competition.id, position=1, **values),
        await contests.stage(competition.id, position=2),
    ]
    manager = await contests.organiser()
    entrants = [await viewer() for _ in range(4)]
    entries = [await entered(who, division) for who in entrants]
    who = await judge(manager, stages[0].id)
    for entry, value in zip(entries, (90, 80, 80, 70), strict=True):
        await score(who, stages[0].id, entry, safety=value, speed=value)
    return Scored(manager, who, division, stages, entrants, entries)


async def refused(refusal: type[HubError], deed: object) -> HubError:
    before = await stored()
    with pytest.raises(refusal) as caught:
        await deed  # type: ignore[misc]
    assert await stored() == before
    return caught.value


async def test_ranks_are_computed_from_closed_sheets() -> None:
    contest = await scored()
    await refused(Conflict, compute_results(contest.manager, contest.stage.id))
    await contest.closed()
    await refused(Forbidden, compute_results(contest.judge, contest.stage.id))
    await refused(NotFound, compute_results(contest.manager, None))
    await compute_results(contest.manager, contest.stage.id)
    expected = [("90.00", 1), ("80.00", 2), ("80.00", 2), ("70.00", 4)]
    assert await contest.ranks() == expected
    await compute_results(contest.manager, contest.stage.id)
    assert await contest.ranks() == expected


async def test_extremes_are_dropped_and_ties_are_broken_as_the_stage_says() -> None:
    contest = await scored(drop_extremes=True, tie_break="speed")
    for points in ((0, 0), (100, 100), (80, 81)):
        who = await judge(contest.manager, contest.stage.id)
        for entry in contest.entries:
            await score(who, contest.stage.id, entry, safety=points[0], speed=points[1])
    await contest.closed()
    rows = await compute_results(contest.manager, contest.stage.id)
    assert {(row.judges, row.dropped) for row in rows} == {(4, 2)}
    assert await contest.ranks() == [("85.20", 1), ("80.20", 2), ("80.20", 2), ("75.20", 4)]
    assert rows[0].tie_break == Decimal("67.75")


async def test_each_division_has_its_own_ranks() -> None:
    contest = await scored()
    other = await competitions.division(await contests.competition_of(contest.stage), position=2)
    entry = await entered(await viewer(), other)
    await score(contest.judge, contest.stage.id, entry, safety=1, speed=1)
    await contest.closed()
    rows = await compute_results(contest.manager, contest.stage.id)
    assert [row.rank for row in rows if row.entry_id == entry.id] == [1]


async def test_results_are_published_with_a_time_for_objections() -> None:
    contest = await scored()

    async def publish(who: Viewer = contest.manager, days: int = 2) -> Record:
        until = NOW + timedelta(days=days)
        return await publish_results(who, contest.stage.id, objections_until=until)

    await refused(Conflict, publish())
    await contest.closed()
    await refused(Conflict, publish())
    await compute_results(contest.manager, contest.stage.id)
    await refused(Invalid, publish(days=0))
    await refused(Forbidden, publish(contest.judge))
    await refused(Unauthenticated, publish(nobody(NOW)))
    row = await publish()
    assert (row.state, row.objections_until) == (ScoringState.PUBLISHED, UNTIL)
    await refused(Conflict, publish())
    await refused(Conflict, compute_results(contest.manager, contest.stage.id))


async def test_entrants_object_within_the_time() -> None:
    contest = await scored()
    await refused(Conflict, contest.object())
    await contest.published()
    filed = await contest.object()
    assert objecting.text_of(filed) == "漏记一项"
    assert "漏记一项" not in str(await stored())
    assert (await contest.object()).id == filed.id
    await refused(IdempotencyMismatch, contest.object(text="另一件事"))
    await refused(Conflict, contest.object(key="other"))
    await refused(Invalid, contest.object(1, text=" "))
    await refused(Invalid, contest.object(1, text="字" * 2_001))
    entry_id = contest.entries[0].id
    for who in (contest.entrants[1], contest.manager, contest.judge):
        deed = objecting.file_objection(
            who, contest.stage.id, entry_id=entry_id, text="x", idempotency_key="y"
        )
        await refused(NotFound, deed)
    contest.entrants[1] = later(contest.entrants[1], days=2)
    await refused(DeadlinePassed, contest.object(1))
    assert await Objection.all().count() == 1


async def test_a_captain_objects_and_a_member_does_not() -> None:
    contest = await scored()
    division = await contests.team_division(
        await contests.competition_of(contest.stage), position=2
    )
    captain, member = await viewer(), await viewer()
    entry = await entered(captain, division, team_name="一队")
    await contests.joined(captain, (await teams_by_entry_ids([entry.id]))[entry.id], member)
    await score(contest.judge, contest.stage.id, entry, safety=1, speed=1)
    await contest.published()

    async def file(who: Viewer) -> Record:
        return await objecting.file_objection(
            who, contest.stage.id, entry_id=entry.id, text="x", idempotency_key="k"
        )

    await refused(NotFound, file(member))
    assert (await file(captain)).entry_id == entry.id


async def test_who_judged_decides_nothing() -> None:
    contest = await scored()
    both = await contests.organiser()
    await assign_judge(contest.manager, contest.stage.id, person_id=person_of(both))
    for entry in contest.entries:
        await score(both, contest.stage.id, entry, safety=80, speed=80)
    await contest.published()
    filed = await contest.object()

    async def decide(who: Viewer, key: UUID | None, reason: str = "x") -> Record:
        return await objecting.decide_objection(who, key, decision=DISMISS, reason=reason)

    await refused(Forbidden, decide(both, filed.id))
    await refused(Forbidden, decide(contest.entrants[0], filed.id))
    await refused(NotFound, decide(contest.manager, None))
    await refused(Invalid, decide(contest.manager, filed.id, ""))
    row = await decide(contest.manager, filed.id)
    assert (row.state, row.reason) == (DISMISS, "x")
    await refused(Conflict, decide(contest.manager, filed.id))
    await refused(Conflict, contest.correct(0, "95"))
    assert (await contest.object(key="again", text="再次申诉")).state is ObjectionState.OPEN


async def test_a_result_is_corrected_after_an_objection_was_upheld() -> None:
    contest = await scored()
    await contest.published()
    await refused(Conflict, contest.correct(3, "95"))
    await contest.decide(await contest.object(3))
    await refused(Conflict, contest.correct(0, "1"))
    await refused(Invalid, contest.correct(3, "-1"))
    await refused(Invalid, contest.correct(3, "1.001"))
    await refused(Invalid, contest.correct(3, "95", reason=""))
    row = await contest.correct(3, "95")
    assert (row.score, row.rank, row.correction_reason) == (Decimal(95), 1, "补记")
    assert await contest.ranks() == [("90.00", 2), ("80.00", 3), ("80.00", 3), ("95.00", 1)]
    told = str((await stored())["audit_entry"])
    assert "contests.result_corrected" in told


async def test_results_are_final_after_the_time_and_without_open_objections() -> None:
    contest = await scored()
    await refused(Conflict, finalise_results(contest.manager, contest.stage.id))
    await contest.published()
    filed = await contest.object()
    await refused(Conflict, finalise_results(contest.manager, contest.stage.id))
    after = later(contest.manager, days=2)
    await refused(Conflict, finalise_results(after, contest.stage.id))
    await contest.decide(filed, DISMISS)
    await refused(Forbidden, finalise_results(contest.judge, contest.stage.id))
    row = await finalise_results(after, contest.stage.id)
    assert row.state is ScoringState.FINAL
    await refused(Conflict, finalise_results(after, contest.stage.id))
    await refused(Conflict, contest.correct(0, "1"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"advance_kind": AdvanceKind.TOP_N, "advance_number": 2}, [True, True, True, False]),
        ({"advance_kind": AdvanceKind.TOP_N, "advance_number": 1}, [True, False, False, False]),
        (
            {"advance_kind": AdvanceKind.SCORE_AT_LEAST, "advance_score": Decimal(80)},
            [True, True, True, False],
        ),
    ],
)
async def test_the_rule_says_who_goes_on(rule: dict[str, object], expected: list[bool]) -> None:
    contest = await scored(**rule)
    manager = await contest.final()
    assert await contest.advanced() == expected
    await refused(
        Invalid, advance_entries(manager, contest.stage.id, entry_ids=[contest.entries[3].id])
    )
    await advance_entries(manager, contest.stage.id, entry_ids=None)
    following = contest.stages[1]
    found = await competing_in((await stages_by_ids([following.id]))[following.id])
    assert [row.id for row in found] == [
        row.id for row, goes in zip(contest.entries, expected, strict=True) if goes
    ]
    before = await stored()
    await advance_entries(manager, contest.stage.id, entry_ids=None)
    assert await stored() == before


async def test_people_say_who_goes_on_where_no_rule_does() -> None:
    contest = await scored()
    await refused(Conflict, advance_entries(contest.manager, contest.stage.id, entry_ids=None))
    manager = await contest.final()
    assert await contest.advanced() == [None] * 4
    await disqualify(manager, contest.entries[3].id, reason="缺席")
    for ids, refusal in (
        (None, Invalid),
        ([], Invalid),
        ([None], NotFound),
        ([contest.division.id], NotFound),
        ([contest.entries[3].id], NotFound),
    ):
        await refused(refusal, advance_entries(manager, contest.stage.id, entry_ids=ids))
    await refused(Forbidden, advance_entries(contest.judge, contest.stage.id, entry_ids=None))
    chosen = [contest.entries[2].id, contest.entries[0].id]
    await advance_entries(manager, contest.stage.id, entry_ids=chosen)
    assert await contest.advanced() == [True, False, True, False]
    await advance_entries(manager, contest.stage.id, entry_ids=[contest.entries[1].id])
    assert await contest.advanced() == [True, True, True, False]
    assert await StageEntry.all().count() == 3


async def test_nobody_goes_on_to_a_stage_that_is_closed_or_is_not_there() -> None:
    contest = await scored()
    manager = await contest.final()
    ids = [contest.entries[0].id]
    await advance_entries(manager, contest.stage.id, entry_ids=ids)
    who = await judge(contest.manager, contest.stages[1].id)
    entry = await entry_by_id(ids[0])
    assert entry is not None
    await score(who, contest.stages[1].id, entry, safety=1, speed=1)
    with pytest.raises(NotFound):
        await score(who, contest.stages[1].id, contest.entries[1], safety=1, speed=1)
    await close_scoring(manager, contest.stages[1].id)
    more = [contest.entries[1].id]
    await refused(Conflict, advance_entries(manager, contest.stage.id, entry_ids=more))
    contest.stages.reverse()
    await compute_results(manager, contest.stage.id)
    until = manager.now + timedelta(days=1)
    await publish_results(manager, contest.stage.id, objections_until=until)
    last = Viewer(manager.actor, until)
    await finalise_results(last, contest.stage.id)
    await refused(Conflict, advance_entries(last, contest.stage.id, entry_ids=ids))
