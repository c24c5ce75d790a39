"""Conflicts, locks, and a database that is busy, gone or frozen: an answer in time, every time."""

import asyncio
import itertools
import sqlite3
from contextlib import ExitStack
from typing import Any

import pytest
from asyncpg import SerializationError
from tortoise.connection import get_connection

from hub import database
from hub.database import fetch_all, transaction
from hub.directory.models import Town
from hub.errors import Unavailable
from hub.settings import Settings
from tests.factories import directory
from tests.hub.database_faults import (
    answer,
    assert_whole,
    backend_pid,
    bystander,
    frozen_process,
    opened,
    settled,
    sqlite_bystander,
)

on_postgres = pytest.mark.parametrize("engine", ["postgres"], indirect=True)
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def seconds_until_refused(work: Any) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(Unavailable):
        await work
    return loop.time() - start


@on_postgres
async def test_a_deadlock_is_tried_again(database: Settings, engine: str) -> None:
    first, second = await directory.town(position=0), await directory.town(position=0)
    attempts = {"forth": 0, "back": 0}
    both = asyncio.Barrier(2)

    async def add_to_both(name: str, towns: tuple[Town, Town]) -> None:
        attempts[name] += 1
        await fetch_all("SET LOCAL deadlock_timeout = '50ms'", [])
        for index, town in enumerate(towns):
            await fetch_all("UPDATE town SET position = position + 1 WHERE id = $1", [town.id])
            if index == 0 and attempts[name] == 1:
                await both.wait()

    await asyncio.gather(
        transaction(lambda: add_to_both("forth", (first, second))),
        transaction(lambda: add_to_both("back", (second, first))),
    )
    assert sorted(attempts.values()) == [1, 2]
    assert [town.position for town in await Town.all()] == [2, 2]
    await assert_whole(database, engine)


@on_postgres
async def test_a_serialization_conflict_is_tried_again(database: Settings, engine: str) -> None:
    town = await directory.town(position=0)
    attempts = itertools.count()
    both = asyncio.Barrier(2)

    async def count_on() -> None:
        await fetch_all("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", [])
        rows = await fetch_all("SELECT position FROM town WHERE id = $1", [town.id])
        if next(attempts) < 2:
            await both.wait()
        await fetch_all(
            "UPDATE town SET position = $1 WHERE id = $2", [int(rows[0][0]) + 1, town.id]
        )

    await asyncio.gather(transaction(count_on), transaction(count_on))
    assert (await Town.get(id=town.id)).position == 2
    assert next(attempts) == 3
    await assert_whole(database, engine)


async def test_a_conflict_that_does_not_end_is_an_outage(database: Settings, engine: str) -> None:
    attempts = 0

    async def body() -> None:
        nonlocal attempts
        attempts += 1
        await directory.town()
        raise database_conflict(engine)

    with pytest.raises(Unavailable):
        await transaction(body)
    assert attempts == 3
    assert await Town.all().count() == 0
    await assert_whole(database, engine)


def database_conflict(engine: str) -> Exception:
    if engine == "sqlite":
        return sqlite3.OperationalError("database is locked")
    refused: Exception = SerializationError("could not serialize access")
    return refused


@on_sqlite
async def test_another_process_may_hold_sqlites_lock_for_a_while(
    database: Settings, engine: str
) -> None:
    with sqlite_bystander(database) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = asyncio.create_task(transaction(lambda: directory.town(slug="patient")))
        await asyncio.sleep(0.3)
        assert not writer.done()
        other.execute("COMMIT")
        await writer
    assert await Town.filter(slug="patient").count() == 1
    await assert_whole(database, engine)


