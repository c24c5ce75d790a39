"""The two drivers as hand-written code uses them: PostgreSQL by asyncpg, SQLite by aiosqlite."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import aiosqlite
import asyncpg
import orjson

from hub.settings import Settings

Rows = Sequence[Sequence[Any]]
Fetch = Callable[..., Awaitable[Rows]]
"""Runs one statement: `await fetch(sql, *arguments)`."""


class Store(Protocol):
    """An open database. The SQL is PostgreSQL's; `= ANY($n)` takes a list on both."""

    statements: int

    async def open(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Close every connection."""

    def session(self) -> Any:
        """A context with a `Fetch`: one connection for the statements of one request."""

    def key(self, value: Any) -> bytes:
        """The sixteen bytes of an id as the driver gives it."""

    def key_from(self, raw: bytes) -> Any:
        """The id with these sixteen bytes as the driver takes it."""

    def day(self, value: date) -> Any:
        """A day as the driver takes it."""

    def moment(self, value: datetime) -> Any:
        """An instant as the driver gives and takes it; comparable."""

    def instant(self, value: Any) -> Any:
        """An instant of the driver as JSON has it."""


class PostgresStore:
    """A pool with as many connections as the hub's."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.resolved_database_url
        self._size = settings.database_pool_max
        self._pool: Any = None
        self.statements = 0

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._url, min_size=1, max_size=self._size)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Fetch]:
        async with self._pool.acquire() as connection:

            async def fetch(sql: str, *arguments: Any) -> Rows:
                self.statements += 1
                rows: Rows = await connection.fetch(sql, *arguments)
                return rows

            yield fetch

    def key(self, value: Any) -> bytes:
        raw: bytes = value.bytes
        return raw

    def key_from(self, raw: bytes) -> Any:
        return UUID(bytes=raw)

    def day(self, value: date) -> Any:
        return value

    def moment(self, value: datetime) -> Any:
        return value

    def instant(self, value: Any) -> Any:
        return value  # orjson writes it


class SqliteStore:
    """One connection, as the hub has."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.resolved_database_url.removeprefix("sqlite://")
        self._connection: Any = None
        self.statements = 0

    async def open(self) -> None:
        self._connection = await aiosqlite.connect(self._path)
        await self._connection.execute("PRAGMA cache_size=-16000")

    async def close(self) -> None:
        await self._connection.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Fetch]:
        yield self._fetch

    async def _fetch(self, sql: str, *arguments: Any) -> Rows:
        self.statements += 1
        values = [orjson.dumps(each).decode() if type(each) is list else each for each in arguments]
        rows: Rows = await self._connection.execute_fetchall(_to_sqlite(sql), values)
        return rows

    def key(self, value: Any) -> bytes:
        return bytes.fromhex(value.replace("-", ""))

    def key_from(self, raw: bytes) -> Any:
        return str(UUID(bytes=raw))

    def day(self, value: date) -> Any:
        return value.isoformat()

    def moment(self, value: datetime) -> Any:
        return value.isoformat(" ")

    def instant(self, value: Any) -> Any:
        return value and value.replace(" ", "T").replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _to_sqlite(sql: str) -> str:
    """The same statement in SQLite's words."""
    sql = re.sub(r"= ANY\(\$(\d+)\)", r"IN (SELECT value FROM json_each(?\1))", sql)
    return re.sub(r"\$(\d+)", r"?\1", sql)


def store_for(settings: Settings) -> Store:
    """The store of the database that `settings` name."""
    return SqliteStore(settings) if settings.uses_sqlite else PostgresStore(settings)
