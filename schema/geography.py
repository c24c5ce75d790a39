"""Points on the map: Chinese maps are GCJ-02 or BD-09, the hub stores WGS-84."""

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import strawberry

from hub.datum import Datum, from_wgs84, to_wgs84, unit_vector
from hub.directory.queries import Near
from hub.errors import BadUserInput
from schema.enums import describe_enum

WITHIN_METRES_DEFAULT = 5_000
WITHIN_METRES_MAX = 100_000

describe_enum(
    Datum,
    description="Which map a pair of coordinates belongs to.",
    values={
        Datum.WGS84: "GPS, OpenStreetMap; what the hub stores.",
        Datum.GCJ02: "Amap (高德), Tencent (腾讯), WeChat's wx.getLocation with type gcj02.",
        Datum.BD09: "Baidu maps (百度).",
    },
)


@strawberry.type(description="A point on the map, in degrees of the datum that was asked for.")
class GeoPoint:
    """See the description."""

    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")


@strawberry.input(description="A point on the map.")
class GeoPointInput:
    """Degrees of the datum it names."""

    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    datum: Datum = strawberry.field(
        default=Datum.WGS84, description="The map the two numbers were read from."
    )


@strawberry.input(description="Inside a circle around a point.")
class NearInput:
    """A point and a radius."""

    point: GeoPointInput = strawberry.field(description="The centre.")
    within_metres: int = strawberry.field(
        default=WITHIN_METRES_DEFAULT,
        description=f"The radius in metres, 1 to {WITHIN_METRES_MAX}.",
    )


class Located(Protocol):
    """A row with WGS-84 degrees; both may be null together."""

    @property
    def latitude(self) -> Any: ...

    @property
    def longitude(self) -> Any: ...


DatumArgument = Annotated[
    Datum, strawberry.argument(description="The map on which the point will be shown.")
]


def point_of(root: Located, datum: Datum) -> GeoPoint | None:
    """The point of a row on a map; None for a row without one."""
    if root.latitude is None or root.longitude is None:
        return None
    latitude, longitude = from_wgs84(root.latitude, root.longitude, datum=datum)
    return GeoPoint(latitude=round(latitude, 7), longitude=round(longitude, 7))


def resolve_location(
    root: strawberry.Parent[Any], datum: DatumArgument = Datum.WGS84
) -> GeoPoint | None:
    """The resolver of every `location` field."""
    return point_of(root, datum)


def near_of(near: NearInput) -> Near:
    """The circle in the hub's terms. Raises BadUserInput for a point or a radius off the map."""
    point, path = near.point, ("where", "near", "point")
    if not -90 <= point.latitude <= 90:
        raise BadUserInput(
            "latitude must be between -90 and 90.",
            chinese="latitude（纬度）须在 -90 到 90 之间。",
            path=(*path, "latitude"),
        )
    if not -180 <= point.longitude <= 180:
        raise BadUserInput(
            "longitude must be between -180 and 180.",
            chinese="longitude（经度）须在 -180 到 180 之间。",
            path=(*path, "longitude"),
        )
    if not 1 <= near.within_metres <= WITHIN_METRES_MAX:
        raise BadUserInput(
            f"withinMetres must be between 1 and {WITHIN_METRES_MAX}.",
            chinese=f"withinMetres（半径，米）须在 1 到 {WITHIN_METRES_MAX} 之间。",
            path=("where", "near", "withinMetres"),
        )
    latitude, longitude = to_wgs84(point.latitude, point.longitude, datum=point.datum)
    return Near(latitude, longitude, unit_vector(latitude, longitude), near.within_metres)


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that stands in no row of its own."""

    latitude: float | None
    longitude: float | None
