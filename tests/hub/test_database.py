"""Transactions and reads on both databases, when all goes well."""

import asyncio
import sqlite3

import asyncpg
import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

from hub import database
from hub.database import fetch_all, recorded_statements, transaction
from hub.directory.models import Place, Town
from hub.ids import new_id
from hub.settings import Settings
from tests.factories import directory
from tests.hub.database_faults import answer, assert_whole, opened, settled


async def town_slugs() -> set[str]:
    return {row[0] for row in await fetch_all("SELECT slug FROM town", [])}


async def test_a_transaction_commits_and_returns_what_its_body_does(database: Settings) -> None:
    async def body() -> str:
        await directory.town(slug="a")
        await directory.town(slug="b")
        return "done"

    assert await transaction(body) == "done"
    assert await town_slugs() == {"a", "b"}


async def test_nothing_of_a_transaction_stays_when_its_body_raises(
    database: Settings, engine: str
) -> None:
    await directory.town(slug="before")

    async def body() -> None:
        await directory.town(slug="inside")
        await Town.filter(slug="before").delete()
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await transaction(body)
    assert await town_slugs() == {"before"}
    await assert_whole(database, engine)


async def test_a_transaction_inside_another_joins_it(database: Settings) -> None:
    async def inner() -> None:
        await directory.town(slug="inner")

    async def outer() -> None:
        await transaction(inner)
        assert await town_slugs() == {"inner"}
        raise LookupError("the outer one fails after the inner one ended")

    with pytest.raises(LookupError):
        await transaction(outer)
    assert await town_slugs() == set()


async def test_reads_inside_a_transaction_see_its_writes(database: Settings) -> None:
    async def body() -> set[str]:
        await directory.town(slug="mine")
        return await town_slugs()

    assert await transaction(body) == {"mine"}


async def test_others_see_a_transaction_only_when_it_is_committed(database: Settings) -> None:
    written, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await directory.town(slug="late")
        written.set()
        await go_on.wait()

    writer = asyncio.create_task(transaction(body))
    await written.wait()
    reader = asyncio.create_task(town_slugs())
    await asyncio.sleep(0.05)
    if reader.done():  # SQLite's one connection makes readers wait for the end of it
        assert reader.result() == set()
    go_on.set()
    await writer
    await reader
    assert await town_slugs() == {"late"}


async def test_the_connection_after_a_transaction_is_the_common_one(database: Settings) -> None:
    before = get_connection("default")
    await transaction(answer)
    assert get_connection("default") is before


async def test_a_violated_constraint_is_an_integrity_error(database: Settings, engine: str) -> None:
    await directory.town(slug="taken")

    async def same_slug() -> None:
        await directory.town(slug="taken")

    async def no_such_town() -> None:
        await directory.place(town_id=new_id())

    async def by_statement() -> None:
        await fetch_all("INSERT INTO amenity (id) VALUES (NULL)", [])

    for body in (same_slug, no_such_town, by_statement):
        with pytest.raises(IntegrityError):
            await transaction(body)
    assert await Town.all().count() == 1
    assert await Place.all().count() == 0
    await assert_whole(database, engine)


async def test_a_mistaken_statement_is_not_called_an_outage(
    database: Settings, engine: str
) -> None:
    with pytest.raises((sqlite3.OperationalError, asyncpg.UndefinedTableError)):
        await fetch_all("SELECT * FROM nowhere", [])
    with pytest.raises((sqlite3.OperationalError, asyncpg.PostgresSyntaxError)):
        await transaction(lambda: fetch_all("SELEKT 1", []))

    async def through_the_orm() -> None:
        await get_connection("default").execute_query("SELECT * FROM nowhere")

    with pytest.raises(OperationalError):
        await transaction(through_the_orm)
    await assert_whole(database, engine)


async def test_statements_are_recorded_inside_the_block_only(database: Settings) -> None:
    await answer()
    with recorded_statements() as outer:
        await answer()
        with recorded_statements() as inner:
            await transaction(answer)
        await asyncio.gather(answer(), answer())
    await answer()
    assert inner == ["SELECT 42"]
    assert outer == ["SELECT 42"] * 3


async def test_many_reads_at_once(database: Settings, engine: str) -> None:
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(answer() for _ in range(100))) == [42] * 100
    await assert_whole(database, engine)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_reads_on_postgres_do_not_wait_for_one_another(database: Settings) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.gather(*(fetch_all("SELECT pg_sleep(0.3)", []) for _ in range(6)))
    assert loop.time() - start < 1.2


async def test_closing_waits_for_running_transactions(settings: Settings) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await directory.town(slug="last")
        begun.set()
        await go_on.wait()

    await database.open_database(settings)
    writer = asyncio.create_task(transaction(body))
    await begun.wait()
    closing = asyncio.create_task(database.close_database())
    await asyncio.sleep(0.05)
    assert not closing.done()
    go_on.set()
    await asyncio.gather(writer, closing)
    async with opened(settings):
        assert await town_slugs() == {"last"}


async def test_a_transaction_outlives_the_callers_that_closing_waits_for(
    settings: Settings,
) -> None:
    begun = asyncio.Event()

    async def body() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        await directory.town(slug="kept")

    await database.open_database(settings)
    caller = asyncio.create_task(transaction(body))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await database.close_database()
    async with opened(settings):
        assert await town_slugs() == {"kept"}
    await settled()
