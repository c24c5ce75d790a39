from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.editing.rules import RevisionState


class Migration(migrations.Migration):
    dependencies = [("hub", "0004_identity")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("kind", fields.CharField(max_length=40)),
                ("item_id", fields.UUIDField()),
                ("slug", fields.CharField(max_length=120)),
                ("number", fields.IntField()),
                ("live_version", fields.IntField()),
                (
                    "state",
                    fields.CharEnumField(description="", enum_type=RevisionState, max_length=16),
                ),
                ("values", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("changes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("note", fields.CharField(max_length=500)),
                ("author_id", fields.UUIDField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "published_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("decided_by", fields.UUIDField(null=True)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(max_length=500)),
                ("program_id", fields.UUIDField(null=True)),
                ("town_id", fields.UUIDField(null=True)),
            ],
            options={
                "table": "revision",
                "app": "hub",
                "unique_together": (("item_id", "number"),),
                "indexes": [
                    Index(fields=["kind", "slug"], name="revision_slug"),
                    Index(fields=["state", "created_at", "id"], name="revision_state"),
                    Index(fields=["author_id", "created_at", "id"], name="revision_author"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
