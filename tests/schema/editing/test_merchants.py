"""A shop moves to another town and street: by editors of both, as a draft."""

from typing import Any

import pytest

from hub.auth import DISTRICT, Role
from hub.directory.models import Place, Town
from schema.relay import encode_id
from tests.factories import directory
from tests.factories.editors import actor, of_town
from tests.schema.editing.conftest import Desk

DRAFT = """mutation($input: DraftMerchantInput!) { draftMerchant(input: $input) {
  merchant { town { name } street { name } version }
  revision { number state changes { path before after } } errors { code path } } }"""
SHOP = """query($id: ID!) { merchant(by: {id: $id}) { version town { name } street { name } } }"""


@pytest.fixture
async def shop(desk: Desk) -> Place:
    """A shop in a town, on no street."""
    return await directory.merchant(town_id=(await directory.town(name="旧镇")).id)


async def moved(shop: Place) -> dict[str, Any]:
    """The input that moves it to a street of another town."""
    town = await directory.town(name="新镇")
    street = await directory.street(name="新街", town_id=town.id)
    return {
        "id": encode_id("Merchant", shop.id),
        "expectedVersion": 1,
        "townId": encode_id("Town", town.id),
        "streetId": encode_id("FriendlyStreet", street.id),
    }


async def test_an_editor_moves_a_shop_by_a_draft(desk: Desk, shop: Place) -> None:
    given = await moved(shop)
    before = {"version": 1, "town": {"name": "旧镇"}, "street": None}
    drafted = await desk.done(DRAFT, **given)
    assert drafted["merchant"] == before
    assert [each["path"] for each in drafted["revision"]["changes"]] == ["townId", "streetId"]
    assert await public(desk, given["id"]) == before
    published = await desk.step("publish", (given["id"], drafted["revision"]["number"]))
    assert published["errors"] == []
    after = {"version": 2, "town": {"name": "新镇"}, "street": {"name": "新街"}}
    assert await public(desk, given["id"]) == after


async def test_editors_of_one_town_neither_take_shops_nor_send_them_away(
    desk: Desk, shop: Place
) -> None:
    given = await moved(shop)
    old = (await Place.get(id=shop.id).values())["town_id"]
    new = (await Town.get(name="新镇")).id
    for scopes, refused in (
        ((of_town(old),), ["FORBIDDEN"]),
        ((of_town(new),), ["NOT_FOUND"]),
        ((of_town(old), of_town(new)), []),
    ):
        desk.actor = actor(Role.EDITOR, *scopes)
        assert await refusals(desk, given) == refused
    desk.actor = actor(Role.REVIEWER, DISTRICT)
    assert await refusals(desk, {**given, "expectedVersion": 2}) == ["FORBIDDEN"]


async def refusals(desk: Desk, given: dict[str, Any]) -> list[str]:
    """The codes with which a draft is refused, in its payload or above it."""
    body = (await desk.send(DRAFT, {"input": given})).body
    if "errors" in body:
        return [each["extensions"]["code"] for each in body["errors"]]
    return [each["code"] for each in body["data"]["draftMerchant"]["errors"]]


async def public(desk: Desk, key: str) -> Any:
    """The shop as everybody sees it."""
    return (await desk.ask(SHOP, {"id": key}))["merchant"]
