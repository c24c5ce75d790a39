"""Pure decisions about progress: what counts as watched, what completes a lesson and a course.

Watched time is a set of seconds of the lesson. A report adds to it by union, so the same reports
give the same set in whatever order, however often and however split they come; nothing takes a
second away, and none lies past the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.errors import Conflict, Invalid, NotFound, RateLimited
from hub.learning.rules import LessonKind

Interval = tuple[int, int]
"""Seconds of a lesson from, to; half-open."""

REPORT_INTERVALS_MAX = 200
"""How many intervals one report may have; a player reports a few, a phone after a week many."""

GAP_SECONDS = 2
INTERVALS_KEPT = 300
DEVICE_CHARS_MAX = 64
_SECONDS_MAX = 1_000_000_000

ALLOWANCE_MAX_SECONDS = 86_400
ALLOWANCE_SPEED = 2
"""New seconds that a person may claim: a day's worth at once, as a phone that was offline does,
and then two for each second that passes, which is the fastest that lessons are played at."""

READ_PERCENT = 33
"""The share of an article's time for which it has to be open: quick readers take a third of what
editors write down."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where playing stopped: on the device's clock, and on ours when we heard of it."""

    seconds: int
    at: datetime
    received_at: datetime
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a device says that was watched since it last said so."""

    intervals: Sequence[Interval]
    position_seconds: int
    recorded_at: datetime
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many new seconds could be claimed at an instant."""

    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LessonRule:
    """What completes a lesson: seconds watched and, where it has a quiz, a score in percent."""

    seconds: int
    quiz_percent: int | None = None


@dataclass(frozen=True, slots=True)
class LessonState:
    """One lesson of a course as a person has left it; `touched_at` is None for one not begun."""

    lesson_id: UUID
    rule: LessonRule
    seconds_watched: int = 0
    quiz_percent: int | None = None
    position_seconds: int = 0
    touched_at: datetime | None = None
    is_completed: bool = False


@dataclass(frozen=True, slots=True)
class CourseSummary:
    """How far a course is, and where to go on; no lesson where nothing is left to do."""

    percent: int
    lesson_count: int
    completed_count: int
    resume_lesson_id: UUID | None
    resume_position_seconds: int | None


