"""Vocabulary of learning: levels, ways of delivery, kinds of lesson, kinds of question."""

from dataclasses import dataclass
from enum import StrEnum


class CourseLevel(StrEnum):
    """How much a course asks for."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Delivery(StrEnum):
    """How a course is given: any time online, at a place, or to a class that goes together."""

    ONLINE = "online"
    ON_SITE = "on_site"
    COHORT = "cohort"


class LessonKind(StrEnum):
    """What a lesson is made of."""

    VIDEO = "video"
    ARTICLE = "article"
    AUDIO = "audio"
    LIVE = "live"
    QUIZ = "quiz"


class QuestionKind(StrEnum):
    """How a question of a quiz is answered."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    NUMBER = "number"


RIGHT, WRONG = "正确", "错误"
"""The two options of a statement that is true or false."""

WATCHED_PERCENT = 90
QUIZ_PERCENT = 60
"""What a course asks for where it says nothing else: of each lesson's seconds, of each quiz."""


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """How large a course is: visible lessons, and their seconds together."""

    lesson_count: int
    duration_seconds: int
