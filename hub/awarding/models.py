"""The table of medals: which honour an entry won, and as which laureate."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model


class Medal(Model):
    """That an entry won a competition's prize; its laureate was made once and is the editors'."""

    id = fields.UUIDField(primary_key=True)
    competition_id = fields.UUIDField()
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    prize_position = fields.IntField()
    honour_id = fields.UUIDField()
    laureate_id = fields.UUIDField(unique=True)
    awarded_by = fields.UUIDField(null=True)
    awarded_at = fields.DatetimeField()

    class Meta:
        table = "medal"
        indexes = (Index(fields=("competition_id", "prize_position"), name="medal_competition"),)
        constraints = (UniqueConstraint(fields=("entry_id",), name="medal_entry"),)
