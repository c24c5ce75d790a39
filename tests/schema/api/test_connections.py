"""Relay's connections to the letter: cursors, directions, page info, counts."""

from typing import Any

import pytest

from hub import pagination
from tests.schema.client import GraphQLClient

PAGE = """
edges { cursor node { id } } nodes { id }
pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount isTotalCapped
"""
STATIONS = f"""
query($first: Int, $after: String, $last: Int, $before: String, $order: [StationOrder!]) {{
  list: stations(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {{
    {PAGE} }} }}
"""
LESSONS = f"""
query($first: Int, $after: String, $last: Int, $before: String) {{
  course(by: {{slug: "ebike-safety-basics"}}) {{
    list: lessons(first: $first, after: $after, last: $last, before: $before) {{ {PAGE} }} }} }}
"""
EVENTS = f"""
query($first: Int, $after: String, $last: Int, $before: String, $order: [EventOrder!]) {{
  list: events(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {{
    {PAGE} }} }}
"""
NEWEST = [{"field": "PUBLISHED_AT", "direction": "DESC"}]
NAMED = [{"field": "PUBLISHED_AT", "direction": "DESC"}, {"field": "NAME", "direction": "ASC"}]


async def page(hub: GraphQLClient, document: str, **variables: Any) -> dict[str, Any]:
    data = await hub.ask(document, variables)
    found: dict[str, Any] = data["list"] if "list" in data else data["course"]["list"]
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["nodes"]]


