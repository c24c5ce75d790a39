"""Apollo Client's and urql's persisted queries: by the hash of a text, by the id of a manifest."""

import asyncio
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from hub.auth import operator
from hub.clock import now
from hub.database import close_database, open_database
from hub.registry.rules import ManifestEntry
from hub.registry.service import NewDocument, register_documents
from hub.settings import Settings, install_settings
from tests.node import install, run_node
from tests.schema.toy import SCHEMA, settings
from tests.server import running_server

FOLDER = Path(__file__).parent
HOME = 'query Home { echo(text: "课") }'


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients with their pinned packages, installed outside of the source tree."""
    folder = tmp_path_factory.mktemp("clients")
    return install(FOLDER / "clients.js", folder)


@pytest.fixture
def address(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """A hub on which `HOME` is registered as `home`."""
    shutil.copy(sqlite_template, tmp_path / "hub.sqlite3")
    url = f"sqlite://{tmp_path / 'hub.sqlite3'}"
    values = settings(data_dir=tmp_path, database_url=url, documents_enabled=True)
    install_settings(values)
    asyncio.run(_registered(values))
    handlers = list(logging.getLogger().handlers)
    with running_server(values, schema=SCHEMA) as address:
        yield address
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.mark.slow
def test_the_clients_send_a_text_once_and_hashes_from_then_on(
    installed: Path, address: str
) -> None:
    asked = (f"{address}/graphql", HOME, "home")
    results = json.loads(run_node("clients.js", *asked, folder=installed))
    learnt = {"requests": ["GET hash", "POST text", "GET hash"], "data": ["课", "课"]}
    by_address = {"requests": ["GET hash", "GET text", "GET hash"], "data": ["课", "课"]}
    known = {"requests": ["GET hash"], "data": ["课"]}
    assert results == {
        "apollo by hash": learnt,
        "apollo by manifest": known,
        "urql by hash": by_address,
        "urql by manifest": known,
    }


async def _registered(values: Settings) -> None:
    await open_database(values)
    try:
        document = NewDocument(ManifestEntry("m", "home", HOME), "query", ("Home",))
        await register_documents(operator("a test", now=now()), [document])
    finally:
        await close_database()
