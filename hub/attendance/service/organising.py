"""What organisers do with the registrations for what lies in their scope."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.attendance.queries import (
    ORGANISED,
    managed_registration,
    occasions_of,
    organised_thing,
)
from hub.attendance.rules import (
    assert_reason,
    assert_started,
    thing_not_found,
)
from hub.attendance.service.reading import answers_in, companions_in
from hub.audit import service as audit
from hub.auth import (
    DISTRICT,
    Action,
    Viewer,
    is_allowed,
    operator,
    require_step_up,
)
from hub.clock import now
from hub.contests.service.entering import admit, withdraw
from hub.database import transaction
from hub.enrollment.queries import answered_forms, registration_by_id
from hub.enrollment.rules import REASON_MAX_CHARS, RegistrationState, SubjectKind, state_at
from hub.enrollment.service import seats
from hub.errors import Conflict, Unauthenticated
from hub.filters import AllOf, Condition, Expression, Operator
from hub.forms.queries import questions_of
from hub.identity.queries import masked_phone, people_by_ids
from hub.jobs.service.following import Table, ask_for_job
from hub.listing import ListQuery, OrderTerm
from hub.pagination import PageRequest
from hub.records import Record, count_records
from hub.spreadsheets import TableFormat

EXPORT_TASK: Final = "attendance.export"
"""The task that writes the file of an export."""

_COLUMNS: Final = (
    *("registration", "name", "phone", "state", "party_size", "companions"),
    *("option", "created_at", "updated_at", "reason"),
)
_COUNT_MAX: Final = 1_000_000
_PAGE_ROWS: Final = 500


async def approve(viewer: Viewer, registration_id: UUID | None) -> Record:
    """Confirm a registration that waits for approval; the registration.

    Raises Unauthenticated, NotFound for what is not the viewer's to manage, and Conflict for what
    does not wait, or not any more, and for one's own: a colleague decides on it.
    """
    return await _decide(viewer, registration_id, RegistrationState.CONFIRMED, reason="")


async def reject(viewer: Viewer, registration_id: UUID | None, *, reason: str) -> Record:
    """Turn a registration down; its seats go to whoever comes next. Raises as `approve` does, and
    Invalid for the reason.
    """
    text = assert_reason(reason, maximum=REASON_MAX_CHARS)
    return await _decide(viewer, registration_id, RegistrationState.REJECTED, reason=text)


async def _decide(
    viewer: Viewer, registration_id: UUID | None, target: RegistrationState, *, reason: str
) -> Record:
    async def decide() -> Record:
        row = await _managed(viewer, registration_id)
        _assert_of_another(viewer, row)
        extra = {"decided_by": viewer.actor.person_id, "reason": reason}
        if target is RegistrationState.CONFIRMED:
            was = await seats.approve(row.id, now=viewer.now, extra=extra)
            await admit(viewer, row.id)
        else:
            was = await seats.end(row.id, target, now=viewer.now, extra=extra)
            await withdraw(viewer, row.id, reason=reason)
        return await _done(viewer, was, target, reason=reason)

    return await transaction(decide)


def _assert_of_another(viewer: Viewer, row: Record) -> None:
    if row.person_id == viewer.actor.person_id:
        raise Conflict(
            "It is your own registration; ask a colleague to decide on it.",
            chinese="不能审核自己的报名，请由同事审核。",
            path=("input", "registrationId"),
        )


async def mark_no_show(viewer: Viewer, registration_id: UUID | None) -> Record:
    """Write down that somebody with a seat did not come; the registration.

    Raises Unauthenticated, NotFound, and Conflict before it has begun and for who had no seat.
    """

    async def mark() -> Record:
        row = await _managed(viewer, registration_id)
        assert_started((await occasions_of([row]))[0], now=viewer.now)
        was = await seats.mark(row.id, RegistrationState.NO_SHOW, now=viewer.now)
        return await _done(viewer, was, RegistrationState.NO_SHOW, reason="")

    return await transaction(mark)


async def _managed(viewer: Viewer, registration_id: UUID | None) -> Record:
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    row = await managed_registration(viewer, registration_id)
    if row is None:
        raise seats.registration_not_found()
    return row


_DEEDS = {
    RegistrationState.CONFIRMED: "registration.approved",
    RegistrationState.REJECTED: "registration.rejected",
    RegistrationState.NO_SHOW: "registration.marked_no_show",
}


async def _done(viewer: Viewer, was: Record, target: RegistrationState, *, reason: str) -> Record:
    """Write down what was changed; what was so already is not written down again."""
    if was.state is not target:
        await audit.record(
            viewer.actor,
            _DEEDS[target],
            object=("Registration", was.id),
            before={"state": was.state},
            after={"state": target, "reason": reason},
        )
    row = await registration_by_id(was.id)
    assert row is not None, "registrations are never deleted"
    return row


async def ask_for_export(
    viewer: Viewer, thing_id: UUID | None, *, kind: SubjectKind, form: TableFormat
) -> Record:
    """Ask for the registrations for a thing as a file, with what people wrote; the job.

    The audit says who asked for what. Raises Unauthenticated, NotFound for a thing that is not the
    viewer's to read, StepUpRequired, and Conflict while too many jobs are under way.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    thing = await organised_thing(viewer, thing_id, kind=kind)
    if thing is None:
        raise thing_not_found(kind)
    require_step_up(viewer.actor, now=viewer.now)
    asked = {"kind": kind.value, "id": str(thing.id), "format": form.value}
    action = Action.READ_REGISTRATIONS
    is_everywhere = is_allowed(viewer.actor, action, on=[DISTRICT], now=viewer.now)

    async def body() -> Record:
        needs = action if is_everywhere else None
        job = await ask_for_job(viewer, EXPORT_TASK, parameters=asked, needs=needs)
        of = (kind.value.capitalize(), thing.id)
        await audit.record(viewer.actor, "registration.exported", object=of, after=asked)
        return job

    return await transaction(body)


