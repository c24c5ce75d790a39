"""Leaves: values of scalars and enums, and the generated functions that copy them into answers.

A function is generated for each set of fields. It reads like what one would write by hand for it:

    def build(rows):
        answers = []
        for r in rows:
            answers.append({"id": get0(r), "lessons": None,
                            "title": v1 if (v1 := r.title).__class__ is str else leaf1(v1)})
        return answers
"""

from collections.abc import Callable, Sequence
from keyword import iskeyword
from typing import Any

from graphql import GraphQLEnumType, GraphQLLeafType, Undefined
from graphql.pyutils import inspect

from schema.execution.plan import Build, FieldPlan, Shape, Source

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1

# What a value of exactly this class needs no further look at.
_PLAIN = {
    "String": "{v}.__class__ is str",
    "ID": "{v}.__class__ is str",
    "Boolean": "{v}.__class__ is bool",
    "Int": f"{{v}}.__class__ is int and {_INT_MIN} <= {{v}} <= {_INT_MAX}",
    "Float": "{v}.__class__ is float and {v} - {v} == 0.0",  # neither infinite nor NaN
}


class NullNotAllowed(Exception):
    """None where the type has no null; whoever catches it knows the field."""


def leaf_of(named: GraphQLLeafType) -> Callable[[Any], Any]:
    """What turns a value that is not None into JSON's, as graphql-core does it.

    It raises what the type raises for a value that it does not have.
    """
    coerce = named.coerce_output_value

    def leaf(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(named)}.coerce_output_value({inspect(value)})` to return "
                f"non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced

    if not isinstance(named, GraphQLEnumType):
        return leaf
    return EnumLeaf(leaf)


class EnumLeaf:
    """The leaf of an enum. `names` are those of values that have come; an enum has few."""

    __slots__ = ("_leaf", "names")

    def __init__(self, leaf: Callable[[Any], Any]) -> None:
        self.names: dict[Any, Any] = {}
        self._leaf = leaf

    def __call__(self, value: Any) -> Any:
        """The name of a value."""
        if value.__class__.__hash__ is None:
            return self._leaf(value)
        if (name := self.names.get(value)) is None:
            name = self.names[value] = self._leaf(value)
        return name


def complete_leaf(shape: Shape, value: Any) -> Any:
    """The JSON of a value of a leaf that is no list. Raises NullNotAllowed, and what it is."""
    if isinstance(value, Exception):
        raise value
    if value is None or value is Undefined:
        if shape.is_non_null:
            raise NullNotAllowed
        return None
    assert shape.leaf is not None, "a leaf"
    return shape.leaf(value)


def is_inline(field: FieldPlan) -> bool:
    """Whether the generated function fills the field in."""
    is_ready = not field.waits and field.source is not Source.CALLED
    return is_ready and field.shape.leaf is not None


def builder(fields: Sequence[FieldPlan], names: Sequence[str]) -> Build:
    """Generate the function that makes the answers of parents with these fields.

    `names` are the types of the leaves, aligned with `fields`. What the function meets that it
    does not expect, it raises; `build_carefully` then says which field it was.
    """
    scope: dict[str, Any] = {}
    items = [
        f"{field.key!r}: {_expression(index, field, name, scope)}"
        for index, (field, name) in enumerate(zip(fields, names, strict=True))
    ]
    source = (
        "def build(rows):\n    answers = []\n    for r in rows:\n"
        f"        answers.append({{{', '.join(items)}}})\n    return answers\n"
    )
    exec(compile(source, "<plan>", "exec"), scope)  # noqa: S102 - made of the schema's own names
    build: Build = scope["build"]
    return build


def _expression(index: int, field: FieldPlan, name: str, scope: dict[str, Any]) -> str:
    if field.source is Source.TYPENAME:
        return repr(field.parent_type.name)
    if not is_inline(field):
        return "None"
    shape = field.shape
    scope[f"leaf{index}"] = lambda value: complete_leaf(shape, value)
    value = f"v{index}"
    plain = _PLAIN.get(name)
    read = _read(index, field, scope)
    if isinstance(shape.leaf, EnumLeaf):
        scope[f"names{index}"] = shape.leaf.names
        return f"names{index}.get({value} := {read}) or leaf{index}({value})"
    if plain is None:
        return f"leaf{index}({read})"
    test = plain.format(v=value)
    if not shape.is_non_null:
        test = f"{value} is None or {test}"
    # The first use of the value is where it is bound.
    test = test.replace(value, f"({value} := {read})", 1)
    return f"{value} if {test} else leaf{index}({value})"


def _read(index: int, field: FieldPlan, scope: dict[str, Any]) -> str:
    attribute = getattr(field.get, "attribute", None)
    if attribute is not None and attribute.isidentifier() and not iskeyword(attribute):
        return f"r.{attribute}"
    scope[f"get{index}"] = field.get
    return f"get{index}(r)"


class Attribute:
    """Reads an attribute, as Strawberry does for a field without a resolver."""

    __slots__ = ("attribute",)

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def __call__(self, parent: Any) -> Any:
        return getattr(parent, self.attribute)
