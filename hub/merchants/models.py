"""The table of applications to join the friendly street."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.merchants.rules import ApplicationState


class MerchantApplication(Model):
    """That somebody wants a shop to join.

    `shop` and `offerings` are what a content folder would say of them, without slugs and without
    publication; `town_id` and `street_id` are in `shop` by their slugs, too. Of the applicant
    nothing is kept but the id, and the name of whom to ask for at the shop until it is decided.
    `open_key` is `rules.shop_key` while the application is open, and null afterwards: the same
    shop is not twice open. `decided_by` is a person or a service.
    """

    id = fields.UUIDField(primary_key=True)
    applicant_id = fields.UUIDField()
    state = fields.CharEnumField(ApplicationState, max_length=16)
    version = fields.IntField()
    shop: Any = fields.JSONField()
    offerings: Any = fields.JSONField()
    contact_name_encrypted = fields.TextField(null=True)
    town: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.RESTRICT
    )
    street: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.FriendlyStreet", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    merchant: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    open_key = fields.CharField(max_length=64, null=True, unique=True)
    created_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=500)

    class Meta:
        table = "merchant_application"
        indexes = (
            Index(fields=("applicant_id", "created_at", "id"), name="application_applicant"),
            Index(fields=("town_id", "created_at", "id"), name="application_town"),
            Index(fields=("state", "created_at", "id"), name="application_state"),
            Index(fields=("created_at", "id"), name="application_created"),
        )
