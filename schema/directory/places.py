"""Places in GraphQL: the interface, and merchants, stations and service centres behind it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from hub.directory import queries as directory
from hub.directory.rules import metres_of_chord
from hub.honours import queries as awards
from hub.records import Record
from schema.batching import COLUMNS
from schema.directory.hours import OpeningInterval, changes_at_field, hours_field, is_open_field
from schema.directory.offerings import Offering, OfferingWhere
from schema.directory.towns import FriendlyStreet, Town
from schema.directory.vocabulary import Accessibility, BuildWay, MerchantCategory, StationLevel
from schema.geography import GeoPoint, resolve_location
from schema.lists import connection_field, parts_field, related_field
from schema.media.images import Image, image_field
from schema.publishing import Content
from schema.relay import EDGES, ROWS, Connection, Edge, EdgeRow, Node, edges_of, register_node

if TYPE_CHECKING:
    from schema.honours import Laureate


@strawberry.type(description="A word of the vocabulary of amenities (设施).")
class Amenity:
    """Over an amenity of a place; not a node."""

    code: str = strawberry.field(description="The code to filter by, like microwave.")
    label: str = strawberry.field(description="The Chinese word to show, like 微波炉.")
    icon: str = strawberry.field(description="The name of a picture for it.")


@strawberry.type(description="A picture of a place.")
class Photo:
    """Over a photo row."""

    url: str = strawberry.field(description="Where the picture is.")
    image: Image = image_field("url", description="The picture in sizes.")
    alt: str = strawberry.field(description="What it shows, for those who cannot see it.")


@strawberry.type(description="A service that a centre gives at its desks (服务事项).")
class CentreService:
    """Over a service row."""

    name: str = strawberry.field(description="The name, like 法律维权.")
    description: str = strawberry.field(description="What it is, in a sentence.")


def _accessibility(root: strawberry.Parent[Record]) -> list[Accessibility]:
    return [Accessibility(code) for code in root.accessibility]


@strawberry.interface(description="A merchant, a rider station or a service centre.")
class Place(Content, Node):
    """Over a place row."""

    name: str = strawberry.field(description="The name.")
    summary: str = strawberry.field(description="What the place is, in a sentence or two.")
    address: str = strawberry.field(description="The postal address.")
    location: GeoPoint | None = strawberry.field(
        resolver=resolve_location,
        description="Where it is on the map.",
        metadata={COLUMNS: ("latitude", "longitude")},
    )
    timezone: str = strawberry.field(description="IANA name of the time zone of its hours.")
    phone: str | None = strawberry.field(description="The number to call.")
    accessibility: list[Accessibility] = strawberry.field(
        resolver=_accessibility,
        description="What makes it usable for everybody.",
        metadata={"size": 3, COLUMNS: ("accessibility",)},
    )
    accessibility_note: str | None = strawberry.field(description="More on accessibility.")
    town: Town | None = related_field(directory.TOWNS, "town_id", description="Its town.")
    is_open_now: bool | None = is_open_field()
    open_changes_at: datetime | None = changes_at_field()
    opening_hours: list[OpeningInterval] | None = hours_field()
    amenities: list[Amenity] | None = parts_field(
        directory.amenities_by_place_ids, description="What one finds there."
    )
    photos: list[Photo] | None = parts_field(
        directory.photos_by_place_ids, description="Pictures, in the order to show them."
    )
    offerings: Connection[Offering] | None = connection_field(
        directory.OFFERINGS,
        under="place_id",
        where=OfferingWhere,
        description="What it gives to workers.",
    )
    honours: Connection[Annotated["Laureate", strawberry.lazy("schema.honours")]] | None = (
        connection_field(
            awards.LAUREATES, under="place_id", description="The honours it was given."
        )
    )


@strawberry.type(description="A merchant that looks after workers (爱心商铺).")
class Merchant(Place):
    """Over a place row of kind merchant."""

    category: MerchantCategory | None = strawberry.field(description="Its trade.")
    street: FriendlyStreet | None = related_field(
        directory.STREETS, "street_id", description="The friendly street it stands on, if any."
    )


@strawberry.type(description="A rider station (小哥驿站).")
class Station(Place):
    """Over a place row of kind station."""

    level: StationLevel | None = strawberry.field(description="How it is rated.")
    build_way: BuildWay | None = strawberry.field(description="How it came to be.")
    host: str | None = strawberry.field(description="Who runs it together with the union.")


@strawberry.type(description="A service centre (新就业形态劳动者服务中心).")
class ServiceCentre(Place):
    """Over a place row of kind service centre."""

    area_square_metres: int | None = strawberry.field(description="Its floor, in square metres.")
    zones: list[str] = strawberry.field(
        description="Its zones, like 自助书咖吧.", metadata={"size": 5}
    )
    services: list[CentreService] | None = parts_field(
        directory.services_by_place_ids, description="What it does for people.", size=10
    )


def _distance(root: strawberry.Parent[EdgeRow]) -> float | None:
    squared_chord = getattr(root.node, directory.DISTANCE, None)
    return None if squared_chord is None else metres_of_chord(squared_chord)


def _distance_field() -> Any:
    return strawberry.field(
        resolver=_distance,
        description="How far it is from the point of `where.near`, in metres; null without one.",
        metadata={COLUMNS: ("id",)},  # it is computed beside them
    )


def _edges_field() -> Any:
    return strawberry.field(resolver=edges_of, description=EDGES, metadata=ROWS)


@strawberry.type(description="An item of a list of places with cursor and distance.")
class PlaceEdge(Edge[Place]):
    """Over an `EdgeRow`."""

    distance_metres: float | None = _distance_field()


@strawberry.type(description="A page of places.")
class PlaceConnection(Connection[Place]):
    """Over a `Page`."""

    edges: list[PlaceEdge] = _edges_field()  # type: ignore[assignment]


@strawberry.type(description="An item of a list of merchants with cursor and distance.")
class MerchantEdge(Edge[Merchant]):
    """Over an `EdgeRow`."""

    distance_metres: float | None = _distance_field()


@strawberry.type(description="A page of merchants.")
class MerchantConnection(Connection[Merchant]):
    """Over a `Page`."""

    edges: list[MerchantEdge] = _edges_field()  # type: ignore[assignment]


@strawberry.type(description="An item of a list of stations with cursor and distance.")
class StationEdge(Edge[Station]):
    """Over an `EdgeRow`."""

    distance_metres: float | None = _distance_field()


@strawberry.type(description="A page of stations.")
class StationConnection(Connection[Station]):
    """Over a `Page`."""

    edges: list[StationEdge] = _edges_field()  # type: ignore[assignment]


@strawberry.type(description="An item of a list of service centres with cursor and distance.")
class ServiceCentreEdge(Edge[ServiceCentre]):
    """Over an `EdgeRow`."""

    distance_metres: float | None = _distance_field()


@strawberry.type(description="A page of service centres.")
class ServiceCentreConnection(Connection[ServiceCentre]):
    """Over a `Page`."""

    edges: list[ServiceCentreEdge] = _edges_field()  # type: ignore[assignment]


register_node("Merchant", directory.MERCHANTS)
register_node("Station", directory.STATIONS)
register_node("ServiceCentre", directory.SERVICE_CENTRES)
