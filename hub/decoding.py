"""From a driver's rows to light records: which classes, and which values have to be converted.

For each set of columns there is one class with just these slots, and one function that was made
for it: a row is unpacked into its names and handed to the class, converted on the way where the
driver has another type. That is the cheapest way there is (100 rows of 4 columns: 16 us; as tuples
with properties 12 us, but then each look at them costs three times as much).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import make_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, SafeUUID

import orjson
from tortoise.fields import (
    BooleanField,
    DateField,
    DatetimeField,
    DecimalField,
    JSONField,
    UUIDField,
)
from tortoise.fields.base import Field
from tortoise.models import Model

from hub.database import is_sqlite
from hub.rendering import columns_of


class Record:
    """One row: a slot per column that was read, named as the column is.

    A column that was not read is an AttributeError, and never None. `is_public` says that the row
    was read as one that is public at the reader's instant.

    The slots are made from the model at first use, so the type checker sees `Any`; the tests of
    each domain's queries and of the schema are what holds the names right.
    """

    __slots__ = ()
    model: ClassVar[type[Model]]
    is_public: ClassVar[bool]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


Decode = Callable[[Any], Any]
Maker = Callable[[Iterable[Sequence[Any]]], list[Record]]


@lru_cache(maxsize=1024)
def maker(model: type[Model], names: tuple[str, ...], *, is_public: bool, sqlite: bool) -> Maker:
    """What makes records of rows that have these columns of the model in this order.

    A name that is none of the model's is a computed term, taken as the driver gives it. It is the
    function `lambda rows: [Made(v0, d1(v1), v2) for v0, v1, v2 in rows]`.
    """
    fields = {column: name for name, column in model._meta.fields_db_projection.items()}
    scope: dict[str, Any] = {"Made": _record_class(model, names, is_public)}
    values = []
    for index, name in enumerate(names):
        field = model._meta.fields_map[fields[name]] if name in fields else None
        text, value = _expression(field, sqlite, name=f"v{index}")
        values.append(text)
        scope[f"d{index}"] = value
    taken = "".join(f"v{index}, " for index in range(len(names)))
    source = f"lambda rows: [Made({', '.join(values)}) for {taken}in rows]"
    made: Maker = eval(source, scope)  # noqa: S307 - of numbers alone, see above
    return made


def records_of(model: type[Model], rows: Iterable[Sequence[Any]]) -> list[Record]:
    """Records of rows with every column of the model in its order, as RETURNING gives them."""
    return maker(model, columns_of(model), is_public=False, sqlite=is_sqlite())(rows)


def record_of(model: type[Model], values: Mapping[str, Any]) -> Record:
    """The record of a row that was written with these values, every column named."""
    names = columns_of(model)
    return _record_class(model, names, False)(*(values[name] for name in names))


def as_uuid(value: Any) -> UUID:
    """A key as either driver gives it."""
    return value if isinstance(value, UUID) else _uuid(value)


@lru_cache(maxsize=1024)
def _record_class(
    model: type[Model], names: tuple[str, ...], is_public: bool
) -> Callable[..., Record]:
    return make_dataclass(
        f"{model.__name__}Record",
        names,
        bases=(Record,),
        namespace={"model": model, "is_public": is_public},
        slots=True,
        eq=False,
    )


def _expression(
    field: "Field[Any] | None", sqlite: bool, *, name: str
) -> tuple[str, Decode | Mapping[Any, Any] | None]:
    """How a driver's value becomes Python's: the expression, and what `d` with its number is."""
    number = name[1:]
    enum_type: type[Enum] | None = getattr(field, "enum_type", None)
    if enum_type is not None:
        return f"d{number}[{name}]", {each.value: each for each in enum_type} | {None: None}
    decode = _decoder(field, sqlite) if field is not None else None
    if decode is None:
        return name, None
    text = f"d{number}({name})"
    return (f"None if {name} is None else {text}" if field is not None and field.null else text), (
        decode
    )


def _decoder(field: "Field[Any]", sqlite: bool) -> Decode | None:
    if isinstance(field, JSONField):
        return orjson.loads
    if not sqlite:
        return None
    by_field: tuple[tuple[type[Any], Decode], ...] = (
        (UUIDField, _uuid),
        (DatetimeField, datetime.fromisoformat),
        (DateField, date.fromisoformat),
        (BooleanField, bool),
        (DecimalField, lambda value: Decimal(str(value))),
    )
    return next((decode for kind, decode in by_field if isinstance(field, kind)), None)


_set_int = UUID.__dict__["int"].__set__
_set_safety = UUID.__dict__["is_safe"].__set__


def _uuid(text: str) -> UUID:
    """The key that SQLite holds as text; UUID's own way there looks at seven arguments first."""
    key = object.__new__(UUID)
    _set_int(key, int(text.replace("-", ""), 16))
    _set_safety(key, SafeUUID.unknown)
    return key
