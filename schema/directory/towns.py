"""Towns and friendly streets in GraphQL."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.directory import queries as directory
from schema.batching import COLUMNS
from schema.directory.placewhere import (
    MerchantOrder,
    MerchantWhere,
    StationOrder,
    StationWhere,
    place_connection_field,
)
from schema.directory.vocabulary import TownKind
from schema.filters import Filter, all_filter, any_filter, field_filter, ids_filter, not_filter
from schema.geography import GeoPoint, resolve_location
from schema.lists import BY_NAME, BY_POSITION, BY_PUBLICATION, order_input, related_field
from schema.media.images import Image, image_field
from schema.publishing import Content
from schema.relay import Node, register_node

if TYPE_CHECKING:
    from schema.directory.places import MerchantConnection, StationConnection

TownOrder = order_input("Town", {"POSITION": BY_POSITION})
FriendlyStreetOrder = order_input(
    "FriendlyStreet", {"NAME": BY_NAME, "PUBLISHED_AT": BY_PUBLICATION}
)


@strawberry.input(description="Which towns. Fields beside one another must all hold.")
class TownWhere:
    """See the fields."""

    kind: Filter[TownKind] | None = field_filter("kind", description="What sort of area it is.")
    and_: list["TownWhere"] | None = all_filter()
    or_: list["TownWhere"] | None = any_filter()
    not_: "TownWhere | None" = not_filter()


@strawberry.input(description="Which streets. Fields beside one another must all hold.")
class FriendlyStreetWhere:
    """See the fields."""

    town: strawberry.ID | None = ids_filter("Town", field="town", description="In this town.")
    and_: list["FriendlyStreetWhere"] | None = all_filter()
    or_: list["FriendlyStreetWhere"] | None = any_filter()
    not_: "FriendlyStreetWhere | None" = not_filter()


@strawberry.type(description="A subdistrict, town or park of the district (镇街、园区).")
class Town(Node):
    """Over a town row."""

    slug: str = strawberry.field(description="The stable name in addresses.")
    name: str = strawberry.field(description="The name.")
    kind: TownKind = strawberry.field(description="What sort of area it is.")
    position: int = strawberry.field(description="Its place in the district's own order.")
    is_illustrative: bool = strawberry.field(
        description="True for sample content that no source vouches for."
    )
    location: GeoPoint | None = strawberry.field(
        resolver=resolve_location,
        description="The centre of its boundary.",
        metadata={COLUMNS: ("latitude", "longitude")},
    )
    merchants: (
        Annotated["MerchantConnection", strawberry.lazy("schema.directory.places")] | None
    ) = place_connection_field(
        directory.MERCHANTS,
        under="town_id",
        where=MerchantWhere,
        order=MerchantOrder,
        description="The town's merchants by name unless ordered.",
    )
    stations: Annotated["StationConnection", strawberry.lazy("schema.directory.places")] | None = (
        place_connection_field(
            directory.STATIONS,
            under="town_id",
            where=StationWhere,
            order=StationOrder,
            description="The town's rider stations by name unless ordered.",
        )
    )


@strawberry.type(description="A street whose merchants look after workers (友好街区).")
class FriendlyStreet(Content, Node):
    """Over a street row."""

    name: str = strawberry.field(description="The name.")
    summary: str = strawberry.field(description="What the street is, in a sentence or two.")
    cover_url: str | None = strawberry.field(description="A picture of the street.")
    cover: Image | None = image_field("cover_url", description="The picture in sizes.")
    location: GeoPoint | None = strawberry.field(
        resolver=resolve_location,
        description="Its middle.",
        metadata={COLUMNS: ("latitude", "longitude")},
    )
    town: Town | None = related_field(
        directory.TOWNS, "town_id", description="The town it lies in."
    )
    merchants: (
        Annotated["MerchantConnection", strawberry.lazy("schema.directory.places")] | None
    ) = place_connection_field(
        directory.MERCHANTS,
        under="street_id",
        where=MerchantWhere,
        order=MerchantOrder,
        description="The street's merchants by name unless ordered.",
    )


register_node("Town", directory.TOWNS)
register_node("FriendlyStreet", directory.STREETS)
