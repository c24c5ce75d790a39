"""The files of learning: topics, instructors, programs, courses, lessons."""

from typing import Annotated

from annotated_types import MaxLen
from pydantic import Field

from hub.content import (
    ANY_PLACE,
    LIST_MAX_ITEMS,
    Address,
    Count,
    FileModel,
    Flag,
    Instant,
    Item,
    Line,
    Position,
    Published,
    Slug,
    Text,
    To,
    Zone,
    distinct,
    distinct_slugs,
    later_than,
)
from hub.kinds import Kind, linked, listed
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


class TopicItem(Item):
    """A word of the vocabulary of training topics."""

    slug: Slug
    label: Annotated[Line, MaxLen(80)]
    position: Position = None


class InstructorItem(Published):
    """Somebody who teaches."""

    name: Annotated[Line, MaxLen(80)]
    title: Annotated[Line, MaxLen(120)] | None = None
    organisation: Annotated[Line, MaxLen(120)] | None = None
    bio: Text = ""
    photo_url: Address | None = None


class ProgramItem(Published):
    """A series of courses under one name."""

    name: Annotated[Line, MaxLen(120)]
    summary: Text = ""
    cover_url: Address | None = None
    position: Position = None


class SessionRow(FileModel):
    """One meeting, or one run, of a course."""

    slug: Slug
    title: Annotated[Line, MaxLen(160)]
    starts_at: Instant
    ends_at: Annotated[Instant, later_than("starts_at")]
    timezone: Zone | None = None
    place: Annotated[Slug | None, ANY_PLACE] = None
    venue_name: Annotated[Line, MaxLen(120)] | None = None
    address: Annotated[Line, MaxLen(240)] | None = None
    pool: Annotated[Slug | None, To(("pools",))] = None


class CourseItem(Published):
    """A course of lessons."""

    program: Annotated[Slug | None, To(("programs",))] = None
    instructor: Annotated[Slug | None, To(("instructors",))] = None
    title: Annotated[Line, MaxLen(160)]
    summary: Text = ""
    body: Text = ""
    cover_url: Address | None = None
    pool: Annotated[Slug | None, To(("pools",))] = None
    level: CourseLevel
    delivery: Delivery
    topics: Annotated[list[Slug], To(("topics",)), Field(max_length=LIST_MAX_ITEMS), distinct()] = (
        Field(default_factory=list)
    )
    sessions: Annotated[list[SessionRow], Field(max_length=LIST_MAX_ITEMS), distinct_slugs()] = (
        Field(default_factory=list)
    )


class LessonItem(Published):
    """One lesson of a course."""

    course: Annotated[Slug, To(("courses",))]
    kind: LessonKind
    position: Position = None
    title: Annotated[Line, MaxLen(160)]
    summary: Text = ""
    body: Text = ""
    duration_seconds: Annotated[Count, Field(le=86_400)]
    free_preview: Flag = False


KINDS = (
    Kind("topics", TopicItem, Topic),
    Kind("instructors", InstructorItem, Instructor),
    Kind("programs", ProgramItem, Program),
    Kind(
        "courses",
        CourseItem,
        Course,
        parts=(
            linked("topics", "topics", model=CourseTopic, parent="course_id", column="topic_id"),
            listed("sessions", SessionRow, model=CourseSession, parent="course_id"),
        ),
    ),
    Kind("lessons", LessonItem, Lesson, scope="course", has_unique_position=True),
)
