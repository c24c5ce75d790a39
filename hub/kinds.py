"""What a kind of content is: its file, its table, and the way between an item and its rows.

Keys and columns are the same by name, with a few conventions: `is_` before a flag, `_id` after a
reference, `_markdown` and `_html` after a body, the keys of a nested mapping joined by `_`. So a
domain declares types and tables, and no mapping.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

from pydantic.fields import FieldInfo
from tortoise.models import Model

from hub.content import FileModel, FileState, Item, Location, Published, To, is_slug
from hub.datum import unit_vector
from hub.markdown import render_markdown
from hub.pinyin import sort_key
from hub.reasons import Misfit
from hub.records import Record, columns_of

Row = dict[str, Any]
Path = tuple[str | int, ...]
Names = Mapping[UUID, str]
"""The slug (or code) of every row that something may refer to, by id."""

SPHERE_COLUMNS = ("x", "y", "z")
"""Follow from latitude and longitude; their last bit may differ from one machine to another."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A slug in the place of an id, until the ids are known."""

    kinds: tuple[str, ...]
    slug: str


@dataclass(frozen=True, slots=True)
class Binding:
    """How one key of a file becomes columns, and columns become that key again."""

    key: str
    columns: tuple[str, ...]
    write: Callable[[Any], tuple[Any, ...]]
    read: Callable[[Sequence[Any]], Any]
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to one item and live in a table of their own.

    `rows` makes them from the value of the key, `value` makes the value from records in the order
    of `order`. A part that is `slugged` keeps the rows whose slug stays; others are replaced as a
    whole when they differ. `refuse` says why the rows that are there cannot become others, and
    where below the part's key.
    """

    key: str
    model: type[Model]
    parent: str
    rows: Callable[[Any], list[Row]]
    value: Callable[[Sequence[Record], Names], Any]
    order: tuple[str, ...] = ("position",)
    slugged: bool = False
    refuse: Callable[[Sequence[Record], Sequence[Row]], tuple[Path, Misfit] | None] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of content.

    `fixed` are the columns that tell it from the other kinds of its table. `scope` is the
    reference within which positions count (lessons within their course); without one they count
    in the file. `has_unique_position` says that no two rows of a scope may share a position.
    `refuse` says why a row that is there cannot become another: the key at fault and the reason,
    in English and in Chinese.
    """

    name: str
    item: type[Item]
    model: type[Model]
    parts: tuple[Part, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    scope: str | None = None
    has_unique_position: bool = False
    refuse: Callable[[Record, Row], tuple[str, Misfit] | None] | None = None

    @property
    def key(self) -> str:
        """The column, and the key in the file, that identifies an item."""
        return self.item.key


def listed(
    key: str,
    item: type[FileModel],
    *,
    model: type[Model],
    parent: str,
    refuse: Callable[[Sequence[Record], Sequence[Row]], tuple[Path, Misfit] | None] | None = None,
) -> Part:
    """A part that is a list of mappings, in order."""
    return Part(
        key,
        model,
        parent,
        rows=lambda values: [
            row_of(value, model) | _numbered(model, number)
            for number, value in enumerate(values, 1)
        ],
        value=lambda records, names: [values_of(each, item, names=names) for each in records],
        order=("position",) if _has(model, "position") else ("starts_at", "slug"),
        slugged=_has(model, "slug"),
        refuse=refuse,
    )


def _has(model: type[Model], column: str) -> bool:
    """Whether a model has a plain column; those of relations appear with the first connection."""
    return column in model._meta.fields_map


def _numbered(model: type[Model], number: int) -> Row:
    return {"position": number} if _has(model, "position") else {}


def linked(key: str, kind: str, *, model: type[Model], parent: str, column: str) -> Part:
    """A part that is a list of slugs of another kind, kept in a table of pairs."""
    return Part(
        key,
        model,
        parent,
        rows=lambda slugs: [{column: Reference((kind,), slug)} for slug in slugs],
        value=lambda records, names: sorted(names[getattr(each, column)] for each in records),
        order=(),
    )


def row_of(item: FileModel, model: type[Model]) -> Row:
    """The columns of `model` that an item says, references unresolved."""
    row: Row = {}
    for binding in bindings_of(type(item), model):
        row.update(zip(binding.columns, binding.write(getattr(item, binding.key)), strict=True))
    if isinstance(item, Published):
        row["state"] = item.stored_state()
    if "sort_name" in columns_of(model):
        row["sort_name"] = sort_key(row.get("name") or row["title"])
    return row


def values_of(record: Record, item: type[FileModel], *, names: Names) -> Row:
    """The item that a record is, as plain values; what equals its default is left out."""
    values: Row = {}
    for binding in bindings_of(item, record.model):
        value = binding.read([getattr(record, column) for column in binding.columns])
        if binding.is_reference and value is not None:
            value = names[value]
        if not _is_default(item.model_fields[binding.key], value):
            values[binding.key] = value
    return values


def in_file_order(value: Any, item: type[FileModel]) -> Row:
    """A mapping that is kept as JSON with its keys as the file has them: PostgreSQL keeps none."""
    ordered: Row = {}
    for key, info in item.model_fields.items():
        if key in value:
            nested, found = _nested_model(info), value[key]
            ordered[key] = in_file_order(found, nested) if nested and found else found
    return ordered


def _is_default(info: FieldInfo, value: Any) -> bool:
    if info.is_required():
        return False
    default = info.get_default(call_default_factory=True)
    if isinstance(default, FileState):
        default = default.value
    return bool(value == default) or value is None or value in ([], (), {})


def parts_of(item: Item, kind: Kind) -> dict[str, list[Row]]:
    """The rows of every part of an item, by key."""
    return {part.key: part.rows(getattr(item, part.key)) for part in kind.parts}


def references_in(
    value: Any, item: type[FileModel], *, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Reference]]:
    """Every slug of another item in the value of a file, with its path; the rest may be invalid."""
    for key, kinds, inner in _pointing_keys(item):
        found = value.get(key) if isinstance(value, dict) else None
        if inner is not None:
            for step, each in _inner_values(found):
                yield from references_in(each, inner, path=(*path, key, *step))
        else:
            slugs = enumerate(found) if isinstance(found, list) else [(None, found)]
            for number, slug in slugs:
                if isinstance(slug, str) and is_slug(slug.strip()):
                    step = () if number is None else (number,)
                    yield (*path, key, *step), Reference(kinds, slug.strip())


