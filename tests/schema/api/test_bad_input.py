"""What callers get wrong: refused as BAD_USER_INPUT in words about their input, or null.

Never INTERNAL, never a word of Python or of a database.
"""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from schema.relay import decode_id, encode_id
from tests.schema.client import Answer, GraphQLClient

PYTHON_WORDS = re.compile(
    r"Traceback|Exception|(?<!Syntax )Error:|NoneType|object has no|unexpected keyword|asyncpg|"
    r"sqlite|invalid literal|padding|codec|datetime\.|UNSET|<class|graphql\.|strawberry|dict|tuple"
)
LIST = """
query($first: Int, $after: String, $last: Int, $before: String, $where: MerchantWhere,
    $order: [MerchantOrder!]) {
  merchants(first: $first, after: $after, last: $last, before: $before, where: $where,
    orderBy: $order) { nodes { id } } }
"""
POINT = {"latitude": 29.8, "longitude": 121.6}
NEAR = {"near": {"point": POINT}}
SOME_KEY = UUID("01a20adc-6a78-7a0e-9b0a-66ab6f1d8c11")
COURSE_ID = encode_id("Course", SOME_KEY)


def nested(depth: int) -> dict[str, Any]:
    where: dict[str, Any] = {"isAccessible": True}
    for _ in range(depth):
        where = {"not": where}
    return where


def assert_refused(answer: Answer) -> dict[str, Any]:
    error = answer.error
    assert error["extensions"]["code"] == "BAD_USER_INPUT", error
    assert error["extensions"]["requestId"]
    assert not PYTHON_WORDS.search(error["message"]), error["message"]
    assert len(error["message"]) <= 501
    return error


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"first": -1}, ["first"]),
        ({"first": 101}, ["first"]),
        ({"last": -1}, ["last"]),
        ({"last": 1_000}, ["last"]),
        ({"first": 1, "last": 1}, ["last"]),
        ({"first": 1, "before": "abc"}, ["before"]),
        ({"last": 1, "after": "abc"}, ["last"]),
        ({"after": ""}, ["after"]),
        ({"after": "x"}, ["after"]),
        ({"before": "not a cursor"}, ["before"]),
        ({"after": "é" * 10}, ["after"]),
        ({"after": "A" * 10_000}, ["after"]),
        ({"after": encode_id("Merchant", SOME_KEY)}, ["after"]),
        ({"order": [{"field": "DISTANCE"}]}, ["orderBy"]),
        ({"order": [{"field": "NAME"}, {"field": "NAME", "direction": "DESC"}]}, ["orderBy"]),
        ({"where": {"town": "x"}}, ["where", "town"]),
        ({"where": {"town": ""}}, ["where", "town"]),
        ({"where": {"town": "x" * 10_000}}, ["where", "town"]),
        ({"where": {"or": [{}, {"street": "!"}]}}, ["where", "or", 1, "street"]),
        ({"where": {"near": {"point": {**POINT, "latitude": 91}}}}, "latitude"),
        ({"where": {"near": {"point": {**POINT, "latitude": -90.1}}}}, "latitude"),
        ({"where": {"near": {"point": {**POINT, "longitude": 181}}}}, "longitude"),
        ({"where": {"near": {"point": POINT, "withinMetres": 0}}}, "withinMetres"),
        ({"where": {"near": {"point": POINT, "withinMetres": -5}}}, "withinMetres"),
        ({"where": {"near": {"point": POINT, "withinMetres": 100_001}}}, "withinMetres"),
        ({"where": {"amenity": {"in": ["x"] * 101}}}, ["where", "amenity", "in"]),
        ({"where": nested(12)}, ["where"]),
        ({"where": {"or": [{"isAccessible": True}] * 51}}, ["where"]),
    ],
)
async def test_an_argument_that_cannot_be_is_named(
    hub: GraphQLClient, variables: dict[str, Any], path: list[str | int] | str
) -> None:
    answer = await hub.send(LIST, variables)
    error = assert_refused(answer)
    assert answer.status == 200
    assert answer.body["data"] == {"merchants": None}
    assert error["path"] == ["merchants"]
    said = error["extensions"]["inputPath"]
    expected = ["where", "near", "point", path] if path in ("latitude", "longitude") else path
    assert said == (["where", "near", path] if path == "withinMetres" else expected)
    assert answer.statements == ()


