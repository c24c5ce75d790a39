"""What other processes have written is known within a second, whatever order commits come in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hub import freshness, touching
from hub.bulk import update_rows
from hub.clock import frozen
from hub.database import close_database, fetch_all, open_database, transaction
from hub.freshness import EVERYTHING, FreshnessWatch, prune
from hub.learning.models import Course
from hub.settings import Settings
from hub.touching import Change
from tests.factories import learning

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def watching(heard: list[Change], *, here: bool = False) -> FreshnessWatch:
    """A watch that asks at each look: of this process, or of another, which has the rows alone."""
    watch = FreshnessWatch(heard.append, poll_seconds=0.000_001)
    if not here:
        touching._listeners.discard(watch._listener)
    return watch


async def look(watch: FreshnessWatch) -> None:
    """Ask now, and wait for the answer."""
    watch._asked_at = min(watch._asked_at, watch._asked_at - freshness.STALE_SECONDS)
    await watch.current()


async def write(course: Course) -> None:
    await update_rows(Course, [{"id": course.id, "title": "B"}], columns=["title"])


def named(heard: list[Change]) -> list[object]:
    return [each.tables for each in heard]


async def test_the_first_look_forgets_everything(database: Settings) -> None:
    await write(await learning.course())
    heard: list[Change] = []
    watch = watching(heard)
    await look(watch)
    assert heard == [EVERYTHING]
    await look(watch)
    assert heard == [EVERYTHING]


async def test_what_another_process_writes_is_heard_once(database: Settings) -> None:
    course, heard = await learning.course(), list[Change]()
    watch = watching(heard)
    await look(watch)
    await write(course)
    for _ in range(3):
        await look(watch)
    assert named(heard) == [None, {"course": {str(course.id)}}]


async def test_what_this_process_writes_is_heard_before_the_writer_goes_on(
    database: Settings,
) -> None:
    course, heard = await learning.course(), list[Change]()
    watch = watching(heard, here=True)
    await look(watch)
    await write(course)
    assert named(heard) == [None, {"course": {str(course.id)}}]
    await look(watch)
    assert len(heard) == 2


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_commit_that_comes_late_is_not_missed(database: Settings, engine: str) -> None:
    """Its row has the lower number, and is seen by nobody until another's is seen already.

    SQLite has one writer at a time, so that nothing there comes late.
    """
    late, early, heard = await learning.course(), await learning.course(), list[Change]()
    watch = watching(heard)
    await look(watch)
    has_written, may_commit = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await write(late)
        # The row of the change comes last; one of this transaction's own stands for it here.
        await fetch_all(
            'INSERT INTO "freshness_change" ("transaction_id", "written", "at") '
            "VALUES (pg_current_xact_id()::text::bigint, '{\"topic\": null}', now())",
            [],
        )
        has_written.set()
        await may_commit.wait()

    committing = asyncio.ensure_future(transaction(body))
    await has_written.wait()
    await write(early)
    await look(watch)
    await look(watch)
    assert named(heard) == [None, {"course": {str(early.id)}}]
    may_commit.set()
    await committing
    await look(watch)
    assert {"topic": None} in named(heard)
    assert {"course": {str(late.id)}} in named(heard)


async def test_who_is_far_behind_forgets_everything(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "ROWS_MAX", 5)
    course, heard = await learning.course(), list[Change]()
    watch = watching(heard)
    await look(watch)
    for _ in range(8):
        await write(course)
    for _ in range(3):
        await look(watch)
    assert heard.count(EVERYTHING) >= 2
    await write(course)
    await look(watch)
    assert {"course": {str(course.id)}} in named(heard[-1:])


async def test_old_rows_are_deleted_and_no_later_one_is_missed(database: Settings) -> None:
    course, heard = await learning.course(), list[Change]()
    watch = watching(heard)
    with frozen(NOW - timedelta(hours=2)):
        await write(course)
    await look(watch)
    with frozen(NOW):
        await prune()
        assert (await fetch_all('SELECT COUNT(*) FROM "freshness_change"', []))[0][0] == 0
        await write(course)
    await look(watch)
    assert named(heard) == [None, {"course": {str(course.id)}}]


async def test_without_a_database_nobody_says_that_the_news_is_new(database: Settings) -> None:
    watch = FreshnessWatch(lambda _change: None, poll_seconds=0.4)
    await look(watch)
    assert watch.is_current()
    watch._asked_at -= freshness.STALE_SECONDS
    assert not watch.is_current()
    await close_database()
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the driver's business
        await watch.current()
    await open_database(database)
    await watch.current()
    assert watch.is_current()
