"""The kinds of the directory: towns, amenities, streets, the three sorts of place, offerings."""

from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen
from pydantic import Field

from hub.content import (
    ANY_PLACE,
    DEFAULT_TIMEZONE,
    LIST_MAX_ITEMS,
    Address,
    Count,
    FileModel,
    Flag,
    Instant,
    Item,
    Line,
    Location,
    Position,
    Published,
    Slug,
    Text,
    To,
    Zone,
    distinct,
    later_than,
)
from hub.directory.content.hours import HOURS, SCHEDULE, Hours, Week
from hub.directory.models import (
    Amenity,
    CentreService,
    FriendlyStreet,
    Offering,
    Place,
    PlaceAmenity,
    PlacePhoto,
    Town,
)
from hub.directory.rules import (
    Accessibility,
    BuildWay,
    MerchantCategory,
    OfferingKind,
    PlaceKind,
    StationLevel,
    TownKind,
)
from hub.kinds import Kind, linked, listed


class DistrictFile(FileModel):
    """The one mapping of `district.yaml`: whose folder this is."""

    name: Annotated[Line, MaxLen(80)]
    city: Annotated[Line, MaxLen(80)]
    province: Annotated[Line, MaxLen(80)]
    timezone: Zone = DEFAULT_TIMEZONE


class TownItem(Item):
    """A subdistrict, town or park."""

    slug: Slug
    name: Annotated[Line, MaxLen(80)]
    kind: TownKind
    location: Location
    position: Position = None
    illustrative: Flag = False


class AmenityItem(Item):
    """A word of the vocabulary of amenities."""

    key: ClassVar[str] = "code"

    code: Annotated[Slug, MaxLen(40)]
    label: Annotated[Line, MaxLen(40)]
    icon: Annotated[Line, MaxLen(40)]
    position: Position = None


class FriendlyStreetItem(Published):
    """A street whose merchants look after workers."""

    name: Annotated[Line, MaxLen(120)]
    summary: Text = ""
    town: Annotated[Slug, To(("towns",))]
    location: Location
    cover_url: Address | None = None


class PhotoRow(FileModel):
    """A picture and what it shows."""

    url: Address
    alt: Annotated[Line, MaxLen(240)]


class PlaceItem(Published):
    """What the three sorts of place have in common."""

    name: Annotated[Line, MaxLen(120)]
    summary: Text = ""
    address: Annotated[Line, MaxLen(240)]
    town: Annotated[Slug, To(("towns",))]
    location: Location
    timezone: Zone | None = None
    phone: Annotated[Line, MaxLen(40)] | None = None
    amenities: Annotated[
        list[Slug], To(("amenities",)), Field(max_length=LIST_MAX_ITEMS), distinct()
    ] = Field(default_factory=list)
    accessibility: Annotated[list[Accessibility], distinct()] = Field(default_factory=list)
    accessibility_note: Annotated[Line, MaxLen(240)] | None = None
    photos: Annotated[list[PhotoRow], Field(max_length=LIST_MAX_ITEMS)] = Field(
        default_factory=list
    )
    hours: Hours | None = None


class MerchantItem(PlaceItem):
    """A merchant (爱心商铺)."""

    street: Annotated[Slug | None, To(("friendly_streets",))] = None
    category: MerchantCategory


class StationItem(PlaceItem):
    """A rider station (小哥驿站)."""

    level: StationLevel = StationLevel.STANDARD
    build_way: BuildWay | None = None
    host: Annotated[Line, MaxLen(120)] | None = None


class ServiceRow(FileModel):
    """A service that a centre gives at its desks."""

    name: Annotated[Line, MaxLen(80)]
    description: Annotated[Text, MaxLen(500)] = ""


class ServiceCentreItem(PlaceItem):
    """A service centre (新就业形态劳动者服务中心)."""

    area_square_metres: Annotated[Count, Field(gt=0, le=10_000_000)] | None = None
    zones: Annotated[
        list[Annotated[Line, MaxLen(80)]], Field(max_length=LIST_MAX_ITEMS), distinct()
    ] = Field(default_factory=list)
    services: Annotated[list[ServiceRow], Field(max_length=LIST_MAX_ITEMS)] = Field(
        default_factory=list
    )


class OfferingItem(Published):
    """Something that a place gives to workers."""

    conversions: ClassVar[dict[str, Any]] = {"schedule": SCHEDULE}

    place: Annotated[Slug, ANY_PLACE]
    kind: OfferingKind
    title: Annotated[Line, MaxLen(120)]
    description: Text = ""
    audience: Annotated[Line, MaxLen(240)]
    schedule: Week = Field(default_factory=list)
    schedule_note: Annotated[Line, MaxLen(240)] | None = None
    daily_quota: Count | None = None
    valid_from: Instant | None = None
    valid_until: Annotated[Instant | None, later_than("valid_from")] = None
    position: Position = None


_PLACE_PARTS = (
    linked("amenities", "amenities", model=PlaceAmenity, parent="place_id", column="amenity_id"),
    listed("photos", PhotoRow, model=PlacePhoto, parent="place_id"),
    HOURS,
)

KINDS = (
    Kind("towns", TownItem, Town),
    Kind("amenities", AmenityItem, Amenity),
    Kind("friendly_streets", FriendlyStreetItem, FriendlyStreet),
    Kind("merchants", MerchantItem, Place, parts=_PLACE_PARTS, fixed={"kind": PlaceKind.MERCHANT}),
    Kind("stations", StationItem, Place, parts=_PLACE_PARTS, fixed={"kind": PlaceKind.STATION}),
    Kind(
        "service_centres",
        ServiceCentreItem,
        Place,
        parts=(
            *_PLACE_PARTS,
            listed("services", ServiceRow, model=CentreService, parent="place_id"),
        ),
        fixed={"kind": PlaceKind.SERVICE_CENTRE},
    ),
    Kind("offerings", OfferingItem, Offering, scope="place"),
)
