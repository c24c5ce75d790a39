"""Progress in GraphQL: what one has watched, one's courses, and the mutation that players call."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.certificates import queries as certificates
from hub.learning import queries as learning
from hub.progress import queries as progress
from hub.progress import service
from hub.progress.rules import (
    ALLOWANCE_SPEED,
    DEVICE_CHARS_MAX,
    REPORT_INTERVALS_MAX,
    CourseSummary,
    Report,
)
from hub.records import Record
from schema.batching import batch_field
from schema.certificates import Certificate
from schema.filters import all_filter, any_filter, field_filter, is_given, not_filter
from schema.learning import Course, Lesson
from schema.lists import connection_field, order_input, related_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, decode_key

_INTERVALS_SIZE = 10


async def _durations(parents: list[Record], info: Info) -> list[int | None]:
    ids = [parent.lesson_id for parent in parents]
    wanted = list(dict.fromkeys(ids))
    rows = await learning.LESSONS.by_ids(info.context.viewer, wanted)
    found = {row.id: int(row.duration_seconds) for row in rows if row is not None}
    return [found.get(key) for key in ids]


async def _summaries(parents: list[Record], info: Info) -> list[CourseSummary]:
    ids = [parent.course_id for parent in parents]
    return await progress.summaries_by_course_ids(info.context.viewer, ids)


async def _certificates(parents: list[Record], info: Info) -> list[Record | None]:
    ids = [parent.course_id for parent in parents]
    return await certificates.own_by_course_ids(info.context.viewer, ids)


def _is_completed(root: strawberry.Parent[Record]) -> bool:
    return root.completed_at is not None


@strawberry.type(description="A piece of a lesson that was watched: seconds from, to; half-open.")
class WatchedInterval:
    """See the fields."""

    from_seconds: int = strawberry.field(description="The first second.")
    to_seconds: int = strawberry.field(description="The second after the last one.")


def _intervals(root: strawberry.Parent[Record]) -> list[WatchedInterval]:
    return [WatchedInterval(from_seconds=start, to_seconds=end) for start, end in root.intervals]


@strawberry.type(description="How far one person is in a lesson (学习进度); seen by nobody else.")
class LessonProgress:
    """Over a row of lesson progress."""

    seconds_watched: int = strawberry.field(
        description="How many different seconds were watched, however often."
    )
    duration_seconds: int | None = batch_field(
        _durations, description="How long the lesson takes, in seconds."
    )
    position_seconds: int = strawberry.field(description="Where to go on, in seconds.")
    intervals: list[WatchedInterval] = strawberry.field(
        resolver=_intervals,
        description="What was watched, in order.",
        metadata={"size": _INTERVALS_SIZE},
    )
    quiz_percent: int | None = strawberry.field(
        description="The best score in the lesson's quiz, in percent; null: not tried."
    )
    is_completed: bool = strawberry.field(
        resolver=_is_completed, description="Whether the lesson is completed; it stays so."
    )
    completed_at: datetime | None = strawberry.field(
        description="When it was; null: not completed."
    )
    updated_at: datetime = strawberry.field(description="When something new was last reported.")
    lesson: Lesson | None = related_field(
        learning.LESSONS, "lesson_id", description="The lesson; null where it is gone."
    )


@strawberry.type(description="How far a course is, of what can be seen of it now.")
class CourseProgressSummary:
    """Over a `CourseSummary`."""

    completed_percent: int = strawberry.field(
        resolver=lambda root: root.percent,
        description="How far, in percent; each lesson counts alike, one half watched as a half.",
    )
    lesson_count: int = strawberry.field(description="How many lessons it has.")
    completed_lesson_count: int = strawberry.field(
        resolver=lambda root: root.completed_count, description="How many of them are completed."
    )
    resume_lesson: Lesson | None = related_field(
        learning.LESSONS,
        "resume_lesson_id",
        description="The lesson to go on with; null when nothing is left to do.",
    )
    resume_position_seconds: int | None = strawberry.field(
        description="Where to go on in it, in seconds."
    )


@strawberry.type(description="One person's way through a course (我的课程); seen by nobody else.")
class CourseProgress:
    """Over a row of course progress."""

    course: Course | None = related_field(
        learning.COURSES, "course_id", description="The course; null where it is gone."
    )
    summary: CourseProgressSummary | None = batch_field(
        _summaries, description="How far, and where to go on."
    )
    is_completed: bool = strawberry.field(
        resolver=_is_completed, description="Whether the course is completed; it stays so."
    )
    started_at: datetime = strawberry.field(description="When the first lesson was begun.")
    updated_at: datetime = strawberry.field(description="When something new was last reported.")
    completed_at: datetime | None = strawberry.field(
        description="When it was completed; null: not yet."
    )
    certificate: Certificate | None = batch_field(
        _certificates,
        description="One's certificate; null before completion, for a course without certificates, "
        "and where a name is missing: see `claimCertificate`.",
    )


@strawberry.input(description="Which of one's courses. Fields beside one another must all hold.")
class CourseProgressWhere:
    """See the fields."""

    is_completed: bool | None = field_filter(
        "is_completed", description="Those that are completed, or those that are not."
    )
    and_: list["CourseProgressWhere"] | None = all_filter()
    or_: list["CourseProgressWhere"] | None = any_filter()
    not_: "CourseProgressWhere | None" = not_filter()


CourseProgressOrder = order_input(
    "CourseProgress", {"UPDATED_AT": "By the instant at which something new was reported."}
)


@strawberry.type
class ViewerProgress:
    """What progress tells of the person who asks; a part of `Viewer`."""

    progress: Connection[CourseProgress] | None = connection_field(
        progress.COURSE_PROGRESS,
        where=CourseProgressWhere,
        order=CourseProgressOrder,
        description="The courses that the person has begun (我的课程), worked on last first.",
    )


@strawberry.input(description="Seconds of a lesson that were played: from, to; half-open.")
class WatchedIntervalInput:
    """See the fields."""

    from_seconds: int = strawberry.field(description="The first second, from 0.")
    to_seconds: int = strawberry.field(
        description="The second after the last one; what lies past the lesson's end is cut off."
    )


@strawberry.input(description="What was watched since the device last said so.")
class RecordLessonProgressInput:
    """See the fields."""

    lesson_id: strawberry.ID = strawberry.field(description="The lesson.")
    intervals: list[WatchedIntervalInput] = strawberry.field(
        description=f"What was played, in any order, at most {REPORT_INTERVALS_MAX}; may repeat "
        "what was said before. Of an article: for how long it was open, from 0."
    )
    position_seconds: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where playing stopped, in seconds; where the last interval ends unless said.",
    )
    recorded_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="When that was, by the device's clock; now unless said, and never later than "
        "now. The position that was recorded last is kept, whichever arrives last.",
    )
    device_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"A name of the device's own choice, at most {DEVICE_CHARS_MAX} characters.",
    )


@strawberry.type(description="The outcome of `recordLessonProgress`.")
class RecordLessonProgressPayload:
    """See the fields."""

    progress: LessonProgress | None = strawberry.field(
        default=None, description="All that is known of the lesson now; null when refused."
    )
    errors: list[UserError] = errors_field()


def _report(given: RecordLessonProgressInput, now: datetime) -> Report:
    intervals = [(each.from_seconds, each.to_seconds) for each in given.intervals]
    said = given.position_seconds if is_given(given.position_seconds) else None
    recorded_at = given.recorded_at if is_given(given.recorded_at) else None
    last = intervals[-1][1] if intervals else 0
    return Report(
        intervals=intervals,
        position_seconds=last if said is None else said,
        recorded_at=recorded_at or now,
        device_id=(given.device_id or "") if is_given(given.device_id) else "",
    )


async def _record(info: Info, given: RecordLessonProgressInput) -> dict[str, Any]:
    viewer = info.context.viewer
    key = decode_key(str(given.lesson_id), types=("Lesson",), path=("input", "lessonId"))
    report = _report(given, viewer.now)
    return {"progress": await service.record_lesson_progress(viewer, key, report=report)}


@strawberry.type
class ProgressMutation:
    """The mutations of progress."""

    record_lesson_progress: RecordLessonProgressPayload = mutation_field(
        _record,
        input_type=RecordLessonProgressInput,
        payload=RecordLessonProgressPayload,
        description="Say what was watched of a lesson (上报学习进度). Reports are added by union: "
        "sent twice, late, in another order or from two devices they lead to the same. Needs a "
        "sign-in. NOT_FOUND; INVALID. RATE_LIMITED for more new seconds than anybody can have "
        f"played: a day's worth at once, then {ALLOWANCE_SPEED} for each second that passes; the "
        "report may be sent again then.",
    )
