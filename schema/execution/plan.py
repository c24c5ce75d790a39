"""What an operation is compiled to: which fields of which types, how each gets its values.

A plan depends on the document, the operation and the values of the variables in `@skip` and
`@include`, on nothing else of a request; one is used by many requests at a time and never changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLOutputType


class Source(Enum):
    """Where the values of a field come from."""

    TYPENAME = "typename"
    """The name of the type."""
    ATTRIBUTE = "attribute"
    """An attribute of each parent."""
    FUNCTION = "function"
    """A function of one parent, which neither waits nor asks anything of the request."""
    CALLED = "called"
    """A function of one parent and of the field's arguments, which does neither."""
    BATCH = "batch"
    """A coroutine function of all parents at once."""
    RESOLVER = "resolver"
    """graphql-core's resolver, one parent at a time, which may wait."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An output type without its name: a list of `item`, or a leaf, or an object."""

    is_non_null: bool
    item: "Shape | None" = None
    leaf: Callable[[Any], Any] | None = None
    """Turns a value that is not None into JSON's; raises for one that the type does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """One field of one object type at one place of the operation.

    `get` gives the value for one parent (ATTRIBUTE, FUNCTION, CALLED), the values for all of them
    (BATCH), or is graphql-core's resolver. `columns` are the attributes of the rows behind the
    field's values that its selection needs; None: all of them.
    """

    key: str
    nodes: tuple[FieldNode, ...]
    parent_type: GraphQLObjectType
    definition: GraphQLField
    source: Source
    get: Callable[..., Any]
    shape: Shape
    selection: "Selection | None"
    columns: frozenset[str] | None

    @property
    def name(self) -> str:
        """The name of the field in its type."""
        return self.nodes[0].name.value

    @property
    def waits(self) -> bool:
        """Whether its values may have to be waited for."""
        return self.source in {Source.BATCH, Source.RESOLVER}


Build = Callable[[Sequence[Any]], list[dict[str, Any]]]
"""Makes the answers of parents: leaves filled in, None where a nested field will come."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldSet:
    """The fields that are selected of one object type, in the order of the answer."""

    type: GraphQLObjectType
    fields: tuple[FieldPlan, ...]
    build: Build
    nested: tuple[FieldPlan, ...] = field(default=())
    """Those of `fields` that `build` leaves open."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What is selected below a field: a set of fields for every type that a value may have.

    Where the field's type is an object type, `only` is its set; else `resolve_type` names the type
    of a value.
    """

    type: GraphQLOutputType
    by_type: Mapping[str, FieldSet]
    only: FieldSet | None
    resolve_type: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A compiled operation."""

    root: FieldSet
    is_serial: bool
    """Whether one root field has to be done before the next begins: mutations."""
    size: int
    """How many fields it has, those of every type counted."""


class NotPlanned(Exception):
    """The operation is left to the reference executor; `reason` is one of a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
