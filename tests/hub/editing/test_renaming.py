"""New slugs: free ones only, from the publication on, and whatever refers goes on referring."""

from datetime import timedelta
from typing import Any

import pytest

from hub.editing.queries import revisions_of
from hub.editing.rules import ItemId, RevisionState, Target, Window
from hub.editing.service.drafts import create_item, revert_to_revision, update_item
from hub.editing.service.previews import as_if_published, create_link, link_of
from hub.editing.service.publication import publish
from hub.editing.service.schedule import apply_due, schedule
from hub.enrollment.models import Pool
from hub.errors import Invalid
from hub.learning.queries import COURSES, LESSONS
from hub.loading import load_data
from hub.records import Record
from tests.factories import directory, enrollment
from tests.factories.editors import NOW, editor, nobody
from tests.hub.editing.conftest import NEW, a_course, live_of, newest_of, refused

pytestmark = pytest.mark.usefixtures("database")

LESSON = {"kind": "video", "title": "一", "duration_seconds": 60}
LATER = nobody(NOW + timedelta(seconds=1))


async def by_slug(slug: str) -> Record | None:
    return (await COURSES.by_slugs(LATER, [slug]))[0]


async def a_lesson(course: ItemId) -> ItemId:
    made = await create_item(editor(), "lessons", values={**LESSON, "course": course})
    return ItemId(("lessons",), made.item_id)


async def test_a_new_slug_counts_from_the_publication_on() -> None:
    item, row = await a_course(slug="first-aid")
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    assert (await by_slug("first-aid")) is not None
    assert (await by_slug("help")) is None
    await publish(editor(), [Target(item, 2)])
    found = await by_slug("help")
    assert found is not None
    assert (found.id, found.version) == (row.id, 2)
    assert (await by_slug("first-aid")) is None


async def test_what_refers_goes_on_referring() -> None:
    """A draft written before, one in the same unit, and what was said long ago."""
    item, row = await a_course(slug="first-aid")
    earlier, beside = await a_lesson(item), await a_lesson(item)
    await publish(editor(), [Target(earlier, 1)])
    await update_item(editor(), earlier, expected_version=1, patch={"title": "二"})
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    await publish(editor(), [Target(beside, 1), Target(item, 2)])
    assert earlier.id is not None
    said = [each.values["course"] for each in await revisions_of(earlier.id)]
    assert said == ["help", "help"]
    await publish(editor(), [Target(earlier, 2)])
    await revert_to_revision(editor(), earlier, number=1, expected_version=2)
    await publish(editor(), [Target(earlier, 3)])
    lessons = await LESSONS.by_ids(LATER, [each.id for each in (earlier, beside) if each.id])
    assert [each.course_id for each in lessons if each] == [row.id, row.id]
    fresh = await a_lesson(item)
    assert (await newest_of(fresh)).values["course"] == "help"


async def test_a_draft_is_renamed_at_once_with_those_that_refer_to_it() -> None:
    made = await create_item(editor(), "courses", values={**NEW, "slug": "first-aid"})
    item = ItemId(("courses",), made.item_id)
    lesson = await a_lesson(item)
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    assert (await newest_of(lesson)).values["course"] == "help"
    await publish(editor(), [Target(item, 2), Target(lesson, 1)])
    assert (await by_slug("help")) is not None


async def test_pools_go_on_asking_for_a_course() -> None:
    """By its new slug, live and in drafts; what was asked for beside it stays."""
    item, _ = await a_course(slug="first-aid")
    await a_course(slug="first-aid-two")
    rules = {"members_only": True, "completed_courses": ["first-aid", "first-aid-two"]}
    asking = await enrollment.pool(eligibility=rules)
    other = await enrollment.pool(eligibility={"towns": ["first-aid"]})
    pool = ItemId(("pools",), asking.id)
    await update_item(editor(), pool, expected_version=1, patch={"capacity": 11})
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    await publish(editor(), [Target(item, 2)])
    row = await Pool.get(id=asking.id)
    asked = {"members_only": True, "completed_courses": ["help", "first-aid-two"]}
    assert (row.eligibility, row.version) == (asked, 1)
    assert (await Pool.get(id=other.id)).eligibility == {"towns": ["first-aid"]}
    await publish(editor(), [Target(pool, 2)])
    row = await Pool.get(id=asking.id)
    assert row.capacity == 11
    assert sorted(row.eligibility["completed_courses"]) == ["first-aid-two", "help"]


