"""Tables of enrolment. A seat is counted in its pool's row, and that row alone decides.

`taken` counts the seats of registrations that hold one (confirmed, pending, offered, attended,
no-show), `waiting` the seats that are waited for, by `waiting_parties` registrations. What people
wrote stands here encrypted.
"""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from hub.enrollment.rules import Allocation, RegistrationState, SubjectKind
from hub.publishing import Content


class Pool(Content):
    """Seats that are given out together, and the rules by which they are given.

    `sequence` is the last number given in the pool: numbers order the waiting list.
    `offers_end_at` is the earliest end of an offer that is out.
    """

    title = fields.CharField(max_length=160)
    capacity = fields.IntField()
    party_size_maximum = fields.IntField(default=1)
    per_person_limit = fields.IntField(default=1)
    hold_minutes = fields.IntField(default=120)
    opens_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    cancel_until = fields.DatetimeField(null=True)
    offers_until = fields.DatetimeField(null=True)
    needs_approval = fields.BooleanField(default=False)
    has_waiting_list = fields.BooleanField(default=True)
    allocation = fields.CharEnumField(Allocation, max_length=16, default=Allocation.FIRST_COME)
    quotas_until = fields.DatetimeField(null=True)
    draws_at = fields.DatetimeField(null=True)
    drawn_at = fields.DatetimeField(null=True)
    eligibility: Any = fields.JSONField(default=dict)
    form: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Form", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    taken = fields.IntField(default=0)
    waiting = fields.IntField(default=0)
    waiting_parties = fields.IntField(default=0)
    sequence = fields.IntField(default=0)
    offers_end_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pool"
        indexes = (Index(fields=("offers_end_at",), name="pool_offers_end"),)
        constraints = (
            CheckConstraint(check="taken >= 0 AND taken <= capacity", name="pool_taken"),
            CheckConstraint(check="waiting >= 0 AND waiting_parties >= 0", name="pool_waiting"),
        )


class PoolQuota(Model):
    """The part of a pool's seats that is kept for one town."""

    id = fields.UUIDField(primary_key=True)
    pool: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    town: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.RESTRICT
    )
    capacity = fields.IntField()
    taken = fields.IntField(default=0)
    position = fields.IntField()

    class Meta:
        table = "pool_quota"
        unique_together = (("pool_id", "slug"), ("pool_id", "town_id"))
        constraints = (
            CheckConstraint(check="taken >= 0 AND taken <= capacity", name="pool_quota_taken"),
        )


class Draw(Model):
    """A lottery's seed: its digest is public from the beginning, the seed from the draw on."""

    id = fields.UUIDField(primary_key=True)
    pool: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, unique=True
    )
    seed_encrypted = fields.CharField(max_length=300)
    seed_digest = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    seed = fields.CharField(max_length=64, null=True)
    drawn_at = fields.DatetimeField(null=True)
    entries = fields.IntField(null=True)

    class Meta:
        table = "draw"
        unique_together = (("pool_id",),)


class InvitationCode(Model):
    """A code that lets somebody into a pool for the invited; kept as its digest."""

    id = fields.UUIDField(primary_key=True)
    pool: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.CASCADE
    )
    code_digest = fields.CharField(max_length=64, unique=True)
    uses_maximum = fields.IntField(default=1)
    uses = fields.IntField(default=0)
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invitation_code"
        indexes = (Index(fields=("pool_id", "id"), name="invitation_pool"),)
        constraints = (
            CheckConstraint(check="uses >= 0 AND uses <= uses_maximum", name="invitation_uses"),
        )


class Registration(Model):
    """That somebody has, or waits for, seats in a pool for one thing.

    A pool is missing where seats are not counted. `scope_id` is the pool, or the thing itself
    without one: within it a person holds as many `slot`s as the pool's limit says; `subject_slot`
    is 1 where a thing takes a person once, whatever pool it is by. Both are null once it is over.
    `invitation_id` is the invitation code that let the person in.
    `ticket_serial` counts how often it was handed over: tickets with an older one are void.
    """

    id = fields.UUIDField(primary_key=True)
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    subject_kind = fields.CharEnumField(SubjectKind, max_length=16)
    subject_id = fields.UUIDField()
    part_id = fields.UUIDField(null=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.RESTRICT
    )
    state = fields.CharEnumField(RegistrationState, max_length=16)
    party_size = fields.IntField(default=1)
    number = fields.IntField(null=True)
    town_id = fields.UUIDField(null=True)
    is_on_quota = fields.BooleanField(default=False)
    scope_id = fields.UUIDField()
    slot = fields.IntField(null=True)
    subject_slot = fields.IntField(null=True)
    offered_until = fields.DatetimeField(null=True)
    form_id = fields.UUIDField(null=True)
    form_version = fields.IntField(null=True)
    invitation_id = fields.UUIDField(null=True)
    answers_encrypted = fields.TextField(null=True)
    companions_encrypted = fields.TextField(null=True)
    reason = fields.CharField(max_length=500, default="")
    decided_by = fields.UUIDField(null=True)
    transferred_from = fields.UUIDField(null=True)
    ticket_serial = fields.IntField(default=0, db_default=0)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "registration"
        indexes = (
            Index(fields=("pool_id", "state", "number"), name="registration_queue"),
            Index(fields=("person_id", "created_at", "id"), name="registration_person"),
            Index(fields=("subject_id", "created_at", "id"), name="registration_subject"),
            Index(fields=("state", "offered_until"), name="registration_offers"),
        )
        constraints = (
            UniqueConstraint(fields=("scope_id", "person_id", "slot"), name="registration_slot"),
            UniqueConstraint(
                fields=("subject_id", "person_id", "subject_slot"), name="registration_once"
            ),
            CheckConstraint(check="party_size >= 1", name="registration_party"),
        )
