"""How a kind of row is read from outside: who sees it, and what it may be filtered and ordered by.

A domain declares one `Listing` a kind in its `queries.py`. Every way to a row, by id, by slug, in
a list, under a parent, in a count, starts from the same `visible`, so a draft has no side door.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion, Term
from tortoise.models import Model

from hub.auth import Viewer
from hub.criteria import Exists, is_in
from hub.filters import Expression, FilterField, Operator, column, compile_filter
from hub.pagination import Page, PageRequest, fetch_page, fetch_pages_by
from hub.records import (
    Ordering,
    Record,
    Select,
    columns_of,
    fetch_records,
    fetch_records_by,
    table_of,
)
from hub.watching import in_window

Visible = Callable[[Viewer], Sequence[Criterion]]


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of a client's `orderBy`, by the name the listing knows it under."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which rows of a list are asked for, narrowed and ordered how."""

    request: PageRequest
    where: Expression | None = None
    order: tuple[OrderTerm, ...] = ()


def everybody(viewer: Viewer) -> Sequence[Criterion]:
    """The visibility of vocabulary that is no secret: towns, amenities, topics."""
    return ()


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of row as readers see it.

    `orders` maps the names of `orderBy` to columns that are NOT NULL and indexed; `default_order`
    is what a list has when nothing is asked.
    """

    model: type[Model]
    visible: Visible
    filters: Callable[[Viewer], Mapping[str, FilterField]] = lambda viewer: {}
    orders: Mapping[str, str] = field(default_factory=dict)
    default_order: tuple[Ordering, ...] = ()

    def select(self, viewer: Viewer) -> Select:
        """Every row that the viewer may see."""
        return Select(self.model, tuple(self.visible(in_window(viewer))))

    async def by_ids(self, viewer: Viewer, ids: Sequence[UUID]) -> list[Record | None]:
        """The rows with these ids, aligned with them; None where there is none to be seen."""
        rows = await fetch_records_by(self.select(viewer), ids, column="id")
        found = {row.id: row for row in rows}
        return [found.get(each) for each in ids]

    async def by_slugs(self, viewer: Viewer, slugs: Sequence[str]) -> list[Record | None]:
        """The rows with these slugs, aligned with them; None where there is none to be seen."""
        rows = await fetch_records_by(self.select(viewer), slugs, column="slug")
        found = {row.slug: row for row in rows}
        return [found.get(each) for each in slugs]

    async def page(self, viewer: Viewer, query: ListQuery) -> Page:
        """One page of the list. Raises BadUserInput for a bad cursor or filter."""
        select = self.narrowed(viewer, query)
        return await fetch_page(select, query.request, order=self.ordering(query))

    async def pages_by(
        self, viewer: Viewer, query: ListQuery, *, column: str, parent_ids: Sequence[UUID]
    ) -> list[Page]:
        """A page of the list for each parent, aligned with `parent_ids`, in one statement."""
        return await fetch_pages_by(
            self.narrowed(viewer, query),
            query.request,
            column=column,
            parent_ids=parent_ids,
            order=self.ordering(query),
        )

    def narrowed(self, viewer: Viewer, query: ListQuery) -> Select:
        """The rows of `query`'s list before paging."""
        select = self.select(viewer)
        if query.where is None:
            return select
        criterion = compile_filter(query.where, self.filters(viewer))
        return select if criterion is None else select.where(criterion)

    def ordering(self, query: ListQuery) -> tuple[Ordering, ...]:
        """The columns to order by."""
        if not query.order:
            return self.default_order
        return tuple(Ordering(self.orders[term.name], term.descending) for term in query.order)


def refers_to(term: Term, listing: Listing, *, viewer: Viewer) -> FilterField:
    """A filter by the row of another list that the column `term` names.

    It matches where that row is to be seen, too: the courses of a withdrawn programme read null
    as their programme, so nobody may ask for them by its old id either.
    """
    table = table_of(listing.model)
    owner = Query.from_(table).select(table.id).where(table.id == term)
    for criterion in listing.visible(in_window(viewer)):
        owner = owner.where(criterion)

    def named(operator: Operator, value: Any) -> Criterion:
        criterion: Criterion = column(term)(operator, value) & Exists(owner)
        return criterion

    return named


async def parts_by(
    model: type[Model], parent_ids: Sequence[UUID], *, column: str, order: Iterable[str]
) -> list[list[Record]]:
    """All parts of each parent in order, aligned with `parent_ids`, in one statement.

    For small bounded sets that belong to their parent and are seen with it: photos, stages.
    """
    select = Select(model)
    table = table_of(model)
    if not parent_ids:
        return []
    wanted = list(dict.fromkeys(parent_ids))
    rows = await fetch_records(
        select.where(table[column].isin(wanted)), order=[Ordering(name) for name in order]
    )
    grouped: dict[UUID, list[Record]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, column), []).append(row)
    return [grouped.get(each, []) for each in parent_ids]


async def words_by(
    link: type[Model], parent_ids: Sequence[UUID], *, column: str, word: tuple[type[Model], str]
) -> list[list[Record]]:
    """The words of a vocabulary that each parent is linked to, in the vocabulary's order, aligned
    with `parent_ids`, in one statement.

    `link` is the table of pairs; `word` is the vocabulary, and the column of `link` that names it.
    """
    if not parent_ids:
        return []
    pairs, words = table_of(link), table_of(word[0])
    select = Select(
        link,
        (is_in(pairs[column], list(dict.fromkeys(parent_ids))),),
        extras={name: words[name] for name in columns_of(word[0]) if name != "id"},
        joins=((words, words.id == pairs[word[1]]),),
    )
    grouped: dict[UUID, list[Record]] = {}
    for row in await fetch_records(select, order=[Ordering("position"), Ordering("id")]):
        grouped.setdefault(getattr(row, column), []).append(row)
    return [grouped.get(each, []) for each in parent_ids]
