"""Compiling an operation into a plan."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

from schema.batching import BATCH_RESOLVER, COLUMNS, SAME_ROWS
from schema.execution.leaves import Attribute, builder, is_inline, leaf_of
from schema.execution.plan import (
    FieldPlan,
    FieldSet,
    NotPlanned,
    Plan,
    Selection,
    Shape,
    Source,
)

FIELDS_MAX: Final = 4_000
"""How many fields a plan may have. A limit of memory: one takes some 600 bytes."""

_ROOTS = {OperationType.QUERY: "query_type", OperationType.MUTATION: "mutation_type"}


class Compiler:
    """Compiles one operation, for given values of the variables in `@skip` and `@include`.

    Raises NotPlanned from `plan` for what the reference executor has to do.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variable_values: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._variable_values = variable_values
        self._fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._leaves: dict[str, Callable[[Any], Any]] = {}
        self._size = 0

    def plan(self) -> Plan:
        """The plan of the operation."""
        root = _ROOTS.get(self._operation.operation)
        if root is None:
            raise NotPlanned("subscription")
        root_type: GraphQLObjectType = getattr(self._schema, root)
        collected = collect_fields(
            self._schema,
            self._fragments,
            self._variable_values,
            root_type,
            self._operation,
        )
        fields = self._field_set(root_type, collected.grouped_field_set)
        is_serial = self._operation.operation is OperationType.MUTATION
        return Plan(fields, is_serial, self._size)

    def _field_set(self, parent: GraphQLObjectType, grouped: GroupedFieldSet) -> FieldSet:
        self._size += len(grouped)
        if self._size > FIELDS_MAX:
            raise NotPlanned("size")
        fields = tuple(self._field(parent, key, details) for key, details in grouped.items())
        names = [str(get_named_type(field.definition.type)) for field in fields]
        nested = tuple(field for field in fields if not is_inline(field))
        return FieldSet(parent, fields, builder(fields, names), nested)

    def _field(self, parent: GraphQLObjectType, key: str, details: FieldDetailsList) -> FieldPlan:
        nodes = tuple(each.node for each in details)
        definition = self._schema.get_field(parent, nodes[0].name.value)
        assert definition is not None, "validation knows every field"
        if nodes[0].name.value in {"__schema", "__type"}:
            raise NotPlanned("introspection")
        named = get_named_type(definition.type)
        selection = None if is_leaf_type(named) else self._selection(named, details)
        source, get = _source_of(definition, nodes[0].name.value)
        return FieldPlan(
            key=key,
            nodes=nodes,
            parent_type=parent,
            definition=definition,
            source=source,
            get=get,
            shape=self._shape(definition.type),
            selection=selection,
            columns=None if selection is None else columns_below(selection),
        )

    def _selection(self, named: Any, details: FieldDetailsList) -> Selection:
        if is_object_type(named):
            only = self._below(named, details)
            return Selection(named, {named.name: only}, only)
        if not is_abstract_type(named):
            raise NotPlanned("type")
        possible = self._schema.get_possible_types(named)
        by_type = {each.name: self._below(each, details) for each in possible}
        if named.resolve_type is None:
            raise NotPlanned("type")
        return Selection(named, by_type, None, named.resolve_type)

    def _below(self, named: GraphQLObjectType, details: FieldDetailsList) -> FieldSet:
        collected = collect_subfields(
            self._schema,
            self._fragments,
            self._variable_values,
            self._operation,
            named,
            details,
        )
        return self._field_set(named, collected.grouped_field_set)

    def _shape(self, of: GraphQLOutputType) -> Shape:
        is_non_null = is_non_null_type(of)
        inner: Any = of.of_type if is_non_null else of  # type: ignore[union-attr]
        if is_list_type(inner):
            return Shape(is_non_null, item=self._shape(inner.of_type))
        leaf = self._leaf(inner) if is_leaf_type(inner) else None
        return Shape(is_non_null, leaf=leaf)

    def _leaf(self, named: GraphQLLeafType) -> Callable[[Any], Any]:
        return self._leaves.setdefault(named.name, leaf_of(named))


def columns_below(selection: Selection) -> frozenset[str] | None:
    """The attributes of a field's rows that the selection below it needs; None: all of them."""
    found: set[str] = set()
    for fields in selection.by_type.values():
        for field in fields.fields:
            columns = _columns_of(field)
            if columns is None:
                return None
            found |= columns
    return frozenset(found)


def _columns_of(field: FieldPlan) -> frozenset[str] | None:
    """What one field needs of its parents; None where nobody said."""
    if field.source is Source.TYPENAME:
        return frozenset()
    metadata = _metadata(field.definition)
    declared = metadata.get(COLUMNS)
    if metadata.get(SAME_ROWS):
        return None if field.columns is None else field.columns.union(declared or ())
    if declared is not None:
        return frozenset(declared)
    if field.source is Source.ATTRIBUTE and field.selection is None:
        attribute: Attribute = cast("Attribute", field.get)
        return frozenset({attribute.attribute})
    return None


def _metadata(definition: GraphQLField) -> Mapping[str, Any]:
    field = definition.extensions.get("strawberry-definition")
    return field.metadata if isinstance(field, StrawberryField) else {}


def _source_of(definition: GraphQLField, name: str) -> tuple[Source, Callable[..., Any]]:
    if name == "__typename":
        return Source.TYPENAME, default_field_resolver
    field = definition.extensions.get("strawberry-definition")
    resolve = definition.resolve or default_field_resolver
    if not isinstance(field, StrawberryField) or field.extensions:
        return Source.RESOLVER, resolve
    if (batch := field.metadata.get(BATCH_RESOLVER)) is not None:
        return Source.BATCH, batch
    if field.base_resolver is None:
        is_plain = field.is_basic_field and getattr(field, "default_resolver", getattr) is getattr
        return (
            (Source.ATTRIBUTE, Attribute(field.python_name))
            if is_plain
            else (
                Source.RESOLVER,
                resolve,
            )
        )
    return _called(field) or (Source.RESOLVER, resolve)


def _called(field: StrawberryField) -> tuple[Source, Callable[..., Any]] | None:
    """The resolver itself, where all that it takes are the parent and the arguments."""
    resolver = field.base_resolver
    assert resolver is not None, "asked of fields that have one"
    parent = resolver.parent_parameter or resolver.root_parameter or resolver.self_parameter
    if parent is None or resolver.info_parameter is not None or field.is_async:
        return None
    names = [*resolver.signature.parameters]
    if names[0] != parent.name or {*names[1:]} != {each.python_name for each in field.arguments}:
        return None
    source = Source.CALLED if field.arguments else Source.FUNCTION
    return source, cast("Callable[..., Any]", resolver.wrapped_func)
