"""Revisions in GraphQL: what was written, by whom, and how it differs from what was before."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import orjson
import strawberry
from strawberry.types import Info

from hub.auth import Viewer
from hub.catalogue import KINDS_BY_NAME
from hub.editing.queries import DRAFTS, REVISIONS
from hub.editing.rules import TYPE_NAMES, RevisionState
from hub.editing.service.inputs import input_path
from hub.filters import AllOf, Condition, Expression, NotOf, Operator
from hub.identity.queries import people_by_ids
from hub.listing import ListQuery
from hub.pagination import Page
from hub.records import Record
from schema.batching import batch_field
from schema.editing.inputs import any_item_id
from schema.enums import describe_enum
from schema.filters import is_given
from schema.lists import list_query
from schema.relay import After, Before, Connection, First, Last, Node, encode_id, register_node

_CHANGES_SIZE = 10

describe_enum(
    RevisionState,
    description="What became of a revision (修订状态).",
    values={
        RevisionState.DRAFT: "Written, not yet published (草稿).",
        RevisionState.SUBMITTED: "Waits for a reviewer (待审).",
        RevisionState.APPROVED: "A reviewer has approved it (已通过).",
        RevisionState.REJECTED: "A reviewer has rejected it; see `reason` (已驳回).",
        RevisionState.SCHEDULED: "Waits for `publishAt`; the public sees the old one (定时待发布).",
        RevisionState.FAILED: "Could not be published at `publishAt`; see `reason` (定时发布失败).",
        RevisionState.PUBLISHED: "What the live item says (已发布).",
        RevisionState.SUPERSEDED: "A later revision took its place (已被取代).",
        RevisionState.DISCARDED: "Thrown away unpublished (已丢弃).",
    },
)


def _screaming(type_name: str) -> str:
    return "".join(f"_{each}" if each.isupper() else each for each in type_name).strip("_").upper()


_kinds: Any = Enum(  # type: ignore[misc]
    "ContentKind",
    {
        _screaming(name): strawberry.enum_value(kind, description=f"The type {name}.")
        for kind, name in TYPE_NAMES.items()
    },
)
ContentKind: Any = strawberry.enum(_kinds, description="A kind of content, named as its type.")


@strawberry.type(description="A value that a revision changed.")
class RevisionChange:
    """One difference; see the fields."""

    path: str = strawberry.field(
        description="Which, named as in the input: `title`, `sessions.spring.startsAt`; a part "
        "goes by its slug, or by its place from 0."
    )
    before: str | None = strawberry.field(
        description="What it was, text as it is and anything else as JSON; null: left out."
    )
    after: str | None = strawberry.field(description="What it is, likewise.")


def _changes(root: strawberry.Parent[Record]) -> list[RevisionChange]:
    item = KINDS_BY_NAME[root.kind].item
    return [
        RevisionChange(
            path=".".join(str(step) for step in input_path(item, each["path"])),
            before=_text(each["before"]),
            after=_text(each["after"]),
        )
        for each in root.changes
    ]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _item_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id(TYPE_NAMES[root.kind], root.item_id))


def _kind(root: strawberry.Parent[Record]) -> Any:
    return ContentKind(root.kind)


def _title(root: strawberry.Parent[Record]) -> str:
    values: Mapping[str, Any] = root.values
    return str(values.get("title") or values.get("name") or root.slug)


@strawberry.type(description="Somebody who wrote or decided on a revision.")
class Colleague:
    """Over a person's row; not a node: of colleagues no more is told than the name."""

    display_name: str = strawberry.field(description="The name shown to colleagues.")


async def people_of(parents: list[Record], column: str) -> list[Record | None]:
    """The person whose id each row has in `column`, aligned; None for nobody and for services."""
    keys = list(dict.fromkeys(key for row in parents if (key := getattr(row, column))))
    rows = await people_by_ids(keys) if keys else []
    found = dict(zip(keys, rows, strict=True))
    return [found.get(getattr(row, column)) for row in parents]


async def _authors(parents: list[Record], info: Info) -> list[Record | None]:
    return await people_of(parents, "author_id")


async def _deciders(parents: list[Record], info: Info) -> list[Record | None]:
    return await people_of(parents, "decided_by")


async def _are_own(parents: list[Record], info: Info) -> list[bool]:
    viewer: Viewer = info.context.viewer
    me = viewer.actor.person_id or viewer.actor.service_id
    return [me is not None and row.author_id == me for row in parents]


