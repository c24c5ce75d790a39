"""Every field of every type resolves on real rows; the selections come from the schema."""

from collections import defaultdict
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from hub.records import Select, fetch_records
from hub.settings import Settings
from schema.relay import encode_id, type_name_of
from tests.schema.api.conftest import NOW, quiet
from tests.schema.api.paths import core_schema, has_id, node_types
from tests.schema.api.world import every_model
from tests.schema.client import GraphQLClient, graphql_client

FOR_SOMEBODY = {
    *("viewer", "certificate", "roleGrants", "apiKeys", "auditLog", "drafts"),
    *("merchantApplications", "placeStaff", "registrations", "ticketRevocations"),
    *("revisions", "previewLinks"),
}
"""Root fields that have nothing for the public; the tests of their nouns ask them."""


def selection(type_name: str) -> str:
    """All of a type: its values, the values inside them, and its relations by their ids."""
    named = core_schema().type_map[type_name]
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    return " ".join(_field(name, field) for name, field in named.fields.items())


def _field(name: str, field: GraphQLField) -> str:
    child = get_named_type(field.type)
    arguments = "(first: 2)" if "first" in field.args else ""
    if is_leaf_type(child):
        return name
    if has_id(child):
        return f"{name}{arguments} {{ __typename ... on Node {{ id }} }}"
    return f"{name}{arguments} {{ {selection(child.name)} }}"


async def ids_by_type() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for model in every_model():
        for row in await fetch_records(Select(model)):
            name = type_name_of(row)
            if name in node_types():
                found[name].append(encode_id(name, row.id))
    return found


@pytest.fixture
async def generous_hub(sample_settings: Settings) -> Any:
    generous = {"limit_cost": 10_000_000, "limit_depth": 30}
    settings = quiet(sample_settings).model_copy(update=generous)
    async with graphql_client(settings, now=NOW) as client:
        yield client


async def test_every_field_of_every_type_resolves(generous_hub: GraphQLClient) -> None:
    ids = await ids_by_type()
    assert set(ids) == set(node_types())
    for name in node_types():
        inner = f"... on {name} {{ {selection(name)} }}"
        query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {inner} }} }}"
        rows = []
        for start in range(0, min(len(ids[name]), 200), 100):
            some = {"ids": ids[name][start : start + 100]}
            rows += [row for row in (await generous_hub.ask(query, some))["nodes"] if row]
        assert rows, name
        told = {key for row in rows for key in row if row[key] not in (None, [], "")}
        assert len(told) >= len(rows[0]) / 2, (name, told)


async def test_every_root_field_answers(generous_hub: GraphQLClient) -> None:
    query = core_schema().query_type
    assert query is not None
    for name, field in query.fields.items():
        if {"by", "id", "ids"} & set(field.args) or name in FOR_SOMEBODY:
            continue
        data = await generous_hub.ask(f"{{ {_field(name, field)} }}")
        found = (
            data[name].get("nodes", [data[name]]) if isinstance(data[name], dict) else data[name]
        )
        assert found, name


def test_every_object_type_is_reached_from_a_type_with_an_id() -> None:
    """So that the two tests above leave none out."""
    types = core_schema().type_map
    reached: set[str] = set()
    waiting = ["Query", "Mutation", *node_types()]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        fields = getattr(types[name], "fields", {})
        children = [get_named_type(field.type) for field in fields.values()]
        if isinstance(types[name], GraphQLInterfaceType):
            children += core_schema().get_possible_types(types[name])  # type: ignore[arg-type]
        waiting += [each.name for each in children if not is_leaf_type(each)]
    objects = {name for name, each in types.items() if isinstance(each, GraphQLObjectType)}
    assert {name for name in objects if not name.startswith("__")} <= reached
