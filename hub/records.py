"""The one way rows are read: one SELECT, answered with light records instead of ORM instances.

A record has one slot per column and nothing else. Building an ORM instance costs three to five
times the SQL that fetched it (`docs/decisions/0003-light-records.md`), and an instance invites a
lazy relation, which is an N+1; a record has none to follow.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from pypika_tortoise.queries import Table
from pypika_tortoise.terms import Criterion, Term
from tortoise.models import Model

from hub.criteria import is_in
from hub.database import fetch_all, is_sqlite
from hub.decoding import Record as Record
from hub.decoding import as_uuid as as_uuid
from hub.decoding import maker
from hub.decoding import record_of as record_of
from hub.decoding import records_of as records_of
from hub.fragments import VALUE, Fragment, all_of, fragment_of
from hub.rendering import columns_of as columns_of
from hub.rendering import placed, placed_for
from hub.rendering import render as render
from hub.rendering import table_of as table_of
from hub.touching import by_rows, looked_at


@dataclass(frozen=True, slots=True)
class Ordering:
    """One term of an ORDER BY over a NOT NULL column or a computed term of the select."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """What to read: the rows of `model` for which every criterion holds.

    `columns` are the ones that are read, beside the id and those of the order; None for all.
    `extras` are computed columns by name, which the records carry too. `joins` are
    tables joined one to one, for extras to read. `scope` is what a cursor of this list is bound to
    beside its order: the point that distances are measured from, say.
    """

    model: type[Model]
    criteria: tuple[Criterion, ...] = ()
    extras: Mapping[str, Term] = field(default_factory=dict)
    joins: tuple[tuple[Table, Criterion], ...] = ()
    scope: str = ""
    columns: frozenset[str] | None = None

    def where(self, *criteria: Criterion) -> "Select":
        """The same select, narrowed."""
        return self._changed(self.criteria + criteria, self.columns)

    def only(self, columns: frozenset[str] | None) -> "Select":
        """The same rows with these columns alone; None: all."""
        return self._changed(self.criteria, columns)

    def _changed(self, criteria: tuple[Criterion, ...], columns: frozenset[str] | None) -> "Select":
        return Select(self.model, criteria, self.extras, self.joins, self.scope, columns)

    def term(self, column: str) -> Term:
        """The SQL term behind a column or an extra."""
        extra = self.extras.get(column)
        return extra if extra is not None else table_of(self.model)[column]

    @property
    def is_public(self) -> bool:
        """Whether every row is one that is public, by the criterion that decides it."""
        name = self.model._meta.db_table
        return any(getattr(each, "shows", None) == name for each in self.criteria)


@dataclass(frozen=True, slots=True)
class Statement:
    """A marked text (`hub.fragments`) that gives these columns of rows, and its values."""

    names: tuple[str, ...]
    text: str
    values: Sequence[Any]


def statement_of(
    select: Select, *, order: Sequence[Ordering] = (), limit: int | None = None
) -> Statement:
    """What asks for the rows of `select` in order, at most `limit` of them."""
    names = _names(select, order)
    text, values = _statement(select, names, order=order, limit=limit)
    return Statement(names, text, values)


async def fetch_records(
    select: Select, *, order: Sequence[Ordering] = (), limit: int | None = None
) -> list[Record]:
    """The rows of `select` in order, at most `limit` of them, in one statement."""
    return await _run(select, statement_of(select, order=order, limit=limit))


async def fetch_records_by(select: Select, values: Iterable[Any], *, column: str) -> list[Record]:
    """The rows whose `column` is one of `values`, in one statement; none for no values."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    narrowed = select.where(is_in(table_of(select.model)[column], wanted))
    if column not in ("id", "slug"):
        return await fetch_records(narrowed, order=())
    return await named_rows(
        select.model, wanted, column=column, read=lambda: fetch_records(narrowed, order=())
    )


async def named_rows(
    model: type[Model],
    wanted: Sequence[Any],
    *,
    column: str,
    read: Callable[[], Awaitable[list[Record]]],
) -> list[Record]:
    """What `read` gives, which looks for rows by their `column`, the id or the slug: for those who
    gather what is looked at, these rows are, and not the whole table.
    """
    table = model._meta.db_table
    with by_rows(table):
        rows = await read()
    ids = wanted if column == "id" else [row.id for row in rows]
    looked_at(table, ids, is_complete=len(ids) >= len(wanted))
    return rows


