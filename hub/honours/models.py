"""Tables of honours: the honour, and whoever it was given to."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from hub.honours.rules import HonourKind, HonourLevel
from hub.publishing import Content


class Honour(Content):
    """An honour that can be given many times: 宁波市五一劳动奖章."""

    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    level = fields.CharEnumField(HonourLevel, max_length=16)
    kind = fields.CharEnumField(HonourKind, max_length=16)
    issuer = fields.CharField(max_length=120, default="")
    description = fields.TextField(default="")
    position = fields.IntField(default=0)

    class Meta:
        table = "honour"
        indexes = (
            Index(fields=("position", "id"), name="honour_position"),
            Index(fields=("published_at", "id"), name="honour_published"),
            Index(fields=("sort_name", "id"), name="honour_name"),
        )


class Laureate(Content):
    """A worker or a station to whom an honour was given."""

    honour: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Honour", related_name=False, on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    occupation = fields.CharField(max_length=120, default="")
    employer = fields.CharField(max_length=120, default="")
    year = fields.IntField(null=True)
    story_markdown = fields.TextField(default="")
    story_html = fields.TextField(default="")
    photo_url = fields.CharField(max_length=500, null=True)
    town: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    place: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE, null=True
    )
    position = fields.IntField(default=0)

    class Meta:
        table = "laureate"
        indexes = (
            Index(fields=("honour_id", "position", "id"), name="laureate_honour"),
            Index(fields=("place_id", "position", "id"), name="laureate_place"),
            Index(fields=("town_id", "position", "id"), name="laureate_town"),
            Index(fields=("position", "id"), name="laureate_position"),
            Index(fields=("published_at", "id"), name="laureate_published"),
            Index(fields=("sort_name", "id"), name="laureate_name"),
            Index(fields=("year", "id"), name="laureate_year"),
        )
