"""A team enters a competition, is scored by judges who do not know it, objects, and is honoured."""

from datetime import timedelta
from typing import Any

from hub.auth import Viewer
from hub.competitions.models import Competition, Division
from schema.relay import encode_id
from tests.factories import contests, enrollment
from tests.factories.contests import NOW, person_of
from tests.schema.contests import documents as ask
from tests.schema.contests.conftest import Arena

NAMES = ("李队长", "潘火一队", "张三", "队员甲")
UNTIL = NOW + timedelta(days=3)


def points(safety: str, speed: str) -> list[dict[str, str]]:
    return [
        {"criterion": "safety", "points": safety},
        {"criterion": "speed", "points": speed},
    ]


async def mine(arena: Arena, who: Viewer) -> Any:
    (entry,) = (await arena.ask(who, ask.MINE))["entries"]
    return entry


async def entered(arena: Arena) -> tuple[Viewer, Viewer, Viewer]:
    """A captain with a member, and a single worker, all admitted."""
    captain, member = await contests.viewer("李队长"), await contests.viewer("队员甲")
    single = await contests.viewer("张三")
    team = {"team": {"name": "潘火一队"}, "isNamePublic": True}
    payload = await arena.do(captain, ask.ENTER, **arena.entering(arena.teams, **team))
    assert payload["registration"]["state"] == "CONFIRMED"
    await arena.do(single, ask.ENTER, **arena.entering(arena.people))
    team_id = (await mine(arena, captain))["team"]["id"]
    code = (await arena.do(captain, ask.INVITE, teamId=team_id))["code"]
    joined = await arena.do(member, ask.JOIN, code=code, idempotencyKey="join")
    assert joined["member"]["isSubstitute"] is False
    return captain, member, single


async def scored(arena: Arena) -> None:
    person = encode_id("Person", person_of(arena.judge))
    await arena.do(arena.manager, ask.ASSIGN, stageId=arena.stage_id, personId=person)
    (sheet,) = (await arena.ask(arena.judge, ask.SHEETS))["judgeSheets"]
    for line, safety in zip(sheet["lines"], ("95", "85"), strict=True):
        given = {"entryId": line["entryId"], "scores": points(safety, "80")}
        await arena.do(arena.judge, ask.SUBMIT, stageId=arena.stage_id, **given)


async def published(arena: Arena) -> None:
    await scored(arena)
    for document in (ask.CLOSE, ask.COMPUTE):
        await arena.do(arena.manager, document, stageId=arena.stage_id)
    until = UNTIL.isoformat()
    await arena.do(arena.manager, ask.PUBLISH, stageId=arena.stage_id, objectionsUntil=until)


async def test_from_the_entry_to_the_honour(arena: Arena) -> None:
    captain, member, single = await entered(arena)
    entry = await mine(arena, member)
    assert (entry["admissionNumber"], entry["name"]) == ("A-001", "潘火一队")
    assert entry["team"]["captainName"] == "李队长"
    assert (entry["team"]["isComplete"], entry["team"]["isCaptain"]) == (True, False)
    assert [each["name"] for each in entry["team"]["members"]] == ["李队长", "队员甲"]

    await published(arena)
    result = (await mine(arena, captain))["results"][0]
    assert (result["score"], result["rank"], result["isProvisional"]) in (
        ("89.00", 1, True),
        ("83.00", 1, True),
    )
    objection = await arena.do(
        captain,
        ask.FILE,
        stageId=arena.stage_id,
        entryId=entry["id"],
        text="漏记加分",
        idempotencyKey="o",
    )
    key = objection["objection"]["id"]
    shown = await arena.ask(arena.manager, ask.PUBLIC, slug=arena.competition.slug)
    assert [each["text"] for each in shown["stages"][0]["objections"]] == ["漏记加分"]
    decided = {"objectionId": key, "decision": "UPHOLD", "reason": "录像属实"}
    assert (await arena.do(arena.manager, ask.DECIDE, **decided))["objection"]["state"] == "UPHELD"
    corrected = {"stageId": arena.stage_id, "entryId": entry["id"]}
    row = await arena.do(arena.manager, ask.CORRECT, **corrected, score="91.50", reason="补记加分")
    assert row["result"] == {"score": "91.50", "rank": 1, "isCorrected": True}

    assert await arena.codes(arena.manager, ask.FINALISE, stageId=arena.stage_id) == ["CONFLICT"]
    arena.at(UNTIL)
    await arena.do(arena.manager, ask.FINALISE, stageId=arena.stage_id)
    award = {"competitionId": arena.competition_id}
    medals = (await arena.do(arena.manager, ask.AWARD, **award))["medals"]
    assert {each["laureate"]["name"] for each in medals} == {"潘火一队", "张*"}
    assert {each["honour"]["name"] for each in medals} == {"快递员技能比武 一等奖"}
    assert (await arena.do(arena.manager, ask.AWARD, **award))["medals"] == medals
    laureate = next(each for each in medals if each["laureate"]["name"] == "潘火一队")
    page = await arena.ask(
        None,
        "query($id: ID!) { node(id: $id) { ... on Laureate { name honour { name } } } }",
        id=laureate["laureate"]["id"],
    )
    assert page == {"name": "潘火一队", "honour": {"name": "快递员技能比武 一等奖"}}
    assert (await mine(arena, single))["results"][0]["rank"] == 1


