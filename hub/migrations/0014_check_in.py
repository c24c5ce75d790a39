from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from hub.attendance.rules import CheckInSource


class Migration(migrations.Migration):
    dependencies = [("hub", "0013_membership")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Registration",
            name="ticket_serial",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.CreateModel(
            name="CheckIn",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "registration",
                    fields.ForeignKeyField(
                        "hub.Registration",
                        source_field="registration_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("scanner_id", fields.UUIDField()),
                ("nonce", fields.CharField(max_length=64)),
                (
                    "source",
                    fields.CharEnumField(description="", enum_type=CheckInSource, max_length=16),
                ),
                ("device_id", fields.CharField(default="", max_length=80)),
                ("first_slot", fields.IntField(null=True)),
                ("arrivals", fields.IntField()),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "check_in",
                "app": "hub",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CalendarFeed",
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
                ("generation", fields.IntField()),
                ("reset_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "calendar_feed", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        # In steps of their own, the check first and the index last: see 0011_seats.
        ops.AddConstraint(
            "CheckIn", CheckConstraint(check="arrivals >= 0", name="check_in_arrivals")
        ),
        ops.AddConstraint(
            "CheckIn", UniqueConstraint(fields=("scanner_id", "nonce"), name="check_in_nonce")
        ),
        ops.AddConstraint(
            "CheckIn",
            UniqueConstraint(fields=("registration_id", "first_slot"), name="check_in_first"),
        ),
        ops.AddConstraint(
            "CalendarFeed", UniqueConstraint(fields=("person_id",), name="calendar_feed_person")
        ),
        ops.AddIndex("CheckIn", Index(fields=["at", "id"], name="check_in_at")),
    ]
