"""Tables of places. Coordinates are WGS-84 degrees; minutes count from local midnight."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.directory.rules import (
    BuildWay,
    HoursRule,
    MerchantCategory,
    OfferingKind,
    PlaceKind,
    StationLevel,
    TownKind,
)
from hub.publishing import Content


class District(Model):
    """Whose hub this is: one row, or none before the first load."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=80)
    city = fields.CharField(max_length=80)
    province = fields.CharField(max_length=80)
    timezone = fields.CharField(max_length=64)

    class Meta:
        table = "district"


class Town(Model):
    """A subdistrict, town or park of the district, with the centre of its boundary."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=120, unique=True)
    name = fields.CharField(max_length=80)
    kind = fields.CharEnumField(TownKind, max_length=16)
    position = fields.IntField()
    latitude = fields.FloatField()
    longitude = fields.FloatField()
    is_illustrative = fields.BooleanField(default=False)

    class Meta:
        table = "town"
        indexes = (Index(fields=("position", "id"), name="town_position"),)


class Amenity(Model):
    """A word of the vocabulary of amenities: 空调, 微波炉, 电瓶车充电桩."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    label = fields.CharField(max_length=40)
    icon = fields.CharField(max_length=40)
    position = fields.IntField()

    class Meta:
        table = "amenity"


class FriendlyStreet(Content):
    """A street whose merchants look after workers (友好街区)."""

    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    summary = fields.TextField(default="")
    town: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.RESTRICT
    )
    cover_url = fields.CharField(max_length=500, null=True)
    latitude = fields.FloatField()
    longitude = fields.FloatField()

    class Meta:
        table = "friendly_street"
        indexes = (
            Index(fields=("sort_name", "id"), name="street_name"),
            Index(fields=("published_at", "id"), name="street_published"),
            Index(fields=("town_id", "sort_name", "id"), name="street_town"),
        )


class Place(Content):
    """A merchant, a station or a service centre: one table, so that a map asks once.

    `x`, `y`, `z` are the place on the unit sphere: the squared chord to another point orders by
    true distance with additions and multiplications alone, alike on both databases.
    """

    kind = fields.CharEnumField(PlaceKind, max_length=16)
    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=240)
    summary = fields.TextField(default="")
    address = fields.CharField(max_length=240)
    town: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Town", related_name=False, on_delete=fields.RESTRICT
    )
    street: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "hub.FriendlyStreet", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    latitude = fields.FloatField()
    longitude = fields.FloatField()
    x = fields.FloatField()
    y = fields.FloatField()
    z = fields.FloatField()
    timezone = fields.CharField(max_length=64)
    phone = fields.CharField(max_length=40, null=True)
    accessibility = fields.JSONField[list[str]](default=list)
    accessibility_note = fields.CharField(max_length=240, null=True)
    category = fields.CharEnumField(MerchantCategory, max_length=16, null=True)
    level = fields.CharEnumField(StationLevel, max_length=16, null=True)
    build_way = fields.CharEnumField(BuildWay, max_length=16, null=True)
    host = fields.CharField(max_length=120, null=True)
    area_square_metres = fields.IntField(null=True)
    zones = fields.JSONField[list[str]](default=list)

    class Meta:
        table = "place"
        indexes = (
            Index(fields=("kind", "sort_name", "id"), name="place_kind_name"),
            Index(fields=("kind", "published_at", "id"), name="place_kind_published"),
            Index(fields=("sort_name", "id"), name="place_name"),
            Index(fields=("published_at", "id"), name="place_published"),
            Index(fields=("town_id", "kind", "sort_name", "id"), name="place_town"),
            Index(fields=("street_id", "sort_name", "id"), name="place_street"),
            Index(fields=("latitude", "longitude"), name="place_position"),
            Index(fields=("timezone",), name="place_timezone"),
            Index(fields=("category", "sort_name", "id"), name="place_category"),
            Index(fields=("level", "sort_name", "id"), name="place_level"),
        )


class PlacePhoto(Model):
    """A picture of a place, in the order in which to show it."""

    id = fields.UUIDField(primary_key=True)
    place: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE
    )
    url = fields.CharField(max_length=500)
    alt = fields.CharField(max_length=240)
    position = fields.IntField()

    class Meta:
        table = "place_photo"
        indexes = (Index(fields=("place_id", "position"), name="photo_place"),)


class PlaceAmenity(Model):
    """That a place has an amenity."""

    id = fields.UUIDField(primary_key=True)
    place: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE
    )
    amenity: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Amenity", related_name=False, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "place_amenity"
        unique_together = (("place_id", "amenity_id"),)
        indexes = (Index(fields=("amenity_id", "place_id"), name="amenity_place"),)


class CentreService(Model):
    """A service that a centre gives at its desks: 医疗互助报销, 法律维权."""

    id = fields.UUIDField(primary_key=True)
    place: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    description = fields.CharField(max_length=500, default="")
    position = fields.IntField()

    class Meta:
        table = "centre_service"
        indexes = (Index(fields=("place_id", "position"), name="service_place"),)


class OpeningInterval(Model):
    """One interval of a place's hours, or one closed day.

    WEEKLY rows have `weekday` (1 Monday to 7 Sunday, ISO 8601); EXCEPTION rows have the half-open
    days `starts_on` and `ends_on`; HOLIDAY rows hold on every public holiday. `opens_minute` is
    0 to 1439; `closes_minute` is greater and at most 2880: past 1440 it runs into the next day.
    Both are null where the place is closed.
    """

    id = fields.UUIDField(primary_key=True)
    place: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE
    )
    rule = fields.CharEnumField(HoursRule, max_length=16)
    weekday = fields.SmallIntField(null=True)
    starts_on = fields.DateField(null=True)
    ends_on = fields.DateField(null=True)
    opens_minute = fields.SmallIntField(null=True)
    closes_minute = fields.SmallIntField(null=True)
    note = fields.CharField(max_length=120, null=True)

    class Meta:
        table = "opening_interval"
        indexes = (Index(fields=("place_id", "rule", "weekday"), name="interval_place"),)


class Offering(Content):
    """Something a place gives to workers: 每周三下午免费理发, 10 places a day."""

    place: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Place", related_name=False, on_delete=fields.CASCADE
    )
    kind = fields.CharEnumField(OfferingKind, max_length=16)
    title = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    audience = fields.CharField(max_length=240)
    schedule = fields.JSONField[list[dict[str, int]]](default=list)
    schedule_note = fields.CharField(max_length=240, null=True)
    daily_quota = fields.IntField(null=True)
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    position = fields.IntField(default=0)

    class Meta:
        table = "offering"
        indexes = (
            Index(fields=("place_id", "position", "id"), name="offering_place"),
            Index(fields=("kind", "place_id"), name="offering_kind"),
        )
