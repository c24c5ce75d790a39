"""Reads YAML and JSON files into plain values with their lines, and writes such values as YAML.

The YAML understood is what content needs and nothing that surprises: text, whole numbers, decimal
numbers, true and false, lists and mappings, by the rules of YAML 1.2 (so `on` and `no` are text and
09:00 is not a number of base sixty). Anchors, tags and keys that appear twice are refused. It is
read from the parser's events, without recursion, so that no file can exhaust memory or the stack.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from hub.content import Problem

FILE_MAX_BYTES = 64 * 1024 * 1024
DEPTH_MAX = 20

_TAG = "tag:yaml.org,2002:"
_LINE_CHARS_MAX = 1_000_000
"""So that no text is folded: where a line breaks would depend on what stands before it."""
_ESCAPED = re.compile(r"\\U[0-9A-F]{8}")
_TIME_OF_DAY = re.compile(r"\d\d:\d\d", re.ASCII)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}([eE][-+]?[0-9]{1,3})?", re.ASCII)
_CONSTANTS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Mark:
    """Where a value stands: its line, counted from 1, and the marks of what it holds."""

    line: int
    children: "dict[str | int, Mark]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value and the lines of its parts."""

    name: str
    value: Any
    mark: Mark

    def line_of(self, path: Iterable[str | int]) -> int:
        """The line of the value at `path`, or of the nearest thing around it."""
        mark = self.mark
        for step in path:
            if step not in mark.children:
                break
            mark = mark.children[step]
        return mark.line


class Unreadable(Exception):
    """A file that cannot be taken in as a whole; carries why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_document(path: Path) -> Document:
    """The document in a `.yaml`, `.yml` or `.json` file.

    Raises Unreadable when the file cannot be read, is larger than 64 MiB, is no UTF-8, or is not
    the YAML or JSON described above.
    """
    text = _text(path)
    if path.suffix == ".json":
        return _json_document(path.name, text)
    return _YamlReader(path.name).read(text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        _refuse(path.name, 1, f"cannot be read: {error.strerror}")
    if len(content) > FILE_MAX_BYTES:
        _refuse(path.name, 1, f"is larger than {FILE_MAX_BYTES // 1024 // 1024} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path.name, content.count(b"\n", 0, error.start) + 1, "is not UTF-8 text here")


def _refuse(name: str, line: int, reason: str) -> NoReturn:
    raise Unreadable(Problem(name, line, "", reason))


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `key` waits for its value."""

    value: Any
    mark: Mark
    key: str | None = None


