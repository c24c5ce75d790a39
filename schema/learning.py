"""Learning in GraphQL: programmes, courses, sessions, lessons, instructors."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.types import Info

from hub.enrollment.rules import SubjectKind
from hub.learning import queries as learning
from hub.learning.rules import CourseLevel, CourseOutline, Delivery, LessonKind
from hub.progress import queries as progress
from hub.records import Record
from schema.attendance.registrations import Registration
from schema.attendance.seats import Seats, seats_field, viewer_registration_field
from schema.attendance.turnout import Attendance, session_attendance_field
from schema.batching import PUBLIC, batch_field
from schema.enrollment import Pool, pool_field
from schema.enums import describe_enum
from schema.filters import (
    CodeFilter,
    DateTimeFilter,
    Filter,
    IntFilter,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
    not_filter,
)
from schema.lists import (
    BY_NAME,
    BY_POSITION,
    BY_PUBLICATION,
    connection_field,
    find_field,
    order_input,
    parts_field,
    related_field,
    vocabulary_field,
)
from schema.media.films import LessonAudio, LessonVideo, audio_field, video_field
from schema.media.images import Image, image_field
from schema.publishing import Content
from schema.registration import RegistrationWindow, registration_field
from schema.relay import Connection, Node, register_node
from schema.venues import Venue, venues

if TYPE_CHECKING:
    from schema.progress import CourseProgress, LessonProgress
    from schema.quizzes import Quiz

describe_enum(
    CourseLevel,
    description="How much a course asks for (难度).",
    values={
        CourseLevel.BEGINNER: "For everybody, nothing needed before (入门).",
        CourseLevel.INTERMEDIATE: "For those who know the basics (进阶).",
        CourseLevel.ADVANCED: "For those who do it as a trade or compete in it (高级).",
    },
)
describe_enum(
    Delivery,
    description="How a course is given (授课方式).",
    values={
        Delivery.ONLINE: "Any time, on a phone (线上).",
        Delivery.ON_SITE: "At a place and a time; see `sessions` (线下).",
        Delivery.COHORT: "A class that starts and finishes together (班级制).",
    },
)
describe_enum(
    LessonKind,
    description="What a lesson is made of (课时形式).",
    values={
        LessonKind.VIDEO: "A video (视频).",
        LessonKind.ARTICLE: "A text with pictures; see `bodyHtml` (图文).",
        LessonKind.AUDIO: "Something to listen to on the way (音频).",
        LessonKind.LIVE: "Given live at a time (直播).",
        LessonKind.QUIZ: "Questions to answer (测验).",
    },
)


@strawberry.type(description="A word of the vocabulary of training topics (培训主题).")
class Topic:
    """A small value; not a node."""

    slug: str = strawberry.field(description="The code to filter by, like first-aid.")
    label: str = strawberry.field(description="The Chinese word to show.")


@strawberry.input(description="Which courses. Fields beside one another must all hold.")
class CourseWhere:
    """See the fields."""

    program: strawberry.ID | None = ids_filter(
        "Program", field="program", description="Of this programme."
    )
    instructor: strawberry.ID | None = ids_filter(
        "Instructor", field="instructor", description="Taught by this instructor."
    )
    level: Filter[CourseLevel] | None = field_filter("level", description="How much it asks for.")
    delivery: Filter[Delivery] | None = field_filter("delivery", description="How it is given.")
    topic: CodeFilter | None = field_filter(
        "topic", description="About the topic with this slug, or one of several."
    )
    published_at: DateTimeFilter | None = field_filter(
        "published_at", description="When it was published."
    )
    session_starts_at: DateTimeFilter | None = field_filter(
        "session_starts_at", description="Has a session that starts then."
    )
    and_: list["CourseWhere"] | None = all_filter()
    or_: list["CourseWhere"] | None = any_filter()
    not_: "CourseWhere | None" = not_filter()


@strawberry.input(description="Which lessons of a course. Fields beside one another must all hold.")
class LessonWhere:
    """See the fields."""

    kind: Filter[LessonKind] | None = field_filter("kind", description="What it is made of.")
    is_free_preview: bool | None = field_filter(
        "is_free_preview", description="Open to everybody before enrolling, or not."
    )
    duration_seconds: IntFilter | None = field_filter(
        "duration_seconds", description="How long it takes, in seconds."
    )
    and_: list["LessonWhere"] | None = all_filter()
    or_: list["LessonWhere"] | None = any_filter()
    not_: "LessonWhere | None" = not_filter()


ProgramOrder = order_input(
    "Program",
    {"POSITION": BY_POSITION, "NAME": BY_NAME, "PUBLISHED_AT": BY_PUBLICATION},
)
CourseOrder = order_input("Course", {"PUBLISHED_AT": BY_PUBLICATION, "NAME": BY_NAME})
InstructorOrder = order_input("Instructor", {"NAME": BY_NAME, "PUBLISHED_AT": BY_PUBLICATION})


_CourseProgress = Annotated["CourseProgress", strawberry.lazy("schema.progress")]
_LessonProgress = Annotated["LessonProgress", strawberry.lazy("schema.progress")]
_Quiz = Annotated["Quiz", strawberry.lazy("schema.quizzes")]


async def _progress_in_courses(parents: list[Record], info: Info) -> list[Record | None]:
    ids = [parent.id for parent in parents]
    return await progress.progress_by_course_ids(info.context.viewer, ids)


async def _progress_in_lessons(parents: list[Record], info: Info) -> list[Record | None]:
    ids = [parent.id for parent in parents]
    return await progress.progress_by_lesson_ids(info.context.viewer, ids)


async def _quizzes(parents: list[Record], info: Info) -> list[Record | None]:
    ids = [parent.id for parent in parents]
    return await learning.quizzes_by_lesson_ids(info.context.viewer, ids)


async def _outlines(parents: list[Record], info: Info) -> list[CourseOutline]:
    ids = [parent.id for parent in parents]
    return await learning.outlines_by_course_ids(info.context.viewer, ids)


@strawberry.type(description="What it takes to complete each lesson of a course (结业要求).")
class CourseCompletion:
    """Over a course row."""

    watched_percent: int = strawberry.field(
        description="How much of a video, audio or live lesson has to be watched, in percent."
    )
    quiz_percent: int = strawberry.field(
        description="The score that passes a quiz without a pass mark of its own, in percent."
    )


@strawberry.type(description="What stands on the certificate of a course (证书样式).")
class CourseCertificate:
    """Over a course row."""

    title: str = strawberry.field(description="The heading, like 结业证书.")
    issuer: str = strawberry.field(description="Who issues it.")


def _completion(root: strawberry.Parent[Record]) -> CourseCompletion:
    return CourseCompletion(
        watched_percent=root.completion_watched_percent, quiz_percent=root.completion_quiz_percent
    )


def _certificate(root: strawberry.Parent[Record]) -> CourseCertificate | None:
    if root.certificate_issuer is None:
        return None
    return CourseCertificate(title=root.certificate_title, issuer=root.certificate_issuer)


@strawberry.type(description="How large a course is, of what can be seen of it.")
class Outline:
    """Over a `CourseOutline`."""

    lesson_count: int = strawberry.field(description="How many lessons.")
    duration_seconds: int = strawberry.field(description="How long they take together, in seconds.")


@strawberry.type(description="Somebody who teaches (讲师).")
class Instructor(Content, Node):
    """Over an instructor row."""

    name: str = strawberry.field(description="The name.")
    title: str | None = strawberry.field(description="The professional title (职称).")
    organisation: str | None = strawberry.field(description="Where the instructor works.")
    bio: str = strawberry.field(description="A few sentences about the instructor.")
    photo_url: str | None = strawberry.field(description="A portrait.")
    photo: Image | None = image_field("photo_url", description="The portrait in sizes.")
    courses: "Connection[Course] | None" = connection_field(
        learning.COURSES,
        under="instructor_id",
        where=CourseWhere,
        order=CourseOrder,
        description="The courses this instructor teaches, newest first unless ordered.",
    )


@strawberry.type(description="A series of courses under one name (栏目), like 小哥微课堂.")
class Program(Content, Node):
    """Over a programme row."""

    name: str = strawberry.field(description="The name.")
    summary: str = strawberry.field(description="What the series is, in a sentence or two.")
    cover_url: str | None = strawberry.field(description="A picture for the series.")
    cover: Image | None = image_field("cover_url", description="The picture in sizes.")
    courses: "Connection[Course] | None" = connection_field(
        learning.COURSES,
        under="program_id",
        where=CourseWhere,
        order=CourseOrder,
        description="The courses of the series, newest first unless ordered.",
    )


@strawberry.type(description="One meeting, or one run, of a course: a time and a place (场次).")
class CourseSession(Node):
    """Over a session row."""

    slug: str = strawberry.field(description="The session's name within its course.")
    title: str = strawberry.field(description="The title.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it is over.")
    timezone: str = strawberry.field(description="IANA name of the time zone it takes place in.")
    venue: Venue | None = batch_field(
        venues,
        description="Where it takes place; null for a session online.",
        metadata={PUBLIC: True},
    )
    course: "Course | None" = related_field(
        learning.COURSES, "course_id", description="The course it belongs to."
    )
    registration: RegistrationWindow | None = registration_field(SubjectKind.COURSE, is_part=True)
    seats: Seats | None = seats_field()
    pool: Pool | None = pool_field()
    viewer_registration: Registration | None = viewer_registration_field(is_part=True)
    attendance: Attendance | None = session_attendance_field()


@strawberry.type(description="A course of lessons: online, at a place, or for a class (课程).")
class Course(Content, Node):
    """Over a course row."""

    title: str = strawberry.field(description="The title.")
    summary: str = strawberry.field(description="What one learns, in a sentence or two.")
    body_html: str = strawberry.field(
        description="The description as HTML that is safe to put into a page."
    )
    body_markdown: str = strawberry.field(description="The description as its editors wrote it.")
    cover_url: str | None = strawberry.field(description="A picture for the course.")
    cover: Image | None = image_field("cover_url", description="The picture in sizes.")
    level: CourseLevel = strawberry.field(description="How much it asks for.")
    delivery: Delivery = strawberry.field(description="How it is given.")
    program: Program | None = related_field(
        learning.PROGRAMS, "program_id", description="The series it belongs to, if any."
    )
    instructor: Instructor | None = related_field(
        learning.INSTRUCTORS, "instructor_id", description="Who teaches it."
    )
    topics: list[Topic] | None = parts_field(
        learning.topics_by_course_ids, description="What it is about."
    )
    sessions: list[CourseSession] | None = parts_field(
        learning.sessions_by_course_ids,
        description="When and where it is given, by time; empty for a course online.",
    )
    completion: CourseCompletion = strawberry.field(
        resolver=_completion, description="What it takes to complete it."
    )
    certificate: CourseCertificate | None = strawberry.field(
        resolver=_certificate,
        description="The certificate that it ends with; null where there is none.",
    )
    viewer_progress: _CourseProgress | None = batch_field(
        _progress_in_courses,
        description="How far the person who asks is; null before the first lesson, and for nobody.",
    )
    outline: Outline | None = batch_field(
        _outlines,
        description="How many lessons it has and how long they take.",
        metadata={PUBLIC: True},
    )
    lessons: "Connection[Lesson] | None" = connection_field(
        learning.LESSONS,
        under="course_id",
        where=LessonWhere,
        description="The lessons in their order.",
    )
    registration: RegistrationWindow | None = registration_field(SubjectKind.COURSE)
    seats: Seats | None = seats_field()
    pool: Pool | None = pool_field()
    viewer_registration: Registration | None = viewer_registration_field()


@strawberry.type(description="One lesson of a course (课时).")
class Lesson(Content, Node):
    """Over a lesson row."""

    title: str = strawberry.field(description="The title.")
    summary: str = strawberry.field(description="What it is about, in a sentence.")
    kind: LessonKind = strawberry.field(description="What it is made of.")
    position: int = strawberry.field(description="Its place in the course, from 1.")
    duration_seconds: int = strawberry.field(description="How long it takes, in seconds.")
    is_free_preview: bool = strawberry.field(
        description="Whether everybody may see it before enrolling."
    )
    body_html: str = strawberry.field(
        description="An article's text, or notes to a video, as HTML that is safe in a page."
    )
    body_markdown: str = strawberry.field(description="The same text as its editors wrote it.")
    is_download_allowed: bool = strawberry.field(
        description="Whether the files that the editors uploaded may be downloaded."
    )
    video: LessonVideo | None = video_field()
    audio: LessonAudio | None = audio_field()
    quiz: _Quiz | None = batch_field(
        _quizzes, description="Its questions; null for a lesson without any."
    )
    viewer_progress: _LessonProgress | None = batch_field(
        _progress_in_lessons,
        description="How far the person who asks is; null before the first report, and for nobody.",
    )
    course: Course | None = related_field(
        learning.COURSES, "course_id", description="The course it belongs to."
    )


@strawberry.type
class LearningQuery:
    """The root fields of learning."""

    program: Program | None = find_field(
        learning.PROGRAMS, "Program", description="One programme by id or slug."
    )
    programs: Connection[Program] | None = connection_field(
        learning.PROGRAMS,
        order=ProgramOrder,
        description="The programmes, as the editors arranged them unless ordered.",
    )
    course: Course | None = find_field(
        learning.COURSES, "Course", description="One course by id or slug."
    )
    courses: Connection[Course] | None = connection_field(
        learning.COURSES,
        where=CourseWhere,
        order=CourseOrder,
        description="The courses, newest first unless ordered.",
    )
    lesson: Lesson | None = find_field(
        learning.LESSONS, "Lesson", description="One lesson by id or slug."
    )
    instructor: Instructor | None = find_field(
        learning.INSTRUCTORS, "Instructor", description="One instructor by id or slug."
    )
    instructors: Connection[Instructor] | None = connection_field(
        learning.INSTRUCTORS,
        order=InstructorOrder,
        description="The instructors by name unless ordered.",
    )
    topics: list[Topic] | None = vocabulary_field(
        learning.all_topics, description="The vocabulary of topics, to filter courses by."
    )


register_node("Program", learning.PROGRAMS)
register_node("Instructor", learning.INSTRUCTORS)
register_node("Course", learning.COURSES)
register_node("CourseSession", learning.SESSIONS)
register_node("Lesson", learning.LESSONS)
