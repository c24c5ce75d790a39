"""How the executor asks resolvers, what it keeps, and what it leaves to graphql-core."""

import asyncio
import inspect
from typing import Annotated, Any

import pytest
import strawberry
from graphql import ExecutionResult
from strawberry.types import Info

from hub.settings import Settings
from schema.batching import COLUMNS, SAME_ROWS, Batches, batch_field, columns_of, shared
from schema.documents import Documents, PreparedOperation
from schema.execution import compiling, executor
from schema.execution.arguments import core_schema
from schema.execution.executor import Executor
from schema.limits import Limits

Calls = list[tuple[Any, ...]]


class Context:
    """What a request has, and a record of the calls."""

    def __init__(self) -> None:
        self.batches = Batches()
        self.calls: Calls = []
        self.most = self.open = 0


async def _halves(parents: list[int], info: Info) -> list[float]:
    info.context.calls.append(("halves", tuple(parents)))
    return [parent / 2 for parent in parents]


async def _half(parents: list[Any], info: Info) -> list[float]:
    return list(await shared(_halves, [each.value for each in parents], info=info))


async def _quarter(parents: list[Any], info: Info) -> list[float]:
    return [
        value / 2 for value in await shared(_halves, [each.value for each in parents], info=info)
    ]


async def _more(
    parents: list[Any], info: Info, by: Annotated[int, strawberry.argument(description="By.")] = 1
) -> list[Any]:
    context = info.context
    context.calls.append(("more", tuple(each.value for each in parents), by, columns_of(info)))
    context.open += 1
    context.most = max(context.most, context.open)
    await asyncio.sleep(0)
    context.open -= 1
    return [type(each)(value=each.value + by) for each in parents]


async def _other(parents: list[Any], info: Info) -> list[Any]:
    return list(await _more(parents, info))


@strawberry.interface
class Number:
    """A number."""

    value: int
    half: float = batch_field(_half, description="Half of it.")
    quarter: float = batch_field(_quarter, description="Half of that.")
    more: "Number" = batch_field(_more, description="A larger one.", metadata={COLUMNS: ("value",)})
    other: "Number" = batch_field(_other, description="Another.")
    itself: "Number" = strawberry.field(
        resolver=lambda root: root,
        metadata={SAME_ROWS: True},
    )


@strawberry.type
class Even(Number):
    """See the name."""


@strawberry.type
class Odd(Number):
    """See the name."""


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def numbers(self, upto: int = 4) -> list[Number]:
        """From nought."""
        return [Odd(value=each) if each % 2 else Even(value=each) for each in range(upto)]


@strawberry.type
class Mutation:
    """The root of what is done one after the other."""

    @strawberry.mutation
    async def note(self, info: Info, text: str) -> str | None:
        """Note a text, slowly where it is short."""
        await asyncio.sleep(0.01 / len(text))
        info.context.calls.append(("note", text))
        if text == "fail":
            raise RuntimeError(text)
        return text

    @strawberry.mutation
    async def must(self, info: Info, text: str) -> str:
        """As `note`, and without null."""
        info.context.calls.append(("must", text))
        raise RuntimeError(text)


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, types=[Even, Odd])
SETTINGS = Settings.model_validate({"secret_key": "a secret for tests that is long enough"})


def prepared(text: str) -> PreparedOperation:
    core = core_schema(SCHEMA)
    limits = Limits(core, SETTINGS, single_use=frozenset())
    document = Documents(core, SETTINGS, limits=limits).prepared(text)
    assert not document.errors, document.errors
    return document.operation(None)


async def run(
    text: str | PreparedOperation,
    by: Executor | None = None,
    context: Context | None = None,
    **variables: Any,
) -> ExecutionResult:
    operation = prepared(text) if isinstance(text, str) else text
    pending = (by or Executor(SCHEMA)).execute(operation, variables, context=context or Context())
    return await pending if inspect.isawaitable(pending) else pending


async def test_a_field_of_an_interface_is_asked_once_for_all_types() -> None:
    context = Context()
    found = await run("{ numbers { value more { value } } }", context=context)
    assert found.data is not None
    assert [each["more"]["value"] for each in found.data["numbers"]] == [1, 2, 3, 4]
    ((_, parents, _, columns),) = context.calls
    assert (sorted(parents), columns) == ([0, 1, 2, 3], {"value"})


