"""Competitions at the organiser's desk: decisions reach entries, and judges learn no names."""

from dataclasses import dataclass
from typing import Any

import pytest

from hub.auth import DISTRICT, Grant, Role, Viewer
from hub.competitions.models import Competition, Division
from hub.contests.models import Entry
from hub.contests.rules import EntryState, ScoringState
from hub.contests.service.holding import set_scoring
from hub.contests.service.judging import assign_judge
from hub.database import transaction
from hub.enrollment.models import Pool
from schema.relay import decode_key, encode_id
from tests.factories import competitions, contests, enrollment
from tests.factories.identity import NOW, insert_person
from tests.factories.people import actor
from tests.schema.attendance.conftest import Square, seated_event
from tests.schema.attendance.documents import APPROVE, ENTER, EXPORT, LIST, REJECT

NODE = "query($id: ID!) { node(id: $id) { id } }"


@dataclass
class Held:
    """A competition with one division, whose seat needs approval."""

    square: Square
    competition: Competition
    division: Division
    pool: Pool

    async def enter(self, name: str) -> dict[str, Any]:
        """The registration of somebody new."""
        given = {**self.where, "divisionId": encode_id("Division", self.division.id)}
        given |= {"idempotencyKey": self.square.key(), "name": name}
        return await self.square.done(await self.square.person(), ENTER, **given)

    @property
    def where(self) -> dict[str, str]:
        """The input that names it."""
        return {"competitionId": encode_id("Competition", self.competition.id)}


@pytest.fixture
async def held(square: Square) -> Held:
    pool = await enrollment.pool(needs_approval=True, capacity=1)
    competition = await contests.competition(
        starts_at=NOW, registration_closes_at=None, ends_at=contests.FREEZE
    )
    division = await competitions.division(competition.id, pool_id=pool.id)
    return Held(square, competition, division, pool)


async def entry_of(registration: dict[str, Any]) -> Entry:
    key = decode_key(registration["id"], types=("Registration",), path=("id",))
    return await Entry.get(registration_id=key)


async def test_decisions_reach_the_entry(square: Square, held: Held) -> None:
    first, second = await held.enter("张三"), await held.enter("李四")
    assert (first["state"], second["state"]) == ("PENDING", "WAITLISTED")
    for registration in (first, second):
        assert (await entry_of(registration)).admission_number is None
    officer = square.organiser()
    await square.done(officer, REJECT, registrationId=first["id"], reason="材料不全")
    withdrawn = await entry_of(first)
    assert (withdrawn.state, withdrawn.reason) == (EntryState.WITHDRAWN, "材料不全")
    assert withdrawn.admission_number is None
    await Pool.filter(id=held.pool.id).update(capacity=2)
    third = await held.enter("王五")
    done = await square.done(officer, APPROVE, registrationId=third["id"])
    assert done["state"] == "CONFIRMED"
    admitted = await entry_of(third)
    assert (admitted.state, admitted.admission_number) == (EntryState.ACTIVE, "A-001")
    await square.done(officer, APPROVE, registrationId=third["id"])
    assert (await entry_of(third)).admission_number == "A-001"
    assert (await entry_of(second)).admission_number is None


async def test_nobody_decides_on_their_own(square: Square) -> None:
    _, event = await seated_event(needs_approval=True)
    row = await insert_person(square.phone(), at=NOW)
    officer = actor(Grant(Role.EDITOR, DISTRICT), at=NOW, person_id=row.id)
    registration = await square.register(officer, event)
    for document, more in ((APPROVE, {}), (REJECT, {"reason": "材料不全"})):
        refusal = await square.refused(officer, document, registrationId=registration["id"], **more)
        assert (refusal["code"], refusal["path"]) == ("CONFLICT", ["input", "registrationId"])
        assert "colleague" in refusal["message"]
    colleague = square.organiser()
    done = await square.done(colleague, APPROVE, registrationId=registration["id"])
    assert done["state"] == "CONFIRMED"


async def test_a_judge_learns_no_names_before_the_results(square: Square, held: Held) -> None:
    """Organisers who judge a competition read its sign-ups again once all is published."""
    registration = await held.enter("张三")
    stages = [
        await contests.stage(held.competition.id),
        await contests.stage(held.competition.id, position=2),
    ]
    unjudged = await competitions.stage(held.competition.id, position=3)
    assert unjudged.criteria == []
    row = await insert_person(square.phone(), at=NOW)
    judge = actor(Grant(Role.MANAGER, DISTRICT), at=NOW, person_id=row.id)
    colleague = Viewer(square.organiser(role=Role.MANAGER), NOW)
    assert await names_read(square, judge, held, registration) == 1
    await assign_judge(colleague, stages[0].id, person_id=row.id)

    async def is_blind() -> None:
        assert await names_read(square, judge, held, registration) == 0
        refusal = await square.refused(judge, APPROVE, registrationId=registration["id"])
        assert refusal["code"] == "NOT_FOUND"
        payload = await square.do(judge, EXPORT, format="CSV", **held.where)
        assert [each["code"] for each in payload["errors"]] == ["NOT_FOUND"]

    await is_blind()
    _, event = await seated_event()
    await square.register(await square.person(), event)
    where = {"eventId": encode_id("Event", event)}
    assert (await square.ask(judge, LIST, where=where))["registrations"]["totalCount"] == 1
    assert await names_read(square, colleague.actor, held, registration) == 1
    await told(stages[0].id)
    await is_blind()
    await told(stages[1].id)
    assert await names_read(square, judge, held, registration) == 1
    done = await square.done(judge, APPROVE, registrationId=registration["id"])
    assert done["state"] == "CONFIRMED"


async def told(stage_id: Any) -> None:
    """The results of a stage are published."""
    await transaction(lambda: set_scoring(stage_id, ScoringState.PUBLISHED))


async def names_read(square: Square, who: Any, held: Held, registration: dict[str, Any]) -> int:
    """How many sign-ups of the competition somebody reads, by the list and by the id alike."""
    listed = (await square.ask(who, LIST, where=held.where))["registrations"]
    node = (await square.ask(who, NODE, id=registration["id"]))["node"]
    assert len(listed["nodes"]) == listed["totalCount"] == (1 if node else 0)
    return int(listed["totalCount"])
