"""The one way rows are read: one SELECT, answered with light records instead of ORM instances.

A record has one slot per column and nothing else. Building an ORM instance costs three to five
times the SQL that fetched it (`docs/decisions/0003-light-records.md`), and an instance invites a
lazy relation, which is an N+1; a record has none to follow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import orjson
from pypika_tortoise import functions as sql_functions
from pypika_tortoise.analytics import RowNumber
from pypika_tortoise.enums import Order
from pypika_tortoise.queries import Query, QueryBuilder, Table
from pypika_tortoise.terms import (
    Criterion,
    Term,
    ValueWrapper,
)
from tortoise.fields import (
    BooleanField,
    DateField,
    DatetimeField,
    DecimalField,
    JSONField,
    UUIDField,
)
from tortoise.fields.base import Field
from tortoise.models import Model

from hub.criteria import is_in
from hub.database import fetch_all, is_sqlite
from hub.rendering import columns_of as columns_of
from hub.rendering import parameters_of, sql_context
from hub.rendering import render as render
from hub.rendering import table_of as table_of
from hub.touching import by_rows, looked_at


class Record:
    """One row: a slot per column, named as the column is.

    The slots are made from the model at first use, so the type checker sees `Any`; the tests of
    each domain's queries and of the schema are what holds the names right.
    """

    __slots__ = ()
    model: ClassVar[type[Model]]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Ordering:
    """One term of an ORDER BY over a NOT NULL column or a computed term of the select."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """What to read: the rows of `model` for which every criterion holds.

    `extras` are computed columns by name, which the records carry too. `joins` are
    tables joined one to one, for extras to read. `scope` is what a cursor of this list is bound to
    beside its order: the point that distances are measured from, say.
    """

    model: type[Model]
    criteria: tuple[Criterion, ...] = ()
    extras: Mapping[str, Term] = field(default_factory=dict)
    joins: tuple[tuple[Table, Criterion], ...] = ()
    scope: str = ""

    def where(self, *criteria: Criterion) -> "Select":
        """The same select, narrowed."""
        return replace(self, criteria=self.criteria + criteria)

    def term(self, column: str) -> Term:
        """The SQL term behind a column or an extra."""
        extra = self.extras.get(column)
        return extra if extra is not None else table_of(self.model)[column]


async def fetch_records(
    select: Select, *, order: Sequence[Ordering] = (), limit: int | None = None
) -> list[Record]:
    """The rows of `select` in order, at most `limit` of them, in one statement."""
    return await _run(select, *_rendered(select, order=order, limit=limit))


async def fetch_records_by(select: Select, values: Iterable[Any], *, column: str) -> list[Record]:
    """The rows whose `column` is one of `values`, in one statement; none for no values."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    narrowed = select.where(is_in(table_of(select.model)[column], wanted))
    if column not in ("id", "slug"):
        return await fetch_records(narrowed)
    table = select.model._meta.db_table
    with by_rows(table):
        rows = await fetch_records(narrowed)
    ids = wanted if column == "id" else [row.id for row in rows]
    looked_at(table, ids, is_complete=len(ids) >= len(wanted))
    return rows


async def fetch_locked(select: Select) -> list[Record]:
    """The rows of `select`, which nobody else changes until this transaction ends.

    SQLite has one writer at a time, so that a transaction there has locked everything already. On
    PostgreSQL it is FOR NO KEY UPDATE: who inserts a row that refers to a locked one holds its key,
    and two of them who then asked for more would wait for each other.
    """
    sql, parameters = _rendered(select, order=(Ordering("id"),))
    return await _run(select, sql if is_sqlite() else f"{sql} FOR NO KEY UPDATE", parameters)


async def fetch_top_records(
    select: Select,
    parent_ids: Sequence[UUID],
    *,
    column: str,
    order: Sequence[Ordering],
    limit: int,
) -> dict[UUID, list[Record]]:
    """For each parent its first `limit` rows in order, all in one statement (window function)."""
    if not parent_ids:
        return {}
    parent = select.term(column)
    rank = RowNumber().over(parent)
    for ordering in order:
        rank = rank.orderby(select.term(ordering.column), order=_direction(ordering))
    narrowed = select.where(is_in(parent, list(dict.fromkeys(parent_ids))))
    inner = _from(narrowed).select(rank.as_("row_rank"))
    names = _column_names(select)
    outer = Query.from_(inner.as_("ranked"))
    ranked = Table("ranked")
    outer = outer.select(*(ranked[name] for name in names)).where(ranked.row_rank <= limit)
    outer = outer.orderby(ranked.row_rank)
    grouped: dict[UUID, list[Record]] = {}
    for record in await _run(select, *render(outer)):
        grouped.setdefault(getattr(record, column), []).append(record)
    return grouped


async def count_records(select: Select, *, cap: int) -> int:
    """How many rows there are, counting no further than `cap`."""
    table = table_of(select.model)
    inner = Query.from_(table).select(table.id).limit(cap)
    for criterion in select.criteria:
        inner = inner.where(criterion)
    query = Query.from_(inner.as_("counted")).select(sql_functions.Count("*"))
    rows = await fetch_all(*render(query))
    return int(rows[0][0])


