"""Judges on a real database: assigned, blind, in conflict, scoring until the sheet is closed."""

import asyncio
from dataclasses import dataclass, field

import pytest

from hub.auth import Viewer
from hub.competitions.models import Division, Stage
from hub.contests.models import ScoreSheet, StageScoring
from hub.contests.queries.entries import teams_by_entry_ids
from hub.contests.queries.scoring import judge_of, sheets_of
from hub.contests.rules import ScoresMissing, ScoringState
from hub.contests.service.entering import disqualify
from hub.contests.service.judging import (
    Scores,
    assign_judge,
    close_scoring,
    declare_conflict,
    inspect_scores,
    own_sheets,
    remove_judge,
    submit_scores,
)
from hub.errors import (
    Conflict,
    Forbidden,
    HubError,
    Invalid,
    NotFound,
    Unauthenticated,
    VersionConflict,
)
from hub.ids import new_id
from hub.records import Record
from tests.factories import competitions, contests
from tests.factories.contests import entered, judge, person_of, points, score, stored, viewer
from tests.factories.editors import nobody

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class Contest:
    """A stage with three entries and two judges."""

    manager: Viewer
    stage: Stage
    division: Division
    entries: list[Record]
    entrants: list[Viewer]
    judges: list[Viewer] = field(default_factory=list)

    async def score_all(self) -> None:
        for who in self.judges:
            for entry in self.entries:
                await score(who, self.stage.id, entry, safety=80, speed=60)


@pytest.fixture
async def contest(database: object) -> Contest:
    competition = await contests.competition()
    division = await competitions.division(competition.id)
    stage = await contests.stage(competition.id)
    manager = await contests.organiser()
    entrants = [await viewer(name) for name in ("张三", "李四", "王五")]
    entries = [await entered(who, division) for who in entrants]
    made = Contest(manager, stage, division, entries, entrants)
    made.judges = [await judge(manager, stage.id, name) for name in ("评委甲", "评委乙")]
    return made


async def refused(refusal: type[HubError], deed: object) -> HubError:
    before = await stored()
    with pytest.raises(refusal) as caught:
        await deed  # type: ignore[misc]
    assert await stored() == before
    return caught.value


async def test_organisers_assign_judges(contest: Contest) -> None:
    stage, somebody = contest.stage, await viewer()
    person_id = person_of(somebody)
    unjudged = await competitions.stage(await contests.competition_of(stage))
    for who, stage_id, person, refusal in (
        (nobody(contests.NOW), stage.id, person_id, Unauthenticated),
        (contest.judges[0], stage.id, person_id, Forbidden),
        (contest.manager, None, person_id, NotFound),
        (contest.manager, unjudged.id, person_id, NotFound),
        (contest.manager, stage.id, None, NotFound),
        (contest.manager, stage.id, new_id(), NotFound),
    ):
        await refused(refusal, assign_judge(who, stage_id, person_id=person))
    row = await assign_judge(contest.manager, stage.id, person_id=person_id)
    before = await stored()
    assert (await assign_judge(contest.manager, stage.id, person_id=person_id)).id == row.id
    assert await stored() == before
    await refused(Invalid, remove_judge(contest.manager, row.id, reason=" "))
    await refused(Forbidden, remove_judge(contest.judges[0], row.id, reason="x"))
    await refused(NotFound, remove_judge(contest.manager, None, reason="x"))
    await remove_judge(contest.manager, row.id, reason="出差")
    await refused(NotFound, remove_judge(contest.manager, row.id, reason="出差"))
    assert (await assign_judge(contest.manager, stage.id, person_id=person_id)).id != row.id


