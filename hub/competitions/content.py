"""The file of competitions, with their divisions, stages and prizes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from annotated_types import MaxLen
from pydantic import Field, model_validator

from hub.competitions.models import Competition, Division, Prize, Stage
from hub.competitions.rules import AdvanceKind, EntrantKind, StageKind
from hub.content import (
    ANY_PLACE,
    LIST_MAX_ITEMS,
    Address,
    Count,
    Currency,
    FileModel,
    Flag,
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
from hub.kinds import Kind, in_file_order, listed
from hub.reasons import Misfit

TEAM_SIZE_MAX = 100
SUBSTITUTES_MAX = 20
CRITERIA_MAX = 20
POINTS_MAX = 1_000
WEIGHT_MAX = 100

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
    substitutes_maximum: Annotated[Count, Field(le=SUBSTITUTES_MAX)] = 0
    roster_freezes_at: Instant | None = None
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
        if self.entrant is EntrantKind.INDIVIDUAL and self.substitutes_maximum:
            raise Misfit(
                "is for individuals: leave `substitutes_maximum` out",
                chinese="为个人组，不应给出替补人数",
            )
        return self


class CriterionRow(FileModel):
    """What judges give points for in a stage: from 0 to `maximum`, counted `weight` times."""

    slug: Slug
    label: Annotated[Line, MaxLen(120)]
    maximum: Annotated[Count, Field(ge=1, le=POINTS_MAX)]
    weight: Annotated[Money, Field(gt=0, le=WEIGHT_MAX)] = Decimal("1.00")


class AdvanceRow(FileModel):
    """Who goes on to the next stage: the first `number`, or who has at least `score`."""

    kind: AdvanceKind = AdvanceKind.BY_HAND
    number: Annotated[Count | None, Field(ge=1)] = None
    score: Money | None = None

    @model_validator(mode="after")
    def _has_its_measure(self) -> Self:
        if (self.kind is AdvanceKind.TOP_N) != (self.number is not None):
            raise Misfit(
                "has `number` where, and only where, its kind is `top_n`",
                chinese="按名次晋级须填写，且仅按名次晋级可填写 number",
            )
        if (self.kind is AdvanceKind.SCORE_AT_LEAST) != (self.score is not None):
            raise Misfit(
                "has `score` where, and only where, its kind is `score_at_least`",
                chinese="按分数晋级须填写，且仅按分数晋级可填写 score",
            )
        return self


def _write_criteria(criteria: Sequence[CriterionRow]) -> tuple[Any, ...]:
    return ([each.model_dump(mode="json") for each in criteria],)


def _read_criteria(columns: Sequence[Any]) -> Any:
    return [
        {
            key: value
            for key, value in in_file_order(each, CriterionRow).items()
            if (key, value) != ("weight", "1.00")
        }
        for each in columns[0]
    ]


class StageRow(FileModel):
    """One stage of a competition."""

    conversions: ClassVar[Mapping[str, Any]] = {"criteria": (_write_criteria, _read_criteria)}

    slug: Slug
    kind: StageKind
    name: Annotated[Line, MaxLen(120)]
    description: Text = ""
    starts_at: Instant
    ends_at: Annotated[Instant, later_than("starts_at")]
    place: Annotated[Slug | None, ANY_PLACE] = None
    venue_name: Annotated[Line, MaxLen(120)] | None = None
    address: Annotated[Line, MaxLen(240)] | None = None
    criteria: Annotated[list[CriterionRow], Field(max_length=CRITERIA_MAX), distinct_slugs()] = (
        Field(default_factory=list)
    )
    drop_extremes: Flag = False
    tie_break: Slug | None = None
    advance: AdvanceRow = AdvanceRow()

    @model_validator(mode="after")
    def _breaks_ties_by_a_criterion(self) -> Self:
        if self.tie_break and self.tie_break not in [each.slug for each in self.criteria]:
            raise Misfit(
                f"has a tie_break `{self.tie_break}`, which is none of its criteria",
                chinese=f"同分依据 {self.tie_break} 须为评分项之一",
            )
        return self


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
