"""Reads of progress: everybody's own, and nobody else's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion, Not

from hub.auth import Viewer
from hub.criteria import Exists, is_in, never
from hub.filters import FilterField, Operator
from hub.learning.queries import COURSES, lessons_by_course_ids, quizzes_by_lesson_ids
from hub.listing import Listing
from hub.progress.models import CourseProgress, LessonProgress
from hub.progress.rules import (
    CourseSummary,
    LessonRule,
    LessonState,
    course_summary,
    lesson_rule,
)
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

_lesson = table_of(LessonProgress)
_course = table_of(CourseProgress)


async def may_learn(viewer: Viewer, lesson: Record) -> bool:
    """Whether the viewer may take this lesson, which they can see: the one place that decides it.

    Today whoever is signed in may. A class that asks for enrolment first will ask here.
    """
    return viewer.actor.person_id is not None


def _own(viewer: Viewer) -> Sequence[Criterion]:
    """The viewer's own courses, as long as the course is to be seen."""
    if viewer.actor.person_id is None:
        return (never(),)
    table = table_of(COURSES.model)
    seen = Query.from_(table).select(table.id).where(table.id == _course.course_id)
    for criterion in COURSES.visible(viewer):
        seen = seen.where(criterion)
    return (_course.person_id == viewer.actor.person_id, Exists(seen))


def _is_completed(_operator: Operator, value: Any) -> Criterion:
    unfinished: Criterion = _course.completed_at.isnull()
    return Not(unfinished) if value else unfinished


_FILTERS: dict[str, FilterField] = {"is_completed": _is_completed}

COURSE_PROGRESS = Listing(
    CourseProgress,
    _own,
    filters=lambda viewer: _FILTERS,
    orders={"UPDATED_AT": "updated_at"},
    default_order=(Ordering("updated_at", descending=True),),
)


async def progress_by_course_ids(viewer: Viewer, course_ids: Sequence[UUID]) -> list[Record | None]:
    """The viewer's own progress in each course, aligned; None where not begun, and for nobody."""
    if viewer.actor.person_id is None:
        return [None] * len(course_ids)
    rows = await fetch_records_by(COURSE_PROGRESS.select(viewer), course_ids, column="course_id")
    found = {row.course_id: row for row in rows}
    return [found.get(course_id) for course_id in course_ids]


async def progress_by_lesson_ids(viewer: Viewer, lesson_ids: Sequence[UUID]) -> list[Record | None]:
    """The viewer's own progress in each lesson, aligned; None where not begun, and for nobody."""
    person_id = viewer.actor.person_id
    if person_id is None:
        return [None] * len(lesson_ids)
    select = Select(LessonProgress, (_lesson.person_id == person_id,))
    rows = await fetch_records_by(select, lesson_ids, column="lesson_id")
    found = {row.lesson_id: row for row in rows}
    return [found.get(lesson_id) for lesson_id in lesson_ids]


async def course_record(person_id: UUID, course_id: UUID) -> Record | None:
    """A person's progress in a course, whoever may see the course."""
    select = Select(
        CourseProgress, (_course.person_id == person_id, _course.course_id == course_id)
    )
    return next(iter(await fetch_records(select)), None)


async def rules_of(
    viewer: Viewer, lessons: Sequence[Record], *, courses: Mapping[UUID, Record]
) -> list[LessonRule]:
    """What completes each of these lessons, aligned; `courses` has their courses by id."""
    quizzes = await quizzes_by_lesson_ids(viewer, [lesson.id for lesson in lessons])
    return [
        rule_for(lesson, courses[lesson.course_id], quiz=quiz)
        for lesson, quiz in zip(lessons, quizzes, strict=True)
    ]


def rule_for(lesson: Record, course: Record, *, quiz: Record | None) -> LessonRule:
    """What completes a lesson of a course; a quiz has a pass mark of its own or the course's."""
    return lesson_rule(
        lesson.kind,
        lesson.duration_seconds,
        watched_percent=course.completion_watched_percent,
        quiz_percent=pass_percent_of(quiz, course) if quiz is not None else None,
    )


def pass_percent_of(quiz: Record, course: Record) -> int:
    """The score that passes a quiz: its own mark, else what its course asks for."""
    own: int = quiz.pass_percent or course.completion_quiz_percent
    return own


async def states_by_course_ids(
    viewer: Viewer, course_ids: Sequence[UUID]
) -> list[list[LessonState]]:
    """The visible lessons of each course as the viewer has left them, in order, aligned.

    Four statements, however many courses.
    """
    wanted = list(dict.fromkeys(course_ids))
    rows = await COURSES.by_ids(viewer, wanted)
    courses = {row.id: row for row in rows if row is not None}
    grouped = await lessons_by_course_ids(viewer, list(courses))
    lessons = [lesson for group in grouped for lesson in group]
    rules = await rules_of(viewer, lessons, courses=courses)
    progress = await progress_by_lesson_ids(viewer, [lesson.id for lesson in lessons])
    states: dict[UUID, list[LessonState]] = {}
    for lesson, rule, row in zip(lessons, rules, progress, strict=True):
        states.setdefault(lesson.course_id, []).append(_state(lesson, rule, row))
    return [states.get(course_id, []) for course_id in course_ids]


def _state(lesson: Record, rule: LessonRule, row: Record | None) -> LessonState:
    if row is None:
        return LessonState(lesson.id, rule)
    touched_at: datetime = row.position_at or row.updated_at
    return LessonState(
        lesson.id,
        rule,
        seconds_watched=row.seconds_watched,
        quiz_percent=row.quiz_percent,
        position_seconds=min(row.position_seconds, lesson.duration_seconds),
        touched_at=touched_at,
        is_completed=row.completed_at is not None,
    )


async def summaries_by_course_ids(
    viewer: Viewer, course_ids: Sequence[UUID]
) -> list[CourseSummary]:
    """How far the viewer is in each course, aligned."""
    states = await states_by_course_ids(viewer, course_ids)
    return [course_summary(each) for each in states]


async def completed_course_slugs(person_id: UUID, slugs: Sequence[str]) -> frozenset[str]:
    """Which of the courses with these slugs a person has completed, public or not any more."""
    courses = table_of(COURSES.model)
    select = Select(
        CourseProgress,
        (
            _course.person_id == person_id,
            _course.completed_at.notnull(),
            is_in(courses.slug, list(dict.fromkeys(slugs))),
        ),
        extras={"slug": courses.slug},
        joins=((courses, courses.id == _course.course_id),),
    )
    return frozenset(row.slug for row in await fetch_records(select))
