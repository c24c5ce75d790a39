"""What the sample says of each kind can be said through the API, to the last part."""

from datetime import date, timedelta
from enum import Enum
from typing import Any, get_args

import pytest
from graphql import GraphQLInputObjectType

from hub.catalogue import KINDS_BY_NAME
from hub.content import FileModel, To
from hub.editing.queries import is_visible
from hub.editing.rules import KINDS_BY_TYPE, PUBLICATION_KEYS
from hub.editing.service.inputs import _model_in, id_types, input_name
from hub.items import read_item
from hub.loading import load_folder
from hub.records import Record, Select, fetch_records, fetch_records_by
from schema.editing.mutations import EDITED, UPDATED_ELSEWHERE
from schema.relay import encode_id
from tests.conftest import SAMPLE
from tests.factories.editors import NOW
from tests.schema.api.paths import core_schema
from tests.schema.editing.conftest import Desk

DOCUMENT = """mutation($input: Create%sInput!) { create%s(input: $input) {
  revision { itemId number } errors { code message path } } }"""


async def richest(name: str) -> Record:
    kind = KINDS_BY_NAME[name]
    rows = [row for row in await fetch_records(Select(kind.model)) if is_visible(row, NOW)]
    rows = [row for row in rows if all(getattr(row, c) == v for c, v in kind.fixed.items())]
    items = [(row, await read_item(kind, row)) for row in rows[:60]]
    return max(items, key=lambda each: len(repr(each[1])))[0]


async def as_input(item: type[FileModel], values: dict[str, Any]) -> dict[str, Any]:
    """Values of a content folder as a client would send them."""
    given: dict[str, Any] = {}
    for key, info in item.model_fields.items():
        value = values.get(info.alias or key)
        if value is None or key in PUBLICATION_KEYS:
            continue
        if key == "on":
            day = await as_input(item, {"from": value, "until": next_day(value)})
            given |= day
            continue
        given[input_name(item, key)] = await _sent(info, value)
    return given


def next_day(text: str) -> str:
    return (date.fromisoformat(text) + timedelta(days=1)).isoformat()


async def _sent(info: Any, value: Any) -> Any:
    if id_types(info):
        kinds = next(each.kinds for each in info.metadata if isinstance(each, To))
        return await id_of(kinds, value)
    inner = _model_in(info.annotation)
    if inner is not None and isinstance(value, list):
        return [await as_input(inner, each) for each in value]
    if inner is not None and set(value) != {"latitude", "longitude"}:
        return await as_input(inner, value)
    return _words(info, value)


def _words(info: Any, value: Any) -> Any:
    """Enum values go by their names."""
    if isinstance(value, list):
        return [_words(info, each) for each in value]
    return value.upper() if isinstance(value, str) and _is_enum(info.annotation) else value


def _is_enum(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return True
    return any(_is_enum(each) for each in get_args(annotation))


async def id_of(kinds: tuple[str, ...], slug: str) -> str:
    for name in kinds:
        kind = KINDS_BY_NAME[name]
        rows = await fetch_records_by(Select(kind.model), [slug], column="slug")
        rows = [row for row in rows if all(getattr(row, c) == v for c, v in kind.fixed.items())]
        if rows:
            types = {**{kind: name for name, kind in KINDS_BY_TYPE.items()}, "towns": "Town"}
            return encode_id(types[name], rows[0].id)
    raise AssertionError(slug)


@pytest.mark.parametrize("type_name", sorted(EDITED))
async def test_everything_can_be_said(desk: Desk, type_name: str) -> None:
    await load_folder(SAMPLE)
    kind = KINDS_BY_NAME[KINDS_BY_TYPE[type_name]]
    values = await read_item(kind, await richest(kind.name))
    values.pop("position", None)
    given = await as_input(kind.item, {**values, "slug": "a-copy"})
    made = await desk.done(DOCUMENT % (type_name, type_name), **given)
    key = made["revision"]["itemId"]
    assert (await desk.step("publish", (key, 1)))["errors"] == []
    copy = await fetch_records_by(Select(kind.model), ["a-copy"], column="slug")
    told = await read_item(kind, copy[0])
    skipped = PUBLICATION_KEYS | {"slug", "position"}
    assert {key: value for key, value in told.items() if key not in skipped} == {
        key: value for key, value in values.items() if key not in skipped
    }


def test_every_key_has_an_input() -> None:
    """Two mutations a type, but for those that somebody else's mutation updates."""
    types = core_schema().type_map
    for type_name in EDITED:
        item = KINDS_BY_NAME[KINDS_BY_TYPE[type_name]].item
        created = types[f"Create{type_name}Input"]
        assert isinstance(created, GraphQLInputObjectType)
        names = {input_name(item, key) for key in item.model_fields if key not in PUBLICATION_KEYS}
        assert set(created.fields) == names | {"note"}
        if type_name in UPDATED_ELSEWHERE:
            continue
        updated = types[f"Update{type_name}Input"]
        assert isinstance(updated, GraphQLInputObjectType)
        assert set(updated.fields) == names | {"note", "id", "expectedVersion"}