async def test_missing_points_are_named(arena: Arena) -> None:
    await entered(arena)
    person = encode_id("Person", person_of(arena.judge))
    await arena.do(arena.manager, ask.ASSIGN, stageId=arena.stage_id, personId=person)
    document = ask.CLOSE.replace("path }", "path ... on ScoresMissing { admissionNumbers } }")
    payload = await arena.ask(arena.manager, document, input={"stageId": arena.stage_id})
    (error,) = payload["errors"]
    assert (error["__typename"], error["code"]) == ("ScoresMissing", "SCORES_MISSING")
    assert sorted(error["admissionNumbers"]) == ["A-001", "B-001"]
    assert payload["stage"] is None


async def test_a_judge_learns_no_names_by_any_way(arena: Arena) -> None:
    await entered(arena)
    await scored(arena)
    shown = await arena.ask(arena.judge, ask.PUBLIC, slug=arena.competition.slug)
    ids = [each["id"] for part in shown["divisions"] for each in part["entries"]["nodes"]]
    assert len(ids) == 2
    told = [str(shown), str(await arena.ask(arena.judge, ask.SHEETS))]
    told += [str(await arena.ask(arena.judge, ask.NODE, id=key)) for key in ids]
    told.append(str(await arena.ask(arena.judge, ask.MINE)))
    assert not [name for name in NAMES for text in told if name in text]
    assert await arena.codes(arena.judge, ask.INSPECT, stageId=arena.stage_id) == ["FORBIDDEN"]


async def test_an_organiser_who_judges_learns_no_names_until_publication(arena: Arena) -> None:
    await entered(arena)
    person = encode_id("Person", person_of(arena.manager))
    before = str(await arena.ask(arena.manager, ask.PUBLIC, slug=arena.competition.slug))
    assert "潘火一队" in before
    await arena.do(arena.manager, ask.ASSIGN, stageId=arena.stage_id, personId=person)
    told = str(await arena.ask(arena.manager, ask.PUBLIC, slug=arena.competition.slug))
    assert not [name for name in NAMES if name in told]


async def test_nobody_sees_points_before_publication(arena: Arena) -> None:
    captain, member, single = await entered(arena)
    await scored(arena)
    await arena.do(arena.manager, ask.CLOSE, stageId=arena.stage_id)
    computed = await arena.do(arena.manager, ask.COMPUTE, stageId=arena.stage_id)
    assert len(computed["stage"]["results"]["nodes"]) == 2
    for who in (captain, member, single, arena.judge, None):
        shown = await arena.ask(who, ask.PUBLIC, slug=arena.competition.slug)
        (stage,) = shown["stages"]
        assert stage["results"] == {"totalCount": 0, "nodes": []}
        assert (stage["judges"], stage["objections"]) == (None, None)
        assert "89.00" not in str(shown)
    for who in (captain, member, single):
        assert (await mine(arena, who))["results"] == []


