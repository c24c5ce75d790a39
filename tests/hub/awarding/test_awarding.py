"""Medals on a real database: prizes by rank become honours, once, and name only who agreed."""

import asyncio
from datetime import timedelta

import pytest

from hub.auth import Viewer
from hub.awarding.models import Medal
from hub.awarding.rules import honour_name, laureate_name
from hub.awarding.service import award_medals
from hub.competitions.models import Competition
from hub.contests.queries.scoring import judged_stages
from hub.contests.service.entering import disqualify
from hub.contests.service.judging import close_scoring
from hub.contests.service.results import compute_results, finalise_results, publish_results
from hub.errors import Conflict, Forbidden, HubError, NotFound, Unauthenticated
from hub.honours.models import Honour, Laureate
from hub.publishing import StoredState
from hub.records import Record
from tests.factories import competitions, contests
from tests.factories.contests import NOW, entered, judge, later, score, stored, viewer
from tests.factories.editors import nobody

pytestmark = pytest.mark.usefixtures("database")

UNTIL = NOW + timedelta(days=1)


async def held() -> tuple[Viewer, Competition, list[Record]]:
    """A competition whose final is decided: 90, 80, 80, 70 in one division, and a team."""
    competition = await contests.competition(title="快递员技能比武", year=2026)
    for position, (name, quantity) in enumerate((("一等奖", 1), ("二等奖", 2)), 1):
        await competitions.prize(competition.id, name=name, quantity=quantity, position=position)
    division = await competitions.division(competition.id)
    teams = await contests.team_division(competition.id, position=2)
    stage = await contests.stage(competition.id)
    entries = [
        await entered(await viewer(name), division, is_name_public=is_public)
        for name, is_public in (("张三", True), ("李四", False), ("王五", True), ("赵六", True))
    ]
    entries.append(await entered(await viewer(), teams, team_name="潘火一队", is_name_public=True))
    manager = await contests.organiser()
    who = await judge(manager, stage.id)
    for entry, points in zip(entries, (90, 80, 80, 70, 60), strict=True):
        await score(who, stage.id, entry, safety=points, speed=points)
    await close_scoring(manager, stage.id)
    await compute_results(manager, stage.id)
    await publish_results(manager, stage.id, objections_until=UNTIL)
    return manager, competition, entries


async def finalised() -> tuple[Viewer, Competition, list[Record]]:
    manager, competition, entries = await held()
    stage_id = (await judged_stages(competition.id))[-1]
    after = later(manager, days=1)
    await finalise_results(after, stage_id)
    return after, competition, entries


async def refused(refusal: type[HubError], deed: object) -> None:
    before = await stored()
    with pytest.raises(refusal):
        await deed  # type: ignore[misc]
    assert await stored() == before


async def test_prizes_become_honours_and_winners_laureates() -> None:
    manager, competition, entries = await finalised()
    medals = await award_medals(manager, competition.id)
    assert [row.prize_position for row in medals] == [1, 1, 2, 2]
    won = {row.entry_id: row for row in medals}
    assert entries[3].id not in won
    names = [
        (await Laureate.get(id=won[row.id].laureate_id)).name for row in entries if row.id in won
    ]
    assert names == ["张三", "李*", "王五", "潘火一队"]
    honours = await Honour.all().order_by("id")
    assert [row.name for row in honours] == ["快递员技能比武 一等奖", "快递员技能比武 二等奖"]
    laureate = await Laureate.get(id=won[entries[0].id].laureate_id)
    assert (laureate.year, laureate.state) == (2026, StoredState.PUBLISHED)
    assert "李四" not in str(await Laureate.all().values())


async def test_twice_gives_the_same() -> None:
    manager, competition, _ = await finalised()
    first = await award_medals(manager, competition.id)
    before = await stored()
    second = await award_medals(manager, competition.id)
    assert [row.id for row in second] == [row.id for row in first]
    assert await stored() == before


async def test_two_at_once_give_the_same() -> None:
    manager, competition, _ = await finalised()
    found = await asyncio.gather(*(award_medals(manager, competition.id) for _ in range(3)))
    assert len({tuple(row.id for row in rows) for rows in found}) == 1
    assert (await Medal.all().count(), await Honour.all().count()) == (4, 2)


async def test_who_was_excluded_gets_none() -> None:
    manager, competition, entries = await finalised()
    await disqualify(manager, entries[0].id, reason="冒名顶替")
    medals = await award_medals(manager, competition.id)
    assert entries[0].id not in {row.entry_id for row in medals}


async def test_medals_are_given_by_organisers_when_results_are_final() -> None:
    manager, competition, _ = await held()
    await refused(Conflict, award_medals(manager, competition.id))
    await refused(NotFound, award_medals(manager, None))
    await refused(Forbidden, award_medals(await viewer(), competition.id))
    await refused(Unauthenticated, award_medals(nobody(NOW), competition.id))
    unjudged = await contests.competition()
    await refused(Conflict, award_medals(manager, unjudged.id))


def test_names_of_honours_and_laureates_fit() -> None:
    assert len(honour_name("赛" * 160, "一等奖")) == 120
    assert honour_name("赛" * 160, "一等奖").endswith(" 一等奖")
    assert laureate_name("张三", is_public=False) == "张*"
