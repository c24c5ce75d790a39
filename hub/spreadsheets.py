"""Rows as CSV, NDJSON or XLSX, written a line at a time; nothing in them becomes a formula.

Source of the rule: OWASP, CSV Injection. In CSV a cell that begins like a formula gets an
apostrophe; a tab or a line break in front hides a formula too, and so do the full-width forms of
the signs. XLSX knows the type of a cell, so there a text stays as it is and is stored as a text.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

CELL_CHARS_MAX: Final = 32_767
"""What a cell of XLSX can hold (ECMA-376); what is longer is cut."""

XLSX_ROWS_MAX: Final = 1_048_575
"""Rows that a sheet can hold beside its headline."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "\uff20")
_BOM: Final = "\ufeff"


class TableFormat(StrEnum):
    """How rows are written: for spreadsheets or for programs."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"


MEDIA_TYPES: Final[Mapping[TableFormat, str]] = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.NDJSON: "application/x-ndjson",
}


def csv_cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def csv_line(cells: Iterable[str]) -> str:
    """One line of RFC 4180, every cell quoted and safe to open in a spreadsheet."""
    quoted = ('"' + csv_cell(cell).replace('"', '""') + '"' for cell in cells)
    return ",".join(quoted) + "\r\n"


def ndjson_line(names: Sequence[str], values: Sequence[Any]) -> str:
    """One row as an object of JSON on a line of its own."""
    return orjson.dumps(dict(zip(names, values, strict=True)), default=str).decode() + "\n"


def cell_text(value: Any) -> str:
    """A value as the text of a cell: nothing for null, ISO 8601 for instants, JSON for lists."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return value.isoformat() if isinstance(value, date) else str(value)


class TableWriter(Protocol):
    """Writes a table row by row. Blocking: call it from a thread."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows, each with a value for every column."""

    def close(self) -> None:
        """Write what is left; the file is whole then, and not before."""


def table_writer(path: Path, form: TableFormat, *, columns: Sequence[str]) -> TableWriter:
    """What writes a table with these columns to `path`."""
    if form is TableFormat.XLSX:
        return XlsxWriter(path, columns=columns)
    return LineWriter(path, form, columns=columns)


class LineWriter:
    """A table as lines of text. CSV begins with a byte order mark: without one, Excel takes
    Chinese for something else.
    """

    def __init__(self, path: Path, form: TableFormat, *, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._is_csv = form is TableFormat.CSV
        self._file = path.open("w", encoding="utf-8", newline="")
        if self._is_csv:
            self._file.write(_BOM + csv_line(self._columns))

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows."""
        for row in rows:
            line = (
                csv_line(map(cell_text, row)) if self._is_csv else ndjson_line(self._columns, row)
            )
            self._file.write(line)

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


class XlsxWriter:
    """A table as the one sheet of a workbook; rows go to disk as they come.

    Numbers, days and truth values stay what they are; every text is stored as text, so that a
    spreadsheet computes nothing. Instants are text too: a cell of XLSX knows no offset.
    """

    def __init__(self, path: Path, *, columns: Sequence[str]) -> None:
        from openpyxl import Workbook  # a quarter of a second that most processes never need

        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet()
        self._rows = 0
        self._sheet.append([self._cell(name) for name in columns])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows. Raises ValueError when there are more than a sheet can hold."""
        self._rows += len(rows)
        if self._rows > XLSX_ROWS_MAX:
            raise ValueError(f"a sheet holds {XLSX_ROWS_MAX} rows")
        for row in rows:
            self._sheet.append([self._cell(value) for value in row])

    def close(self) -> None:
        """Write what is left."""
        self._book.save(self._path)

    def _cell(self, value: Any) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        if value is None or isinstance(value, bool | int | float | Decimal):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        text = ILLEGAL_CHARACTERS_RE.sub("", cell_text(value))
        cell = WriteOnlyCell(self._sheet, value=text[:CELL_CHARS_MAX])
        cell.data_type = "s"  # or it would take "=1+1" for a formula
        return cell
