"""What editors send: names of inputs, patches, slugs for ids; merged, checked, in plain values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.auth import Viewer
from hub.content import FileModel, To
from hub.editing.queries import Found, found_by_ids, found_by_slugs, may_read
from hub.editing.rules import PUBLICATION_KEYS, TYPE_NAMES, ItemId
from hub.errors import Invalid
from hub.items import plain_values, with_timezone
from hub.kinds import Kind, Row, references_in
from hub.reasons import chinese_reason_of, reason_of
from hub.settings import current_settings

BODIES = frozenset({"body", "rules", "story"})
"""Keys whose text is Markdown."""

_KEY = re.compile(r"[a-z]+(_[a-z]+)+")
"""A key of a file in a reason, which says it as the file does."""

_ITEM_TYPES = {**TYPE_NAMES, "towns": "Town"}
_NAMES = {"first": "starts_on", "until": "ends_on"}


def id_types(info: Any) -> tuple[str, ...]:
    """The types whose ids a key takes, in the place of slugs; none for words of a vocabulary, and
    where the slug itself is kept.
    """
    targets = (each for each in info.metadata if isinstance(each, To) and not each.keeps_slug)
    kinds = next((each.kinds for each in targets), ())
    types = tuple(_ITEM_TYPES[kind] for kind in kinds if kind in _ITEM_TYPES)
    return types if len(types) == len(kinds) else ()


@lru_cache(maxsize=1_024)
def input_name(item: type[FileModel], key: str) -> str:
    """What a key of a content folder is called as an input: `isFreePreview`, `programId`."""
    info = item.model_fields[key]
    name = _NAMES.get(key, key)
    if info.annotation is bool:
        name = f"is_{name}"
    elif id_types(info):
        name = f"{name}_id"
    elif name in BODIES:
        name = f"{name}_markdown"
    return _camel(name)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def input_path(item: type[FileModel], path: Sequence[str | int]) -> tuple[str | int, ...]:
    """A path within an item as a path within its input."""
    named: list[str | int] = []
    model: type[FileModel] | None = item
    for step in path:
        if isinstance(step, int) or model is None:
            named.append(step)
            continue
        key = _key_of(model, step)
        named.append(input_name(model, key) if key else step)
        model = _model_in(model.model_fields[key].annotation) if key else None
    return tuple(named)


def _key_of(item: type[FileModel], step: str) -> str | None:
    """The key of a model behind a step of a path, which may be its alias."""
    fields = item.model_fields
    return next((key for key, info in fields.items() if step in (key, info.alias)), None)


def _model_in(annotation: Any) -> type[FileModel] | None:
    """The file model somewhere in an annotation, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if each is not None), None)


def merged(values: Mapping[str, Any], patch: Mapping[str, Any]) -> Row:
    """The values with those of the patch over them; None takes a key away."""
    both = {**values, **patch}
    return {key: value for key, value in both.items() if value is not None}


async def with_slugs(kind: Kind, patch: Mapping[str, Any], *, viewer: Viewer) -> Row:
    """The patch with a slug for every id.

    Raises Invalid for an id of nothing that the viewer may refer to: what is neither public nor
    the viewer's to read looks like what is not there.
    """
    wanted: dict[tuple[str, ...], set[UUID]] = {}
    for _, item in _ids_in(patch, ()):
        if item.id is not None:
            wanted.setdefault(item.kinds, set()).add(item.id)
    found: dict[UUID, Found] = {}
    for kinds, ids in wanted.items():
        found |= await found_by_ids(kinds, sorted(ids), now=viewer.now)
    for path, item in _ids_in(patch, ()):
        target = found.get(item.id) if item.id else None
        if target is None or not (target.is_public or may_read(viewer, target.area.scopes)):
            raise _unknown(kind, path)
    return {key: _slugged(value, found) for key, value in patch.items()}


def _ids_in(
    value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], ItemId]]:
    if isinstance(value, ItemId):
        yield path, value
    elif isinstance(value, Mapping | list):
        steps = value.items() if isinstance(value, Mapping) else enumerate(value)
        for step, each in steps:
            yield from _ids_in(each, (*path, step))


def _slugged(value: Any, found: Mapping[UUID, Found]) -> Any:
    if isinstance(value, ItemId):
        return found[value.id].slug if value.id else None
    if isinstance(value, Mapping):
        return {key: _slugged(each, found) for key, each in value.items()}
    return [_slugged(each, found) for each in value] if isinstance(value, list) else value


def _unknown(kind: Kind, path: Sequence[str | int]) -> Invalid:
    return Invalid(
        "There is nothing with this id or name that it could refer to.",
        chinese="所指的内容不存在。",
        path=("input", *input_path(kind.item, path)),
    )


def checked(kind: Kind, values: Mapping[str, Any]) -> Row:
    """The values in their one form, with the time zone of the district where they name none.

    Raises Invalid naming the first input that does not fit the file model of the kind.
    """
    try:
        item = kind.item.model_validate(dict(values))
    except ValidationError as error:
        raise _invalid(kind, error.errors()[0]) from error
    timezone = current_settings().timezone
    plain = plain_values(with_timezone(item, timezone))
    return {key: value for key, value in plain.items() if key not in PUBLICATION_KEYS}


def _invalid(kind: Kind, details: ErrorDetails) -> Invalid:
    reason = reason_of(details, kind.item.model_fields)
    chinese = _KEY.sub(lambda found: _camel(found[0]), chinese_reason_of(details))
    path = input_path(kind.item, details["loc"])
    shown = ".".join(str(step) for step in path) or "input"
    return Invalid(f"{shown} {reason}.", chinese=f"{shown} {chinese}。", path=("input", *path))


async def assert_references(kind: Kind, values: Mapping[str, Any], *, viewer: Viewer) -> None:
    """Raises Invalid naming the first reference to what is neither live nor a draft."""
    pointers = list(references_in(values, kind.item))
    wanted: dict[tuple[str, ...], set[str]] = {}
    for _, reference in pointers:
        wanted.setdefault(reference.kinds, set()).add(reference.slug)
    known = {
        kinds: set(await found_by_slugs(kinds, sorted(slugs), now=viewer.now))
        for kinds, slugs in wanted.items()
    }
    for path, reference in pointers:
        if reference.slug not in known[reference.kinds]:
            raise _unknown(kind, path)
