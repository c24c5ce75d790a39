"""Words of keepers that wait for a reviewer: facts go by, words neither come early nor get lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from hub.auth import Role, Viewer
from hub.catalogue import KINDS_BY_NAME
from hub.directory.queries import MERCHANTS
from hub.editing.queries import DRAFTS, REVISIONS
from hub.editing.rules import OVERTAKEN, RevisionState, Target, Window
from hub.editing.service.drafts import discard_draft, revert_to_revision, update_item
from hub.editing.service.publication import publish, unpublish
from hub.editing.service.review import approve, reject
from hub.editing.service.schedule import apply_due, schedule
from hub.errors import Conflict, Invalid, NotFound, ReviewRequired, VersionConflict
from hub.filters import Condition, Operator
from hub.items import read_item
from hub.listing import ListQuery, OrderTerm
from hub.loading import load_data
from hub.merchants.service.keeping import (
    update_place,
)
from hub.publishing import StoredState
from hub.settings import Settings, install_settings
from tests.factories import directory
from tests.factories.editors import NOW, actor, editor, of_town, reviewer
from tests.hub.merchants.conftest import Shop, a_shop, keeper_of, refused
from tests.hub.merchants.waiting_words import (
    FIRST,
    LATER,
    approved,
    change,
    item_of,
    live,
    seen_by,
    version_of,
)


@pytest.fixture(autouse=True)
def _reviewed(database: Settings) -> None:
    install_settings(database.model_copy(update={"review_merchant_wording": True}))


async def test_facts_are_live_at_once_and_words_wait(shop: Shop) -> None:
    kept = await change(shop, name="老王面馆", phone="110", accessibility_note="有坡道")
    assert kept.row is not None
    assert (kept.row.name, kept.row.phone, kept.row.version) == ("老王饭店", "110", 2)
    assert kept.row.accessibility_note is None
    pending = kept.pending
    assert pending is not None
    assert pending.state is RevisionState.SUBMITTED
    assert {each["path"][0] for each in pending.changes} == {"name", "accessibility_note"}
    await approved(item_of(shop))
    row = await live(shop)
    assert (row.name, row.phone, row.accessibility_note) == ("老王面馆", "110", "有坡道")
    assert row.published_at == shop.place.published_at
    assert (await change(shop, phone="120")).pending is None


async def test_what_waits_is_seen_by_nobody_else(shop: Shop) -> None:
    """By list, id, slug, filter and the order of names; nor by another shop's keeper."""
    other = await directory.merchant(name="中间")
    await change(shop, name="阿阿阿", summary="秘密")
    for viewer in (LATER, keeper_of(other.id)):
        (row,) = await MERCHANTS.by_ids(viewer, [shop.place.id])
        (same,) = await MERCHANTS.by_slugs(viewer, [shop.place.slug])
        for each in (row, same):
            assert each is not None
            assert (each.name, each.summary) == ("老王饭店", "面馆")
        ordered = ListQuery(FIRST, order=(OrderTerm("NAME"),))
        names = [each.name for each in (await MERCHANTS.page(viewer, ordered)).rows]
        assert names == ["老王饭店", "中间"]
        assert await seen_by(viewer) == []
        assert await seen_by(viewer, REVISIONS) == []
    others = Viewer(actor(Role.EDITOR, of_town((await live(shop)).id)), NOW)
    assert await seen_by(others) == []


async def test_its_keeper_and_those_who_decide_see_it(shop: Shop) -> None:
    """Of an editor's draft beside it the keeper learns nothing."""
    await update_item(editor(), item_of(shop), expected_version=1, patch={"name": "编辑的秘密"})
    pending = (await change(shop, summary="好面")).pending
    assert pending is not None
    colleague = keeper_of(shop.place.id)
    town = of_town((await live(shop)).town_id)
    for viewer in (shop.viewer, colleague):
        for listing in (DRAFTS, REVISIONS):
            assert [each.id for each in await seen_by(viewer, listing)] == [pending.id]
        assert (await REVISIONS.by_ids(viewer, [pending.id]))[0] is not None
    assert "秘密" not in repr([pending.values, pending.changes])
    for viewer in (reviewer(), reviewer(town), editor()):
        assert pending.id in [each.id for each in await seen_by(viewer)]
    where = Condition("item", Operator.EQ, shop.place.id)
    page = await REVISIONS.page(colleague, ListQuery(FIRST, where))
    assert (await page.counted()).total == 1


Step = Callable[[Shop], Awaitable[Any]]


async def load_address(shop: Shop) -> None:
    """A folder moves the shop; of its words it says what is live."""
    values = await read_item(KINDS_BY_NAME["merchants"], await live(shop))
    await load_data({"merchants": [{**values, "address": "新路 1 号"}]})


async def edit_category(shop: Shop) -> None:
    await change(shop, editor(), category="repair")


