"""Filters: the expression tree over real rows, its three-valued corners, and its bounds."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from hub.directory.models import Place
from hub.directory.rules import StationLevel
from hub.errors import BadUserInput
from hub.filters import (
    AllOf,
    AnyOf,
    Condition,
    Expression,
    FilterField,
    NotOf,
    Operator,
    column,
    compile_filter,
)
from hub.records import Ordering, Select, fetch_records, table_of
from hub.settings import Settings
from tests.factories import directory
from tests.factories.publishing import PUBLISHED_AT

PLACE = table_of(Place)
FIELDS: Mapping[str, FilterField] = {
    "level": column(PLACE.level),
    "area": column(PLACE.area_square_metres),
    "published_at": column(PLACE.published_at),
}
EQ, IN, LT, LTE, GT, GTE = Operator
CITY, DISTRICT = StationLevel.CITY, StationLevel.DISTRICT


def when(days: int, microseconds: int = 0) -> object:
    return PUBLISHED_AT + timedelta(days=days, microseconds=microseconds)


async def store() -> None:
    """Four places: a and b have a level, b and c an area; d has neither."""
    await directory.station(name="a", level=CITY, published_at=when(0))
    await directory.station(name="b", level=DISTRICT, area_square_metres=10, published_at=when(1))
    await directory.station(name="c", area_square_metres=20, published_at=when(1, 1))
    await directory.station(name="d", published_at=when(2))


async def found(expression: Expression) -> str:
    criterion = compile_filter(expression, FIELDS)
    select = Select(Place) if criterion is None else Select(Place).where(criterion)
    return "".join(row.name for row in await fetch_records(select, order=[Ordering("name")]))


is_city = Condition("level", EQ, CITY)
is_large = Condition("area", GTE, 20)
nothing = AllOf(())

CASES: dict[str, tuple[Expression, str]] = {
    "eq": (is_city, "a"),
    "eq by its stored value": (Condition("level", EQ, "city"), "a"),
    "in": (Condition("level", IN, [CITY, DISTRICT]), "ab"),
    "in one": (Condition("level", IN, [DISTRICT]), "b"),
    "in none": (Condition("level", IN, []), ""),
    "not in none": (NotOf(Condition("level", IN, [])), "abcd"),
    "lt": (Condition("area", LT, 20), "b"),
    "lte": (Condition("area", LTE, 20), "bc"),
    "gt": (Condition("area", GT, 10), "c"),
    "gte": (Condition("area", GTE, 10), "bc"),
    "a half-open range": (
        AllOf((Condition("area", GTE, 10), Condition("area", LT, 20))),
        "b",
    ),
    "lt an instant": (Condition("published_at", LT, when(1)), "a"),
    "lte an instant": (Condition("published_at", LTE, when(1)), "ab"),
    "gt an instant": (Condition("published_at", GT, when(1)), "cd"),
    "gte an instant": (Condition("published_at", GTE, when(1, 1)), "cd"),
    "eq an instant": (Condition("published_at", EQ, when(1, 1)), "c"),
    "not, where some are unknown": (NotOf(is_city), "bcd"),
    "not not": (NotOf(NotOf(is_city)), "a"),
    "not of a range, where some are unknown": (NotOf(is_large), "abd"),
    "and": (AllOf((Condition("level", EQ, DISTRICT), Condition("area", EQ, 10))), "b"),
    "and of what cannot be": (AllOf((is_city, is_large)), ""),
    "or": (AnyOf((is_city, is_large)), "ac"),
    "not or, where some are unknown": (NotOf(AnyOf((is_city, is_large))), "bd"),
    "not and, where some are unknown": (NotOf(AllOf((is_city, is_large))), "abcd"),
    "or of not": (AnyOf((is_city, NotOf(is_large))), "abd"),
    "and of or": (
        AllOf((AnyOf((is_city, is_large)), NotOf(is_city))),
        "c",
    ),
    "or binds no looser than and": (
        AllOf((AnyOf((is_city, is_large)), Condition("published_at", LT, when(1)))),
        "a",
    ),
    "empty and": (nothing, "abcd"),
    "empty or": (AnyOf(()), ""),
    "not of empty and": (NotOf(nothing), ""),
    "not of empty or": (NotOf(AnyOf(())), "abcd"),
    "or with an empty part": (AnyOf((is_city, nothing)), "abcd"),
    "or of an empty part": (AnyOf((nothing,)), "abcd"),
    "and with an empty part": (AllOf((is_city, nothing)), "a"),
    "and with an empty or": (AllOf((is_city, AnyOf(()))), ""),
}


async def test_every_case(database: Settings) -> None:
    await store()
    for name, (expression, expected) in CASES.items():
        assert await found(expression) == expected, name


def test_what_narrows_nothing_compiles_to_nothing() -> None:
    assert compile_filter(nothing, FIELDS) is None
    assert compile_filter(AllOf((nothing, AllOf((nothing,)))), FIELDS) is None


def nested(levels: int) -> Expression:
    expression: Expression = is_city
    for _ in range(levels - 1):
        expression = NotOf(expression)
    return expression


def refusal(expression: Expression) -> BadUserInput:
    with pytest.raises(BadUserInput) as refused:
        compile_filter(expression, FIELDS)
    return refused.value


def test_bounds() -> None:
    assert compile_filter(nested(10), FIELDS) is not None
    assert refusal(nested(11)).path == ("where",)
    assert refusal(AllOf((is_city, AnyOf((nested(9),))))).path == ("where",)
    assert compile_filter(AllOf((is_city,) * 50), FIELDS) is not None
    assert refusal(AllOf((is_city,) * 51)).path == ("where",)
    assert refusal(AnyOf((AllOf((is_city,) * 26),) * 2)).path == ("where",)
    assert compile_filter(Condition("area", IN, list(range(100))), FIELDS) is not None
    assert refusal(Condition("area", IN, list(range(101)))).path == ("where", "area", "in")


def test_a_hostile_nesting_is_refused_without_recursion() -> None:
    assert refusal(nested(100_000)).path == ("where",)


async def test_the_largest_filter_runs(database: Settings) -> None:
    await store()
    many = AllOf(tuple(Condition("area", IN, list(range(100))) for _ in range(50)))
    assert await found(many) == "bc"
    assert await found(nested(9)) == "a"
    assert await found(nested(10)) == "bcd"
