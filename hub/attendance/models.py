"""Tables of attendance: who was scanned when, and whose calendar is read by which address."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from hub.attendance.rules import NONCE_MAX_CHARS, CheckInSource


class CheckIn(Model):
    """One scan of a ticket, or one entry by hand at the desk.

    `at` is the hub's clock; `occurred_at` is the device's, and never later. `first_slot` is 1 for
    a registration's first check-in and null for what came after it. `arrivals` is how many of the
    party came with it. Who scanned has used the `nonce` once.
    """

    id = fields.UUIDField(primary_key=True)
    registration: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Registration", related_name=False, on_delete=fields.RESTRICT
    )
    scanner_id = fields.UUIDField()
    nonce = fields.CharField(max_length=NONCE_MAX_CHARS)
    source = fields.CharEnumField(CheckInSource, max_length=16)
    device_id = fields.CharField(max_length=80, default="")
    first_slot = fields.IntField(null=True)
    arrivals = fields.IntField()
    occurred_at = fields.DatetimeField()
    at = fields.DatetimeField()

    class Meta:
        table = "check_in"
        indexes = (Index(fields=("at", "id"), name="check_in_at"),)
        constraints = (
            UniqueConstraint(fields=("scanner_id", "nonce"), name="check_in_nonce"),
            UniqueConstraint(fields=("registration_id", "first_slot"), name="check_in_first"),
            CheckConstraint(check="arrivals >= 0", name="check_in_arrivals"),
        )


class CalendarFeed(Model):
    """Which address of a person's calendar counts: it has this number in it, and older ones died.

    Nobody has a row before the first reset; the number is 0 then.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    generation = fields.IntField()
    reset_at = fields.DatetimeField()

    class Meta:
        table = "calendar_feed"
        constraints = (UniqueConstraint(fields=("person_id",), name="calendar_feed_person"),)
