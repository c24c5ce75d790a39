"""The files of learning: topics, instructors, programs, courses, lessons, quizzes."""

from typing import Annotated, Self

from annotated_types import MaxLen
from pydantic import AfterValidator, Field, model_validator

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
    Quiz,
    QuizQuestion,
    Topic,
)
from hub.learning.rules import (
    QUIZ_PERCENT,
    RIGHT,
    WATCHED_PERCENT,
    WRONG,
    CourseLevel,
    Delivery,
    LessonKind,
    QuestionKind,
)
from hub.reasons import Misfit
from media.addresses import extension_in

OPTIONS_MAX = 10
QUESTIONS_MAX = 200

VIDEO_ENDINGS = ("mp4", "mov", "webm", "mkv")
AUDIO_ENDINGS = ("mp3", "m4a", "ogg", "wav")


def _kept_here(*endings: str) -> AfterValidator:
    """A file of this hub with one of these endings: what is elsewhere has no rungs to choose."""

    def check(address: str) -> str:
        if extension_in(address) not in endings:
            shown = " ".join(endings)
            raise Misfit(
                f"is no file of this hub that ends in one of: {shown}; upload it and attach it",
                chinese=f"须为本站文件（{shown}），请先上传再关联",
            )
        return address

    return AfterValidator(check)


Percent = Annotated[int, Field(strict=True, ge=1, le=100)]
Option = Annotated[Line, MaxLen(200)]


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


class Completion(FileModel):
    """What it takes to complete each lesson of a course, in percent."""

    watched_percent: Percent = WATCHED_PERCENT
    quiz_percent: Percent = QUIZ_PERCENT


class CertificateText(FileModel):
    """What stands on the certificate of a course."""

    title: Annotated[Line, MaxLen(80)] = "结业证书"
    issuer: Annotated[Line, MaxLen(80)]


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
    completion: Completion = Completion()
    certificate: CertificateText | None = None


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
    video_url: Annotated[Address, _kept_here(*VIDEO_ENDINGS)] | None = None
    audio_url: Annotated[Address, _kept_here(*AUDIO_ENDINGS)] | None = None
    poster_url: Address | None = None
    captions_url: Annotated[Address, _kept_here("vtt")] | None = None
    download_allowed: Flag = False


class QuestionRow(FileModel):
    """One question of a quiz."""

    slug: Slug
    kind: QuestionKind
    text: Annotated[Text, Field(min_length=1, max_length=2_000)]
    options: Annotated[list[Option], Field(max_length=OPTIONS_MAX), distinct()] = Field(
        default_factory=list
    )
    answers: Annotated[list[Option], Field(max_length=OPTIONS_MAX), distinct()] = Field(
        default_factory=list
    )
    number: Annotated[int, Field(strict=True, ge=-1_000_000_000, le=1_000_000_000)] | None = None
    explanation: Annotated[Text, Field(max_length=2_000)] = ""

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind is QuestionKind.NUMBER:
            if self.number is None or self.options or self.answers:
                raise Misfit(
                    "is answered with a number: give `number` alone",
                    chinese="数字题只填写 number",
                )
            return self
        if self.kind is QuestionKind.TRUE_FALSE and not self.options:
            self.options = [RIGHT, WRONG]
        if self.number is not None or len(self.options) < 2:
            raise Misfit(
                "needs at least two `options`, and no `number`",
                chinese="至少须有两个选项，且不填写 number",
            )
        if not self.answers or not set(self.answers) <= set(self.options):
            raise Misfit(
                "needs `answers`: those of its options that are right",
                chinese="须填写 answers，且均为选项之一",
            )
        if self.kind is not QuestionKind.MULTIPLE_CHOICE and len(self.answers) > 1:
            raise Misfit(
                "has one right answer; several make it multiple_choice",
                chinese="只能有一个正确答案；多个答案请用多选题",
            )
        return self


class QuizItem(Published):
    """The questions to a lesson."""

    lesson: Annotated[Slug, To(("lessons",))]
    title: Annotated[Line, MaxLen(160)]
    summary: Text = ""
    drawn_count: Annotated[Count, Field(ge=1, le=QUESTIONS_MAX)] | None = None
    shuffled: Flag = True
    pass_percent: Percent | None = None
    attempt_count: Annotated[Count, Field(ge=1, le=1_000)] | None = None
    cooldown_seconds: Annotated[Count, Field(le=30 * 86_400)] = 0
    time_limit_seconds: Annotated[Count, Field(ge=10, le=86_400)] | None = None
    solution_shown: Flag = False
    questions: Annotated[
        list[QuestionRow], Field(min_length=1, max_length=QUESTIONS_MAX), distinct_slugs()
    ]

    @model_validator(mode="after")
    def _has_enough(self) -> Self:
        if self.drawn_count is not None and self.drawn_count > len(self.questions):
            raise Misfit(
                f"draws {self.drawn_count} of {len(self.questions)} questions",
                chinese=f"共 {len(self.questions)} 题，不能抽取 {self.drawn_count} 题",
            )
        return self


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
    Kind(
        "quizzes",
        QuizItem,
        Quiz,
        parts=(listed("questions", QuestionRow, model=QuizQuestion, parent="quiz_id"),),
    ),
)