async def test_the_public_sees_numbers_first_and_names_after_publication(arena: Arena) -> None:
    await entered(arena)
    shown = await arena.ask(None, ask.PUBLIC, slug=arena.competition.slug)
    rows = [each for part in shown["divisions"] for each in part["entries"]["nodes"]]
    assert {each["admissionNumber"] for each in rows} == {"A-001", "B-001"}
    assert {each["name"] for each in rows} == {None}
    assert {str(each["team"]) for each in rows} == {"None"}
    await published(arena)
    shown = await arena.ask(None, ask.PUBLIC, slug=arena.competition.slug)
    rows = [each for part in shown["divisions"] for each in part["entries"]["nodes"]]
    assert {each["name"] for each in rows} == {"潘火一队", "张*"}
    assert {str(each["team"]) for each in rows} == {"None"}
    (stage,) = shown["stages"]
    assert stage["scoringState"] == "PUBLISHED"
    assert stage["results"]["totalCount"] == 2


async def test_who_cancels_is_off_the_list_and_who_waited_comes_in(arena: Arena) -> None:
    """The number of who went is not given again."""
    pool = await enrollment.pool(capacity=1)
    await Division.filter(id=arena.people.id).update(pool_id=pool.id)
    await Competition.filter(id=arena.competition.id).update(starts_at=UNTIL)
    first, second = await contests.viewer("张三"), await contests.viewer("李四")
    one = (await arena.do(first, ask.ENTER, **arena.entering(arena.people)))["registration"]
    again = await arena.do(first, ask.ENTER, **arena.entering(arena.people))
    assert again["registration"]["id"] == one["id"]
    two = (await arena.do(second, ask.ENTER, **arena.entering(arena.people)))["registration"]
    assert (one["state"], two["state"]) == ("CONFIRMED", "WAITLISTED")
    entry = await mine(arena, second)
    assert entry["admissionNumber"] is None
    assert await arena.ask(first, ask.NODE, id=entry["id"]) is None
    await arena.do(first, ask.CANCEL, registrationId=one["id"])
    gone = await mine(arena, first)
    assert (gone["state"], gone["admissionNumber"]) == ("WITHDRAWN", "A-001")
    assert await arena.ask(None, ask.NODE, id=gone["id"]) is None
    await arena.do(second, ask.ACCEPT, registrationId=two["id"])
    assert (await mine(arena, second))["admissionNumber"] == "A-002"


async def test_no_names_while_a_later_stage_is_to_be_judged(arena: Arena) -> None:
    await contests.stage(arena.competition.id, position=2, name="决赛二")
    await entered(arena)
    await published(arena)
    for who in (None, arena.judge):
        shown = await arena.ask(who, ask.PUBLIC, slug=arena.competition.slug)
        rows = [each for part in shown["divisions"] for each in part["entries"]["nodes"]]
        assert {each["name"] for each in rows} == {None}
        assert shown["stages"][0]["results"]["totalCount"] == 2


async def test_entering_is_refused_by_its_place(arena: Arena) -> None:
    who = await contests.viewer("张三")
    for division, more, codes in (
        (arena.teams, {}, ["CONFLICT"]),
        (arena.people, {"team": {"name": "一队"}}, ["INVALID"]),
        (arena.teams, {"team": {"name": " "}}, ["INVALID"]),
        (arena.people, {"name": "名" * 81}, ["INVALID"]),
    ):
        given = arena.entering(division, **more)
        assert await arena.codes(who, ask.ENTER, **given) == codes
    assert (await arena.ask(who, ask.MINE))["entries"] == []


