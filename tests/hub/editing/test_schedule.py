"""Changes that wait for their instant: seen then and not before, by one, or failed and told."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from hub.audit.models import AuditEntry
from hub.auth import Viewer
from hub.bulk import update_rows
from hub.catalogue import KINDS_BY_NAME
from hub.clock import frozen
from hub.database import transaction
from hub.editing.queries import DRAFTS
from hub.editing.rules import OVERTAKEN, ItemId, RevisionState, Target, Window
from hub.editing.service import publication
from hub.editing.service.drafts import create_item, revert_to_revision, update_item
from hub.editing.service.previews import create_link
from hub.editing.service.publication import archive, publish, unpublish
from hub.editing.service.review import approve, submit
from hub.editing.service.schedule import apply_due, cancel_schedule, next_due_at, schedule
from hub.errors import Conflict, Forbidden, Invalid, NotFound, ReviewRequired, VersionConflict
from hub.learning.queries import COURSES
from hub.listing import ListQuery
from hub.loading import load_data
from hub.pagination import page_request
from hub.publisher import Publisher, pause_seconds
from hub.records import Ordering, Record, Select, fetch_records
from hub.settings import Settings, install_settings
from tests.factories import learning
from tests.factories.editors import NOW, editor, nobody, of_program, reviewer
from tests.hub.editing.conftest import (
    NEW,
    a_course,
    live_of,
    newest_of,
    refused,
    rows,
    title_of,
)

AT = NOW + timedelta(hours=1)
END = NOW + timedelta(hours=2)

pytestmark = pytest.mark.usefixtures("database")


async def changed(title: str = "新", **values: Any) -> ItemId:
    """A public course with a draft over it, at version 2."""
    item, _ = await a_course(**{"title": "旧", **values})
    await update_item(editor(), item, expected_version=1, patch={"title": title})
    return item


async def wait(*items: ItemId, viewer: Viewer | None = None, end: Any = None) -> list[Record]:
    targets = [Target(each, 2) for each in items]
    return await schedule(viewer or editor(), targets, window=Window(AT, end))


async def state_of(item: ItemId) -> RevisionState:
    state: RevisionState = (await newest_of(item)).state
    return state


async def test_a_change_comes_at_its_instant_and_goes_at_its_end() -> None:
    item = await changed()
    first = (await live_of(item)).published_at
    (waiting,) = await wait(item, end=END)
    assert (waiting.state, waiting.publish_at) == (RevisionState.SCHEDULED, AT)
    assert await next_due_at() == AT
    assert await apply_due(AT - timedelta(microseconds=1)) == 0
    assert await title_of(item) == "旧"
    assert await apply_due(AT) == 1
    live = await live_of(item)
    assert (live.title, live.version, live.published_at, live.expires_at) == ("新", 2, first, END)
    assert await state_of(item) is RevisionState.PUBLISHED
    for at, is_there in ((END - timedelta(microseconds=1), True), (END, False)):
        seen = (await COURSES.by_ids(nobody(at), [live.id]))[0]
        assert (seen is not None) is is_there
    before = await rows()
    assert await apply_due(END) == 0
    assert await rows() == before
    assert await next_due_at() is None


async def test_a_unit_comes_together_new_items_with_it() -> None:
    """A lesson that is new waits for its course, so that none is seen without the other."""
    item = await changed()
    values = {"course": item, "kind": "video", "title": "第一课", "duration_seconds": 60}
    lesson = await create_item(editor(), "lessons", values=values)
    await update_item(
        editor(), ItemId(("lessons",), lesson.item_id), expected_version=1, patch={"title": "第二"}
    )
    await wait(item, ItemId(("lessons",), lesson.item_id))
    model = KINDS_BY_NAME["lessons"].model
    assert await fetch_records(Select(model)) == []
    assert await apply_due(AT) == 2
    (row,) = await fetch_records(Select(model))
    assert (row.title, row.published_at, await title_of(item)) == ("第二", AT, "新")


async def test_units_come_in_order_whoever_is_late() -> None:
    first, second = await changed(), await changed()
    await schedule(editor(), [Target(second, 2)], window=Window(AT + timedelta(hours=1)))
    await wait(first)
    assert await apply_due(AT + timedelta(days=1)) == 2
    entries = await fetch_records(Select(AuditEntry), order=[Ordering("id")])
    done = [each for each in entries if each.action == "editing.item_published"]
    assert [each.object_id for each in done] == [first.id, second.id]
    assert {each.actor_label for each in done} == {"schedule"}


async def test_of_several_processes_one_publishes() -> None:
    items = [await changed() for _ in range(3)]
    for item in items:
        await wait(item)
    counts = await asyncio.gather(*(apply_due(AT) for _ in range(4)))
    assert sum(counts) == 3
    assert [await title_of(item) for item in items] == ["新"] * 3
    entries = await fetch_records(Select(AuditEntry))
    assert sum(each.action == "editing.item_published" for each in entries) == 3


async def test_what_is_refused_at_once_is_never_scheduled() -> None:
    item = await changed()
    await refused(schedule(editor(), [Target(item, 1)], window=Window(AT)), VersionConflict)
    program = await learning.program()
    await refused(wait(item, viewer=editor(of_program(program.id))), NotFound)
    await refused(wait(item, ItemId(("courses",), program.id)), NotFound)
    same, _ = await a_course()
    error = await refused(schedule(editor(), [Target(same, 1)], window=Window(AT)), Conflict)
    assert error.path == ("input", "ids", 0)
    fresh = await create_item(editor(), "courses", values=NEW)
    values = {
        "course": ItemId(("courses",), fresh.item_id),
        "kind": "video",
        "title": "一",
        "duration_seconds": 60,
    }
    lesson = await create_item(editor(), "lessons", values=values)
    alone = Target(ItemId(("lessons",), lesson.item_id), 1)
    window = Window(AT)
    error = await refused(schedule(editor(), [Target(item, 2), alone], window=window), Invalid)
    assert error.path == ("input", "ids", 1)


async def test_while_it_waits_there_is_nothing_to_do_but_to_cancel() -> None:
    item, other = await changed(), await changed()
    await wait(item, other)
    target = Target(item, 2)
    deeds = [
        update_item(editor(), item, expected_version=2, patch={"title": "又"}),
        revert_to_revision(editor(), item, number=1, expected_version=2),
        publish(editor(), [target]),
        schedule(editor(), [target], window=Window(END)),
        unpublish(editor(), [target]),
        archive(editor(), [target]),
        submit(editor(), item, expected_version=2),
        cancel_schedule(editor(), [target]),
    ]
    for deed in deeds:
        await refused(deed, Conflict)
    await create_link(editor(), [item])
    both = [Target(item, 2), Target(other, 2)]
    await refused(cancel_schedule(reviewer(), [Target(item, 1)]), VersionConflict)
    again = await cancel_schedule(editor(), both)
    assert [each.state for each in again] == [RevisionState.DRAFT] * 2
    assert [each.publish_at for each in again] == [None] * 2
    assert await apply_due(END) == 0
    assert await title_of(item) == "旧"
    await refused(cancel_schedule(editor(), both), Conflict)
    await publish(editor(), both)
    assert await title_of(item) == "新"


async def test_what_was_changed_meanwhile_fails_and_says_so() -> None:
    """Nothing of the unit is published, and the next unit is not held up."""
    item, other, third = await changed(slug="first-aid"), await changed(), await changed()
    await wait(item, other)
    await wait(third)
    told = {key: NEW[key] for key in ("level", "delivery")}
    await load_data({"courses": [{"slug": "first-aid", "title": "装入", **told}]})
    assert await apply_due(AT) == 1
    assert [await title_of(each) for each in (item, other, third)] == ["装入", "旧", "新"]
    for each in (item, other):
        newest = await newest_of(each)
        assert (newest.state, newest.reason) == (RevisionState.FAILED, OVERTAKEN)
    query = ListQuery(page_request(None, after=None, last=None, before=None))
    listed = await DRAFTS.page(editor(), query)
    assert {row.item_id for row in listed.rows} == {item.id, other.id}
    entries = await fetch_records(Select(AuditEntry))
    failed = [each for each in entries if each.action == "editing.schedule_failed"]
    assert {each.object_id for each in failed} == {item.id, other.id}
    before = await rows()
    assert await apply_due(END) == 0
    assert await rows() == before
    await publish(editor(), [Target(other, 2)])
    assert await title_of(other) == "新"


async def test_a_step_over_what_was_changed_meanwhile_tells_of_the_failure() -> None:
    item, other = await changed(slug="first-aid"), await changed()
    await wait(item, other)
    told = {key: NEW[key] for key in ("level", "delivery")}
    await load_data({"courses": [{"slug": "first-aid", "title": "装入", **told}]})
    await refused(update_item(editor(), item, expected_version=3, patch={"title": "又"}), Conflict)
    await cancel_schedule(editor(), [Target(item, 3), Target(other, 2)])
    await update_item(editor(), item, expected_version=3, patch={"title": "又"})
    assert (await newest_of(item)).number == 4
    assert await apply_due(END) == 0


async def test_a_course_whose_programme_is_gone_fails() -> None:
    """What the loader refuses when the time has come is the reason that editors read."""
    item = await changed()
    program = await learning.program(slug="classes")
    await update_item(editor(), item, expected_version=2, patch={"program": "classes"})
    await schedule(editor(), [Target(item, 3)], window=Window(AT))
    await update_rows(
        KINDS_BY_NAME["programs"].model, [{"id": program.id, "slug": "gone"}], columns=["slug"]
    )
    assert await apply_due(AT) == 0
    newest = await newest_of(item)
    assert newest.state is RevisionState.FAILED
    assert "classes" in newest.reason
    assert await title_of(item) == "旧"


async def test_a_fault_of_ours_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    item, other = await changed(), await changed()
    await wait(item)
    await schedule(editor(), [Target(other, 2)], window=Window(AT + timedelta(seconds=1)))
    good = publication.write_live

    async def broken(steps: Any) -> None:
        if steps[0].standing.item_id == item.id:
            raise RuntimeError("a fault of ours")
        await good(steps)

    monkeypatch.setattr("hub.editing.service.schedule.write_live", broken)
    assert await apply_due(END) == 1
    assert await state_of(item) is RevisionState.FAILED
    assert await title_of(other) == "新"


async def test_review_holds_for_what_is_scheduled_too(database: Settings) -> None:
    install_settings(database.model_copy(update={"review_required": True}))
    item = await changed()
    await refused(wait(item), ReviewRequired)
    await submit(editor(), item, expected_version=2)
    await approve(reviewer(), item, expected_version=2)
    await wait(item)
    (again,) = await cancel_schedule(editor(), [Target(item, 2)])
    assert again.state is RevisionState.APPROVED
    await wait(item)
    assert await apply_due(AT) == 1
    assert await title_of(item) == "新"


async def test_what_had_ended_when_its_change_comes_begins_then() -> None:
    item = await changed(expires_at=NOW + timedelta(minutes=30))
    await wait(item)
    await apply_due(AT)
    live = await live_of(item)
    assert (live.title, live.published_at, live.expires_at) == ("新", AT, None)


async def test_what_is_not_public_needs_nobody() -> None:
    item, _row = await a_course()
    await update_item(editor(), item, expected_version=1, patch={"title": "改"})
    await unpublish(editor(), [Target(item, 2)])
    later = Window(AT, END)
    (revision,) = await schedule(editor(), [Target(item, 3)], window=later)
    assert revision.state is RevisionState.PUBLISHED
    assert await next_due_at() is None
    fresh = await create_item(editor(), "courses", values=NEW)
    await refused(archive(editor(), [Target(ItemId(("courses",), fresh.item_id), 1)]), Conflict)


async def test_windows_that_would_hide_what_is_public() -> None:
    item = await changed()
    await refused(publish(editor(), [Target(item, 2)], window=Window(AT)), Conflict)


async def test_reviewers_may_publish_others_may_not() -> None:
    item = await changed()
    judge = reviewer()
    await wait(item, viewer=judge)
    await refused(update_item(judge, item, expected_version=2, patch={}), Forbidden)
    assert (await newest_of(item)).scheduled_by == judge.actor.person_id


@pytest.mark.parametrize(
    ("seconds", "pause"), [(None, 5.0), (60, 5.0), (2, 2.0), (0, 0.05), (-9, 0.05)]
)
def test_pauses(seconds: float | None, pause: float) -> None:
    due_at = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert pause_seconds(due_at, now=NOW, most=5.0) == pause


async def test_a_serving_process_publishes_by_itself() -> None:
    """Its own clock is the real one: what was due long ago comes with its first look."""
    item, _row = await a_course(title="旧", published_at=NOW - timedelta(days=9_000))
    past = NOW - timedelta(days=8_000)
    with frozen(past):
        await update_item(editor(now=past), item, expected_version=1, patch={"title": "新"})
        window = Window(past + timedelta(hours=1))
        await schedule(editor(now=past), [Target(item, 2)], window=window)
    publishers = [Publisher(poll_seconds=0.05) for _ in range(2)]
    for publisher in publishers:
        publisher.start()
    async with asyncio.timeout(10):
        while await title_of(item) != "新":  # noqa: ASYNC110 - what publishes knows no event
            await asyncio.sleep(0.02)
    for publisher in publishers:
        await publisher.close()
    assert await transaction(next_due_at) is None
