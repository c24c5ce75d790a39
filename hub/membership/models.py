"""Tables of membership. When somebody was born stands here encrypted; their age is computed."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from hub.membership.rules import WorkerGroup


class WorkerProfile(Model):
    """What a worker declares of themselves, and whether the union has confirmed a member.

    Group, town and day of birth are the person's own word. `member_since` is a day of the
    district's calendar; who confirmed, or denied, it and why stands beside it.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    group = fields.CharEnumField(WorkerGroup, max_length=32, null=True)
    town: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    born_on_encrypted = fields.CharField(max_length=200, null=True)
    is_member = fields.BooleanField(default=False)
    member_since = fields.DateField(null=True)
    membership_decided_by = fields.UUIDField(null=True)
    membership_decided_at = fields.DatetimeField(null=True)
    membership_reason = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "worker_profile"
        unique_together = (("person_id",),)