async def test_rosters_are_the_captains(arena: Arena) -> None:
    captain, member, single = await entered(arena)
    team = (await mine(arena, captain))["team"]
    ids = {each["name"]: each["id"] for each in team["members"]}
    own = {"teamId": team["id"]}
    one = {"memberId": ids["队员甲"]}
    for who in (member, single, arena.manager):
        assert await arena.codes(who, ask.INVITE, **own) == ["NOT_FOUND"]
        assert await arena.codes(who, ask.REMOVE, **one) == ["NOT_FOUND"]
        assert await arena.codes(who, ask.HAND_OVER, **one) == ["NOT_FOUND"]
    assert await arena.codes(None, ask.INVITE, **own) == ["UNAUTHENTICATED"]
    assert await arena.codes(captain, ask.LEAVE, **own) == ["CONFLICT"]
    swap = {**one, "substituteId": ids["队员甲"], "reason": "受伤"}
    assert await arena.codes(captain, ask.REPLACE, **swap) == ["FORBIDDEN"]
    assert await arena.codes(arena.manager, ask.REPLACE, **swap) == ["CONFLICT"]
    handed = await arena.do(captain, ask.HAND_OVER, **one)
    assert handed["team"] == {"captainName": "队员甲", "isCaptain": False}
    left = await arena.do(captain, ask.LEAVE, **own)
    assert left["team"] == {"memberCount": 1}
    assert (await arena.codes(captain, ask.REMOVE, memberId=encode_id("Team", arena.teams.id))) == [
        "NOT_FOUND"
    ]


async def test_judging_is_for_judges_and_holding_for_organisers(arena: Arena) -> None:
    captain, *_ = await entered(arena)
    entry = await mine(arena, captain)
    stage = {"stageId": arena.stage_id}
    score = {**stage, "entryId": entry["id"], "scores": points("1", "1")}
    for who in (captain, arena.manager):
        assert await arena.codes(who, ask.SUBMIT, **score) == ["NOT_FOUND"]
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        (ask.CLOSE, stage),
        (ask.COMPUTE, stage),
        (ask.FINALISE, stage),
        (ask.ADVANCE, stage),
        (ask.PUBLISH, {**stage, "objectionsUntil": UNTIL.isoformat()}),
        (ask.CORRECT, {**stage, "entryId": entry["id"], "score": "1", "reason": "x"}),
        (ask.DISQUALIFY, {"entryId": entry["id"], "reason": "x"}),
        (ask.AWARD, {"competitionId": arena.competition_id}),
        (ask.ASSIGN, {**stage, "personId": encode_id("Person", person_of(captain))}),
        (ask.REMOVE_JUDGE, {"judgeId": encode_id("StageJudge", arena.stage.id), "reason": "x"}),
        (
            ask.DECIDE,
            {
                "objectionId": encode_id("Objection", arena.stage.id),
                "decision": "DISMISS",
                "reason": "x",
            },
        ),
    )
    for document, given in steps:
        assert await arena.codes(captain, document, **given) == ["FORBIDDEN"]
        assert await arena.codes(None, document, **given) == ["UNAUTHENTICATED"]
    declare = {**stage, "entryId": entry["id"], "reason": "亲属"}
    assert await arena.codes(captain, ask.DECLARE, **declare) == ["NOT_FOUND"]
    done = await arena.do(arena.manager, ask.DISQUALIFY, entryId=entry["id"], reason="缺席")
    assert done["entry"] == {"state": "DISQUALIFIED"}
    assert await arena.ask(None, ask.NODE, id=entry["id"]) is None
    assert (await arena.ask(captain, ask.NODE, id=entry["id"]))["state"] == "DISQUALIFIED"


async def test_costs_do_not_grow_with_entrants(arena: Arena) -> None:
    await entered(arena)
    few = await statements(arena)
    for number in range(6):
        who = await contests.viewer(f"骑手{number}")
        await arena.do(who, ask.ENTER, **arena.entering(arena.people))
    assert await statements(arena) == few


async def statements(arena: Arena) -> int:
    arena.client.actor = arena.manager.actor
    answer = await arena.client.send(ask.PUBLIC, {"slug": arena.competition.slug})
    assert answer.data
    return len(answer.statements)