async def fetch_locked(select: Select) -> list[Record]:
    """The rows of `select`, which nobody else changes until this transaction ends.

    SQLite has one writer at a time, so that a transaction there has locked everything already. On
    PostgreSQL it is FOR NO KEY UPDATE: who inserts a row that refers to a locked one holds its key,
    and two of them who then asked for more would wait for each other.
    """
    order = (Ordering("id"),)
    names = _names(select, order)
    text, values = _statement(select, names, order=order)
    lock = "" if is_sqlite() else " FOR NO KEY UPDATE"
    return await _run(select, Statement(names, text + lock, values))


async def fetch_top_records(
    select: Select,
    parent_ids: Sequence[UUID],
    *,
    column: str,
    order: Sequence[Ordering],
    limit: int,
) -> dict[UUID, list[Record]]:
    """For each parent its first `limit` rows in order, all in one statement.

    The database goes from parent to parent and stops after `limit` rows of each
    (`docs/decisions/0013-top-rows-per-parent.md`).
    """
    if not parent_ids:
        return {}
    wanted = tuple(dict.fromkeys(parent_ids))
    top = top_statement(select, wanted, column=column, order=order, limit=limit)
    return grouped_by(await _run(select, top), column)


def top_statement(
    select: Select, parent_ids: Any, *, column: str, order: Sequence[Ordering], limit: int
) -> Statement:
    """What asks for the first `limit` rows of each parent; `parent_ids` is a tuple, or a slot."""
    names = _names(select, order, column)
    top = _top_by_id if is_sqlite() else _top_lateral
    text, values = top(select, names, parent_ids, column=column, order=order, limit=limit)
    return Statement(names, text, values)


def grouped_by(rows: Iterable[Record], column: str) -> dict[UUID, list[Record]]:
    """Rows by the value of a column, in the order they came."""
    grouped: dict[UUID, list[Record]] = {}
    for record in rows:
        grouped.setdefault(getattr(record, column), []).append(record)
    return grouped


async def count_records(select: Select, *, cap: int) -> int:
    """How many rows there are, counting no further than `cap`."""
    text, values = _body(select, joins=False)
    counted = f"SELECT 1 FROM {text} LIMIT {VALUE}"  # noqa: S608
    statement = f'SELECT COUNT(*) FROM ({counted}) AS "counted"'  # noqa: S608
    rows = await fetch_all(*placed(statement, [*values, cap]))
    return int(rows[0][0])


async def count_records_by(
    select: Select, parent_ids: Sequence[UUID], *, column: str
) -> dict[UUID, int]:
    """How many rows each parent has, in one statement; a parent without rows is missing."""
    if not parent_ids:
        return {}
    parent = select.term(column)
    narrowed = select.where(is_in(parent, list(dict.fromkeys(parent_ids))))
    key = fragment_of(parent).text
    text, values = _body(narrowed, joins=False)
    statement = f"SELECT {key}, COUNT(*) FROM {text} GROUP BY {key}"  # noqa: S608
    return {as_uuid(row[0]): int(row[1]) for row in await fetch_all(*placed(statement, values))}


def _names(select: Select, order: Sequence[Ordering], *more: str) -> tuple[str, ...]:
    """What the rows of a select consist of: its columns and its extras."""
    if select.columns is None:
        names = columns_of(select.model)
    else:
        names = _projection(select.model, select.columns, (*more, *[each.column for each in order]))
    return (*names, *select.extras) if select.extras else names


@lru_cache(maxsize=1024)
def _projection(
    model: type[Model], asked: frozenset[str], needed: tuple[str, ...]
) -> tuple[str, ...]:
    """The columns that are asked for, with those that are needed anyhow, in the model's order."""
    wanted = asked.union(needed, ("id",))
    return tuple(name for name in columns_of(model) if name in wanted)


@lru_cache(maxsize=1024)
def _columns_text(model: type[Model], names: tuple[str, ...]) -> str:
    """The columns among `names`; the others are extras."""
    table, columns = model._meta.db_table, frozenset(columns_of(model))
    return ", ".join(f'"{table}"."{name}"' for name in names if name in columns)


