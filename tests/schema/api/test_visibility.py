"""One rule at every door: what is not published is nowhere, whichever way one asks.

The ways are taken from the schema, the world has every kind in every state behind each of them,
and with the rule switched off every state does show up behind every way: so none of it is vacuous.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from hub.loading import load_data
from hub.records import Select, fetch_records
from hub.settings import Settings
from schema.relay import encode_id, type_name_of
from tests.schema.api.conftest import NOW, quiet
from tests.schema.api.paths import Way, all_ways, node_types, orders, wheres
from tests.schema.api.world import STATES, every_model, make_world, marked
from tests.schema.client import GraphQLClient, graphql_client

WAYS = all_ways()
FIRST = "first: 100"
PAGE = """{ nodes { ... on Node { id } } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"""


@dataclass
class Hidden:
    """A hub with the world in it, and what is hidden there."""

    client: GraphQLClient
    states: dict[str, str]
    ids: dict[str, str]
    types: dict[str, list[str]]

    async def texts(self, way: Way, arguments: str = "") -> list[str]:
        """What comes back along a way: from `Query`, or from every row of the parent's type."""
        field = f"found: {way.name}{f'({arguments})' if arguments else ''} {way.selection}"
        if way.parent == "Query":
            return [text_of(await self.client.ask(f"{{ {field} }}"))]
        document = (
            f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {way.parent} {{ {field} }} }} }}"
        )
        return [
            text_of(await self.client.ask(document, {"ids": chunk}))
            for chunk in chunks(self.types[way.parent])
        ]

    async def reached(self, way: Way, arguments: str = "") -> set[str]:
        """The slugs of what comes back along a way."""
        texts = await self.texts(way, arguments)
        return {slug for slug in self.states if self._is_in(slug, texts)}

    def _is_in(self, slug: str, texts: Iterable[str]) -> bool:
        return any(self.ids[slug] in text or marked(slug) in text for text in texts)

    def leaks(self, slugs: Iterable[str]) -> list[str]:
        """Those of the slugs that nobody may see."""
        return sorted(slug for slug in slugs if self.states[slug] != "published")


def text_of(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def chunks(values: list[str], size: int = 100) -> list[list[str]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


@pytest.fixture
async def hidden(settings: Settings) -> AsyncIterator[Hidden]:
    generous = {"limit_cost": 100_000_000, "limit_aliases": 1_000, "limit_tokens": 50_000}
    world = make_world(NOW)
    async with graphql_client(quiet(settings).model_copy(update=generous), now=NOW) as client:
        await load_data(world.data)
        ids, types = {}, defaultdict(list)
        for model in every_model():
            for row in await fetch_records(Select(model)):
                slug = getattr(row, "slug", None)
                if slug in world.states:
                    ids[slug] = encode_id(type_name_of(row), row.id)
                    types[type_name_of(row)].append(ids[slug])
        assert set(ids) == set(world.states)
        yield Hidden(client, world.states, ids, types)


def arguments_of(way: Way, hidden: Hidden) -> list[str]:
    """Every way to ask for a page of what may be there."""
    if way.takes != "page":
        return [""]
    some = {name: ids[-1:] for name, ids in hidden.types.items()}
    asked = [FIRST, "last: 100", *(f"{each}, {FIRST}" for each in orders(way))]
    return asked + [f"{each}, {FIRST}" for each in wheres(way, some)]


def lists() -> list[Way]:
    return [way for way in WAYS if way.takes in {"page", "nothing"}]


async def test_lists_and_relations_show_what_is_published_and_nothing_else(hidden: Hidden) -> None:
    wrong = []
    for way in lists():
        for arguments in arguments_of(way, hidden):
            reached = await hidden.reached(way, arguments)
            if leaks := hidden.leaks(reached):
                wrong.append(f"{way}({arguments}) shows {leaks}")
            if arguments in ("", FIRST, "last: 100") and not reached:
                wrong.append(f"{way}({arguments}) shows nothing")
    assert wrong == []


async def test_every_state_is_behind_every_list_and_relation(
    hidden: Hidden, without_the_rule: None
) -> None:
    reached_by_way = {
        way: await hidden.reached(way, FIRST if way.takes == "page" else "") for way in lists()
    }
    missing = [
        f"{way} leads to nothing that is {state}"
        for way, reached in reached_by_way.items()
        for state in STATES
        if way.targets != {"Town"} and state not in {hidden.states[slug] for slug in reached}
    ]
    assert missing == []
    everywhere = set().union(*reached_by_way.values())
    assert set(hidden.states) - everywhere == set()


async def test_pages_count_and_walk_only_what_is_published(hidden: Hidden) -> None:
    """Forward and backward in small pages, from the parent that has most."""
    wrong = []
    for way in WAYS:
        if way.takes != "page":
            continue
        parent, everything = await longest(hidden, way)
        for forward in (True, False):
            walked, total = await walk(hidden, way, parent, forward=forward)
            if walked != everything or total != len(everything):
                wrong.append(f"{way}, forward={forward}: {len(walked)} of {total}")
    assert wrong == []


async def page(hidden: Hidden, way: Way, parent: str | None, arguments: str) -> dict[str, Any]:
    field = f"found: {way.name}({arguments}) {PAGE}"
    if parent is None:
        data = await hidden.client.ask(f"{{ {field} }}")
    else:
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {way.parent} {{ {field} }} }} }}"
        data = (await hidden.client.ask(query, {"id": parent}))["node"] or {"found": None}
    found: dict[str, Any] = data["found"] or {"nodes": []}
    return found


