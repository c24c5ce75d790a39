"""The reference queries: real content comes back, in a number of statements that is pinned.

Benchmarks and documentation speak of the same queries.
"""

from typing import Any

import pytest

from tests.schema.client import GraphQLClient

HOME = """
query Home($n: Int!) { courses(first: $n, orderBy: [{field: PUBLISHED_AT, direction: DESC}]) {
  nodes { id title summary coverUrl instructor { id name }
    lessons(first: 5) { nodes { id title durationSeconds } } } } }
"""
TOWN_MERCHANTS = """
query TownMerchants($town: ID!, $n: Int = 50) { merchants(first: $n, where: {town: $town}) {
  nodes { id name address location { latitude longitude }
    offerings(first: 3) { nodes { id title kind } } } } }
"""
LIBRARY = """
query Library($n: Int = 6) { programs(first: $n) { nodes { id name courses(first: 10) { nodes {
  id title lessons(first: 12) { nodes { id title durationSeconds } } } } } } }
"""
COURSE_PAGE = """
query CoursePage($id: ID!, $n: Int = 50) { course(by: {id: $id}) {
  id title summary bodyHtml instructor { id name bio }
  lessons(first: $n) { nodes { id title durationSeconds kind } }
  seats { capacity taken waiting } viewerRegistration { state } } }
"""
NEAR = """
query Near($point: GeoPointInput!, $m: Int!, $n: Int = 20) {
  places(first: $n, where: {near: {point: $point, withinMetres: $m}, openNow: true}) {
    edges { distanceMetres node { __typename id name address isOpenNow amenities { code label } } }
    pageInfo { hasNextPage endCursor } } }
"""
AGENDA = """
query Agenda($from: DateTime!, $to: DateTime!, $n: Int = 30) {
  events(first: $n, where: {startsAt: {gte: $from, lt: $to}}) { nodes {
    id title kind startsAt endsAt venue { id name } seats { capacity taken }
    registration { isOpen opensAt closesAt } } } }
"""

PANHUO_ROAD = {"latitude": 29.8338, "longitude": 121.6012}
DECEMBER = {"from": "2026-12-01T00:00:00+08:00", "to": "2027-01-01T00:00:00+08:00"}
COUNTED = {"from": "2026-12-15T00:00:00+08:00", "to": "2027-03-31T00:00:00+08:00"}
"""From the first event on whose seats are counted: their pools are read for seats and windows."""


async def id_of(hub: GraphQLClient, field: str, slug: str) -> str:
    query = f"query($slug: String!) {{ found: {field}(by: {{slug: $slug}}) {{ id }} }}"
    data = await hub.ask(query, {"slug": slug})
    return str(data["found"]["id"])


async def test_home(hub: GraphQLClient) -> None:
    courses = (await hub.ask(HOME, {"n": 20}))["courses"]["nodes"]
    assert len(courses) == 20
    assert courses[0]["title"] == "成人高考数学（高起专）"
    assert courses[0]["instructor"]["name"] == "孙凯文"
    lessons = courses[0]["lessons"]["nodes"]
    assert [each["title"] for each in lessons[:2]] == ["从分数和方程开始", "函数与图像"]
    assert all(0 < len(course["lessons"]["nodes"]) <= 5 for course in courses)
    assert all(lesson["durationSeconds"] > 0 for lesson in lessons)


async def test_town_merchants(hub: GraphQLClient) -> None:
    town = await id_of(hub, "town", "panhuo")
    merchants = (await hub.ask(TOWN_MERCHANTS, {"town": town}))["merchants"]["nodes"]
    assert len(merchants) == 34
    found = {each["name"]: each for each in merchants}
    assert found["一帆快餐"]["address"] == "潘火街道潘火路 46 号"
    assert found["一帆快餐"]["location"] == {"latitude": 29.8331, "longitude": 121.5936}
    assert all(each["offerings"]["nodes"] for each in merchants)
    assert max(len(each["offerings"]["nodes"]) for each in merchants) <= 3


