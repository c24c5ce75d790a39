"""`where` and `orderBy`: the inputs that lists share, and their way into the hub's own terms.

Fields of a `where` input carry in their metadata what the hub calls them (`"filter"`), and the
types whose ids they take (`"ids"`).
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry

from hub.errors import BadUserInput
from hub.filters import AllOf, AnyOf, Condition, Expression, NotOf, Operator
from hub.listing import OrderTerm
from schema.relay import decode_key

T = TypeVar("T")

ORDER_TERMS_MAX = 3
_NOBODY = UUID(int=0)
"""A key that no row has: what the id of another type is taken for."""

Special = Mapping[str, Callable[[Any], Expression]]


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    """Ascending or descending."""

    ASC = strawberry.enum_value("ASC", description="From the first, the smallest or the earliest.")
    DESC = strawberry.enum_value("DESC", description="From the last, the largest or the latest.")


class Operators:
    """An input of operators on one field; its fields are named as `Operator`'s values."""


@strawberry.input(
    description="A value compared for equality. What is left out or null narrows nothing."
)
class Filter(Operators, Generic[T]):
    """Equality and membership."""

    eq: T | None = strawberry.field(default=strawberry.UNSET, description="Equal to this.")
    in_: list[T] | None = strawberry.field(
        default=strawberry.UNSET,
        name="in",
        description="Equal to one of these, at most 100; an empty list matches nothing.",
    )


@strawberry.input(
    description="A code compared for equality. What is left out or null narrows nothing."
)
class CodeFilter(Operators):
    """Equality and membership of codes and slugs."""

    eq: str | None = strawberry.field(default=strawberry.UNSET, description="Equal to this.")
    in_: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        name="in",
        description="Equal to one of these, at most 100; an empty list matches nothing.",
    )


@strawberry.input(description="An instant compared. What is left out or null narrows nothing.")
class DateTimeFilter(Operators):
    """Comparison of instants."""

    eq: dt.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="At this instant."
    )
    lt: dt.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Before this instant."
    )
    lte: dt.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Before or at it."
    )
    gt: dt.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="After this instant."
    )
    gte: dt.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="After or at it."
    )


@strawberry.input(description="A whole number compared. What is left out or null narrows nothing.")
class IntFilter(Operators):
    """Comparison of whole numbers."""

    eq: int | None = strawberry.field(default=strawberry.UNSET, description="Equal to this.")
    in_: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        name="in",
        description="Equal to one of these, at most 100; an empty list matches nothing.",
    )
    lt: int | None = strawberry.field(default=strawberry.UNSET, description="Less than this.")
    lte: int | None = strawberry.field(default=strawberry.UNSET, description="At most this.")
    gt: int | None = strawberry.field(default=strawberry.UNSET, description="More than this.")
    gte: int | None = strawberry.field(default=strawberry.UNSET, description="At least this.")


def ids_filter(*types: str, field: str, description: str) -> Any:
    """A field of a `where` input that takes the id of a node of one of `types`."""
    return strawberry.field(
        default=strawberry.UNSET, description=description, metadata={"filter": field, "ids": types}
    )


def field_filter(field: str, *, description: str) -> Any:
    """A field of a `where` input, by the name the hub knows it under."""
    return strawberry.field(
        default=strawberry.UNSET, description=description, metadata={"filter": field}
    )


def all_filter() -> Any:
    """The `and` of a `where` input."""
    return strawberry.field(default=strawberry.UNSET, name="and", description="All of these hold.")


def any_filter() -> Any:
    """The `or` of a `where` input."""
    return strawberry.field(
        default=strawberry.UNSET,
        name="or",
        description="At least one of these holds; of none: nothing.",
    )


def not_filter() -> Any:
    """The `not` of a `where` input."""
    return strawberry.field(
        default=strawberry.UNSET,
        name="not",
        description="This does not hold, or is not known to hold.",
    )


def is_given(value: Any) -> bool:
    """Whether an input was given: neither left out nor null."""
    return value is not None and value is not strawberry.UNSET


def expression_of(where: Any, special: Special | None = None) -> Expression | None:
    """What a `where` input asks for; None for none.

    `special` gives the expression of fields that are no plain comparison, by their filter name.
    Raises BadUserInput for an id that is none of ours, with its path.
    """
    if not is_given(where):
        return None
    return _all_of(where, special or {}, ("where",))


def _all_of(where: Any, special: Special, path: tuple[str | int, ...]) -> AllOf:
    parts: list[Expression] = []
    for field in dataclasses.fields(where):
        value = getattr(where, field.name)
        if not is_given(value):
            continue
        parts.extend(_parts(field, value, special, path))
    return AllOf(tuple(parts))


def _parts(
    field: "dataclasses.Field[Any]", value: Any, special: Special, path: tuple[str | int, ...]
) -> Sequence[Expression]:
    match field.name:
        case "and_":
            return [_all_of(each, special, (*path, "and", i)) for i, each in enumerate(value)]
        case "or_":
            parts = (_all_of(each, special, (*path, "or", i)) for i, each in enumerate(value))
            return [AnyOf(tuple(parts))]
        case "not_":
            return [NotOf(_all_of(value, special, (*path, "not")))]
    name = field.metadata["filter"]
    if name in special:
        return [special[name](value)]
    if isinstance(value, Operators):
        return _comparisons(name, value)
    if types := field.metadata.get("ids"):
        key = decode_key(value, types=types, path=(*path, field.name))
        return [Condition(name, Operator.EQ, key or _NOBODY)]
    return [Condition(name, Operator.EQ, value)]


def _comparisons(name: str, operators: Operators) -> list[Expression]:
    conditions: list[Expression] = []
    for each in dataclasses.fields(operators):  # type: ignore[arg-type]
        value = getattr(operators, each.name)
        if is_given(value):
            conditions.append(Condition(name, Operator(each.name.rstrip("_")), value))
    return conditions


def order_terms(order_by: Sequence[Any] | None) -> tuple[OrderTerm, ...]:
    """The terms of an `orderBy`, whose items have `field` and `direction`.

    Raises BadUserInput for more than 3 terms or a field named twice.
    """
    terms = tuple(
        OrderTerm(each.field.value, each.direction is OrderDirection.DESC)
        for each in order_by or ()
    )
    if len(terms) > ORDER_TERMS_MAX:
        raise BadUserInput(
            f"orderBy takes at most {ORDER_TERMS_MAX} terms.",
            chinese=f"orderBy 最多 {ORDER_TERMS_MAX} 项。",
            path=("orderBy",),
        )
    if len({term.name for term in terms}) < len(terms):
        raise BadUserInput(
            "orderBy names a field twice.", chinese="orderBy 中有重复的字段。", path=("orderBy",)
        )
    return terms