async def longest(hidden: Hidden, way: Way) -> tuple[str | None, list[str]]:
    parents = [None] if way.parent == "Query" else hidden.types[way.parent]
    found = []
    for parent in parents:
        nodes = (await page(hidden, way, parent, FIRST))["nodes"]
        found.append((parent, [node["id"] for node in nodes]))
    return max(found, key=lambda each: len(each[1]))


async def walk(
    hidden: Hidden, way: Way, parent: str | None, *, forward: bool
) -> tuple[list[str], int]:
    size, cursor, more, edge = (
        ("first: 4", "after", "hasNextPage", "endCursor")
        if forward
        else ("last: 4", "before", "hasPreviousPage", "startCursor")
    )
    walked: list[str] = []
    arguments = size
    while True:
        found = await page(hidden, way, parent, arguments)
        ids = [node["id"] for node in found["nodes"]]
        walked = walked + ids if forward else ids + walked
        if not found["pageInfo"][more]:
            return walked, found["totalCount"]
        arguments = f'{size}, {cursor}: "{found["pageInfo"][edge]}"'


async def test_nothing_hidden_is_found_by_name(hidden: Hidden) -> None:
    """By id and by slug at every root, by `node` and by `nodes`."""
    wrong = []
    for way in WAYS:
        if way.takes in {"page", "nothing"}:
            continue
        found = await found_by_name(hidden, way)
        fitting = {slug for slug in found if types_of(hidden, slug) & way.targets}
        expected = {
            slug
            for slug, state in hidden.states.items()
            if state == "published" and types_of(hidden, slug) & way.targets
        }
        if found != expected or found != fitting:
            wrong.append(f"{way}: {sorted(found ^ expected)}")
    assert wrong == []
    assert {way.name for way in WAYS if way.takes == "id"} == {"node"}
    assert {way.name for way in WAYS if way.takes == "ids"} == {"nodes"}


def types_of(hidden: Hidden, slug: str) -> set[str]:
    return {name for name, ids in hidden.types.items() if hidden.ids[slug] in ids}


