"""Applications over GraphQL: who reads which, codes and paths of refusals, statements."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Actor, Grant, Role, Scope, ScopeKind
from hub.ids import new_id
from hub.merchants.rules import Decision
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory
from tests.factories.editors import NOW, of_program, reviewer
from tests.factories.identity import OTHER_PHONE, insert_person
from tests.hub.merchants.applying import Quarter, make_quarter, reviewer_of
from tests.schema.acting import ActingClient, acting_client

ERRORS = "errors { __typename code message path ... on VersionConflict { current } }"
SHOWN = """id state version name category summary address phone reason contactName createdAt
  submittedAt decidedAt decidedBy { displayName } location(datum: GCJ02) { latitude longitude }
  town { name } street { name } merchant { name offerings { nodes { title dailyQuota } } }
  applicant { displayName phoneMasked } openingHours { rule weekday opens closes }
  offerings { kind title audience dailyQuota schedule { weekday opens closes } validFrom }"""
APPLY = f"""mutation($input: ApplyAsMerchantInput!) {{ applyAsMerchant(input: $input) {{
  application {{ {SHOWN} }} {ERRORS} }} }}"""
UPDATE = f"""mutation($input: UpdateMerchantApplicationInput!) {{
  updateMerchantApplication(input: $input) {{ application {{ {SHOWN} }} {ERRORS} }} }}"""
WITHDRAW = f"""mutation($input: WithdrawMerchantApplicationInput!) {{
  withdrawMerchantApplication(input: $input) {{ application {{ {SHOWN} }} {ERRORS} }} }}"""
DECIDE = f"""mutation($input: DecideMerchantApplicationInput!) {{
  decideMerchantApplication(input: $input) {{ application {{ {SHOWN} }} {ERRORS} }} }}"""
LIST = f"""query($where: MerchantApplicationWhere, $orderBy: [MerchantApplicationOrder!]) {{
  merchantApplications(where: $where, orderBy: $orderBy) {{ totalCount nodes {{ {SHOWN} }} }} }}"""
NAMES = """query($where: MerchantApplicationWhere) { merchantApplications(where: $where) {
  totalCount nodes { name } } }"""
OWN = f"{{ viewer {{ merchantApplications {{ totalCount nodes {{ {SHOWN} }} }} }} }}"
NODE = "query($id: ID!) { node(id: $id) { id ... on MerchantApplication { name state } } }"


class Desk:
    """A client, and the quarter whose people it speaks for in turn."""

    def __init__(self, client: ActingClient, quarter: Quarter) -> None:
        self.client = client
        self.quarter = quarter

    def as_(self, actor: Actor) -> "Desk":
        """Go on as somebody else."""
        self.client.actor = actor
        return self

    def as_applicant(self) -> "Desk":
        """Go on as who applies."""
        return self.as_(self.quarter.viewer.actor)

    def as_reviewer(self) -> "Desk":
        """Go on as the reviewer of the town."""
        return self.as_(self.quarter.reviewer.actor)

    async def do(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        answer = await self.client.ask(document, {"input": given})
        payload: dict[str, Any] = next(iter(answer.values()))
        return payload

    async def refused(self, document: str, **given: Any) -> tuple[str, list[str]]:
        """The code and the path of a refusal, after which the application is as before."""
        before = await self.quarter_rows()
        payload = await self.do(document, **given)
        assert payload["application"] is None
        assert await self.quarter_rows() == before
        (error,) = payload["errors"]
        return error["code"], error["path"]

    async def quarter_rows(self) -> Any:
        """All applications, as the reviewer of the town reads them."""
        actor = self.client.actor
        rows = await self.as_reviewer().client.ask(LIST)
        self.as_(actor)
        return rows

    def shop(self, **changes: Any) -> dict[str, Any]:
        """The input of an application."""
        return {
            "name": "老王面馆",
            "category": "RESTAURANT",
            "townId": encode_id("Town", self.quarter.town.id),
            "streetId": encode_id("FriendlyStreet", self.quarter.street.id),
            "address": "潘火路 1 号",
            "location": {"latitude": 29.8, "longitude": 121.5, "datum": "GCJ02"},
            "phone": "0574-11112222",
            "contactName": "王老板",
            "openingHours": {"weekly": [{"days": ["MON"], "opens": "09:00", "closes": "21:00"}]},
            "offerings": [
                {
                    "kind": "MEAL",
                    "title": "十元面",
                    "audience": "骑手",
                    "dailyQuota": 10,
                    "validFrom": "2026-12-01T00:00:00+08:00",
                    "schedule": [{"days": ["WED"], "opens": "14:00", "closes": "16:00"}],
                }
            ],
            **changes,
        }


@pytest.fixture
async def desk(database: Settings) -> AsyncIterator[Desk]:
    """The desk of a fresh quarter."""
    async with acting_client(database, now=NOW) as client:
        yield Desk(client, await make_quarter())


async def test_an_application_is_told_to_both_sides(desk: Desk) -> None:
    payload = await desk.as_applicant().do(APPLY, **desk.shop())
    assert payload["errors"] == []
    told = payload["application"]
    assert told == {
        "id": told["id"],
        "state": "SUBMITTED",
        "version": 1,
        "name": "老王面馆",
        "category": "RESTAURANT",
        "summary": "",
        "address": "潘火路 1 号",
        "phone": "0574-11112222",
        "reason": "",
        "contactName": "王老板",
        "createdAt": "2026-11-25T02:00:00Z",
        "submittedAt": "2026-11-25T02:00:00Z",
        "decidedAt": None,
        "decidedBy": None,
        "location": {
            "latitude": pytest.approx(29.8, abs=1e-5),
            "longitude": pytest.approx(121.5, abs=1e-5),
        },
        "town": {"name": "潘火街道"},
        "street": {"name": "潘火路"},
        "merchant": None,
        "applicant": {"displayName": "王小哥", "phoneMasked": "138****5678"},
        "openingHours": [{"rule": "WEEKLY", "weekday": 1, "opens": "09:00", "closes": "21:00"}],
        "offerings": [
            {
                "kind": "MEAL",
                "title": "十元面",
                "audience": "骑手",
                "dailyQuota": 10,
                "schedule": [{"weekday": 3, "opens": "14:00", "closes": "16:00"}],
                "validFrom": "2026-11-30T16:00:00Z",
            }
        ],
    }
    assert (await desk.client.ask(OWN))["viewer"]["merchantApplications"] == {
        "totalCount": 1,
        "nodes": [told],
    }
    again = await desk.do(APPLY, **desk.shop())
    assert again == {"application": told, "errors": []}
    listed = (await desk.as_reviewer().client.ask(LIST))["merchantApplications"]
    assert listed == {"totalCount": 1, "nodes": [told]}


async def test_the_way_of_an_application(desk: Desk) -> None:
    key = (await desk.as_applicant().do(APPLY, **desk.shop()))["application"]["id"]
    step = {"id": key, "expectedVersion": 1}
    returned = await desk.as_reviewer().do(DECIDE, **step, decision="RETURN", reason="请写明门牌号")
    assert returned["errors"] == []
    assert returned["application"]["state"] == "RETURNED"
    step["expectedVersion"] = 2
    mended = await desk.as_applicant().do(UPDATE, **step, address="潘火路 188 号", offerings=[])
    assert mended["errors"] == []
    told = mended["application"]
    assert (told["state"], told["address"], told["offerings"]) == (
        "SUBMITTED",
        "潘火路 188 号",
        [],
    )
    assert (told["reason"], told["contactName"]) == ("请写明门牌号", "王老板")
    step["expectedVersion"] = 3
    done = await desk.as_reviewer().do(DECIDE, **step, decision="APPROVE")
    assert done["errors"] == []
    assert done["application"]["merchant"]["name"] == "老王面馆"
    assert (done["application"]["state"], done["application"]["contactName"]) == ("APPROVED", None)
    (own,) = (await desk.as_applicant().client.ask(OWN))["viewer"]["merchantApplications"]["nodes"]
    assert (own["merchant"]["name"], own["decidedBy"]) == ("老王面馆", None)
    second = (await desk.do(APPLY, **desk.shop(name="二店")))["application"]
    gone = await desk.do(WITHDRAW, id=second["id"], expectedVersion=1)
    assert (gone["errors"], gone["application"]["state"]) == ([], "WITHDRAWN")


async def test_refusals_have_their_codes_and_paths(desk: Desk) -> None:
    key = (await desk.as_applicant().do(APPLY, **desk.shop()))["application"]["id"]
    step = {"id": key, "expectedVersion": 1}
    bad = desk.shop(name="")
    assert await desk.refused(APPLY, **bad) == ("INVALID", ["input", "name"])
    other = desk.shop(townId=encode_id("Town", new_id()))
    assert await desk.refused(APPLY, **other) == ("INVALID", ["input", "townId"])
    offering = {"kind": "MEAL", "title": "", "audience": "骑手"}
    path = ["input", "offerings", "0", "title"]
    assert await desk.refused(APPLY, **desk.shop(offerings=[offering])) == ("INVALID", path)
    same = desk.shop(summary="别的")
    assert await desk.refused(APPLY, **same) == ("CONFLICT", ["input", "name"])
    nulled = await desk.refused(UPDATE, **step, contactName=None)
    assert nulled == ("INVALID", ["input", "contactName"])
    stale = {"id": key, "expectedVersion": 9}
    version = ("VERSION_CONFLICT", ["input", "expectedVersion"])
    assert await desk.refused(UPDATE, **stale, name="新") == version
    assert await desk.refused(WITHDRAW, **stale) == version
    assert await desk.refused(DECIDE, **step, decision="APPROVE") == (
        "NOT_FOUND",
        ["input", "id"],
    )
    desk.as_reviewer()
    missing = ("NOT_FOUND", ["input", "id"])
    assert await desk.refused(WITHDRAW, **step) == missing
    assert await desk.refused(UPDATE, **step, name="新") == missing
    wrong = {"id": encode_id("Merchant", new_id()), "expectedVersion": 1}
    assert await desk.refused(DECIDE, **wrong, decision="APPROVE") == missing
    assert await desk.refused(DECIDE, **stale, decision="APPROVE") == version
    for decision in ("RETURN", "REFUSE"):
        assert await desk.refused(DECIDE, **step, decision=decision) == (
            "INVALID",
            ["input", "reason"],
        )
    elsewhere = await reviewer_of((await directory.town()).id)
    desk.as_(elsewhere.actor)
    assert await desk.refused(DECIDE, **step, decision="APPROVE") == missing
    own = await reviewer_of(desk.quarter.town.id)
    assert own.actor.person_id is not None
    theirs = (await desk.as_(own.actor).do(APPLY, **desk.shop(name="审核员的店")))["application"]
    mine = {"id": theirs["id"], "expectedVersion": 1, "decision": "APPROVE"}
    assert await desk.refused(DECIDE, **mine) == ("REVIEW_REQUIRED", ["input", "id"])
    await desk.as_reviewer().do(DECIDE, **step, decision="REFUSE", reason="不在本街道")
    late = {"id": key, "expectedVersion": 2}
    assert await desk.refused(DECIDE, **late, decision="APPROVE") == (
        "CONFLICT",
        ["input", "id"],
    )


async def test_nobody_is_asked_to_sign_in(desk: Desk) -> None:
    key = (await desk.as_applicant().do(APPLY, **desk.shop()))["application"]["id"]
    step = {"id": key, "expectedVersion": 1}
    desk.as_(ANONYMOUS)
    for document, given in (
        (APPLY, desk.shop()),
        (UPDATE, step),
        (WITHDRAW, step),
        (DECIDE, {**step, "decision": "APPROVE"}),
    ):
        answer = await desk.client.send(document, {"input": given})
        assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    answer = await desk.client.send(LIST)
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer.body["data"] == {"merchantApplications": None}


async def test_reviewers_see_their_towns_and_others_are_forbidden(desk: Desk) -> None:
    quarter = desk.quarter
    await quarter.apply()
    other = await make_other_town(desk)
    assert await names(desk, quarter.reviewer.actor) == ["老王面馆"]
    assert await names(desk, other.reviewer.actor) == ["隔壁镇的店"]
    assert await names(desk, (await reviewer_of(None)).actor) == ["老王面馆", "隔壁镇的店"]
    both = Grant(Role.REVIEWER, Scope(ScopeKind.TOWN, other.town.id))
    two = Actor(
        person_id=new_id(),
        grants=(*quarter.reviewer.actor.grants, both),
        has_second_factor=True,
    )
    assert await names(desk, two) == ["老王面馆", "隔壁镇的店"]
    no_factor = Actor(person_id=new_id(), grants=quarter.reviewer.actor.grants)
    keeper = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, new_id()))
    editor = await reviewer_of(None, role=Role.EDITOR)
    for actor in (
        quarter.viewer.actor,
        no_factor,
        Actor(person_id=new_id(), grants=(keeper,)),
        editor.actor,
        reviewer(of_program(new_id())).actor,
    ):
        answer = await desk.as_(actor).client.send(LIST)
        assert answer.error["extensions"]["code"] == "FORBIDDEN"
        assert answer.error["path"] == ["merchantApplications"]
        assert answer.body["data"] == {"merchantApplications": None}


async def make_other_town(desk: Desk) -> Quarter:
    """A second town with a reviewer and an application of its own."""
    town = await directory.town(name="隔壁镇")
    street = await directory.street(town_id=town.id)
    person = await insert_person(OTHER_PHONE, at=NOW)
    other = Quarter(town, street, await reviewer_of(town.id), person)
    await other.apply(name="隔壁镇的店")
    return other


async def names(desk: Desk, actor: Actor, **where: Any) -> list[str]:
    """What somebody finds in the list, whose count agrees."""
    found = (await desk.as_(actor).client.ask(NAMES, {"where": where}))["merchantApplications"]
    assert found["totalCount"] == len(found["nodes"])
    return [each["name"] for each in found["nodes"]]


async def test_the_list_is_narrowed_and_ordered(desk: Desk) -> None:
    quarter = desk.quarter
    first, _ = await quarter.apply(), await quarter.apply(name="二店")
    await quarter.decide(first, Decision.RETURN)
    other = await make_other_town(desk)
    actor = (await reviewer_of(None)).actor
    assert await names(desk, actor, state={"eq": "RETURNED"}) == ["老王面馆"]
    assert await names(desk, actor, state={"in": ["SUBMITTED"]}) == ["二店", "隔壁镇的店"]
    town = encode_id("Town", other.town.id)
    assert await names(desk, actor, town=town) == ["隔壁镇的店"]
    assert await names(desk, quarter.reviewer.actor, town=town) == []
    assert await names(desk, actor, createdAt={"lt": "2026-11-25T02:00:00Z"}) == []
    order = [{"field": "CREATED_AT", "direction": "DESC"}]
    rows = (await desk.as_(actor).client.ask(LIST, {"orderBy": order}))["merchantApplications"]
    assert [each["name"] for each in rows["nodes"]] == ["隔壁镇的店", "二店", "老王面馆"]


async def test_a_node_is_for_its_applicant_and_its_reviewers(desk: Desk) -> None:
    row = await desk.quarter.apply()
    elsewhere = await reviewer_of((await directory.town()).id)
    key = encode_id("MerchantApplication", row.id)
    shown = {"id": key, "name": "老王面馆", "state": "SUBMITTED"}
    for actor, told in (
        (desk.quarter.viewer.actor, shown),
        (desk.quarter.reviewer.actor, shown),
        ((await reviewer_of(None)).actor, shown),
        (elsewhere.actor, None),
        (Actor(person_id=new_id()), None),
        (ANONYMOUS, None),
    ):
        assert (await desk.as_(actor).client.ask(NODE, {"id": key}))["node"] == told
    strangers = await desk.as_(Actor(person_id=new_id())).client.ask(OWN)
    assert strangers["viewer"] is None


async def test_statements_do_not_grow_with_applications(desk: Desk) -> None:
    counts: list[int] = []
    for name in ("一店", "二店", "三店"):
        row = await desk.quarter.apply(name=name)
        await desk.quarter.decide(row, Decision.APPROVE)
        answer = await desk.as_reviewer().client.send(LIST)
        assert answer.data["merchantApplications"]["totalCount"] == len(counts) + 1
        counts.append(len(answer.statements))
    assert counts == [8] * 3
