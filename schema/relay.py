"""Relay: global ids and nodes, connections and their pages.

A global id is opaque: the type's name and the row's key. The type in it decides who loads the row
and by which rule of visibility, so an id of the wrong type finds nothing.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.errors import BadUserInput
from hub.listing import Listing
from hub.pagination import COUNT_CAP, PAGE_SIZE_MAX, Page
from hub.records import Record
from schema.batching import COLUMNS, PUBLIC, SAME_ROWS, batch_field

T = TypeVar("T")

ROWS: Mapping[str, Any] = {SAME_ROWS: True, COLUMNS: ("id",)}
"""The metadata of fields between a list and its rows: what is asked of the rows is asked of it."""

NODES_MAX = 100
_ID_MAX_CHARS = 120

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many, from the front: 20 unless said, at most {PAGE_SIZE_MAX}."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor of the list.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many, from the back, at most {PAGE_SIZE_MAX}."),
]
Before = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor of the list.")
]


@dataclass(frozen=True, slots=True)
class GlobalId:
    """The two halves of a global id."""

    type_name: str
    key: UUID


def encode_id(type_name: str, key: UUID) -> str:
    """The global id of a row."""
    # base64.urlsafe_b64encode in one step.
    raw = binascii.b2a_base64(_prefix(type_name) + key.bytes, newline=False)
    return raw.translate(_URL_SAFE, b"=").decode("ascii")


@lru_cache(maxsize=256)
def _prefix(type_name: str) -> bytes:
    return type_name.encode("ascii") + b":"


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def decode_id(text: str, *, path: Sequence[str | int]) -> GlobalId:
    """The halves of a global id. Raises BadUserInput with `path` when it is not one of ours."""
    refused = BadUserInput(
        "This is not an id of this hub.", chinese="这不是本服务的 id。", path=path
    )
    if len(text) > _ID_MAX_CHARS:
        raise refused
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refused from None
    name, separator, key = raw[:-17], raw[-17:-16], raw[-16:]
    if separator != b":" or not name.isalpha() or len(key) != 16:
        raise refused
    return GlobalId(name.decode("ascii"), UUID(bytes=key))


def decode_key(text: str, *, types: Sequence[str], path: Sequence[str | int]) -> UUID | None:
    """The key in an id of one of `types`; None for an id of another type, which finds nothing."""
    found = decode_id(text, path=path)
    return found.key if found.type_name in types else None


_listings: dict[str, Listing] = {}


def register_node(type_name: str, listing: Listing) -> None:
    """Say who loads the nodes of a type. Called where the type is defined."""
    _listings[type_name] = listing


def registered_listings() -> Mapping[str, Listing]:
    """Who loads the nodes of each type."""
    return dict(_listings)


def type_name_of(row: Record) -> str:
    """The GraphQL type of a row: its model's name, or for a place that of its kind."""
    name = row.model.__name__
    return _PLACE_TYPES[row.kind] if name == "Place" else name


_PLACE_TYPES = {"merchant": "Merchant", "station": "Station", "service_centre": "ServiceCentre"}
_PLACE_PREFIXES = {kind: _prefix(name) for kind, name in _PLACE_TYPES.items()}


def resolve_row_type(value: Any, *_: Any) -> str:
    """The type of a row behind an interface, as graphql-core asks for it."""
    return type_name_of(value)


def is_any_type(value: Any, info: Any) -> bool:
    """Rows are typed by `resolve_row_type`; where a type is declared there is nothing to ask."""
    return True


is_any_type.is_always_so = True  # type: ignore[attr-defined]  # which spares asking for each row


def _resolve_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    """`encode_id` of the row's type and key, all in one: an answer has hundreds of ids."""
    model = root.model.__name__
    prefix = _PLACE_PREFIXES[root.kind] if model == "Place" else _prefix(model)
    raw = binascii.b2a_base64(prefix + root.id.bytes, newline=False)
    return raw.translate(_URL_SAFE, b"=").decode("ascii")  # type: ignore[return-value]


