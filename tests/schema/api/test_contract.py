"""The contract: names, descriptions and nullability, checked over the whole schema."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from schema.batching import BATCH_RESOLVER
from schema.root import build_schema
from tests.schema.api.paths import core_schema, has_id

SDL = Path(__file__).parents[3] / "schema" / "schema.graphql"
ROOT_FIELDS = {
    *("program", "programs", "course", "courses", "lesson", "instructor", "instructors"),
    *("town", "towns", "friendlyStreet", "friendlyStreets", "merchant", "merchants"),
    *("station", "stations", "serviceCentre", "serviceCentres", "place", "places"),
    *("event", "events", "competition", "competitions", "honours", "node", "nodes"),
}
CAMEL = re.compile(r"sha256|[a-z]+([A-Z][a-z0-9]*)*")
PASCAL = re.compile(r"([A-Z][a-z0-9]*)+")
SCREAMING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
SENTENCE = re.compile(r"[A-Z0-9`].*[.]", re.DOTALL)

BOOLEANS_BY_OTHER_NAMES = {"openNow", "hasNextPage", "hasPreviousPage"}
"""Relay's, and the filter that reads as the question a rider asks."""

INSTANT = re.compile(r"(.+At|.+From|.+Until|since)")
COMPARISONS = {"eq", "lt", "lte", "gt", "gte", "in"}


def types() -> Iterator[Any]:
    """The types that are ours."""
    for name, named in core_schema().type_map.items():
        if not name.startswith("__") and name not in {"String", "Int", "Float", "Boolean", "ID"}:
            yield named


def output_fields() -> Iterator[tuple[str, GraphQLField]]:
    for named in types():
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in named.fields.items():
                yield f"{named.name}.{name}", field


def values_by_place() -> Iterator[tuple[str, Any]]:
    """Every field, argument and input field with its type."""
    for place, field in output_fields():
        yield place, field
        for name, argument in field.args.items():
            yield f"{place}.{name}", argument
    for named in types():
        if isinstance(named, GraphQLInputObjectType):
            for name, each in named.fields.items():
                yield f"{named.name}.{name}", each


def last(place: str) -> str:
    return place.rpartition(".")[2]


def test_the_committed_schema_is_the_schema() -> None:
    committed = SDL.read_text(encoding="utf-8").strip()
    assert committed == build_schema().as_str().strip()


def test_everything_has_a_description_that_is_a_sentence() -> None:
    described = dict(values_by_place()) | {named.name: named for named in types()}
    for named in types():
        if isinstance(named, GraphQLEnumType):
            described |= {f"{named.name}.{name}": each for name, each in named.values.items()}
    poor = [
        place
        for place, each in described.items()
        if not SENTENCE.fullmatch((each.description or "").strip())
    ]
    assert poor == []


def test_the_root_fields_of_the_contract_are_there() -> None:
    query = core_schema().query_type
    assert query is not None
    assert set(query.fields) >= ROOT_FIELDS


def test_names_follow_the_rules() -> None:
    odd = [place for place, _ in values_by_place() if not CAMEL.fullmatch(last(place))]
    for named in types():
        if not PASCAL.fullmatch(named.name):
            odd.append(named.name)
        if isinstance(named, GraphQLEnumType):
            odd += [name for name in named.values if not SCREAMING.fullmatch(name)]
    assert odd == []


def test_booleans_instants_and_days_say_what_they_are() -> None:
    odd = []
    for place, each in values_by_place():
        name, kind = last(place), get_named_type(each.type).name
        is_boolean = kind == "Boolean" and name not in BOOLEANS_BY_OTHER_NAMES
        if is_boolean and not re.match(r"is[A-Z]", name):
            odd.append(f"{place} is a Boolean")
        is_compared = name in COMPARISONS
        if kind in ("DateTime", "DateTimeFilter") and not is_compared and not INSTANT.match(name):
            odd.append(f"{place} is a DateTime")
        if kind == "Date" and not name.endswith("On"):
            odd.append(f"{place} is a Date")
        if kind not in ("DateTime", "DateTimeFilter") and re.search(r"[a-z]At$", name):
            odd.append(f"{place} is a {kind}")
    assert odd == []


PICTURES = {"width", "widths", "height", "x", "y"}
"""Pixels and shares of a side, named as HTML names them."""