@pytest.mark.parametrize(
    "variables",
    [
        {"first": -2_147_483_649},
        {"first": -(10**30)},
        {"first": 10**30},
        {"first": 1.5},
        {"first": "1"},
        {"first": True},
        {"after": 1},
        {"where": []},
        {"where": "x"},
        {"where": {"nonsense": 1}},
        {"where": {"state": {"eq": "DRAFT"}}},
        {"where": {"category": {"eq": "NO_SUCH_TRADE"}}},
        {"where": {"category": {"eq": "restaurant"}}},
        {"where": {"category": {"in": [None]}}},
        {"where": {"town": 1.5}},
        {"where": {"openAt": "2026-03-01T09:00:00"}},
        {"where": {"openAt": "2026-02-30T09:00:00Z"}},
        {"where": {"openAt": "2026-03-01"}},
        {"where": {"openAt": "yesterday"}},
        {"where": {"openAt": 1_700_000_000}},
        {"where": {"openAt": "0001-01-01T00:00:00+14:00"}},
        {"where": {"openAt": "\N{FULLWIDTH DIGIT NINE}" * 4 + "-01-01T00:00:00Z"}},
        {"where": {"publishedAt": {"gte": ""}}},
        {"where": {"near": {}}},
        {"where": {"near": {"point": {"latitude": 29.8}}}},
        {"where": {"near": {"point": {**POINT, "latitude": "29.8"}}}},
        {"where": {"near": {"point": {**POINT, "datum": "MARS"}}}},
        {"where": {"near": {"point": POINT, "withinMetres": 2.5}}},
        {"order": [{"field": "STATE"}]},
        {"order": [{"field": "NAME", "direction": "UP"}]},
        {"order": [None]},
    ],
)
async def test_a_variable_of_the_wrong_type_is_refused_before_anything_runs(
    hub: GraphQLClient, variables: dict[str, Any]
) -> None:
    answer = await hub.send_body(_body(LIST, variables))
    error = assert_refused(answer)
    assert answer.status == 400
    assert "data" not in answer.body
    name = next(iter(variables))
    assert name in error["message"] or name == error["extensions"]["inputPath"][0]
    assert answer.statements == ()


def _body(document: str, variables: dict[str, Any]) -> bytes:
    """With the standard library, which writes integers of any size."""
    return json.dumps({"query": document, "variables": variables}).encode()


@pytest.mark.parametrize("first", [5_000_000, 2_147_483_647, 2_147_483_648])
@pytest.mark.parametrize("as_literal", [True, False])
async def test_a_page_beyond_all_bounds_is_refused_for_its_cost(
    hub: GraphQLClient, first: int, as_literal: bool
) -> None:
    """The cost is known before the argument is looked at."""
    if as_literal:
        body = _body(f"{{ merchants(first: {first}) {{ nodes {{ id }} }} }}", {})
    else:
        body = _body(LIST, {"first": first})
    answer = await hub.send_body(body)
    assert answer.error["extensions"]["code"] == "COST_EXCEEDED"
    assert answer.statements == ()


@pytest.mark.parametrize(
    "document",
    [
        "{ merchants(first: 1, first: 2) { nodes { id } } }",
        "{ merchants(limit: 1) { nodes { id } } }",
        '{ merchants(where: {openAt: "2026-03-01T09:00:00"}) { nodes { id } } }',
        "{ merchants(where: {openAt: 5}) { nodes { id } } }",
        "{ merchants(where: {category: {eq: NONE}}) { nodes { id } } }",
        "{ merchants(where: {owner: 1}) { nodes { id } } }",
        "{ merchants(orderBy: [{field: CREATED_AT}]) { nodes { id } } }",
        "{ course(by: {}) { id } }",
        '{ course(by: {id: "a", slug: "b"}) { id } }',
        "{ course(by: {slug: null}) { id } }",
        "{ course(by: {name: 1}) { id } }",
        "{ course { id } }",
        "{ node { id } }",
        "{ nodes(ids: [null]) { id } }",
        "{ drafts { id } }",
        "{ merchants { nodes { state } } }",
        '{ station(by: {slug: "a"}) { location(datum: MARS) { latitude } } }',
    ],
)
async def test_a_document_that_is_not_valid_is_refused(hub: GraphQLClient, document: str) -> None:
    answer = await hub.send(document)
    assert answer.errors
    for error in answer.errors:
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert not PYTHON_WORDS.search(error["message"]), error["message"]
        assert error["locations"]
    assert answer.statements == ()


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("{ node(id: $id) { id } }", ["id"]),
        ("{ nodes(ids: [$id]) { id } }", ["ids", 0]),
        ("{ course(by: {id: $id}) { id } }", ["by", "id"]),
        ("{ place(by: {id: $id}) { id } }", ["by", "id"]),
        ("{ events(where: {place: $id}) { nodes { id } } }", ["where", "place"]),
    ],
)
@pytest.mark.parametrize(
    "id_", ["x", "", "!!!!", "1", "é", "A" * 200, "Q291cnNlOjE", COURSE_ID + "AAAA", COURSE_ID[:-3]]
)
async def test_an_id_that_is_none_of_ours_is_refused(
    hub: GraphQLClient, query: str, path: list[str | int], id_: str
) -> None:
    answer = await hub.send(f"query($id: ID!) {query}", {"id": id_})
    assert assert_refused(answer)["extensions"]["inputPath"] == path


