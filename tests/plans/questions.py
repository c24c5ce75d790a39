"""The questions whose plans are read: found in the schema, so that a new list is asked by itself.

For every connection of the schema, wherever it stands: each value of its `orderBy` either way, and
each field of its `where`. A field whose value nobody knows here raises, so that it is not left out
in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

from schema.relay import encode_id

PARENTS = 2
FIRST = 15
"""So few parents, and so many rows, that who walks along an order until a page is full has to read
much of a table where a value is rare, and who follows an index of the value has not."""

JOINING = frozenset({"and", "or", "not"})
DIRECTIONS = ("ASC", "DESC")
PAGE = ("where", "orderBy", "after")
REQUIRED = {"revisions": ("id", "Course"), "previewLinks": ("id", "Course")} | {
    "placeStaff": ("placeId", "Merchant"),
    "ticketRevocations": ("eventId", "Event"),
}
"""Root lists of one thing: the argument that names it, and what it is."""

ANYTHING = {"actor": "Person", "object": "Course", "scope": "Town"} | {
    "eventId": "Event",
    "courseId": "Course",
    "competitionId": "Competition",
}
"""Fields of a `where` that take the ids of several types, or say theirs by their names alone."""

Asked = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """Values to ask with: the instant of the questions, ids by type, codes by field."""

    now: datetime
    point: Asked
    ids: Mapping[str, Sequence[str]]
    codes: Mapping[str, str]

    def id_of(self, type_name: str) -> str:
        """An id of a node of the type; of none that exists, where the data has none."""
        known = self.ids.get(type_name)
        return known[len(known) // 2] if known else encode_id(type_name, UUID(int=7))


@dataclass(frozen=True, slots=True)
class Question:
    """A document with its variables, by a name for people."""

    name: str
    document: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """A list of the schema: the fields that lead to it from the root, and the field itself."""

    path: tuple[tuple[str, GraphQLField], ...]
    field: GraphQLField

    @property
    def name(self) -> str:
        """The names of the fields from the root, with dots."""
        return ".".join(name for name, _ in self.path)

    def input(self, argument: str) -> GraphQLInputObjectType | None:
        """The type of `where`, or of a term of `orderBy`; None for a list without."""
        found = self.field.args.get(argument)
        named = found and get_named_type(found.type)
        return named if isinstance(named, GraphQLInputObjectType) else None


def connections(schema: GraphQLSchema) -> Iterator[Connection]:
    """Every connection that can be reached, by a shortest way."""
    assert schema.query_type is not None
    waiting: list[tuple[Any, tuple[tuple[str, GraphQLField], ...]]] = [(schema.query_type, ())]
    seen = {schema.query_type.name}
    while waiting:
        parent, path = waiting.pop(0)
        for name, each in parent.fields.items():
            target: Any = get_named_type(each.type)
            if not _can_be_asked(name, each):
                continue
            here = (*path, (name, each))
            if _is_connection(target):
                yield Connection(here, each)
                target = get_named_type(target.fields["nodes"].type)
            is_node = isinstance(target, GraphQLObjectType | GraphQLInterfaceType)
            if is_node and target.name not in seen:
                seen.add(target.name)
                waiting.append((target, here))


def _can_be_asked(name: str, field: GraphQLField) -> bool:
    return name in REQUIRED or not any(map(is_required_argument, field.args.values()))


def _is_connection(named: Any) -> bool:
    return isinstance(named, GraphQLObjectType) and {"nodes", "pageInfo"} <= set(named.fields)


def questions(schema: GraphQLSchema, samples: Samples) -> Iterator[Question]:
    """All of them."""
    for connection in connections(schema):
        always = _always(connection, samples)
        yield _question(connection, samples, "", {"where": always})
        for order in _orders(connection):
            near = _near(samples) if order["field"] == "DISTANCE" else always
            name = f" by {order['field']} {order['direction']}"
            yield _question(connection, samples, name, {"orderBy": [order], "where": near})
        for name, where in _wheres(connection, samples):
            yield _question(
                connection, samples, f" where {name}", {"where": _together(always, where)}
            )


def _always(connection: Connection, samples: Samples) -> Asked:
    """What a list has to be narrowed by."""
    return {"eventId": samples.id_of("Event")} if connection.name == "registrations" else {}


def _together(always: Asked, where: Asked) -> Asked:
    return where if any(name in ANYTHING for name in where) else {**always, **where}


def _question(connection: Connection, samples: Samples, name: str, arguments: Asked) -> Question:
    """The connection under the first of its parents."""
    given = {key: value for key, value in arguments.items() if value}
    *before, (last, each) = connection.path
    head = "".join(_opened(step, samples, found) for step, found in before)
    takes = [key for key in PAGE if key in each.args]
    declared = ", ".join(f"${key}: {each.args[key].type}" for key in takes)
    asked = [*_required(last, samples), f"first: {FIRST}", *(f"{key}: ${key}" for key in takes)]
    document = (
        f"query({declared}) {{ {head}{last}({', '.join(asked)}) {{"
        f" pageInfo {{ endCursor }} nodes {{ __typename }} }}"
        f" {'}' * head.count('{')} }}"
    )
    return Question(connection.name + name, document, given)


def _opened(name: str, samples: Samples, field: GraphQLField) -> str:
    if not _is_connection(get_named_type(field.type)):
        return f"{name} {{ "
    asked = ", ".join([*_required(name, samples), f"first: {PARENTS}"])
    return f"{name}({asked}) {{ nodes {{ "


def _required(name: str, samples: Samples) -> list[str]:
    if name not in REQUIRED:
        return []
    argument, type_name = REQUIRED[name]
    return [f'{argument}: "{samples.id_of(type_name)}"']


def _orders(connection: Connection) -> Iterator[dict[str, str]]:
    order = connection.input("orderBy")
    if order is None:
        return
    fields: Any = get_named_type(order.fields["field"].type)
    for name in fields.values:
        for direction in DIRECTIONS:
            yield {"field": name, "direction": direction}


def _wheres(connection: Connection, samples: Samples) -> Iterator[tuple[str, Asked]]:
    where = connection.input("where")
    for name, each in where.fields.items() if where else ():
        if name not in JOINING:
            for words, value in _values(name, each, samples):
                yield f"{name}{words}", {name: value}


def _values(name: str, each: GraphQLInputField, samples: Samples) -> Iterator[tuple[str, Any]]:
    """Values for a field of a `where`, each with a word for it."""
    named = get_named_type(each.type)
    definition = each.extensions["strawberry-definition"]
    if named.name == "ID":
        types = definition.metadata.get("ids") or (ANYTHING[name],)
        yield "", samples.id_of(types[0])
    elif isinstance(named, GraphQLEnumType):
        yield "", next(iter(named.values))
    elif named.name == "NearInput":
        yield "", _near(samples)["near"]
    elif named.name == "Boolean":
        yield from ((f" {value}", value) for value in (True, False))
    elif named.name == "DateTime":
        yield "", _instant(samples.now)
    elif isinstance(named, GraphQLInputObjectType):
        yield from _compared(name, named, samples)
    else:
        raise AssertionError(f"nobody knows what to ask for as {name}: {each.type}")


def _compared(
    name: str, named: GraphQLInputObjectType, samples: Samples
) -> Iterator[tuple[str, Any]]:
    """Values for an input of operators."""
    values = get_named_type(named.fields["eq"].type)
    if isinstance(values, GraphQLEnumType):
        first, *_, last = values.values
        yield from ((f" {value}", {"eq": value}) for value in (first, last))
        yield " in", {"in": [first, last]}
    elif values.name == "DateTime":
        week = timedelta(days=7)
        since, until = _instant(samples.now - week), _instant(samples.now + week)
        yield " within two weeks", {"gte": since, "lt": until}
    elif values.name == "Int":
        yield " eq", {"eq": samples.now.year}
    elif values.name == "String":
        yield " eq", {"eq": samples.codes.get(name, "none")}
        yield " in", {"in": [samples.codes.get(name, "none"), "none"]}
    else:
        raise AssertionError(f"nobody knows what to ask for as {name}: {named}")


def _near(samples: Samples) -> dict[str, Any]:
    return {"near": {"point": samples.point, "withinMetres": 1_000}}


def _instant(value: datetime) -> str:
    return value.isoformat()
