from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.jobs.rules import JobState


class Migration(migrations.Migration):
    dependencies = [("hub", "0005_editing")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("kind", fields.CharField(max_length=80)),
                ("requested_by", fields.UUIDField()),
                ("parameters", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("needs", fields.CharField(null=True, max_length=40)),
                ("state", fields.CharEnumField(description="", enum_type=JobState, max_length=16)),
                ("progress", fields.IntField(default=0)),
                ("message", fields.CharField(default="", max_length=300)),
                ("message_chinese", fields.CharField(default="", max_length=300)),
                ("file_name", fields.CharField(null=True, max_length=120)),
                ("media_type", fields.CharField(null=True, max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "result_expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "job",
                "app": "hub",
                "indexes": [
                    Index(fields=["requested_by", "created_at", "id"], name="job_person"),
                    Index(fields=["created_at", "id"], name="job_created"),
                    Index(fields=["result_expires_at"], name="job_expiry"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("task", fields.CharField(max_length=80)),
                ("payload", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("key", fields.CharField(null=True, unique=True, max_length=160)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("run_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("again_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("claim", fields.UUIDField(null=True)),
                ("parked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_error", fields.CharField(default="", max_length=80)),
            ],
            options={
                "table": "outbox",
                "app": "hub",
                "indexes": [
                    Index(fields=["parked_at", "run_at", "id"], name="outbox_due"),
                    Index(fields=["claim"], name="outbox_claim"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PeriodicTask",
            fields=[
                (
                    "name",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80),
                ),
                ("next_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "periodic_task", "app": "hub", "pk_attr": "name"},
            bases=["Model"],
        ),
    ]
