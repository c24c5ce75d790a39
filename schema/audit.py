"""The audit in GraphQL: who did what to what; for administrators."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from hub.audit import queries as audit
from hub.audit.service import ask_for_export
from hub.filters import AllOf, Condition, Expression, Operator
from hub.pagination import Page
from hub.records import Record
from hub.spreadsheets import TableFormat
from schema.batching import batch_field
from schema.filters import (
    CodeFilter,
    DateTimeFilter,
    Special,
    all_filter,
    any_filter,
    expression_of,
    field_filter,
    not_filter,
)
from schema.jobs import Job
from schema.lists import list_query, order_input, with_arguments
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, decode_id, encode_id

_NOBODY = UUID(int=0)


def _entry_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("AuditEntry", root.id))


def _actor_id(root: strawberry.Parent[Record]) -> strawberry.ID | None:
    if root.person_id is not None:
        return strawberry.ID(encode_id("Person", root.person_id))
    if root.service_id is not None and root.service_id != _NOBODY:
        return strawberry.ID(encode_id("ApiKey", root.service_id))
    return None


def _object_id(root: strawberry.Parent[Record]) -> strawberry.ID | None:
    if root.object_id is None:
        return None
    return strawberry.ID(encode_id(root.object_kind, root.object_id))


def _occurred_at(root: strawberry.Parent[Record]) -> datetime:
    at: datetime = root.at
    return at


@strawberry.type(description="That somebody did something to something (审计记录).")
class AuditEntry:
    """Over an entry's row."""

    id: strawberry.ID = strawberry.field(resolver=_entry_id, description="The entry's own id.")
    occurred_at: datetime = strawberry.field(resolver=_occurred_at, description="When it was.")
    actor_id: strawberry.ID | None = strawberry.field(
        resolver=_actor_id,
        description="The person or the key; null for nobody signed in and for the server itself.",
    )
    actor_label: str = strawberry.field(
        description="What the actor was called then: a name, or the command on the server."
    )
    action: str = strawberry.field(description="What was done, like `access.role_given`.")
    object_kind: str | None = strawberry.field(
        description="The type of what it was done to, like `Course`."
    )
    object_id: strawberry.ID | None = strawberry.field(
        resolver=_object_id, description="What it was done to; it may be gone by now."
    )
    before: JSON | None = strawberry.field(
        description="What changed, as it was before; sensitive values are left out."
    )
    after: JSON | None = strawberry.field(
        description="What changed, as it was afterwards; sensitive values are left out."
    )
    request_id: str = strawberry.field(
        description="The request it was done in, as its answer and the log know it."
    )
    address_hash: str = strawberry.field(
        description="Tells whether two addresses are the same, and not which they are."
    )


@strawberry.input(description="Which entries. Fields beside one another must all hold.")
class AuditWhere:
    """See the fields."""

    actor: strawberry.ID | None = field_filter("actor", description="By this person or key.")
    action: CodeFilter | None = field_filter("action", description="Of this action.")
    object_kind: CodeFilter | None = field_filter(
        "object_kind", description="Done to something of this type."
    )
    object: strawberry.ID | None = field_filter("object", description="Done to this.")
    request_id: CodeFilter | None = field_filter("request_id", description="In this request.")
    occurred_at: DateTimeFilter | None = field_filter("at", description="When it was.")
    and_: list["AuditWhere"] | None = all_filter()
    or_: list["AuditWhere"] | None = any_filter()
    not_: "AuditWhere | None" = not_filter()


def _by_actor(text: str) -> Expression:
    found = decode_id(text, path=("where", "actor"))
    name = {"Person": "person", "ApiKey": "service"}.get(found.type_name)
    return Condition(name or "person", Operator.EQ, found.key if name else _NOBODY)


def _on_object(text: str) -> Expression:
    found = decode_id(text, path=("where", "object"))
    kind = Condition("object_kind", Operator.EQ, found.type_name)
    return AllOf((kind, Condition("object_id", Operator.EQ, found.key)))


_SPECIAL: Special = {"actor": _by_actor, "object": _on_object}
AuditOrder = order_input("AuditEntry", {"AT": "By the instant."})


async def _audit_log(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
    query = list_query(arguments, _SPECIAL)
    return [await audit.audit_log(info.context.viewer, query)] * len(parents)


@strawberry.type
class AuditQuery:
    """The root field of the audit."""

    audit_log: Connection[AuditEntry] | None = batch_field(
        with_arguments(_audit_log, where=AuditWhere, order=AuditOrder),
        description=(
            "Who did what to what (审计日志), newest first unless ordered. Needs READ_AUDIT."
        ),
    )


@strawberry.input(description="Which part of the audit to export, and how.")
class ExportAuditInput:
    """See the fields."""

    format: TableFormat = strawberry.field(description="How the file is written.")
    where: AuditWhere | None = strawberry.field(
        default=None, description="Only the entries for which this holds; all unless given."
    )


@strawberry.type(description="The outcome of asking for an export.")
class ExportPayload:
    """See the fields."""

    job: Job | None = strawberry.field(
        default=None, description="What to follow; its `resultUrl` is the file when it is done."
    )
    errors: list[UserError] = errors_field()


async def _export(info: Info, given: ExportAuditInput) -> dict[str, Any]:
    where = expression_of(given.where, _SPECIAL)
    viewer = info.context.viewer
    return {"job": await ask_for_export(viewer, form=given.format, where=where)}


@strawberry.type
class AuditMutation:
    """The mutation of the audit, which nothing can change."""

    export_audit: ExportPayload = mutation_field(
        _export,
        input_type=ExportAuditInput,
        payload=ExportPayload,
        description="Have the audit written into a file in the background (导出审计日志), oldest "
        "first, up to this instant; the audit says that you did. Needs READ_AUDIT. "
        "STEP_UP_REQUIRED; CONFLICT while five jobs of yours are under way.",
    )
