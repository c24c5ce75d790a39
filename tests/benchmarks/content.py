"""Databases with something in them: the sample district, or a whole city."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

import asyncpg

from hub.database import close_database, open_database
from hub.generation.city import generate_city
from hub.loading import load_data, load_folder
from hub.migrating import migrate
from hub.settings import Settings, install_settings
from tests.benchmarks.servers import ROOT, production

Progress = Callable[[str, int, int], None]
DISTRICT = ROOT / "districts" / "yinzhou"


class Amount(StrEnum):
    """How much is in the database."""

    SAMPLE = "sample"
    CITY = "city"


class Engine(StrEnum):
    """Which database."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


async def filled(
    folder: Path, amount: Amount, *, server: str | None, progress: Progress
) -> Settings:
    """Settings of a new database with content: in `folder`, or on the PostgreSQL at `server`."""
    settings = await empty(folder, server=server)
    await fill(settings, amount, progress)
    if server is not None:  # or autovacuum would do it while we measure
        await execute(settings.database_url, "VACUUM ANALYZE")
    return settings


async def empty(folder: Path, *, server: str | None) -> Settings:
    """Settings of a new database with nothing in it, not even tables."""
    name = f"bench_{uuid4().hex[:8]}"
    if server is None:
        return production(folder, f"sqlite://{folder / name}.sqlite3")
    await execute(server, f'CREATE DATABASE "{name}"')
    return production(folder, url_of(server, name))


async def fill(settings: Settings, amount: Amount, progress: Progress) -> None:
    """Migrate the database of `settings` and load content into it."""
    quiet = settings.model_copy(update={"database_command_timeout_seconds": 600.0})
    install_settings(quiet)
    await migrate(quiet)
    await open_database(quiet)
    try:
        if amount is Amount.CITY:
            await load_data(generate_city(), progress=progress)
        else:
            await load_folder(DISTRICT, progress=progress)
    finally:
        await close_database()
        install_settings(settings)


def url_of(server: str, name: str) -> str:
    """The address of a database on the PostgreSQL at `server`."""
    before, _, after = server.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{after}" if after else "")


async def execute(url: str, sql: str) -> None:
    """Run one statement, outside of any transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
