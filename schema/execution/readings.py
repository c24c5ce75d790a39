"""What operators see of the executor."""

from collections.abc import Callable, Sequence
from typing import Final

from hub.metrics import Reading
from schema.execution.executor import Executor

REASONS: Final = {
    "introspection": "they ask for the schema",
    "size": "their plan would be too large",
    "subscription": "they are subscriptions",
    "type": "an interface does not say which type a value has",
}
"""Why an operation is left to graphql-core."""


def executor_readings(executor: Executor) -> Sequence[Reading]:
    """The readings of an executor."""
    return [
        Reading(
            "hub_operations_planned",
            "Operations that were executed breadth first.",
            lambda: executor.planned,
            is_count=True,
        ),
        *(_unplanned(executor, reason) for reason in REASONS),
    ]


def _unplanned(executor: Executor, reason: str) -> Reading:
    told = f"Operations that were left to graphql-core: {REASONS[reason]}."
    read: Callable[[], float] = lambda: executor.unplanned[reason]  # noqa: E731
    return Reading(f"hub_operations_unplanned_{reason}", told, read, is_count=True)