@strawberry.interface(description="Anything that has an id of its own and can be asked for by it.")
class Node:
    """Relay's Node; see the description."""

    id: strawberry.ID = strawberry.field(
        resolver=_resolve_id,
        description="The global id: opaque, stable, good for `node`.",
        metadata={COLUMNS: ("id",)},
    )

    resolve_type = staticmethod(resolve_row_type)
    is_type_of = staticmethod(is_any_type)


async def load_nodes(info: Info, ids: Sequence[str], *, path: str) -> list[Record | None]:
    """The nodes with these global ids, aligned; None where there is none to be seen.

    One statement a type. Raises BadUserInput for an id that is none of ours, naming its place.
    """
    decoded = [
        decode_id(text, path=(path, index) if path == "ids" else (path,))
        for index, text in enumerate(ids)
    ]
    found: dict[GlobalId, Record | None] = {}
    for name in dict.fromkeys(each.type_name for each in decoded):
        listing = _listings.get(name)
        keys = [each.key for each in decoded if each.type_name == name]
        rows = await listing.by_ids(info.context.viewer, keys) if listing else [None] * len(keys)
        found.update({GlobalId(name, key): row for key, row in zip(keys, rows, strict=True)})
    return [found[each] for each in decoded]


def _has_next(root: strawberry.Parent[Page]) -> bool:
    return root.has_next


def _has_previous(root: strawberry.Parent[Page]) -> bool:
    return root.has_previous


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo over a `Page`."""

    has_next_page: bool = strawberry.field(
        resolver=_has_next, description="Whether more follows this page."
    )
    has_previous_page: bool = strawberry.field(
        resolver=_has_previous, description="Whether something comes before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item; null on an empty page."
    )


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A row in its page."""

    node: Record
    page: Page


def _cursor(root: strawberry.Parent[EdgeRow]) -> str:
    return root.page.cursor_of(root.node)


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[T]):
    """Relay's Edge over an `EdgeRow`."""

    node: T = strawberry.field(description="The item.", metadata=ROWS)
    cursor: str = strawberry.field(
        resolver=_cursor,
        description="Where the item lies in the list, for `after` and `before`.",
        metadata={COLUMNS: ("id",)},  # those of the order are read in any case
    )


async def _total_counts(parents: list[Page], info: Info) -> list[int]:
    return [(await page.counted()).total for page in parents]


async def _are_capped(parents: list[Page], info: Info) -> list[bool]:
    return [(await page.counted()).is_capped for page in parents]


EDGES = "The items of the page, each with its cursor."


def edges_of(root: strawberry.Parent[Page]) -> list[Any]:
    """The resolver of every `edges` field."""
    return [EdgeRow(row, root) for row in root.rows]


def _nodes(root: strawberry.Parent[Page]) -> list[Any]:
    return list(root.rows)


def _page_info(root: strawberry.Parent[Page]) -> PageInfo:
    page_info: Any = root
    return page_info  # type: ignore[no-any-return]


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """Relay's connection over a `Page`."""

    edges: list[Edge[T]] = strawberry.field(resolver=edges_of, description=EDGES, metadata=ROWS)
    nodes: list[T] = strawberry.field(
        resolver=_nodes,
        description="The items of the page, for those who need no cursors.",
        metadata=ROWS,
    )
    page_info: PageInfo = strawberry.field(
        resolver=_page_info,
        description="Where the page lies in the list.",
        metadata={COLUMNS: ("id",)},
    )
    total_count: int | None = batch_field(
        _total_counts,
        description=(
            f"How many items the whole list has, counted when asked, up to {COUNT_CAP:,}."
        ),
        metadata={PUBLIC: True, COLUMNS: ()},
    )
    is_total_capped: bool | None = batch_field(
        _are_capped,
        description=f"Whether the list has more than {COUNT_CAP:,} items.",
        metadata={PUBLIC: True, COLUMNS: ()},
    )