def test_units_end_the_names_of_amounts() -> None:
    """Numbers that have a unit say it; the rest are counts, ranks, years and per cents."""
    counts = re.compile(
        r"(count|total|quota|headcount|quantity|position|version|year|weekday|teamSize\w+|eq|lt|lte"
        r"|rank|substitutesMaximum"
        r"|gt|gte|in|first|last|latitude|longitude|\w+Count|number|minimum|maximum|current"
        r"|expectedVersions?|capacity|taken|waiting\w*|partySize\w*|perPersonLimit|\w+Position"
        r"|formVersion|\w+Age|usesMaximum|age|\w+Number|secondsWatched"
        r"|registered|attended|noShow|arrived|arrivals|marked|\w+Serial)",
        re.IGNORECASE,
    )
    units = re.compile(r"\w+(Seconds|Metres|Bytes|Minutes|Percent)")
    odd = [
        place
        for place, each in values_by_place()
        if get_named_type(each.type).name in ("Int", "Float")
        and not units.fullmatch(last(place))
        and not counts.fullmatch(last(place))
        and last(place) not in {"dailyQuota", "progress", *PICTURES}
    ]
    assert odd == []


@pytest.mark.parametrize("abstract", ["Content", "Node", "Place"])
def test_what_is_common_is_an_interface(abstract: str) -> None:
    named = core_schema().type_map[abstract]
    assert isinstance(named, GraphQLInterfaceType)
    assert len(core_schema().get_possible_types(named)) > 2


def test_one_failure_never_blanks_a_page() -> None:
    """Relations and what is computed may be null; the items of a list may not, but for `nodes`."""
    odd = []
    for place, field in output_fields():
        named = get_named_type(field.type)
        type_name = place.partition(".")[0]
        inside_page = type_name.endswith(("Connection", "Edge"))
        leads_away = has_id(named) or named.name.endswith("Connection")
        if leads_away and not inside_page and is_non_null_type(field.type):
            odd.append(f"{place} is a relation that cannot be null")
        inner: Any = field.type.of_type if is_non_null_type(field.type) else field.type
        if is_list_type(inner) and place != "Query.nodes" and not is_non_null_type(inner.of_type):
            odd.append(f"{place} has items that may be null")
        if type_name == "Query" and is_non_null_type(field.type):
            odd.append(f"{place} is a root field that cannot be null")
    assert odd == []
    query = core_schema().query_type
    assert query is not None
    assert str(query.fields["nodes"].type) == "[Node]"


def definitions() -> Iterator[StrawberryObjectDefinition]:
    """Strawberry's definitions of the output types."""
    for named in types():
        definition = (named.extensions or {}).get("strawberry-definition")
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield definition


def resolved_fields() -> Iterator[tuple[str, StrawberryField, GraphQLField]]:
    for definition in definitions():
        named = core_schema().type_map[name_of(definition)]
        for each in definition.fields:
            field = next(
                field
                for field in getattr(named, "fields", {}).values()
                if field.extensions["strawberry-definition"] is each
            )
            yield f"{named.name}.{each.python_name}", each, field


def name_of(definition: StrawberryObjectDefinition) -> str:
    converter: Any = build_schema().config.name_converter
    return str(converter.from_type(definition))


def test_no_relation_is_resolved_parent_by_parent() -> None:
    """Whatever leads to other rows is a batch field; pages and values hand on what they hold."""
    holds_already = re.compile(
        r"\w*(Connection|Edge|Payload)\.\w+|Venue\.place|AlreadyRegistered\.registration"
    )
    odd = []
    for place, each, field in resolved_fields():
        named = get_named_type(field.type)
        leads_away = has_id(named) or named.name.endswith("Connection") or place.startswith("Query")
        is_batch = BATCH_RESOLVER in each.metadata or place.startswith("Mutation.")
        if leads_away and not is_batch and not holds_already.fullmatch(place):
            odd.append(f"{place} is resolved one by one")
        if is_async(each) and not is_batch:
            odd.append(f"{place} waits for something, one by one")
        if field.args and is_leaf_type(named) and not is_batch:
            odd.append(f"{place} takes arguments and is no batch field")
    assert odd == []


def is_async(field: StrawberryField) -> bool:
    return (
        field.base_resolver is not None
        and field.base_resolver.is_async
        and (BATCH_RESOLVER not in field.metadata)
    )


def test_the_guard_sees_the_fields_it_guards() -> None:
    found = {place: BATCH_RESOLVER in each.metadata for place, each, _ in resolved_fields()}
    assert found["Course.instructor"]
    assert found["Course.lessons"]
    assert found["Query.course"]
    assert not found["Course.title"]
    assert get_object_definition(build_schema().query) is not None
    assert len(found) > 200
