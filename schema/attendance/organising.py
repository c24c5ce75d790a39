"""Registrations as organisers see and decide them, and one's own as a list, in GraphQL."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.attendance import queries as attendance
from hub.attendance.service import organising
from hub.auth import Action, reach
from hub.enrollment.rules import RegistrationState, SubjectKind
from hub.errors import BadUserInput, Forbidden, Invalid, Unauthenticated
from hub.pagination import Page
from hub.spreadsheets import TableFormat
from schema.attendance.registrations import Registration
from schema.attendance.signing_up import RegistrationPayload, registration_key
from schema.batching import batch_field
from schema.filters import DateTimeFilter, Filter, field_filter, ids_filter, is_given
from schema.jobs import Job
from schema.lists import connection_field, list_query, order_input, with_arguments
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, decode_key

RegistrationOrder = order_input(
    "Registration", {"CREATED_AT": "By the instant at which one signed up."}
)


@strawberry.input(description="Which of one's registrations. Fields must all hold.")
class OwnRegistrationWhere:
    """See the fields."""

    state: Filter[RegistrationState] | None = field_filter("state", description="Where it stands.")
    subject_kind: Filter[SubjectKind] | None = field_filter(
        "subject_kind", description="What it is for."
    )
    starts_at: DateTimeFilter | None = field_filter(
        "starts_at", description="When what it is for begins; what has no time does not match."
    )
    is_upcoming: bool | None = field_filter(
        "is_upcoming",
        description="What is not over yet, whatever its state; true also for what has no time.",
    )


@strawberry.type
class ViewerRegistrations:
    """The registrations of the person who asks."""

    registrations: Connection[Registration] | None = connection_field(
        attendance.OWN,
        where=OwnRegistrationWhere,
        order=RegistrationOrder,
        description="What one signed up for, newest first unless ordered (我的报名).",
    )


@strawberry.input(
    description="Whose registrations: of exactly one event, course or competition, in which state."
)
class RegistrationWhere:
    """See the fields."""

    event_id: strawberry.ID | None = ids_filter(
        "Event", field="thing", description="For this event."
    )
    course_id: strawberry.ID | None = ids_filter(
        "Course", field="thing", description="For this course."
    )
    competition_id: strawberry.ID | None = ids_filter(
        "Competition", field="thing", description="For this competition."
    )
    state: Filter[RegistrationState] | None = field_filter("state", description="Where they stand.")


async def _organised(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
    viewer = info.context.viewer
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    if not reach(viewer.actor, Action.READ_REGISTRATIONS, now=viewer.now):
        raise Forbidden("You may not do this.", chinese="您没有权限进行此操作。")
    _named_kind(arguments.get("where"), BadUserInput, path=("where",))
    return [await attendance.ORGANISED.page(viewer, list_query(arguments))] * len(parents)


def _named_kind(given: Any, refusal: Any, *, path: tuple[str, ...]) -> SubjectKind:
    """The kind of the one thing that an input names; raises `refusal` for none and for several."""
    if is_given(given):
        kinds = [kind for kind in SubjectKind if is_given(getattr(given, f"{kind.value}_id"))]
        if len(kinds) == 1:
            return kinds[0]
    raise refusal(
        "Name exactly one event, course or competition.",
        chinese="请指定且仅指定一个活动、课程或比武。",
        path=path,
    )


@strawberry.type
class RegistrationsQuery:
    """The root field of organisers."""

    registrations: Connection[Registration] | None = batch_field(
        with_arguments(_organised, where=RegistrationWhere, order=RegistrationOrder),
        description="Who signed up for one thing (报名名单), newest first unless ordered; "
        "empty for what does not lie in one's scope, and for a competition that one judges until "
        "its results are published. Needs READ_REGISTRATIONS.",
    )


@strawberry.input(description="Which registration to approve.")
class ApproveRegistrationInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")


@strawberry.input(description="Which registration to turn down, and why.")
class RejectRegistrationInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    reason: str = strawberry.field(description="Why, as its person reads it; 1 to 500 characters.")


@strawberry.input(description="Who did not come.")
class MarkNoShowInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="The registration.")


@strawberry.input(description="Whose registrations to export: of one thing; and how.")
class ExportRegistrationsInput:
    """See the fields."""

    format: TableFormat = strawberry.field(description="How the file is written.")
    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Those for this event."
    )
    course_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Those for this course."
    )
    competition_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Those for this competition."
    )


@strawberry.type(description="The outcome of asking for an export of registrations.")
class RegistrationsExportPayload:
    """See the fields."""

    job: Job | None = strawberry.field(
        default=None, description="What to follow; its `resultUrl` is the file when it is done."
    )
    errors: list[UserError] = errors_field()


async def _approve(info: Info, given: ApproveRegistrationInput) -> dict[str, Any]:
    key = registration_key(given.registration_id)
    return {"registration": await organising.approve(info.context.viewer, key)}


async def _reject(info: Info, given: RejectRegistrationInput) -> dict[str, Any]:
    key = registration_key(given.registration_id)
    row = await organising.reject(info.context.viewer, key, reason=given.reason)
    return {"registration": row}


async def _mark(info: Info, given: MarkNoShowInput) -> dict[str, Any]:
    key = registration_key(given.registration_id)
    return {"registration": await organising.mark_no_show(info.context.viewer, key)}


async def _export(info: Info, given: ExportRegistrationsInput) -> dict[str, Any]:
    kind = _named_kind(given, Invalid, path=("input",))
    job = await organising.ask_for_export(
        info.context.viewer, _thing_key(kind, given), kind=kind, form=given.format
    )
    return {"job": job}


def _thing_key(kind: SubjectKind, given: Any) -> UUID | None:
    text = str(getattr(given, f"{kind.value}_id"))
    return decode_key(text, types=(kind.value.capitalize(),), path=("input", f"{kind.value}Id"))


_MANAGED = (
    "Needs MANAGE_REGISTRATIONS where the thing lies; NOT_FOUND elsewhere, and in a competition "
    "that one judges until its results are published."
)


@strawberry.type
class OrganisersMutation:
    """The mutations of organisers."""

    approve_registration: RegistrationPayload = mutation_field(
        _approve,
        input_type=ApproveRegistrationInput,
        payload=RegistrationPayload,
        description=f"Confirm a registration that waits for it (审核通过). {_MANAGED} CONFLICT for "
        "what does not wait, or not any more, and for one's own, on which a colleague decides.",
    )
    reject_registration: RegistrationPayload = mutation_field(
        _reject,
        input_type=RejectRegistrationInput,
        payload=RegistrationPayload,
        description="Turn a registration down (审核不通过); its seats go to whoever comes next. "
        f"{_MANAGED} INVALID for the reason; CONFLICT, also for one's own.",
    )
    mark_no_show: RegistrationPayload = mutation_field(
        _mark,
        input_type=MarkNoShowInput,
        payload=RegistrationPayload,
        description=f"Write down that somebody did not come (标记未到场). {_MANAGED} CONFLICT "
        "before it has begun, and for who had no seat.",
    )
    export_registrations: RegistrationsExportPayload = mutation_field(
        _export,
        input_type=ExportRegistrationsInput,
        payload=RegistrationsExportPayload,
        description="Have the registrations for one thing written into a file in the background "
        "(导出报名名单), a column for each question; the audit says that you did. Needs "
        "READ_REGISTRATIONS where the thing lies; NOT_FOUND elsewhere. STEP_UP_REQUIRED; CONFLICT "
        "while five jobs of yours are under way.",
    )
