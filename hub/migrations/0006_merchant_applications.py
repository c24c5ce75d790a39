from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.merchants.rules import ApplicationState


class Migration(migrations.Migration):
    dependencies = [("hub", "0005_editing")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MerchantApplication",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("applicant_id", fields.UUIDField()),
                (
                    "state",
                    fields.CharEnumField(description="", enum_type=ApplicationState, max_length=16),
                ),
                ("version", fields.IntField()),
                ("shop", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("offerings", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("contact_name_encrypted", fields.TextField(null=True, unique=False)),
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
                (
                    "street",
                    fields.ForeignKeyField(
                        "hub.FriendlyStreet",
                        source_field="street_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "merchant",
                    fields.ForeignKeyField(
                        "hub.Place",
                        source_field="merchant_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("open_key", fields.CharField(null=True, unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("submitted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_by", fields.UUIDField(null=True)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(max_length=500)),
            ],
            options={
                "table": "merchant_application",
                "app": "hub",
                "indexes": [
                    Index(
                        fields=["applicant_id", "created_at", "id"], name="application_applicant"
                    ),
                    Index(fields=["town_id", "created_at", "id"], name="application_town"),
                    Index(fields=["state", "created_at", "id"], name="application_state"),
                    Index(fields=["created_at", "id"], name="application_created"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
