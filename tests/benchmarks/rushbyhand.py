"""A sign-up written by hand: Starlette and the driver, the same rows, nothing else.

What a good engineer would write who needs exactly this: whose token it is (remembered), the event
with its pool in one read, and one transaction: the key, the registration, the conditional UPDATE
of the pool and, where that takes nothing, a number on the waiting list, and the entry of the audit.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.clock import now
from hub.identity.queries import access_digest
from hub.ids import new_id
from hub.origin import address_hash
from hub.settings import Settings
from tests.benchmarks.rushsql import (
    AUDIT,
    EVENT,
    KEY,
    QUEUE,
    REGISTRATION,
    SESSION,
    TAKE,
    WAIT,
)
from tests.benchmarks.stores import Fetch, _to_sqlite


class PostgresWriter:
    """A pool of connections as large as the hub's; a transaction is one of them."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.resolved_database_url
        self._size = settings.database_pool_max

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(self._url, min_size=1, max_size=self._size)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        """A connection: its `fetch`, and what begins a transaction."""
        async with self._pool.acquire() as connection:
            yield connection.fetch, connection.transaction

    def value(self, value: Any) -> Any:
        """A key or an instant as the driver takes it."""
        return value


class SqliteWriter:
    """One connection, as the hub has, and one transaction at a time."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.resolved_database_url.removeprefix("sqlite://")
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Connect; each commit reaches the disk, as the hub's do."""
        self._connection = await aiosqlite.connect(self._path, isolation_level=None)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            await self._connection.execute(f"PRAGMA {pragma}")

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        """The connection: its `fetch`, and what begins a transaction."""
        async with self._lock:
            yield self._fetch, self._transaction

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        await self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            await self._connection.execute("ROLLBACK")
            raise
        await self._connection.execute("COMMIT")

    async def _fetch(self, sql: str, *arguments: Any) -> Any:
        return await self._connection.execute_fetchall(_to_sqlite(sql), arguments)

    def value(self, value: Any) -> Any:
        """A key or an instant as the driver takes it."""
        return value.isoformat(" ") if hasattr(value, "isoformat") else str(value)


class Desk:
    """What the endpoints of one process share."""

    def __init__(self, settings: Settings) -> None:
        self.writer = SqliteWriter(settings) if settings.uses_sqlite else PostgresWriter(settings)
        self._people: dict[str, tuple[Any, Any, str]] = {}

    async def person(self, fetch: Fetch, token: str) -> tuple[Any, Any, str]:
        """Whose token it is: person, session, name; remembered once it is known."""
        if token not in self._people:
            moment = self.writer.value(now())
            ((person, session, name),) = await fetch(SESSION, access_digest(token), moment)
            self._people[token] = (person, session, name)
        return self._people[token]

    async def greet(self, request: Request) -> Response:
        """Get to know a token."""
        async with self.writer.session() as (fetch, _):
            await self.person(fetch, _token(request))
        return _answer({})

    async def register(self, request: Request) -> Response:
        """Sign somebody up for an event; the seat, or the place on the waiting list."""
        given, value = orjson.loads(await request.body()), self.writer.value
        async with self.writer.session() as (fetch, transaction):
            who = await self.person(fetch, _token(request))
            moment = value(now())
            ((event, pool),) = await fetch(EVENT, given["eventId"], moment)
            made = value(new_id())
            async with transaction():
                await fetch(KEY, value(new_id()), who[0], given["key"], made, moment)
                await fetch(REGISTRATION, made, pool, event, who[0], moment)
                state, position = "CONFIRMED", None
                if not await fetch(TAKE, pool):
                    state = "WAITLISTED"
                    ((number, position),) = await fetch(QUEUE, pool)
                    await fetch(WAIT, number, made)
                after = orjson.dumps({"state": state, "event": str(event)}).decode()
                address = address_hash(request.client.host) if request.client else ""
                row = (value(new_id()), moment, *who, made, after, new_id().hex, address)
                await fetch(AUDIT, *row)
        registration = {"id": str(made), "state": state, "waitlistPosition": position}
        return _answer({"registerForEvent": {"registration": registration, "errors": []}})


def by_hand(settings: Settings) -> Starlette:
    """The application."""
    desk = Desk(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await desk.writer.open()
        yield
        await desk.writer.close()

    routes = [
        Route("/register", desk.register, methods=["POST"]),
        Route("/greet", desk.greet, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _token(request: Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")


def _answer(data: dict[str, Any]) -> Response:
    return Response(orjson.dumps({"data": data}), media_type="application/json")
