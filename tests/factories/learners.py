"""People who learn, and what they learn: a course that can be completed, watched and answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub.auth import Actor, Grant, Viewer
from hub.ids import new_id
from hub.learning.models import Course, Lesson, Quiz, QuizQuestion
from hub.learning.rules import LessonKind, QuestionKind
from hub.progress.rules import Report
from hub.progress.service import record_lesson_progress
from hub.quizzes.rules import Answer
from hub.records import Record
from tests.factories import learning
from tests.factories.identity import PHONE, insert_person
from tests.factories.publishing import content, new_slug

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ISSUER = "鄞州区总工会"


async def learner(phone: str = PHONE, *grants: Grant, now: datetime = NOW) -> Viewer:
    """Somebody who is signed in at `now`, with a row and the name 王小哥."""
    person = await insert_person(phone, at=now)
    return Viewer(of_person(person.id, *grants), now)


def of_person(person_id: UUID, *grants: Grant) -> Actor:
    """The actor of a person."""
    return Actor(
        person_id=person_id, session_id=new_id(), grants=grants, has_second_factor=True, label="王"
    )


async def quiz(lesson_id: UUID, **values: Any) -> Quiz:
    """A published quiz without questions, all terms left open."""
    return await Quiz.create(**content("quiz", {"lesson_id": lesson_id, "title": "小测", **values}))


async def question(quiz_id: UUID, **values: Any) -> QuizQuestion:
    """One of several options, of which the first is right."""
    defaults = {
        "id": new_id(),
        "slug": new_slug("question"),
        "kind": QuestionKind.SINGLE_CHOICE,
        "text": "急救电话是多少？",
        "options": ["120", "110", "122", "119"],
        "answers": ["120"],
        "position": 1,
    }
    return await QuizQuestion.create(quiz_id=quiz_id, **{**defaults, **values})


async def number_question(quiz_id: UUID, number: int, **values: Any) -> QuizQuestion:
    """A question that is answered with a number."""
    kind: dict[str, Any] = {"kind": QuestionKind.NUMBER, "options": [], "answers": []}
    return await question(quiz_id, **{**kind, "number": number, **values})


@dataclass
class Taught:
    """A course with a certificate: two videos of ten minutes, and a quiz of two questions."""

    course: Course
    first: Lesson
    second: Lesson
    last: Lesson
    quiz: Quiz

    @property
    def videos(self) -> tuple[Lesson, Lesson]:
        """What has to be watched."""
        return self.first, self.second


async def taught(**values: Any) -> Taught:
    """The course, with these values of its own."""
    certificate = {"certificate_title": "结业证书", "certificate_issuer": ISSUER}
    course = await learning.course(**{**certificate, **values})
    first = await learning.lesson(course_id=course.id, position=1)
    second = await learning.lesson(course_id=course.id, position=2)
    kind = {"kind": LessonKind.QUIZ, "duration_seconds": 300}
    last = await learning.lesson(course_id=course.id, position=3, **kind)
    made = await quiz(last.id)
    await number_question(made.id, 120, position=1, text="急救")
    await number_question(made.id, 122, position=2, text="交通事故")
    return Taught(course, first, second, last, made)


def report(*intervals: tuple[int, int], at: datetime = NOW, **values: Any) -> Report:
    """What a device says that it played, up to the end of the last interval."""
    position = values.pop("position", intervals[-1][1] if intervals else 0)
    return Report(intervals, position, at, **values)


async def watch(viewer: Viewer, lesson: Lesson, *intervals: tuple[int, int]) -> Record:
    """The progress after watching these seconds, the whole lesson where none are named."""
    pieces = intervals or ((0, lesson.duration_seconds),)
    said = report(*pieces, at=viewer.now)
    return await record_lesson_progress(viewer, lesson.id, report=said)


def solved(attempt: Record, *, right: int) -> list[Answer]:
    """Answers to an attempt, the first `right` of them right."""
    return [_answer(each, is_right=index < right) for index, each in enumerate(attempt.questions)]


def _answer(question: dict[str, Any], *, is_right: bool) -> Answer:
    if question["kind"] == "number":
        return Answer(question["key"], (), question["number"] if is_right else -1)
    wrong: Sequence[str] = [key for key, _ in question["options"] if key not in question["right"]]
    return Answer(question["key"], tuple(question["right"] if is_right else wrong[:1]))