async def exported_table(job: Record) -> Table:
    """The table that an export's job asks for: who may ask was decided then.

    Each question that was asked has a column of its own, after the others.
    """
    viewer = Viewer(operator(EXPORT_TASK, now=now()), now())
    where = _wanted(job)
    select = ORGANISED.narrowed(viewer, ListQuery(_first_page(), where))
    asked = await _asked(UUID(job.parameters["id"]))
    return Table(
        name=f"registrations-{job.created_at:%Y%m%d-%H%M%S}",
        form=TableFormat(job.parameters["format"]),
        columns=(*_COLUMNS, *(f"{label} ({slug})" for slug, label in asked.items())),
        total=await count_records(select, cap=_COUNT_MAX),
        pages=_pages(viewer, where, slugs=list(asked)),
    )


async def _asked(thing_id: UUID) -> dict[str, str]:
    """The questions that were asked on signing up for a thing: slugs with their labels, as the
    newest version that somebody answered has them.
    """
    asked: dict[str, str] = {}
    for form_id, version in await answered_forms(thing_id):
        form = await questions_of(form_id, version)
        for question in form.questions if form is not None else ():
            asked.setdefault(question["slug"], question["label"])
    return asked


def _wanted(job: Record) -> Expression:
    """What came after the asking is not in the file."""
    return AllOf(
        (
            Condition("thing", Operator.EQ, UUID(job.parameters["id"])),
            Condition("created_at", Operator.LTE, job.created_at),
        )
    )


def _first_page(cursor: str | None = None) -> PageRequest:
    return PageRequest(_PAGE_ROWS, cursor, backward=False)


async def _pages(
    viewer: Viewer, where: Expression, *, slugs: Sequence[str]
) -> AsyncIterator[list[tuple[Any, ...]]]:
    cursor: str | None = None
    while True:
        query = ListQuery(_first_page(cursor), where, (OrderTerm("CREATED_AT"),))
        page = await ORGANISED.page(viewer, query)
        yield await _told(page.rows, viewer.now, slugs=slugs)
        if not page.has_next:
            return
        cursor = page.end_cursor


async def _told(
    rows: Sequence[Record], at: datetime, *, slugs: Sequence[str]
) -> list[tuple[Any, ...]]:
    people = await people_by_ids([row.person_id for row in rows])
    occasions = await occasions_of(rows)
    answers = [answers_in(row) or {} for row in rows]
    return [
        (
            row.id,
            person.display_name if person else "",
            masked_phone(person) if person else "",
            state_at(row.state, offered_until=row.offered_until, now=at).value,
            row.party_size,
            "、".join(companions_in(row)),
            occasion.part_title if occasion else None,
            *(row.created_at, row.updated_at, row.reason),
            *(answered.get(slug) for slug in slugs),
        )
        for row, person, occasion, answered in zip(rows, people, occasions, answers, strict=True)
    ]
