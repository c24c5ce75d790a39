"""What a field costs and how many children it gives, and sums of that which variables decide.

A cost is the number of values an answer can have at most. A field costs 1 for each parent unless
its definition says otherwise:

    strawberry.field(metadata={"cost": 5})       # this field costs 5 for each parent
    strawberry.field(metadata={"size": 10})      # this plain list has about 10 items
    strawberry.field(metadata={"size": "ids"})   # as many items as the argument `ids` has

A field with `first` or `last` is a page: it gives as many children as the argument says, or 20.
Where it gives a connection, that size is passed on to the connection's `edges` and `nodes`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationType,
    ValueNode,
    VariableNode,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

DEFAULT_PAGE_SIZE: Final = 20
DEFAULT_LIST_SIZE: Final = 20

# Larger numbers are one and the same refusal; up to here JSON clients read integers exactly.
COST_MAX: Final = 2**53 - 1

_PAGE_ARGUMENTS = ("first", "last")
_ITEM_FIELDS = frozenset({"edges", "nodes"})
_INT_DIGITS_MAX = 15


@dataclass(frozen=True, slots=True)
class FieldSize:
    """The static facts of one field: `cost` for each parent, `size` items, the type of a child.

    `size_arguments` are asked in turn for the real size; the largest counts. `is_item` marks the
    lists of a connection, whose size their parent's page arguments decide.
    """

    cost: int = 1
    size: int = 1
    size_arguments: tuple[str, ...] = ()
    child: str | None = None
    gives_connection: bool = False
    is_item: bool = False
    is_introspection: bool = False


UNKNOWN_FIELD: Final = FieldSize()


@dataclass(frozen=True, slots=True, eq=False)
class Size:
    """The size of a page or list that variables decide: the largest of `names`, `known` and 0.

    `default` counts where none of the variables has a value that is a size.
    """

    names: tuple[str, ...]
    known: int
    default: int


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A size times the cost of one child, where at least one of the two is not known yet."""

    size: "int | Size"
    each: "Expression"


@dataclass(slots=True, eq=False)
class Total:
    """A sum; the terms that are known are added up as they come."""

    known: int = 0
    terms: "list[Total | Product]" = field(default_factory=list)

    def add(self, expression: "Expression") -> None:
        """Add a term."""
        if isinstance(expression, int):
            self.known = min(self.known + expression, COST_MAX)
        elif isinstance(expression, Total) and not expression.terms:
            self.known = min(self.known + expression.known, COST_MAX)
        else:
            self.terms.append(expression)


Expression = int | Total | Product


def product(size: int | Size, each: Expression) -> Expression:
    """`size` times `each`, as a number where both are known."""
    if isinstance(each, Total) and not each.terms:
        each = each.known
    if isinstance(size, int) and isinstance(each, int):
        return min(size * each, COST_MAX)
    return Product(size, each)


def evaluate(expression: Expression, sizes: Callable[[str], int | None]) -> int:
    """The number behind an expression, each shared part computed once.

    `sizes` gives a variable's size: an integer itself, or the length of a list; None for others.
    """
    return _evaluate(expression, sizes, {})


def _evaluate(
    expression: Expression, sizes: Callable[[str], int | None], memo: dict[int, int]
) -> int:
    if isinstance(expression, int):
        return expression
    key = id(expression)
    if key not in memo:
        if isinstance(expression, Total):
            terms = (_evaluate(term, sizes, memo) for term in expression.terms)
            result = expression.known + sum(terms)
        else:
            each = _evaluate(expression.each, sizes, memo)
            result = _size(expression.size, sizes) * each
        memo[key] = min(result, COST_MAX)
    return memo[key]


def _size(size: int | Size, sizes: Callable[[str], int | None]) -> int:
    if isinstance(size, int):
        return size
    given = [value for name in size.names if (value := sizes(name)) is not None]
    return max(size.known, *given, 0) if given else max(size.default, size.known)