@pytest.mark.parametrize(
    ("document", "variables", "total"),
    [
        pytest.param(STATIONS, {}, 86, id="stations"),
        pytest.param(STATIONS, {"order": NEWEST}, 86, id="newest"),
        pytest.param(STATIONS, {"order": NAMED}, 86, id="mixed directions"),
        pytest.param(EVENTS, {"order": NEWEST}, 25, id="events"),
        pytest.param(LESSONS, {}, 8, id="nested"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100])
async def test_walks_give_the_whole_list_in_order(
    hub: GraphQLClient, document: str, variables: dict[str, Any], total: int, size: int
) -> None:
    if size == 1 and total > 30:
        size = 29
    everything = ids(await page(hub, document, first=100, **variables))
    assert len(everything) == len(set(everything)) == total
    forward = await walk(hub, document, variables, size=size, forward=True)
    assert [id_ for found in forward for id_ in ids(found)] == everything
    backward = await walk(hub, document, variables, size=size, forward=False)
    assert [id_ for found in reversed(backward) for id_ in ids(found)] == everything


async def walk(
    hub: GraphQLClient, document: str, variables: dict[str, Any], *, size: int, forward: bool
) -> list[dict[str, Any]]:
    """The pages of a walk, each checked for what it says of itself."""
    pages: list[dict[str, Any]] = []
    amount = {"first" if forward else "last": size}
    cursor: dict[str, Any] = {}
    while True:
        found = await page(hub, document, **variables, **amount, **cursor)
        assert_consistent(found)
        info = found["pageInfo"]
        assert info["hasPreviousPage" if forward else "hasNextPage"] == bool(pages)
        pages.append(found)
        if not info["hasNextPage" if forward else "hasPreviousPage"]:
            return pages
        assert len(found["nodes"]) == size
        cursor = {"after": info["endCursor"]} if forward else {"before": info["startCursor"]}


def assert_consistent(found: dict[str, Any]) -> None:
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert [edge["node"]["id"] for edge in found["edges"]] == ids(found)
    assert len(set(cursors)) == len(cursors)
    assert found["pageInfo"]["startCursor"] == cursors[0]
    assert found["pageInfo"]["endCursor"] == cursors[-1]
    assert found["isTotalCapped"] is False


@pytest.mark.parametrize("document", [STATIONS, LESSONS])
async def test_a_cursor_is_a_place_between_two_items(hub: GraphQLClient, document: str) -> None:
    everything = await page(hub, document, first=100)
    third = everything["edges"][2]["cursor"]
    assert ids(await page(hub, document, first=3, after=third)) == ids(everything)[3:6]
    assert ids(await page(hub, document, last=3, before=third)) == ids(everything)[:2]
    assert ids(await page(hub, document, before=third)) == ids(everything)[:2]
    assert (await page(hub, document, first=1, after=third))["totalCount"] == len(ids(everything))


async def test_twenty_come_unless_said(hub: GraphQLClient) -> None:
    assert len(ids(await page(hub, STATIONS))) == 20
    assert len(ids(await page(hub, STATIONS, first=None))) == 20


@pytest.mark.parametrize("amount", [{"first": 0}, {"last": 0}])
async def test_a_page_of_none_says_whether_there_are_any(
    hub: GraphQLClient, amount: dict[str, int]
) -> None:
    found = await page(hub, STATIONS, **amount)
    assert found["nodes"] == found["edges"] == []
    assert found["totalCount"] == 86
    info = found["pageInfo"]
    assert info["startCursor"] is info["endCursor"] is None
    assert info["hasNextPage"] is ("first" in amount)
    assert info["hasPreviousPage"] is ("last" in amount)


async def test_past_the_end_is_an_empty_page(hub: GraphQLClient) -> None:
    last = (await page(hub, STATIONS, last=1))["pageInfo"]["endCursor"]
    found = await page(hub, STATIONS, first=5, after=last)
    assert found["nodes"] == []
    assert found["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


async def test_a_cursor_holds_for_every_parent(hub: GraphQLClient) -> None:
    """`after` under several parents: each gives what lies behind the cursor's values in its own
    list.
    """
    query = """query($after: String) { courses(first: 30) { nodes {
      id lessons(first: 2, after: $after) { edges { cursor node { id position } } } } } }"""
    courses = (await hub.ask(query))["courses"]["nodes"]
    second = courses[0]["lessons"]["edges"][1]["cursor"]
    later = (await hub.ask(query, {"after": second}))["courses"]["nodes"]
    assert [edge["node"]["position"] for edge in later[0]["lessons"]["edges"]] == [3, 4]
    positions = [edge["node"]["position"] for each in later for edge in each["lessons"]["edges"]]
    assert min(positions) >= 2
    assert len(positions) > 30


@pytest.mark.parametrize(
    ("fields", "statements"),
    [
        ("nodes { id }", 1),
        ("nodes { id } totalCount", 2),
        ("nodes { id } isTotalCapped", 2),
        ("nodes { id } edges { cursor } totalCount isTotalCapped", 2),
        ("a: totalCount b: totalCount isTotalCapped nodes { id }", 2),
    ],
)
async def test_counting_costs_one_statement_and_only_when_asked(
    hub: GraphQLClient, fields: str, statements: int
) -> None:
    root = await hub.send(f"{{ stations(first: 2) {{ {fields} }} }}")
    assert root.data["stations"]
    assert len(root.statements) == statements
    nested = await hub.send(f"{{ towns(first: 9) {{ nodes {{ stations {{ {fields} }} }} }} }}")
    assert len(nested.data["towns"]["nodes"]) == 9
    assert len(nested.statements) == 1 + statements


async def test_a_long_list_is_counted_up_to_a_cap(
    hub: GraphQLClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_CAP", 10)
    query = "{ stations { totalCount isTotalCapped } serviceCentres { totalCount isTotalCapped } }"
    data = await hub.ask(query)
    assert data["stations"] == {"totalCount": 10, "isTotalCapped": True}
    assert data["serviceCentres"] == {"totalCount": 2, "isTotalCapped": False}


async def test_aliases_of_one_list_are_lists_of_their_own(hub: GraphQLClient) -> None:
    query = """{ courses(first: 3) { nodes {
      two: lessons(first: 2) { nodes { id } } last: lessons(last: 1) { nodes { id } }
      videos: lessons(where: {kind: {eq: VIDEO}}) { nodes { kind } } } } }"""
    for course in (await hub.ask(query))["courses"]["nodes"]:
        assert len(course["two"]["nodes"]) == 2
        assert len(course["last"]["nodes"]) == 1
        assert {node["kind"] for node in course["videos"]["nodes"]} <= {"VIDEO"}
