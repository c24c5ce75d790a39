"""What a list may be narrowed by: a small expression tree, and its way into SQL.

The API decodes a `where` input into this tree; a domain names the fields that exist. What may not
be read is not among them, so it can be neither filtered nor guessed at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from pypika_tortoise.terms import Criterion, Term

from hub.criteria import is_false, is_in, never
from hub.errors import BadUserInput
from hub.fragments import compared

CONDITIONS_MAX = 50
NESTING_MAX = 5
VALUES_MAX = 100


class Operator(StrEnum):
    """How a field is compared."""

    EQ = "eq"
    IN = "in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared with one value."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; no parts: true."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when some part is; no parts: false."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    """True when the part is false or unknown."""

    part: "Expression"


Expression = Condition | AllOf | AnyOf | NotOf
FilterField = Callable[[Operator, Any], Criterion]


def column(term: Term) -> FilterField:
    """A field that is a column: every operator, compared as the database compares it."""

    def criterion(operator: Operator, value: Any) -> Criterion:
        if operator is Operator.IN:
            return is_in(term, value)
        return compared(term, value, by=_SIGNS[operator])

    return criterion


_SIGNS: Mapping[Operator, str] = {
    Operator.EQ: "=",
    Operator.LT: "<",
    Operator.LTE: "<=",
    Operator.GT: ">",
    Operator.GTE: ">=",
}


def compile_filter(expression: Expression, fields: Mapping[str, FilterField]) -> Criterion | None:
    """The criterion of an expression over the fields a list has; None when it narrows nothing.

    Raises BadUserInput when the expression is nested deeper than 5, has more than 50 conditions,
    or lists more than 100 values.
    """
    _assert_bounded(expression)
    return _compile(expression, fields)


def plain(expression: Expression | None) -> Any:
    """An expression as JSON has it, for work that is done later; see `from_plain`."""
    match expression:
        case None:
            return None
        case Condition(field, operator, value):
            return [field, operator.value, _plain_value(value)]
        case NotOf(part):
            return {"not": plain(part)}
        case AllOf(parts):
            return {"all": [plain(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [plain(part) for part in parts]}


def from_plain(value: Any) -> Expression | None:
    """The expression that `plain` was given."""
    match value:
        case None:
            return None
        case [field, operator, compared]:
            return Condition(field, Operator(operator), _from_plain_value(compared))
        case {"not": part}:
            return NotOf(_some(from_plain(part)))
        case {"all": parts}:
            return AllOf(tuple(_some(from_plain(part)) for part in parts))
        case {"any": parts}:
            return AnyOf(tuple(_some(from_plain(part)) for part in parts))
    raise ValueError("this is no expression")


def _some(expression: Expression | None) -> Expression:
    if expression is None:
        raise ValueError("an expression has no empty parts")
    return expression


def _plain_value(value: Any) -> Any:
    match value:
        case list() | tuple():
            return [_plain_value(each) for each in value]
        case UUID():
            return {"uuid": value.hex}
        case datetime():
            return {"instant": value.isoformat()}
        case Enum():
            return value.value
        case _:
            return value


def _from_plain_value(value: Any) -> Any:
    match value:
        case list():
            return [_from_plain_value(each) for each in value]
        case {"uuid": text}:
            return UUID(text)
        case {"instant": text}:
            return datetime.fromisoformat(text)
        case _:
            return value


def _compile(expression: Expression, fields: Mapping[str, FilterField]) -> Criterion | None:
    match expression:
        case Condition(field, operator, value):
            return fields[field](operator, value)
        case NotOf(part):
            compiled = _compile(part, fields)
            return never() if compiled is None else is_false(compiled)
        case AllOf(parts):
            criteria = [found for part in parts if (found := _compile(part, fields)) is not None]
            return _joined(criteria, lambda left, right: left & right)
        case AnyOf(parts):
            return _any(parts, fields)


def _any(parts: Sequence[Expression], fields: Mapping[str, FilterField]) -> Criterion | None:
    compiled = [_compile(part, fields) for part in parts]
    if not compiled:
        return never()
    criteria = [found for found in compiled if found is not None]
    if len(criteria) < len(compiled):
        return None  # a part that narrows nothing is true for every row
    return _joined(criteria, lambda left, right: left | right)


def _joined(
    criteria: Sequence[Criterion], join: Callable[[Criterion, Criterion], Criterion]
) -> Criterion | None:
    if not criteria:
        return None
    joined = criteria[0]
    for criterion in criteria[1:]:
        joined = join(joined, criterion)
    return joined


def _assert_bounded(expression: Expression) -> None:
    conditions = 0
    waiting: list[tuple[Expression, int]] = [(expression, 1)]
    while waiting:
        current, depth = waiting.pop()
        if depth > 2 * NESTING_MAX:  # `and`, `or` and `not` make two levels of the tree each
            raise BadUserInput(
                f"where is nested deeper than {NESTING_MAX}.",
                chinese=f"where 的嵌套不能超过 {NESTING_MAX} 层。",
                path=("where",),
            )
        match current:
            case Condition():
                conditions += 1
                _assert_few_values(current)
            case NotOf(part):
                waiting.append((part, depth + 1))
            case AllOf(parts) | AnyOf(parts):
                waiting.extend((part, depth + 1) for part in parts)
        if conditions > CONDITIONS_MAX:
            raise BadUserInput(
                f"where has more than {CONDITIONS_MAX} conditions.",
                chinese=f"where 的条件不能超过 {CONDITIONS_MAX} 个。",
                path=("where",),
            )


def _assert_few_values(condition: Condition) -> None:
    if condition.operator is Operator.IN and len(condition.value) > VALUES_MAX:
        raise BadUserInput(
            f"{condition.field}.in has more than {VALUES_MAX} values.",
            chinese=f"{condition.field}.in 的值不能超过 {VALUES_MAX} 个。",
            path=("where", condition.field, "in"),
        )
