"""Statements as texts for the open database, with the parameters that go with them.

SQLite and PostgreSQL differ in their placeholders and in what their drivers take; that ends here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import Criterion, Parameterizer, Term, ValueWrapper
from tortoise.models import Model

from hub.database import is_sqlite
from hub.errors import BadUserInput


@lru_cache(maxsize=256)
def table_of(model: type[Model]) -> Table:
    """The SQL table of a model, with its own name as its alias."""
    return Table(model._meta.db_table)


@lru_cache(maxsize=256)
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """The columns of a model in the order of its definition."""
    return tuple(model._meta.fields_db_projection.values())


def render(query: QueryBuilder) -> tuple[str, list[Any]]:
    """SQL text with placeholders for the open database, and its parameters in order.

    Raises BadUserInput for text with the character NUL, which PostgreSQL cannot even compare.
    """
    context = sql_context()
    sql = query.get_sql(context)
    return sql, parameters_of(context)


def sql_context() -> SqlContext:
    """What texts for the open database are rendered with; it gathers their parameters."""
    return SqlContext(
        quote_char='"',
        secondary_quote_char="'",
        alias_quote_char='"',
        dialect=Dialects.SQLITE if is_sqlite() else Dialects.POSTGRESQL,
        parameterizer=Parameterizer(),
        with_namespace=True,
    )


def parameters_of(context: SqlContext) -> list[Any]:
    """What was gathered while texts were rendered, as the driver takes it. Raises BadUserInput."""
    adapt = _to_sqlite if context.dialect is Dialects.SQLITE else _to_postgres
    assert context.parameterizer is not None
    return [adapt(_without_nul(value)) for value in context.parameterizer.values]


def render_update(
    model: type[Model], sets: Mapping[str, Any], *, where: Sequence[Criterion]
) -> tuple[str, list[Any]]:
    """An UPDATE that sets columns to values, or to terms over the row, and its parameters."""
    context = sql_context()
    terms = {
        column: value if isinstance(value, Term) else ValueWrapper(value)
        for column, value in sets.items()
    }
    assigned = (f'"{column}" = {term.get_sql(context)}' for column, term in terms.items())
    sql = f'UPDATE "{model._meta.db_table}" SET {", ".join(assigned)}'  # noqa: S608
    if where:
        inner = context.copy(subquery=True)
        sql += f" WHERE {' AND '.join(f'({each.get_sql(inner)})' for each in where)}"
    return sql, parameters_of(context)


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
