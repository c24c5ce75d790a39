"""The executor: an operation in, its result out; the breadth-first way where it can be planned."""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Mapping
from typing import Any, Final

import orjson
from graphql import ExecutionResult, OperationType
from graphql.execution.values import VariableValues, get_variable_values
from strawberry import Schema

from schema.documents import PreparedOperation
from schema.execution.arguments import Bound, core_schema
from schema.execution.compiling import Compiler
from schema.execution.info import Resolving
from schema.execution.plan import NotPlanned, Plan
from schema.execution.reference import execute_reference
from schema.execution.run import Run

PLANS_PER_OPERATION: Final = 16
"""How many sets of values of `@skip` and `@include` an operation has plans for; others are
compiled each time."""
BOUND_ENTRIES: Final = 512
BOUND_BYTES: Final = 1_024
"""How many sets of variables are kept with the arguments made of them, and how large one may be."""
COERCION_ERRORS_MAX: Final = 50


class Executor:
    """Executes operations of one schema.

    `planned` counts the operations that went the breadth-first way, `unplanned` the others by the
    reason: introspection, subscription, size, type. `is_concurrent` says whether fields of one
    level wait side by side, which helps where the database answers several questions at a time.
    """

    def __init__(self, schema: Schema, *, is_concurrent: bool = True) -> None:
        self._schema = schema
        self._core = core_schema(schema)
        self._is_concurrent = is_concurrent
        self._bound: OrderedDict[tuple[object, bytes], tuple[Plan, Bound]] = OrderedDict()
        self.planned = 0
        self.unplanned: Counter[str] = Counter()

    @property
    def kept_arguments(self) -> int:
        """How many sets of variables are kept with the arguments made of them."""
        return len(self._bound)

    def execute(
        self,
        operation: PreparedOperation,
        variables: Mapping[str, Any],
        *,
        context: Any,
        root_value: Any = None,
        hides_suggestions: bool = False,
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """The result of a validated operation, or what will give it. Nothing that resolvers raise
        is raised here: it is in the result's errors.
        """
        found = self._prepared(operation, variables, hides_suggestions=hides_suggestions)
        if isinstance(found, ExecutionResult):
            return found
        if found is None:
            return execute_reference(
                self._schema,
                operation,
                variables=variables,
                context=context,
                root_value=root_value,
                hides_suggestions=hides_suggestions,
            )
        plan, bound = found
        self.planned += 1
        resolving = Resolving(
            self._core,
            operation.document,
            operation.node,
            variable_values=bound.variable_values,
            context=context,
            root_value=root_value,
        )
        run = Run(
            plan,
            bound,
            resolving=resolving,
            root_value=root_value,
            is_concurrent=self._is_concurrent,
        )
        return run.result()

    def _prepared(
        self, operation: PreparedOperation, variables: Mapping[str, Any], *, hides_suggestions: bool
    ) -> tuple[Plan, Bound] | ExecutionResult | None:
        """The plan and the arguments; a result where the variables are wrong; None: no plan."""
        key = (
            (operation, orjson.dumps(variables)) if operation.kind is OperationType.QUERY else None
        )
        if key is not None and (kept := self._bound.get(key)) is not None:
            self._bound.move_to_end(key)
            return kept
        values = get_variable_values(
            self._core,
            operation.node.variable_definitions or (),
            dict(variables),
            max_errors=COERCION_ERRORS_MAX,
            hide_suggestions=hides_suggestions,
        )
        if isinstance(values, list):
            return ExecutionResult(None, values)
        return self._planned(operation, values, key=key, hides_suggestions=hides_suggestions)

    def _planned(
        self,
        operation: PreparedOperation,
        values: VariableValues,
        *,
        key: tuple[object, bytes] | None,
        hides_suggestions: bool,
    ) -> tuple[Plan, Bound] | None:
        plan = self._plan(operation, values)
        if isinstance(plan, NotPlanned):
            self.unplanned[plan.reason] += 1
            return None
        made = plan, Bound(self._schema, values, hides_suggestions=hides_suggestions)
        if key is not None and len(key[1]) <= BOUND_BYTES:
            self._bound[key] = made
            if len(self._bound) > BOUND_ENTRIES:
                self._bound.popitem(last=False)
        return made

    def _plan(self, operation: PreparedOperation, values: VariableValues) -> Plan | NotPlanned:
        conditions = tuple(values.coerced.get(name) for name in operation.conditions)
        plan: Plan | NotPlanned | None = operation.plans.get(conditions)
        if plan is None:
            plan = self._compiled(operation, values)
            if len(operation.plans) < PLANS_PER_OPERATION:
                operation.plans[conditions] = plan
        return plan

    def _compiled(self, operation: PreparedOperation, values: VariableValues) -> Plan | NotPlanned:
        try:
            return Compiler(self._core, operation.document, operation.node, values).plan()
        except NotPlanned as reason:
            return reason.with_traceback(None)
