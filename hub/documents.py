"""Reads a YAML or JSON file into plain values, and remembers on which line each of them stands.

The YAML understood is what content needs and nothing that surprises: text, whole numbers, decimal
numbers, true and false, lists and mappings, by the rules of YAML 1.2 (so `on` and `no` are text and
09:00 is not a number of base sixty). Anchors, tags and keys that appear twice are refused. It is
read from the parser's events, without recursion, so that no file can exhaust memory or the stack.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

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
        line = event.start_mark.line + 1
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
