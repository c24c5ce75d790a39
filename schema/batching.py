"""Fields that are resolved once for all their parents.

A batch resolver takes the list of parents and gives the list of values, aligned, so an N+1 cannot
be written. graphql-core asks for one parent at a time; until the breadth-first executor calls the
batch resolvers directly, `Batches` gathers what it asks in one turn of the event loop.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import strawberry
from graphql.pyutils import Path
from strawberry.types import Info

BatchResolver = Callable[..., Awaitable[Sequence[Any]]]

BATCH_RESOLVER = "batch_resolver"
"""The key of a field's metadata under which its batch resolver is found."""

COLUMNS = "columns"
"""The key of a field's metadata that names the attributes which it needs of its parents. A field
that does not say it is given parents with all their columns."""

SAME_ROWS = "same_rows"
"""The key of a field's metadata that says: its values are, or hold, the rows of its parent."""
PUBLIC = "public"
"""The key of a field's metadata that says that everybody gets the same value: true, or the listing
that it reads. Without it a field with a resolver of its own is private (`schema/caching`)."""

_Key = tuple[BatchResolver, tuple[str, ...]]


def batch_field(
    resolver: BatchResolver,
    *,
    description: str,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """A field whose value comes from `resolver(parents, info, **arguments)`.

    The resolver returns one value a parent, in order; a value that is an exception becomes an
    error of that parent alone, while raising fails the field for all of them. The field's type is
    what the class annotates; its arguments are the resolver's.
    """
    return strawberry.field(
        resolver=_one_by_one(resolver),
        description=description,
        metadata={BATCH_RESOLVER: resolver, **(metadata or {})},
    )


def _one_by_one(resolver: BatchResolver) -> Callable[..., Awaitable[Any]]:
    """The resolver as graphql-core wants it: one parent in, one value out."""

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        return await info.context.batches.load(resolver, root, info=info, arguments=arguments)

    _, _, *parameters = inspect.signature(resolver).parameters.values()
    head = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    resolve.__signature__ = inspect.Signature([*head, *parameters])  # type: ignore[attr-defined]
    resolve.__annotations__ = {each.name: each.annotation for each in (*head, *parameters)} | {
        "return": Any
    }
    resolve.__module__ = resolver.__module__
    resolve.__name__ = resolver.__name__ if hasattr(resolver, "__name__") else "resolve"
    return resolve


class FieldInfo:
    """What the breadth-first executor tells a batch resolver: the request's context, and what is
    asked of the rows behind the field's values.
    """

    __slots__ = ("ask", "columns", "context")

    def __init__(
        self,
        context: Any,
        columns: frozenset[str] | None,
        ask: Callable[[BatchResolver, Sequence[Any]], Awaitable[Sequence[Any]]],
    ) -> None:
        self.context = context
        self.columns = columns
        self.ask = ask


async def shared(resolver: BatchResolver, parents: Sequence[Any], *, info: Any) -> Sequence[Any]:
    """The values of a resolver without arguments that several fields of the parents build upon.

    It is called once for fields that stand beside one another, with either executor.
    """
    if isinstance(info, FieldInfo):
        return await info.ask(resolver, parents)
    found: Sequence[Any] = await info.context.batches.shared(resolver, parents, info=info)
    return found


def columns_of(info: Any) -> frozenset[str] | None:
    """The attributes of the rows behind a field that its selection needs; None: all of them."""
    return info.columns if isinstance(info, FieldInfo) else None


class Batches:
    """The batches of one request that are still being gathered."""

    def __init__(self) -> None:
        self._open: dict[_Key, list[_Batch]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._is_over = False

    async def finish(self) -> None:
        """Begin nothing more, cancel what still runs, and wait until it has ended.

        For a request that reads on a connection of its own: nobody may use it after its end.
        """
        self._is_over = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def load(
        self, resolver: BatchResolver, parent: Any, *, info: Info, arguments: Mapping[str, Any]
    ) -> "asyncio.Future[Any]":
        """A future of the field's value for `parent`.

        What is asked in the same turn of the loop, at the same place in the query and with the
        same arguments, is resolved together, whatever types of parents an interface brought.
        """
        return self._load(resolver, parent, info=info, path=info.path, arguments=arguments)

    async def shared(
        self, resolver: BatchResolver, parents: Sequence[Any], *, info: Info
    ) -> list[Any]:
        """The values of a resolver without arguments for all parents, for batch resolvers.

        Fields that stand beside one another, and ask the same resolver in the same turn, share one
        call of it, which may then be given a parent several times.
        """
        path = info.path.prev
        assert path is not None, "no field of a root type shares what it reads"
        asked = [self._load(resolver, each, info=info, path=path, arguments={}) for each in parents]
        return list(await asyncio.gather(*asked))

    def _load(
        self,
        resolver: BatchResolver,
        parent: Any,
        *,
        info: Info,
        path: Path,
        arguments: Mapping[str, Any],
    ) -> "asyncio.Future[Any]":
        batches = self._open.setdefault((resolver, _place_in_query(path)), [])
        batch = next((each for each in batches if each.arguments == arguments), None)
        if batch is None:
            batch = _Batch(resolver, info, arguments)
            batches.append(batch)
            if len(batches) == 1:
                asyncio.get_running_loop().call_soon(self._start, resolver, path)
        return batch.add(parent)

    def _start(self, resolver: BatchResolver, path: Path) -> None:
        for batch in self._open.pop((resolver, _place_in_query(path))):
            if not self._is_over:
                batch.task = asyncio.ensure_future(batch.resolve())
                self._running.add(batch.task)
                batch.task.add_done_callback(self._running.discard)


class _Batch:
    """Parents that wait for one call of one resolver."""

    def __init__(self, resolver: BatchResolver, info: Info, arguments: Mapping[str, Any]) -> None:
        self._resolver = resolver
        self._info = info
        self.arguments = arguments
        self._parents: list[Any] = []
        self._futures: list[asyncio.Future[Any]] = []
        self.task: asyncio.Task[None] | None = None

    def add(self, parent: Any) -> "asyncio.Future[Any]":
        future = asyncio.get_running_loop().create_future()
        self._parents.append(parent)
        self._futures.append(future)
        return future

    async def resolve(self) -> None:
        try:
            values = await self._resolver(self._parents, self._info, **self.arguments)
            if len(values) != len(self._parents):
                raise RuntimeError(f"{self._resolver.__qualname__} did not give a value a parent")
        except Exception as error:  # noqa: BLE001 - told to every parent that waits
            values = [error] * len(self._parents)
        for future, value in zip(self._futures, values, strict=True):
            if future.done():
                continue  # its request went away
            if isinstance(value, Exception):
                future.set_exception(value)
            else:
                future.set_result(value)


def _place_in_query(path: Path) -> tuple[str, ...]:
    """The keys of a path of the answer, without the list indexes."""
    keys: list[str] = []
    step: Path | None = path
    while step is not None:
        if isinstance(step.key, str):
            keys.append(step.key)
        step = step.prev
    return tuple(keys)