async def count_records_by(
    select: Select, parent_ids: Sequence[UUID], *, column: str
) -> dict[UUID, int]:
    """How many rows each parent has, in one statement; a parent without rows is missing."""
    if not parent_ids:
        return {}
    parent = select.term(column)
    query = Query.from_(table_of(select.model)).select(parent, sql_functions.Count("*"))
    for criterion in (*select.criteria, is_in(parent, list(dict.fromkeys(parent_ids)))):
        query = query.where(criterion)
    rows = await fetch_all(*render(query.groupby(parent)))
    return {as_uuid(row[0]): int(row[1]) for row in rows}


def _rendered(
    select: Select, *, order: Sequence[Ordering] = (), limit: int | None = None
) -> tuple[str, list[Any]]:
    """The statement of a select and its parameters.

    Put together here and not by the query builder, which copies itself for each of forty columns:
    that took more time than the statement.
    """
    context = sql_context().copy(subquery=True)
    extras = (f', {term.get_sql(context)} "{name}"' for name, term in select.extras.items())
    parts = [
        _columns_text(select.model),
        *extras,
        f' FROM "{table_of(select.model).get_table_name()}"',
    ]
    for joined, on in select.joins:
        parts.append(f' JOIN "{joined.get_table_name()}" ON {on.get_sql(context)}')
    if select.criteria:
        criteria = (f"({criterion.get_sql(context)})" for criterion in select.criteria)
        parts.append(f" WHERE {' AND '.join(criteria)}")
    if order:
        terms = (
            f"{select.term(each.column).get_sql(context)} {_direction(each).value}"
            for each in order
        )
        parts.append(f" ORDER BY {', '.join(terms)}")
    if limit is not None:
        parts.append(f" LIMIT {ValueWrapper(limit).get_sql(context)}")
    return "".join(parts), parameters_of(context)


@lru_cache(maxsize=256)
def _columns_text(model: type[Model]) -> str:
    table = model._meta.db_table
    return "SELECT " + ", ".join(f'"{table}"."{name}"' for name in columns_of(model))


def _from(select: Select) -> QueryBuilder:
    table = table_of(select.model)
    query = Query.from_(table).select(*(table[name] for name in columns_of(select.model)))
    for joined, on in select.joins:
        query = query.join(joined).on(on)
    for name, term in select.extras.items():
        query = query.select(term.as_(name))
    for criterion in select.criteria:
        query = query.where(criterion)
    return query


def _direction(ordering: Ordering) -> Order:
    return Order.desc if ordering.descending else Order.asc


def _column_names(select: Select) -> tuple[str, ...]:
    return (*columns_of(select.model), *select.extras)


async def _run(select: Select, sql: str, parameters: Sequence[Any]) -> list[Record]:
    return _recorded(select.model, await fetch_all(sql, parameters), extras=tuple(select.extras))


def records_of(model: type[Model], rows: Iterable[Sequence[Any]]) -> list[Record]:
    """Records of rows with every column of the model in its order, as RETURNING gives them."""
    return _recorded(model, rows, extras=())


def _recorded(
    model: type[Model], rows: Iterable[Sequence[Any]], *, extras: tuple[str, ...]
) -> list[Record]:
    record_class = _record_class(model, extras)
    decoders = _decoders(model, is_sqlite())
    records = []
    for row in rows:
        values = list(row)
        for index, decode in decoders:
            if (value := values[index]) is not None:
                values[index] = decode(value)
        records.append(record_class(*values))
    return records


def record_of(model: type[Model], values: Mapping[str, Any]) -> Record:
    """The record of a row that was written with these values, every column named."""
    return _record_class(model, ())(*(values[name] for name in columns_of(model)))


@lru_cache(maxsize=256)
def _record_class(model: type[Model], extras: tuple[str, ...]) -> Callable[..., Record]:
    made = make_dataclass(
        f"{model.__name__}Record",
        [*columns_of(model), *extras],
        bases=(Record,),
        namespace={"model": model},
        slots=True,
        eq=False,
    )
    return made


@lru_cache(maxsize=256)
def _decoders(model: type[Model], sqlite: bool) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    fields = model._meta.fields_map
    decoders = []
    for index, name in enumerate(model._meta.fields_db_projection):
        if (decode := _decoder(fields[name], sqlite)) is not None:
            decoders.append((index, decode))
    return tuple(decoders)


def _decoder(column: "Field[Any]", sqlite: bool) -> Callable[[Any], Any] | None:
    """How a driver's value becomes Python's; None where it already is."""
    enum_type: Callable[[Any], Any] | None = getattr(column, "enum_type", None)
    if enum_type is not None:
        return enum_type
    if isinstance(column, JSONField):
        return orjson.loads
    if not sqlite:
        return None
    by_field: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
        (UUIDField, UUID),
        (DatetimeField, datetime.fromisoformat),
        (DateField, date.fromisoformat),
        (BooleanField, bool),
        (DecimalField, lambda value: Decimal(str(value))),
    )
    return next((decode for kind, decode in by_field if isinstance(column, kind)), None)


def as_uuid(value: Any) -> UUID:
    """A key as either driver gives it."""
    return value if isinstance(value, UUID) else UUID(value)
