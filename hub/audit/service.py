"""Writes of the audit, and its export, which is itself written down."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from hub.audit.models import AuditEntry
from hub.audit.queries import AUDIT_LOG, audit_log
from hub.audit.rules import assert_named, without_sensitive
from hub.auth import DISTRICT, Action, Actor, Viewer, operator, require, require_step_up
from hub.bulk import insert_rows
from hub.clock import now
from hub.database import transaction
from hub.filters import AllOf, Condition, Expression, Operator, from_plain, plain
from hub.ids import new_id
from hub.jobs.service.following import Table, ask_for_job
from hub.listing import ListQuery, OrderTerm
from hub.origin import address_hash, current_origin
from hub.pagination import PageRequest
from hub.records import Record, count_records
from hub.spreadsheets import TableFormat, cell_text, csv_line, ndjson_line

EXPORT_TASK: Final = "audit.export"
"""The task that writes an export's file."""

_LABEL_MAX_CHARS = 120
_PAGE_ROWS: Final = 500
_COUNT_MAX: Final = 10_000_000
_COLUMNS: Final = (
    *("id", "at", "person_id", "service_id", "actor_label", "session_id", "action"),
    *("object_kind", "object_id", "before", "after", "request_id", "address_hash"),
)


async def record(
    actor: Actor,
    action: str,
    *,
    object: tuple[str, UUID] | None = None,  # noqa: A002 - the word of the trade
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `actor` did `action` to `object`, given as the name of its type and its key.

    Call it inside the transaction of the deed, so that neither is there without the other; outside
    of one it makes its own. `action` reads `domain.what_was_done`. Of `before` and `after` give
    what changed; sensitive fields are blanked here (`rules.SENSITIVE_FIELDS`). Request id and
    address come from `hub.origin`. Raises ValueError for an action or a type badly named.
    """
    kind, key = object or (None, None)
    assert_named(action, kind)
    origin = current_origin()
    row = {
        "id": new_id(),
        "at": now(),
        "person_id": actor.person_id,
        "service_id": actor.service_id,
        "actor_label": _label(actor),
        "session_id": actor.session_id,
        "action": action,
        "object_kind": kind,
        "object_id": key,
        "before": _plain(before),
        "after": _plain(after),
        "request_id": origin.request_id,
        "address_hash": address_hash(origin.address),
    }
    await transaction(lambda: insert_rows(AuditEntry, [row]))


def _label(actor: Actor) -> str:
    if actor.label:
        return actor.label[:_LABEL_MAX_CHARS]
    return "anonymous" if actor.is_anonymous else ""


def _plain(values: Mapping[str, Any] | None) -> Any:
    """The values as JSON has them, without what may not be written down."""
    if values is None:
        return None
    return orjson.loads(orjson.dumps(without_sensitive(values), default=str))


async def export_lines(
    viewer: Viewer, *, form: TableFormat, where: Expression | None = None
) -> AsyncIterator[str]:
    """The audit as lines of text, oldest first, without holding more than a page of it.

    That it was exported is written down before the first line. CSV cells cannot become formulas.
    Raises Unauthenticated, Forbidden or StepUpRequired, and then nothing is written.
    """
    _require_export(viewer)
    await record(viewer.actor, "audit.exported", after={"format": form.value})
    if form is TableFormat.CSV:
        yield csv_line(_COLUMNS)
    async for rows in _pages(viewer, where):
        for row in rows:
            is_csv = form is TableFormat.CSV
            yield csv_line(map(cell_text, row)) if is_csv else ndjson_line(_COLUMNS, row)


async def ask_for_export(viewer: Viewer, *, form: TableFormat, where: Expression | None) -> Record:
    """Ask for the audit as a file, written in the background; the job to follow it by.

    The audit says who asked for what. What is written later than the asking is not in the file.
    Raises Unauthenticated, Forbidden, StepUpRequired, BadUserInput for a bad filter, and Conflict
    when too many jobs of this person are under way; then nothing is written.
    """
    _require_export(viewer)
    AUDIT_LOG.narrowed(viewer, ListQuery(_first_page(), where))  # refuse now what later would fail
    asked = {"format": form.value, "where": plain(where)}

    async def body() -> Record:
        job = await ask_for_job(viewer, EXPORT_TASK, parameters=asked, needs=Action.READ_AUDIT)
        await record(viewer.actor, "audit.exported", object=("Job", job.id), after=asked)
        return job

    return await transaction(body)


async def exported_table(job: Record) -> Table:
    """The table that an export's job asks for: who may ask was decided then."""
    viewer = Viewer(operator(EXPORT_TASK, now=now()), now())
    until = Condition("at", Operator.LTE, job.created_at)
    where = from_plain(job.parameters["where"])
    narrowed = AllOf((where, until) if where else (until,))
    select = AUDIT_LOG.narrowed(viewer, ListQuery(_first_page(), narrowed))
    return Table(
        name=f"audit-{job.created_at:%Y%m%d-%H%M%S}",
        form=TableFormat(job.parameters["format"]),
        columns=_COLUMNS,
        total=await count_records(select, cap=_COUNT_MAX),
        pages=_pages(viewer, narrowed),
    )


def _require_export(viewer: Viewer) -> None:
    require(viewer.actor, Action.READ_AUDIT, on=[DISTRICT], now=viewer.now)
    require_step_up(viewer.actor, now=viewer.now)


def _first_page(cursor: str | None = None) -> PageRequest:
    return PageRequest(_PAGE_ROWS, cursor, backward=False)


async def _pages(viewer: Viewer, where: Expression | None) -> AsyncIterator[list[tuple[Any, ...]]]:
    """The rows of the columns, oldest first, by the page."""
    cursor: str | None = None
    while True:
        page = await audit_log(viewer, ListQuery(_first_page(cursor), where, (OrderTerm("AT"),)))
        yield [tuple(getattr(row, name) for name in _COLUMNS) for row in page.rows]
        if not page.has_next:
            return
        cursor = page.end_cursor
        await asyncio.sleep(0)  # an export may be long; requests go first
