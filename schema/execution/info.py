"""What resolvers are told about the request and the field that they are asked for."""

import asyncio
from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from graphql.type.definition import GraphQLResolveInfoHelpers

from schema.batching import BatchResolver, FieldInfo
from schema.execution.plan import FieldPlan
from schema.execution.reference import is_awaitable


class Resolving:
    """One request as its resolvers see it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        *,
        variable_values: VariableValues,
        context: Any,
        root_value: Any = None,
    ) -> None:
        self.context = context
        self.schema = schema
        self._document = document
        self._operation = operation
        self._variable_values = variable_values
        self._root_value = root_value
        self._infos: dict[FieldPlan, GraphQLResolveInfo[Any]] = {}
        self._shared: dict[object, tuple[Sequence[Any], asyncio.Future[Sequence[Any]]]] = {}

    def core_info(self, field: FieldPlan) -> GraphQLResolveInfo[Any]:
        """graphql-core's info. Its path has the field's key alone: there are many parents."""
        info = self._infos.get(field)
        if info is None:
            info = self._infos[field] = self._made_info(field)
        return info

    @cached_property
    def _fragments(self) -> dict[str, FragmentDefinitionNode]:
        definitions = self._document.definitions
        found = (each for each in definitions if isinstance(each, FragmentDefinitionNode))
        return {each.name.value: each for each in found}

    def _made_info(self, field: FieldPlan) -> GraphQLResolveInfo[Any]:
        return GraphQLResolveInfo(
            field.name,
            list(field.nodes),
            field.definition.type,
            field.parent_type,
            Path(None, field.key, field.parent_type.name),
            self.schema,
            self._fragments,
            self._root_value,
            self._operation,
            self._variable_values,
            self.context,
            is_awaitable,
            None,
            GraphQLResolveInfoHelpers(_gathered, _tracked),
        )

    def field_info(self, field: FieldPlan) -> FieldInfo:
        """The info of a batch resolver."""
        return FieldInfo(self.context, field.columns, self._ask)

    async def _ask(self, resolver: BatchResolver, parents: Sequence[Any]) -> Sequence[Any]:
        """The values of a resolver that several fields of the same parents build upon."""
        key = (resolver, *map(id, parents))
        if (found := self._shared.get(key)) is None:
            future = asyncio.ensure_future(
                resolver(parents, FieldInfo(self.context, None, self._ask))
            )
            self._shared[key] = found = (parents, future)  # kept, so that their ids stay theirs
        return await found[1]


async def _gathered(waiting: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*waiting))


def _tracked(_: Sequence[Any]) -> None:
    """Nothing outlives the resolvers of this executor, so there is nothing to keep track of."""