STEPS: dict[str, Step] = {
    "fact": lambda shop: change(shop, phone="110"),
    "name": lambda shop: change(shop, name="新名"),
    "summary": lambda shop: change(shop, summary="新说明"),
    "both": lambda shop: change(shop, name="新名", accessibility=["step_free"]),
    "load": load_address,
    "editor": edit_category,
}


@pytest.mark.parametrize("first", STEPS)
async def test_in_every_order(first: str) -> None:
    """Whatever comes first: facts are live at once, words with the approval, and none is lost."""
    pairs = [each for each in permutations(STEPS, 2) if each[0] == first]
    turned = [*STEPS][[*STEPS].index(first) :] + [*STEPS][: [*STEPS].index(first)]
    for names in [*pairs, tuple(turned)]:
        await assert_order(await a_shop(), names)


async def assert_order(shop: Shop, names: tuple[str, ...]) -> None:
    for name in names:
        await STEPS[name](shop)
    await assert_facts(shop, names)
    words = {"name", "both", "summary"} & {*names}
    row = await live(shop)
    assert (row.name, row.summary) == ("老王饭店", "面馆")
    if not words:
        return
    await approved(item_of(shop))
    row = await live(shop)
    assert row.name == ("新名" if words & {"name", "both"} else "老王饭店")
    assert row.summary == ("新说明" if "summary" in words else "面馆")
    await assert_facts(shop, names)
    await change(shop, phone="999")
    assert (await live(shop)).name == row.name


async def assert_facts(shop: Shop, names: tuple[str, ...]) -> None:
    row = await live(shop)
    assert "fact" not in names or row.phone == "110"
    assert "load" not in names or row.address == "新路 1 号"
    assert "editor" not in names or row.category.value == "repair"
    assert "both" not in names or row.accessibility


async def test_later_words_take_the_place_of_earlier_ones(shop: Shop) -> None:
    await change(shop, name="甲", summary="一")
    first = (await change(shop, phone="110")).pending
    kept = await change(shop, name="乙")
    assert kept.pending is not None
    assert first is not None
    assert kept.pending.wording == {"name": "乙", "summary": "一"}
    assert [each.id for each in await seen_by(shop.viewer)] == [kept.pending.id]
    assert kept.pending.number > first.number
    same = (await change(shop, name="乙")).pending
    assert same is not None
    assert same.id == kept.pending.id
    await approved(item_of(shop))
    assert ((await live(shop)).name, (await live(shop)).summary) == ("乙", "一")


async def test_words_are_taken_back_by_saying_what_is_live(shop: Shop) -> None:
    await change(shop, name="甲", summary=None)
    kept = await change(shop, name="老王饭店")
    assert kept.pending is not None
    assert kept.pending.wording == {"summary": None}
    kept = await change(shop, summary="面馆", phone="110")
    assert kept.pending is None
    assert await seen_by(shop.viewer) == []
    version = await version_of(item_of(shop))
    await refused(approve(reviewer(), item_of(shop), expected_version=version), Conflict)


async def test_rejected_words_stay_out(shop: Shop) -> None:
    pending = (await change(shop, name="坏名")).pending
    assert pending is not None
    await reject(reviewer(), item_of(shop), expected_version=pending.number, reason="不合适")
    (row,) = await seen_by(shop.viewer)
    assert (row.state, row.reason) == (RevisionState.REJECTED, "不合适")
    await refused(publish(editor(), [Target(item_of(shop), pending.number)]), Conflict)
    draft = await update_item(
        editor(), item_of(shop), expected_version=pending.number, patch={"summary": "编辑"}
    )
    assert (draft.values["name"], draft.values["summary"]) == ("老王饭店", "编辑")
    assert [each["path"] for each in draft.changes] == [["summary"]]
    again = (await change(shop, name="好名")).pending
    assert again is not None
    assert again.wording == {"name": "好名"}
    await approved(item_of(shop))
    assert ((await live(shop)).name, (await live(shop)).summary) == ("好名", "面馆")


async def test_only_a_reviewer_who_is_no_keeper_brings_words_out(shop: Shop) -> None:
    pending = (await change(shop, name="新名")).pending
    assert pending is not None
    item, number = item_of(shop), pending.number
    both = Viewer(
        type(shop.viewer.actor)(
            person_id=shop.viewer.actor.person_id,
            grants=(*keeper_of(shop.place.id).actor.grants, *reviewer().actor.grants),
            has_second_factor=True,
        ),
        NOW,
    )
    await refused(approve(both, item, expected_version=number), ReviewRequired)
    await refused(approve(shop.viewer, item, expected_version=number), NotFound)
    window = Window(NOW + timedelta(hours=1))
    target = [Target(item, number)]
    await refused(publish(editor(), target), ReviewRequired)
    await refused(schedule(editor(), target, window=window), ReviewRequired)
    for deed in (
        update_item(editor(), item, expected_version=number, patch={"name": "抢"}),
        revert_to_revision(editor(), item, number=1, expected_version=number),
        discard_draft(editor(), item, expected_version=number),
    ):
        await refused(deed, Conflict)
    await refused(approve(reviewer(), item, expected_version=number + 1), VersionConflict)
    elsewhere = reviewer(of_town(shop.place.id))
    await refused(approve(elsewhere, item, expected_version=number), NotFound)
    await approved(item)
    assert (await live(shop)).name == "新名"


