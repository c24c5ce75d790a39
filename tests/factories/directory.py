"""Towns, streets, places and what belongs to a place."""

from typing import Any
from uuid import UUID

from hub.datum import unit_vector
from hub.directory.models import (
    Amenity,
    CentreService,
    FriendlyStreet,
    Offering,
    OpeningInterval,
    Place,
    PlaceAmenity,
    PlacePhoto,
    Town,
)
from hub.directory.rules import HoursRule, MerchantCategory, OfferingKind, PlaceKind, TownKind
from hub.ids import new_id
from hub.pinyin import sort_key
from tests.factories.publishing import content, new_slug

LATITUDE, LONGITUDE = 29.8169, 121.5468
"""The middle of Yinzhou, WGS-84."""

WHOLE_DAY = (0, 1_440)


async def town(**values: Any) -> Town:
    """A subdistrict in the middle of the district."""
    defaults = {
        "id": new_id(),
        "slug": new_slug("town"),
        "name": "首南街道",
        "kind": TownKind.SUBDISTRICT,
        "position": 1,
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
    }
    return await Town.create(**{**defaults, **values})


async def amenity(**values: Any) -> Amenity:
    """A word of the vocabulary of amenities."""
    defaults = {
        "id": new_id(),
        "code": new_slug("amenity"),
        "label": "空调",
        "icon": "snowflake",
        "position": 1,
    }
    return await Amenity.create(**{**defaults, **values})


async def street(**values: Any) -> FriendlyStreet:
    """A published street; in a town of its own unless `town_id` says which."""
    name = values.get("name", "鄞州友好街区")
    defaults = {
        "name": name,
        "sort_name": sort_key(name),
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
    }
    if "town_id" not in values:
        defaults["town_id"] = (await town()).id
    return await FriendlyStreet.create(**content("street", {**defaults, **values}))


async def place(**values: Any) -> Place:
    """A published merchant; in a town of its own unless `town_id` says which.

    `sort_name` and the point on the sphere follow from the name and the coordinates.
    """
    name = values.get("name", "老王饭店")
    latitude = values.get("latitude", LATITUDE)
    longitude = values.get("longitude", LONGITUDE)
    x, y, z = unit_vector(latitude, longitude)
    defaults = {
        "kind": PlaceKind.MERCHANT,
        "name": name,
        "sort_name": sort_key(name),
        "address": "天童南路 568 号",
        "latitude": latitude,
        "longitude": longitude,
        "x": x,
        "y": y,
        "z": z,
        "timezone": "Asia/Shanghai",
    }
    if "town_id" not in values:
        defaults["town_id"] = (await town()).id
    return await Place.create(**content("place", {**defaults, **values}))


async def merchant(**values: Any) -> Place:
    """A published restaurant."""
    return await place(**{"category": MerchantCategory.RESTAURANT, **values})


async def station(**values: Any) -> Place:
    """A published station."""
    return await place(**{"kind": PlaceKind.STATION, "name": "小哥驿站", **values})


async def service_centre(**values: Any) -> Place:
    """A published service centre."""
    return await place(**{"kind": PlaceKind.SERVICE_CENTRE, "name": "服务中心", **values})


async def photo(place_id: UUID, **values: Any) -> PlacePhoto:
    """A picture of a place."""
    defaults = {"url": "https://example.org/door.jpg", "alt": "门口", "position": 1}
    return await PlacePhoto.create(id=new_id(), place_id=place_id, **{**defaults, **values})


async def has_amenity(place_id: UUID, amenity_id: UUID) -> PlaceAmenity:
    """That a place has an amenity."""
    return await PlaceAmenity.create(id=new_id(), place_id=place_id, amenity_id=amenity_id)


async def service(place_id: UUID, **values: Any) -> CentreService:
    """A service at a centre's desks."""
    defaults = {"name": "法律维权", "position": 1}
    return await CentreService.create(id=new_id(), place_id=place_id, **{**defaults, **values})


async def interval(place_id: UUID, **values: Any) -> OpeningInterval:
    """One row of a place's hours: the whole of Monday unless told otherwise."""
    opens, closes = WHOLE_DAY
    defaults = {"rule": HoursRule.WEEKLY, "opens_minute": opens, "closes_minute": closes}
    if values.get("rule", HoursRule.WEEKLY) is HoursRule.WEEKLY:
        defaults["weekday"] = 1
    return await OpeningInterval.create(id=new_id(), place_id=place_id, **{**defaults, **values})


async def weekly_hours(
    place_id: UUID, opens_minute: int, closes_minute: int, *, weekdays: tuple[int, ...] = (1,)
) -> None:
    """The same interval on several days of the week (1 Monday to 7 Sunday)."""
    for weekday in weekdays:
        await interval(
            place_id, weekday=weekday, opens_minute=opens_minute, closes_minute=closes_minute
        )


async def offering(**values: Any) -> Offering:
    """A published offering without limits of time; at a place of its own unless `place_id` says."""
    defaults: dict[str, Any] = {
        "kind": OfferingKind.HAIRCUT,
        "title": "免费理发",
        "audience": "新就业形态劳动者",
    }
    if "place_id" not in values:
        defaults["place_id"] = (await place()).id
    return await Offering.create(**content("offering", {**defaults, **values}))
