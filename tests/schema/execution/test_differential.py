"""Both executors give the same answer, errors included, to documents and data that are made up."""

import asyncio
import inspect
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hub.settings import Settings
from schema.documents import Documents, PreparedOperation
from schema.execution.arguments import core_schema
from schema.execution.executor import Executor
from schema.execution.reference import execute_reference
from schema.limits import Limits
from tests.schema.execution.documents import documents
from tests.schema.execution.world import SCHEMA, WAITING, Context

THOROUGH = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LIMITS = Settings.model_validate(
    {
        "secret_key": "a secret for tests that is long enough",
        "limit_cost": 10**9,
        "limit_aliases": 500,
        "limit_depth": 30,
    }
)
DOCUMENTS = Documents(
    core_schema(SCHEMA), LIMITS, limits=Limits(core_schema(SCHEMA), LIMITS, single_use=frozenset())
)
Path = tuple[str | int, ...]
Drawn = tuple[str, dict[str, Any]]


def prepared(text: str) -> PreparedOperation:
    """The document's operation; the example is dropped when the document is not valid."""
    document = DOCUMENTS.prepared(text)
    assume(not document.errors and document.excess is None)
    return document.operation(None)


async def both(
    operation: PreparedOperation, variables: dict[str, Any], *, seed: int
) -> tuple[ExecutionResult, ExecutionResult]:
    """What the breadth-first executor gives, and what graphql-core gives."""
    executor = Executor(SCHEMA)
    found = await _done(executor.execute(operation, variables, context=Context(), root_value=seed))
    assert executor.planned == 1 or found.data is None
    reference = execute_reference(
        SCHEMA, operation, variables=variables, context=Context(), root_value=seed
    )
    expected = await _done(reference)
    # graphql-core lets what it abandoned settle in the background.
    left = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    await asyncio.gather(*left, return_exceptions=True)
    return found, expected


async def _done(result: Any) -> ExecutionResult:
    found: ExecutionResult = await result if inspect.isawaitable(result) else result
    return found


def told(errors: Sequence[GraphQLError] | None) -> list[Any]:
    """What an answer says of its errors."""
    return [
        (tuple(error.path or ()), error.message, [tuple(place) for place in error.locations or ()])
        for error in errors or ()
    ]


def nulled(data: Any, errors: Sequence[GraphQLError] | None) -> set[Path]:
    """The places of an answer that are null because of an error."""
    found = set()
    for error in errors or ():
        place, value = [], data
        for step in error.path or ():
            if value is None:
                break
            place.append(step)
            value = value[step]
        assert value is None, f"{error.path} has an error and a value"
        found.add(tuple(place))
    return found


def compare_what_need_not_wait(drawn: Drawn, seed: int) -> None:
    """The answers are the same to the letter."""
    found, reference = asyncio.run(both(prepared(drawn[0]), drawn[1], seed=seed))
    assert found.data == reference.data
    assert order(found.data) == order(reference.data)
    assert told(found.errors) == told(reference.errors)


def compare_what_waits(drawn: Drawn, seed: int) -> None:
    """Of several errors that null the same place, which is told depends on who waits longer."""
    found, reference = asyncio.run(both(prepared(drawn[0]), drawn[1], seed=seed))
    assert found.data == reference.data
    assert order(found.data) == order(reference.data)
    assert nulled(found.data, found.errors) == nulled(reference.data, reference.errors)
    expected = {place: error for place, *error in told(reference.errors)}
    for place, *error in told(found.errors):
        assert expected.get(place, error) == error


def order(data: Any) -> Any:
    """The keys of every object in their order, which equality does not look at."""
    if isinstance(data, dict):
        return [(key, order(value)) for key, value in data.items()]
    return [order(each) for each in data] if isinstance(data, list) else None


SEEDS = st.integers(0, 10_000)
QUICK = documents(core_schema(SCHEMA), without=WAITING)
ANY = documents(core_schema(SCHEMA))


def short(examples: int = 150) -> settings:
    """As many examples as everybody waits for, always the same."""
    return settings(THOROUGH, max_examples=examples, derandomize=True)


test_what_need_not_wait = short()(given(QUICK, SEEDS)(compare_what_need_not_wait))
test_what_waits = short()(given(ANY, SEEDS)(compare_what_waits))


@pytest.mark.fault
@settings(THOROUGH, max_examples=4_000)
@given(QUICK, SEEDS)
def test_thousands_that_need_not_wait(drawn: Drawn, seed: int) -> None:
    compare_what_need_not_wait(drawn, seed)


# graphql-core leaves a few of what it abandoned unawaited; the short form, which has no such
# filter, says when it were ours.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.fault
@settings(THOROUGH, max_examples=4_000)
@given(ANY, SEEDS)
def test_thousands_that_wait(drawn: Drawn, seed: int) -> None:
    compare_what_waits(drawn, seed)
