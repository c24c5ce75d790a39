"""Which operations everybody gets the same answer to, by what their fields say of themselves.

A field is public when its metadata has `PUBLIC`: true, or the `Listing` that it reads, which is
public when its visibility does not look at who asks. A field without a resolver, or whose resolver
sees nothing but the row, is as public as the field that gave the row. Every other field is
private: who forgets to say so loses a cache entry and nothing else. While an answer is made,
`hub.watching` looks whether it is true.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from hub.auth import ANONYMOUS, Viewer
from hub.listing import Listing
from hub.tables import is_private
from hub.touching import Reading
from hub.watching import WatchedViewer
from schema.batching import PUBLIC
from schema.documents import PreparedDocument, PreparedOperation

_Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class Publicity:
    """What a schema's fields say; each is asked once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fields: dict[tuple[str, str], bool] = {}

    def private_field(self, prepared: PreparedDocument, operation: PreparedOperation) -> str | None:
        """The first field of an operation that is not public, like `Course.viewerProgress`."""
        assert prepared.document is not None, "a document with operations is there"
        root = self._schema.get_root_type(operation.kind)
        assert root is not None, "the document is valid"
        fragments = {
            each.name.value: each
            for each in prepared.document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        fields = self._selected(operation.node.selection_set, root, fragments, set())
        return next((name for name in fields if not self.is_public(name)), None)

    def is_public(self, name: str) -> bool:
        """Whether a field, like `Course.title`, is public."""
        type_name, _, field_name = name.partition(".")
        key = type_name, field_name
        if key not in self._fields:
            self._fields[key] = self._decide(type_name, field_name)
        return self._fields[key]

    def _decide(self, type_name: str, field_name: str) -> bool:
        kind = self._schema.type_map[type_name]
        if field_name == "__typename":
            return True
        if field_name.startswith("__"):
            return False
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        owners: list[Any] = [kind]
        if isinstance(kind, GraphQLInterfaceType):
            owners += self._schema.get_possible_types(kind)
        return all(_says_public(owner.fields[field_name]) for owner in owners)

    def _selected(
        self,
        selections: SelectionSetNode,
        parent: _Composite,
        fragments: dict[str, FragmentDefinitionNode],
        seen: set[str],
    ) -> Iterator[str]:
        """The fields of a selection and of everything below it; a fragment is walked once."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield f"{parent.name}.{node.name.value}"
                if node.selection_set is not None and not node.name.value.startswith("__"):
                    assert not isinstance(parent, GraphQLUnionType)
                    child: Any = get_named_type(parent.fields[node.name.value].type)
                    yield from self._selected(node.selection_set, child, fragments, seen)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment: Any = fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            condition = fragment.type_condition
            within: Any = self._schema.type_map[condition.name.value] if condition else parent
            yield from self._selected(fragment.selection_set, within, fragments, seen)


def _says_public(item: GraphQLField) -> bool:
    definition = item.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField):
        return False
    said = definition.metadata.get(PUBLIC)
    if isinstance(said, Listing):
        return is_for_everybody(said)
    if said is not None or definition.base_resolver is None:
        return said is not False
    resolver = definition.base_resolver
    return not resolver.is_async and resolver.info_parameter is None


def is_for_everybody(listing: Listing) -> bool:
    """Whether a listing shows everybody the same rows of a table that is watched: its `visible`
    does not look at the actor, and looks at the time in windows only.
    """
    if is_private(listing.model):
        return False
    found = Reading()
    listing.select(WatchedViewer(Viewer(ANONYMOUS, _AN_INSTANT), found))
    return found.spoilt_by is None


_AN_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
