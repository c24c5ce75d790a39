"""Reads of learning: programmes, courses, sessions, lessons, instructors."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pypika_tortoise import functions as sql_functions
from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion

from hub.auth import Viewer
from hub.criteria import Exists, is_in, same, there_is
from hub.database import fetch_all
from hub.filters import FilterField, Operator, column
from hub.learning.models import (
    Course,
    CourseSession,
    CourseTopic,
    Instructor,
    Lesson,
    Program,
    Quiz,
    QuizQuestion,
    Topic,
)
from hub.learning.rules import CourseOutline
from hub.listing import Listing, everybody, parts_by, refers_to, words_by
from hub.publishing import visible
from hub.records import (
    Ordering,
    Record,
    Select,
    as_uuid,
    count_records_by,
    fetch_records,
    fetch_records_by,
    render,
    table_of,
)
from hub.watching import in_window

_course = table_of(Course)
_lesson = table_of(Lesson)
_session = table_of(CourseSession)
_quiz = table_of(Quiz)
_program = table_of(Program)
_instructor = table_of(Instructor)


def _of_visible_course(viewer: Viewer, *, table: Any) -> Criterion:
    """What belongs to a course is seen only where the course is."""
    return there_is(_course, same(_course.id, table.course_id), visible(_course, viewer.now))


def _of_visible_lesson(viewer: Viewer) -> Criterion:
    """A quiz is seen only where its lesson is, and with it the course."""
    return there_is(
        _lesson,
        same(_lesson.id, _quiz.lesson_id),
        visible(_lesson, viewer.now),
        _of_visible_course(viewer, table=_lesson),
    )


def _course_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "program": refers_to(_course.program_id, PROGRAMS, viewer=viewer),
        "instructor": refers_to(_course.instructor_id, INSTRUCTORS, viewer=viewer),
        "level": column(_course.level),
        "delivery": column(_course.delivery),
        "published_at": column(_course.published_at),
        "topic": _has_topic,
        "session_starts_at": _has_session,
    }


def _has_topic(operator: Operator, value: Any) -> Criterion:
    """Courses on the topic with this slug, or one of these slugs."""
    link, word = table_of(CourseTopic), table_of(Topic)
    query = (
        Query.from_(link)
        .join(word)
        .on(word.id == link.topic_id)
        .select(link.id)
        .where(link.course_id == _course.id)
        .where(column(word.slug)(operator, value))
    )
    return Exists(query)


def _has_session(operator: Operator, value: Any) -> Criterion:
    """Courses with a session that starts then."""
    starts = column(_session.starts_at)(operator, value)
    return there_is(_session, same(_session.course_id, _course.id), starts)


_by_name_or_date = {"NAME": "sort_name", "PUBLISHED_AT": "published_at"}

PROGRAMS = Listing(
    Program,
    lambda viewer: (visible(_program, viewer.now),),
    filters=lambda viewer: {"published_at": column(_program.published_at)},
    orders={"POSITION": "position", **_by_name_or_date},
    default_order=(Ordering("position"),),
)
INSTRUCTORS = Listing(
    Instructor,
    lambda viewer: (visible(_instructor, viewer.now),),
    filters=lambda viewer: {"published_at": column(_instructor.published_at)},
    orders=_by_name_or_date,
    default_order=(Ordering("sort_name"),),
)
COURSES = Listing(
    Course,
    lambda viewer: (visible(_course, viewer.now),),
    filters=_course_filters,
    orders=_by_name_or_date,
    default_order=(Ordering("published_at", descending=True),),
)
LESSONS = Listing(
    Lesson,
    lambda viewer: (
        visible(_lesson, viewer.now),
        _of_visible_course(viewer, table=_lesson),
    ),
    filters=lambda viewer: {
        "course": column(_lesson.course_id),
        "kind": column(_lesson.kind),
        "is_free_preview": column(_lesson.is_free_preview),
        "duration_seconds": column(_lesson.duration_seconds),
    },
    orders={"POSITION": "position"},
    default_order=(Ordering("position"),),
    under={"course_id": lambda viewer: (visible(_lesson, viewer.now),)},
)
SESSIONS = Listing(
    CourseSession,
    lambda viewer: (_of_visible_course(viewer, table=_session),),
    default_order=(Ordering("starts_at"),),
    under={"course_id": everybody},
)
QUIZZES = Listing(
    Quiz,
    lambda viewer: (visible(_quiz, viewer.now), _of_visible_lesson(viewer)),
    default_order=(Ordering("published_at"),),
)


async def quizzes_by_lesson_ids(viewer: Viewer, lesson_ids: Sequence[UUID]) -> list[Record | None]:
    """The quiz of each lesson that the viewer may see, aligned, in one statement.

    A lesson has one quiz; of several the one that was made first counts.
    """
    rows = await fetch_records_by(QUIZZES.select(viewer), lesson_ids, column="lesson_id")
    found: dict[UUID, Record] = {}
    for row in sorted(rows, key=lambda row: row.id, reverse=True):
        found[row.lesson_id] = row
    return [found.get(lesson_id) for lesson_id in lesson_ids]


async def lessons_by_course_ids(viewer: Viewer, course_ids: Sequence[UUID]) -> list[list[Record]]:
    """The visible lessons of each course in their order, aligned, in one statement."""
    rows = await fetch_records_by(LESSONS.select(viewer), course_ids, column="course_id")
    grouped: dict[UUID, list[Record]] = {}
    for row in sorted(rows, key=lambda row: (row.position, row.id)):
        grouped.setdefault(row.course_id, []).append(row)
    return [grouped.get(course_id, []) for course_id in course_ids]


async def course_programs_by_ids(course_ids: Sequence[UUID]) -> list[UUID | None]:
    """The programme of each course, aligned, whoever may see the course: to tell whose it is."""
    rows = await fetch_records_by(Select(Course), course_ids, column="id")
    found = {row.id: row.program_id for row in rows}
    return [found.get(course_id) for course_id in course_ids]


async def questions_of(quiz_id: UUID) -> list[Record]:
    """The questions of a quiz in their order, with their answers: for those who score."""
    return (await parts_by(QuizQuestion, [quiz_id], column="quiz_id", order=("position",)))[0]


async def question_counts_by_quiz_ids(quiz_ids: Sequence[UUID]) -> list[int]:
    """How many questions the pool of each quiz has, aligned, in one statement."""
    counts = await count_records_by(Select(QuizQuestion), quiz_ids, column="quiz_id")
    return [counts.get(quiz_id, 0) for quiz_id in quiz_ids]


async def sessions_by_course_ids(course_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each course's sessions by time, in one statement, for courses that are known to be seen."""
    return await parts_by(CourseSession, course_ids, column="course_id", order=("starts_at", "id"))


