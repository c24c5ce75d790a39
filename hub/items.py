"""Items of content as plain values: read from their rows, and brought to one form.

Plain values are what a content folder says of an item, in types that JSON has: exports write
them, revisions keep them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model

from hub.bulk import chunks
from hub.catalogue import KINDS
from hub.content import FileModel, To
from hub.kinds import Kind, Names, Part, Row, values_of
from hub.records import Record, Select, columns_of, fetch_records_by

M = TypeVar("M", bound=FileModel)

_READ_ROWS = 1_000


async def items_of(kind: Kind, records: Sequence[Record], *, names: Names) -> list[Row]:
    """The items that rows of `kind` and their parts are, aligned with them.

    Keys come in the order of the file's model. `names` has the slug of whatever they refer to.
    """
    ids = [record.id for record in records]
    parts = [(part, await parts_by_parent(part, ids)) for part in kind.parts]
    items = []
    for record in records:
        item = values_of(record, kind.item, names=names)
        for part, found in parts:
            if value := part.value(found.get(record.id, []), names):
                item[part.key] = value
        items.append({key: item[key] for key in kind.item.model_fields if key in item})
    return items


async def parts_by_parent(part: Part, parents: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """The rows of a part in their order, by the id of the item they belong to."""
    found: dict[UUID, list[Record]] = {}
    for chunk in chunks(parents, _READ_ROWS):
        for record in await fetch_records_by(Select(part.model), chunk, column=part.parent):
            found.setdefault(getattr(record, part.parent), []).append(record)
    for records in found.values():
        records.sort(key=lambda record: [getattr(record, column) for column in part.order])
    return found


async def read_item(kind: Kind, record: Record) -> Row:
    """One item in the form of `plain_values`, as its rows have it now."""
    rows = [record]
    for part in kind.parts:
        rows += (await parts_by_parent(part, [record.id])).get(record.id, [])
    values = (await items_of(kind, [record], names=await _names_in(rows)))[0]
    return plain_values(kind.item.model_validate(as_json(values)))


async def _names_in(records: Iterable[Record]) -> Names:
    """The slug of everything that these rows refer to."""
    wanted: dict[str, set[UUID]] = {}
    for record in records:
        for column, target in _references_of(record.model):
            if (key := getattr(record, column)) is not None:
                wanted.setdefault(target, set()).add(key)
    names: dict[UUID, str] = {}
    for target, keys in wanted.items():
        kind = next(kind for kind in KINDS if kind.model.__name__ == target)
        found = await fetch_records_by(Select(kind.model), sorted(keys), column="id")
        names.update({record.id: getattr(record, kind.key) for record in found})
    return names


@lru_cache(maxsize=256)
def _references_of(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """The columns of a row that refer to another, and the name of the model they refer to."""
    meta: Any = model._meta
    pairs = ((f"{name}_id", meta.fields_map[name].model_name) for name in meta.fk_fields)
    return tuple((column, target.rpartition(".")[2]) for column, target in sorted(pairs))


def as_json(value: Any) -> Any:
    """The value in types that JSON has: instants and days as text, amounts with two decimals."""
    match value:
        case Mapping():
            return {key: as_json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [as_json(inner) for inner in value]
        case Enum():
            return value.value
        case date():  # and its subclass datetime
            return value.isoformat()
        case Decimal():
            return f"{value:.2f}"
        case _:
            return value


def plain_values(item: FileModel) -> Row:
    """A valid item in one form: what equals its default is left out, sets are sorted.

    The same content gives the same values, whoever wrote it and however.
    """
    values: Row = {}
    for key, info in type(item).model_fields.items():
        value = _plain(getattr(item, key))
        if isinstance(value, list) and any(isinstance(each, To) for each in info.metadata):
            value = sorted(value)
        is_default = not info.is_required() and value == _plain(
            info.get_default(call_default_factory=True)
        )
        if value is not None and not is_default:
            values[info.alias or key] = value
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, FileModel):
        return plain_values(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return as_json(value)


def with_timezone(item: M, timezone: str) -> M:
    """The same item and parts of it, with `timezone` where they have one and name none."""
    for key in type(item).model_fields:
        value = getattr(item, key)
        if key == "timezone" and value is None:
            item.timezone = timezone  # type: ignore[attr-defined]
        for part in value if isinstance(value, list) else ():
            if isinstance(part, FileModel):
                with_timezone(part, timezone)
    return item


def has_column(kind: Kind, column: str) -> bool:
    """Whether the rows of a kind have a column."""
    return column in columns_of(kind.model)
