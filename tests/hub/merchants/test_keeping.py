"""What keepers change: live at once, their own only, and nothing after a refusal."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from hub.audit.models import AuditEntry
from hub.auth import Role, Viewer
from hub.directory.queries import MERCHANTS, OFFERINGS, hours_by_place_ids
from hub.editing.rules import ItemId
from hub.editing.service.drafts import update_item
from hub.errors import Invalid, NotFound, Unauthenticated, VersionConflict
from hub.ids import new_id
from hub.merchants.service import keeping
from hub.publishing import StoredState
from hub.records import Record, Select, fetch_records
from tests.factories import directory
from tests.factories.editors import NOW, editor, nobody, of_town
from tests.hub.merchants.conftest import Shop, keeper_of, refused

OFFER = {"kind": "haircut", "title": "免费理发", "audience": "小哥"}


async def row_of(deed: Awaitable[keeping.Kept]) -> Record:
    """The live row after a deed, of which nothing waits for a reviewer."""
    kept = await deed
    assert kept.pending is None
    assert kept.row is not None
    return kept.row


async def update_place(*given: Any, **named: Any) -> Record:
    return await row_of(keeping.update_place(*given, **named))


async def create_offering(*given: Any, **named: Any) -> Record:
    return await row_of(keeping.create_offering(*given, **named))


async def update_offering(*given: Any, **named: Any) -> Record:
    return await row_of(keeping.update_offering(*given, **named))


async def withdraw_offering(*given: Any, **named: Any) -> Record:
    return await row_of(keeping.withdraw_offering(*given, **named))


async def shown(shop: Shop) -> Any:
    return (await MERCHANTS.by_ids(nobody(), [shop.place.id]))[0]


async def test_a_change_is_live_at_once_and_audited(shop: Shop) -> None:
    hours = {"weekly": [{"days": ["mon"], "opens": "09:00", "closes": "21:00"}], "holidays": []}
    patch = {"name": "老王面馆", "phone": None, "hours": hours}
    row = await update_place(shop.viewer, shop.place.id, expected_version=1, patch=patch)
    assert (row.name, row.phone, row.summary, row.version) == ("老王面馆", None, "面馆", 2)
    live = await shown(shop)
    assert (live.name, live.version, live.published_at) == (
        "老王面馆",
        2,
        shop.place.published_at,
    )
    (intervals,) = await hours_by_place_ids([shop.place.id])
    weekly = [each for each in intervals if each.weekday]
    assert [(each.weekday, each.opens_minute) for each in weekly] == [(1, 540)]
    entry = (await fetch_records(Select(AuditEntry)))[0]
    assert (entry.action, entry.object_id) == ("merchants.place_updated", shop.place.id)
    assert (entry.before["name"], entry.after["name"]) == ("老王饭店", "老王面馆")
    assert "0574" not in str(entry.before)


async def test_a_change_of_nothing_is_no_version(shop: Shop) -> None:
    patch = {"summary": "面馆"}
    row = await update_place(shop.viewer, shop.place.id, expected_version=1, patch=patch)
    assert row.version == 1
    assert await fetch_records(Select(AuditEntry)) == []


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"name": None}, ("input", "name")),
        ({"name": ""}, ("input", "name")),
        ({"phone": "1" * 41}, ("input", "phone")),
        ({"amenities": ["nowhere"]}, ("input", "amenityCodes", 0)),
        ({"hours": {"weekly": [{"days": []}]}}, ("input", "openingHours", "weekly", 0, "opens")),
    ],
)
async def test_what_does_not_fit_is_named(shop: Shop, patch: Any, path: Any) -> None:
    deed = update_place(shop.viewer, shop.place.id, expected_version=1, patch=patch)
    assert (await refused(deed, Invalid)).path == path


async def test_a_stale_version_is_told_the_current_one(shop: Shop) -> None:
    await update_place(shop.viewer, shop.place.id, expected_version=1, patch={"name": "甲"})
    deed = update_place(shop.viewer, shop.place.id, expected_version=1, patch={"name": "乙"})
    assert (await refused(deed, VersionConflict)).data == {"current": 2}


async def test_an_editors_draft_is_not_in_the_way(shop: Shop) -> None:
    item = ItemId(("merchants",), shop.place.id)
    await update_item(editor(), item, expected_version=1, patch={"name": "草稿"})
    await update_place(shop.viewer, shop.place.id, expected_version=1, patch={"name": "店主"})
    assert (await shown(shop)).name == "店主"
    deed = update_item(editor(), item, expected_version=2, patch={"name": "又"})
    assert (await refused(deed, VersionConflict)).data["current"] == 3


async def test_two_at_once_and_one_wins(shop: Shop) -> None:
    deeds = [
        update_place(
            shop.viewer, shop.place.id, expected_version=1, patch={"name": f"第{number}家"}
        )
        for number in range(6)
    ]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    (winner,) = [each for each in told if isinstance(each, Record)]
    assert sum(isinstance(each, VersionConflict) for each in told) == 5
    assert ((await shown(shop)).name, (await shown(shop)).version) == (winner.name, 2)


async def test_others_and_nothing_look_the_same(shop: Shop) -> None:
    other = await directory.merchant(name="隔壁")
    hidden = await directory.merchant(state=StoredState.ARCHIVED)
    service = await directory.offering(place_id=other.id)
    patch = {"name": "抢来的"}
    keeper = keeper_of(shop.place.id, hidden.id)
    messages = set()
    for place_id in (other.id, hidden.id, new_id(), None):
        deed: Any = update_place(keeper, place_id, expected_version=1, patch=patch)
        messages.add(str(await refused(deed, NotFound)))
        await refused(create_offering(keeper, place_id, values=OFFER), NotFound)
    assert len(messages) == 1
    for key in (service.id, new_id(), None):
        deed = update_offering(keeper, key, expected_version=1, patch={"title": "抢"})
        await refused(deed, NotFound)
        await refused(withdraw_offering(keeper, key, expected_version=1), NotFound)


async def test_nobody_has_to_sign_in(shop: Shop) -> None:
    key = shop.place.id
    await refused(update_place(nobody(), key, expected_version=1, patch={}), Unauthenticated)
    await refused(create_offering(nobody(), key, values=OFFER), Unauthenticated)
    await refused(update_offering(nobody(), key, expected_version=1, patch={}), Unauthenticated)
    await refused(withdraw_offering(nobody(), key, expected_version=1), Unauthenticated)


async def test_stations_have_keepers_and_towns_editors(shop: Shop) -> None:
    station = await directory.station()
    keeper: Viewer = keeper_of(station.id, role=Role.STATION_KEEPER)
    row = await update_place(keeper, station.id, expected_version=1, patch={"summary": "开放"})
    assert row.summary == "开放"
    await refused(
        update_place(
            keeper, station.id, expected_version=2, patch={"name": "x"}, kinds=("merchants",)
        ),
        NotFound,
    )
    local = editor(of_town((await shown(shop)).town_id))
    await update_place(local, shop.place.id, expected_version=1, patch={"summary": "好"})
    stranger = editor(of_town(row.town_id))
    deed = update_place(stranger, shop.place.id, expected_version=2, patch={"summary": "坏"})
    await refused(deed, NotFound)


async def test_a_shop_that_is_not_open_yet_stays_unpublished(shop: Shop) -> None:
    draft = await directory.merchant(state=StoredState.DRAFT)
    keeper = keeper_of(draft.id)
    row = await update_place(keeper, draft.id, expected_version=1, patch={"name": "新店"})
    assert (row.name, row.state) == ("新店", StoredState.DRAFT)
    assert await MERCHANTS.by_ids(nobody(), [draft.id]) == [None]


async def test_an_offering_from_its_beginning_to_its_end(shop: Shop) -> None:
    made = await create_offering(shop.viewer, shop.place.id, values=OFFER)
    assert (made.slug, made.position, made.version) == ("mian-fei-li-fa", 1, 1)
    second = await create_offering(shop.viewer, shop.place.id, values=OFFER)
    assert second.slug.startswith("mian-fei-li-fa-")
    assert (second.position, second.published_at) == (2, NOW)
    patch = {"daily_quota": 5, "title": "理发"}
    changed = await update_offering(shop.viewer, made.id, expected_version=1, patch=patch)
    assert (changed.daily_quota, changed.title, changed.version) == (5, "理发", 2)
    assert (await OFFERINGS.by_ids(nobody(), [made.id]))[0].title == "理发"  # type: ignore[union-attr]
    stale = update_offering(shop.viewer, made.id, expected_version=1, patch={"title": "晚"})
    await refused(stale, VersionConflict)
    await refused(withdraw_offering(shop.viewer, made.id, expected_version=1), VersionConflict)
    gone = await withdraw_offering(shop.viewer, made.id, expected_version=2)
    assert (gone.state, gone.version) == (StoredState.ARCHIVED, 3)
    assert await OFFERINGS.by_ids(nobody(), [made.id]) == [None]
    await refused(withdraw_offering(shop.viewer, made.id, expected_version=3), NotFound)
    entries = sorted(each.action for each in await fetch_records(Select(AuditEntry)))
    assert entries == [
        *["merchants.offering_created"] * 2,
        "merchants.offering_updated",
        "merchants.offering_withdrawn",
    ]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({**OFFER, "title": ""}, ("input", "title")),
        ({**OFFER, "daily_quota": -1}, ("input", "dailyQuota")),
        (
            {**OFFER, "schedule": [{"days": ["mon"], "opens": "9", "closes": "10:00"}]},
            ("input", "schedule", 0, "opens"),
        ),
    ],
)
async def test_offerings_that_do_not_fit(shop: Shop, values: Any, path: Any) -> None:
    deed = create_offering(shop.viewer, shop.place.id, values=values)
    assert (await refused(deed, Invalid)).path == path


async def test_two_withdraw_at_once_and_one_wins(shop: Shop) -> None:
    made = await create_offering(shop.viewer, shop.place.id, values=OFFER)
    deeds = [withdraw_offering(shop.viewer, made.id, expected_version=1) for _ in range(3)]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    assert sum(isinstance(each, Record) for each in told) == 1
    assert sum(isinstance(each, NotFound) for each in told) == 2