def variable_size(value: object) -> int | None:
    """How many items a variable's value asks for; None where it asks for nothing."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, 0), COST_MAX)
    return None


def literal_size(value: ValueNode | None) -> int | None:
    """How many items a literal asks for; None where it asks for nothing or is a variable."""
    if isinstance(value, ListValueNode):
        return len(value.values)
    if isinstance(value, IntValueNode):
        digits = value.value
        return max(int(digits), 0) if len(digits) <= _INT_DIGITS_MAX else COST_MAX
    return None


def requested_size(facts: FieldSize, arguments: Sequence[ArgumentNode]) -> int | Size:
    """How many children a field gives with these arguments."""
    if not facts.size_arguments:
        return facts.size
    names: list[str] = []
    known: int | None = None
    for argument in arguments:
        if argument.name.value not in facts.size_arguments:
            continue
        if isinstance(argument.value, VariableNode):
            names.append(argument.value.name.value)
        elif (size := literal_size(argument.value)) is not None:
            known = max(known or 0, size)
    if names:
        return Size(tuple(names), known or 0, facts.size)
    return facts.size if known is None else known


class SchemaSizes:
    """The sizes of every field of a schema, read once when the schema is built.

    Introspection has lists too (`__schema { types { fields } }`): theirs are the schema's own.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        introspection = _introspection_sizes(schema)
        self._types: dict[str, dict[str, FieldSize]] = {
            name: {
                key: _field_size(item, key, parent=kind, introspection=introspection)
                for key, item in kind.fields.items()
            }
            for name, kind in schema.type_map.items()
            if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        }
        roots = {
            key: FieldSize(child=child, size=1)
            for key, child in (("__schema", "__Schema"), ("__type", "__Type"))
        }
        if schema.query_type is not None:
            self._types[schema.query_type.name] |= roots
        self._roots = {
            operation: root.name
            for operation in OperationType
            if (root := schema.get_root_type(operation)) is not None
        }

    def root(self, operation: OperationType) -> str | None:
        """The name of an operation's root type, if the schema has one."""
        return self._roots.get(operation)

    def field(self, type_name: str | None, field_name: str) -> FieldSize:
        """The facts of a field; unknown ones, which validation will refuse, cost 1."""
        return self._types.get(type_name or "", {}).get(field_name, UNKNOWN_FIELD)


def _field_size(
    item: GraphQLField,
    name: str,
    *,
    parent: GraphQLObjectType | GraphQLInterfaceType,
    introspection: Mapping[str, int],
) -> FieldSize:
    named = get_named_type(item.type)
    metadata = _metadata(item)
    size, arguments = _declared_size(item, metadata)
    if is_introspection_type(parent):
        size = introspection.get(name, 1) if _list_depth(item.type) else 1
    return FieldSize(
        cost=int(metadata.get("cost", 1)),
        size=size,
        size_arguments=arguments,
        child=None if is_leaf_type(named) else named.name,
        gives_connection=_is_connection(named),
        is_item=name in _ITEM_FIELDS and _is_connection(parent),
        is_introspection=is_introspection_type(parent),
    )


def _declared_size(item: GraphQLField, metadata: Mapping[str, Any]) -> tuple[int, tuple[str, ...]]:
    """The size without arguments, and the arguments that change it."""
    declared = metadata.get("size")
    if isinstance(declared, str):
        return DEFAULT_LIST_SIZE, (declared,)
    paging = tuple(name for name in _PAGE_ARGUMENTS if name in item.args)
    if declared is not None:
        return int(declared), paging
    if paging or _is_connection(get_named_type(item.type)):
        return DEFAULT_PAGE_SIZE, paging
    return DEFAULT_LIST_SIZE ** _list_depth(item.type), ()


def _metadata(item: GraphQLField) -> Mapping[str, Any]:
    definition = item.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    metadata = getattr(definition, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else {}


def _is_connection(kind: object) -> bool:
    """A type named as a connection, with at least one of the lists of one."""
    return (
        isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        and kind.name.endswith("Connection")
        and not _ITEM_FIELDS.isdisjoint(kind.fields)
    )


def _list_depth(kind: GraphQLOutputType) -> int:
    depth = 0
    while is_list_type(kind) or is_non_null_type(kind):
        depth += is_list_type(kind)
        kind = kind.of_type
    return depth


def _introspection_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """The lists of introspection, as long as they are in this schema (on average, rounded up)."""
    composite = [
        kind
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    ]
    fields = sum(len(kind.fields) for kind in composite)
    return {
        "types": len(schema.type_map),
        "directives": len(schema.directives),
        "fields": _mean(fields, len(composite)),
        "inputFields": _mean(fields, len(composite)),
        "args": 2,
        "interfaces": 2,
        "possibleTypes": 2,
        "enumValues": 5,
        "locations": 5,
    }


def _mean(total: int, count: int) -> int:
    return max(1, -(-total // max(count, 1)))