async def test_aliases_with_other_arguments_are_asked_apart() -> None:
    context = Context()
    await run("{ numbers { a: more { value } b: more(by: 2) { value } } }", context=context)
    assert [call[2] for call in context.calls] == [1, 2]


async def test_fields_of_one_level_share_what_they_build_upon() -> None:
    for is_concurrent in (True, False):
        context = Context()
        executor_ = Executor(SCHEMA, is_concurrent=is_concurrent)
        found = await run("{ numbers(upto: 3) { half quarter } }", executor_, context)
        assert found.data == {"numbers": [{"half": n / 2, "quarter": n / 4} for n in range(3)]}
        assert [call[0] for call in context.calls] == ["halves"]


@pytest.mark.parametrize(("is_concurrent", "most"), [(True, 2), (False, 1)])
async def test_fields_of_one_level_wait_side_by_side(is_concurrent: bool, most: int) -> None:
    context = Context()
    by = Executor(SCHEMA, is_concurrent=is_concurrent)
    await run("{ numbers { more { value } other { value } } }", by, context)
    assert context.most == most


async def test_columns_are_those_of_all_that_is_selected_below() -> None:
    context = Context()
    await run("{ numbers { more { itself { value } __typename } } }", context=context)
    assert context.calls[0][3] == {"value"}
    context = Context()
    await run("{ numbers { more { half } } }", context=context)
    assert context.calls[0][3] is None, "a field that says nothing gets all columns"


async def test_mutations_are_done_one_after_the_other() -> None:
    context = Context()
    text = 'mutation { a: note(text: "x") b: note(text: "fail") c: note(text: "long") }'
    found = await run(text, context=context)
    assert [call[1] for call in context.calls] == ["x", "fail", "long"]
    assert found.data == {"a": "x", "b": None, "c": "long"}
    assert [error.path for error in found.errors or ()] == [["b"]]


async def test_nothing_more_is_done_after_a_mutation_that_nulls_all() -> None:
    context = Context()
    found = await run('mutation { a: must(text: "x") b: note(text: "y") }', context=context)
    assert (found.data, context.calls) == (None, [("must", "x")])


async def test_a_plan_for_each_set_of_conditions() -> None:
    operation = prepared(
        "query Q($yes: Boolean!) { numbers(upto: 1) { value @include(if: $yes) __typename } }"
    )
    by = Executor(SCHEMA)
    for yes, keys in ((True, {"value", "__typename"}), (False, {"__typename"})) * 3:
        found = await run(operation, by, yes=yes)
        assert found.data is not None
        assert set(found.data["numbers"][0]) == keys
    assert set(operation.plans) == {(True,), (False,)}


async def test_arguments_of_many_variables_are_kept_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executor, "BOUND_ENTRIES", 10)
    by, operation = Executor(SCHEMA), prepared("query Q($n: Int!) { numbers(upto: $n) { value } }")
    for count in range(40):
        found = await run(operation, by, n=count % 20)
        assert found.data is not None
        assert len(found.data["numbers"]) == count % 20
    assert by.kept_arguments == 10


async def test_wrong_variables_run_nothing_and_are_not_kept() -> None:
    by = Executor(SCHEMA)
    found = await run("query Q($n: Int!) { numbers(upto: $n) { value } }", by, n="x")
    assert found.data is None
    assert found.errors is not None
    assert (by.planned, by.kept_arguments) == (0, 0)


async def test_introspection_is_left_to_graphql_core_and_counted() -> None:
    by = Executor(SCHEMA)
    found = await run('{ __type(name: "Even") { name } numbers(upto: 1) { value } }', by)
    assert found.data == {"__type": {"name": "Even"}, "numbers": [{"value": 0}]}
    assert (by.planned, dict(by.unplanned)) == (0, {"introspection": 1})


async def test_a_plan_that_is_too_large_is_left_to_graphql_core_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiling, "FIELDS_MAX", 3)
    by = Executor(SCHEMA)
    operation = prepared("{ numbers(upto: 1) { value itself { value } } }")
    for _ in range(2):
        found = await run(operation, by)
        assert found.data == {"numbers": [{"value": 0, "itself": {"value": 0}}]}
    assert (by.planned, dict(by.unplanned)) == (0, {"size": 2})
