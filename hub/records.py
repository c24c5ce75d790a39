"""The one way rows are read: one SELECT, answered with light records instead of ORM instances.

A record has one slot per column and nothing else. Building an ORM instance costs three to five
times the SQL that fetched it (`docs/decisions/0003-light-records.md`), and an instance invites a
lazy relation, which is an N+1; a record has none to follow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import orjson
from pypika_tortoise import functions as sql_functions
from pypika_tortoise.analytics import RowNumber
from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects, Order
from pypika_tortoise.queries import Query, QueryBuilder, Table
from pypika_tortoise.terms import Case, Criterion, LiteralValue, Parameterizer, Term
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

from hub.database import fetch_all, is_sqlite
from hub.errors import BadUserInput

_ZERO, _ONE = LiteralValue("0"), LiteralValue("1")


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


class Exists(Criterion):
    """EXISTS (subquery); the subquery may refer to the outer table."""

    def __init__(self, query: QueryBuilder, alias: str | None = None) -> None:
        super().__init__(alias)
        self.query = query

    def get_sql(self, ctx: SqlContext) -> str:
        """The criterion's text, with every column qualified by its table."""
        inner = ctx.copy(subquery=False, with_namespace=True, with_alias=False)
        return f"EXISTS ({self.query.get_sql(inner)})"


class Scalar(Term):
    """(subquery) as a value: the one column of its one row, null without one."""

    def __init__(self, query: QueryBuilder, alias: str | None = None) -> None:
        super().__init__(alias)
        self.query = query

    def get_sql(self, ctx: SqlContext) -> str:
        """The term's text, with every column qualified by its table."""
        inner = ctx.copy(subquery=False, with_namespace=True, with_alias=False)
        return f"({self.query.get_sql(inner)})"


def is_false(criterion: Criterion) -> Criterion:
    """NOT, in two-valued logic: true where the criterion is false *or unknown*.

    Plain NOT drops the rows whose column is null, and a client who asks for everything but
    `level = BEGINNER` expects courses without a level in the answer.
    """
    negated: Criterion = truth(criterion) == _ZERO
    return negated


def truth(criterion: Criterion) -> Term:
    """The criterion as 1 or 0; unknown is 0. Literals, for PostgreSQL cannot guess the type of a
    parameter here.
    """
    return Case().when(criterion, _ONE).else_(_ZERO)


def is_true(flag: Term) -> Criterion:
    """The criterion of a term that is 1 or 0."""
    criterion: Criterion = flag == _ONE
    return criterion


def never() -> Criterion:
    """A criterion that no row meets."""
    criterion: Criterion = _ONE == _ZERO
    return criterion


@lru_cache(maxsize=256)
def table_of(model: type[Model]) -> Table:
    """The SQL table of a model, with its own name as its alias."""
    return Table(model._meta.db_table)


@lru_cache(maxsize=256)
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """The columns of a model in the order of its definition."""
    return tuple(model._meta.fields_db_projection.values())


async def fetch_records(
    select: Select, *, order: Sequence[Ordering] = (), limit: int | None = None
) -> list[Record]:
    """The rows of `select` in order, at most `limit` of them, in one statement."""
    query = _from(select)
    for ordering in order:
        query = query.orderby(select.term(ordering.column), order=_direction(ordering))
    if limit is not None:
        query = query.limit(limit)
    return await _run(select, query)


async def fetch_records_by(select: Select, values: Iterable[Any], *, column: str) -> list[Record]:
    """The rows whose `column` is one of `values`, in one statement; none for no values."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    return await fetch_records(select.where(is_in(table_of(select.model)[column], wanted)))


async def fetch_locked(select: Select) -> list[Record]:
    """The rows of `select`, which nobody else changes until this transaction ends.

    They are locked in the order of their ids, so that two who lock some of the same wait in turn.

    SQLite has one writer at a time, so that a transaction there has locked everything already. On
    PostgreSQL it is FOR NO KEY UPDATE: who inserts a row that refers to a locked one holds its key,
    and two of them who then asked for more would wait for each other.
    """
    query = _from(select).orderby(table_of(select.model).id)
    return await _run(select, query, ending="" if is_sqlite() else " FOR NO KEY UPDATE")


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
    for record in await _run(select, outer):
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


def is_in(term: Term, values: Sequence[Any]) -> Criterion:
    """`term IN (values)`; an empty list matches nothing."""
    if not values:
        return never()
    return term.isin([_wrap(value) for value in values])


def _wrap(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def render(query: QueryBuilder) -> tuple[str, list[Any]]:
    """SQL text with placeholders for the open database, and its parameters in order.

    Raises BadUserInput for text with the character NUL, which PostgreSQL cannot even compare.
    """
    sqlite = is_sqlite()
    parameterizer = Parameterizer()
    context = SqlContext(
        quote_char='"',
        secondary_quote_char="'",
        alias_quote_char='"',
        dialect=Dialects.SQLITE if sqlite else Dialects.POSTGRESQL,
        parameterizer=parameterizer,
        with_namespace=True,
    )
    sql = query.get_sql(context)
    adapt = _to_sqlite if sqlite else _to_postgres
    return sql, [adapt(_without_nul(value)) for value in parameterizer.values]


def _without_nul(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise BadUserInput(
            "Text may not contain the character NUL.", chinese="文本中不能有 NUL 字符。"
        )
    return value


def _to_postgres(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _to_sqlite(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case bool():
            return int(value)
        case UUID() | Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return value


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


async def _run(select: Select, query: QueryBuilder, *, ending: str = "") -> list[Record]:
    record_class = _record_class(select.model, tuple(select.extras))
    decoders = _decoders(select.model, is_sqlite())
    records = []
    sql, parameters = render(query)
    for row in await fetch_all(sql + ending, parameters):
        values = list(row)
        for index, decode in decoders:
            if (value := values[index]) is not None:
                values[index] = decode(value)
        records.append(record_class(*values))
    return records


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
