"""New offerings whose words wait for a reviewer."""

import pytest

from hub.directory.queries import OFFERINGS
from hub.editing.rules import ItemId, RevisionState, Target
from hub.editing.service.publication import publish
from hub.editing.service.review import approve, reject
from hub.errors import Conflict, NotFound, ReviewRequired, VersionConflict
from hub.merchants.service.keeping import (
    create_offering,
    update_offering,
    withdraw_offering,
)
from hub.publishing import StoredState
from hub.settings import Settings, install_settings
from tests.factories import directory
from tests.factories.editors import editor, reviewer
from tests.hub.merchants.conftest import Shop, keeper_of, refused
from tests.hub.merchants.waiting_words import LATER, OFFER, approved, seen_by, version_of


@pytest.fixture(autouse=True)
def _reviewed(database: Settings) -> None:
    install_settings(database.model_copy(update={"review_merchant_wording": True}))


async def test_a_new_offering_waits_as_a_whole(shop: Shop) -> None:
    kept = await create_offering(shop.viewer, shop.place.id, values={**OFFER, "daily_quota": 5})
    assert kept.row is None
    assert kept.pending is not None
    key = kept.pending.item_id
    item = ItemId(("offerings",), key)
    assert await OFFERINGS.by_ids(LATER, [key]) == [None]
    assert [each.item_id for each in await seen_by(shop.viewer)] == [key]
    await refused(publish(editor(), [Target(item, 1)]), ReviewRequired)
    stranger = keeper_of((await directory.merchant()).id)
    stolen = update_offering(stranger, key, expected_version=1, patch={"title": "抢"})
    await refused(stolen, NotFound)
    kept = await update_offering(shop.viewer, key, expected_version=1, patch={"daily_quota": 9})
    assert (kept.row, kept.pending and kept.pending.number) == (None, 2)
    stale = update_offering(shop.viewer, key, expected_version=1, patch={"daily_quota": 7})
    await refused(stale, VersionConflict)
    await approved(item)
    (row,) = await OFFERINGS.by_ids(LATER, [key])
    assert row is not None
    assert (row.title, row.daily_quota, row.place_id) == ("免费理发", 9, shop.place.id)

    patch = {"title": "理发", "daily_quota": 3}
    kept = await update_offering(shop.viewer, key, expected_version=row.version, patch=patch)
    assert kept.row is not None
    assert (kept.row.title, kept.row.daily_quota) == ("免费理发", 3)
    gone = await withdraw_offering(shop.viewer, key, expected_version=kept.row.version)
    assert gone.row is not None
    assert gone.row.state is StoredState.ARCHIVED
    assert await seen_by(shop.viewer) == []
    await refused(approve(reviewer(), item, expected_version=await version_of(item)), Conflict)
    assert await OFFERINGS.by_ids(LATER, [key]) == [None]


async def test_a_new_offering_is_rejected_amended_and_withdrawn(shop: Shop) -> None:
    pending = (await create_offering(shop.viewer, shop.place.id, values=OFFER)).pending
    assert pending is not None
    item = ItemId(("offerings",), pending.item_id)
    await reject(reviewer(), item, expected_version=1, reason="写清楚")
    again = await update_offering(shop.viewer, item.id, expected_version=1, patch={"title": "理"})
    assert again.pending is not None
    assert again.pending.state is RevisionState.SUBMITTED
    gone = await withdraw_offering(shop.viewer, item.id, expected_version=2)
    assert (gone.row, gone.pending) == (None, None)
    deed = update_offering(shop.viewer, item.id, expected_version=2, patch={"title": "又"})
    await refused(deed, NotFound)
    assert await seen_by(shop.viewer) == []
