"""The directory's root fields."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.records import Record
from schema.batching import PUBLIC, batch_field
from schema.directory.places import (
    Amenity,
    Merchant,
    MerchantConnection,
    Place,
    PlaceConnection,
    ServiceCentre,
    ServiceCentreConnection,
    Station,
    StationConnection,
)
from schema.directory.placewhere import (
    MerchantOrder,
    MerchantWhere,
    PlaceOrder,
    PlaceWhere,
    ServiceCentreOrder,
    ServiceCentreWhere,
    StationOrder,
    StationWhere,
    place_connection_field,
)
from schema.directory.towns import (
    FriendlyStreet,
    FriendlyStreetOrder,
    FriendlyStreetWhere,
    Town,
    TownOrder,
    TownWhere,
)
from schema.lists import connection_field, find_field, vocabulary_field
from schema.relay import Connection


@strawberry.type(description="Whose hub this is (区县).")
class District:
    """Over the one district row; not a node."""

    name: str = strawberry.field(description="The district, like 鄞州区.")
    city: str = strawberry.field(description="The city it belongs to.")
    province: str = strawberry.field(description="The province it belongs to.")
    timezone: str = strawberry.field(
        description="IANA name of the time zone of what names no other."
    )


async def _district(parents: list[Any], info: Info) -> list[Record | None]:
    return [await directory.the_district()] * len(parents)


@strawberry.type
class DirectoryQuery:
    """The root fields of the directory."""

    district: District | None = batch_field(
        _district,
        description="Whose hub this is; null before content is loaded.",
        metadata={PUBLIC: True},
    )
    town: Town | None = find_field(directory.TOWNS, "Town", description="One town by id or slug.")
    towns: Connection[Town] | None = connection_field(
        directory.TOWNS,
        where=TownWhere,
        order=TownOrder,
        description="The towns, in the district's own order.",
    )
    friendly_street: FriendlyStreet | None = find_field(
        directory.STREETS, "FriendlyStreet", description="One friendly street by id or slug."
    )
    friendly_streets: Connection[FriendlyStreet] | None = connection_field(
        directory.STREETS,
        where=FriendlyStreetWhere,
        order=FriendlyStreetOrder,
        description="The friendly streets by name unless ordered.",
    )
    merchant: Merchant | None = find_field(
        directory.MERCHANTS, "Merchant", description="One merchant by id or slug."
    )
    merchants: MerchantConnection | None = place_connection_field(
        directory.MERCHANTS,
        where=MerchantWhere,
        order=MerchantOrder,
        description="The merchants: nearest first with `where.near`, else by name unless ordered.",
    )
    station: Station | None = find_field(
        directory.STATIONS, "Station", description="One rider station by id or slug."
    )
    stations: StationConnection | None = place_connection_field(
        directory.STATIONS,
        where=StationWhere,
        order=StationOrder,
        description="The stations: nearest first with `where.near`, else by name unless ordered.",
    )
    service_centre: ServiceCentre | None = find_field(
        directory.SERVICE_CENTRES, "ServiceCentre", description="One service centre by id or slug."
    )
    service_centres: ServiceCentreConnection | None = place_connection_field(
        directory.SERVICE_CENTRES,
        where=ServiceCentreWhere,
        order=ServiceCentreOrder,
        description="The centres: nearest first with `where.near`, else by name unless ordered.",
    )
    place: Place | None = find_field(
        directory.PLACES,
        "Merchant",
        "Station",
        "ServiceCentre",
        description="One place of any sort by id or slug.",
    )
    places: PlaceConnection | None = place_connection_field(
        directory.PLACES,
        where=PlaceWhere,
        order=PlaceOrder,
        description="Places of every sort: nearest first with `where.near`, else by name.",
    )
    amenities: list[Amenity] | None = vocabulary_field(
        directory.all_amenities, description="The vocabulary of amenities, to filter places by."
    )
