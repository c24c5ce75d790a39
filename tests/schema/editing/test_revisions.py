"""Reading revisions and drafts over the endpoint, and review."""

from typing import Any

import pytest

from hub.auth import ANONYMOUS, Role
from hub.ids import new_id
from hub.settings import Settings, install_settings
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.editors import actor, of_program
from tests.schema.editing.conftest import CREATE, UPDATE, Desk, course

REVISIONS = """query($id: ID!, $first: Int, $after: String) {
  revisions(id: $id, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { number state note isOwn title kind slug reason decidedAt
      author { displayName } decidedBy { displayName }
      changes { path before after } } } }"""
DRAFTS = """query($where: DraftWhere) { drafts(where: $where) {
  totalCount nodes { itemId title number state } } }"""
DECIDE = """mutation($input: ReviewInput!) { %s(input: $input) {
  revision { number state reason } errors { code path } } }"""
SUBMIT = """mutation($input: SubmitForReviewInput!) { submitForReview(input: $input) {
  revision { number state } errors { code path } } }"""


async def revisions(desk: Desk, key: str, **page: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.ask(REVISIONS, {"id": key, **page}))["revisions"]
    return found


async def test_the_history_of_an_item(desk: Desk) -> None:
    _, key = await course(title="旧")
    assert (await revisions(desk, key))["nodes"] == []
    await desk.done(UPDATE, id=key, expectedVersion=1, title="甲", note="改名")
    await desk.done(UPDATE, id=key, expectedVersion=2, summary="说明")
    page = await revisions(desk, key, first=2)
    assert [(each["number"], each["state"]) for each in page["nodes"]] == [
        (3, "DRAFT"),
        (2, "SUPERSEDED"),
    ]
    assert page["totalCount"] == 3
    assert page["nodes"][1]["note"] == "改名"
    assert page["nodes"][0]["changes"] == [{"path": "summary", "before": None, "after": "说明"}]
    rest = await revisions(desk, key, first=2, after=page["pageInfo"]["endCursor"])
    assert [(each["number"], each["state"], each["isOwn"]) for each in rest["nodes"]] == [
        (1, "PUBLISHED", False)
    ]


async def test_strangers_see_no_revision(desk: Desk) -> None:
    program = await learning.program()
    _, key = await course(program_id=program.id)
    await desk.done(UPDATE, id=key, expectedVersion=1, title="秘密")
    strangers = [ANONYMOUS, actor(Role.WORKER), actor(Role.EDITOR, of_program(new_id()))]
    for stranger in strangers:
        desk.actor = stranger
        assert (await revisions(desk, key))["nodes"] == []
        assert (await revisions(desk, key))["totalCount"] == 0
        drafts = (await desk.ask(DRAFTS))["drafts"]
        assert drafts == {"totalCount": 0, "nodes": []}
    desk.actor = actor(Role.EDITOR, of_program(program.id))
    assert (await revisions(desk, key))["totalCount"] == 2
    unknown = encode_id("Course", new_id())
    assert (await revisions(desk, unknown))["totalCount"] == 0


async def test_drafts_are_filtered(desk: Desk) -> None:
    await desk.done(CREATE, title="一", level="BEGINNER", delivery="ONLINE")
    made = await desk.done(CREATE, title="二", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    await desk.done(SUBMIT, id=key, expectedVersion=1)
    me, desk.actor = desk.actor, actor(Role.EDITOR)
    await desk.done(CREATE, title="三", level="BEGINNER", delivery="ONLINE")
    desk.actor = me
    for where, titles in (
        (None, {"一", "二", "三"}),
        ({"state": "SUBMITTED"}, {"二"}),
        ({"isOwn": True}, {"一", "二"}),
        ({"isOwn": False}, {"三"}),
        ({"kind": "COURSE", "state": "DRAFT", "isOwn": True}, {"一"}),
        ({"kind": "LESSON"}, set()),
    ):
        nodes = (await desk.ask(DRAFTS, {"where": where}))["drafts"]["nodes"]
        assert {each["title"] for each in nodes} == titles
    await desk.step("publish", (key, 1))
    nodes = (await desk.ask(DRAFTS))["drafts"]["nodes"]
    assert {each["title"] for each in nodes} == {"一", "三"}


async def test_review_over_the_endpoint(desk: Desk, database: Settings) -> None:
    install_settings(database.model_copy(update={"review_required": True}))
    author = desk.actor
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    refused = await desk.step("publish", (key, 1))
    assert [each["code"] for each in refused["errors"]] == ["REVIEW_REQUIRED"]
    await desk.done(SUBMIT, id=key, expectedVersion=1)
    desk.actor = actor(Role.REVIEWER)
    rejected = await desk.do(DECIDE % "rejectRevision", id=key, expectedVersion=1)
    assert rejected["errors"] == [{"code": "INVALID", "path": ["input", "reason"]}]
    approved = await desk.done(DECIDE % "approveRevision", id=key, expectedVersion=1, reason="好")
    assert approved["revision"] == {"number": 1, "state": "APPROVED", "reason": "好"}
    desk.actor = author
    assert (await desk.step("publish", (key, 1)))["errors"] == []
    assert (await desk.public(key))["title"] == "新课"


@pytest.mark.parametrize("key", ["", "nonsense", "Q291cnNlOg"])
async def test_what_is_no_id_is_said(desk: Desk, key: str) -> None:
    answer = await desk.send(REVISIONS, {"id": key})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer.error["extensions"]["inputPath"] == ["id"]


NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Revision { number title } } }"


async def test_a_revision_is_a_node_by_the_rule_of_the_list(desk: Desk) -> None:
    program = await learning.program()
    _, key = await course(program_id=program.id)
    await desk.done(UPDATE, id=key, expectedVersion=1, title="秘密")
    listed = await desk.ask("query($id: ID!) { revisions(id: $id) { nodes { id } } }", {"id": key})
    newest = listed["revisions"]["nodes"][0]["id"]
    told = {"__typename": "Revision", "id": newest, "number": 2, "title": "秘密"}
    assert (await desk.ask(NODE, {"id": newest}))["node"] == told
    for stranger in (ANONYMOUS, actor(Role.WORKER), actor(Role.EDITOR, of_program(new_id()))):
        desk.actor = stranger
        assert (await desk.ask(NODE, {"id": newest}))["node"] is None
    desk.actor = actor(Role.REVIEWER, of_program(program.id))
    assert (await desk.ask(NODE, {"id": newest}))["node"] == told


WAITING = """mutation($input: SchedulePublishInput!) { schedulePublish(input: $input) {
  revisions { number state publishAt expireAt } errors { code path } } }"""


async def test_a_change_of_what_is_public_waits(desk: Desk) -> None:
    _, key = await course(title="旧")
    await desk.done(UPDATE, id=key, expectedVersion=1, title="新")
    given = {"ids": [key], "expectedVersions": [2], "publishAt": "2027-01-01T00:00:00Z"}
    waiting = (await desk.done(WAITING, **given))["revisions"]
    at = {"publishAt": "2027-01-01T00:00:00Z", "expireAt": None}
    assert waiting == [{"number": 2, "state": "SCHEDULED", **at}]
    assert (await desk.public(key))["title"] == "旧"
    again = await desk.do(UPDATE, id=key, expectedVersion=2, title="又")
    assert [each["code"] for each in again["errors"]] == ["CONFLICT"]
    cancelled = await desk.step("cancelSchedule", (key, 2))
    assert cancelled["revisions"] == [{"itemId": key, "number": 2, "state": "DRAFT"}]
