"""Tables of learning progress, a row a person and thing. Seconds are whole ones of the lesson."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Learner(Model):
    """One person's learning as a whole: the row that all their writes of progress queue for.

    `allowance_seconds` is how many new seconds the person could still claim at `allowance_at`.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    allowance_seconds = fields.IntField()
    allowance_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "learner"


class LessonProgress(Model):
    """What one person has watched of one lesson.

    `intervals` are pairs of seconds `[from, to)`, merged and in order. The position is the newest
    one by `position_at`, the device's instant, which is never later than `position_received_at`,
    the server's.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    lesson: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Lesson", related_name=False, on_delete=fields.CASCADE
    )
    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    intervals: fields.JSONField[Any] = fields.JSONField(default=list)
    seconds_watched = fields.IntField(default=0)
    position_seconds = fields.IntField(default=0)
    position_at = fields.DatetimeField(null=True)
    position_received_at = fields.DatetimeField(null=True)
    device_id = fields.CharField(max_length=64, default="")
    quiz_percent = fields.IntField(null=True)
    completed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "lesson_progress"
        unique_together = (("person_id", "lesson_id"),)
        indexes = (Index(fields=("person_id", "course_id"), name="progress_course"),)


class CourseProgress(Model):
    """That a person has begun a course, and when they completed it."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    started_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "course_progress"
        unique_together = (("person_id", "course_id"),)
        indexes = (Index(fields=("person_id", "updated_at", "id"), name="progress_newest"),)