@on_sqlite
async def test_another_process_that_keeps_sqlites_lock_is_an_outage(
    settings: Settings, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_MS", 50)
    async with opened(settings) as changed:
        with sqlite_bystander(changed) as other:
            other.execute("BEGIN IMMEDIATE")
            taken = await seconds_until_refused(transaction(lambda: directory.town()))
            assert 0.15 <= taken < 1
            assert await answer() == 42
        await assert_whole(changed, engine)


@on_sqlite
async def test_the_tries_for_sqlites_lock_end_in_time(settings: Settings) -> None:
    tries_seconds = database._RETRIES * database._BUSY_TIMEOUT_MS / 1000
    assert tries_seconds + settings.database_acquire_timeout_seconds < 10


async def test_no_connection_to_be_had_in_time(settings: Settings, engine: str) -> None:
    changes = {"database_pool_max": 2, "database_acquire_timeout_seconds": 0.2}
    async with opened(settings, **changes) as changed:
        go_on = asyncio.Event()
        holding = [
            asyncio.create_task(transaction(go_on.wait))
            for _ in range(1 if engine == "sqlite" else 2)
        ]
        await asyncio.sleep(0.1)
        assert 0.1 < await seconds_until_refused(transaction(answer)) < 1
        assert 0.1 < await seconds_until_refused(answer()) < 1
        go_on.set()
        await asyncio.gather(*holding)
        await assert_whole(changed, engine)


@on_sqlite
async def test_a_file_that_cannot_be_opened(settings: Settings, engine: str) -> None:
    nowhere = f"sqlite://{settings.data_dir / 'missing' / 'hub.sqlite3'}"
    async with opened(settings, database_url=nowhere):
        for _ in range(2):
            async with asyncio.timeout(2):
                await seconds_until_refused(answer())
                await seconds_until_refused(transaction(answer))
        (settings.data_dir / "missing").mkdir()
        assert await answer() == 42


@on_sqlite
async def test_a_connection_that_could_not_be_configured_is_not_used(settings: Settings) -> None:
    async with opened(settings):
        client: Any = get_connection("default")
        pragmas = client.pragmas
        client.pragmas = {"journal_mode": "WAL", "synchronous": "(("}
        with pytest.raises(Exception, match="syntax error"):
            await answer()
        client.pragmas = pragmas
        assert list((await fetch_all("PRAGMA foreign_keys", []))[0]) == [1]


@on_postgres
async def test_nobody_listens(settings: Settings) -> None:
    async with opened(settings, database_url="postgres://postgres@127.0.0.1:1/hub"):
        for _ in range(2):
            assert await seconds_until_refused(answer()) < 2
            assert await seconds_until_refused(transaction(answer)) < 2
            assert await seconds_until_refused(database.ping()) < 2


@on_postgres
async def test_somebody_listens_who_never_answers(settings: Settings) -> None:
    """Ten callers at once wait as long as one."""
    server = await asyncio.start_server(listen_and_say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        opened(
            settings,
            database_url=f"postgres://postgres@127.0.0.1:{port}/hub",
            database_connect_timeout_seconds=0.2,
            database_acquire_timeout_seconds=0.4,
        ),
    ):
        callers = [seconds_until_refused(answer()) for _ in range(10)]
        assert max(await asyncio.gather(*callers)) < 1


@on_postgres
async def test_the_server_ends_a_connection_in_use(database: Settings, engine: str) -> None:
    async def sleep_long() -> None:
        await fetch_all("SELECT pg_sleep(30)", [])

    for work in (sleep_long, lambda: transaction(sleep_long)):
        caller = asyncio.create_task(seconds_until_refused(work()))
        await end_backends(database, after="pg_sleep")
        assert await caller < 10
    await assert_whole(database, engine)


@on_postgres
async def test_the_server_ends_idle_connections(database: Settings, engine: str) -> None:
    await asyncio.gather(*(answer() for _ in range(5)))
    await end_backends(database)
    await asyncio.sleep(0.05)
    assert await answer() == 42
    assert await transaction(answer) == 42
    await assert_whole(database, engine)


async def end_backends(settings: Settings, *, after: str = "") -> None:
    """End every connection of the hub, once one is at a statement with the word `after`, and wait
    until the server has done so.
    """
    ours = (
        "FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'xiaoge-hub'"
    )
    at_it = f"SELECT COUNT(*) {ours} AND query LIKE '%{after}%'"
    async with asyncio.timeout(20), bystander(settings) as other:
        while not await other.fetchval(at_it):  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)
        ended = [
            row[0] for row in await other.fetch(f"SELECT pid, pg_terminate_backend(pid) {ours}")
        ]
        left = "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = ANY($1)"
        while await other.fetchval(left, ended):  # noqa: ASYNC110 - the pool connects anew
            await asyncio.sleep(0.01)


@on_postgres
async def test_a_server_without_encryption_is_refused_where_it_is_required(
    settings: Settings,
) -> None:
    server = await asyncio.start_server(decline_encryption, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgres://postgres@127.0.0.1:{port}/hub?sslmode=require"
    async with server, opened(settings, database_url=url):
        with pytest.raises(Unavailable) as refused:
            await answer()
    assert "SSL" in str(refused.value.__cause__)


async def decline_encryption(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8)
    writer.write(b"N")
    await reader.read()
    writer.close()


async def listen_and_say_nothing(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read()
    writer.close()


FROZEN = {
    "database_command_timeout_seconds": 0.4,
    "database_acquire_timeout_seconds": 0.6,
    "database_connect_timeout_seconds": 0.3,
    "database_pool_max": 1,
}


@on_postgres
async def test_a_frozen_server_is_an_outage_for_readers(settings: Settings, engine: str) -> None:
    async with opened(settings, **FROZEN) as changed:
        with frozen_process(await backend_pid()):
            assert await seconds_until_refused(answer()) < 0.75
        await settled()
        await assert_whole(changed, engine)


@on_postgres
async def test_a_frozen_server_is_an_outage_for_writers(settings: Settings, engine: str) -> None:
    async with opened(settings, **FROZEN) as changed:
        with frozen_process(await backend_pid()):
            assert await seconds_until_refused(transaction(answer)) < 0.75
        await settled()
        await assert_whole(changed, engine)


@on_postgres
async def test_a_server_that_freezes_under_a_transaction(settings: Settings, engine: str) -> None:
    async with opened(settings, **FROZEN) as changed:
        thaw = ExitStack()

        async def body() -> None:
            await directory.town()
            thaw.enter_context(frozen_process(await backend_pid()))
            await fetch_all("SELECT 1", [])

        with thaw:
            assert await seconds_until_refused(transaction(body)) < 0.75
        await settled()
        assert await Town.all().count() == 0
        await assert_whole(changed, engine)
