"""What the tests of waiting words have in common: a place's change, its version, its approval."""

from datetime import timedelta
from typing import Any

from hub.auth import Viewer
from hub.editing.queries import DRAFTS, standing_of
from hub.editing.rules import ItemId
from hub.editing.service.review import approve
from hub.listing import ListQuery
from hub.merchants.service.keeping import (
    Kept,
    update_place,
)
from hub.pagination import page_request
from hub.records import Record
from tests.factories.editors import NOW, nobody, reviewer
from tests.hub.merchants.conftest import Shop

OFFER = {"kind": "haircut", "title": "免费理发", "audience": "小哥"}
LATER = nobody(NOW + timedelta(hours=3))
FIRST = page_request(None, after=None, last=None, before=None)


def item_of(shop: Shop) -> ItemId:
    return ItemId(("merchants",), shop.place.id)


async def live(shop: Shop) -> Record:
    standing = await standing_of(item_of(shop))
    assert standing is not None
    assert standing.live is not None
    return standing.live


async def change(shop: Shop, viewer: Viewer | None = None, **patch: Any) -> Kept:
    version = (await live(shop)).version
    who = viewer or shop.viewer
    return await update_place(who, shop.place.id, expected_version=version, patch=patch)


async def version_of(item: ItemId) -> int:
    standing = await standing_of(item)
    assert standing is not None
    return standing.version


async def approved(item: ItemId, viewer: Viewer | None = None) -> Record:
    version = await version_of(item)
    return await approve(viewer or reviewer(), item, expected_version=version)


async def seen_by(viewer: Viewer, listing: Any = DRAFTS) -> list[Record]:
    found: list[Record] = (await listing.page(viewer, ListQuery(FIRST))).rows
    return found