async def test_points_are_replaced_until_the_sheet_is_closed(contest: Contest) -> None:
    who, entry, stage = contest.judges[0], contest.entries[0], contest.stage
    first = await score(who, stage.id, entry, safety=80, speed="60.5")
    assert (first.points, first.version) == ({"safety": "80.00", "speed": "60.50"}, 1)
    before = await stored()
    assert (await score(who, stage.id, entry, safety="80.0", speed="60.50")).version == 1
    assert await stored() == before
    assert (await score(who, stage.id, entry, safety=81, speed=60)).version == 2

    async def expecting(version: int) -> Record:
        scores = Scores(entry.id, points(1, 1), version)
        return await submit_scores(who, stage.id, scores=scores)

    error = await refused(VersionConflict, expecting(1))
    assert error.data["current"] == 2
    assert (await expecting(2)).version == 3
    await score(who, stage.id, entry, safety=1, speed=1)
    await contest.score_all()
    await close_scoring(contest.manager, stage.id)
    await refused(Conflict, score(who, stage.id, entry, safety=2, speed=2))
    await refused(Conflict, close_scoring(contest.manager, stage.id))
    await refused(Conflict, assign_judge(contest.manager, stage.id, person_id=person_of(who)))


async def test_who_may_not_score(contest: Contest) -> None:
    stage, entry = contest.stage, contest.entries[0]
    other = await contests.competition()
    elsewhere = await entered(await viewer(), await competitions.division(other.id))
    judge_ = contest.judges[0]
    for who, stage_id, scored, refusal in (
        (nobody(contests.NOW), stage.id, entry, Unauthenticated),
        (contest.manager, stage.id, entry, NotFound),
        (contest.entrants[0], stage.id, entry, NotFound),
        (judge_, other.id, entry, NotFound),
        (judge_, stage.id, elsewhere, NotFound),
    ):
        await refused(refusal, score(who, stage_id, scored, safety=1, speed=1))
    await refused(Invalid, score(judge_, stage.id, entry, safety=101, speed=1))
    await refused(NotFound, submit_scores(judge_, stage.id, scores=Scores(None, points(1, 1))))
    await refused(Invalid, submit_scores(judge_, stage.id, scores=Scores(entry.id, [])))
    await disqualify(contest.manager, entry.id, reason="缺席")
    await refused(NotFound, score(judge_, stage.id, entry, safety=1, speed=1))


async def test_conflicts_of_interest_are_declared(contest: Contest) -> None:
    stage, entry = contest.stage, contest.entries[0]
    first, second = contest.judges

    async def declare(who: Viewer, whose: Viewer | None, reason: str = "亲属") -> None:
        person_id = person_of(whose) if whose else None
        await declare_conflict(who, stage.id, entry_id=entry.id, person_id=person_id, reason=reason)

    await refused(Forbidden, declare(first, second))
    await refused(Invalid, declare(first, None, " "))
    await refused(NotFound, declare(contest.entrants[0], None))
    await refused(NotFound, declare(contest.manager, contest.entrants[0]))
    await refused(Unauthenticated, declare(nobody(contests.NOW), None))
    await score(first, stage.id, entry, safety=9, speed=9)
    await declare(first, None)
    before = await stored()
    await declare(first, None)
    assert await stored() == before
    await refused(Conflict, score(first, stage.id, entry, safety=1, speed=1))
    await declare(contest.manager, second)
    await refused(Conflict, score(second, stage.id, entry, safety=1, speed=1))
    error = await refused(ScoresMissing, close_scoring(contest.manager, stage.id))
    assert {"admissionNumber": "A-001", "judge": None} in error.data["missing"]


async def test_nobody_judges_their_own_team(contest: Contest) -> None:
    division = await contests.team_division(
        await contests.competition_of(contest.division), position=2
    )
    captain, member = await viewer(), await viewer()
    entry = await entered(captain, division, team_name="一队")
    team = (await teams_by_entry_ids([entry.id]))[entry.id]
    await contests.joined(captain, team, member)
    for who in (captain, member):
        await assign_judge(contest.manager, contest.stage.id, person_id=person_of(who))
        error = await refused(Conflict, score(who, contest.stage.id, entry, safety=100, speed=100))
        assert "conflict of interest" in error.message
        await score(who, contest.stage.id, contest.entries[0], safety=1, speed=1)


