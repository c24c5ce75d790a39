from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.learning.rules import QuestionKind
from hub.publishing import StoredState


class Migration(migrations.Migration):
    dependencies = [("hub", "0009_jobs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.CharField(unique=True, max_length=40)),
                ("code", fields.CharField(max_length=16)),
                ("holder_name", fields.CharField(max_length=80)),
                ("course_title", fields.CharField(max_length=160)),
                ("title", fields.CharField(max_length=80)),
                ("issuer", fields.CharField(max_length=80)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.UUIDField(null=True)),
                ("revocation_reason", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "certificate",
                "app": "hub",
                "unique_together": (("person_id", "course_id"),),
                "indexes": [
                    Index(fields=["person_id", "issued_at", "id"], name="certificate_person")
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CertificateSeries",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("last_number", fields.IntField()),
            ],
            options={"table": "certificate_series", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CourseProgress",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "completed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "course_progress",
                "app": "hub",
                "unique_together": (("person_id", "course_id"),),
                "indexes": [
                    Index(fields=["person_id", "updated_at", "id"], name="progress_newest")
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Learner",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.OneToOneField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("allowance_seconds", fields.IntField()),
                ("allowance_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={"table": "learner", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LessonProgress",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "lesson",
                    fields.ForeignKeyField(
                        "hub.Lesson",
                        source_field="lesson_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("intervals", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("seconds_watched", fields.IntField(default=0)),
                ("position_seconds", fields.IntField(default=0)),
                (
                    "position_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "position_received_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("device_id", fields.CharField(default="", max_length=64)),
                ("quiz_percent", fields.IntField(null=True)),
                (
                    "completed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "lesson_progress",
                "app": "hub",
                "unique_together": (("person_id", "lesson_id"),),
                "indexes": [Index(fields=["person_id", "course_id"], name="progress_course")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Quiz",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("slug", fields.CharField(unique=True, max_length=120)),
                (
                    "state",
                    fields.CharEnumField(
                        default=StoredState.DRAFT,
                        description="",
                        enum_type=StoredState,
                        max_length=16,
                    ),
                ),
                (
                    "published_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("is_illustrative", fields.BooleanField(default=False)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "lesson",
                    fields.ForeignKeyField(
                        "hub.Lesson",
                        source_field="lesson_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("title", fields.CharField(max_length=160)),
                ("summary", fields.TextField(default="", unique=False)),
                ("drawn_count", fields.IntField(null=True)),
                ("is_shuffled", fields.BooleanField(default=True)),
                ("pass_percent", fields.IntField(null=True)),
                ("attempt_count", fields.IntField(null=True)),
                ("cooldown_seconds", fields.IntField(default=0)),
                ("time_limit_seconds", fields.IntField(null=True)),
                ("is_solution_shown", fields.BooleanField(default=False)),
            ],
            options={
                "table": "quiz",
                "app": "hub",
                "indexes": [Index(fields=["lesson_id", "published_at", "id"], name="quiz_lesson")],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="QuizAttempt",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "quiz",
                    fields.ForeignKeyField(
                        "hub.Quiz",
                        source_field="quiz_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.IntField()),
                ("seed", fields.CharField(max_length=32)),
                ("questions", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("pass_percent", fields.IntField()),
                ("is_solution_shown", fields.BooleanField()),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "submitted_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("given", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("results", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("score_percent", fields.IntField(null=True)),
            ],
            options={
                "table": "quiz_attempt",
                "app": "hub",
                "unique_together": (("person_id", "quiz_id", "number"),),
                "indexes": [Index(fields=["quiz_id"], name="attempt_quiz")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QuizQuestion",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "quiz",
                    fields.ForeignKeyField(
                        "hub.Quiz",
                        source_field="quiz_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(max_length=120)),
                (
                    "kind",
                    fields.CharEnumField(description="", enum_type=QuestionKind, max_length=16),
                ),
                ("text", fields.TextField(unique=False)),
                ("options", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("answers", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("number", fields.IntField(null=True)),
                ("explanation", fields.TextField(default="", unique=False)),
                ("position", fields.IntField()),
            ],
            options={
                "table": "quiz_question",
                "app": "hub",
                "unique_together": (("quiz_id", "slug"),),
                "indexes": [Index(fields=["quiz_id", "position"], name="question_quiz")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Course",
            name="certificate_issuer",
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name="Course",
            name="certificate_title",
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name="Course",
            name="completion_quiz_percent",
            field=fields.IntField(default=60, db_default=60),
        ),
        ops.AddField(
            model_name="Course",
            name="completion_watched_percent",
            field=fields.IntField(default=90, db_default=90),
        ),
    ]
