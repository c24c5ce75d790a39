"""A hub with the sample district, served by a process of its own."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import SECRET, database_url
from tests.stories.house import House, open_house


@pytest.fixture
def home(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a hub on a copy of the sample district that may be written to."""
    loaded = request.getfixturevalue(f"{engine}_sample")
    if engine == "sqlite":
        shutil.copy(loaded, tmp_path / "hub.sqlite3")
        yield {"HUB_SECRET_KEY": SECRET}
        return
    server, name = request.getfixturevalue("postgres_server"), f"hub_{uuid4().hex}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "hub_sample"'))
    try:
        url = database_url(server, name)
        yield {"HUB_SECRET_KEY": SECRET, "HUB_DATABASE_URL": url}
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def house(home: dict[str, str], tmp_path: Path) -> Iterator[House]:
    """`hub serve` on that district."""
    with open_house(tmp_path, **home) as served:
        yield served


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
