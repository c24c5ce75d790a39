"""Honours in GraphQL, and those who received them."""

import strawberry

from hub.directory import queries as directory
from hub.honours import queries as awards
from hub.honours.rules import HonourKind, HonourLevel
from schema.directory.places import Place
from schema.directory.towns import Town
from schema.enums import describe_enum
from schema.filters import (
    Filter,
    IntFilter,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
    not_filter,
)
from schema.lists import (
    BY_NAME,
    BY_POSITION,
    BY_PUBLICATION,
    connection_field,
    find_field,
    order_input,
    related_field,
)
from schema.media.images import Image, image_field
from schema.publishing import Content
from schema.relay import Connection, Node, register_node

describe_enum(
    HonourLevel,
    description="Who gives an honour.",
    values={
        HonourLevel.DISTRICT: "The district (区级).",
        HonourLevel.CITY: "The city (市级).",
        HonourLevel.PROVINCIAL: "The province (省级).",
        HonourLevel.NATIONAL: "The nation (国家级).",
    },
)
describe_enum(
    HonourKind,
    description="What an honour is.",
    values={
        HonourKind.MEDAL: "A medal of labour (奖章).",
        HonourKind.BRAVERY: "For courage that saved others (见义勇为).",
        HonourKind.GOOD_PERSON: "A model citizen (好人).",
        HonourKind.MERIT: "A merit recorded by the government (记功).",
        HonourKind.STATION: "For a station (最美驿站).",
        HonourKind.SKILL: "For skill in the trade (技能标兵).",
        HonourKind.OTHER: "Something else (其他).",
    },
)

_ORDERS = {"POSITION": BY_POSITION, "NAME": BY_NAME, "PUBLISHED_AT": BY_PUBLICATION}
HonourOrder = order_input("Honour", _ORDERS)
LaureateOrder = order_input("Laureate", _ORDERS)


@strawberry.input(description="Which honours. Fields beside one another must all hold.")
class HonourWhere:
    """See the fields."""

    level: Filter[HonourLevel] | None = field_filter("level", description="Given by whom.")
    kind: Filter[HonourKind] | None = field_filter("kind", description="What it is.")
    and_: list["HonourWhere"] | None = all_filter()
    or_: list["HonourWhere"] | None = any_filter()
    not_: "HonourWhere | None" = not_filter()


@strawberry.input(description="Which laureates. Fields beside one another must all hold.")
class LaureateWhere:
    """See the fields."""

    honour: strawberry.ID | None = ids_filter(
        "Honour", field="honour", description="Who received this honour."
    )
    town: strawberry.ID | None = ids_filter("Town", field="town", description="Of this town.")
    place: strawberry.ID | None = ids_filter(
        "Merchant", "Station", "ServiceCentre", field="place", description="This place."
    )
    year: IntFilter | None = field_filter("year", description="Honoured in this year.")
    and_: list["LaureateWhere"] | None = all_filter()
    or_: list["LaureateWhere"] | None = any_filter()
    not_: "LaureateWhere | None" = not_filter()


@strawberry.type(description="A worker or a station to whom an honour was given (先锋榜样).")
class Laureate(Content, Node):
    """Over a laureate row."""

    name: str = strawberry.field(description="The name.")
    occupation: str = strawberry.field(description="The trade, like 快递员.")
    employer: str = strawberry.field(description="Where the worker works.")
    year: int | None = strawberry.field(description="The year it was given, where known.")
    story_html: str = strawberry.field(
        description="The story as HTML that is safe to put into a page."
    )
    story_markdown: str = strawberry.field(description="The story as its editors wrote it.")
    photo_url: str | None = strawberry.field(description="A portrait.")
    photo: Image | None = image_field("photo_url", description="The portrait in sizes.")
    honour: "Honour | None" = related_field(awards.HONOURS, "honour_id", description="The honour.")
    town: Town | None = related_field(directory.TOWNS, "town_id", description="The town.")
    place: Place | None = related_field(
        directory.PLACES, "place_id", description="The place, where a place was honoured."
    )


@strawberry.type(description="An honour that can be given many times (荣誉).")
class Honour(Content, Node):
    """Over an honour row."""

    name: str = strawberry.field(description="The name.")
    level: HonourLevel = strawberry.field(description="Who gives it.")
    kind: HonourKind = strawberry.field(description="What it is.")
    issuer: str = strawberry.field(description="The body that gives it.")
    description: str = strawberry.field(description="What it is for.")
    laureates: Connection[Laureate] | None = connection_field(
        awards.LAUREATES,
        under="honour_id",
        where=LaureateWhere,
        order=LaureateOrder,
        description="Who received it, as the editors arranged them unless ordered.",
    )


@strawberry.type
class HonoursQuery:
    """The root fields of honours."""

    honour: Honour | None = find_field(
        awards.HONOURS, "Honour", description="One honour by id or slug."
    )
    honours: Connection[Honour] | None = connection_field(
        awards.HONOURS,
        where=HonourWhere,
        order=HonourOrder,
        description="The honours, as the editors arranged them unless ordered.",
    )
    laureate: Laureate | None = find_field(
        awards.LAUREATES, "Laureate", description="One laureate by id or slug."
    )
    laureates: Connection[Laureate] | None = connection_field(
        awards.LAUREATES,
        where=LaureateWhere,
        order=LaureateOrder,
        description="Everybody who was honoured, as the editors arranged them unless ordered.",
    )


register_node("Honour", awards.HONOURS)
register_node("Laureate", awards.LAUREATES)
