"""A schema of every shape, over a world that is made up as it is asked.

What a field gives follows from the world's seed, the thing and the field alone, so two executors
see the same: mostly a good value, sometimes null, an exception, or a value of another type.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from hub.errors import BadUserInput
from schema.batching import Batches, batch_field

TROUBLE = 0.12
"""How often a field gives something else than it should."""
DEPTH_MAX = 7


class Context:
    """What resolvers see."""

    def __init__(self) -> None:
        self.batches = Batches()


@strawberry.enum
class Colour(Enum):
    """See the values."""

    RED = "red"
    BLUE = "blue"
    GREEN = strawberry.enum_value("green", name="LEAF_GREEN")


def _print_day(value: object) -> str:
    if not isinstance(value, int):
        raise ValueError("a day is a number")
    return f"day {value}"


Day = NewType("Day", int)
DAY = strawberry.scalar(name="Day", serialize=_print_day, parse_value=int)


@strawberry.input
class Wanted:
    """Which things."""

    colour: Colour | None = None
    sizes: list[int] | None = None
    names: list[str | None] = strawberry.field(default_factory=lambda: ["a", None])


@dataclass(frozen=True)
class Thing:
    """A thing of the world: all that is known of it is where it is."""

    seed: int
    place: str = ""
    depth: int = 0

    def chance(self, field: str) -> random.Random:
        """The dice of one field of this thing."""
        return random.Random(f"{self.seed} {self.place} {field}")

    def child(self, field: str, index: int = 0) -> "Thing":
        """Something below this thing."""
        dice = self.chance(f"{field} {index} type")
        made = dice.choice([Leaf, Branch]) if self.depth < DEPTH_MAX else Leaf
        return made(self.seed, f"{self.place}/{field}{index}", self.depth + 1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return told(self, name, _GOOD[name])


def told(thing: Thing, field: str, good: Callable[[Thing, str], Any]) -> Any:
    """The value of a field, or trouble; an exception is raised."""
    value = given(thing, field, good)
    if isinstance(value, Exception):
        raise value
    return value


def given(thing: Thing, field: str, good: Callable[[Thing, str], Any]) -> Any:
    """As `told`, with exceptions as values."""
    dice = thing.chance(field)
    if dice.random() >= TROUBLE:
        return good(thing, field)
    trouble: Sequence[Callable[[], Any]] = (
        lambda: None,
        lambda: RuntimeError(f"{thing.place}.{field} broke"),
        lambda: BadUserInput(f"{thing.place}.{field} was refused"),
        lambda: object(),
        lambda: [None, 1, "x", good(thing, field)],
        lambda: 2**40,
        lambda: float("nan"),
    )
    return _stable(dice.choice(trouble)())


def _stable(value: Any) -> Any:
    return Oddity() if type(value) is object else value


class Oddity:
    """A value that no type has; it prints the same everywhere."""

    def __repr__(self) -> str:
        return "<an oddity>"


def _things(thing: Thing, field: str) -> list[Any]:
    count = thing.chance(f"{field} count").randrange(4)
    return [thing.child(field, index) for index in range(count)]


def _of(kind: Callable[..., Thing]) -> Callable[[Thing, str], Thing]:
    return lambda thing, field: kind(thing.seed, f"{thing.place}/{field}", thing.depth + 1)


def _leaves(thing: Thing, field: str) -> list[Thing]:
    return [_of(Leaf)(thing, f"{field}{index}") for index in range(3)]


def _some(values: Sequence[Any]) -> Callable[[Thing, str], Any]:
    return lambda thing, field: thing.chance(f"{field} value").choice(values)


_GOOD: dict[str, Callable[[Thing, str], Any]] = {
    "label": _some(["one", "two", "", "三"]),
    "size": _some([0, 1, -5]),
    "ratio": _some([0.5, 1.0, -2.25]),
    "is_ripe": _some([True, False]),
    "colour": _some(list(Colour)),
    "shade": _some(list(Colour)),
    "day": _some([1, 2]),
    "tags": lambda thing, field: ["a", "b"],
    "grid": lambda thing, field: [[1, None], [2]],
    "children": _things,
    "maybe": _things,
    "anything": _things,
    "leaves": _leaves,
    "parent": lambda thing, field: _of(Branch)(thing, field) if thing.depth < DEPTH_MAX else None,
    "twin": lambda thing, field: _of(Branch)(thing, field) if thing.depth < DEPTH_MAX else None,
    "first": lambda thing, field: _of(Leaf)(thing, field),
    "any_node": lambda thing, field: thing.child(field),
}


def _id(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(told(root, "id", lambda thing, field: f"{thing.place}!"))


def _looked_up(root: Any, info: Info, size: int = 3, wanted: Wanted | None = None) -> Any:
    return told(root, "looked_up", lambda thing, field: f"{size} {wanted} {info.field_name}")


def _counted(
    root: strawberry.Parent[Any], of: Annotated[list[Colour] | None, strawberry.argument()] = None
) -> Any:
    return told(root, "counted", lambda thing, field: len(of or []))


async def _batched(parents: list[Any], info: Info, plus: int = 1) -> list[Any]:
    if plus == 13:
        raise RuntimeError("an unlucky number")
    return [given(parent, "batched", lambda thing, field: thing.depth + plus) for parent in parents]


async def _batch_of_nodes(parents: list[Any], info: Info) -> list[Any]:
    return [given(parent, "some", _things) for parent in parents]


async def _slowly(root: strawberry.Parent[Any]) -> Any:
    return told(root, "slowly", _some(["slow"]))


@strawberry.interface
class Node:
    """Anything."""

    id: strawberry.ID = strawberry.field(resolver=_id)
    label: str | None
    size: int
    counted: int | None = strawberry.field(resolver=_counted)
    batched: int | None = batch_field(_batched, description="All at once.")

    resolve_type = staticmethod(lambda value, *_: type(value).__name__)


@strawberry.type(name="Leaf")
class LeafType(Node):
    """Something without anything below it."""

    ratio: float | None
    is_ripe: bool
    colour: Colour | None
    shade: Colour
    day: Day | None
    tags: list[str] | None
    grid: list[list[int | None]] | None

    is_type_of = staticmethod(lambda value, _: isinstance(value, Leaf))


class Leaf(Thing):
    """A value of the type."""


class Branch(Thing):
    """A value of the type."""


Anything = Annotated[
    Annotated["LeafType", strawberry.lazy("tests.schema.execution.world")]
    | Annotated["BranchType", strawberry.lazy("tests.schema.execution.world")],
    strawberry.union("Anything"),
]


@strawberry.type(name="Branch")
class BranchType(Node):
    """Something with more below it."""

    children: list[Node]
    maybe: list[Node | None] | None
    anything: list[Anything] | None
    leaves: list[LeafType] | None
    first: LeafType
    any_node: Node | None
    parent: "BranchType | None"
    twin: "BranchType"
    looked_up: str | None = strawberry.field(resolver=_looked_up)
    some: list[Node | None] | None = batch_field(_batch_of_nodes, description="Lists at once.")
    slowly: str = strawberry.field(resolver=_slowly)

    is_type_of = staticmethod(lambda value, _: isinstance(value, Branch))


def _root(info: Info) -> Any:
    return Branch(info.root_value, "root")


def _doubtful(info: Info) -> Any:
    return told(Branch(info.root_value, "top"), "doubtful", _of(Branch))


@strawberry.type
class Query:
    """The root."""

    root: BranchType = strawberry.field(resolver=_root)
    doubtful: BranchType | None = strawberry.field(resolver=_doubtful)


WAITING = frozenset({"batched", "some", "slowly"})
"""The fields that have to be waited for."""

SCHEMA = strawberry.Schema(
    query=Query,
    types=[LeafType, BranchType],
    config=StrawberryConfig(scalar_map={Day: DAY}),
)
