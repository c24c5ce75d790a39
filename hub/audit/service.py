"""Writes of the audit, and its export, which is itself written down."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from hub.audit.models import AuditEntry
from hub.audit.queries import audit_log
from hub.audit.rules import assert_named, csv_line, without_sensitive
from hub.auth import DISTRICT, Action, Actor, Viewer, require, require_step_up
from hub.bulk import insert_rows
from hub.clock import now
from hub.database import transaction
from hub.filters import Expression
from hub.ids import new_id
from hub.listing import ListQuery, OrderTerm
from hub.origin import address_hash, current_origin
from hub.pagination import PAGE_SIZE_MAX, PageRequest
from hub.records import Record, columns_of

_LABEL_MAX_CHARS = 120


class ExportFormat(StrEnum):
    """How an export is written: for spreadsheets or for programs."""

    CSV = "csv"
    NDJSON = "ndjson"


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
    viewer: Viewer, *, form: ExportFormat, where: Expression | None = None
) -> AsyncIterator[str]:
    """The audit as lines of text, oldest first, without holding more than a page of it.

    That it was exported is written down before the first line. CSV cells cannot become formulas.
    Raises Unauthenticated, Forbidden or StepUpRequired, and then nothing is written.
    """
    require(viewer.actor, Action.READ_AUDIT, on=[DISTRICT], now=viewer.now)
    require_step_up(viewer.actor, now=viewer.now)
    await record(viewer.actor, "audit.exported", after={"format": form.value})
    names = columns_of(AuditEntry)
    if form is ExportFormat.CSV:
        yield csv_line(names)
    async for row in _rows(viewer, where):
        values = {name: getattr(row, name) for name in names}
        yield _csv(values) if form is ExportFormat.CSV else _ndjson(values)


async def _rows(viewer: Viewer, where: Expression | None) -> AsyncIterator[Record]:
    cursor: str | None = None
    while True:
        request = PageRequest(PAGE_SIZE_MAX, cursor, backward=False)
        page = await audit_log(viewer, ListQuery(request, where, (OrderTerm("AT"),)))
        for row in page.rows:
            yield row
        if not page.has_next:
            return
        cursor = page.end_cursor
        await asyncio.sleep(0)  # an export may be long; requests go first


def _csv(values: Mapping[str, Any]) -> str:
    return csv_line(_cell(value) for value in values.values())


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _ndjson(values: Mapping[str, Any]) -> str:
    return orjson.dumps(values, default=str).decode() + "\n"
