"""Where something takes place: at a place of the directory, or at a bare address."""

from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.records import Record
from schema.directory.places import Place
from schema.geography import GeoPoint, resolve_location
from schema.relay import encode_id, type_name_of


@dataclass(frozen=True, slots=True)
class VenueRow:
    """What a `Venue` is resolved from; `place` is None for a bare address."""

    place: Record | None
    name: str | None
    address: str | None
    latitude: float | None
    longitude: float | None


def _id(root: strawberry.Parent[VenueRow]) -> strawberry.ID | None:
    if root.place is None:
        return None
    return strawberry.ID(encode_id(type_name_of(root.place), root.place.id))


@strawberry.type(
    description="Where something takes place: a place of the directory, or a bare address."
)
class Venue:
    """Over a `VenueRow`."""

    id: strawberry.ID | None = strawberry.field(
        resolver=_id, description="The place's id; null for a bare address."
    )
    name: str | None = strawberry.field(description="What the place, or the hall, is called.")
    address: str | None = strawberry.field(description="The postal address.")
    location: GeoPoint | None = strawberry.field(
        resolver=resolve_location, description="Where it is on the map, if known."
    )
    place: Place | None = strawberry.field(description="The place of the directory, if it is one.")


async def venues(parents: list[Record], info: Info) -> list[VenueRow | None]:
    """The venue of each row that has `place_id`, `venue_name` and `address`; one statement.

    A place that is not to be seen leaves the address alone; a row with neither has no venue.
    """
    keys = [row.place_id for row in parents]
    wanted = list(dict.fromkeys(key for key in keys if key is not None))
    found = await directory.PLACES.by_ids(info.context.viewer, wanted) if wanted else []
    places = dict(zip(wanted, found, strict=True))
    return [_venue(row, places.get(row.place_id)) for row in parents]


def _venue(row: Record, place: Record | None) -> VenueRow | None:
    name: Any = row.venue_name
    if place is not None:
        return VenueRow(
            place, name or place.name, row.address or place.address, place.latitude, place.longitude
        )
    if name is None and row.address is None:
        return None
    latitude, longitude = getattr(row, "latitude", None), getattr(row, "longitude", None)
    return VenueRow(None, name or row.address, row.address, latitude, longitude)
