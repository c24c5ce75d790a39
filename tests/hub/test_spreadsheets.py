"""Tables on disk: what a spreadsheet reads is what was there, and none of it computes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from hub.ids import new_id
from hub.spreadsheets import (
    CELL_CHARS_MAX,
    XLSX_ROWS_MAX,
    TableFormat,
    XlsxWriter,
    csv_cell,
    csv_line,
    table_writer,
)

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "\uff20"]
AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def written(path: Path, form: TableFormat, *rows: tuple[Any, ...]) -> Path:
    writer = table_writer(path, form, columns=("姓名", "value"))
    writer.write(rows[:1])
    writer.write(rows[1:])
    writer.close()
    return path


def sheet(path: Path) -> list[tuple[Any, ...]]:
    with path.open("rb") as file:
        book = load_workbook(file)
        return list(book.active.iter_rows())  # type: ignore[union-attr]


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_of_csv_is_a_formula(start: str) -> None:
    assert csv_cell(f"{start}SUM(A1)") == f"'{start}SUM(A1)"


def test_a_line_is_quoted() -> None:
    assert csv_line(["a", 'b"c', "d,e", "=f"]) == '"a","b""c","d,e","\'=f"\r\n'


@pytest.mark.parametrize("start", [start for start in STARTS if start != "\r"])
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path, start: str) -> None:
    text = f"{start}HYPERLINK(A1)"
    rows = sheet(written(tmp_path / "a", TableFormat.XLSX, ("=1+1", text), (text, "x")))
    cells = [cell for row in rows[1:] for cell in row]
    assert [cell.data_type for cell in cells] == ["s"] * 4
    assert [cell.value for cell in cells] == ["=1+1", text, text, "x"]


def test_a_headline_is_no_formula_either(tmp_path: Path) -> None:
    XlsxWriter(tmp_path / "a", columns=("=1+1",)).close()
    assert sheet(tmp_path / "a")[0][0].data_type == "s"


def test_a_workbook_keeps_numbers_and_days(tmp_path: Path) -> None:
    day = date(2026, 11, 25)
    path = written(tmp_path / "a", TableFormat.XLSX, (Decimal("1.50"), 7), (day, None), (True, AT))
    values = [tuple(cell.value for cell in row) for row in sheet(path)]
    assert values[0] == ("姓名", "value")
    assert values[1] == (1.5, 7)
    assert values[2][0].date() == day
    assert values[2][1] is None
    assert values[3] == (True, AT.isoformat())


def test_what_a_cell_cannot_hold_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a", TableFormat.XLSX, ("a\0b\x1bc", "x" * (CELL_CHARS_MAX + 5)))
    assert [cell.value for cell in sheet(path)[1]] == ["abc", "x" * CELL_CHARS_MAX]


def test_a_sheet_that_is_full_refuses_more(tmp_path: Path) -> None:
    writer = XlsxWriter(tmp_path / "a", columns=("n",))
    with pytest.raises(ValueError, match="a sheet holds"):
        writer.write([(1,)] * (XLSX_ROWS_MAX + 1))
    writer.close()


def test_csv_opens_with_its_chinese(tmp_path: Path) -> None:
    path = written(tmp_path / "a", TableFormat.CSV, ("小哥", {"a": 1}), (None, AT))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_bytes().decode("utf-8-sig") == (
        '"姓名","value"\r\n"小哥","{""a"":1}"\r\n"","2026-11-25T02:00:00+00:00"\r\n'
    )


def test_lines_of_json_keep_their_types(tmp_path: Path) -> None:
    key = new_id()
    path = written(tmp_path / "a", TableFormat.NDJSON, ("=1", {"a": [1]}), (key, None))
    assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == [
        {"姓名": "=1", "value": {"a": [1]}},
        {"姓名": str(key), "value": None},
    ]
