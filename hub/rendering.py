"""Statements as texts for the open database, with the parameters that go with them.

SQLite and PostgreSQL differ in their placeholders and in what their drivers take; that ends here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import Criterion, Term, ValueWrapper
from tortoise.models import Model

from hub.database import is_sqlite
from hub.errors import BadUserInput
from hub.fragments import ONE_OF, VALUE, marking_context

_MARK = re.compile(f"[{VALUE}{ONE_OF}]")


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
    context = marking_context()
    text = query.get_sql(context)
    assert context.parameterizer is not None
    return placed(text, context.parameterizer.values)


def placed(text: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """A marked text and its values as the driver of the open database takes them.

    The text is the same object for the same text, so that a driver finds at once what it has
    prepared for it. Raises BadUserInput as `render` does.
    """
    return placed_for(text, values, sqlite=is_sqlite())


def placed_for(text: str, values: Sequence[Any], *, sqlite: bool) -> tuple[str, list[Any]]:
    """`placed`, for those who have asked which database is open."""
    if sqlite:
        return _for_sqlite(text), [_to_sqlite(value) for value in values]
    return _for_postgres(text), [_to_postgres(value) for value in values]


def driver_value(value: Any, *, sqlite: bool) -> Any:
    """One value as the driver takes it. Raises BadUserInput as `render` does."""
    return _to_sqlite(value) if sqlite else _to_postgres(value)


@lru_cache(maxsize=1024)
def _for_sqlite(text: str) -> str:
    return text.replace(VALUE, "?").replace(ONE_OF, " IN (SELECT value FROM json_each(?))")


@lru_cache(maxsize=1024)
def _for_postgres(text: str) -> str:
    numbers: Iterator[int] = count(1)

    def placeholder(mark: re.Match[str]) -> str:
        number = next(numbers)
        return f"${number}" if mark[0] == VALUE else f" = ANY (${number})"

    return _MARK.sub(placeholder, text)


def render_update(
    model: type[Model], sets: Mapping[str, Any], *, where: Sequence[Criterion]
) -> tuple[str, list[Any]]:
    """An UPDATE that sets columns to values, or to terms over the row, and its parameters."""
    context = marking_context()
    terms = {
        column: value if isinstance(value, Term) else ValueWrapper(value)
        for column, value in sets.items()
    }
    assigned = (f'"{column}" = {term.get_sql(context)}' for column, term in terms.items())
    sql = f'UPDATE "{model._meta.db_table}" SET {", ".join(assigned)}'  # noqa: S608
    if where:
        inner = context.copy(subquery=True)
        sql += f" WHERE {' AND '.join(f'({each.get_sql(inner)})' for each in where)}"
    assert context.parameterizer is not None
    return placed(sql, context.parameterizer.values)


def _to_postgres(value: Any) -> Any:
    if isinstance(value, str):
        return _without_nul(value.value if isinstance(value, Enum) else value)
    if type(value) is tuple:
        return [_to_postgres(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _to_sqlite(value: Any) -> Any:
    adapt = _SQLITE.get(type(value))
    if adapt is not None:
        return adapt(value)
    match value:
        case Enum():
            return _to_sqlite(value.value)
        case UUID():
            return str(value)
        case _:
            return value


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise BadUserInput(
            "Text may not contain the character NUL.", chinese="文本中不能有 NUL 字符。"
        )
    return text


def _list_to_sqlite(values: tuple[Any, ...]) -> str:
    return orjson.dumps([_to_sqlite(value) for value in values]).decode()


_SQLITE: Mapping[type[Any], Callable[[Any], Any]] = {
    str: _without_nul,
    bool: int,
    UUID: str,
    Decimal: str,
    datetime: lambda value: value.astimezone(UTC).isoformat(" "),
    date: date.isoformat,
    tuple: _list_to_sqlite,
}
"""By the exact type, which a look-up finds sooner than asking for each type in turn."""