async def all_topics() -> list[Record]:
    """The vocabulary of topics in its order."""
    return await fetch_records(Select(Topic), order=[Ordering("position"), Ordering("id")])


async def topics_by_course_ids(course_ids: Sequence[UUID]) -> list[list[Record]]:
    """Each course's topics in the order of the vocabulary, in one statement."""
    return await words_by(CourseTopic, course_ids, column="course_id", word=(Topic, "topic_id"))


async def outlines_by_course_ids(viewer: Viewer, course_ids: Sequence[UUID]) -> list[CourseOutline]:
    """How many visible lessons each course has and how long they take, in one statement."""
    if not course_ids:
        return []
    lessons, seconds = sql_functions.Count("*"), sql_functions.Sum(_lesson.duration_seconds)
    query = Query.from_(_lesson).select(_lesson.course_id, lessons, seconds)
    query = query.where(is_in(_lesson.course_id, list(dict.fromkeys(course_ids))))
    query = query.where(visible(_lesson, in_window(viewer).now)).groupby(_lesson.course_id)
    rows = await fetch_all(*render(query))
    found = {as_uuid(row[0]): CourseOutline(int(row[1]), int(row[2])) for row in rows}
    return [found.get(course_id, CourseOutline(0, 0)) for course_id in course_ids]


async def programs_by_pool(pool_id: UUID) -> list[UUID]:
    """The programmes of the courses, public or not, whose seats come from a pool."""
    by_session = Query.from_(_session).select(_session.course_id).where(_session.pool_id == pool_id)
    query = (
        Query.from_(_course)
        .select(_course.program_id)
        .where((_course.pool_id == pool_id) | _course.id.isin(by_session))
    )
    return [as_uuid(row[0]) for row in await fetch_all(*render(query)) if row[0]]