async def test_after_a_load_the_reviewer_is_told_and_loses_nothing(shop: Shop) -> None:
    pending = (await change(shop, name="新名")).pending
    assert pending is not None
    await load_address(shop)
    item = item_of(shop)
    stale = approve(reviewer(), item, expected_version=pending.number)
    current = (await refused(stale, VersionConflict)).data["current"]
    await refused(publish(editor(), [Target(item, current)]), ReviewRequired)
    row = await approve(reviewer(), item, expected_version=current)
    assert row.state is RevisionState.PUBLISHED
    assert row.author_id == shop.viewer.actor.person_id
    assert ((await live(shop)).name, (await live(shop)).address) == ("新名", "新路 1 号")


async def test_what_was_taken_away_is_not_brought_back_by_an_approval(shop: Shop) -> None:
    pending = (await change(shop, name="新名")).pending
    assert pending is not None
    await unpublish(editor(), [Target(item_of(shop), pending.number)])
    await approved(item_of(shop))
    row = await live(shop)
    assert (row.name, row.state) == ("新名", StoredState.DRAFT)
    assert await MERCHANTS.by_ids(LATER, [shop.place.id]) == [None]


async def test_a_schedule_that_words_overtake_fails_and_says_so(shop: Shop) -> None:
    item = item_of(shop)
    await update_item(editor(), item, expected_version=1, patch={"summary": "编辑"})
    at = NOW + timedelta(hours=1)
    await schedule(editor(), [Target(item, 2)], window=Window(at))
    await change(shop, name="新名")
    assert await apply_due(at) == 0
    failed = [each for each in await seen_by(editor()) if each.state is RevisionState.FAILED]
    assert [(each.number, each.reason) for each in failed] == [(2, OVERTAKEN)]
    await approved(item)
    assert ((await live(shop)).name, (await live(shop)).summary) == ("新名", "面馆")


def photo(name: str, alt: str) -> dict[str, str]:
    return {"url": f"/media/{name}.jpg", "alt": alt}


async def photos(shop: Shop) -> Any:
    values = await read_item(KINDS_BY_NAME["merchants"], await live(shop))
    return values.get("photos", [])


async def test_captions_and_new_photos_wait_and_removals_do_not(shop: Shop) -> None:
    there = [photo("a", "门口"), photo("b", "店内"), photo("c", "菜单")]
    await change(shop, editor(), photos=there)
    wanted = [photo("d", "新的"), photo("b", "店内（改）"), photo("a", "门口")]
    await change(shop, photos=wanted)
    assert await photos(shop) == [photo("b", "店内"), photo("a", "门口")]
    await change(shop, editor(), photos=[photo("a", "门口"), photo("e", "编辑的")])
    await approved(item_of(shop))
    assert await photos(shop) == [photo("d", "新的"), photo("a", "门口"), photo("e", "编辑的")]
    kept = await change(shop, photos=[photo("e", "编辑的"), photo("d", "新的")])
    assert kept.pending is None
    assert await photos(shop) == [photo("e", "编辑的"), photo("d", "新的")]


async def test_what_does_not_fit_is_refused_before_anything_waits(shop: Shop) -> None:
    for patch in ({"name": ""}, {"name": None}, {"name": "好", "phone": "1" * 41}):
        deed = update_place(shop.viewer, shop.place.id, expected_version=1, patch=patch)
        await refused(deed, Invalid)
    deed = update_place(shop.viewer, shop.place.id, expected_version=9, patch={"name": "好"})
    await refused(deed, VersionConflict)


async def test_an_approval_and_a_fact_at_once_both_hold(shop: Shop) -> None:
    for number in range(4):
        name, phone = f"第{number}名", f"11{number}"
        pending = (await change(shop, name=name)).pending
        assert pending is not None
        version = (await live(shop)).version
        told = await asyncio.gather(
            approve(reviewer(), item_of(shop), expected_version=pending.number),
            update_place(
                shop.viewer, shop.place.id, expected_version=version, patch={"phone": phone}
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(each, VersionConflict) for each in told) == 1
        if isinstance(told[0], VersionConflict):
            await approved(item_of(shop))
        else:
            await change(shop, phone=phone)
        row = await live(shop)
        assert (row.name, row.phone) == (name, phone)


async def test_without_the_setting_words_are_live_at_once(shop: Shop, database: Settings) -> None:
    install_settings(database)
    kept = await change(shop, name="新名")
    assert kept.pending is None
    assert (await live(shop)).name == "新名"
