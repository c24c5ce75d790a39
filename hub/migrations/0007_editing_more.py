from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("hub", "0006_merchant_applications")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PreviewLink",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("link_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("kind", fields.CharField(max_length=40)),
                ("item_id", fields.UUIDField()),
                ("revision_id", fields.UUIDField()),
                ("number", fields.IntField()),
                ("author_id", fields.UUIDField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.UUIDField(null=True)),
                ("program_id", fields.UUIDField(null=True)),
                ("town_id", fields.UUIDField(null=True)),
            ],
            options={
                "table": "preview_link",
                "app": "hub",
                "unique_together": (("link_id", "position"),),
                "indexes": [
                    Index(fields=["item_id", "created_at", "id"], name="preview_link_item")
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Revision",
            name="expire_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Revision",
            name="place_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Revision",
            name="publish_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Revision",
            name="scheduled_by",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Revision",
            name="unit_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Revision",
            name="wording",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name="Revision",
            index=Index(fields=["state", "publish_at"], name="revision_due"),
        ),
        ops.AddIndex(
            model_name="Revision",
            index=Index(fields=["unit_id"], name="revision_unit"),
        ),
        ops.AddIndex(
            model_name="Revision",
            index=Index(fields=["place_id"], name="revision_place"),
        ),
    ]
