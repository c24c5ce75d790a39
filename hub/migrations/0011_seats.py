from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from hub.enrollment.rules import Allocation, RegistrationState, SubjectKind
from hub.publishing import StoredState


class Migration(migrations.Migration):
    dependencies = [("hub", "0010_progress")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Form",
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
                ("title", fields.CharField(max_length=160)),
                ("questions", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={"table": "form", "app": "hub", "pk_attr": "id"},
            bases=["Content"],
        ),
        ops.CreateModel(
            name="FormVersion",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "form",
                    fields.ForeignKeyField(
                        "hub.Form",
                        source_field="form_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("version", fields.IntField()),
                ("questions", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("replaced_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "form_version",
                "app": "hub",
                "unique_together": (("form_id", "version"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("person_id", fields.UUIDField()),
                ("operation", fields.CharField(max_length=60)),
                ("key", fields.CharField(max_length=255)),
                ("input_digest", fields.CharField(max_length=64)),
                ("result_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_key",
                "app": "hub",
                "unique_together": (("person_id", "operation", "key"),),
                "indexes": [Index(fields=["created_at"], name="idempotency_created")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pool",
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
                ("title", fields.CharField(max_length=160)),
                ("capacity", fields.IntField()),
                ("party_size_maximum", fields.IntField(default=1)),
                ("per_person_limit", fields.IntField(default=1)),
                ("hold_minutes", fields.IntField(default=120)),
                ("opens_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closes_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "cancel_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "offers_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("needs_approval", fields.BooleanField(default=False)),
                ("has_waiting_list", fields.BooleanField(default=True)),
                (
                    "allocation",
                    fields.CharEnumField(
                        default=Allocation.FIRST_COME,
                        description="",
                        enum_type=Allocation,
                        max_length=16,
                    ),
                ),
                ("draws_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("drawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("eligibility", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "form",
                    fields.ForeignKeyField(
                        "hub.Form",
                        source_field="form_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("taken", fields.IntField(default=0)),
                ("waiting", fields.IntField(default=0)),
                ("waiting_parties", fields.IntField(default=0)),
                ("sequence", fields.IntField(default=0)),
                (
                    "offers_end_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "pool",
                "app": "hub",
                "pk_attr": "id",
            },
            bases=["Content"],
        ),
        ops.CreateModel(
            name="Draw",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "pool",
                    fields.ForeignKeyField(
                        "hub.Pool",
                        source_field="pool_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("seed_encrypted", fields.CharField(max_length=300)),
                ("seed_digest", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seed", fields.CharField(null=True, max_length=64)),
                ("drawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("entries", fields.IntField(null=True)),
            ],
            options={"table": "draw", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventOption",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "event",
                    fields.ForeignKeyField(
                        "hub.Event",
                        source_field="event_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(max_length=120)),
                ("title", fields.CharField(max_length=160)),
                ("description", fields.TextField(default="", unique=False)),
                (
                    "pool",
                    fields.ForeignKeyField(
                        "hub.Pool",
                        source_field="pool_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
            ],
            options={
                "table": "event_option",
                "app": "hub",
                "unique_together": (("event_id", "slug"),),
                "indexes": [Index(fields=["event_id", "position"], name="option_event")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InvitationCode",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "pool",
                    fields.ForeignKeyField(
                        "hub.Pool",
                        source_field="pool_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_digest", fields.CharField(unique=True, max_length=64)),
                ("uses_maximum", fields.IntField(default=1)),
                ("uses", fields.IntField(default=0)),
                ("created_by", fields.UUIDField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation_code",
                "app": "hub",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PoolQuota",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "pool",
                    fields.ForeignKeyField(
                        "hub.Pool",
                        source_field="pool_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slug", fields.CharField(max_length=120)),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("capacity", fields.IntField()),
                ("taken", fields.IntField(default=0)),
                ("position", fields.IntField()),
            ],
            options={
                "table": "pool_quota",
                "app": "hub",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "pool",
                    fields.ForeignKeyField(
                        "hub.Pool",
                        source_field="pool_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "subject_kind",
                    fields.CharEnumField(description="", enum_type=SubjectKind, max_length=16),
                ),
                ("subject_id", fields.UUIDField()),
                ("part_id", fields.UUIDField(null=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="", enum_type=RegistrationState, max_length=16
                    ),
                ),
                ("party_size", fields.IntField(default=1)),
                ("number", fields.IntField(null=True)),
                ("town_id", fields.UUIDField(null=True)),
                ("is_on_quota", fields.BooleanField(default=False)),
                ("scope_id", fields.UUIDField()),
                ("slot", fields.IntField(null=True)),
                ("subject_slot", fields.IntField(null=True)),
                (
                    "offered_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("form_id", fields.UUIDField(null=True)),
                ("form_version", fields.IntField(null=True)),
                ("answers_encrypted", fields.TextField(null=True, unique=False)),
                ("companions_encrypted", fields.TextField(null=True, unique=False)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("decided_by", fields.UUIDField(null=True)),
                ("transferred_from", fields.UUIDField(null=True)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "registration",
                "app": "hub",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Course",
            name="pool",
            field=fields.ForeignKeyField(
                "hub.Pool",
                source_field="pool_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="CourseSession",
            name="pool",
            field=fields.ForeignKeyField(
                "hub.Pool",
                source_field="pool_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Division",
            name="pool",
            field=fields.ForeignKeyField(
                "hub.Pool",
                source_field="pool_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Event",
            name="pool",
            field=fields.ForeignKeyField(
                "hub.Pool",
                source_field="pool_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        # Tortoise makes no constraint of those that a new model has; a step of its own makes it. On
        # SQLite that builds the table anew and forgets its indexes: they come last.
        ops.AddConstraint(
            "Pool", CheckConstraint(check="taken >= 0 AND taken <= capacity", name="pool_taken")
        ),
        ops.AddConstraint(
            "Pool",
            CheckConstraint(check="waiting >= 0 AND waiting_parties >= 0", name="pool_waiting"),
        ),
        ops.AddConstraint(
            "InvitationCode",
            CheckConstraint(check="uses >= 0 AND uses <= uses_maximum", name="invitation_uses"),
        ),
        ops.AddConstraint(
            "PoolQuota",
            CheckConstraint(check="taken >= 0 AND taken <= capacity", name="pool_quota_taken"),
        ),
        ops.AddConstraint(
            "Registration", CheckConstraint(check="party_size >= 1", name="registration_party")
        ),
        ops.AddConstraint("PoolQuota", UniqueConstraint(fields=("pool_id", "slug"))),
        ops.AddConstraint("PoolQuota", UniqueConstraint(fields=("pool_id", "town_id"))),
        ops.AddConstraint(
            "Registration",
            UniqueConstraint(fields=("scope_id", "person_id", "slot"), name="registration_slot"),
        ),
        ops.AddConstraint(
            "Registration",
            UniqueConstraint(
                fields=("subject_id", "person_id", "subject_slot"), name="registration_once"
            ),
        ),
        ops.AddIndex("Pool", Index(fields=["offers_end_at"], name="pool_offers_end")),
        ops.AddIndex(
            "Registration", Index(fields=["pool_id", "state", "number"], name="registration_queue")
        ),
        ops.AddIndex(
            "Registration",
            Index(fields=["person_id", "created_at", "id"], name="registration_person"),
        ),
        ops.AddIndex(
            "Registration",
            Index(fields=["subject_id", "created_at", "id"], name="registration_subject"),
        ),
        ops.AddIndex(
            "Registration", Index(fields=["state", "offered_until"], name="registration_offers")
        ),
        ops.AddIndex("InvitationCode", Index(fields=["pool_id", "id"], name="invitation_pool")),
    ]
