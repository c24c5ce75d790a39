"""Progress in the database: added up by everybody's devices, lost by none, seen by nobody else."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, Actor, Viewer
from hub.certificates.queries import own_certificate
from hub.database import fetch_all, recorded_statements
from hub.errors import Conflict, HubError, Invalid, NotFound, RateLimited, Unauthenticated
from hub.ids import new_id
from hub.learning.models import Course, Lesson
from hub.learning.queries import LESSONS
from hub.listing import ListQuery
from hub.pagination import page_request
from hub.progress.queries import (
    COURSE_PROGRESS,
    completed_course_slugs,
    progress_by_course_ids,
    progress_by_lesson_ids,
    summaries_by_course_ids,
)
from hub.progress.rules import ALLOWANCE_MAX_SECONDS
from hub.progress.service import claim_certificate, record_lesson_progress
from hub.publishing import StoredState
from hub.quizzes.service import start_quiz_attempt, submit_quiz_attempt
from hub.records import Record
from tests.factories import learning
from tests.factories.identity import OTHER_PHONE
from tests.factories.learners import NOW, learner, report, solved, taught, watch

pytestmark = pytest.mark.usefixtures("database")

TABLES = ("learner", "lesson_progress", "course_progress", "certificate", "quiz_attempt")


async def stored() -> dict[str, list[str]]:
    return {
        table: sorted(str(tuple(row)) for row in await fetch_all(f"SELECT * FROM {table}", []))
        for table in TABLES
    }


async def course_of(lesson: Lesson) -> UUID:
    """The course that a lesson belongs to."""
    row = (await LESSONS.by_ids(Viewer(ANONYMOUS, NOW), [lesson.id]))[0]
    assert row is not None
    key: UUID = row.course_id
    return key


async def unchanged(act: Callable[[], Awaitable[Any]], refusal: type[HubError]) -> HubError:
    before = await stored()
    with pytest.raises(refusal) as refused:
        await act()
    assert await stored() == before
    return refused.value


def later(viewer: Viewer, seconds: float) -> Viewer:
    return Viewer(viewer.actor, viewer.now + timedelta(seconds=seconds))


async def test_what_is_watched_adds_up() -> None:
    viewer, lesson = await learner(), await learning.lesson()
    row = await watch(viewer, lesson, (0, 100))
    assert (row.seconds_watched, row.position_seconds, row.completed_at) == (100, 100, None)
    row = await watch(later(viewer, 60), lesson, (90, 200), (300, 400))
    assert (row.seconds_watched, row.intervals, row.version) == (300, [[0, 200], [300, 400]], 2)
    row = await watch(later(viewer, 90), lesson, (190, 560))
    assert (row.seconds_watched, row.completed_at) == (560, viewer.now + timedelta(seconds=90))
    row = await watch(later(viewer, 120), lesson, (0, 10_000))
    assert (row.seconds_watched, row.position_seconds) == (600, 600)
    assert row.completed_at == viewer.now + timedelta(seconds=90)


async def test_the_same_report_again_changes_nothing() -> None:
    viewer, lesson = await learner(), await learning.lesson()
    said = report((0, 100), (200, 300))
    first = await record_lesson_progress(viewer, lesson.id, report=said)
    again = await record_lesson_progress(later(viewer, 9_000), lesson.id, report=said)
    assert again.version == first.version == 1
    assert str(again) == str(first)


async def test_an_offline_replay_neither_lowers_nor_takes_the_position_back() -> None:
    viewer, lesson = await learner(), await learning.lesson()
    await watch(viewer, lesson, (0, 400))
    old = report((0, 50), at=NOW - timedelta(hours=2), device_id="tablet")
    row = await record_lesson_progress(later(viewer, 5), lesson.id, report=old)
    assert (row.seconds_watched, row.position_seconds) == (400, 400)
    back = report((20, 30), at=NOW + timedelta(seconds=8))
    row = await record_lesson_progress(later(viewer, 10), lesson.id, report=back)
    assert (row.seconds_watched, row.position_seconds) == (400, 30)


async def test_random_orders_lead_to_the_same() -> None:
    reports = [report((n * 40, n * 40 + 30), at=NOW - timedelta(minutes=n)) for n in range(8)]
    chance, seen = random.Random(7), set()
    viewer = await learner()
    for _ in range(4):
        lesson = await learning.lesson()
        for said in chance.sample([*reports, *reports], 16):
            await record_lesson_progress(viewer, lesson.id, report=said)
        row = (await progress_by_lesson_ids(viewer, [lesson.id]))[0]
        assert row is not None
        seen.add((str(row.intervals), row.seconds_watched, row.position_seconds))
    assert len(seen) == 1


@pytest.mark.parametrize("callers", [20])
async def test_simultaneous_reports_lose_nothing(callers: int) -> None:
    viewer, lesson = await learner(), await learning.lesson()
    await watch(viewer, lesson, (0, 20))
    pieces = [report((n * 30, n * 30 + 20), device_id=str(n % 2)) for n in range(callers)]
    await asyncio.gather(
        *(record_lesson_progress(viewer, lesson.id, report=each) for each in pieces)
    )
    row = (await progress_by_lesson_ids(viewer, [lesson.id]))[0]
    assert row is not None
    assert (row.seconds_watched, len(row.intervals)) == (callers * 20, callers)
    assert len((await stored())["lesson_progress"]) == 1


async def test_two_devices_that_finish_at_once_complete_the_course() -> None:
    viewer, course = await learner(), await learning.course()
    lessons = [await learning.lesson(course_id=course.id, position=n) for n in range(1, 7)]
    for lesson in lessons:
        await watch(viewer, lesson, (0, 5))
    await asyncio.gather(*(watch(viewer, lesson) for lesson in lessons))
    row = (await progress_by_course_ids(viewer, [course.id]))[0]
    assert row is not None
    assert row.completed_at == NOW


async def test_a_lesson_that_is_not_there_to_be_learnt() -> None:
    viewer = await learner()
    hidden = await learning.lesson(state=StoredState.DRAFT)
    of_hidden = await learning.lesson(
        course_id=(await learning.course(state=StoredState.ARCHIVED)).id
    )
    for key in (None, new_id(), hidden.id, of_hidden.id):

        async def act(key: UUID | None = key) -> Record:
            return await record_lesson_progress(viewer, key, report=report((0, 10)))

        refused = await unchanged(act, NotFound)
        assert refused.path == ("input", "lessonId")


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor(service_id=new_id())], ids=["nobody", "key"])
async def test_nobody_and_services_learn_nothing(actor: Actor) -> None:
    lesson = await learning.lesson()
    viewer = Viewer(actor, NOW)
    await unchanged(lambda: watch(viewer, lesson), Unauthenticated)
    assert await progress_by_lesson_ids(viewer, [lesson.id]) == [None]
    assert await progress_by_course_ids(viewer, [(await course_of(lesson))]) == [None]
    page = await COURSE_PROGRESS.page(viewer, ListQuery(page_request(20)))
    assert page.rows == []


async def test_what_no_player_sends_changes_nothing() -> None:
    viewer, lesson = await learner(), await learning.lesson()
    await watch(viewer, lesson, (0, 10))
    await unchanged(lambda: watch(viewer, lesson, (20, 30), (5, 2)), Invalid)


async def test_more_than_anybody_can_have_played_has_to_wait() -> None:
    viewer = await learner()
    lessons = [await learning.lesson(duration_seconds=40_000) for _ in range(3)]
    for lesson in lessons[:2]:
        await watch(viewer, lesson)
    refused = await unchanged(lambda: watch(viewer, lessons[2]), RateLimited)
    wait = refused.data["retryAfterSeconds"]
    assert wait == -(-(120_000 - ALLOWANCE_MAX_SECONDS) // 2)
    await watch(viewer, lessons[0])  # what is known already costs nothing
    await unchanged(lambda: watch(later(viewer, wait - 1), lessons[2]), RateLimited)
    row = await watch(later(viewer, wait), lessons[2])
    assert row.seconds_watched == 40_000


async def test_nobody_reads_anybody_elses_progress() -> None:
    mine, yours = await learner(), await learner(OTHER_PHONE)
    lesson = await learning.lesson()
    await watch(mine, lesson)
    assert await progress_by_lesson_ids(yours, [lesson.id]) == [None]
    assert await progress_by_course_ids(yours, [(await course_of(lesson))]) == [None]
    assert [
        each.percent for each in await summaries_by_course_ids(yours, [(await course_of(lesson))])
    ] == [0]
    page = await COURSE_PROGRESS.page(yours, ListQuery(page_request(20)))
    assert page.rows == []
    await watch(yours, lesson, (0, 5))
    row = (await progress_by_lesson_ids(mine, [lesson.id]))[0]
    assert row is not None
    assert row.seconds_watched == 600


async def complete(viewer: Viewer) -> Any:
    made = await taught()
    for lesson in made.videos:
        await watch(viewer, lesson)
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=2))
    return made


async def test_a_completed_course_brings_its_certificate_at_once() -> None:
    viewer = await learner()
    made = await complete(viewer)
    row = (await progress_by_course_ids(viewer, [made.course.id]))[0]
    assert row is not None
    assert (row.completed_at, row.started_at) == (NOW, NOW)
    certificate = await own_certificate(row.person_id, made.course.id)
    assert certificate is not None
    assert (certificate.holder_name, certificate.course_title) == ("王小哥", made.course.title)
    await watch(later(viewer, 60), made.first)
    assert len((await stored())["certificate"]) == 1
    claimed = await claim_certificate(viewer, made.course.id)
    assert claimed.id == certificate.id


async def test_completed_courses_are_told_by_slug_and_person() -> None:
    viewer, begun = await learner(), await learning.lesson()
    made = await complete(viewer)
    await watch(viewer, begun, (0, 5))
    other = await learner(OTHER_PHONE)
    slugs = [made.course.slug, (await Course.get(id=await course_of(begun))).slug]
    assert viewer.actor.person_id is not None
    assert other.actor.person_id is not None
    assert await completed_course_slugs(viewer.actor.person_id, slugs) == {made.course.slug}
    assert await completed_course_slugs(viewer.actor.person_id, slugs[1:]) == frozenset()
    assert await completed_course_slugs(other.actor.person_id, slugs) == frozenset()


async def test_without_a_name_the_certificate_waits() -> None:
    viewer = await learner()
    await fetch_all("UPDATE person SET display_name = ' ' RETURNING id", [])
    made = await complete(viewer)
    row = (await progress_by_course_ids(viewer, [made.course.id]))[0]
    assert row is not None
    assert row.completed_at == NOW
    refused = await unchanged(lambda: claim_certificate(viewer, made.course.id), Conflict)
    assert "updateProfile" in refused.message
    await fetch_all("UPDATE person SET display_name = '李四' RETURNING id", [])
    certificate = await claim_certificate(viewer, made.course.id)
    assert certificate.holder_name == "李四"


async def test_what_is_not_completed_or_gives_none_cannot_be_claimed() -> None:
    viewer, made = await learner(), await taught()
    plain = await learning.lesson()
    other = await course_of(plain)
    await watch(viewer, made.first)
    await watch(viewer, plain)
    await unchanged(lambda: claim_certificate(viewer, made.course.id), Conflict)
    await unchanged(lambda: claim_certificate(viewer, other), Conflict)
    for key in (None, new_id()):

        async def act(key: UUID | None = key) -> Record:
            return await claim_certificate(viewer, key)

        await unchanged(act, NotFound)


async def test_a_lesson_withdrawn_later_no_longer_holds_the_course_up() -> None:
    viewer, made = await learner(), await taught()
    for lesson in made.videos:
        await watch(viewer, lesson)
    await Lesson.filter(id=made.last.id).update(state=StoredState.ARCHIVED)
    assert (await claim_certificate(viewer, made.course.id)).holder_name == "王小哥"


async def test_the_statements_do_not_grow() -> None:
    viewer, made = await learner(), await taught()
    await watch(viewer, made.first, (0, 10))
    with recorded_statements() as statements:
        await watch(viewer, made.first, (10, 20))
    assert len(statements) == 11
    courses = [await taught() for _ in range(3)]
    ids = [each.course.id for each in courses]
    with recorded_statements() as statements:
        await summaries_by_course_ids(viewer, ids)
    assert len(statements) == 4
