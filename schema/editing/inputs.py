"""Inputs of editors, made from the file models of each kind, so that the two cannot differ.

A field is called as the field of the type that shows it, and described by it; what no type shows
by that name is described in `schema.editing.words`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry

from hub.content import FileModel, Location
from hub.editing.rules import KINDS_BY_TYPE, PUBLICATION_KEYS, TYPE_NAMES, ItemId
from hub.editing.service.inputs import BODIES, id_types, input_name
from hub.items import as_json
from schema.editing.words import (
    CHANGED_SLUG,
    CREATED_SLUG,
    EXPECTED_VERSION,
    NOTE,
    NOTED,
    PARTS,
    WORDS,
)
from schema.filters import is_given
from schema.geography import GeoPointInput
from schema.relay import decode_id, decode_key

_HIDDEN = PUBLICATION_KEYS | {"on"}
"""Keys that no input has: publishing decides them; a day `on` is said by its two ends."""

_LEAF_TYPES = (str, bool, int, float, dt.datetime, dt.date, Decimal)


def create_input(type_name: str, *, item: type[FileModel], shown: type) -> type:
    """The input of `createX`: what the file model asks for is asked for here."""
    fields = dict(_fields(item, shown, patch=False))
    note = (str, _optional(NOTE))
    return _input(
        f"Create{type_name}Input",
        {**fields, "note": note},
        description=f"A new item of type {type_name}.",
    )


def update_input(
    type_name: str, *, item: type[FileModel], shown: type, verb: str = "Update"
) -> type:
    """The input of `updateX`: what is left out stays, null clears."""
    fields = dict(_fields(item, shown, patch=True))
    head = {
        "id": (
            strawberry.ID,
            strawberry.field(description=f"An id of type {type_name}."),
        ),
        "expected_version": (int, strawberry.field(description=EXPECTED_VERSION)),
    }
    return _input(
        f"{verb}{type_name}Input",
        {**head, **fields, "note": (str, _optional(NOTE))},
        description="A change: what is left out stays as it is, null clears.",
    )


@lru_cache(maxsize=64)
def part_input(item: type[FileModel]) -> type:
    """The input of a part of an item, like one session of a course."""
    name, shown = PARTS[item.__name__]
    described = f"{name[0].upper()}{name[1:]}" if name else item.__name__
    summary = (item.__doc__ or "").strip().partition("\n")[0]
    return _input(described, dict(_fields(item, shown, patch=False)), description=summary)


def _input(name: str, fields: Mapping[str, tuple[Any, Any]], *, description: str) -> type:
    optional = {key: kind | None for key, (kind, field) in fields.items() if _has_default(field)}
    namespace: dict[str, Any] = {key: field for key, (_, field) in fields.items()}
    namespace["__annotations__"] = {
        key: optional.get(key, kind) for key, (kind, _) in fields.items()
    }
    namespace["__doc__"] = description
    made: type = strawberry.input(type(name, (), namespace), description=description)
    return made


def _has_default(field: Any) -> bool:
    return field.default is strawberry.UNSET


def _optional(description: str, *, name: str | None = None) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


def _fields(
    item: type[FileModel], shown: type | None, *, patch: bool
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Each key of a file model with its GraphQL type and its field; required ones first."""
    keys = [key for key in item.model_fields if key not in _HIDDEN]
    for key in sorted(keys, key=lambda each: not _is_required(item, each, patch=patch)):
        info = item.model_fields[key]
        name, description = input_name(item, key), _description(item, key, shown, patch=patch)
        if _is_required(item, key, patch=patch):
            field = strawberry.field(description=description, name=name)
        else:
            field = _optional(description, name=name)
        yield key, (_annotation(info), field)


def _is_required(item: type[FileModel], key: str, *, patch: bool) -> bool:
    is_key = key == getattr(item, "key", None)
    return item.model_fields[key].is_required() and not patch and not is_key


def _description(item: type[FileModel], key: str, shown: type | None, *, patch: bool) -> str:
    if key == getattr(item, "key", None):
        return CHANGED_SLUG if patch else CREATED_SLUG
    names = (key, f"is_{key}", f"{key}_markdown" if key in BODIES else key)
    own = f"{item.__name__}.{key}"
    text = WORDS.get(own) or _shown_description(shown, names) or WORDS.get(key)
    if text is None:
        raise ValueError(f"{own}: no description")
    return f"{text} {NOTED[key]}" if key in NOTED else text


def _shown_description(shown: type | None, names: tuple[str, ...]) -> str | None:
    definition: Any = getattr(shown, "__strawberry_definition__", None)
    described = {each.python_name: each.description for each in definition.fields} if shown else {}
    return next((described[name] for name in names if described.get(name)), None)


def _annotation(info: Any) -> Any:
    """The GraphQL type of a key's values."""
    return strawberry.ID if id_types(info) else _type_of(info.annotation)


def _type_of(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _type_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _type_of(next(each for each in get_args(annotation) if each is not type(None)))
    if origin is list:
        return list[_type_of(get_args(annotation)[0])]  # type: ignore[misc]
    if isinstance(annotation, type) and issubclass(annotation, Location):
        return GeoPointInput
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        return part_input(annotation)
    if isinstance(annotation, type) and issubclass(annotation, (*_LEAF_TYPES, Enum)):
        return annotation
    raise ValueError(f"no GraphQL type for {annotation}")


def given_values(item: type[FileModel], given: Any) -> dict[str, Any]:
    """What an input says, by the keys of its file model; ids as `ItemId`, null as None.

    Raises BadUserInput for a text that is no id at all, naming the input.
    """
    values = {}
    for key, info in item.model_fields.items():
        value = getattr(given, key, strawberry.UNSET)
        if value is not strawberry.UNSET:
            path = ("input", input_name(item, key))
            values[info.alias or key] = _value(info, value, path=path)
    return values


def _value(info: Any, value: Any, *, path: tuple[str, ...]) -> Any:
    if value is None:
        return None
    if types := id_types(info):
        kinds = tuple(KINDS_BY_TYPE.get(name, "towns") for name in types)
        return ItemId(kinds, decode_key(str(value), types=types, path=path))
    if isinstance(value, GeoPointInput):
        return {
            "latitude": value.latitude,
            "longitude": value.longitude,
            "datum": value.datum.value,
        }
    if (inner := _model_of(info.annotation)) is not None:
        if isinstance(value, list):
            return [given_part(inner, each) for each in value]
        return given_part(inner, value)
    return as_json(value)


def given_part(item: type[FileModel], given: Any) -> dict[str, Any]:
    """What the input of a part says; what is left out or null is not there."""
    return {key: value for key, value in given_values(item, given).items() if value is not None}


def _model_of(annotation: Any) -> type[FileModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        return annotation
    inner = (_model_of(each) for each in get_args(annotation))
    return next((each for each in inner if each is not None), None)


def note_of(given: Any) -> str:
    """The note of an input; empty where there is none."""
    return given.note if is_given(given.note) and given.note else ""


def item_id(text: str, *, types: tuple[str, ...], path: tuple[str | int, ...]) -> ItemId:
    """The item with a global id, if it is of one of these types. Raises BadUserInput."""
    return ItemId(
        tuple(KINDS_BY_TYPE[name] for name in types), decode_key(text, types=types, path=path)
    )


def any_item_id(text: str, *, path: tuple[str | int, ...]) -> ItemId:
    """The item of any kind with a global id. Raises BadUserInput for a text that is no id."""
    found = decode_id(text, path=path)
    kind = KINDS_BY_TYPE.get(found.type_name)
    return ItemId((kind,) if kind else tuple(TYPE_NAMES), found.key if kind else None)
