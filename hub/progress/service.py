"""Writes of progress: what was watched, what a quiz brought, the course completed by the two.

All that changes one person's learning waits for that person's row of `learner`, so of two devices
each builds upon what the other has written, and the last of two lessons to be completed sees the
first. Reports are not audited: there are a dozen for every lesson somebody watches, and they change
nobody's rights; what does, the certificate, is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from hub.auth import Viewer, require_person
from hub.bulk import insert_or_count, insert_rows, update_rows
from hub.certificates.queries import own_certificate
from hub.certificates.service.issuing import issue, issue_when_possible
from hub.database import transaction
from hub.ids import new_id
from hub.learning.queries import COURSES, LESSONS
from hub.progress.models import CourseProgress, Learner, LessonProgress
from hub.progress.queries import (
    course_record,
    may_learn,
    progress_by_lesson_ids,
    rules_of,
    states_by_course_ids,
)
from hub.progress.rules import (
    ALLOWANCE_MAX_SECONDS,
    Allowance,
    Interval,
    LessonRule,
    Position,
    Report,
    assert_claimable,
    assert_report,
    course_not_found,
    is_complete,
    is_course_complete,
    lesson_not_found,
    merged,
    newest,
    position_of,
    seconds_of,
    spend,
)
from hub.records import Record, Select, fetch_records, table_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is known of a person in a lesson; the row's values that progress changes."""

    intervals: tuple[Interval, ...] = ()
    position: Position | None = None
    quiz_percent: int | None = None
    completed_at: datetime | None = None


async def record_lesson_progress(
    viewer: Viewer, lesson_id: UUID | None, *, report: Report
) -> Record:
    """Add what was watched to what is known; the row of progress afterwards.

    Once, twice or in any order, the same reports lead to the same row. Raises Unauthenticated,
    NotFound for a lesson that is not there or not to be learnt, Invalid naming the input, and
    RateLimited for more than anybody can have played. Nothing is changed then.
    """
    require_person(viewer.actor)
    assert_report(report)

    async def body() -> Record:
        lesson = await learnable_lesson(viewer, lesson_id)
        return await _keep(
            viewer, lesson, lambda known: _with_report(known, report, lesson, viewer)
        )

    return await as_learner(viewer, body)


async def claim_certificate(viewer: Viewer, course_id: UUID | None) -> Record:
    """The certificate of a course that the viewer has completed; issued now where it was not yet.

    It was not where the person had no name to put on it, where the course gave none at the time,
    or where a lesson that was missing has been withdrawn since. Raises Unauthenticated, NotFound
    for a course that is not there, and Conflict for one that is not completed, gives no
    certificate, or for somebody without a name. Nothing is changed then.
    """
    person_id = require_person(viewer.actor)

    async def body() -> Record:
        course = (await COURSES.by_ids(viewer, [course_id]))[0] if course_id else None
        if course is None:
            raise course_not_found()
        there = await own_certificate(person_id, course.id)
        if there is not None:
            return there
        row = await course_record(person_id, course.id)
        if row is None or row.completed_at is None:
            await _touch_course(viewer, course, may_complete=row is not None)
            row = await course_record(person_id, course.id)
        assert_claimable(row is not None and row.completed_at is not None)
        return await own_certificate(person_id, course.id) or await issue(viewer, course)

    return await as_learner(viewer, body)


async def record_quiz_score(viewer: Viewer, lesson: Record, *, percent: int) -> Record:
    """Keep the best score of a lesson's quiz; for the body of `as_learner`. The row afterwards."""

    def best(known: _Standing) -> _Standing:
        return replace(known, quiz_percent=max(percent, known.quiz_percent or 0))

    return await _keep(viewer, lesson, best)


async def as_learner(viewer: Viewer, body: Callable[[], Awaitable[T]]) -> T:
    """Run `body` in a transaction in which nobody else changes what the viewer has learnt.

    Raises Unauthenticated for nobody and for services.
    """
    person_id = require_person(viewer.actor)

    async def locked() -> T:
        await _lock(person_id, viewer.now)
        return await body()

    return await transaction(locked)


async def _lock(person_id: UUID, now: datetime) -> None:
    """Make the person's row, or count it up: either way nobody else can before this is over."""
    row = {
        "id": new_id(),
        "person_id": person_id,
        "allowance_seconds": ALLOWANCE_MAX_SECONDS,
        "allowance_at": now,
        "version": 1,
    }
    await insert_or_count(Learner, row, unique="person_id", counter="version")


async def learnable_lesson(viewer: Viewer, lesson_id: UUID | None) -> Record:
    """The lesson with this id. Raises NotFound where the viewer may not see or not learn it."""
    lesson = (await LESSONS.by_ids(viewer, [lesson_id]))[0] if lesson_id else None
    if lesson is None or not await may_learn(viewer, lesson):
        raise lesson_not_found()
    return lesson


