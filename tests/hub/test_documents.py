"""Reading YAML and JSON: plain values, lines, and no way to exhaust the machine."""

import json
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import documents
from hub.content import clean_text
from hub.documents import Unreadable, read_document, write_document


def read(folder: Path, text: str | bytes, *, name: str = "things.yaml") -> Any:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: -1.5", {"a": -1.5}),
        ("a: 1.0e-07", {"a": 1e-07}),
        ("a: 0571", {"a": "0571"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 0x1F", {"a": "0x1F"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 2026-03-01", {"a": "2026-03-01"}),
        ("on: off", {"on": "off"}),
        ("no: yes", {"no": "yes"}),
        ("a: true\nb: False", {"a": True, "b": False}),
        ("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}),
        ("a: 'true'", {"a": "true"}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("- {a: [1, 2]}\n- b", [{"a": [1, 2]}, "b"]),
        ("\ufeffa: 1", {"a": 1}),
        ("", None),
    ],
)
def test_yaml_without_surprises(tmp_path: Path, text: str, value: Any) -> None:
    assert read(tmp_path, text).value == value


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3", 3, "has the key 'a' twice"),
        ("a: &x 1", 1, "uses an anchor"),
        ("a: 1\nb: *x", 2, "uses an alias"),
        ("a: !!python/object/apply:os.system [id]", 1, "uses the tag"),
        ("a: !!binary aGk=", 1, "uses the tag"),
        ("a: 1\n---\nb: 2", 2, "holds a second document"),
        ("? [a]\n: 1", 1, "as a key"),
        ("- [", 2, "is not YAML"),
        ("a: b: c", 1, "is not YAML"),
        ("x: 1\ny: \x01", 2, "is not YAML"),
        ("- " * 30 + "a", 1, "nested deeper than 20"),
        (b"a: 1\nb: \xff", 2, "is not UTF-8"),
    ],
)
def test_what_is_refused_and_where(
    tmp_path: Path, text: str | bytes, line: int, reason: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(tmp_path, text)
    assert refused.value.problem.line == line
    assert reason in refused.value.problem.reason


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "a: " * 9_999])
def test_depth_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable):
        read(tmp_path, text)
    with pytest.raises(Unreadable):
        read(tmp_path, text, name="things.json")


def test_a_file_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "FILE_MAX_BYTES", 10)
    with pytest.raises(Unreadable, match="is larger"):
        read(tmp_path, "a: 0123456789")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        read_document(tmp_path / "things.yaml")


def test_lines_by_path(tmp_path: Path) -> None:
    document = read(tmp_path, "# c\n- a: 1\n  b:\n    - x\n    - y: 2\n- z\n")
    assert document.line_of(()) == 2
    assert document.line_of((0, "b", 1, "y")) == 5
    assert document.line_of((0, "b", 1, "missing")) == 5
    assert document.line_of((1,)) == 6


def test_json_is_json(tmp_path: Path) -> None:
    text = json.dumps([{"emoji": "😀", "slash": "a/b"}, {"n": 1}], indent=2).replace("/", "\\/")
    document = read(tmp_path, text, name="things.json")
    assert document.value == [{"emoji": "😀", "slash": "a/b"}, {"n": 1}]
    plain = read(tmp_path, '[\n{"a": 1},\n{"b":\n 2}]', name="things.json")
    assert plain.line_of((1, "b")) == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "stands twice"),
        ("[NaN]", "NaN is no number"),
        ("[1,\n2,", "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_bad_json(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(tmp_path, text, name="things.json")


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    item = {
        "slug": "a",
        "text": "# 标题\n\n- 一\n- 二",
        "odd": ["on", "true", "12", "09:30", " a", "a: b", "#x", "-", "", "'", '"', "\ttab"],
        "emoji": "小哥😀辛苦了",
        "rare": "𬭚\n第二行",
        "trailing": "x \ny",
        "at": datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        "on": date(2026, 2, 16),
        "amounts": [Decimal("6500.00"), Decimal("0.50")],
        "location": {"latitude": 29.8, "longitude": 1e-07},
        "flags": [True, False],
    }
    path = tmp_path / "things.yaml"
    write_document(path, [item, item], timezone="Asia/Shanghai")
    read_back = read_document(path).value
    assert (
        read_back
        == [
            item
            | {
                "at": "2026-03-01T09:30:00+08:00",
                "on": "2026-02-16",
                "amounts": [6500, 0.5],
            }
        ]
        * 2
    )
    text = path.read_text(encoding="utf-8")
    assert "  text: |-\n    # 标题\n\n    - 一\n" in text
    assert "location: {latitude: 29.8, longitude: 1.0e-07}" in text
    assert "小哥😀辛苦了" in text
    assert "&" not in text


def _clean(text: str) -> str:
    try:
        return clean_text(text)
    except ValueError:
        return ""


@settings(deadline=None)
@given(st.lists(st.text().map(_clean), max_size=5))
def test_every_text_survives(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "things.yaml"
        item = {"list": texts, **{f"key{index}": text for index, text in enumerate(texts)}}
        write_document(path, [item], timezone="Asia/Shanghai")
        assert read_document(path).value == [item]
