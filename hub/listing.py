"""How a kind of row is read from outside: who sees it, and what it may be filtered and ordered by.

A domain declares one `Listing` a kind in its `queries.py`. Every way to a row, by id, by slug, in
a list, under a parent, in a count, starts from the same `visible`, so a draft has no side door.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from pypika_tortoise.terms import Criterion, Term
from tortoise.models import Model

from hub.auth import Viewer
from hub.criteria import is_in, is_one_of, same, there_is
from hub.database import is_sqlite
from hub.filters import Expression, FilterField, Operator, column, compile_filter
from hub.fragments import compared
from hub.pagination import (
    Page,
    PageRequest,
    directed,
    fetch_page,
    fetch_pages_by,
    page_of,
    pages_of,
    scope_of,
    total_order,
)
from hub.records import (
    Ordering,
    Record,
    Select,
    columns_of,
    fetch_records,
    fetch_records_by,
    grouped_by,
    named_rows,
    statement_of,
    table_of,
    top_statement,
)
from hub.templates import KEY, KEYS, Template, template
from hub.watching import Unknown, UnknownViewer, in_window

Visible = Callable[[Viewer], Sequence[Criterion]]

TEMPLATES_MAX: Final = 1_024
"""How many statements are kept; one is some 2 KiB."""

_NOT_FOR_EVERYBODY: Final = (Unknown, TypeError, AttributeError)
"""What is raised where a statement depends on more than can be left open: who asks, or an instant
that is calculated with. A mistake raises the same, and raises it again in the request itself."""


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


@dataclass(frozen=True, slots=True, eq=False)
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
        rows = await self._named(viewer, ids, column="id", columns=columns)
        found = {row.id: row for row in rows}
        return [found.get(each) for each in ids]

    async def by_slugs(
        self, viewer: Viewer, slugs: Sequence[str], *, columns: frozenset[str] | None = None
    ) -> list[Record | None]:
        """The rows with these slugs, aligned with them; None where there is none to be seen."""
        wanted = None if columns is None else columns | {"slug"}
        rows = await self._named(viewer, slugs, column="slug", columns=wanted)
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
        written = _written_page(self, query, columns=columns) if is_read else None
        if written is None:
            select = self.narrowed(viewer, query, columns=columns)
            order = self.ordering(query)
            return await fetch_page(select, query.request, order=order, is_read=is_read)
        rows = await written.template.records(now=in_window(viewer).now)
        return page_of(
            rows,
            query.request,
            order=written.order,
            select=lambda: self.narrowed(viewer, query, columns=columns),
            scope=written.scope,
        )

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
        below = column if parents_are_public else None
        written = (
            _written_page(self, query, columns=columns, under=column, below=below)
            if is_read
            else None
        )
        if written is None or not parent_ids:
            return await fetch_pages_by(
                self.narrowed(viewer, query, columns=columns, below=below),
                query.request,
                column=column,
                parent_ids=parent_ids,
                order=self.ordering(query),
                is_read=is_read,
            )
        keys = tuple(dict.fromkeys(parent_ids))
        rows = await written.template.records(now=in_window(viewer).now, keys=keys)
        return pages_of(
            grouped_by(rows, column),
            query.request,
            column=column,
            parent_ids=parent_ids,
            order=written.order,
            select=lambda: self.narrowed(viewer, query, columns=columns, below=below),
            scope=written.scope,
        )

    def narrowed(
        self,
        viewer: Viewer,
        query: ListQuery,
        *,
        columns: frozenset[str] | None = None,
        below: str | None = None,
    ) -> Select:
        """The rows of `query`'s list before paging; `below` names the column of parents that are
        known to be public.
        """
        select = self.select(viewer, columns)
        if below is not None and (left := self.under.get(below)) is not None:
            select = replace(select, criteria=tuple(left(in_window(viewer))))
        if query.where is None:
            return select
        criterion = compile_filter(query.where, self.filters(viewer))
        return select if criterion is None else select.where(criterion)

    def ordering(self, query: ListQuery) -> tuple[Ordering, ...]:
        """The columns to order by."""
        if not query.order:
            return self.default_order
        return tuple(Ordering(self.orders[term.name], term.descending) for term in query.order)

    async def _named(
        self,
        viewer: Viewer,
        names: Sequence[Any],
        *,
        column: str,
        columns: frozenset[str] | None,
    ) -> list[Record]:
        """The rows whose id or slug is one of these, in one statement; none for none."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return []
        written = _look_template(
            self, column, columns=columns, is_one=len(wanted) == 1, sqlite=is_sqlite()
        )
        if written is None:
            return await fetch_records_by(self.select(viewer, columns), wanted, column=column)
        now = in_window(viewer).now
        return await named_rows(
            self.model,
            wanted,
            column=column,
            read=lambda: written.records(now=now, keys=wanted),
        )


@dataclass(frozen=True, slots=True)
class _Written:
    """A page's statement, its whole order, and what its cursors are bound to."""

    template: Template
    order: tuple[Ordering, ...]
    scope: str


def _written_page(
    listing: Listing,
    query: ListQuery,
    *,
    columns: frozenset[str] | None,
    under: str | None = None,
    below: str | None = None,
) -> _Written | None:
    """The statement of a page as it is for everybody; None where it has to be written anew.

    That is where it has a cursor, or a filter that is a list: there is no end of those.
    """
    if query.request.cursor is not None:
        return None
    try:
        hash(query)
    except TypeError:
        return None
    return _page_template(
        listing, query, columns=columns, under=under, below=below, sqlite=is_sqlite()
    )


@lru_cache(maxsize=TEMPLATES_MAX)
def _page_template(
    listing: Listing,
    query: ListQuery,
    *,
    columns: frozenset[str] | None,
    under: str | None,
    below: str | None,
    sqlite: bool,
) -> _Written | None:
    try:
        select = listing.narrowed(UnknownViewer(), query, columns=columns, below=below)
    except _NOT_FOR_EVERYBODY:
        return None
    order = total_order(listing.ordering(query))
    wanted: dict[str, Any] = {
        "order": directed(order, query.request),
        "limit": query.request.size + 1,
    }
    if under is None:
        statement = statement_of(select, **wanted)
    else:
        statement = top_statement(select, KEYS, column=under, **wanted)
    return _Written(template(select, statement), order, scope_of(select))


@lru_cache(maxsize=TEMPLATES_MAX)
def _look_template(
    listing: Listing, column: str, *, columns: frozenset[str] | None, is_one: bool, sqlite: bool
) -> Template | None:
    """The statement that looks for one row, or several, by name; None as in `_written_page`.

    It is another for each engine, which `sqlite` tells the cache.
    """
    try:
        select = listing.select(UnknownViewer(), columns)
    except _NOT_FOR_EVERYBODY:
        return None
    term = table_of(listing.model)[column]
    named = compared(term, KEY) if is_one else is_one_of(term, KEYS)
    select = select.where(named)
    return template(select, statement_of(select))


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