def _selected(select: Select, names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """What stands behind SELECT, and its values."""
    text = _columns_text(select.model, names)
    values: list[Any] = []
    for name, term in select.extras.items():
        extra = fragment_of(term)
        text += f', {extra.text} "{name}"'
        values += extra.values
    return text, values


def _body(select: Select, *, joins: bool = True) -> tuple[str, list[Any]]:
    """What stands behind FROM: the table, the joined ones, the criteria."""
    text = f'"{select.model._meta.db_table}"'
    values: list[Any] = []
    for joined, on in select.joins if joins else ():
        condition = fragment_of(on)
        text += f' JOIN "{joined.get_table_name()}" ON {condition.text}'
        values += condition.values
    if not select.criteria:
        return text, values
    where, more = all_of(select.criteria)
    return f"{text} WHERE {where}", values + more


def _ordered(select: Select, order: Sequence[Ordering]) -> tuple[str, list[Any]]:
    """The ORDER BY over the tables themselves."""
    if not order:
        return "", []
    table = select.model._meta.db_table
    texts: list[str] = []
    values: list[Any] = []
    for each in order:
        text = f'"{table}"."{each.column}"'
        if each.column in select.extras:
            extra = fragment_of(select.extras[each.column])
            text = extra.text
            values += extra.values
        texts.append(f"{text} DESC" if each.descending else text)
    return f" ORDER BY {', '.join(texts)}", values


def _statement(
    select: Select,
    names: tuple[str, ...],
    *,
    order: Sequence[Ordering] = (),
    limit: int | None = None,
) -> tuple[str, list[Any]]:
    """The marked text of a select, and its values."""
    selected, values = _selected(select, names)
    body, more = _body(select)
    ordered, last = _ordered(select, order)
    values += more
    values += last
    text = f"SELECT {selected} FROM {body}{ordered}"  # noqa: S608
    if limit is None:
        return text, values
    values.append(limit)
    return f"{text} LIMIT {VALUE}", values


def _top_lateral(
    select: Select,
    names: tuple[str, ...],
    parent_ids: Any,
    *,
    column: str,
    order: Sequence[Ordering],
    limit: int,
) -> tuple[str, list[Any]]:
    """For each of the ids the rows of one limited select, which an index by parent answers."""
    of_parent = fragment_of(select.term(column)).text
    mine = Fragment(f'{of_parent} = "parent"."key"')
    inner, values = _statement(select.where(mine), names, order=order, limit=limit)
    text = (
        f'SELECT {_outside(names)} FROM unnest({VALUE}::uuid[]) AS "parent" ("key")'  # noqa: S608
        f' CROSS JOIN LATERAL ({inner}) AS "top" ORDER BY {_order_outside(order)}'
    )
    return text, [parent_ids, *values]


def _top_by_id(
    select: Select,
    names: tuple[str, ...],
    parent_ids: Any,
    *,
    column: str,
    order: Sequence[Ordering],
    limit: int,
) -> tuple[str, list[Any]]:
    """The same for SQLite, which has no LATERAL: the rows whose id is among those of one limited
    select for each parent. The outer table has the name of the inner one, which hides it there.
    """
    table = select.model._meta.db_table
    of_parent = Fragment(f'"{table}"."{column}" = "parent"."value"')
    body, inner = _body(select.where(of_parent))
    selected, values = _selected(select, names)
    ordered, by = _ordered(select, order)
    joined, on = _body(replace(select, criteria=()))
    text = (
        f'SELECT {selected} FROM json_each({VALUE}) AS "parent" CROSS JOIN {joined} '  # noqa: S608
        f'WHERE "{table}"."id" IN '
        f'(SELECT "{table}"."id" FROM {body}{ordered} LIMIT {VALUE}){ordered}'
    )
    return text, [*values, parent_ids, *on, *inner, *by, limit, *by]


def _outside(names: tuple[str, ...]) -> str:
    return ", ".join([f'"top"."{name}"' for name in names])


def _order_outside(order: Sequence[Ordering]) -> str:
    return ", ".join(
        [f'"top"."{each.column}"{" DESC" if each.descending else ""}' for each in order]
    )


async def _run(select: Select, statement: Statement) -> list[Record]:
    sqlite = is_sqlite()
    rows = await fetch_all(*placed_for(statement.text, statement.values, sqlite=sqlite))
    return maker(select.model, statement.names, is_public=select.is_public, sqlite=sqlite)(rows)
