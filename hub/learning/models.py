"""Tables of learning. Durations are seconds; bodies are kept as Markdown and as safe HTML."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.learning.rules import (
    QUIZ_PERCENT,
    WATCHED_PERCENT,
    CourseLevel,
    Delivery,
    LessonKind,
    QuestionKind,
)
from hub.publishing import Content


class Topic(Model):
    """A word of the vocabulary of training topics: 交通安全, 急救技能."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=120, unique=True)
    label = fields.CharField(max_length=80)
    position = fields.IntField()

    class Meta:
        table = "topic"


class Instructor(Content):
    """Somebody who teaches."""

    name = fields.CharField(max_length=80)
    title = fields.CharField(max_length=120, null=True)
    organisation = fields.CharField(max_length=120, null=True)
    bio = fields.TextField(default="")
    photo_url = fields.CharField(max_length=500, null=True)
    sort_name = fields.CharField(max_length=240)

    class Meta:
        table = "instructor"
        indexes = (
            Index(fields=("sort_name", "id"), name="instructor_name"),
            Index(fields=("published_at", "id"), name="instructor_published"),
        )


class Program(Content):
    """A series under one name: 小哥微课堂, 鄞匠成长营."""

    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    summary = fields.TextField(default="")
    cover_url = fields.CharField(max_length=500, null=True)
    position = fields.IntField(default=0)

    class Meta:
        table = "program"
        indexes = (
            Index(fields=("position", "id"), name="program_position"),
            Index(fields=("sort_name", "id"), name="program_name"),
            Index(fields=("published_at", "id"), name="program_published"),
        )


class Course(Content):
    """A course of lessons, online, at a place, or for a class."""

    program: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Program", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    instructor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Instructor", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    title = fields.CharField(max_length=160)
    sort_name = fields.CharField(max_length=320)
    summary = fields.TextField(default="")
    body_markdown = fields.TextField(default="")
    body_html = fields.TextField(default="")
    cover_url = fields.CharField(max_length=500, null=True)
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    level = fields.CharEnumField(CourseLevel, max_length=16)
    delivery = fields.CharEnumField(Delivery, max_length=16)
    completion_watched_percent = fields.IntField(
        default=WATCHED_PERCENT, db_default=WATCHED_PERCENT
    )
    completion_quiz_percent = fields.IntField(default=QUIZ_PERCENT, db_default=QUIZ_PERCENT)
    certificate_title = fields.CharField(max_length=80, null=True)
    certificate_issuer = fields.CharField(max_length=80, null=True)

    class Meta:
        table = "course"
        indexes = (
            Index(fields=("published_at", "id"), name="course_published"),
            Index(fields=("sort_name", "id"), name="course_name"),
            Index(fields=("program_id", "published_at", "id"), name="course_program"),
            Index(fields=("instructor_id", "published_at", "id"), name="course_instructor"),
            Index(fields=("level", "published_at", "id"), name="course_level"),
            Index(fields=("delivery", "published_at", "id"), name="course_delivery"),
        )


class CourseTopic(Model):
    """That a course is about a topic."""

    id = fields.UUIDField(primary_key=True)
    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    topic: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Topic", related_name=False, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "course_topic"
        unique_together = (("course_id", "topic_id"),)
        indexes = (Index(fields=("topic_id", "course_id"), name="topic_course"),)


class CourseSession(Model):
    """One meeting, or one run, of a course: a time and a place."""

    id = fields.UUIDField(primary_key=True)
    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    title = fields.CharField(max_length=160)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    timezone = fields.CharField(max_length=64)
    place: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    venue_name = fields.CharField(max_length=120, null=True)
    address = fields.CharField(max_length=240, null=True)
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )

    class Meta:
        table = "course_session"
        unique_together = (("course_id", "slug"),)
        indexes = (Index(fields=("course_id", "starts_at", "id"), name="session_course"),)


class Lesson(Content):
    """One lesson of a course, at its position."""

    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    kind = fields.CharEnumField(LessonKind, max_length=16)
    position = fields.IntField()
    title = fields.CharField(max_length=160)
    summary = fields.TextField(default="")
    body_markdown = fields.TextField(default="")
    body_html = fields.TextField(default="")
    duration_seconds = fields.IntField()
    is_free_preview = fields.BooleanField(default=False)
    video_url = fields.CharField(max_length=500, null=True)
    audio_url = fields.CharField(max_length=500, null=True)
    poster_url = fields.CharField(max_length=500, null=True)
    captions_url = fields.CharField(max_length=500, null=True)
    is_download_allowed = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "lesson"
        unique_together = (("course_id", "position"),)
        indexes = (Index(fields=("course_id", "position", "id"), name="lesson_course"),)


class Quiz(Content):
    """The questions to a lesson: how many are drawn, and what it takes to pass."""

    lesson: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Lesson", related_name=False, on_delete=fields.CASCADE
    )
    title = fields.CharField(max_length=160)
    summary = fields.TextField(default="")
    drawn_count = fields.IntField(null=True)
    is_shuffled = fields.BooleanField(default=True)
    pass_percent = fields.IntField(null=True)
    attempt_count = fields.IntField(null=True)
    cooldown_seconds = fields.IntField(default=0)
    time_limit_seconds = fields.IntField(null=True)
    is_solution_shown = fields.BooleanField(default=False)

    class Meta:
        table = "quiz"
        indexes = (Index(fields=("lesson_id", "published_at", "id"), name="quiz_lesson"),)


class QuizQuestion(Model):
    """One question of a quiz, with its answer: read by those who score and by editors only."""

    id = fields.UUIDField(primary_key=True)
    quiz: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Quiz", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    kind = fields.CharEnumField(QuestionKind, max_length=16)
    text = fields.TextField()
    options: fields.JSONField[Any] = fields.JSONField(default=list)
    answers: fields.JSONField[Any] = fields.JSONField(default=list)
    number = fields.IntField(null=True)
    explanation = fields.TextField(default="")
    position = fields.IntField()

    class Meta:
        table = "quiz_question"
        unique_together = (("quiz_id", "slug"),)
        indexes = (Index(fields=("quiz_id", "position"), name="question_quiz"),)
