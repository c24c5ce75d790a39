"""Programmes, courses, lessons, sessions and who teaches."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.ids import new_id
from hub.learning.models import (
    Course,
    CourseSession,
    CourseTopic,
    Instructor,
    Lesson,
    Program,
    Topic,
)
from hub.learning.rules import CourseLevel, Delivery, LessonKind
from hub.pinyin import sort_key
from tests.factories.publishing import content, new_slug

STARTS_AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


async def topic(**values: Any) -> Topic:
    """A word of the vocabulary of topics."""
    defaults = {"id": new_id(), "slug": new_slug("topic"), "label": "交通安全", "position": 1}
    return await Topic.create(**{**defaults, **values})


async def instructor(**values: Any) -> Instructor:
    """A published instructor."""
    name = values.get("name", "李老师")
    return await Instructor.create(
        **content("instructor", {"name": name, "sort_name": sort_key(name), **values})
    )


async def program(**values: Any) -> Program:
    """A published programme."""
    name = values.get("name", "小哥微课堂")
    return await Program.create(
        **content("program", {"name": name, "sort_name": sort_key(name), **values})
    )


async def course(**values: Any) -> Course:
    """A published online course without programme or instructor."""
    title = values.get("title", "电动车安全")
    defaults = {
        "title": title,
        "sort_name": sort_key(title),
        "level": CourseLevel.BEGINNER,
        "delivery": Delivery.ONLINE,
    }
    return await Course.create(**content("course", {**defaults, **values}))


async def about(course_id: UUID, topic_id: UUID) -> CourseTopic:
    """That a course is about a topic."""
    return await CourseTopic.create(id=new_id(), course_id=course_id, topic_id=topic_id)


async def session(course_id: UUID, **values: Any) -> CourseSession:
    """A session of two hours."""
    starts_at = values.get("starts_at", STARTS_AT)
    defaults = {
        "slug": new_slug("session"),
        "title": "第一期",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "timezone": "Asia/Shanghai",
    }
    return await CourseSession.create(id=new_id(), course_id=course_id, **{**defaults, **values})


async def lesson(**values: Any) -> Lesson:
    """A published video of ten minutes, first in its course; in a course of its own unless
    `course_id` says which.
    """
    defaults = {
        "kind": LessonKind.VIDEO,
        "position": 1,
        "title": "第一课",
        "duration_seconds": 600,
    }
    if "course_id" not in values:
        defaults["course_id"] = (await course()).id
    return await Lesson.create(**content("lesson", {**defaults, **values}))
