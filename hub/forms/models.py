"""Tables of forms: what each asks now, and what it asked before."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from hub.publishing import Content


class Form(Content):
    """What an organiser asks those who sign up; `version` counts its changes."""

    title = fields.CharField(max_length=160)
    questions: Any = fields.JSONField(default=list)

    class Meta:
        table = "form"


class FormVersion(Model):
    """What a form asked before it was changed: who began with it stays with it."""

    id = fields.UUIDField(primary_key=True)
    form: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Form", related_name=False, on_delete=fields.CASCADE
    )
    version = fields.IntField()
    questions: Any = fields.JSONField()
    replaced_at = fields.DatetimeField()

    class Meta:
        table = "form_version"
        unique_together = (("form_id", "version"),)
