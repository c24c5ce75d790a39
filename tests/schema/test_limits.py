"""Limits and cost: what is counted, what is refused, what may pass."""

import itertools

import pytest
from graphql import get_introspection_query, parse
from structlog.testing import capture_logs

from schema.cost import COST_MAX
from schema.limits import DEFINITIONS_MAX, NESTING_MAX, SELECTIONS_MAX, VALUE_TOKENS_MAX, scan
from tests.schema.toy import Answer, ask, endpoint


def bomb(length: int, *, width: int = 2, core: str = "courses { nodes { id } }") -> str:
    """Fragments that each spread the next one `width` times: `width ** length` cores."""
    links = (f"fragment f{i} on Query {{ {f'...f{i + 1} ' * width} }}" for i in range(length))
    return f"{{ ...f0 }} {' '.join(links)} fragment f{length} on Query {{ {core} }}"


def nested(levels: int) -> str:
    """A query that is `levels` deep: courses, nodes, parents, id."""
    inner = "parent { " * (levels - 3) + "id" + " }" * (levels - 3)
    return f"{{ courses(first: 1) {{ nodes {{ {inner} }} }} }}"


def cost(answer: Answer) -> int:
    """What the answer says the operation costs."""
    requested = answer.json["extensions"]["cost"]["requested"]
    assert isinstance(requested, int)
    return requested


EDGES_AND_NODES = """
{ courses(first: 2) { nodes { lessons(first: 3) { edges { cursor node { id } } nodes { id } } } } }
"""

SHARED_PAGE = """
query ($n: Int) { a: courses(first: $n) { ...Page } b: courses(first: 1) { ...Page } }
fragment Page on CourseConnection { nodes { id lessons(first: $n) { nodes { id } } } }
"""


def aliases(count: int) -> str:
    """A query with as many selections, each under a name of its own."""
    return "{ " + " ".join(f"a{i}: echo" for i in range(count)) + " }"


def chain(length: int) -> str:
    """Fragments that each spread the next one once."""
    return bomb(length, width=1, core="echo")


@pytest.mark.parametrize(
    ("document", "variables", "expected"),
    [
        ("{ __typename }", {}, 1),
        ("{ echo }", {}, 1),
        ("{ echo a: echo }", {}, 2),
        # courses, nodes, and for each of 20 courses its id
        ("{ courses { nodes { id } } }", {}, 1 + 1 + 20),
        ("{ courses(first: 5) { nodes { id } } }", {}, 1 + 1 + 5),
        ("{ courses(last: 7) { nodes { id } } }", {}, 1 + 1 + 7),
        ("{ courses(first: 5, last: 7) { nodes { id } } }", {}, 1 + 1 + 7),
        ("{ courses(first: null) { nodes { id } } }", {}, 1 + 1 + 20),
        ("{ courses(first: -3) { nodes { id } } }", {}, 1 + 1),
        ("{ courses(first: 0) { nodes { id } } }", {}, 1 + 1),
        # a plain list is taken to have 20 items, or what its definition says
        ("{ courses(first: 1) { nodes { tags } } }", {}, 1 + 1 + 1),
        ("{ courses(first: 1) { nodes { parts { id title } } } }", {}, 1 + 1 + 1 + 3 * 2),
        ("{ courses(first: 2) { nodes { report } } }", {}, 1 + 1 + 2 * 5),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
        ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a", "b"]}, 1 + 2),
        # edges and nodes each have as many items as the page
        (EDGES_AND_NODES, {}, 1 + 1 + 2 * (1 + 1 + 3 * (1 + 1 + 1) + 1 + 3)),
        # variables, their defaults, and the page's own default
        ("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": 8}, 1 + 1 + 8),
        ("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": None}, 1 + 1 + 20),
        ("query($n: Int) { courses(first: $n) { nodes { id } } }", {}, 1 + 1 + 20),
        ("query($n: Int = 9) { courses(first: $n) { nodes { id } } }", {}, 1 + 1 + 9),
        ("query($n: Int = 9) { courses(first: $n) { nodes { id } } }", {"n": 2}, 1 + 1 + 2),
        (
            "query($n: Int, $m: Int) { courses(first: $n, last: $m) { nodes { id } } }",
            {"n": 2, "m": 4},
            1 + 1 + 4,
        ),
        # a fragment on the connection takes the size of the page it is spread in
        (SHARED_PAGE, {"n": 3}, (1 + 1 + 3 * (1 + 1 + 1 + 3)) + (1 + 1 + 1 * (1 + 1 + 1 + 3))),
        ("{ courses(first: 2) { ... { nodes { ... on Course { id } } } } }", {}, 1 + 1 + 2),
    ],
)
async def test_the_cost_is_the_number_of_values(
    document: str, variables: dict[str, object], expected: int
) -> None:
    answer = await ask(endpoint(), document, variables=variables)
    assert "errors" not in answer.json
    assert cost(answer) == expected


