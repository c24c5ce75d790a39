"""Running one operation: the deadline for queries, mutations shielded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard, cast

import structlog
from graphql import ExecutionResult, GraphQLSchema, OperationType
from starlette.types import Receive
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from schema.execution.arguments import core_schema

_is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)
_log = structlog.get_logger(__name__)


class DeadlinePassed(Exception):
    """The query did not end in time and was cancelled."""


class CallerLeft(Exception):
    """The caller hung up; the query was cancelled, and nobody waits for an answer."""


def graphql_schema(schema: Schema) -> GraphQLSchema:
    """The graphql-core schema inside a Strawberry schema.

    Raises ValueError for a schema with extensions or operation directives: those are run by
    Strawberry's own pipeline, which this endpoint does not go through.
    """
    if schema.extensions or schema.directives:
        raise ValueError("schema extensions and operation directives are not run by this endpoint")
    return core_schema(schema)


class OperationRunner:
    """Waits for operations: queries until a deadline or the caller's leaving, mutations to the end.

    A mutation runs in a task that no disconnect, deadline or cancelled request reaches: half a
    write is worse than an answer that nobody reads. `drain` waits for those at shutdown.
    """

    def __init__(self, *, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._mutations: set[asyncio.Task[ExecutionResult]] = set()

    async def result(
        self,
        pending: ExecutionResult | Awaitable[ExecutionResult],
        *,
        kind: OperationType,
        receive: Receive,
    ) -> ExecutionResult:
        """The result of an operation. Raises DeadlinePassed and CallerLeft, for queries only."""
        if isinstance(pending, ExecutionResult):
            return pending
        task = asyncio.ensure_future(pending)
        if kind is OperationType.MUTATION:
            return await self._shielded(task)
        return await self._before_deadline(task, receive)

    async def drain(self, *, timeout_seconds: float) -> int:
        """Wait for the mutations that still run; returns how many did not end in time."""
        if not self._mutations:
            return 0
        _, late = await asyncio.wait(self._mutations, timeout=timeout_seconds)
        if late:
            _log.error("mutations_unfinished", count=len(late))
        return len(late)

    async def _shielded(self, task: asyncio.Future[ExecutionResult]) -> ExecutionResult:
        assert isinstance(task, asyncio.Task)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def _before_deadline(
        self, task: asyncio.Future[ExecutionResult], receive: Receive
    ) -> ExecutionResult:
        """Race the query against the clock and against the caller's hanging up."""
        leaving: asyncio.Future[Any] = asyncio.ensure_future(_disconnected(receive))
        racers: set[asyncio.Future[Any]] = {task, leaving}
        try:
            await asyncio.wait(
                racers,
                timeout=self._timeout_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if task.done():
                return task.result()
            raise CallerLeft if leaving.done() else DeadlinePassed
        finally:
            _abandon(task)
            _abandon(leaving)


async def _disconnected(receive: Receive) -> None:
    """Return when the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _abandon(future: asyncio.Future[Any]) -> None:
    """Cancel what still runs without waiting for it: a frozen database would keep us here."""
    if not future.done():
        future.cancel()
        future.add_done_callback(_ignore_outcome)


def _ignore_outcome(future: asyncio.Future[Any]) -> None:
    """Look at the exception, so that asyncio does not report it as forgotten."""
    if not future.cancelled():
        future.exception()
