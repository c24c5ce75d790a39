"""The reference executor: graphql-core, for what is not planned and as the measure of the rest."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeGuard, cast

from graphql import ExecutionResult, execute
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from schema.documents import PreparedOperation
from schema.execution.arguments import core_schema

is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


def execute_reference(
    schema: Schema,
    operation: PreparedOperation,
    *,
    variables: Mapping[str, Any],
    context: object,
    root_value: Any = None,
    hides_suggestions: bool = False,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Execute a validated operation with graphql-core, depth first.

    Nothing is raised for what resolvers raise; it is in the result's errors.
    """
    return execute(
        core_schema(schema),
        operation.document,
        root_value=root_value,
        variable_values=dict(variables),
        operation_name=operation.name,
        context_value=context,
        is_awaitable=is_awaitable,
        executor_class=schema.execution_context_class,
        hide_suggestions=hides_suggestions,
        operation_extensions=None,
    )
