"""The one way many rows are written: one statement for each shape of row, sent in chunks.

Saving through ORM instances costs several times what the database needs; content comes by the
hundred thousand rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pypika_tortoise.terms import Criterion
from tortoise.fields import JSONField
from tortoise.models import Model

from hub.database import fetch_all, is_sqlite, write_many
from hub.records import Record, record_of
from hub.rendering import columns_of, render_update
from hub.touching import is_gathering, wrote

T = TypeVar("T")

CHUNK_ROWS = 500
"""Rows sent at a time: few enough that a chunk ends long before a statement times out."""


def chunks(values: Sequence[T], size: int = CHUNK_ROWS) -> Iterator[Sequence[T]]:
    """`values` in pieces of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


async def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given by column; a column that a row leaves out gets the model's default.

    Raises IntegrityError when a row breaks a constraint.
    """
    defaults = _defaults(model)
    sql = _insertion(model, is_sqlite())
    await _send(model, sql, columns_of(model), [{**defaults, **row} for row in rows])


async def insert_row(model: type[Model], row: Mapping[str, Any]) -> Record:
    """Insert one row and give its record. Raises IntegrityError as `insert_rows` does."""
    whole = {**_defaults(model), **row}
    await _send(model, _insertion(model, is_sqlite()), columns_of(model), [whole])
    return record_of(model, whole)


@lru_cache(maxsize=256)
def _insertion(model: type[Model], sqlite: bool) -> str:
    columns = columns_of(model)
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join("?" if sqlite else f"${number}" for number in range(1, len(columns) + 1))
    return f"INSERT INTO {_table(model)} ({names}) VALUES ({places})"  # noqa: S608


async def insert_or_count(
    model: type[Model], row: Mapping[str, Any], *, unique: str, counter: str
) -> int:
    """Insert a row, or add one to `counter` of the row that has the same `unique` already.

    The counter afterwards. Either way the row is the caller's alone until the transaction ends:
    whoever comes second waits here and then reads what the first has written.
    """
    columns, table = columns_of(model), _table(model)
    sql = (
        f"{_insertion(model, is_sqlite())} "
        f'ON CONFLICT ("{unique}") DO UPDATE SET "{counter}" = {table}."{counter}" + 1 '
        f'RETURNING "{counter}"'
    )
    encode = _encode_for_sqlite if is_sqlite() else _encode_for_postgres
    values = {**_defaults(model), **row}
    rows = await fetch_all(sql, [encode(values[column]) for column in columns])
    return int(rows[0][0])


async def update_rows(
    model: type[Model], rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str]
) -> None:
    """Set `columns` of the rows with these ids. Raises IntegrityError as an insert does."""
    sets = ", ".join(
        f'"{column}" = {_placeholder(index)}' for index, column in enumerate(columns, 1)
    )
    sql = f'UPDATE {_table(model)} SET {sets} WHERE "id" = {_placeholder(len(columns) + 1)}'  # noqa: S608
    await _send(model, sql, (*columns, "id"), rows)


async def update_where(
    model: type[Model],
    sets: Mapping[str, Any],
    *,
    where: Sequence[Criterion],
    returning: Sequence[str] = ("id",),
) -> Sequence[Sequence[Any]]:
    """Set columns, to values or to terms over the row, where all criteria hold: one statement.

    The answer is what `returning` names of each row that was changed, as the driver has it; how
    many there are decides a race. For use inside of `transaction()`. Raises IntegrityError.
    """
    sql, parameters = render_update(model, sets, where=where)
    names = ", ".join(f'"{name}"' for name in returning)
    tells_ids = "id" in returning and is_gathering()
    rows = await fetch_all(f"{sql} RETURNING {names}", parameters, ids=() if tells_ids else None)
    if tells_ids:
        place = list(returning).index("id")
        wrote(model._meta.db_table, [row[place] for row in rows])
    return rows


async def delete_rows(model: type[Model], ids: Sequence[UUID]) -> None:
    """Delete the rows with these ids."""
    sql = f'DELETE FROM {_table(model)} WHERE "id" = {_placeholder(1)}'  # noqa: S608
    await _send(model, sql, ("id",), [{"id": each} for each in ids])


async def _send(
    model: type[Model], sql: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    encode = _encode_for_sqlite if is_sqlite() else _encode_for_postgres
    json_columns = _json_columns(model)
    encoders: list[tuple[str, Callable[[Any], Any]]] = [
        (column, _encode_json if column in json_columns else encode) for column in columns
    ]
    for chunk in chunks(rows):
        values = [[encoder(row[column]) for column, encoder in encoders] for row in chunk]
        ids = [row["id"] for row in chunk] if "id" in columns else None
        if len(values) == 1:  # one statement has less to do on its way than a batch of one
            await fetch_all(sql, values[0], ids=ids)
        else:
            await write_many(sql, values, ids=ids)


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def _placeholder(number: int) -> str:
    return "?" if is_sqlite() else f"${number}"


def _defaults(model: type[Model]) -> dict[str, Any]:
    plain, made = _stated_defaults(model)
    return {**plain, **{column: make() for column, make in made.items()}}


@lru_cache(maxsize=256)
def _stated_defaults(
    model: type[Model],
) -> tuple[Mapping[str, Any], Mapping[str, Callable[[], Any]]]:
    """What columns are unless said, and what has to be made anew for each row."""
    stated = {
        column: model._meta.fields_map[name].default
        for name, column in model._meta.fields_db_projection.items()
    }
    made = {column: default for column, default in stated.items() if callable(default)}
    return {column: None if column in made else stated[column] for column in stated}, made


@lru_cache(maxsize=256)
def _json_columns(model: type[Model]) -> frozenset[str]:
    fields = model._meta.fields_map
    return frozenset(
        column
        for name, column in model._meta.fields_db_projection.items()
        if isinstance(fields[name], JSONField)
    )


def _encode_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _encode_for_postgres(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _encode_for_sqlite(value: Any) -> Any:
    """A value as `hub.records` compares it: instants as UTC text, so that text order is time's."""
    match value:
        case Enum():
            return value.value
        case UUID() | Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return value


async def lock_for_loading() -> None:
    """Let one transaction at a time write in bulk; SQLite has but one writer anyway."""
    if not is_sqlite():
        await fetch_all("SELECT pg_advisory_xact_lock($1)", [_LOCK_KEY])


_LOCK_KEY = 0x6875_625F_6C6F_6164
"""Names the advisory lock: "hub_load" in ASCII."""
