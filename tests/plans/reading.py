"""Catches the statements that a question sends and asks the database how it would run them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from asyncpg.connection import LoggedQuery
from tortoise.connection import get_connection

from hub.database import CONNECTION, fetch_all, is_sqlite

LARGE_ROWS = 400
"""From how many rows on a table is large: what is smaller, a database reads as it likes."""

SHARE = 4
"""A quarter of a table is much: no page that is asked for here needs so many of its rows."""


@dataclass(slots=True)
class Statements:
    """What was sent since it was last emptied: text and parameters."""

    sent: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def heard(self, sql: str, parameters: tuple[Any, ...] = ()) -> None:
        """Take note of a statement."""
        self.sent.append((sql, parameters))

    def taken(self) -> list[tuple[str, tuple[Any, ...]]]:
        """The reading ones, each once; and forget them."""
        found = [each for each in self.sent if each[0].lstrip().startswith(("SELECT", "WITH"))]
        self.sent.clear()
        return found


@asynccontextmanager
async def listening() -> AsyncIterator[Statements]:
    """Hear every statement of the open database's driver, of which there is one connection."""
    statements = Statements()
    await fetch_all("SELECT 1", [])
    client: Any = get_connection(CONNECTION)
    if is_sqlite():  # which tells the values in their places: a minus before a negative number
        connection = client._connection
        await connection.set_trace_callback(lambda sql: statements.heard(sql.replace("--", "- -")))
        yield statements
        await connection.set_trace_callback(None)
        return

    def heard(query: LoggedQuery) -> None:
        statements.heard(query.query, tuple(query.args or ()))

    async with client._pool.acquire() as proxy:
        proxy.add_query_logger(heard)
    yield statements
    async with client._pool.acquire() as proxy:
        proxy.remove_query_logger(heard)


async def table_rows() -> dict[str, int]:
    """How many rows each table has."""
    if is_sqlite():
        names = await fetch_all("SELECT name FROM sqlite_schema WHERE type = 'table'", [])
    else:
        names = await fetch_all(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", []
        )
    found = {}
    for (name,) in names:
        found[name] = int((await fetch_all(f'SELECT COUNT(*) FROM "{name}"', []))[0][0])
    return found


async def problems(sql: str, parameters: tuple[Any, ...], *, rows: Mapping[str, int]) -> list[str]:
    """What is wrong with the way the open database runs a statement."""
    if is_sqlite():
        lines = await fetch_all(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return list(_sqlite_problems([str(line[3]) for line in lines], rows))
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}"
    (answer,) = await fetch_all(explain, parameters)
    return list(_postgres_problems(orjson.loads(answer[0])[0]["Plan"], rows))


def _sqlite_problems(plan: Sequence[str], rows: Mapping[str, int]) -> Iterator[str]:
    """Full scans of a large table: without an index, or in the order of one that is not wanted."""
    is_sorted = any("TEMP B-TREE FOR ORDER BY" in line for line in plan)
    for kind, table, *how in (line.split() for line in plan if line.startswith("SCAN ")):
        if rows.get(table, 0) >= LARGE_ROWS and ("USING" not in how or is_sorted):
            yield f"{' '.join((kind, table, *how))}{', sorted' if is_sorted else ''}"


def _postgres_problems(plan: Mapping[str, Any], rows: Mapping[str, int]) -> Iterator[str]:
    """Nodes that visited much of a large table at once; looking up row by row what another
    part of the plan has found is none of that.
    """
    for node in _nodes(plan):
        kind, table = node["Node Type"], node.get("Relation Name")
        visited = _visited(node)
        if table and rows[table] >= LARGE_ROWS and visited * SHARE >= rows[table]:
            yield f"{kind} visits {visited} of {rows[table]} rows of {table}"


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _visited(node: Mapping[str, Any]) -> int:
    """How many rows a node has read; 1 where it looks up one at a time."""
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    each = node["Actual Rows"] + removed
    return round(each * node["Actual Loops"]) if each > 1 else 1
