"""Events in GraphQL: the calendar, agendas, job fairs with their employers and openings."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from hub.directory import queries as directory
from hub.enrollment.rules import SubjectKind
from hub.events import queries as calendar
from hub.events.rules import EventKind, PayPeriod
from hub.records import Record
from schema.attendance.registrations import Registration
from schema.attendance.seats import Seats, seats_field, viewer_registration_field
from schema.attendance.turnout import Attendance, event_attendance_field
from schema.batching import PUBLIC, batch_field
from schema.directory.towns import Town
from schema.enrollment import Pool, pool_field
from schema.enums import describe_enum
from schema.filters import (
    DateTimeFilter,
    Filter,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
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
    EventKind,
    description="What an event is (活动类型).",
    values={
        EventKind.JOB_FAIR: "A job fair with employers and openings (招聘会).",
        EventKind.FESTIVAL: "A festival or a dinner (联谊、年夜饭).",
        EventKind.MATCHMAKING: "An evening for singles (相亲).",
        EventKind.SHOW: "A show (演出).",
        EventKind.LECTURE: "A lecture (讲座).",
        EventKind.TALK: "A short talk before the shift (班前十分钟).",
        EventKind.CLINIC: "Free medical or legal advice (义诊、咨询).",
        EventKind.OTHER: "Something else (其他).",
    },
)
describe_enum(
    PayPeriod,
    description="What pay is counted by.",
    values={
        PayPeriod.HOUR: "An hour (时薪).",
        PayPeriod.DAY: "A day (日薪).",
        PayPeriod.MONTH: "A month (月薪).",
        PayPeriod.YEAR: "A year (年薪).",
        PayPeriod.PIECE: "A piece or an order (计件).",
    },
)

EventOrder = order_input(
    "Event", {"STARTS_AT": "By the instant it begins.", "PUBLISHED_AT": BY_PUBLICATION}
)
EmployerOrder = order_input("Employer", {"NAME": BY_NAME})


@strawberry.input(description="Which events. Fields beside one another must all hold.")
class EventWhere:
    """See the fields."""

    kind: Filter[EventKind] | None = field_filter("kind", description="Of this kind.")
    town: strawberry.ID | None = ids_filter("Town", field="town", description="In this town.")
    place: strawberry.ID | None = ids_filter(
        "Merchant", "Station", "ServiceCentre", field="place", description="At this place."
    )
    starts_at: DateTimeFilter | None = field_filter("starts_at", description="When it begins.")
    ends_at: DateTimeFilter | None = field_filter("ends_at", description="When it is over.")
    published_at: DateTimeFilter | None = field_filter(
        "published_at", description="When it was published."
    )
    and_: list["EventWhere"] | None = all_filter()
    or_: list["EventWhere"] | None = any_filter()
    not_: "EventWhere | None" = not_filter()


@strawberry.type(description="One point of an event's agenda (议程).")
class AgendaItem:
    """Over an agenda row; not a node."""

    title: str = strawberry.field(description="What happens.")
    speaker: str | None = strawberry.field(description="Who speaks or plays.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime | None = strawberry.field(description="When it is over, if it is known.")


@strawberry.type(description="What a job pays: between two amounts, per period.")
class PayRange:
    """Exact amounts; the same amount twice is a fixed pay."""

    minimum: Money = strawberry.field(description="At least.")
    maximum: Money = strawberry.field(description="At most.")
    period: PayPeriod = strawberry.field(description="What it is counted by.")


async def _pay_ranges(parents: list[Record], info: Info) -> list[PayRange]:
    return [
        PayRange(
            minimum=Money(amount=row.pay_minimum, currency=row.pay_currency),
            maximum=Money(amount=row.pay_maximum, currency=row.pay_currency),
            period=row.pay_period,
        )
        for row in parents
    ]


@strawberry.type(description="A job that an employer offers at a job fair (招聘岗位).")
class Opening(Node):
    """Over an opening row."""

    slug: str = strawberry.field(description="The opening's name within its job fair.")
    job: str = strawberry.field(description="The job.")
    description: str = strawberry.field(description="What one does.")
    requirements: str = strawberry.field(description="What is asked for.")
    workplace: str = strawberry.field(description="Where one works.")
    headcount: int = strawberry.field(description="How many people are wanted.")
    pay: PayRange | None = batch_field(
        _pay_ranges, description="What it pays.", metadata={PUBLIC: True}
    )
    employer: "Employer | None" = related_field(
        calendar.EMPLOYERS, "employer_id", description="Who hires."
    )
    event: "Event | None" = related_field(
        calendar.EVENTS, "event_id", description="The job fair at which it is offered."
    )


@strawberry.type(description="Somebody who hires at job fairs (用人单位).")
class Employer(Content, Node):
    """Over an employer row."""

    name: str = strawberry.field(description="The name.")
    industry: str = strawberry.field(description="What trade it is in.")
    summary: str = strawberry.field(description="What it does, in a sentence or two.")
    logo_url: str | None = strawberry.field(description="Its logo.")
    logo: Image | None = image_field("logo_url", description="The logo in sizes.")
    openings: Connection[Opening] | None = connection_field(
        calendar.OPENINGS, under="employer_id", description="The jobs it offers."
    )


@strawberry.type(
    description="One of several things to choose from on signing up: a table, a bus (报名选项)."
)
class EventOption(Node):
    """Over an option row."""

    slug: str = strawberry.field(description="The option's name within its event.")
    title: str = strawberry.field(description="The title.")
    description: str = strawberry.field(description="What one gets; may be empty.")
    position: int = strawberry.field(description="Its place among the options, from 1.")
    seats: Seats | None = seats_field()
    pool: Pool | None = pool_field()
    viewer_registration: Registration | None = viewer_registration_field(is_part=True)


@strawberry.type(description="A festival, a show, a job fair, a talk: a time and a place (活动).")
class Event(Content, Node):
    """Over an event row."""

    kind: EventKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="The title.")
    summary: str = strawberry.field(description="What awaits one, in a sentence or two.")
    body_html: str = strawberry.field(
        description="The description as HTML that is safe to put into a page."
    )
    body_markdown: str = strawberry.field(description="The description as its editors wrote it.")
    cover_url: str | None = strawberry.field(description="A picture for the event.")
    cover: Image | None = image_field("cover_url", description="The picture in sizes.")
    organiser: str = strawberry.field(description="Who invites.")
    eligibility: str = strawberry.field(description="Who may come, in words; empty: everybody.")
    timezone: str = strawberry.field(description="IANA name of the time zone it takes place in.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it is over.")
    registration: RegistrationWindow | None = registration_field(SubjectKind.EVENT)
    town: Town | None = related_field(
        directory.TOWNS, "town_id", description="The town it takes place in."
    )
    venue: Venue | None = batch_field(
        venues, description="Where it takes place.", metadata={PUBLIC: True}
    )
    agenda: list[AgendaItem] | None = parts_field(
        calendar.agenda_by_event_ids, description="What happens when."
    )
    openings: Connection[Opening] | None = connection_field(
        calendar.OPENINGS, under="event_id", description="The jobs offered at a job fair."
    )
    options: list[EventOption] | None = parts_field(
        calendar.options_by_event_ids,
        description="What one chooses from on signing up; empty: nothing to choose.",
    )
    seats: Seats | None = seats_field()
    pool: Pool | None = pool_field()
    viewer_registration: Registration | None = viewer_registration_field()
    attendance: Attendance | None = event_attendance_field()


@strawberry.type
class EventsQuery:
    """The root fields of events."""

    event: Event | None = find_field(
        calendar.EVENTS, "Event", description="One event by id or slug."
    )
    events: Connection[Event] | None = connection_field(
        calendar.EVENTS,
        where=EventWhere,
        order=EventOrder,
        description="The events, earliest first unless ordered.",
    )
    employer: Employer | None = find_field(
        calendar.EMPLOYERS, "Employer", description="One employer by id or slug."
    )
    employers: Connection[Employer] | None = connection_field(
        calendar.EMPLOYERS, order=EmployerOrder, description="The employers by name."
    )


register_node("Event", calendar.EVENTS)
register_node("Employer", calendar.EMPLOYERS)
register_node("EventOption", calendar.OPTIONS)
register_node("Opening", calendar.OPENINGS)
