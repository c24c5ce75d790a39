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
def house(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """`hub serve` on a copy of the sample district that may be written to."""
    loaded = request.getfixturevalue(f"{engine}_sample")
    if engine == "sqlite":
        shutil.copy(loaded, tmp_path / "hub.sqlite3")
        with open_house(tmp_path, HUB_SECRET_KEY=SECRET) as served:
            yield served
        return
    server, name = request.getfixturevalue("postgres_server"), f"hub_{uuid4().hex}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "hub_sample"'))
    try:
        url = database_url(server, name)
        with open_house(tmp_path, HUB_SECRET_KEY=SECRET, HUB_DATABASE_URL=url) as served:
            yield served
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
