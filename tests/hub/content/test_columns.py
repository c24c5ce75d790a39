"""The keys of files and the columns of tables fit one another."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError
from tortoise.fields import CharField
from tortoise.models import Model

from hub.catalogue import KINDS
from hub.content import FileModel
from hub.kinds import bindings_of
from hub.records import columns_of
from hub.settings import Settings

MADE_BY_THE_ENGINE = {"id", "version", "created_at", "updated_at", "sort_name", "kind"}
COUNTED = {
    *("taken", "waiting", "waiting_parties", "sequence", "offers_end_at", "drawn_at"),
}
"""What sign-ups and draws write into the row of a pool."""


def tables() -> Iterator[tuple[type[FileModel], type[Model]]]:
    """Every file model with its table, parts that are lists of mappings included."""
    for kind in KINDS:
        yield kind.item, kind.model
        for part in kind.parts:
            annotation = kind.item.model_fields[part.key].annotation
            if get_origin(annotation) is list:
                [row] = get_args(annotation)
                if isinstance(row, type) and issubclass(row, FileModel):
                    yield row, part.model


TABLES = list(dict.fromkeys(tables()))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_column_comes_from_a_key(engine: str, database: Settings) -> None:
    for item, model in TABLES:
        bound = {column for each in bindings_of(item, model) for column in each.columns}
        parents = {part.parent for kind in KINDS for part in kind.parts if part.model is model}
        other = {
            column
            for each, table in TABLES
            if table is model
            for binding in bindings_of(each, model)
            for column in binding.columns
        }
        missing = set(columns_of(model)) - bound - other - MADE_BY_THE_ENGINE - COUNTED - parents
        assert missing <= {"position"}, (item, missing)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_text_is_no_longer_than_its_column(engine: str, database: Settings) -> None:
    checked = 0
    for item, model in TABLES:
        for binding in bindings_of(item, model):
            column = model._meta.fields_map.get(binding.columns[0])
            if not isinstance(column, CharField) or hasattr(column, "enum_type"):
                continue
            info = item.model_fields[binding.key]
            annotation: Any = info.annotation
            if info.metadata:
                annotation = Annotated[annotation, *info.metadata]
            adapter: TypeAdapter[Any] = TypeAdapter(annotation)
            with pytest.raises(ValidationError):
                adapter.validate_python("a" * (column.max_length + 1))
            checked += 1
    assert checked > 60