@pytest.mark.parametrize(
    "id_", [encode_id(name, SOME_KEY) for name in ("Course", "Town", "Person", "PageInfo")]
)
async def test_an_id_of_nothing_or_of_another_type_finds_nothing(
    hub: GraphQLClient, id_: str
) -> None:
    station = (await hub.ask("{ stations(first: 1) { nodes { id } } }"))["stations"]["nodes"][0]
    query = """query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id }
      merchant(by: {id: $id}) { id } course(by: {id: $id}) { id }
      merchants(where: {town: $id}) { nodes { id } totalCount } }"""
    data = await hub.ask(query, {"id": id_, "ids": [id_, station["id"], id_]})
    assert data["node"] is data["merchant"] is data["course"] is None
    assert data["nodes"] == [None, station, None]
    assert data["merchants"] == {"nodes": [], "totalCount": 0}
    wrong = await hub.ask("query($id: ID!) { merchant(by: {id: $id}) { id } }", station)
    assert wrong == {"merchant": None}


async def test_a_key_under_another_type_finds_nothing(hub: GraphQLClient) -> None:
    """The key of a real row, in an id that says another type."""
    found = await hub.ask(
        """{ station(by: {slug: "yinghua-garden"}) { id } town(by: {slug: "panhuo"}) { id } }"""
    )
    station, town = (decode_id(found[name]["id"], path=()).key for name in ("station", "town"))
    data = await hub.ask(
        """query($place: ID!, $town: ID!, $merchant: ID!) {
        place(by: {id: $place}) { id } station(by: {id: $place}) { id } node(id: $place) { id }
        town(by: {id: $town}) { id } nodes(ids: [$town, $merchant]) { id }
        stations(where: {town: $town}) { totalCount } merchant(by: {id: $merchant}) { id } }""",
        {
            "place": encode_id("Course", station),
            "town": encode_id("Course", town),
            "merchant": encode_id("Merchant", station),
        },
    )
    empty = {"place": None, "station": None, "node": None, "town": None, "merchant": None}
    assert data == {**empty, "nodes": [None, None], "stations": {"totalCount": 0}}


async def test_an_id_in_another_spelling_is_refused_or_the_same(hub: GraphQLClient) -> None:
    """Base64 has spare bits and padding; only the spelling that was given out is an id."""
    station = (await hub.ask("{ stations(first: 1) { nodes { id } } }"))["stations"]["nodes"][0]
    for spelling in (station["id"] + "=", station["id"] + "==", station["id"] + "\n"):
        answer = await hub.send("query($id: ID!) { node(id: $id) { id } }", {"id": spelling})
        if answer.errors:
            assert_refused(answer)
        else:
            assert answer.data["node"] in (station, None)


