"""Tables of events. Instants are UTC; `timezone` is where the event takes place."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.events.rules import EventKind, PayPeriod
from hub.publishing import Content


class Event(Content):
    """A festival, show, job fair, talk: a time, and a place or an address."""

    kind = fields.CharEnumField(EventKind, max_length=16)
    title = fields.CharField(max_length=160)
    summary = fields.TextField(default="")
    body_markdown = fields.TextField(default="")
    body_html = fields.TextField(default="")
    cover_url = fields.CharField(max_length=500, null=True)
    organiser = fields.CharField(max_length=120)
    town: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    place: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    venue_name = fields.CharField(max_length=120, null=True)
    address = fields.CharField(max_length=240, null=True)
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    timezone = fields.CharField(max_length=64)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    registration_opens_at = fields.DatetimeField(null=True)
    registration_closes_at = fields.DatetimeField(null=True)
    eligibility = fields.TextField(default="")
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )

    class Meta:
        table = "event"
        indexes = (
            Index(fields=("starts_at", "id"), name="event_starts"),
            Index(fields=("ends_at", "id"), name="event_ends"),
            Index(fields=("published_at", "id"), name="event_published"),
            Index(fields=("kind", "starts_at", "id"), name="event_kind"),
            Index(fields=("town_id", "starts_at", "id"), name="event_town"),
            Index(fields=("place_id", "starts_at", "id"), name="event_place"),
        )


class EventOption(Model):
    """One of several things to choose from when one signs up for an event: a table, a bus."""

    id = fields.UUIDField(primary_key=True)
    event: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Event", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    title = fields.CharField(max_length=160)
    description = fields.TextField(default="")
    pool: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.Pool", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    position = fields.IntField()

    class Meta:
        table = "event_option"
        unique_together = (("event_id", "slug"),)
        indexes = (Index(fields=("event_id", "position"), name="option_event"),)


class AgendaItem(Model):
    """One point of an event's agenda."""

    id = fields.UUIDField(primary_key=True)
    event: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Event", related_name=False, on_delete=fields.CASCADE
    )
    position = fields.IntField()
    title = fields.CharField(max_length=160)
    speaker = fields.CharField(max_length=120, null=True)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "agenda_item"
        indexes = (Index(fields=("event_id", "position"), name="agenda_event"),)


class Employer(Content):
    """Somebody who hires at job fairs."""

    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    industry = fields.CharField(max_length=80, default="")
    summary = fields.TextField(default="")
    logo_url = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "employer"
        indexes = (Index(fields=("sort_name", "id"), name="employer_name"),)


class Opening(Model):
    """A job that an employer offers at a job fair. Pay is exact, per `pay_period`."""

    id = fields.UUIDField(primary_key=True)
    event: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Event", related_name=False, on_delete=fields.CASCADE
    )
    employer: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Employer", related_name=False, on_delete=fields.CASCADE
    )
    slug = fields.CharField(max_length=120)
    job = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    requirements = fields.TextField(default="")
    workplace = fields.CharField(max_length=160, default="")
    pay_minimum = fields.DecimalField(max_digits=12, decimal_places=2)
    pay_maximum = fields.DecimalField(max_digits=12, decimal_places=2)
    pay_currency = fields.CharField(max_length=3, default="CNY")
    pay_period = fields.CharEnumField(PayPeriod, max_length=16)
    headcount = fields.IntField()
    position = fields.IntField()

    class Meta:
        table = "opening"
        unique_together = (("event_id", "slug"),)
        indexes = (
            Index(fields=("event_id", "position", "id"), name="opening_event"),
            Index(fields=("employer_id", "position", "id"), name="opening_employer"),
        )