async def test_library(hub: GraphQLClient) -> None:
    programs = (await hub.ask(LIBRARY))["programs"]["nodes"]
    assert programs[0]["name"] == "小哥微课堂"
    assert len(programs) == 6
    courses = [course for program in programs for course in program["courses"]["nodes"]]
    assert len(courses) > 30
    assert all(course["lessons"]["nodes"] for course in courses)


async def test_course_page(hub: GraphQLClient) -> None:
    course_id = await id_of(hub, "course", "ebike-safety-basics")
    course = (await hub.ask(COURSE_PAGE, {"id": course_id}))["course"]
    assert course["id"] == course_id
    assert course["title"] == "电动自行车安全骑行入门"
    assert course["bodyHtml"].startswith("<h2>学完你能做到</h2>")
    assert "<table>" in course["bodyHtml"]
    assert course["instructor"]["name"] == "陈国栋"
    assert course["instructor"]["bio"]
    assert len(course["lessons"]["nodes"]) == 8
    assert {lesson["kind"] for lesson in course["lessons"]["nodes"]} >= {"VIDEO", "ARTICLE"}


async def test_near(hub: GraphQLClient) -> None:
    places = (await hub.ask(NEAR, {"point": PANHUO_ROAD, "m": 2_000}))["places"]
    distances = [edge["distanceMetres"] for edge in places["edges"]]
    assert len(distances) == 20
    assert distances == sorted(distances)
    assert 0 <= distances[0] < distances[-1] <= 2_000
    assert {edge["node"]["__typename"] for edge in places["edges"]} == {"Merchant", "Station"}
    assert all(edge["node"]["isOpenNow"] for edge in places["edges"])
    codes = {word["code"] for edge in places["edges"] for word in edge["node"]["amenities"]}
    assert "water-dispenser" in codes
    assert places["pageInfo"]["hasNextPage"]
    assert places["pageInfo"]["endCursor"]


async def test_agenda(hub: GraphQLClient) -> None:
    events = (await hub.ask(AGENDA, DECEMBER))["events"]["nodes"]
    starts = [event["startsAt"] for event in events]
    assert starts == sorted(starts)
    found = {event["title"]: event for event in events}
    assert starts[0] == "2026-12-02T02:00:00Z"
    assert {event["kind"] for event in events} >= {"TALK", "CLINIC", "LECTURE", "SHOW"}
    registration = next(event["registration"] for event in events if event["kind"] == "CLINIC")
    assert registration == {
        "isOpen": True,
        "opensAt": "2026-11-20T02:00:00Z",
        "closesAt": "2026-12-04T10:00:00Z",
    }
    assert all(event["venue"]["name"] for event in found.values())


@pytest.mark.parametrize(
    ("document", "variables", "statements"),
    [
        pytest.param(HOME, {}, 3, id="Home"),
        pytest.param(TOWN_MERCHANTS, {"town": ("town", "panhuo")}, 2, id="TownMerchants"),
        pytest.param(LIBRARY, {}, 3, id="Library"),
        pytest.param(COURSE_PAGE, {"id": ("course", "ebike-safety-basics")}, 3, id="CoursePage"),
        pytest.param(NEAR, {"point": PANHUO_ROAD, "m": 50_000}, 4, id="Near"),
        pytest.param(AGENDA, COUNTED, 4, id="Agenda"),
    ],
)
async def test_statements_do_not_grow_with_rows(
    hub: GraphQLClient, document: str, variables: dict[str, Any], statements: int
) -> None:
    """One statement a level, however many rows; Near also asks which time zones there are, and
    its hours come with `isOpenNow`.
    """
    given = {
        name: await id_of(hub, *value) if isinstance(value, tuple) else value
        for name, value in variables.items()
    }
    few = await hub.send(document, {**given, "n": 1})
    many = await hub.send(document, {**given, "n": 50})
    assert len(str(many.data)) > len(str(few.data))
    assert (len(few.statements), len(many.statements)) == (statements, statements)