class _YamlReader:
    """Builds one document from the events of the parser."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.mark: Mark | None = None
        self.stack: list[_Open] = []

    def read(self, text: str) -> Document:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            where: Any = error.problem_mark or error.context_mark
            line = 1 if where is None else where.line + 1
            _refuse(self.name, line, f"is not YAML: {error.problem or error.context}")
        except yaml.YAMLError as error:
            _refuse(self.name, _line_of_reader_error(text, error), f"is not YAML: {error}")
        return Document(self.name, self.root, self.mark or Mark(1))

    def _take(self, event: Event) -> None:
        mark: Any = event.start_mark
        line = mark.line + 1
        match event:
            case AliasEvent():
                _refuse(self.name, line, "uses an alias (*); write the value out")
            case ScalarEvent():
                self._take_scalar(event, line)
            case SequenceStartEvent():
                self._open(event, [], line)
            case MappingStartEvent():
                self._open(event, {}, line)
            case CollectionEndEvent():
                self.stack.pop()
            case DocumentStartEvent() if self.mark is not None:
                _refuse(self.name, line, "holds a second document (---); use one file for each")

    def _take_scalar(self, event: ScalarEvent, line: int) -> None:
        self._assert_untagged(event, line)
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if event.value in top.value:
                _refuse(self.name, line, f"has the key {event.value!r} twice in one mapping")
            top.key = event.value
            top.value[event.value] = None
            return
        plain = event.style is None or event.style == ""
        self._add(_scalar(event.value) if plain else event.value, Mark(line))

    def _open(self, event: NodeEvent, value: Any, line: int) -> None:
        self._assert_untagged(event, line)
        if len(self.stack) >= DEPTH_MAX:
            _refuse(self.name, line, f"is nested deeper than {DEPTH_MAX}")
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            _refuse(self.name, line, "has a list or a mapping as a key; a key is a word")
        mark = Mark(line)
        self._add(value, mark)
        self.stack.append(_Open(value, mark))

    def _add(self, value: Any, mark: Mark) -> None:
        if not self.stack:
            self.root, self.mark = value, mark
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.mark.children[len(top.value)] = mark
            top.value.append(value)
        elif top.key is not None:
            top.mark.children[top.key] = mark
            top.value[top.key] = value
            top.key = None

    def _assert_untagged(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            _refuse(self.name, line, f"uses an anchor (&{event.anchor}); write the value out")
        if event.tag is not None:
            _refuse(self.name, line, f"uses the tag {event.tag}; tags are not understood")


def _scalar(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _line_of_reader_error(text: str, error: yaml.YAMLError) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _json_document(name: str, text: str) -> Document:
    """The document of a JSON text.

    JSON is read by its own parser (YAML's knows no surrogate pairs); lines come from YAML's where
    it can follow, and are 1 where it cannot.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        _refuse(name, error.lineno, f"is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        _refuse(name, 1, f"is not JSON: {error}")
    try:
        mark = _YamlReader(name).read(text).mark
    except Unreadable:
        mark = Mark(1)
    return Document(name, value, mark)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def write_document(path: Path, items: Sequence[Mapping[str, Any]], *, timezone: str) -> None:
    """Write a list of items as YAML that reads back the same; the same items give the same bytes.

    Instants are written in `timezone`, text of several lines as a block, small mappings on one
    line. The file is on the disk when this returns.
    """
    zone = ZoneInfo(timezone)
    chunks = [_dumped(item, zone) for item in items]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(chunks))
        file.flush()
        os.fsync(file.fileno())


def write_mapping(path: Path, value: Mapping[str, Any]) -> None:
    """Write one mapping, as the `district` file is; on the disk when this returns."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yaml.safe_dump(dict(value), file, allow_unicode=True, sort_keys=False)
        file.flush()
        os.fsync(file.fileno())


def _dumped(item: Mapping[str, Any], zone: ZoneInfo) -> str:
    value = [_Block(_writable(item, zone))]
    text: str = yaml.dump(
        value, Dumper=_FastDumper, allow_unicode=True, sort_keys=False, width=_LINE_CHARS_MAX
    )
    if _ESCAPED.search(text):  # libyaml escapes what lies beyond the first plane: rare hanzi, emoji
        text = yaml.dump(
            value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_LINE_CHARS_MAX
        )
    return text


def _writable(value: Any, zone: ZoneInfo) -> Any:
    match value:
        case Mapping():
            return {key: _writable(inner, zone) for key, inner in value.items()}
        case list() | tuple():
            return [_writable(inner, zone) for inner in value]
        case datetime():
            return _Plain("timestamp", value.astimezone(zone).isoformat())
        case date():
            return _Plain("timestamp", value.isoformat())
        case Decimal():
            whole = value == value.to_integral_value()
            return _Plain("int", f"{value:.0f}") if whole else _Plain("float", f"{value:.2f}")
        case _:
            return value


@dataclass(frozen=True, slots=True)
class _Plain:
    """A scalar to be written without quotes, and what YAML 1.1 takes it for."""

    tag: str
    text: str


class _Block(dict[str, Any]):
    """A mapping to be written with a line for each key, however small it is."""


class _Representing(yaml.representer.SafeRepresenter):
    """How values look in an exported file."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def block(self, data: _Block) -> yaml.Node:
        return self.represent_mapping(_TAG + "map", data.items(), flow_style=False)

    def mapping(self, data: dict[str, Any]) -> yaml.Node:
        return self.represent_mapping(_TAG + "map", data.items(), flow_style=_is_small(data))

    def sequence(self, data: list[Any]) -> yaml.Node:
        return self.represent_sequence(_TAG + "seq", data, flow_style=_is_small(data))

    def text(self, data: str) -> yaml.Node:
        style = "|" if "\n" in data else '"' if _TIME_OF_DAY.fullmatch(data) else None
        return self.represent_scalar(_TAG + "str", data, style=style)

    def plain(self, data: _Plain) -> yaml.Node:
        return self.represent_scalar(_TAG + data.tag, data.text)


_Representing.add_representer(_Block, _Representing.block)
_Representing.add_representer(dict, _Representing.mapping)
_Representing.add_representer(list, _Representing.sequence)
_Representing.add_representer(str, _Representing.text)
_Representing.add_representer(_Plain, _Representing.plain)


class _Dumper(_Representing, yaml.SafeDumper):
    """Writes with Python's emitter."""


class _FastDumper(_Representing, getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes with libyaml's emitter, ten times faster."""


def _is_small(value: Any) -> bool:
    """Whether a mapping or list fits on one line."""
    inner = list(value.values()) if isinstance(value, dict) else value
    texts = [each.text if isinstance(each, _Plain) else str(each) for each in inner]
    flat = not any(isinstance(each, dict) or _is_instant(each) for each in inner)
    return flat and "\n" not in "".join(texts) and sum(len(text) + 2 for text in texts) <= 80


def _is_instant(value: Any) -> bool:
    """Whether it has a colon, which libyaml's one-line mappings would put in quotes."""
    return isinstance(value, _Plain) and ":" in value.text
