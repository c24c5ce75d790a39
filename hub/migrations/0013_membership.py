from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from hub.membership.rules import WorkerGroup


class Migration(migrations.Migration):
    dependencies = [("hub", "0011_seats")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WorkerProfile",
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
                    "group",
                    fields.CharEnumField(
                        null=True, description="", enum_type=WorkerGroup, max_length=32
                    ),
                ),
                (
                    "town",
                    fields.ForeignKeyField(
                        "hub.Town",
                        source_field="town_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("born_on_encrypted", fields.CharField(null=True, max_length=200)),
                ("is_member", fields.BooleanField(default=False)),
                ("member_since", fields.DateField(null=True)),
                ("membership_decided_by", fields.UUIDField(null=True)),
                (
                    "membership_decided_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("membership_reason", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "worker_profile",
                "app": "hub",
                "unique_together": (("person_id",),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        # `unique` of a reference made no constraint: a pool has one draw by this.
        ops.AddConstraint(
            model_name="Draw",
            constraint=UniqueConstraint(fields=("pool_id",), name=None),
        ),
        ops.AddField(
            model_name="Pool",
            name="quotas_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
