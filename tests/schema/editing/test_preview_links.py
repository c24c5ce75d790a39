"""Links of previews: listed for those who may look, ended at once, dead with what they showed."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Role
from hub.ids import new_id
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.editors import NOW, actor, of_program
from tests.schema.editing.conftest import CREATE, DISCARD, UPDATE, Desk, course
from tests.schema.editing.test_previews import LINK, Previewer, link, previewer, rows

__all__ = ["previewer"]

REVOKE = """mutation($input: RevokePreviewInput!) { revokePreview(input: $input) {
  links { id revokedAt revokedBy { displayName } } errors { code path } } }"""
LINKS = """query($id: ID!) { previewLinks(id: $id) {
  totalCount nodes { id number isOwn createdAt expiresAt revokedAt author { displayName } } } }"""


async def links(desk: Desk, key: str) -> Any:
    return (await desk.ask(LINKS, {"id": key}))["previewLinks"]


async def test_a_link_is_listed_and_ended(desk: Desk, previewer: Previewer) -> None:
    _, key = await course()
    _, other = await course()
    await desk.done(UPDATE, id=key, expectedVersion=1, title="甲")
    made = await desk.done(LINK, ids=[key, other], expiresInMinutes=90)
    desk.now += timedelta(seconds=1)
    still = await link(desk, key)
    shown = await links(desk, key)
    assert shown["totalCount"] == 2
    first = shown["nodes"][1]
    assert (first["id"], first["number"], first["isOwn"]) == (made["linkId"], 2, True)
    assert first["expiresAt"] == (NOW + timedelta(minutes=90)).isoformat().replace("+00:00", "Z")
    assert (await links(desk, other))["totalCount"] == 1
    assert (await previewer.see(made["token"], id=key))["title"] == "甲"

    ended = await desk.done(REVOKE, id=made["linkId"])
    assert [each["id"] for each in ended["links"]] == [made["linkId"]] * 2
    assert (await previewer.send(made["token"], id=key)).status_code == 401
    assert (await previewer.see(still, id=key))["title"] == "甲"
    before = await rows()
    await desk.done(REVOKE, id=made["linkId"])
    assert await rows() == before
    assert (await links(desk, key))["nodes"][1]["revokedAt"] is not None


async def test_strangers_see_no_link_and_end_none(desk: Desk, previewer: Previewer) -> None:
    program = await learning.program()
    _, key = await course(program_id=program.id)
    made = await desk.done(LINK, ids=[key])
    before = await rows()
    for stranger in (actor(Role.WORKER), actor(Role.EDITOR, of_program(new_id()))):
        desk.actor = stranger
        assert (await links(desk, key)) == {"totalCount": 0, "nodes": []}
        refused = await desk.do(REVOKE, id=made["linkId"])
        assert refused["errors"] == [{"code": "NOT_FOUND", "path": ["input", "id"]}]
    refused = await desk.do(REVOKE, id=key)
    unknown = await desk.do(REVOKE, id=encode_id("PreviewLink", new_id()))
    assert unknown["errors"] == refused["errors"]
    desk.actor = ANONYMOUS
    answer = await desk.send(REVOKE, {"input": {"id": made["linkId"]}})
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await rows() == before
    assert (await previewer.send(made["token"], id=key)).status_code == 200
    desk.actor = actor(Role.REVIEWER, of_program(program.id))
    assert (await links(desk, key))["totalCount"] == 1
    await desk.done(REVOKE, id=made["linkId"])
    assert (await previewer.send(made["token"], id=key)).status_code == 401


async def test_what_was_discarded_is_seen_by_no_link(desk: Desk, previewer: Previewer) -> None:
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    token = await link(desk, key)
    assert (await previewer.see(token, id=key))["title"] == "新课"
    gone = await desk.done(DISCARD, id=key, expectedVersion=1)
    assert gone["revision"] == {"number": 1, "state": "DISCARDED"}
    assert (await previewer.send(token, id=key)).status_code == 401


@pytest.mark.parametrize("count", [1, 5])
async def test_links_cost_the_same_however_many(desk: Desk, count: int) -> None:
    _, key = await course()
    for _ in range(count):
        await desk.done(LINK, ids=[key])
    answer = await desk.send(LINKS, {"id": key})
    assert len(answer.data["previewLinks"]["nodes"]) == count
    assert len(answer.statements) == 3