async def test_a_sheet_tells_no_names_and_only_ones_own_points(contest: Contest) -> None:
    first, second = contest.judges
    await score(first, contest.stage.id, contest.entries[0], safety=11, speed=12)
    await score(second, contest.stage.id, contest.entries[0], safety=77, speed=78)
    (sheet,) = await own_sheets(first)
    assert [line.admission_number for line in sheet.lines] == ["A-001", "A-002", "A-003"]
    told = str([(line.entry_id, line.admission_number, line.has_conflict) for line in sheet.lines])
    assert not any(name in told for name in ("张三", "李四", "王五"))
    given = [line.sheet.points if line.sheet else None for line in sheet.lines]
    assert given == [{"safety": "11.00", "speed": "12.00"}, None, None]
    assert await own_sheets(contest.manager) == []
    assert await own_sheets(nobody(contests.NOW)) == []


async def test_missing_points_are_named(contest: Contest) -> None:
    first, second = contest.judges
    for entry in contest.entries:
        await score(first, contest.stage.id, entry, safety=1, speed=1)
    await score(second, contest.stage.id, contest.entries[1], safety=1, speed=1)
    error = await refused(ScoresMissing, close_scoring(contest.manager, contest.stage.id))
    assert error.data["missing"] == [
        {"admissionNumber": number, "judge": person_of(second)} for number in ("A-001", "A-003")
    ]
    assert "A-001, A-003" in error.message
    await refused(Forbidden, close_scoring(first, contest.stage.id))
    await declare_conflict(
        second, contest.stage.id, entry_id=contest.entries[0].id, person_id=None, reason="亲属"
    )
    await score(second, contest.stage.id, contest.entries[2], safety=1, speed=1)
    row = await close_scoring(contest.manager, contest.stage.id)
    assert row.state is ScoringState.CLOSED


async def test_organisers_look_for_a_reason_and_it_is_written_down(contest: Contest) -> None:
    await contest.score_all()
    stage = contest.stage
    await refused(Invalid, inspect_scores(contest.manager, stage.id, reason=""))
    await refused(Forbidden, inspect_scores(contest.judges[0], stage.id, reason="好奇"))
    await refused(NotFound, inspect_scores(contest.manager, None, reason="x"))
    assert len(await inspect_scores(contest.manager, stage.id, reason="设备故障核对")) == 6
    assert "设备故障核对" in str((await stored())["audit_entry"])
    both = await contests.organiser()
    await assign_judge(contest.manager, stage.id, person_id=person_of(both))
    await refused(Conflict, inspect_scores(both, stage.id, reason="核对"))
    for entry in contest.entries:
        await score(both, stage.id, entry, safety=1, speed=1)
    await close_scoring(contest.manager, stage.id)
    assert len(await inspect_scores(both, stage.id, reason="")) == 9


async def test_two_judges_score_at_once(contest: Contest) -> None:
    await asyncio.gather(
        *(
            score(who, contest.stage.id, entry, safety=50, speed=50)
            for who in contest.judges
            for entry in contest.entries
        )
    )
    assert await ScoreSheet.all().count() == 6


async def test_one_judge_on_two_devices_keeps_one_sheet(contest: Contest) -> None:
    entry = contest.entries[0]
    await asyncio.gather(
        *(
            score(contest.judges[0], contest.stage.id, entry, safety=each, speed=each)
            for each in range(5)
        )
    )
    (row,) = await sheets_of(contest.stage.id)
    assert row.version == 5


async def test_nothing_comes_in_while_a_sheet_is_closed(contest: Contest) -> None:
    """Whatever the order was, what was accepted stands in the sheets that were closed."""
    await contest.score_all()
    who, stage, entry = contest.judges[0], contest.stage, contest.entries[0]

    async def attempt(safety: int) -> Record | None:
        try:
            return await score(who, stage.id, entry, safety=safety, speed=0)
        except Conflict:
            return None

    *given, _ = await asyncio.gather(
        *(attempt(each) for each in (1, 2, 3)), close_scoring(contest.manager, stage.id)
    )
    assert (await StageScoring.get(id=stage.id)).state is ScoringState.CLOSED
    accepted = [row for row in given if row is not None]
    kept = await ScoreSheet.get(entry_id=entry.id, judge_id=(await sheets_by_judge(who, stage)))
    assert kept.version == 1 + len(accepted)


async def sheets_by_judge(who: Viewer, stage: Stage) -> object:
    found = await judge_of(stage.id, person_of(who))
    assert found is not None
    return found.id
