"""Vocabulary of learning: levels, ways of delivery, kinds of lesson."""

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


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """How large a course is: visible lessons, and their seconds together."""

    lesson_count: int
    duration_seconds: int
