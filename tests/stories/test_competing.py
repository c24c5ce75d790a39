"""The guide to competitions: its documents, one after another, against a real hub."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from hub.clock import now
from tests.stories.house import ROOT, Caller, House, wait_for

GUIDE = (ROOT / "docs" / "competitions.md").read_text(encoding="utf-8")
DOCUMENTS = {
    name: text
    for text in re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
    for name in re.findall(r"^(?:query|mutation) (\w+)", text)
}
MANAGER, CAPTAIN, MEMBER, JUDGE = "13712345611", "13712345612", "13712345613", "13712345614"
RENAME = """mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
  viewer { displayName } errors { code } } }"""
CRITERIA = [{"slug": "safety", "label": "安全", "maximum": 100}]


@dataclass
class Contest:
    """Who takes part in it, and the ids that come up; `used` are the guide's documents so far."""

    manager: Caller
    captain: Caller
    member: Caller
    judge: Caller
    judge_id: str = ""
    competition_id: str = ""
    stage_id: str = ""
    team_division_id: str = ""
    used: set[str] = field(default_factory=set)

    def done(self, who: Caller, name: str, **given: Any) -> Any:
        """The payload of a document of the guide, which has to be done."""
        self.used.add(name)
        return who.done(DOCUMENTS[name], **given)

    def ask(self, who: Caller, name: str, **variables: Any) -> Any:
        """What a query of the guide gives."""
        self.used.add(name)
        return who.ask(DOCUMENTS[name], **variables)

    def step(self, name: str, **given: Any) -> Any:
        """What the organiser does to the stage."""
        return self.done(self.manager, name, stageId=self.stage_id, **given)


@pytest.mark.slow
def test_a_team_is_judged_and_honoured(house: House) -> None:
    """From the entry over the sheet of a judge to the honour that everybody sees."""
    contest = _people(house)
    _announce(contest)
    entry = _enter(contest)
    _judge(contest)
    _object(contest, entry)
    _honour(contest, house)
    assert contest.used == set(DOCUMENTS)


def _people(house: House) -> Contest:
    printed = house.run("user", "create", "--phone", MANAGER, "--role", "administrator")
    secret = re.search(r"secret=([A-Z2-7]+)", printed)
    assert secret is not None
    manager = Caller(house, MANAGER)
    manager.sign_in(secret=secret[1])
    captain, member, judge = (Caller(house, each) for each in (CAPTAIN, MEMBER, JUDGE))
    for who, name in ((captain, "李队长"), (member, "队员甲")):
        who.sign_in()
        who.done(RENAME, displayName=name)
    return Contest(manager, captain, member, judge, judge_id=judge.sign_in()["id"])


def _announce(contest: Contest) -> None:
    day = timedelta(days=1)
    starts, ends = (now() - day).isoformat(), (now() + 9 * day).isoformat()
    times = {"startsAt": starts, "endsAt": ends}
    team = {"slug": "team", "name": "团体组", "entrant": "TEAM"}
    given = {
        **times,
        "title": "雨天配送技能比武",
        "organiser": "鄞州区总工会",
        "year": 2026,
        "registrationOpensAt": starts,
        "registrationClosesAt": (now() + day).isoformat(),
        "divisions": [{**team, "teamSize": {"minimum": 2, "maximum": 3}}],
        "stages": [
            {**times, "slug": "final", "kind": "FINAL", "name": "决赛", "criteria": CRITERIA}
        ],
        "prizes": [{"name": "一等奖", "quantity": 1}],
    }
    revision = contest.done(contest.manager, "CreateCompetition", **given)["revision"]
    key = contest.competition_id = revision["itemId"]
    versions = [revision["number"]]
    contest.done(contest.manager, "Publish", ids=[key], expectedVersions=versions)
    shown = contest.ask(contest.captain, "Results", id=key)
    contest.stage_id = shown["stages"][0]["id"]
    contest.team_division_id = shown["divisions"][0]["id"]
    assert shown["stages"][0]["scoringState"] == "OPEN"


