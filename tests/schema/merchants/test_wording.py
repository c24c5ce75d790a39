"""Over the endpoint: a keeper's words wait, the keeper sees them wait, the public does not."""

from typing import Any

import pytest

from hub.auth import Actor, Grant, Role, Scope, ScopeKind
from hub.ids import new_id
from hub.settings import Settings, install_settings
from schema.relay import encode_id
from tests.factories import directory
from tests.factories.editors import NOW, actor
from tests.schema.editing.conftest import Desk, desk
from tests.schema.editing.test_revisions import DECIDE

__all__ = ["desk"]

PENDING = """isAwaitingReview pendingRevision { id itemId number state changes { path after } }
  errors { code path }"""
UPDATE = f"""mutation($input: UpdateMerchantInput!) {{ updateMerchant(input: $input) {{
  merchant {{ name phone version }} {PENDING} }} }}"""
CREATE = f"""mutation($input: CreateOfferingInput!) {{ createOffering(input: $input) {{
  offering {{ title }} {PENDING} }} }}"""
MINE = "{ drafts { totalCount nodes { itemId state reason changes { path } } } }"
NODE = "query($id: ID!) { node(id: $id) { ... on Revision { number } } }"
SHOPS = "{ merchants(orderBy: [{field: NAME}]) { nodes { name } } }"


@pytest.fixture
async def keeper(desk: Desk, database: Settings) -> tuple[Actor, str]:
    """Somebody who keeps a shop, at the desk, and the shop's id."""
    install_settings(database.model_copy(update={"review_merchant_wording": True}))
    shop = await directory.merchant(name="老王饭店", published_at=NOW)
    grant = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.id))
    desk.actor = Actor(person_id=new_id(), session_id=new_id(), grants=(grant,))
    return desk.actor, encode_id("Merchant", shop.id)


async def test_words_wait_and_their_keeper_sees_them(desk: Desk, keeper: Any) -> None:
    who, key = keeper
    told = await desk.done(UPDATE, id=key, expectedVersion=1, name="老王面馆", phone="110")
    assert told["merchant"] == {"name": "老王饭店", "phone": "110", "version": 2}
    assert told["isAwaitingReview"] is True
    pending = told["pendingRevision"]
    assert pending["changes"] == [{"path": "name", "after": "老王面馆"}]
    assert (await desk.ask(MINE))["drafts"]["totalCount"] == 1
    assert (await desk.ask(NODE, {"id": pending["id"]}))["node"] == {"number": pending["number"]}

    desk.actor = actor(Role.WORKER)
    assert (await desk.ask(MINE))["drafts"] == {"totalCount": 0, "nodes": []}
    assert (await desk.ask(NODE, {"id": pending["id"]}))["node"] is None
    assert (await desk.ask(SHOPS))["merchants"]["nodes"] == [{"name": "老王饭店"}]

    desk.actor = actor(Role.REVIEWER)
    number = pending["number"]
    await desk.done(DECIDE % "approveRevision", id=key, expectedVersion=number)
    desk.actor = who
    assert (await desk.ask(SHOPS))["merchants"]["nodes"] == [{"name": "老王面馆"}]
    assert (await desk.ask(MINE))["drafts"]["totalCount"] == 0


async def test_a_new_offering_is_none_yet_and_the_reason_is_read(desk: Desk, keeper: Any) -> None:
    who, key = keeper
    told = await desk.done(CREATE, placeId=key, kind="MEAL", title="面", audience="骑手")
    assert (told["offering"], told["isAwaitingReview"]) == (None, True)
    item = told["pendingRevision"]["itemId"]
    desk.actor = actor(Role.REVIEWER)
    await desk.done(DECIDE % "rejectRevision", id=item, expectedVersion=1, reason="写清楚")
    desk.actor = who
    (mine,) = (await desk.ask(MINE))["drafts"]["nodes"]
    assert (mine["itemId"], mine["state"], mine["reason"]) == (item, "REJECTED", "写清楚")