async def test_slugs_that_are_taken_are_refused() -> None:
    item, _ = await a_course(slug="first-aid")
    await a_course(slug="live")
    await create_item(editor(), "courses", values={**NEW, "slug": "drafted"})
    once, _ = await a_course(slug="once")
    await update_item(editor(), once, expected_version=1, patch={"slug": "now"})
    await publish(editor(), [Target(once, 2)])
    for slug in ("live", "drafted", "once", "now", "No Slug", "", None):
        deed = update_item(editor(), item, expected_version=1, patch={"slug": slug})
        assert (await refused(deed, Invalid)).path == ("input", "slug")
    deed = create_item(editor(), "courses", values={**NEW, "slug": "once"})
    await refused(deed, Invalid)
    await update_item(editor(), once, expected_version=2, patch={"slug": "once"})
    await publish(editor(), [Target(once, 3)])
    assert (await by_slug("once")) is not None


async def test_places_of_all_three_kinds_share_their_slugs() -> None:
    shop = await directory.merchant(slug="corner")
    station = await directory.station()
    item = ItemId(("stations",), station.id)
    deed = update_item(editor(), item, expected_version=1, patch={"slug": "corner"})
    await refused(deed, Invalid)
    assert shop.slug == "corner"


async def taken_meanwhile(item: ItemId) -> None:
    """A folder brings another course under the slug that a draft wants."""
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    told: dict[str, Any] = {**NEW, "slug": "help"}
    await load_data({"courses": [told]})


async def test_a_slug_that_was_taken_meanwhile_is_refused_when_published() -> None:
    item, _ = await a_course(slug="first-aid")
    await taken_meanwhile(item)
    error = await refused(publish(editor(), [Target(item, 2)]), Invalid)
    assert error.path == ("input", "ids", 0)


async def test_a_slug_that_was_taken_before_its_instant_fails_and_says_so() -> None:
    item, _ = await a_course(slug="first-aid")
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    at = NOW + timedelta(hours=1)
    await schedule(editor(), [Target(item, 2)], window=Window(at))
    await load_data({"courses": [{**NEW, "slug": "help"}]})
    assert await apply_due(at) == 0
    newest = await newest_of(item)
    assert (newest.state, newest.reason) == (RevisionState.FAILED, "标识 help 已被占用。")
    assert (await live_of(item)).slug == "first-aid"


async def test_going_back_brings_no_old_address_back() -> None:
    item, _ = await a_course(slug="first-aid", title="旧")
    await update_item(editor(), item, expected_version=1, patch={"slug": "help", "title": "新"})
    await publish(editor(), [Target(item, 2)])
    back = await revert_to_revision(editor(), item, number=1, expected_version=2)
    assert (back.slug, back.values["slug"], back.values["title"]) == ("help", "help", "旧")


async def test_a_preview_shows_the_new_address_and_leaves_the_old_one() -> None:
    item, row = await a_course(slug="first-aid")
    await update_item(editor(), item, expected_version=1, patch={"slug": "help"})
    link = await create_link(editor(), [item])

    async def read() -> Record | None:
        return (await COURSES.by_slugs(nobody(), ["help"]))[0]

    seen = await as_if_published(link_of(link.token), read, now=NOW)
    assert seen is not None
    assert seen.id == row.id
    assert (await live_of(item)).slug == "first-aid"
