from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("hub", "0016_freshness")]

    initial = False

    operations = [
        ops.CreateModel(
            name="RegisteredDocument",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("document_id", fields.CharField(unique=True, max_length=200)),
                ("sha256", fields.CharField(max_length=64)),
                ("text", fields.TextField(unique=False)),
                ("kind", fields.CharField(max_length=16)),
                ("operations", fields.CharField(max_length=200)),
                ("registered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "registered_document",
                "app": "hub",
                "indexes": [Index(fields=["registered_at", "id"], name="registered_document_at")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RegistryHead",
            fields=[
                (
                    "id",
                    fields.IntField(generated=True, primary_key=True, unique=True, db_index=True),
                ),
                ("sequence", fields.BigIntField()),
            ],
            options={"table": "registry_head", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
