"""How a kind of row is read from outside: who sees it, and what it may be filtered and ordered by.

A domain declares one `Listing` a kind in its `queries.py`. Every way to a row, by id, by slug, in
a list, under a parent, in a count, starts from the same `visible`, so a draft has no side door.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from pypika_tortoise.terms import Criterion, Term
from tortoise.models import Model

from hub.auth import Viewer
from hub.criteria import is_in, same, there_is
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
    is what a list has when nothing is asked. `always` are columns that are read whatever is asked.

    `under` has, by the column that names a row's parent, the criteria that are left of `visible`
    where the parent is known to be public: without the question whether it is.

    Every read takes `columns`, the only ones it is asked for; None is all of them. A record has no
    others, but its id, those of the order and `always`.
    """

    model: type[Model]
    visible: Visible
    filters: Callable[[Viewer], Mapping[str, FilterField]] = lambda viewer: {}
    orders: Mapping[str, str] = field(default_factory=dict)
    default_order: tuple[Ordering, ...] = ()
    always: frozenset[str] = frozenset()
    under: Mapping[str, Visible] = field(default_factory=dict)

    def select(self, viewer: Viewer, columns: frozenset[str] | None = None) -> Select:
        """Every row that the viewer may see."""
        wanted = columns if columns is None else columns | self.always
        return Select(self.model, tuple(self.visible(in_window(viewer))), columns=wanted)

    async def by_ids(
        self, viewer: Viewer, ids: Sequence[UUID], *, columns: frozenset[str] | None = None
    ) -> list[Record | None]:
        """The rows with these ids, aligned with them; None where there is none to be seen."""
        rows = await fetch_records_by(self.select(viewer, columns), ids, column="id")
        found = {row.id: row for row in rows}
        return [found.get(each) for each in ids]

    async def by_slugs(
        self, viewer: Viewer, slugs: Sequence[str], *, columns: frozenset[str] | None = None
    ) -> list[Record | None]:
        """The rows with these slugs, aligned with them; None where there is none to be seen."""
        wanted = None if columns is None else columns | {"slug"}
        rows = await fetch_records_by(self.select(viewer, wanted), slugs, column="slug")
        found = {row.slug: row for row in rows}
        return [found.get(each) for each in slugs]

    async def page(
        self,
        viewer: Viewer,
        query: ListQuery,
        *,
        columns: frozenset[str] | None = None,
        is_read: bool = True,
    ) -> Page:
        """One page of the list; one that is not read has no rows, and can be counted.

        Raises BadUserInput for a bad cursor or filter.
        """
        select = self.narrowed(viewer, query, columns=columns)
        return await fetch_page(select, query.request, order=self.ordering(query), is_read=is_read)

    async def pages_by(
        self,
        viewer: Viewer,
        query: ListQuery,
        *,
        column: str,
        parent_ids: Sequence[UUID],
        columns: frozenset[str] | None = None,
        is_read: bool = True,
        parents_are_public: bool = False,
    ) -> list[Page]:
        """A page of the list for each parent, aligned with `parent_ids`, in one statement.

        `parents_are_public` is for a caller who has read every one of the parents as public at the
        viewer's own instant (`all_public`): the statement need not ask for each row again whether
        its parent is.
        """
        left = self.under.get(column) if parents_are_public else None
        select = self.select(viewer, columns)
        if left is not None:
            select = replace(select, criteria=tuple(left(in_window(viewer))))
        select = self._narrowed(select, viewer, query)
        return await fetch_pages_by(
            select,
            query.request,
            column=column,
            parent_ids=parent_ids,
            order=self.ordering(query),
            is_read=is_read,
        )

    def narrowed(
        self, viewer: Viewer, query: ListQuery, *, columns: frozenset[str] | None = None
    ) -> Select:
        """The rows of `query`'s list before paging."""
        return self._narrowed(self.select(viewer, columns), viewer, query)

    def ordering(self, query: ListQuery) -> tuple[Ordering, ...]:
        """The columns to order by."""
        if not query.order:
            return self.default_order
        return tuple(Ordering(self.orders[term.name], term.descending) for term in query.order)

    def _narrowed(self, select: Select, viewer: Viewer, query: ListQuery) -> Select:
        if query.where is None:
            return select
        criterion = compile_filter(query.where, self.filters(viewer))
        return select if criterion is None else select.where(criterion)


def all_public(parents: Iterable[object]) -> bool:
    """Whether every one of these is a record that was read as public.

    Records live as long as the request that read them, and a request has one instant: what was
    public when it was read is public for everything below it in the same answer. A row that was
    read by others than the public's eyes, a draft in a preview, what somebody signed up for before
    it was withdrawn, is not such a record.
    """
    return all(isinstance(each, Record) and each.is_public for each in parents)


def refers_to(term: Term, listing: Listing, *, viewer: Viewer) -> FilterField:
    """A filter by the row of another list that the column `term` names.

    It matches where that row is to be seen, too: the courses of a withdrawn programme read null
    as their programme, so nobody may ask for them by its old id either.
    """

    def named(operator: Operator, value: Any) -> Criterion:
        table = table_of(listing.model)
        seen = there_is(table, same(table.id, term), *listing.visible(in_window(viewer)))
        criterion: Criterion = column(term)(operator, value) & seen
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
        select.where(is_in(table[column], wanted)), order=[Ordering(name) for name in order]
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
