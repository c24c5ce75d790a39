"""Every way to content that the schema has, found in the schema itself.

A way is a field of `Query` or of a type with an id whose value is, or holds, something with an id.
A new field is found without anybody writing it down; one whose arguments are not understood here
raises, so that it is not left out in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from schema.operations import graphql_schema
from schema.root import build_schema

NOT_CONTENT = frozenset(
    {
        *("Asset", "Entry", "Job", "MerchantApplication", "Registration", "Revision"),
        "Upload",
    }
)
"""Types with an id that nobody publishes: for the person whose it is, and for those who decide.
They have tests of their own, and ways that lead to them alone are none here.
"""
PERSONAL = {
    *("Query.viewer", "Query.certificate", "Course.viewerProgress", "Lesson.viewerProgress"),
    "Quiz.viewerAttempts",
}
"""Ways that show everybody their own and the public nothing; the tests of their nouns go them."""

PAGE = {"where", "orderBy", "first", "after", "last", "before"}


def core_schema() -> GraphQLSchema:
    """The schema that is served."""
    return graphql_schema(build_schema())


@dataclass(frozen=True)
class Way:
    """A field that leads to things with an id."""

    parent: str
    name: str
    field: GraphQLField = dataclass_field(compare=False)

    def __str__(self) -> str:
        return f"{self.parent}.{self.name}"

    @property
    def takes(self) -> str:
        """How the field is asked: "page", "by", "id", "ids" or "nothing"."""
        names = set(self.field.args)
        if "first" in names and names <= PAGE:
            return "page"
        if names in ({"by"}, {"id"}, {"ids"}):
            return names.pop()
        if not names:
            return "nothing"
        raise AssertionError(f"{self}: nobody knows how to ask with {sorted(names)}")

    @property
    def targets(self) -> set[str]:
        """The names of the types with an id that it leads to."""
        return set(_targets(get_named_type(self.field.type), frozenset())) - NOT_CONTENT

    @property
    def selection(self) -> str:
        """Everything below the field down to ids, names and titles."""
        return selection(get_named_type(self.field.type))


def has_id(named: GraphQLNamedType) -> bool:
    """Whether values of a type are things with a global id of their own."""
    if isinstance(named, GraphQLInterfaceType | GraphQLObjectType):
        return named.name == "Node" or any(each.name == "Node" for each in named.interfaces)
    return isinstance(named, GraphQLUnionType)


def node_types() -> list[str]:
    """The names of the object types of content, each of which has an id."""
    return [
        name
        for name, named in core_schema().type_map.items()
        if isinstance(named, GraphQLObjectType) and has_id(named) and name not in NOT_CONTENT
    ]


def all_ways() -> list[Way]:
    """Every way of the schema, but for what people are told about themselves."""
    types = core_schema().type_map
    return [
        way
        for parent in ("Query", *node_types())
        for name, field in types[parent].fields.items()  # type: ignore[attr-defined]
        if str(way := Way(parent, name, field)) not in PERSONAL and way.targets
    ]


def _targets(named: GraphQLNamedType, above: frozenset[str]) -> Iterator[str]:
    if named.name in NOT_CONTENT:
        return
    if has_id(named):
        assert isinstance(named, GraphQLInterfaceType | GraphQLUnionType | GraphQLObjectType)
        abstract = not isinstance(named, GraphQLObjectType)
        possible = core_schema().get_possible_types(named) if abstract else [named]  # type: ignore[arg-type]
        yield from (each.name for each in possible if each.name not in NOT_CONTENT)
    elif isinstance(named, GraphQLObjectType) and named.name not in above:
        for field in named.fields.values():
            yield from _targets(get_named_type(field.type), above | {named.name})


def selection(named: GraphQLNamedType) -> str:
    """A selection set of what identifies things: ids, names and titles."""
    if has_id(named):
        own = [name for name in ("name", "title") if name in getattr(named, "fields", ())]
        return "{ " + " ".join(["__typename", "... on Node { id }", *own]) + " }"
    parts = []
    assert isinstance(named, GraphQLObjectType)
    for name, field in named.fields.items():
        child = get_named_type(field.type)
        if is_leaf_type(child):
            parts.append(name)
        elif name == "pageInfo" or set(_targets(child, frozenset({named.name}))):
            parts.append(f"{name} {selection(child)}")
    return "{ " + " ".join(parts) + " }"


def orders(way: Way) -> Iterator[str]:
    """The arguments that order a page in every way it can be ordered."""
    if "orderBy" not in way.field.args:
        return
    term = get_named_type(way.field.args["orderBy"].type)
    assert isinstance(term, GraphQLInputObjectType)
    names = get_named_type(term.fields["field"].type)
    assert isinstance(names, GraphQLEnumType)
    for name in names.values:
        near = f"where: {{near: {NEAR}}}, " if name == "DISTANCE" else ""
        for direction in ("ASC", "DESC"):
            yield f"{near}orderBy: [{{field: {name}, direction: {direction}}}]"


NEAR = "{point: {latitude: 29.8338, longitude: 121.6012}, withinMetres: 100000}"
_ID_FILTERS = {
    "town": {"Town"},
    "street": {"FriendlyStreet"},
    "program": {"Program"},
    "instructor": {"Instructor"},
    "honour": {"Honour"},
    "place": {"Merchant", "Station", "ServiceCentre"},
}
_CODES = {"amenity": "water", "topic": "topic"}
_VALUES: dict[str, tuple[str, ...]] = {
    "Boolean": ("true", "false"),
    "DateTime": ('"2026-11-25T12:00:00Z"',),
    "DateTimeFilter": ('{gte: "2000-01-01T00:00:00Z"}', '{lt: "2100-01-01T00:00:00Z"}'),
    "IntFilter": ("{gte: 0}", "{lt: 100000}"),
    "NearInput": (NEAR,),
}


def wheres(way: Way, ids: dict[str, list[str]]) -> Iterator[str]:
    """The arguments that narrow a page by everything it can be narrowed by, each so that hidden
    rows would match; `ids` are those of the world by type.
    """
    if "where" not in way.field.args:
        return
    where = get_named_type(way.field.args["where"].type)
    assert isinstance(where, GraphQLInputObjectType)
    yield from ("where: {not: {or: []}}", "where: {or: [{}]}", "where: {and: [{}, {}]}")
    for name, each in where.fields.items():
        if name in {"and", "or", "not"}:
            continue
        for value in _values(name, get_named_type(each.type), ids):
            yield f"where: {{{name}: {value}}}"
            yield f"where: {{not: {{{name}: {value}}}}}"


def _values(name: str, given: Any, ids: dict[str, list[str]]) -> Iterator[str]:
    if given.name == "ID":
        for type_name in _ID_FILTERS[name]:
            yield from (f'"{each}"' for each in ids[type_name])
    elif given.name == "CodeFilter":
        yield f'{{eq: "{_CODES[name]}"}}'
    elif given.name in _VALUES:
        yield from _VALUES[given.name]
    else:
        words = get_named_type(given.fields["eq"].type)
        yield f"{{in: [{' '.join(words.values)}]}}"
