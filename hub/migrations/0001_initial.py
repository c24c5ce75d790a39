from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.competitions.rules import EntrantKind, StageKind
from hub.directory.rules import (
    BuildWay,
    HoursRule,
    MerchantCategory,
    OfferingKind,
    PlaceKind,
    StationLevel,
    TownKind,
)
from hub.events.rules import EventKind, PayPeriod
from hub.honours.rules import HonourKind, HonourLevel
from hub.learning.rules import CourseLevel, Delivery, LessonKind
from hub.publishing import StoredState


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Amenity",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("code", fields.CharField(unique=True, description="", max_length=40)),
                ("label", fields.CharField(description="", max_length=40)),
                ("icon", fields.CharField(description="", max_length=40)),
                ("position", fields.IntField(description="")),
            ],
            options={"table": "amenity", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Competition",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("title", fields.CharField(description="", max_length=160)),
                ("sort_name", fields.CharField(description="", max_length=320)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("body_markdown", fields.TextField(default="", description="", unique=False)),
                ("body_html", fields.TextField(default="", description="", unique=False)),
                ("rules_markdown", fields.TextField(default="", description="", unique=False)),
                ("rules_html", fields.TextField(default="", description="", unique=False)),
                ("cover_url", fields.CharField(null=True, description="", max_length=500)),
                ("organiser", fields.CharField(description="", max_length=120)),
                ("year", fields.IntField(description="")),
                ("timezone", fields.CharField(description="", max_length=64)),
                (
                    "starts_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "ends_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "registration_opens_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "registration_closes_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
            ],
            options={
                "table": "competition",
                "app": "hub",
                "indexes": [
                    Index(fields=["starts_at", "id"], name="competition_starts"),
                    Index(fields=["published_at", "id"], name="competition_published"),
                    Index(fields=["year", "starts_at", "id"], name="competition_year"),
                    Index(fields=["sort_name", "id"], name="competition_name"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Division",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "competition",
                    fields.ForeignKeyField(
                        "hub.Competition",
                        source_field="competition_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(description="", max_length=120)),
                ("name", fields.CharField(description="", max_length=120)),
                ("description", fields.TextField(default="", description="", unique=False)),
                ("eligibility", fields.TextField(default="", description="", unique=False)),
                (
                    "entrant",
                    fields.CharEnumField(description="", enum_type=EntrantKind, max_length=16),
                ),
                ("team_size_minimum", fields.IntField(default=1, description="")),
                ("team_size_maximum", fields.IntField(default=1, description="")),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "division",
                "app": "hub",
                "unique_together": (("competition_id", "slug"),),
                "indexes": [
                    Index(fields=["competition_id", "position"], name="division_competition")
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Employer",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                ("industry", fields.CharField(default="", description="", max_length=80)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("logo_url", fields.CharField(null=True, description="", max_length=500)),
            ],
            options={
                "table": "employer",
                "app": "hub",
                "indexes": [Index(fields=["sort_name", "id"], name="employer_name")],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Honour",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                (
                    "level",
                    fields.CharEnumField(description="", enum_type=HonourLevel, max_length=16),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=HonourKind, max_length=16)),
                ("issuer", fields.CharField(default="", description="", max_length=120)),
                ("description", fields.TextField(default="", description="", unique=False)),
                ("position", fields.IntField(default=0, description="")),
            ],
            options={
                "table": "honour",
                "app": "hub",
                "indexes": [
                    Index(fields=["position", "id"], name="honour_position"),
                    Index(fields=["published_at", "id"], name="honour_published"),
                    Index(fields=["sort_name", "id"], name="honour_name"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Instructor",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("name", fields.CharField(description="", max_length=80)),
                ("title", fields.CharField(null=True, description="", max_length=120)),
                ("organisation", fields.CharField(null=True, description="", max_length=120)),
                ("bio", fields.TextField(default="", description="", unique=False)),
                ("photo_url", fields.CharField(null=True, description="", max_length=500)),
                ("sort_name", fields.CharField(description="", max_length=240)),
            ],
            options={
                "table": "instructor",
                "app": "hub",
                "indexes": [
                    Index(fields=["sort_name", "id"], name="instructor_name"),
                    Index(fields=["published_at", "id"], name="instructor_published"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Prize",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "competition",
                    fields.ForeignKeyField(
                        "hub.Competition",
                        source_field="competition_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(description="", max_length=80)),
                ("description", fields.CharField(default="", description="", max_length=500)),
                ("quantity", fields.IntField(description="")),
                (
                    "amount",
                    fields.DecimalField(null=True, description="", max_digits=12, decimal_places=2),
                ),
                ("currency", fields.CharField(default="CNY", description="", max_length=3)),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "prize",
                "app": "hub",
                "indexes": [Index(fields=["competition_id", "position"], name="prize_competition")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Program",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("cover_url", fields.CharField(null=True, description="", max_length=500)),
                ("position", fields.IntField(default=0, description="")),
            ],
            options={
                "table": "program",
                "app": "hub",
                "indexes": [
                    Index(fields=["position", "id"], name="program_position"),
                    Index(fields=["sort_name", "id"], name="program_name"),
                    Index(fields=["published_at", "id"], name="program_published"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Course",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "program",
                    fields.ForeignKeyField(
                        "hub.Program",
                        source_field="program_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "instructor",
                    fields.ForeignKeyField(
                        "hub.Instructor",
                        source_field="instructor_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("title", fields.CharField(description="", max_length=160)),
                ("sort_name", fields.CharField(description="", max_length=320)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("body_markdown", fields.TextField(default="", description="", unique=False)),
                ("body_html", fields.TextField(default="", description="", unique=False)),
                ("cover_url", fields.CharField(null=True, description="", max_length=500)),
                (
                    "level",
                    fields.CharEnumField(description="", enum_type=CourseLevel, max_length=16),
                ),
                (
                    "delivery",
                    fields.CharEnumField(description="", enum_type=Delivery, max_length=16),
                ),
            ],
            options={
                "table": "course",
                "app": "hub",
                "indexes": [
                    Index(fields=["published_at", "id"], name="course_published"),
                    Index(fields=["sort_name", "id"], name="course_name"),
                    Index(fields=["program_id", "published_at", "id"], name="course_program"),
                    Index(fields=["instructor_id", "published_at", "id"], name="course_instructor"),
                    Index(fields=["level", "published_at", "id"], name="course_level"),
                    Index(fields=["delivery", "published_at", "id"], name="course_delivery"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Lesson",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=LessonKind, max_length=16)),
                ("position", fields.IntField(description="")),
                ("title", fields.CharField(description="", max_length=160)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("body_markdown", fields.TextField(default="", description="", unique=False)),
                ("body_html", fields.TextField(default="", description="", unique=False)),
                ("duration_seconds", fields.IntField(description="")),
                ("is_free_preview", fields.BooleanField(default=False, description="")),
            ],
            options={
                "table": "lesson",
                "app": "hub",
                "unique_together": (("course_id", "position"),),
                "indexes": [Index(fields=["course_id", "position", "id"], name="lesson_course")],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
                ("label", fields.CharField(description="", max_length=80)),
                ("position", fields.IntField(description="")),
            ],
            options={"table": "topic", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CourseTopic",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "topic",
                    fields.ForeignKeyField(
                        "hub.Topic",
                        source_field="topic_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "course_topic",
                "app": "hub",
                "unique_together": (("course_id", "topic_id"),),
                "indexes": [Index(fields=["topic_id", "course_id"], name="topic_course")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Town",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
                ("name", fields.CharField(description="", max_length=80)),
                ("kind", fields.CharEnumField(description="", enum_type=TownKind, max_length=16)),
                ("position", fields.IntField(description="")),
                ("latitude", fields.FloatField(description="")),
                ("longitude", fields.FloatField(description="")),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
            ],
            options={
                "table": "town",
                "app": "hub",
                "indexes": [Index(fields=["position", "id"], name="town_position")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FriendlyStreet",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("cover_url", fields.CharField(null=True, description="", max_length=500)),
                ("latitude", fields.FloatField(description="")),
                ("longitude", fields.FloatField(description="")),
            ],
            options={
                "table": "friendly_street",
                "app": "hub",
                "indexes": [
                    Index(fields=["sort_name", "id"], name="street_name"),
                    Index(fields=["published_at", "id"], name="street_published"),
                    Index(fields=["town_id", "sort_name", "id"], name="street_town"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=PlaceKind, max_length=16)),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("address", fields.CharField(description="", max_length=240)),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "street",
                    fields.ForeignKeyField(
                        "hub.FriendlyStreet",
                        source_field="street_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("latitude", fields.FloatField(description="")),
                ("longitude", fields.FloatField(description="")),
                ("x", fields.FloatField(description="")),
                ("y", fields.FloatField(description="")),
                ("z", fields.FloatField(description="")),
                ("timezone", fields.CharField(description="", max_length=64)),
                ("phone", fields.CharField(null=True, description="", max_length=40)),
                (
                    "accessibility",
                    fields.JSONField(
                        default=list, description="", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
                ("accessibility_note", fields.CharField(null=True, description="", max_length=240)),
                (
                    "category",
                    fields.CharEnumField(
                        null=True, description="", enum_type=MerchantCategory, max_length=16
                    ),
                ),
                (
                    "level",
                    fields.CharEnumField(
                        null=True, description="", enum_type=StationLevel, max_length=16
                    ),
                ),
                (
                    "build_way",
                    fields.CharEnumField(
                        null=True, description="", enum_type=BuildWay, max_length=16
                    ),
                ),
                ("host", fields.CharField(null=True, description="", max_length=120)),
                ("area_square_metres", fields.IntField(null=True, description="")),
                (
                    "zones",
                    fields.JSONField(
                        default=list, description="", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
            ],
            options={
                "table": "place",
                "app": "hub",
                "indexes": [
                    Index(fields=["kind", "sort_name", "id"], name="place_kind_name"),
                    Index(fields=["kind", "published_at", "id"], name="place_kind_published"),
                    Index(fields=["sort_name", "id"], name="place_name"),
                    Index(fields=["published_at", "id"], name="place_published"),
                    Index(fields=["town_id", "kind", "sort_name", "id"], name="place_town"),
                    Index(fields=["street_id", "sort_name", "id"], name="place_street"),
                    Index(fields=["latitude", "longitude"], name="place_position"),
                    Index(fields=["category", "sort_name", "id"], name="place_category"),
                    Index(fields=["level", "sort_name", "id"], name="place_level"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="CentreService",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(description="", max_length=80)),
                ("description", fields.CharField(default="", description="", max_length=500)),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "centre_service",
                "app": "hub",
                "indexes": [Index(fields=["place_id", "position"], name="service_place")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CourseSession",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "course",
                    fields.ForeignKeyField(
                        "hub.Course",
                        source_field="course_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(description="", max_length=120)),
                ("title", fields.CharField(description="", max_length=160)),
                (
                    "starts_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "ends_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("timezone", fields.CharField(description="", max_length=64)),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("venue_name", fields.CharField(null=True, description="", max_length=120)),
                ("address", fields.CharField(null=True, description="", max_length=240)),
            ],
            options={
                "table": "course_session",
                "app": "hub",
                "unique_together": (("course_id", "slug"),),
                "indexes": [Index(fields=["course_id", "starts_at", "id"], name="session_course")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=EventKind, max_length=16)),
                ("title", fields.CharField(description="", max_length=160)),
                ("summary", fields.TextField(default="", description="", unique=False)),
                ("body_markdown", fields.TextField(default="", description="", unique=False)),
                ("body_html", fields.TextField(default="", description="", unique=False)),
                ("cover_url", fields.CharField(null=True, description="", max_length=500)),
                ("organiser", fields.CharField(description="", max_length=120)),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("venue_name", fields.CharField(null=True, description="", max_length=120)),
                ("address", fields.CharField(null=True, description="", max_length=240)),
                ("latitude", fields.FloatField(null=True, description="")),
                ("longitude", fields.FloatField(null=True, description="")),
                ("timezone", fields.CharField(description="", max_length=64)),
                (
                    "starts_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "ends_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "registration_opens_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "registration_closes_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("eligibility", fields.TextField(default="", description="", unique=False)),
            ],
            options={
                "table": "event",
                "app": "hub",
                "indexes": [
                    Index(fields=["starts_at", "id"], name="event_starts"),
                    Index(fields=["ends_at", "id"], name="event_ends"),
                    Index(fields=["published_at", "id"], name="event_published"),
                    Index(fields=["kind", "starts_at", "id"], name="event_kind"),
                    Index(fields=["town_id", "starts_at", "id"], name="event_town"),
                    Index(fields=["place_id", "starts_at", "id"], name="event_place"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="AgendaItem",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "hub.Event",
                        source_field="event_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.IntField(description="")),
                ("title", fields.CharField(description="", max_length=160)),
                ("speaker", fields.CharField(null=True, description="", max_length=120)),
                (
                    "starts_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "ends_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
            ],
            options={
                "table": "agenda_item",
                "app": "hub",
                "indexes": [Index(fields=["event_id", "position"], name="agenda_event")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Laureate",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "honour",
                    fields.ForeignKeyField(
                        "hub.Honour",
                        source_field="honour_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(description="", max_length=120)),
                ("sort_name", fields.CharField(description="", max_length=240)),
                ("occupation", fields.CharField(default="", description="", max_length=120)),
                ("employer", fields.CharField(default="", description="", max_length=120)),
                ("year", fields.IntField(null=True, description="")),
                ("story_markdown", fields.TextField(default="", description="", unique=False)),
                ("story_html", fields.TextField(default="", description="", unique=False)),
                ("photo_url", fields.CharField(null=True, description="", max_length=500)),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.IntField(default=0, description="")),
            ],
            options={
                "table": "laureate",
                "app": "hub",
                "indexes": [
                    Index(fields=["honour_id", "position", "id"], name="laureate_honour"),
                    Index(fields=["place_id", "position", "id"], name="laureate_place"),
                    Index(fields=["published_at", "id"], name="laureate_published"),
                    Index(fields=["sort_name", "id"], name="laureate_name"),
                    Index(fields=["year", "id"], name="laureate_year"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Offering",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                ("slug", fields.CharField(unique=True, description="", max_length=120)),
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
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("is_illustrative", fields.BooleanField(default=False, description="")),
                ("version", fields.IntField(default=1, description="")),
                (
                    "created_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "updated_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(description="", enum_type=OfferingKind, max_length=16),
                ),
                ("title", fields.CharField(description="", max_length=120)),
                ("description", fields.TextField(default="", description="", unique=False)),
                ("audience", fields.CharField(description="", max_length=240)),
                (
                    "schedule",
                    fields.JSONField(
                        default=list, description="", encoder=JSON_DUMPS, decoder=loads
                    ),
                ),
                ("schedule_note", fields.CharField(null=True, description="", max_length=240)),
                ("daily_quota", fields.IntField(null=True, description="")),
                (
                    "valid_from",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                (
                    "valid_until",
                    fields.DatetimeField(
                        null=True, description="", auto_now=False, auto_now_add=False
                    ),
                ),
                ("position", fields.IntField(default=0, description="")),
            ],
            options={
                "table": "offering",
                "app": "hub",
                "indexes": [
                    Index(fields=["place_id", "position", "id"], name="offering_place"),
                    Index(fields=["kind", "place_id"], name="offering_kind"),
                ],
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "hub.Event",
                        source_field="event_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "employer",
                    fields.ForeignKeyField(
                        "hub.Employer",
                        source_field="employer_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(description="", max_length=120)),
                ("job", fields.CharField(description="", max_length=120)),
                ("description", fields.TextField(default="", description="", unique=False)),
                ("requirements", fields.TextField(default="", description="", unique=False)),
                ("workplace", fields.CharField(default="", description="", max_length=160)),
                (
                    "pay_minimum",
                    fields.DecimalField(description="", max_digits=12, decimal_places=2),
                ),
                (
                    "pay_maximum",
                    fields.DecimalField(description="", max_digits=12, decimal_places=2),
                ),
                ("pay_currency", fields.CharField(default="CNY", description="", max_length=3)),
                (
                    "pay_period",
                    fields.CharEnumField(description="", enum_type=PayPeriod, max_length=16),
                ),
                ("headcount", fields.IntField(description="")),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "opening",
                "app": "hub",
                "unique_together": (("event_id", "slug"),),
                "indexes": [
                    Index(fields=["event_id", "position", "id"], name="opening_event"),
                    Index(fields=["employer_id", "position", "id"], name="opening_employer"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OpeningInterval",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("rule", fields.CharEnumField(description="", enum_type=HoursRule, max_length=16)),
                ("weekday", fields.SmallIntField(null=True, description="")),
                ("starts_on", fields.DateField(null=True, description="")),
                ("ends_on", fields.DateField(null=True, description="")),
                ("opens_minute", fields.SmallIntField(null=True, description="")),
                ("closes_minute", fields.SmallIntField(null=True, description="")),
                ("note", fields.CharField(null=True, description="", max_length=120)),
            ],
            options={
                "table": "opening_interval",
                "app": "hub",
                "indexes": [Index(fields=["place_id", "rule", "weekday"], name="interval_place")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlaceAmenity",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "amenity",
                    fields.ForeignKeyField(
                        "hub.Amenity",
                        source_field="amenity_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "place_amenity",
                "app": "hub",
                "unique_together": (("place_id", "amenity_id"),),
                "indexes": [Index(fields=["amenity_id", "place_id"], name="amenity_place")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlacePhoto",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("url", fields.CharField(description="", max_length=500)),
                ("alt", fields.CharField(description="", max_length=240)),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "place_photo",
                "app": "hub",
                "indexes": [Index(fields=["place_id", "position"], name="photo_place")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    fields.UUIDField(
                        primary_key=True, default=uuid4, unique=True, db_index=True, description=""
                    ),
                ),
                (
                    "competition",
                    fields.ForeignKeyField(
                        "hub.Competition",
                        source_field="competition_id",
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(description="", max_length=120)),
                ("kind", fields.CharEnumField(description="", enum_type=StageKind, max_length=16)),
                ("name", fields.CharField(description="", max_length=120)),
                ("description", fields.TextField(default="", description="", unique=False)),
                (
                    "starts_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "ends_at",
                    fields.DatetimeField(description="", auto_now=False, auto_now_add=False),
                ),
                (
                    "place",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="place_id",
                        null=True,
                        description="",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("venue_name", fields.CharField(null=True, description="", max_length=120)),
                ("address", fields.CharField(null=True, description="", max_length=240)),
                ("position", fields.IntField(description="")),
            ],
            options={
                "table": "stage",
                "app": "hub",
                "unique_together": (("competition_id", "slug"),),
                "indexes": [Index(fields=["competition_id", "position"], name="stage_competition")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
