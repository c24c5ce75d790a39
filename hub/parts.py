"""The parts of items as rows: which of them differ from what is stored, and how that is written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from hub.bulk import delete_rows, insert_rows, update_rows
from hub.kinds import SPHERE_COLUMNS, Part, Row
from hub.records import Record


class PartEdits:
    """What has to be written to bring the parts of some items up to date."""

    def __init__(self) -> None:
        self.deleted: list[UUID] = []
        self.inserted: list[Row] = []
        self.updated: list[Row] = []

    def add(self, part: Part, records: Sequence[Record], *, rows: Sequence[Row]) -> bool:
        """Compare an item's parts with what they should be; whether they differ."""
        if part.slugged:
            return self._add_slugged(records, rows)
        if _as_counted(rows, records) == _as_counted(rows, rows) and len(records) == len(rows):
            return False
        self.deleted += [record.id for record in records]
        self.inserted += rows
        return True

    def _add_slugged(self, records: Sequence[Record], rows: Sequence[Row]) -> bool:
        there = {record.slug: record for record in records}
        edits = 0
        for row in rows:
            record = there.pop(row["slug"], None)
            if record is None:
                self.inserted.append(row)
                edits += 1
            elif row_differs(record, row | {"id": record.id}):
                self.updated.append(row | {"id": record.id})
                edits += 1
        self.deleted += [record.id for record in there.values()]
        return bool(edits or there)

    async def write(self, part: Part) -> None:
        """Delete, update and insert what was found to differ."""
        await delete_rows(part.model, self.deleted)
        if self.updated:
            await update_rows(part.model, self.updated, columns=[*self.updated[0]])
        await insert_rows(part.model, self.inserted)


def _as_counted(rows: Sequence[Row], values: Iterable[Any]) -> Counter[tuple[Any, ...]]:
    """Rows or records without their ids, in no order: those with one have it in a column."""
    columns = sorted(set(rows[0]) - {"id"}) if rows else []
    return Counter(
        tuple(_comparable(_value(each, column)) for column in columns) for each in values
    )


def _value(row: Row | Record, column: str) -> Any:
    return getattr(row, column) if isinstance(row, Record) else row[column]


def _comparable(value: Any) -> Any:
    return repr(value) if isinstance(value, list | dict) else value


def row_differs(record: Record, row: Row) -> bool:
    """Whether a stored row says something else than `row` in the columns that it names."""
    return any(
        getattr(record, column) != value
        for column, value in row.items()
        if column not in SPHERE_COLUMNS
    )
