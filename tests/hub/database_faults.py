"""What the tests of `hub.database` look at and break from outside of it."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.connection import get_connection

from hub import database, postgres
from hub.settings import Settings, install_settings

PATIENCE_SECONDS = 10.0


@asynccontextmanager
async def opened(settings: Settings, **changes: Any) -> AsyncIterator[Settings]:
    """`hub.database` open with changed settings."""
    changed = settings.model_copy(update=changes)
    install_settings(changed)
    await database.open_database(changed)
    try:
        yield changed
    finally:
        await database.close_database()


@asynccontextmanager
async def bystander(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection to PostgreSQL that is none of the hub's."""
    address = postgres.credentials(settings.resolved_database_url, settings)
    connection = await asyncpg.connect(
        host=address["host"], user=address["user"], database=address["database"]
    )
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def sqlite_bystander(settings: Settings) -> Iterator[sqlite3.Connection]:
    """A connection to the SQLite file that is none of the hub's."""
    path = Path(settings.resolved_database_url.removeprefix("sqlite://"))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection


async def settled() -> None:
    """Wait for the transactions of callers that went away."""
    while database._running:
        await asyncio.wait(set(database._running), timeout=PATIENCE_SECONDS)


async def assert_whole(settings: Settings, engine: str) -> None:
    """Nobody holds a connection, a lock or a transaction, and both ways to the database work."""
    await settled()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await database.transaction(answer) == 42
        assert await answer() == 42
    client: Any = get_connection(database.CONNECTION)
    if engine == "sqlite":
        assert not client._lock.locked()
        with sqlite_bystander(settings) as other:
            other.execute("BEGIN IMMEDIATE")
        return
    size, idle = client.leases.sizes
    assert idle == size
    leases = client.leases
    connections = [await leases.take(timeout_seconds=1) for _ in range(settings.database_pool_max)]
    for connection in connections:
        leases.give_back(connection)
    async with bystander(settings) as other:
        states = await other.fetch(
            "SELECT state, query, wait_event FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'xiaoge-hub'"
        )
    assert {row["state"] for row in states} == {"idle"}, [dict(row) for row in states]


async def answer() -> int:
    """One statement."""
    rows = await database.fetch_all("SELECT 42", [])
    return int(rows[0][0])


async def backend_pid() -> int:
    """The process of PostgreSQL that serves the open transaction."""
    rows = await database.fetch_all("SELECT pg_backend_pid()", [])
    return int(rows[0][0])


@contextmanager
def frozen_process(pid: int) -> Iterator[None]:
    """The process stands still inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