async def found_by_name(hidden: Hidden, way: Way) -> set[str]:
    """What a root field finds when it is asked for everything there is, by every name it takes."""
    found: list[set[str]] = []
    by: tuple[list[dict[str, Any]], ...] = (
        [{"by": {"id": id_}} for id_ in hidden.ids.values()],
        [{"by": {"slug": slug}} for slug in hidden.ids],
    )
    for arguments in by:
        if way.takes != "by":
            arguments = [{"id": id_} for id_ in hidden.ids.values()]
        if way.takes == "ids":
            arguments = [{"ids": chunk} for chunk in chunks(list(hidden.ids.values()))]
        text = await asked_at_once(hidden, way, arguments)
        found.append({slug for slug in hidden.states if hidden._is_in(slug, [text])})
    by_id, by_slug = found
    has_slug = {slug for slug in by_id if not is_part(hidden, slug)}
    assert way.takes != "by" or by_slug == has_slug
    return by_id


def is_part(hidden: Hidden, slug: str) -> bool:
    return bool(types_of(hidden, slug) & {"CourseSession", "Division", "Stage", "Opening"})


async def asked_at_once(hidden: Hidden, way: Way, arguments: list[dict[str, Any]]) -> str:
    kinds = {"by": "By!", "id": "ID!", "ids": "[ID!]!"}[way.takes]
    texts = []
    for start in range(0, len(arguments), 100):
        some = arguments[start : start + 100]
        variables = {f"v{index}": next(iter(each.values())) for index, each in enumerate(some)}
        heads = ", ".join(f"${name}: {kinds}" for name in variables)
        fields = " ".join(
            f"f{index}: {way.name}({way.takes}: $v{index}) {way.selection}"
            for index in range(len(some))
        )
        texts.append(text_of(await hidden.client.ask(f"query({heads}) {{ {fields} }}", variables)))
    return "".join(texts)


async def test_a_filter_tells_nothing_of_hidden_offerings(hidden: Hidden) -> None:
    """A place whose only clinic is a draft does not offer one, whichever way round one asks."""
    names = [f"merchant-with-{name}-clinic" for name in (*STATES, "base")]
    for where, expected in (
        ("{offering: {eq: CLINIC}}", {"published", "base"}),
        ("{not: {offering: {eq: CLINIC}}}", set(STATES) - {"published"}),
        ("{not: {not: {offering: {in: [CLINIC]}}}}", {"published", "base"}),
    ):
        for field in ("merchants", "places"):
            way = next(way for way in WAYS if str(way) == f"Query.{field}")
            reached = await hidden.reached(way, f"where: {where}, {FIRST}")
            assert reached & set(names) == {f"merchant-with-{each}-clinic" for each in expected}


async def test_a_filter_tells_nothing_of_hidden_relations(hidden: Hidden) -> None:
    """Asking for the courses of a draft programme finds none: their `program` reads null."""
    secret = {hidden.ids[slug]: slug for slug in hidden.leaks(hidden.states)}
    asked, wrong = 0, []
    for way in WAYS:
        for where in wheres(way, hidden.types) if way.takes == "page" else ():
            named = [slug for id_, slug in secret.items() if id_ in where]
            if not named or "not" in where:
                continue
            asked += 1
            reached = await hidden.reached(way, f"{where}, {FIRST}")
            wrong += [f"{way} by {named[0]}: {sorted(reached)}"] if reached else []
    assert wrong == []
    assert asked > 50


async def test_an_outline_counts_what_is_published(hidden: Hidden) -> None:
    data = await hidden.client.ask(
        '{ course(by: {slug: "course-base"}) { outline { lessonCount durationSeconds }'
        " lessons { totalCount } } }"
    )
    published = data["course"]["lessons"]["totalCount"]
    assert published == 3
    assert data["course"]["outline"] == {"lessonCount": 3, "durationSeconds": 180}


async def test_a_hidden_place_leaves_no_venue(hidden: Hidden) -> None:
    names = [f"event-at-station-{state}" for state in STATES]
    for slug in names:
        data = await hidden.client.ask(
            "query($slug: String!) { event(by: {slug: $slug}) { venue { id name address "
            "location { latitude } place { id } } } }",
            {"slug": slug},
        )
        assert (data["event"]["venue"] is not None) == (slug == names[-1]), slug


async def test_every_type_with_an_id_is_in_the_world(hidden: Hidden) -> None:
    assert set(hidden.types) == set(node_types())
    assert len(hidden.states) > 200