def _enter(contest: Contest) -> dict[str, Any]:
    given = {
        "competitionId": contest.competition_id,
        "divisionId": contest.team_division_id,
        "team": {"name": "潘火一队"},
        "isNamePublic": True,
        "idempotencyKey": "enter-1",
    }
    first = contest.done(contest.captain, "Enter", **given)
    assert contest.done(contest.captain, "Enter", **given) == first
    team_id = _entry(contest, contest.captain)["team"]["id"]
    code = contest.done(contest.captain, "InviteToTeam", teamId=team_id)["code"]
    contest.done(contest.member, "JoinTeam", code=code, idempotencyKey="join-1")
    entry = _entry(contest, contest.member)
    assert (entry["admissionNumber"], entry["team"]["isComplete"]) == ("A-001", True)
    assert [each["name"] for each in entry["team"]["members"]] == ["李队长", "队员甲"]
    return entry


def _entry(contest: Contest, who: Caller) -> dict[str, Any]:
    entry: dict[str, Any] = contest.ask(who, "MyEntries")["entries"][0]
    return entry


def _judge(contest: Contest) -> None:
    contest.step("AssignJudge", personId=contest.judge_id)
    sheets = contest.ask(contest.judge, "MySheets")["judgeSheets"]
    assert "潘火" not in str(sheets)
    assert "李队长" not in str(sheets)
    (line,) = sheets[0]["lines"]
    given = {"stageId": contest.stage_id, "entryId": line["entryId"], "expectedVersion": 0}
    points = [{"criterion": "safety", "points": "88.50"}]
    refused = contest.manager.refusals(DOCUMENTS["CloseScoring"], stageId=contest.stage_id)
    assert refused == ["SCORES_MISSING"]
    assert contest.done(contest.judge, "SubmitScores", **given, scores=points)["version"] == 1
    contest.step("CloseScoring")
    contest.step("ComputeResults")
    assert _entry(contest, contest.captain)["results"] == []


def _object(contest: Contest, entry: dict[str, Any]) -> None:
    until = now() + timedelta(seconds=8)
    contest.step("PublishResults", objectionsUntil=until.isoformat())
    (result,) = _entry(contest, contest.captain)["results"]
    assert (result["score"], result["rank"], result["isProvisional"]) == ("88.50", 1, True)
    about = {"stageId": contest.stage_id, "entryId": entry["id"]}
    filed = {**about, "text": "漏记一项加分", "idempotencyKey": "objection-1"}
    assert contest.member.refusals(DOCUMENTS["FileObjection"], **filed) == ["NOT_FOUND"]
    key = contest.done(contest.captain, "FileObjection", **filed)["objection"]["id"]
    decided = {"objectionId": key, "decision": "UPHOLD", "reason": "录像属实"}
    contest.done(contest.manager, "DecideObjection", **decided)
    corrected = contest.step("CorrectResult", entryId=entry["id"], score="90", reason="补记加分")
    assert corrected["result"] == {"score": "90.00", "rank": 1, "isCorrected": True}


def _honour(contest: Contest, house: House) -> None:
    document = DOCUMENTS["FinaliseResults"]

    def is_final() -> bool | None:
        return contest.manager.refusals(document, stageId=contest.stage_id) == [] or None

    contest.used.add("FinaliseResults")
    wait_for(is_final)
    award = {"competitionId": contest.competition_id}
    (medal,) = contest.done(contest.manager, "AwardMedals", **award)["medals"]
    assert medal["honour"]["name"] == "雨天配送技能比武 一等奖"
    assert contest.done(contest.manager, "AwardMedals", **award)["medals"] == [medal]
    page = Caller(house).ask(
        "query($id: ID!) { node(id: $id) { ... on Laureate { name year honour { name } } } }",
        id=medal["laureate"]["id"],
    )
    assert page == {"name": "潘火一队", "year": 2026, "honour": medal["honour"]}
    shown = contest.ask(Caller(house), "Results", id=contest.competition_id)["stages"][0]
    (row,) = shown["results"]["nodes"]
    assert row["entry"] == {"admissionNumber": "A-001", "name": "潘火一队"}
    assert (row["isCorrected"], row["isProvisional"]) == (True, False)