async def test_a_cost_above_the_limit_names_both() -> None:
    document = "query($n: Int!) { courses(first: $n) { nodes { id title } } }"
    app = endpoint(limit_cost=100)
    assert (await ask(app, document, variables={"n": 49})).status == 200
    answer = await ask(app, document, variables={"n": 50}, headers={"accept-language": "en"})
    assert (answer.status, answer.code) == (400, "COST_EXCEEDED")
    assert "costs 102; the limit is 100" in answer.error["message"]
    assert answer.json["extensions"]["cost"] == {"requested": 102, "limit": 100, "remaining": 0}
    literal = await ask(app, document.replace("$n)", "50)").replace("($n: Int!)", ""))
    assert literal.json["extensions"] == answer.json["extensions"]


@pytest.mark.parametrize("value", [10**30, 2**62, "999999999999", [1] * 10, {"a": 1}, True, 1.5])
async def test_a_variable_that_is_no_size_harms_nobody(value: object) -> None:
    document = "query($n: Int) { courses(first: $n) { nodes { id } } }"
    answer = await ask(endpoint(), document, variables={"n": value if value != 10**30 else 1e30})
    assert answer.status == 400
    assert answer.code in {"BAD_USER_INPUT", "COST_EXCEEDED"}


@pytest.mark.parametrize(
    ("settings", "passes", "refused"),
    [
        ({"limit_depth": 6}, nested(6), nested(7)),
        ({"limit_aliases": 2}, "{ a: echo b: echo }", "{ a: echo b: echo c: echo }"),
        ({"limit_tokens": 6}, "{ a: echo }", "{ a: echo echo }" + "#" * 2),
        ({"limit_aliases": 2_000}, aliases(SELECTIONS_MAX), aliases(SELECTIONS_MAX + 1)),
        (
            {},
            f"{{ nodes(ids: [{'1 ' * (VALUE_TOKENS_MAX - 4)}]) {{ id }} }}",
            f"{{ nodes(ids: [{'1 ' * VALUE_TOKENS_MAX}]) {{ id }} }}",
        ),
        ({}, chain(NESTING_MAX - 2), chain(NESTING_MAX - 1)),
    ],
)
async def test_each_limit_holds_at_its_edge(
    settings: dict[str, object], passes: str, refused: str
) -> None:
    assert (await ask(endpoint(**settings), passes)).status == 200
    answer = await ask(endpoint(**settings), refused)
    assert (answer.status, answer.code) == (400, "COST_EXCEEDED")


async def test_too_many_definitions_are_refused() -> None:
    document = " ".join(f"query q{i} {{ echo }}" for i in range(DEFINITIONS_MAX + 1))
    assert (await ask(endpoint(), document)).code == "COST_EXCEEDED"


async def test_nesting_without_fields_is_refused_too() -> None:
    depth = NESTING_MAX + 1
    document = "{ " + "... on Query { " * depth + "echo" + " }" * depth + " }"
    assert (await ask(endpoint(), document)).code == "COST_EXCEEDED"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("mutation { " + " ".join(f'm{i}: write(text: "a")' for i in range(4)) + " }", None),
        (
            "mutation { " + " ".join(f'm{i}: write(text: "a")' for i in range(5)) + " }",
            "COST_EXCEEDED",
        ),
        ("mutation { ...A ...A } fragment A on Mutation { a: signIn }", "COST_EXCEEDED"),
        ("mutation { a: signIn b: signIn }", "COST_EXCEEDED"),
        ("mutation { signIn ... on Mutation { signIn } }", "COST_EXCEEDED"),
        ('mutation { signIn write(text: "a") }', None),
        ("query A { echo } mutation B { a: signIn b: signIn }", "COST_EXCEEDED"),
    ],
)
async def test_root_mutations_are_few_and_sign_in_comes_once(
    document: str, code: str | None
) -> None:
    answer = await ask(endpoint(), document)
    assert (answer.code if "errors" in answer.json else None) == code