def gap_seconds(duration: int) -> int:
    """How long a gap is that counts as watched: 2 s, or a 300th of a lesson over a quarter hour.

    Players report to the nearest second and lose one between two reports. That it grows with the
    lesson bounds what is kept: no lesson has more than 300 intervals.
    """
    return max(GAP_SECONDS, duration // INTERVALS_KEPT)


def merged(intervals: Sequence[Interval], *, duration: int) -> tuple[Interval, ...]:
    """The union of the intervals within the lesson, in order, gaps of `gap_seconds` closed.

    To close gaps is a closure: `merged` of a part already merged and the rest is `merged` of all.
    """
    gap = gap_seconds(duration)
    found: list[Interval] = []
    for start, end in sorted((max(0, a), min(b, duration)) for a, b in intervals):
        if end <= start:
            continue
        if found and start - found[-1][1] <= gap:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def seconds_of(intervals: Sequence[Interval]) -> int:
    """How many seconds merged intervals hold."""
    return sum(end - start for start, end in intervals)


def assert_report(report: Report) -> None:
    """Raises Invalid naming the first input that no player could have sent."""
    if len(report.intervals) > REPORT_INTERVALS_MAX:
        raise _invalid(
            f"intervals takes at most {REPORT_INTERVALS_MAX}; send several reports.",
            f"intervals 最多 {REPORT_INTERVALS_MAX} 段，请分多次上报。",
            "intervals",
        )
    for index, (start, end) in enumerate(report.intervals):
        if not 0 <= start <= _SECONDS_MAX:
            raise _invalid(
                "fromSeconds is not negative.",
                "fromSeconds 不能为负数。",
                *("intervals", index, "fromSeconds"),
            )
        if not start < end <= _SECONDS_MAX:
            raise _invalid(
                "toSeconds is after fromSeconds.",
                "toSeconds 须大于 fromSeconds。",
                *("intervals", index, "toSeconds"),
            )
    if report.position_seconds < 0:
        raise _invalid(
            "positionSeconds is not negative.", "positionSeconds 不能为负数。", "positionSeconds"
        )
    if len(report.device_id) > DEVICE_CHARS_MAX or not report.device_id.isprintable():
        raise _invalid(
            f"deviceId is a word of at most {DEVICE_CHARS_MAX} characters.",
            f"deviceId 最多 {DEVICE_CHARS_MAX} 个字符。",
            "deviceId",
        )


def _invalid(message: str, chinese: str, *path: str | int) -> Invalid:
    return Invalid(message, chinese=chinese, path=("input", *path))


def position_of(report: Report, *, duration: int, now: datetime) -> Position:
    """Where the report says that playing stopped, within the lesson.

    A device whose clock runs ahead is taken to speak of now: it cannot hold its position against
    every later one.
    """
    seconds = min(report.position_seconds, duration)
    return Position(seconds, min(report.recorded_at, now), now, report.device_id)


def newest(known: Position | None, said: Position) -> Position:
    """The position that was recorded last, whichever was heard of last; the further of two that
    were recorded at once.
    """
    if known is None:
        return said
    before = (known.at, known.seconds, known.device_id)
    return said if (said.at, said.seconds, said.device_id) > before else known


def refilled(allowance: Allowance, *, now: datetime) -> Allowance:
    """The allowance with what has come in since; parts of a second stay for the next time."""
    elapsed = int((now - allowance.at).total_seconds())
    if elapsed <= 0:
        return allowance
    seconds = min(ALLOWANCE_MAX_SECONDS, allowance.seconds + ALLOWANCE_SPEED * elapsed)
    return Allowance(seconds, allowance.at + timedelta(seconds=elapsed))


def spend(allowance: Allowance, seconds: int, *, now: datetime) -> Allowance:
    """What is left after claiming so many seconds that were not known as watched.

    What is played cannot be told from what is claimed; this bounds how much anybody can claim,
    whatever their devices say. Raises RateLimited with `retryAfterSeconds`: the report is not
    lost, it may be sent again then.
    """
    there = refilled(allowance, now=now)
    missing = seconds - there.seconds
    if missing > 0:
        raise RateLimited(
            "More was reported as watched than can have been played; send it again later.",
            chinese="上报的观看时长超出可能范围，请稍后再上报。",
            retryAfterSeconds=-(-missing // ALLOWANCE_SPEED),
        )
    return Allowance(there.seconds - seconds, there.at)


def lesson_rule(
    kind: LessonKind, duration: int, *, watched_percent: int, quiz_percent: int | None
) -> LessonRule:
    """What completes a lesson of this kind under the rule of its course.

    A lesson that is a quiz is its quiz; an article, and a quiz nobody has written yet, has to be
    open for a third of its time; everything else has to be watched. A quiz of any lesson has to be
    passed as well; `quiz_percent` is what passes it, None where there is none.
    """
    if kind is LessonKind.QUIZ and quiz_percent is not None:
        return LessonRule(0, quiz_percent)
    is_read = kind in (LessonKind.ARTICLE, LessonKind.QUIZ)
    percent = min(READ_PERCENT, watched_percent) if is_read else watched_percent
    return LessonRule(-(-duration * percent // 100), quiz_percent)


def is_complete(rule: LessonRule, *, seconds: int, quiz_percent: int | None) -> bool:
    """Whether so many seconds and this best score complete a lesson."""
    if seconds < rule.seconds:
        return False
    return rule.quiz_percent is None or (quiz_percent or 0) >= rule.quiz_percent


def is_course_complete(lessons: Sequence[LessonState]) -> bool:
    """Whether every lesson of a course is completed; one without lessons never is."""
    return bool(lessons) and all(lesson.is_completed for lesson in lessons)


def course_summary(lessons: Sequence[LessonState]) -> CourseSummary:
    """How far the lessons of a course, in their order, bring it; each counts alike.

    To go on with: the lesson touched last, if it is not completed, else the next one after it
    that is not, and at the end of the course the first one that was left out.
    """
    count = len(lessons)
    shares = sum(_share(lesson) for lesson in lessons)
    chosen = _resumed(lessons)
    return CourseSummary(
        percent=int(shares // count) if count else 0,
        lesson_count=count,
        completed_count=sum(lesson.is_completed for lesson in lessons),
        resume_lesson_id=chosen.lesson_id if chosen else None,
        resume_position_seconds=chosen.position_seconds if chosen else None,
    )


def _share(lesson: LessonState) -> int:
    """A lesson's share in percent: that of its seconds, and of its quiz as half where it has one;
    never all of it before it is completed.
    """
    if lesson.is_completed:
        return 100
    rule = lesson.rule
    parts = []
    if rule.seconds:
        parts.append(min(100, lesson.seconds_watched * 100 // rule.seconds))
    if rule.quiz_percent:
        parts.append(min(100, (lesson.quiz_percent or 0) * 100 // rule.quiz_percent))
    return min(99, sum(parts) // len(parts)) if parts else 0


def _resumed(lessons: Sequence[LessonState]) -> LessonState | None:
    touched = [
        (lesson.touched_at, index)
        for index, lesson in enumerate(lessons)
        if lesson.touched_at is not None
    ]
    start = max(touched)[1] if touched else 0
    in_turn = [*lessons[start:], *lessons[:start]]
    return next((lesson for lesson in in_turn if not lesson.is_completed), None)


def lesson_not_found() -> NotFound:
    """What is said of a lesson that is not there, and of one that the viewer may not learn."""
    return NotFound(
        "There is no such lesson.", chinese="没有这个课时。", path=("input", "lessonId")
    )


def course_not_found() -> NotFound:
    """What is said of a course that is not there."""
    return NotFound(
        "There is no such course.", chinese="没有这门课程。", path=("input", "courseId")
    )


def assert_claimable(is_completed: bool) -> None:
    """Raises Conflict for a course that is not completed yet."""
    if not is_completed:
        raise Conflict(
            "The course is not completed yet.",
            chinese="尚未完成该课程。",
            path=("input", "courseId"),
        )
