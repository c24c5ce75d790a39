"""Competitions in GraphQL: divisions, stages, prizes."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from hub.competitions import queries as contests
from hub.competitions.rules import EntrantKind, StageKind
from hub.enrollment.rules import SubjectKind
from hub.records import Record
from schema.attendance.registrations import Registration
from schema.attendance.seats import Seats, seats_field, viewer_registration_field
from schema.batching import PUBLIC, batch_field
from schema.contests.stages import DivisionEntries, StageJudging
from schema.enrollment import Pool, pool_field
from schema.enums import describe_enum
from schema.filters import (
    DateTimeFilter,
    IntFilter,
    all_filter,
    any_filter,
    field_filter,
    not_filter,
)
from schema.lists import (
    BY_NAME,
    BY_PUBLICATION,
    connection_field,
    find_field,
    order_input,
    parts_field,
    related_field,
)
from schema.media.images import Image, image_field
from schema.publishing import Content
from schema.registration import RegistrationWindow, registration_field
from schema.relay import Connection, Node, register_node
from schema.scalars import Money
from schema.venues import Venue, venues

describe_enum(
    StageKind,
    description="A stage of a competition (赛程).",
    values={
        StageKind.REGISTRATION: "Entering (报名).",
        StageKind.PRELIMINARY: "The preliminary round (初赛).",
        StageKind.SEMIFINAL: "The second round (复赛).",
        StageKind.FINAL: "The final (决赛).",
    },
)
describe_enum(
    EntrantKind,
    description="Who competes in a division.",
    values={
        EntrantKind.INDIVIDUAL: "Single people (个人).",
        EntrantKind.TEAM: "Teams (团体).",
    },
)

CompetitionOrder = order_input(
    "Competition",
    {
        "STARTS_AT": "By the instant it begins.",
        "PUBLISHED_AT": BY_PUBLICATION,
        "NAME": BY_NAME,
    },
)


@strawberry.input(description="Which competitions. Fields beside one another must all hold.")
class CompetitionWhere:
    """See the fields."""

    year: IntFilter | None = field_filter("year", description="Of this year.")
    starts_at: DateTimeFilter | None = field_filter("starts_at", description="When it begins.")
    ends_at: DateTimeFilter | None = field_filter("ends_at", description="When it is over.")
    published_at: DateTimeFilter | None = field_filter(
        "published_at", description="When it was published."
    )
    and_: list["CompetitionWhere"] | None = all_filter()
    or_: list["CompetitionWhere"] | None = any_filter()
    not_: "CompetitionWhere | None" = not_filter()


@strawberry.type(description="A part of a competition with entrants of its own (组别).")
class Division(DivisionEntries, Node):
    """Over a division row."""

    slug: str = strawberry.field(description="The division's name within its competition.")
    name: str = strawberry.field(description="The name.")
    description: str = strawberry.field(description="What is competed in.")
    eligibility: str = strawberry.field(description="Who may enter, in words.")
    entrant: EntrantKind = strawberry.field(description="Who competes.")
    team_size_minimum: int = strawberry.field(description="How many people a team has at least.")
    team_size_maximum: int = strawberry.field(description="How many people a team has at most.")
    position: int = strawberry.field(description="Its place among the divisions, from 1.")
    competition: "Competition | None" = related_field(
        contests.COMPETITIONS, "competition_id", description="The competition."
    )
    seats: Seats | None = seats_field()
    pool: Pool | None = pool_field()
    viewer_registration: Registration | None = viewer_registration_field(is_part=True)


@strawberry.type(description="One stage of a competition and its window (阶段).")
class Stage(StageJudging, Node):
    """Over a stage row."""

    slug: str = strawberry.field(description="The stage's name within its competition.")
    kind: StageKind = strawberry.field(description="Which stage.")
    name: str = strawberry.field(description="The name.")
    description: str = strawberry.field(description="What happens in it.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it is over.")
    position: int = strawberry.field(description="Its place among the stages, from 1.")
    venue: Venue | None = batch_field(
        venues,
        description="Where it takes place; null for a stage online.",
        metadata={PUBLIC: True},
    )
    competition: "Competition | None" = related_field(
        contests.COMPETITIONS, "competition_id", description="The competition."
    )


async def _amounts(parents: list[Record], info: Info) -> list[Money | None]:
    return [
        None if row.amount is None else Money(amount=row.amount, currency=row.currency)
        for row in parents
    ]


@strawberry.type(description="What can be won (奖项).")
class Prize:
    """Over a prize row; not a node."""

    name: str = strawberry.field(description="The name, like 一等奖.")
    description: str = strawberry.field(description="What it is.")
    quantity: int = strawberry.field(description="How many are given.")
    amount: Money | None = batch_field(
        _amounts, description="The money that comes with each.", metadata={PUBLIC: True}
    )


@strawberry.type(description="A skill competition of a year (技能比武).")
class Competition(Content, Node):
    """Over a competition row."""

    title: str = strawberry.field(description="The title.")
    summary: str = strawberry.field(description="What it is about, in a sentence or two.")
    body_html: str = strawberry.field(
        description="The description as HTML that is safe to put into a page."
    )
    body_markdown: str = strawberry.field(description="The description as its editors wrote it.")
    rules_html: str = strawberry.field(
        description="The rules as HTML that is safe to put into a page."
    )
    rules_markdown: str = strawberry.field(description="The rules as their editors wrote them.")
    cover_url: str | None = strawberry.field(description="A picture for the competition.")
    cover: Image | None = image_field("cover_url", description="The picture in sizes.")
    organiser: str = strawberry.field(description="Who holds it.")
    year: int = strawberry.field(description="The year it belongs to.")
    timezone: str = strawberry.field(description="IANA name of the time zone it takes place in.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it is over.")
    registration: RegistrationWindow | None = registration_field(SubjectKind.COMPETITION)
    divisions: list[Division] | None = parts_field(
        contests.divisions_by_competition_ids, description="Its divisions in order."
    )
    stages: list[Stage] | None = parts_field(
        contests.stages_by_competition_ids, description="Its stages in order."
    )
    prizes: list[Prize] | None = parts_field(
        contests.prizes_by_competition_ids, description="What can be won."
    )
    viewer_registration: Registration | None = viewer_registration_field()


@strawberry.type
class CompetitionsQuery:
    """The root fields of competitions."""

    competition: Competition | None = find_field(
        contests.COMPETITIONS, "Competition", description="One competition by id or slug."
    )
    competitions: Connection[Competition] | None = connection_field(
        contests.COMPETITIONS,
        where=CompetitionWhere,
        order=CompetitionOrder,
        description="The competitions, latest first unless ordered.",
    )


register_node("Competition", contests.COMPETITIONS)
register_node("Division", contests.DIVISIONS)
register_node("Stage", contests.STAGES)