def _with_report(known: _Standing, report: Report, lesson: Record, viewer: Viewer) -> _Standing:
    duration = lesson.duration_seconds
    intervals = merged([*known.intervals, *report.intervals], duration=duration)
    said = position_of(report, duration=duration, now=viewer.now)
    return replace(known, intervals=intervals, position=newest(known.position, said))


async def _keep(viewer: Viewer, lesson: Record, change: Callable[[_Standing], _Standing]) -> Record:
    """Write what `change` makes of a person's standing in a lesson, and what follows from it."""
    row = (await progress_by_lesson_ids(viewer, [lesson.id]))[0]
    known = _standing_in(row)
    after = change(known)
    claimed = seconds_of(after.intervals) - seconds_of(
        merged(known.intervals, duration=lesson.duration_seconds)
    )
    if claimed > 0:
        await _spend(viewer, claimed)
    course = (await COURSES.by_ids(viewer, [lesson.course_id]))[0]
    assert course is not None  # a lesson is seen only where its course is
    rule = (await rules_of(viewer, [lesson], courses={course.id: course}))[0]
    after = _completed(after, rule, viewer.now)
    if row is not None and after == known:
        return row
    await _write(viewer, lesson, row, after)
    await _touch_course(viewer, course, may_complete=after.completed_at != known.completed_at)
    kept = (await progress_by_lesson_ids(viewer, [lesson.id]))[0]
    assert kept is not None
    return kept


def _standing_in(row: Record | None) -> _Standing:
    if row is None:
        return _Standing()
    position = None
    if row.position_at is not None:
        instants = row.position_at, row.position_received_at
        position = Position(row.position_seconds, *instants, row.device_id)
    intervals = tuple((start, end) for start, end in row.intervals)
    return _Standing(intervals, position, row.quiz_percent, row.completed_at)


def _completed(standing: _Standing, rule: LessonRule, now: datetime) -> _Standing:
    """The standing with the instant of its completion; once completed it stays so."""
    if standing.completed_at is not None:
        return standing
    seconds = seconds_of(standing.intervals)
    done = is_complete(rule, seconds=seconds, quiz_percent=standing.quiz_percent)
    return replace(standing, completed_at=now) if done else standing


async def _spend(viewer: Viewer, seconds: int) -> None:
    table = table_of(Learner)
    select = Select(Learner, (table.person_id == viewer.actor.person_id,))
    learner = (await fetch_records(select))[0]
    allowance = Allowance(learner.allowance_seconds, learner.allowance_at)
    left = spend(allowance, seconds, now=viewer.now)
    row = {"id": learner.id, "allowance_seconds": left.seconds, "allowance_at": left.at}
    await update_rows(Learner, [row], columns=["allowance_seconds", "allowance_at"])


async def _write(viewer: Viewer, lesson: Record, row: Record | None, after: _Standing) -> None:
    position = after.position
    values: dict[str, Any] = {
        "intervals": [list(each) for each in after.intervals],
        "seconds_watched": seconds_of(after.intervals),
        "position_seconds": position.seconds if position else 0,
        "position_at": position.at if position else None,
        "position_received_at": position.received_at if position else None,
        "device_id": position.device_id if position else "",
        "quiz_percent": after.quiz_percent,
        "completed_at": after.completed_at,
        "updated_at": viewer.now,
    }
    if row is not None:
        values["version"] = row.version + 1
        await update_rows(LessonProgress, [{"id": row.id, **values}], columns=[*values])
        return
    whose = {"person_id": viewer.actor.person_id, "lesson_id": lesson.id}
    new = {"id": new_id(), **whose, "course_id": lesson.course_id, "created_at": viewer.now}
    await insert_rows(LessonProgress, [new | values])


async def _touch_course(viewer: Viewer, course: Record, *, may_complete: bool) -> None:
    """Note that the course was worked on; complete it, with its certificate, when it is done."""
    person_id = require_person(viewer.actor)
    row = await course_record(person_id, course.id)
    values = {
        "id": row.id if row else new_id(),
        "updated_at": viewer.now,
        "completed_at": row.completed_at if row else None,
    }
    is_new = values["completed_at"] is None and may_complete
    if is_new:
        states = (await states_by_course_ids(viewer, [course.id]))[0]
        is_new = is_course_complete(states)
        values["completed_at"] = viewer.now if is_new else None
    if row is None:
        whose = {"person_id": person_id, "course_id": course.id, "started_at": viewer.now}
        await insert_rows(CourseProgress, [values | whose])
    else:
        await update_rows(CourseProgress, [values], columns=["updated_at", "completed_at"])
    if is_new:
        await issue_when_possible(viewer, course)
