"""The reference queries, and real variables for them, taken from the data that is measured."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from hub import clock

Variables = dict[str, Any]
Ask = Callable[[str, Variables], Awaitable[dict[str, Any]]]
"""Asks the hub a document with variables and gives `data`."""

VARIANTS = 8
"""How many sets of variables a query is sent with, in turn."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One query by its public name."""

    name: str
    document: str


REFERENCES: Mapping[str, Reference] = {
    name: Reference(name, document)
    for name, document in {
        "Home": """
query Home($n: Int!) { courses(first: $n, orderBy: [{field: PUBLISHED_AT, direction: DESC}]) {
  nodes { id title summary coverUrl instructor { id name }
    lessons(first: 5) { nodes { id title durationSeconds } } } } }""",
        "TownMerchants": """
query TownMerchants($town: ID!) { merchants(first: 50, where: {town: $town}) { nodes {
  id name address location { latitude longitude }
  offerings(first: 3) { nodes { id title kind } } } } }""",
        "Library": """
query Library { programs(first: 6) { nodes { id name courses(first: 10) { nodes { id title
  lessons(first: 12) { nodes { id title durationSeconds } } } } } } }""",
        "CoursePage": """
query CoursePage($id: ID!) { course(by: {id: $id}) { id title summary bodyHtml
  instructor { id name bio }
  lessons(first: 50) { nodes { id title durationSeconds kind } } } }""",
        "Near": """
query Near($point: GeoPointInput!, $m: Int!) {
  places(first: 20, where: {near: {point: $point, withinMetres: $m}, openNow: true}) {
    edges { distanceMetres node { __typename id name address isOpenNow
      amenities { code label } } }
    pageInfo { hasNextPage endCursor } } }""",
        "Agenda": """
query Agenda($from: DateTime!, $to: DateTime!) {
  events(first: 30, where: {startsAt: {gte: $from, lt: $to}}) { nodes {
    id title kind startsAt endsAt venue { id name }
    registration { isOpen opensAt closesAt } } } }""",
    }.items()
}

MERCHANT_PAGE = """
query MerchantPage($first: Int!, $after: String) { merchants(first: $first, after: $after) {
  nodes { id name } pageInfo { hasNextPage endCursor } } }"""

_KEYS = """
query Keys($n: Int!) {
  merchants(first: 100) { nodes { town { id location { latitude longitude } } } }
  courses(first: $n) { nodes { id } } }"""


async def variables_for(ask: Ask) -> dict[str, list[Variables]]:
    """The sets of variables of every reference query, chosen from what the hub answers."""
    keys = await ask(_KEYS, {"n": VARIANTS})
    towns = {each["town"]["id"]: each["town"] for each in keys["merchants"]["nodes"]}
    chosen = list(towns.values())[:VARIANTS]
    return {
        "Home": [{"n": 20}],
        "TownMerchants": [{"town": town["id"]} for town in chosen],
        "Library": [{}],
        "CoursePage": [{"id": course["id"]} for course in keys["courses"]["nodes"]],
        "Near": [{"point": town["location"], "m": 5_000} for town in chosen],
        "Agenda": [_month(weeks) for weeks in range(VARIANTS)],
    }


def _month(weeks: int) -> Variables:
    """Thirty days that begin so many weeks before today in UTC."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(weeks=weeks)
    return {"from": _instant(start), "to": _instant(start + timedelta(days=30))}


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def graphql_body(document: str, variables: Variables) -> bytes:
    """The body of a POST to the hub."""
    return orjson.dumps({"query": document, "variables": variables})