@strawberry.type(description="One version of one item of content, whole (修订).")
class Revision(Node):
    """Over a revision row. For those who may edit, preview or approve the item."""

    item_id: strawberry.ID = strawberry.field(
        resolver=_item_id,
        description="The id of the item: also of one that was never published, for other inputs.",
    )
    kind: ContentKind = strawberry.field(resolver=_kind, description="The kind of the item.")
    slug: str = strawberry.field(description="The stable name of the item.")
    title: str = strawberry.field(
        resolver=_title, description="The title or name that the item has in this revision."
    )
    number: int = strawberry.field(
        description="Counts the versions of the item; updates name it as `expectedVersion`."
    )
    state: RevisionState = strawberry.field(description="What became of it.")
    changes: list[RevisionChange] = strawberry.field(
        resolver=_changes,
        description="How it differs from the revision before; a first one from nothing.",
        metadata={"size": _CHANGES_SIZE},
    )
    note: str = strawberry.field(description="What the change is for, in its author's words.")
    author: Colleague | None = batch_field(
        _authors, description="Who wrote it; null for services, and for what came by itself."
    )
    is_own: bool | None = batch_field(
        _are_own, description="Whether it was written by the one who asks."
    )
    created_at: datetime = strawberry.field(description="When it was written.")
    published_at: datetime | None = strawberry.field(
        description="When the live item first said this; null: never yet."
    )
    publish_at: datetime | None = strawberry.field(
        description="The instant for which it waits or waited; null where it has none."
    )
    expire_at: datetime | None = strawberry.field(
        description="From when it will be public no more, once published at `publishAt`."
    )
    decided_by: Colleague | None = batch_field(
        _deciders, description="Who approved or rejected it."
    )
    decided_at: datetime | None = strawberry.field(description="When it was approved or rejected.")
    reason: str = strawberry.field(
        description="Why it was approved or rejected, or could not be published; may be empty."
    )


register_node("Revision", REVISIONS)


@strawberry.input(description="Which drafts. Fields beside one another must all hold.")
class DraftWhere:
    """See the fields."""

    kind: ContentKind | None = strawberry.field(
        default=strawberry.UNSET, description="Of items of this kind."
    )
    state: RevisionState | None = strawberry.field(
        default=strawberry.UNSET, description="In this state."
    )
    is_own: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Written by the one who asks, or by somebody else."
    )


async def _revisions(
    parents: list[Any],
    info: Info,
    id: Annotated[  # noqa: A002 - the argument's name is the contract
        strawberry.ID, strawberry.argument(description="The id of the item.")
    ],
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> list[Page]:
    arguments = {"first": first, "after": after, "last": last, "before": before}
    key = any_item_id(str(id), path=("id",)).id
    asked = list_query(arguments)
    where = Condition("item", Operator.IN, [key] if key else [])
    page = await REVISIONS.page(info.context.viewer, ListQuery(asked.request, where, asked.order))
    return [page] * len(parents)


async def _drafts(
    parents: list[Any],
    info: Info,
    where: Annotated[
        DraftWhere | None, strawberry.argument(description="Only those for which this holds.")
    ] = strawberry.UNSET,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> list[Page]:
    arguments = {"first": first, "after": after, "last": last, "before": before}
    asked = list_query(arguments)
    viewer = info.context.viewer
    expression = _expression(where, viewer) if is_given(where) and where else None
    page = await DRAFTS.page(viewer, ListQuery(asked.request, expression, asked.order))
    return [page] * len(parents)


def _expression(where: DraftWhere, viewer: Viewer) -> Expression:
    parts: list[Expression] = []
    if is_given(where.kind) and where.kind is not None:
        parts.append(Condition("kind", Operator.EQ, where.kind.value))
    if is_given(where.state) and where.state is not None:
        parts.append(Condition("state", Operator.EQ, where.state))
    if is_given(where.is_own) and where.is_own is not None:
        me = viewer.actor.person_id or viewer.actor.service_id
        own = Condition("author", Operator.IN, [me] if me else [])
        parts.append(own if where.is_own else NotOf(own))
    return AllOf(tuple(parts))


@strawberry.type
class EditingQuery:
    """The root fields of editing."""

    revisions: Connection[Revision] | None = batch_field(
        _revisions,
        description="The revisions of an item, newest first (修订记录): for those who may edit, "
        "preview or approve it; empty for everybody else.",
    )
    drafts: Connection[Revision] | None = batch_field(
        _drafts,
        description="What is being worked on and not published, newest first (草稿箱): of the "
        "items that one may edit, preview or approve.",
    )
