"""Batch fields: one call for many parents, and errors where they belong."""

from typing import Annotated, Any

import pytest
import strawberry
from strawberry.types import Info

from hub.errors import BadUserInput
from schema.batching import BATCH_RESOLVER, Batches, batch_field

Calls = list[tuple[str, list[int], dict[str, Any]]]


class Context:
    """What a request has: the batches, and a record of the calls."""

    def __init__(self) -> None:
        self.batches = Batches()
        self.calls: Calls = []


async def _squares(
    parents: list["Number"],
    info: Info,
    plus: Annotated[int, strawberry.argument(description="Added.")] = 0,
) -> list[int]:
    values = [parent.value for parent in parents]
    info.context.calls.append(("squares", values, {"plus": plus}))
    return [value * value + plus for value in values]


async def _halves(parents: list["Number"], info: Info) -> list[int | Exception]:
    odd = BadUserInput("This number is odd.")
    return [odd if parent.value % 2 else parent.value // 2 for parent in parents]


async def _fails(parents: list["Number"], info: Info) -> list[int]:
    raise RuntimeError("all of them")


async def _too_few(parents: list["Number"], info: Info) -> list[int]:
    return [1]


async def _nexts(parents: list["Number"], info: Info) -> list["Number | None"]:
    info.context.calls.append(("nexts", [parent.value for parent in parents], {}))
    return [Number(value=parent.value + 1) if parent.value < 9 else None for parent in parents]


@strawberry.interface
class Signed:
    """A number of either sign."""

    value: int
    square: int | None = batch_field(_squares, description="The square.")


@strawberry.type
class Positive(Signed):
    """Above nought."""


@strawberry.type
class Negative(Signed):
    """Below nought."""


@strawberry.type
class Number:
    """A number."""

    value: int
    square: int | None = batch_field(_squares, description="The square.")
    half: int | None = batch_field(_halves, description="The half.")
    failing: int | None = batch_field(_fails, description="Fails.")
    strict: int = batch_field(_halves, description="The half, never null.")
    too_few: int | None = batch_field(_too_few, description="Too few.")
    next: "Number | None" = batch_field(
        _nexts, description="The one behind it.", metadata={"cost": 7}
    )


async def _numbers(parents: list[Any], info: Info) -> list[list[Number]]:
    return [[Number(value=value) for value in (1, 2, 3)]] * len(parents)


async def _signed(parents: list[Any], info: Info) -> list[list[Signed]]:
    return [[Positive(value=1), Negative(value=-2), Positive(value=3)]] * len(parents)


@strawberry.type
class Query:
    """The root."""

    signed: list[Signed] | None = batch_field(_signed, description="Numbers of two types.")

    numbers: list[Number] | None = batch_field(_numbers, description="Some numbers.")


SCHEMA = strawberry.Schema(query=Query, types=[Positive, Negative])


async def run(query: str) -> tuple[Any, Calls]:
    context = Context()
    result: Any = await SCHEMA.execute(query, context_value=context)
    return result, context.calls


async def ask(query: str) -> tuple[Any, Calls]:
    result, calls = await run(query)
    assert result.errors is None
    return result.data, calls


async def test_all_parents_are_resolved_in_one_call() -> None:
    data, calls = await ask("{ numbers { value square } }")
    assert [number["square"] for number in data["numbers"]] == [1, 4, 9]
    assert calls == [("squares", [1, 2, 3], {"plus": 0})]


async def test_each_level_is_one_call() -> None:
    data, calls = await ask("{ numbers { next { next { value square } } } }")
    assert [number["next"]["next"]["square"] for number in data["numbers"]] == [9, 16, 25]
    assert [(name, values) for name, values, _ in calls] == [
        ("nexts", [1, 2, 3]),
        ("nexts", [2, 3, 4]),
        ("squares", [3, 4, 5]),
    ]


async def test_aliases_with_different_arguments_stay_apart() -> None:
    data, calls = await ask(
        "{ numbers { a: square b: square(plus: 1) c: square(plus: 2) square(plus: 0) } }"
    )
    assert data["numbers"][1] == {"a": 4, "b": 5, "c": 6, "square": 4}
    assert sorted(arguments["plus"] for _, _, arguments in calls) == [0, 0, 1, 2]
    assert all(values == [1, 2, 3] for _, values, _ in calls)


async def test_the_same_field_below_two_aliases_keeps_its_arguments() -> None:
    data, calls = await ask("{ a: numbers { square(plus: 1) } b: numbers { square(plus: 2) } }")
    assert [number["square"] for number in data["a"]] == [2, 5, 10]
    assert [number["square"] for number in data["b"]] == [3, 6, 11]
    assert len(calls) == 2


async def test_parents_of_two_types_are_one_call_unless_their_arguments_differ() -> None:
    data, calls = await ask("{ signed { square } }")
    assert data["signed"] == [{"square": 1}, {"square": 4}, {"square": 9}]
    assert calls == [("squares", [1, -2, 3], {"plus": 0})]
    data, calls = await ask(
        "{ signed { ... on Positive { square(plus: 1) } ... on Negative { square(plus: 2) } } }"
    )
    assert data["signed"] == [{"square": 2}, {"square": 6}, {"square": 10}]
    assert sorted(values for _, values, _ in calls) == [[-2], [1, 3]]


async def test_fields_merged_from_fragments_are_one_call() -> None:
    _, calls = await ask(
        "{ numbers { ...one ... on Number { square } } } fragment one on Number { square }"
    )
    assert calls == [("squares", [1, 2, 3], {"plus": 0})]


async def test_an_error_among_the_values_is_of_that_parent_alone() -> None:
    result, _ = await run("{ numbers { half } }")
    assert result.data == {"numbers": [{"half": None}, {"half": 1}, {"half": None}]}
    assert [error.path for error in result.errors] == [
        ["numbers", 0, "half"],
        ["numbers", 2, "half"],
    ]
    assert isinstance(result.errors[0].original_error, BadUserInput)


async def test_an_error_where_null_is_not_allowed_climbs() -> None:
    result, _ = await run("{ numbers { value strict } }")
    assert result.data == {"numbers": None}
    assert result.errors


@pytest.mark.parametrize(("field", "words"), [("failing", "all of them"), ("tooFew", "_too_few")])
async def test_a_resolver_that_fails_fails_for_all_its_parents(field: str, words: str) -> None:
    result, _ = await run(f"{{ numbers {{ value {field} }} }}")
    assert result.data == {"numbers": [{"value": each, field: None} for each in (1, 2, 3)]}
    assert len(result.errors) == 3
    assert all(words in str(error.original_error) for error in result.errors)


async def test_a_null_parent_has_no_children() -> None:
    data, calls = await ask(
        "{ numbers { next { next { next { next { next { next { next { next { "
        "next { value } } } } } } } } } } }"
    )
    assert data["numbers"][2]["next"]["next"] is not None
    assert calls[-1] == ("nexts", [9], {})


def test_metadata_names_the_resolver_and_keeps_the_rest() -> None:
    fields = {each.python_name: each for each in Number.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    assert fields["next"].metadata == {BATCH_RESOLVER: _nexts, "cost": 7}
    assert fields["square"].metadata[BATCH_RESOLVER] is _squares
