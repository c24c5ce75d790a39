"""Drafts thrown away: what is live stays, what never was is gone, and its name is free."""

import pytest

from hub.editing.queries import revisions_of
from hub.editing.rules import ItemId, RevisionState, Target
from hub.editing.service.drafts import (
    create_item,
    discard_draft,
    revert_to_revision,
    update_item,
)
from hub.editing.service.publication import publish
from hub.editing.service.review import reject, submit
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict
from tests.factories.editors import editor, nobody, reviewer
from tests.hub.editing.conftest import NEW, a_course, live_of, newest_of, refused, title_of

pytestmark = pytest.mark.usefixtures("database")


async def test_a_change_is_thrown_away_and_can_be_brought_back() -> None:
    item, _row = await a_course(title="旧")
    await update_item(editor(), item, expected_version=1, patch={"title": "甲"})
    newest = await discard_draft(editor(), item, expected_version=2)
    assert (newest.number, newest.state) == (3, RevisionState.PUBLISHED)
    assert [(each["before"], each["after"]) for each in newest.changes] == [("甲", "旧")]
    assert ((await live_of(item)).title, (await live_of(item)).version) == ("旧", 1)
    states = [(each.number, each.state) for each in await revisions_of(newest.item_id)]
    assert states == [
        (3, RevisionState.PUBLISHED),
        (2, RevisionState.DISCARDED),
        (1, RevisionState.SUPERSEDED),
    ]
    stale = update_item(editor(), item, expected_version=2, patch={"title": "乙"})
    await refused(stale, VersionConflict)
    fresh = await update_item(editor(), item, expected_version=3, patch={"summary": "说明"})
    assert [each["path"] for each in fresh.changes] == [["summary"]]
    back = await revert_to_revision(editor(), item, number=2, expected_version=4)
    await publish(editor(), [Target(item, back.number)])
    assert await title_of(item) == "甲"


async def test_an_item_that_never_was_is_gone_and_its_slug_is_free() -> None:
    made = await create_item(editor(), "courses", values={**NEW, "slug": "first-aid"})
    item = ItemId(("courses",), made.item_id)
    await update_item(editor(), item, expected_version=1, patch={"title": "改"})
    taken = create_item(editor(), "courses", values={**NEW, "slug": "first-aid"})
    await refused(taken, Invalid)
    gone = await discard_draft(editor(), item, expected_version=2)
    assert gone.state is RevisionState.DISCARDED
    await refused(update_item(editor(), item, expected_version=2, patch={}), NotFound)
    await refused(publish(editor(), [Target(item, 2)]), NotFound)
    await refused(discard_draft(editor(), item, expected_version=2), NotFound)
    again = await create_item(editor(), "courses", values={**NEW, "slug": "first-aid"})
    await publish(editor(), [Target(ItemId(("courses",), again.item_id), 1)])


async def test_a_lesson_of_a_course_that_is_gone_cannot_be_written() -> None:
    made = await create_item(editor(), "courses", values=NEW)
    item = ItemId(("courses",), made.item_id)
    values = {"course": item, "kind": "video", "title": "一", "duration_seconds": 60}
    await create_item(editor(), "lessons", values=values)
    await discard_draft(editor(), item, expected_version=1)
    error = await refused(create_item(editor(), "lessons", values=values), Invalid)
    assert error.path == ("input", "courseId")


async def test_who_may_and_what_there_is_to_throw_away() -> None:
    item, _row = await a_course()
    await refused(discard_draft(editor(), item, expected_version=1), Conflict)
    await update_item(editor(), item, expected_version=1, patch={"title": "甲"})
    await refused(discard_draft(nobody(), item, expected_version=2), Unauthenticated)
    await refused(discard_draft(reviewer(), item, expected_version=2), Forbidden)
    await refused(discard_draft(editor(), item, expected_version=1), VersionConflict)
    await submit(editor(), item, expected_version=2)
    await reject(reviewer(), item, expected_version=2, reason="不好")
    await discard_draft(editor(), item, expected_version=2)
    assert (await newest_of(item)).number == 3
    await refused(discard_draft(editor(), item, expected_version=3), Conflict)