async def test_warning_only_lets_through_and_logs() -> None:
    app = endpoint(limits_warn_only=True, limit_depth=2, limit_cost=5, limit_tokens=5)
    with capture_logs() as logs:
        answer = await ask(app, "{ courses(first: 4) { nodes { id } } }")
    assert answer.json["data"] == {"courses": {"nodes": [{"id": "1"}]}}
    assert {line["key"] for line in logs} == {"limit_depth", "limit_cost", "limit_tokens"}
    assert answer.json["extensions"]["cost"] == {"requested": 6, "limit": 5, "remaining": 0}


async def test_warning_only_never_lets_sign_in_through_twice() -> None:
    app = endpoint(limits_warn_only=True)
    assert (await ask(app, "mutation { a: signIn b: signIn }")).code == "COST_EXCEEDED"


TYPES_BY_FRAGMENTS = """
{ __schema { types { ...T } } }
fragment T on __Type { fields { type { ...U } } }
fragment U on __Type { fields { type { interfaces { name } } } }
"""

INTROSPECTION = [
    get_introspection_query(**dict(zip(names, values, strict=True)))
    for names in [("descriptions", "specified_by_url", "input_value_deprecation")]
    for values in itertools.product([True, False], repeat=3)
]


@pytest.mark.parametrize("document", INTROSPECTION)
async def test_the_standard_introspection_query_passes(document: str) -> None:
    answer = await ask(endpoint(limit_depth=3, limit_cost=10), document)
    assert "errors" not in answer.json
    assert cost(answer) == 1


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        '{ __type(name: "Query") { fields { type { fields { type { fields { name } } } } } } }',
        TYPES_BY_FRAGMENTS,
        '{ __type(name: "Query") { ' + "ofType { " * 30 + "name" + " }" * 30 + " } }",
        "{ ...R ...R ...R } "
        + get_introspection_query().replace("query IntrospectionQuery", "fragment R on Query"),
    ],
)
async def test_introspection_bombs_are_refused(document: str) -> None:
    assert (await ask(endpoint(), document)).code == "COST_EXCEEDED"


@pytest.mark.parametrize("width", [2, 3, 10])
async def test_fragment_bombs_are_refused(width: int) -> None:
    """Walked without memory the longest would take 2^40 steps: this would never end."""
    app = endpoint()
    for length in (12, 20, 40):
        answer = await ask(app, bomb(length, width=width))
        assert answer.code == "COST_EXCEEDED"
        if length == 40:
            assert cost(answer) == (COST_MAX if width > 2 else 22 * 2**40)


@pytest.mark.parametrize(
    "document",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { echo ...B } fragment B on Query { echo ...A }",
        "{ ...Unknown }",
        "{ unknown { deeper { still } } }",
        "{ courses { ... on Nothing { nodes { id } } } }",
        "mutation { unknown } ",
        "subscription { something }",
        "{ courses(first: $unknown) { nodes { id } } }",
    ],
)
async def test_what_is_invalid_is_left_to_validation(document: str) -> None:
    answer = await ask(endpoint(), document)
    assert answer.status == 400
    assert {error["extensions"]["code"] for error in answer.json["errors"]} == {"BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "document",
    [
        "{ echo }",
        'query A($a: Int = 1) @x { a: echo(text: "a \\" b # c", count: -1.5e3) ...F }',
        '{ echo(text: """block \\""" "quote" # no comment""") } # a comment\n#another',
        "fragment F on Query { ...on Query @include(if: true) { echo } }",
    ],
)
def test_the_scan_never_counts_less_than_the_parser(document: str) -> None:
    found = scan(document, tokens_max=10_000).tokens
    parse(document, max_tokens=found)
    with pytest.raises(Exception, match="more than"):
        parse(document, max_tokens=found - 1 - document.count("#another"))
