"""The kinds of field that every noun has: a list, a relation, the parts of a thing, one by name.

Each makes a batch field over a `Listing`, so that the arguments, the limits and the visibility of
a list are the same wherever it stands.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.listing import Listing, ListQuery, all_public
from hub.pagination import Page, page_request
from hub.records import Record
from schema.batching import COLUMNS, PUBLIC, BatchResolver, batch_field, columns_of
from schema.filters import OrderDirection, Special, expression_of, is_given, order_terms
from schema.relay import After, Before, First, Last, decode_key

PARTS_SIZE = 5
VOCABULARY_SIZE = 50
"""How many parts a thing, or words a vocabulary, is taken to have when a query's cost is
estimated."""


@strawberry.input(one_of=True, description="One thing, by its id or by its slug.")
class By:
    """Exactly one of the two."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The global id."
    )
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="The stable name in addresses."
    )


def find_field(listing: Listing, *types: str, description: str) -> Any:
    """A root field that finds one thing by id or slug; null where there is none to be seen."""

    async def _find(
        parents: list[Any],
        info: Info,
        by: Annotated[By, strawberry.argument(description="Which.")],
    ) -> list[Record | None]:
        return [await _find_one(listing, info, by, types)] * len(parents)

    return batch_field(_find, description=description, metadata={PUBLIC: listing})


async def _find_one(listing: Listing, info: Info, by: By, types: Sequence[str]) -> Record | None:
    viewer = info.context.viewer
    if is_given(by.slug):
        return (await listing.by_slugs(viewer, [str(by.slug)], columns=columns_of(info)))[0]
    key = decode_key(str(by.id), types=types, path=("by", "id"))
    return (await listing.by_ids(viewer, [key], columns=columns_of(info)))[0] if key else None


def connection_field(
    listing: Listing,
    *,
    description: str,
    under: str | None = None,
    where: type | None = None,
    order: type | None = None,
) -> Any:
    """A connection over `listing`: of the whole of it, or of the rows whose column `under` is the
    parent's id. `where` and `order` are the inputs it takes, if any.
    """

    async def pages(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
        query = list_query(arguments)
        viewer = info.context.viewer
        columns = columns_of(info)
        is_read = columns is None or bool(columns)  # the number of rows alone needs none of them
        if under is None:
            page = await listing.page(viewer, query, columns=columns, is_read=is_read)
            return [page] * len(parents)
        return await listing.pages_by(
            viewer,
            query,
            column=under,
            parent_ids=[parent.id for parent in parents],
            columns=columns,
            is_read=is_read,
            parents_are_public=all_public(parents),
        )

    resolver = with_arguments(pages, where=where, order=order)
    metadata = {PUBLIC: listing, COLUMNS: ("id",)}
    return batch_field(resolver, description=description, metadata=metadata)


def with_arguments(
    resolver: BatchResolver, *, where: type | None, order: type | None
) -> BatchResolver:
    """Give a batch resolver the arguments of a list, so that Strawberry can see them."""
    arguments: list[tuple[str, Any]] = []
    if where is not None:
        which = strawberry.argument(description="Only those for which this holds.")
        arguments.append(("where", Annotated[where | None, which]))
    if order is not None:
        sequence = strawberry.argument(description="In which order; the id breaks ties.")
        arguments.append(("order_by", Annotated[list[order] | None, sequence]))  # type: ignore[valid-type]
    arguments += [("first", First), ("after", After), ("last", Last), ("before", Before)]
    signature = list(inspect.signature(resolver).parameters.values())[:2]
    signature += [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=strawberry.UNSET,
            annotation=annotation,
        )
        for name, annotation in arguments
    ]
    resolver.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    return resolver


def list_query(arguments: Mapping[str, Any], special: Special | None = None) -> ListQuery:
    """What a list field's arguments ask for. Raises BadUserInput naming the argument."""
    given = {name: value for name, value in arguments.items() if is_given(value)}
    request = page_request(
        given.get("first"),
        after=given.get("after"),
        last=given.get("last"),
        before=given.get("before"),
    )
    where, order = given.get("where"), given.get("order_by")
    return ListQuery(request, expression_of(where, special), order_terms(order))


def related_field(listing: Listing, column: str, *, description: str) -> Any:
    """The row that the parent's foreign key `column` names; null where it is not to be seen."""

    async def related(parents: list[Record], info: Info) -> list[Record | None]:
        keys = [getattr(parent, column) for parent in parents]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        viewer, columns = info.context.viewer, columns_of(info)
        rows = await listing.by_ids(viewer, wanted, columns=columns) if wanted else []
        found = dict(zip(wanted, rows, strict=True))
        return [found.get(key) for key in keys]

    metadata = {PUBLIC: listing, COLUMNS: (column,)}
    return batch_field(related, description=description, metadata=metadata)


def parts_field(
    load: Callable[[Sequence[UUID]], Awaitable[Sequence[Any]]],
    *,
    description: str,
    size: int = PARTS_SIZE,
) -> Any:
    """A plain list of the parts of a thing, which is small and belongs to it."""

    async def parts(parents: list[Record], info: Info) -> Sequence[Any]:
        return await load([parent.id for parent in parents])

    metadata = {"size": size, PUBLIC: True, COLUMNS: ("id",)}
    return batch_field(parts, description=description, metadata=metadata)


def order_input(noun: str, values: Mapping[str, str]) -> type:
    """The input of one term of an `orderBy`: what `noun` can be ordered by, with descriptions."""
    fields = Enum(  # type: ignore[misc]
        f"{noun}OrderField",
        {
            name: strawberry.enum_value(name, description=description)
            for name, description in values.items()
        },
    )
    field_type: Any = strawberry.enum(fields, description=f"What {noun} lists can be ordered by.")
    made = type(
        f"{noun}Order",
        (),
        {
            "__annotations__": {"field": field_type, "direction": OrderDirection},
            "__doc__": "A field and a direction.",
            "field": strawberry.field(description="What to order by."),
            "direction": strawberry.field(
                default=OrderDirection.ASC, description="Which way; ascending unless said."
            ),
        },
    )
    ordering: type = strawberry.input(made, description=f"One term of an order of {noun} lists.")
    return ordering


BY_NAME = "By name, in the order of its pinyin (按拼音)."
BY_PUBLICATION = "By the instant of publication."
BY_POSITION = "As the editors arranged them."


def vocabulary_field(load: Callable[[], Awaitable[Sequence[Record]]], *, description: str) -> Any:
    """A root field with all the words of a small vocabulary."""

    async def words(parents: list[Any], info: Info) -> list[Sequence[Record]]:
        return [await load()] * len(parents)

    metadata = {"size": VOCABULARY_SIZE, PUBLIC: True}
    return batch_field(words, description=description, metadata=metadata)