def _inner_values(found: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The mappings that a key holds: each of its list, or the one that it is."""
    if isinstance(found, list):
        yield from (((index,), each) for index, each in enumerate(found))
    else:
        yield (), found


def points_to(item: type[FileModel], kind: str) -> bool:
    """Whether an item of a file, or a part of it, may refer to one of `kind`."""
    return any(
        kind in kinds or (inner is not None and points_to(inner, kind))
        for _, kinds, inner in _pointing_keys(item)
    )


def pointed_anew(value: Row, item: type[FileModel], *, kind: str, slugs: Mapping[str, str]) -> Row:
    """The value of a file with the new slug for every reference to one of `kind` by an old one."""
    made: Row = deepcopy(value)
    for path, reference in references_in(value, item):
        if kind in reference.kinds and reference.slug in slugs:
            *steps, last = path
            place: Any = made
            for step in steps:
                place = place[step]
            place[last] = slugs[reference.slug]
    return made


@lru_cache(maxsize=256)
def _pointing_keys(
    item: type[FileModel],
) -> tuple[tuple[str, tuple[str, ...], type[FileModel] | None], ...]:
    """The keys that hold slugs and of which kinds, and those that hold mappings with such keys."""
    found: list[tuple[str, tuple[str, ...], type[FileModel] | None]] = []
    for key, info in item.model_fields.items():
        inner = _nested_model(info) or next(iter(get_args(info.annotation)), None)
        if isinstance(inner, type) and issubclass(inner, FileModel) and _pointing_keys(inner):
            found.append((key, (), inner))
        found += [(key, each.kinds, None) for each in info.metadata if isinstance(each, To)]
    return tuple(found)


@lru_cache(maxsize=256)
def bindings_of(item: type[FileModel], model: type[Model]) -> tuple[Binding, ...]:
    """How the keys of `item` and the columns of `model` belong together.

    Keys that are parts of the item (lists, hours) have no binding.
    """
    columns = columns_of(model)
    found = (
        Binding(key, (key,), *item.conversions[key])
        if key in item.conversions
        else _binding(key, info, columns)
        for key, info in item.model_fields.items()
    )
    return tuple(binding for binding in found if binding is not None)


def _binding(key: str, info: FieldInfo, columns: Sequence[str]) -> Binding | None:
    nested = _nested_model(info)
    target = next((each for each in info.metadata if isinstance(each, To)), None)
    if nested is Location:
        return _location(key, columns)
    if nested is not None:
        return (
            _nested(key, nested) if f"{key}_{next(iter(nested.model_fields))}" in columns else None
        )
    if target is not None and f"{key}_id" in columns:
        return _reference(key, target.kinds)
    if f"{key}_html" in columns:
        return _body(key)
    for column in (key, f"is_{key}"):
        if column in columns:
            return Binding(key, (column,), _write_plain, _read_plain)
    return None


def _nested_model(info: FieldInfo) -> type[FileModel] | None:
    """The model of a key that holds one mapping, which may be left out."""
    annotation = info.annotation
    candidates = get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, FileModel):
            return candidate
    return None


def _write_plain(value: Any) -> tuple[Any, ...]:
    if isinstance(value, list):  # a column of JSON
        return ([each.value if isinstance(each, Enum) else each for each in value],)
    return (value,)


def _read_plain(columns: Sequence[Any]) -> Any:
    value = columns[0]
    return value.value if isinstance(value, Enum) else value


def _reference(key: str, kinds: tuple[str, ...]) -> Binding:
    return Binding(
        key,
        (f"{key}_id",),
        write=lambda slug: (None if slug is None else Reference(kinds, slug),),
        read=_read_plain,
        is_reference=True,
    )


def _body(key: str) -> Binding:
    return Binding(
        key,
        (f"{key}_markdown", f"{key}_html"),
        write=lambda text: (text, render_markdown(text)),
        read=_read_plain,
    )


def _location(key: str, columns: Sequence[str]) -> Binding:
    sphere = SPHERE_COLUMNS if "x" in columns else ()

    def write(location: Location | None) -> tuple[Any, ...]:
        if location is None:
            return (None, None)
        point = (location.latitude, location.longitude)
        return point + unit_vector(*point) if sphere else point

    def read(found: Sequence[Any]) -> Any:
        return None if found[0] is None else {"latitude": found[0], "longitude": found[1]}

    return Binding(key, ("latitude", "longitude", *sphere), write, read)


def _nested(key: str, nested: type[FileModel]) -> Binding:
    inner = tuple(nested.model_fields)

    def write(value: Any) -> tuple[Any, ...]:
        return tuple(getattr(value, name, None) for name in inner)

    def read(columns: Sequence[Any]) -> Any:
        if all(each is None for each in columns):
            return None
        values = {name: _read_plain([value]) for name, value in zip(inner, columns, strict=True)}
        return {
            name: value
            for name, value in values.items()
            if not _is_default(nested.model_fields[name], value)
        }

    return Binding(key, tuple(f"{key}_{name}" for name in inner), write, read)
