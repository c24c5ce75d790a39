"""Tables of competitions. Windows are half-open, instants are UTC."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.competitions.rules import AdvanceKind, EntrantKind, StageKind
from hub.publishing import Content


class Competition(Content):
    """A skill competition (技能比武) of a year."""

    title = fields.CharField(max_length=160)
    sort_name = fields.CharField(max_length=320)
    summary = fields.TextField(default="")
    body_markdown = fields.TextField(default="")
    body_html = fields.TextField(default="")
    rules_markdown = fields.TextField(default="")
    rules_html = fields.TextField(default="")
    cover_url = fields.CharField(max_length=500, null=True)
    organiser = fields.CharField(max_length=120)
    year = fields.IntField()
    timezone = fields.CharField(max_length=64)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    registration_opens_at = fields.DatetimeField(null=True)
    registration_closes_at = fields.DatetimeField(null=True)

    class Meta:
        table = "competition"
        indexes = (
            Index(fields=("starts_at", "id"), name="competition_starts"),
            Index(fields=("ends_at", "id"), name="competition_ends"),
            Index(fields=("published_at", "id"), name="competition_published"),
            Index(fields=("year", "starts_at", "id"), name="competition_year"),
            Index(fields=("sort_name", "id"), name="competition_name"),
        )


class Division(Model):
    """A part of a competition with entrants of its own: 个人组, 团体组."""

    id = fields.UUIDField(primary_key=True)
    competition: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Competition", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    name = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    eligibility = fields.TextField(default="")
    entrant = fields.CharEnumField(EntrantKind, max_length=16)
    team_size_minimum = fields.IntField(default=1)
    team_size_maximum = fields.IntField(default=1)
    substitutes_maximum = fields.IntField(default=0, db_default=0)
    roster_freezes_at = fields.DatetimeField(null=True)
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    position = fields.IntField()

    class Meta:
        table = "division"
        unique_together = (("competition_id", "slug"),)
        indexes = (Index(fields=("competition_id", "position"), name="division_competition"),)


class Stage(Model):
    """One stage of a competition and its window.

    `criteria` are what judges give points for: slug, label, maximum, weight; a stage without them
    is not judged. `tie_break` names the one that decides between equal scores.
    """

    id = fields.UUIDField(primary_key=True)
    competition: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Competition", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    kind = fields.CharEnumField(StageKind, max_length=16)
    name = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    place: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    venue_name = fields.CharField(max_length=120, null=True)
    address = fields.CharField(max_length=240, null=True)
    criteria: Any = fields.JSONField(default=list, db_default=[])
    drop_extremes = fields.BooleanField(default=False, db_default=False)
    tie_break = fields.CharField(max_length=120, null=True)
    advance_kind = fields.CharEnumField(
        AdvanceKind, max_length=16, default=AdvanceKind.BY_HAND, db_default=AdvanceKind.BY_HAND
    )
    advance_number = fields.IntField(null=True)
    advance_score = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    position = fields.IntField()

    class Meta:
        table = "stage"
        unique_together = (("competition_id", "slug"),)
        indexes = (Index(fields=("competition_id", "position"), name="stage_competition"),)


class Prize(Model):
    """What can be won: 一等奖 1 名, 奖金 3000 元."""

    id = fields.UUIDField(primary_key=True)
    competition: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Competition", related_name=False, on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    description = fields.CharField(max_length=500, default="")
    quantity = fields.IntField()
    amount = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    currency = fields.CharField(max_length=3, default="CNY")
    position = fields.IntField()

    class Meta:
        table = "prize"
        indexes = (Index(fields=("competition_id", "position"), name="prize_competition"),)
