"""The files of events: employers, and events with their agenda and openings."""

from typing import Annotated, Self

from annotated_types import MaxLen
from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from hub.content import (
    ANY_PLACE,
    LIST_MAX_ITEMS,
    Address,
    Count,
    Currency,
    FileModel,
    Instant,
    Line,
    Location,
    Money,
    Published,
    Slug,
    Text,
    To,
    Zone,
    at_least,
    distinct_slugs,
    later_than,
)
from hub.events.models import AgendaItem, Employer, Event, EventOption, Opening
from hub.events.rules import EventKind, PayPeriod
from hub.kinds import Kind, listed
from hub.reasons import Misfit


class EmployerItem(Published):
    """Somebody who hires at job fairs."""

    name: Annotated[Line, MaxLen(120)]
    industry: Annotated[Text, MaxLen(80)] = ""
    summary: Text = ""
    logo_url: Address | None = None


class OptionRow(FileModel):
    """One of several things to choose from when one signs up: a table, a bus."""

    slug: Slug
    title: Annotated[Line, MaxLen(160)]
    description: Text = ""
    pool: Annotated[Slug | None, To(("pools",))] = None


class AgendaRow(FileModel):
    """One point of an agenda."""

    title: Annotated[Line, MaxLen(160)]
    speaker: Annotated[Line, MaxLen(120)] | None = None
    starts_at: Instant
    ends_at: Annotated[Instant | None, later_than("starts_at")] = None


class Pay(FileModel):
    """What an opening pays, from and to, for each `period`."""

    minimum: Money
    maximum: Annotated[Money, at_least("minimum")]
    currency: Currency = "CNY"
    period: PayPeriod


class OpeningRow(FileModel):
    """A job that an employer offers."""

    slug: Slug
    employer: Annotated[Slug, To(("employers",))]
    job: Annotated[Line, MaxLen(120)]
    description: Text = ""
    requirements: Text = ""
    workplace: Annotated[Text, MaxLen(160)] = ""
    pay: Pay
    headcount: Annotated[Count, Field(ge=1, le=100_000)]


def _on_job_fairs(openings: list[OpeningRow], info: ValidationInfo) -> list[OpeningRow]:
    if openings and info.data.get("kind") not in (EventKind.JOB_FAIR, None):
        raise Misfit(
            "belong to a job fair; make `kind: job_fair` or leave them out",
            chinese="只用于招聘会，请改为招聘会或去掉",
        )
    return openings


class EventItem(Published):
    """A festival, show, job fair, talk."""

    kind: EventKind
    title: Annotated[Line, MaxLen(160)]
    summary: Text = ""
    body: Text = ""
    cover_url: Address | None = None
    organiser: Annotated[Line, MaxLen(120)]
    town: Annotated[Slug | None, To(("towns",))] = None
    place: Annotated[Slug | None, ANY_PLACE] = None
    venue_name: Annotated[Line, MaxLen(120)] | None = None
    address: Annotated[Line, MaxLen(240)] | None = None
    location: Location | None = None
    timezone: Zone | None = None
    starts_at: Instant
    ends_at: Annotated[Instant, later_than("starts_at")]
    registration_opens_at: Instant | None = None
    registration_closes_at: Annotated[Instant | None, later_than("registration_opens_at")] = None
    eligibility: Text = ""
    pool: Annotated[Slug | None, To(("pools",))] = None
    options: Annotated[list[OptionRow], Field(max_length=50), distinct_slugs()] = Field(
        default_factory=list
    )
    agenda: Annotated[list[AgendaRow], Field(max_length=LIST_MAX_ITEMS)] = Field(
        default_factory=list
    )
    openings: Annotated[
        list[OpeningRow],
        Field(max_length=LIST_MAX_ITEMS),
        distinct_slugs(),
        AfterValidator(_on_job_fairs),
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.place is None and self.address is None:
            raise Misfit("needs a `place` or an `address`", chinese="须有场所或地址")
        if self.place is not None and (self.address or self.location):
            raise Misfit(
                "has a `place`, whose address and location hold: leave these out",
                chinese="已有场所，以其地址和位置为准，请去掉地址和位置",
            )
        return self


KINDS = (
    Kind("employers", EmployerItem, Employer),
    Kind(
        "events",
        EventItem,
        Event,
        parts=(
            listed("options", OptionRow, model=EventOption, parent="event_id"),
            listed("agenda", AgendaRow, model=AgendaItem, parent="event_id"),
            listed("openings", OpeningRow, model=Opening, parent="event_id"),
        ),
    ),
)
