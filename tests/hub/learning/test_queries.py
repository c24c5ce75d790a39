"""Reads of learning: what a course brings with it, and what a hidden course hides."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import recorded_statements
from hub.filters import AllOf, Condition, Expression, NotOf, Operator
from hub.learning.queries import (
    COURSES,
    INSTRUCTORS,
    LESSONS,
    PROGRAMS,
    SESSIONS,
    all_topics,
    outlines_by_course_ids,
    sessions_by_course_ids,
    topics_by_course_ids,
)
from hub.learning.rules import CourseLevel, CourseOutline, Delivery, LessonKind
from hub.listing import Listing, ListQuery, OrderTerm
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.settings import Settings
from tests.factories import learning
from tests.factories.publishing import PUBLISHED_AT

NOW = PUBLISHED_AT + timedelta(days=10)
VIEWER = Viewer(ANONYMOUS, NOW)
DAY = timedelta(days=1)
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"state": StoredState.DRAFT},
    "archived": {"state": StoredState.ARCHIVED},
    "scheduled": {"published_at": NOW + DAY},
    "expired": {"expires_at": NOW},
}


def where(field: str, value: Any, operator: Operator = Operator.EQ) -> Condition:
    return Condition(field, operator, value)


async def slugs(listing: Listing, expression: Expression | None = None, *order: OrderTerm) -> str:
    query = ListQuery(page_request(100), where=expression, order=order)
    return " ".join(row.slug for row in (await listing.page(VIEWER, query)).rows)


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_hidden_course_hides_its_lessons_and_sessions(
    database: Settings, values: dict[str, Any]
) -> None:
    hidden, shown = await learning.course(**values), await learning.course()
    lessons = [await learning.lesson(course_id=course.id) for course in (hidden, shown)]
    sessions = [await learning.session(course.id) for course in (hidden, shown)]
    for listing, rows in ((LESSONS, lessons), (SESSIONS, sessions)):
        keys = [row.pk for row in rows]
        by_id = await listing.by_ids(VIEWER, keys)
        by_slug = await listing.by_slugs(VIEWER, [str(row.slug) for row in rows])
        page = await listing.page(VIEWER, ListQuery(page_request()))
        pages = await listing.pages_by(
            VIEWER,
            ListQuery(page_request()),
            column="course_id",
            parent_ids=[hidden.id, shown.id],
        )
        assert [row is not None for row in by_id] == [False, True]
        assert [row is not None for row in by_slug] == [False, True]
        assert [row.id for row in page.rows] == keys[1:]
        assert [len(each.rows) for each in pages] == [0, 1]
        assert [(await each.counted()).total for each in (page, *pages)] == [1, 0, 1]


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_hidden_lesson_is_neither_listed_nor_summed_up(
    database: Settings, values: dict[str, Any]
) -> None:
    course, empty = await learning.course(), await learning.course()
    await learning.lesson(course_id=course.id, position=1, duration_seconds=100, slug="a")
    await learning.lesson(course_id=course.id, position=3, duration_seconds=50, slug="b")
    await learning.lesson(course_id=course.id, position=2, duration_seconds=7, **values)
    assert await slugs(LESSONS, where("course", course.id)) == "a b"
    with recorded_statements() as statements:
        outlines = await outlines_by_course_ids(VIEWER, [empty.id, course.id, course.id])
    assert outlines == [CourseOutline(0, 0), CourseOutline(2, 150), CourseOutline(2, 150)]
    assert len(statements) == 1
    assert await outlines_by_course_ids(VIEWER, []) == []


async def test_topics_of_courses(database: Settings) -> None:
    words = [await learning.topic(slug=slug, position=n) for n, slug in enumerate("bac")]
    one, two = await learning.course(slug="one"), await learning.course(slug="two")
    for word in reversed(words):
        await learning.about(one.id, word.id)
    await learning.about(two.id, words[1].id)
    with recorded_statements() as statements:
        rows = await topics_by_course_ids([two.id, one.id])
    assert [[row.slug for row in each] for each in rows] == [["a"], ["b", "a", "c"]]
    assert len(statements) == 1
    assert [row.slug for row in await all_topics()] == ["b", "a", "c"]
    assert await slugs(COURSES, where("topic", "b")) == "one"
    either = where("topic", ["a", "nothing"], Operator.IN)
    assert sorted((await slugs(COURSES, either)).split()) == ["one", "two"]
    assert await slugs(COURSES, NotOf(where("topic", "b"))) == "two"


async def test_sessions_of_courses(database: Settings) -> None:
    one, two = await learning.course(slug="one"), await learning.course(slug="two")
    start = learning.STARTS_AT
    for slug, course, days in (("late", one, 2), ("early", one, 1), ("only", two, 5)):
        await learning.session(course.id, slug=slug, starts_at=start + days * DAY)
    with recorded_statements() as statements:
        rows = await sessions_by_course_ids([two.id, one.id])
    assert [[row.slug for row in each] for each in rows] == [["only"], ["early", "late"]]
    assert len(statements) == 1
    week = AllOf(
        (
            where("session_starts_at", start + 2 * DAY, Operator.GTE),
            where("session_starts_at", start + 5 * DAY, Operator.LT),
        )
    )
    assert await slugs(COURSES, where("session_starts_at", start + DAY)) == "one"
    assert await slugs(COURSES, where("session_starts_at", start + 5 * DAY, Operator.GTE)) == "two"
    assert await slugs(COURSES, week) == "one"


async def test_filters_of_courses(database: Settings) -> None:
    program, instructor = await learning.program(), await learning.instructor()
    await learning.course(slug="a", program_id=program.id, level=CourseLevel.ADVANCED)
    await learning.course(slug="b", instructor_id=instructor.id, delivery=Delivery.COHORT)
    await learning.course(slug="c", published_at=PUBLISHED_AT + DAY)
    assert await slugs(COURSES, where("program", program.id)) == "a"
    assert await slugs(COURSES, where("instructor", instructor.id)) == "b"
    assert await slugs(COURSES, where("level", CourseLevel.ADVANCED)) == "a"
    assert await slugs(COURSES, where("delivery", [Delivery.COHORT], Operator.IN)) == "b"
    assert await slugs(COURSES, where("published_at", PUBLISHED_AT, Operator.GT)) == "c"
    assert sorted((await slugs(COURSES, NotOf(where("program", program.id)))).split()) == ["b", "c"]


async def test_filters_of_lessons(database: Settings) -> None:
    course = await learning.course()
    for position, kind, seconds, is_free in (
        (1, LessonKind.VIDEO, 60, True),
        (2, LessonKind.QUIZ, 600, False),
        (3, LessonKind.VIDEO, 900, False),
    ):
        await learning.lesson(
            course_id=course.id,
            slug=str(position),
            position=position,
            kind=kind,
            duration_seconds=seconds,
            is_free_preview=is_free,
        )
    assert await slugs(LESSONS) == "1 2 3"
    assert await slugs(LESSONS, None, OrderTerm("POSITION", descending=True)) == "3 2 1"
    assert await slugs(LESSONS, where("kind", LessonKind.VIDEO)) == "1 3"
    assert await slugs(LESSONS, where("is_free_preview", True)) == "1"
    assert await slugs(LESSONS, where("is_free_preview", False)) == "2 3"
    assert await slugs(LESSONS, where("duration_seconds", 600, Operator.GTE)) == "2 3"


async def test_orders(database: Settings) -> None:
    for slug, title, days in (("a", "乙", 1), ("b", "甲", 3), ("c", "丙", 2)):
        await learning.course(slug=slug, title=title, published_at=PUBLISHED_AT + days * DAY)
        await learning.program(
            slug=slug, name=title, published_at=PUBLISHED_AT - days * DAY, position=days
        )
        await learning.instructor(slug=slug, name=title)
    assert await slugs(COURSES) == "b c a"
    assert await slugs(COURSES, None, OrderTerm("NAME")) == "c b a"
    assert await slugs(PROGRAMS) == "a c b"
    assert await slugs(PROGRAMS, None, OrderTerm("PUBLISHED_AT")) == "b c a"
    assert await slugs(INSTRUCTORS) == "c b a"


async def test_hidden_courses_programs_and_instructors(database: Settings) -> None:
    for values in HIDDEN.values():
        await learning.course(**values)
        await learning.program(**values)
        await learning.instructor(**values)
    for listing in (COURSES, PROGRAMS, INSTRUCTORS):
        assert await slugs(listing) == ""


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_nobody_asks_for_courses_by_a_hidden_program_or_instructor(
    database: Settings, values: dict[str, Any]
) -> None:
    program, instructor = await learning.program(**values), await learning.instructor(**values)
    await learning.course(slug="a", program_id=program.id, instructor_id=instructor.id)
    for expression in (
        where("program", program.id),
        where("instructor", instructor.id),
        where("program", [program.id], Operator.IN),
    ):
        assert await slugs(COURSES, expression) == ""
        assert await slugs(COURSES, NotOf(expression)) == "a"
