"""Reads of attempts: everybody's own. The right answers never leave this domain unasked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pypika_tortoise.terms import Criterion

from hub.auth import Viewer
from hub.criteria import never
from hub.learning.queries import COURSES, LESSONS, QUIZZES
from hub.listing import Listing
from hub.quizzes.models import QuizAttempt
from hub.quizzes.rules import AttemptState, Terms, Tried, state_of
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

_attempt = table_of(QuizAttempt)


def _own(viewer: Viewer) -> Sequence[Criterion]:
    person_id = viewer.actor.person_id
    return (never(),) if person_id is None else (_attempt.person_id == person_id,)


ATTEMPTS = Listing(QuizAttempt, _own, default_order=(Ordering("started_at", descending=True),))


async def attempts_by_quiz_ids(viewer: Viewer, quiz_ids: Sequence[UUID]) -> list[list[Record]]:
    """The viewer's own attempts at each quiz, newest first, aligned, in one statement."""
    rows = await fetch_records_by(ATTEMPTS.select(viewer), quiz_ids, column="quiz_id")
    grouped: dict[UUID, list[Record]] = {}
    for row in sorted(rows, key=lambda row: -row.number):
        grouped.setdefault(row.quiz_id, []).append(row)
    return [grouped.get(quiz_id, []) for quiz_id in quiz_ids]


async def own_attempt(viewer: Viewer, attempt_id: UUID | None) -> Record | None:
    """The viewer's own attempt with this id."""
    return (await ATTEMPTS.by_ids(viewer, [attempt_id]))[0] if attempt_id else None


async def attempts_of(person_id: UUID, quiz_id: UUID) -> list[Record]:
    """All attempts of a person at a quiz, in their order."""
    criteria = (_attempt.person_id == person_id, _attempt.quiz_id == quiz_id)
    return await fetch_records(Select(QuizAttempt, criteria), order=[Ordering("number")])


async def quiz_seen(viewer: Viewer, quiz_id: UUID | None) -> tuple[Record, Record, Record] | None:
    """A quiz with its lesson and its course, where the viewer may see them."""
    quiz = (await QUIZZES.by_ids(viewer, [quiz_id]))[0] if quiz_id else None
    lesson = (await LESSONS.by_ids(viewer, [quiz.lesson_id]))[0] if quiz else None
    course = (await COURSES.by_ids(viewer, [lesson.course_id]))[0] if lesson else None
    if quiz is None or lesson is None or course is None:
        return None
    return quiz, lesson, course


def terms_of(quiz: Record) -> Terms:
    """What a quiz allows."""
    return Terms(quiz.attempt_count, quiz.cooldown_seconds, quiz.time_limit_seconds)


def tried(attempt: Record) -> Tried:
    """An attempt as far as the next one depends on it."""
    return Tried(attempt.number, attempt.started_at, attempt.ends_at, attempt.submitted_at)


def attempt_state(attempt: Record, viewer: Viewer) -> AttemptState:
    """What an attempt is for the viewer's instant."""
    return state_of(tried(attempt), now=viewer.now)


def shown_questions(attempt: Record) -> list[dict[str, Any]]:
    """The questions of an attempt as they may be shown: with their solution once it is submitted,
    where the quiz shows solutions, and never before.
    """
    shows = attempt.is_solution_shown and attempt.submitted_at is not None
    return [_shown(each, attempt, shows=shows) for each in attempt.questions]


def _shown(question: dict[str, Any], attempt: Record, *, shows: bool) -> dict[str, Any]:
    given = attempt.given.get(question["key"], {})
    return {
        "key": question["key"],
        "kind": question["kind"],
        "text": question["text"],
        "options": question["options"],
        "given_option_keys": given.get("option_keys", []),
        "given_number": given.get("number"),
        "is_right": attempt.results.get(question["key"]) if shows else None,
        "right_option_keys": question["right"] if shows else None,
        "right_number": question["number"] if shows else None,
        "explanation": question["explanation"] if shows else None,
    }
