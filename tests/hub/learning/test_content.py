"""Quizzes in a content folder: what is a question, and what cannot be answered."""

from typing import Any

import pytest
from pydantic import ValidationError

from hub.learning.content import CourseItem, QuizItem
from hub.learning.rules import RIGHT, WRONG

CHOICE: dict[str, Any] = {
    "slug": "q",
    "kind": "single_choice",
    "text": "?",
    "options": ["甲", "乙"],
    "answers": ["甲"],
}


def quiz(*questions: dict[str, Any], **values: Any) -> QuizItem:
    given = {"slug": "quiz", "lesson": "lesson", "title": "小测", "questions": list(questions)}
    return QuizItem.model_validate(given | values)


def test_what_a_quiz_may_ask() -> None:
    statement = {"slug": "s", "kind": "true_false", "text": "?", "answers": [WRONG]}
    number = {"slug": "n", "kind": "number", "text": "?", "number": -3}
    several = {**CHOICE, "slug": "m", "kind": "multiple_choice", "answers": ["甲", "乙"]}
    made = quiz(CHOICE, statement, number, several, drawn_count=4)
    assert made.questions[1].options == [RIGHT, WRONG]
    assert made.shuffled


@pytest.mark.parametrize(
    "question",
    [
        {**CHOICE, "answers": []},
        {**CHOICE, "answers": ["丙"]},
        {**CHOICE, "answers": ["甲", "乙"]},
        {**CHOICE, "options": ["甲"]},
        {**CHOICE, "options": ["甲", "甲"]},
        {**CHOICE, "number": 1},
        {**CHOICE, "kind": "number", "number": 1},
        {"slug": "n", "kind": "number", "text": "?"},
        {"slug": "s", "kind": "true_false", "text": "?", "answers": ["对"]},
        {**CHOICE, "text": " "},
    ],
)
def test_what_cannot_be_answered_is_refused(question: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        quiz(question)


@pytest.mark.parametrize(
    ("questions", "values"),
    [
        ((), {}),
        ((CHOICE,), {"drawn_count": 2}),
        ((CHOICE, CHOICE), {}),
        ((CHOICE,), {"pass_percent": 101}),
        ((CHOICE,), {"attempt_count": 0}),
        ((CHOICE,), {"time_limit_seconds": 1}),
    ],
)
def test_what_cannot_be_passed_is_refused(
    questions: tuple[dict[str, Any], ...], values: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        quiz(*questions, **values)


def test_a_certificate_needs_an_issuer() -> None:
    course = {"slug": "c", "title": "课程", "level": "beginner", "delivery": "online"}
    assert CourseItem.model_validate(course).certificate is None
    with pytest.raises(ValidationError):
        CourseItem.model_validate({**course, "certificate": {"title": "证书"}})
    made = CourseItem.model_validate({**course, "certificate": {"issuer": "总工会"}})
    assert made.certificate is not None
    assert made.certificate.title == "结业证书"
