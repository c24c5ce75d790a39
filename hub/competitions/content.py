"""The file of competitions, with their divisions, stages and prizes."""

from typing import Annotated, Self

from annotated_types import MaxLen
from pydantic import Field, model_validator

from hub.competitions.models import Competition, Division, Prize, Stage
from hub.competitions.rules import EntrantKind, StageKind
from hub.content import (
    ANY_PLACE,
    LIST_MAX_ITEMS,
    Address,
    Count,
    Currency,
    FileModel,
    Instant,
    Line,
    Money,
    Published,
    Slug,
    Text,
    To,
    Year,
    Zone,
    at_least,
    distinct_slugs,
    later_than,
)
from hub.kinds import Kind, listed
from hub.reasons import Misfit

TEAM_SIZE_MAX = 100

TeamMembers = Annotated[Count, Field(ge=1, le=TEAM_SIZE_MAX)]


class TeamSize(FileModel):
    """How many make a team, both ends included."""

    minimum: TeamMembers = 1
    maximum: Annotated[TeamMembers, at_least("minimum")] = 1


class DivisionRow(FileModel):
    """A part of a competition with entrants of its own."""

    slug: Slug
    name: Annotated[Line, MaxLen(120)]
    description: Text = ""
    eligibility: Text = ""
    entrant: EntrantKind
    team_size: TeamSize = TeamSize()
    pool: Annotated[Slug | None, To(("pools",))] = None

    @model_validator(mode="after")
    def _fits_entrant(self) -> Self:
        if self.entrant is EntrantKind.TEAM and self.team_size.maximum < 2:
            raise Misfit(
                "is for teams: give `team_size: {minimum: 2, maximum: 5}`",
                chinese="为团体组，须给出团队人数，如 2 到 5 人",
            )
        if self.entrant is EntrantKind.INDIVIDUAL and self.team_size.maximum > 1:
            raise Misfit(
                "is for individuals: leave `team_size` out", chinese="为个人组，不应给出团队人数"
            )
        return self


class StageRow(FileModel):
    """One stage of a competition."""

    slug: Slug
    kind: StageKind
    name: Annotated[Line, MaxLen(120)]
    description: Text = ""
    starts_at: Instant
    ends_at: Annotated[Instant, later_than("starts_at")]
    place: Annotated[Slug | None, ANY_PLACE] = None
    venue_name: Annotated[Line, MaxLen(120)] | None = None
    address: Annotated[Line, MaxLen(240)] | None = None


class PrizeRow(FileModel):
    """What can be won."""

    name: Annotated[Line, MaxLen(80)]
    description: Annotated[Text, MaxLen(500)] = ""
    quantity: Annotated[Count, Field(ge=1, le=100_000)]
    amount: Money | None = None
    currency: Currency = "CNY"


class CompetitionItem(Published):
    """A skill competition (技能比武) of a year."""

    title: Annotated[Line, MaxLen(160)]
    summary: Text = ""
    body: Text = ""
    rules: Text = ""
    cover_url: Address | None = None
    organiser: Annotated[Line, MaxLen(120)]
    year: Year
    timezone: Zone | None = None
    starts_at: Instant
    ends_at: Annotated[Instant, later_than("starts_at")]
    registration_opens_at: Instant | None = None
    registration_closes_at: Annotated[Instant | None, later_than("registration_opens_at")] = None
    divisions: Annotated[
        list[DivisionRow], Field(min_length=1, max_length=LIST_MAX_ITEMS), distinct_slugs()
    ]
    stages: Annotated[
        list[StageRow], Field(min_length=1, max_length=LIST_MAX_ITEMS), distinct_slugs()
    ]
    prizes: Annotated[list[PrizeRow], Field(max_length=LIST_MAX_ITEMS)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _holds_its_stages(self) -> Self:
        for stage in self.stages:
            if stage.starts_at < self.starts_at or stage.ends_at > self.ends_at:
                raise Misfit(
                    f"has the stage `{stage.slug}` outside its starts_at and ends_at, which hold "
                    "every stage, registration included",
                    chinese=f"的赛段 {stage.slug} 超出了比赛的起止时间，报名也须在其中",
                )
        return self


KINDS = (
    Kind(
        "competitions",
        CompetitionItem,
        Competition,
        parts=(
            listed("divisions", DivisionRow, model=Division, parent="competition_id"),
            listed("stages", StageRow, model=Stage, parent="competition_id"),
            listed("prizes", PrizeRow, model=Prize, parent="competition_id"),
        ),
    ),
)