async def test_at_most_a_hundred_nodes(hub: GraphQLClient) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await hub.send(query, {"ids": [COURSE_ID] * 101})
    assert assert_refused(answer)["extensions"]["inputPath"] == ["ids"]
    assert await hub.ask(query, {"ids": [COURSE_ID] * 100}) == {"nodes": [None] * 100}
    assert await hub.ask(query, {"ids": []}) == {"nodes": []}


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "no-such",
        "x" * 10_000,
        "\N{FULLWIDTH LATIN CAPITAL LETTER A}",
        "a'b\"; --",
        "%",
        "🛵",
        "\x01",
    ],
)
async def test_a_slug_of_nothing_finds_nothing(hub: GraphQLClient, slug: str) -> None:
    query = (
        "query($slug: String!) { course(by: {slug: $slug}) { id } place(by: {slug: $slug}) { id } }"
    )
    assert await hub.ask(query, {"slug": slug}) == {"course": None, "place": None}
    found = await hub.ask(
        "query($code: String!) { merchants(where: {amenity: {in: [$code]}}) { totalCount } }",
        {"code": slug},
    )
    assert found["merchants"] == {"totalCount": 0}


NUL_DOCUMENTS = [
    "query($text: String!) { course(by: {slug: $text}) { id } }",
    "query($text: String!) { merchants(where: {amenity: {eq: $text}}) { nodes { id } } }",
    "query($text: String!) { courses(where: {topic: {in: [$text]}}) { nodes { id } } }",
    "query($text: String!) { merchants(after: $text) { nodes { id } } }",
    "query($text: ID!) { node(id: $text) { id } }",
]


@pytest.mark.parametrize("document", NUL_DOCUMENTS)
@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff\ud800"])
async def test_text_that_no_database_takes_is_refused(
    hub: GraphQLClient, document: str, text: str
) -> None:
    """NUL and lone surrogates, as escapes in the variables' JSON."""
    body = f'{{"query": "{document}", "variables": {{"text": "{text}"}}}}'
    answer = await hub.send_body(body.encode())
    assert_refused(answer)
    assert answer.statements == ()


@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000", r"\ud800", r"\udfff\ud800", r"\u{0}"])
async def test_literals_that_no_database_takes_are_refused(hub: GraphQLClient, text: str) -> None:
    """The same as escapes of GraphQL itself."""
    for document in (
        f'{{ course(by: {{slug: "{text}"}}) {{ id }} }}',
        f'{{ merchants(where: {{amenity: {{eq: "{text}"}}}}) {{ nodes {{ id }} }} }}',
        f'query($s: String! = "{text}") {{ course(by: {{slug: $s}}) {{ id }} }}',
    ):
        answer = await hub.send(document)
        assert_refused(answer)
        assert answer.statements == ()


@pytest.mark.parametrize(
    ("where", "matches"),
    [
        ("{}", True),
        ("null", True),
        ("{or: []}", False),
        ("{and: []}", True),
        ("{not: {}}", False),
        ("{amenity: {in: []}}", False),
        ("{category: {eq: null}}", True),
        ("{town: null}", True),
        ("{category: {}}", True),
        ('{or: [{}, {amenity: {eq: "none"}}]}', True),
        ("{near: null}", True),
    ],
)
async def test_empty_and_null_inputs_mean_what_they_say(
    hub: GraphQLClient, where: str, matches: bool
) -> None:
    """Left out and null narrow nothing; of none of these: nothing."""
    data = await hub.ask(f"{{ merchants(where: {where}) {{ totalCount }} }}")
    assert data["merchants"]["totalCount"] == (34 if matches else 0)


async def test_a_cursor_belongs_to_its_order_and_its_list(hub: GraphQLClient) -> None:
    query = """query($where: MerchantWhere) { a: merchants(first: 1) { pageInfo { endCursor } }
      b: merchants(first: 1, where: $where) { pageInfo { endCursor } }
      c: courses(first: 1) { pageInfo { endCursor } } }"""
    circle = {"near": {"point": POINT, "withinMetres": 50_000}}
    data = await hub.ask(query, {"where": circle})
    cursors = {name: found["pageInfo"]["endCursor"] for name, found in data.items()}
    for variables in (
        {"after": cursors["c"]},
        {"after": cursors["b"]},
        {"after": cursors["a"], "order": [{"field": "NAME", "direction": "DESC"}]},
        {"after": cursors["b"], "where": {"near": {"point": {**POINT, "latitude": 29.9}}}},
        {"after": cursors["a"][:-2] + "AA"},
    ):
        error = assert_refused(await hub.send(LIST, variables))
        assert error["extensions"]["inputPath"] == ["after"]
    assert (await hub.send(LIST, {"after": cursors["b"], "where": circle})).errors == []
