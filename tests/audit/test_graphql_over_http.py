"""The reference audit of GraphQL over HTTP passes in full: every MUST, SHOULD and MAY."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.node import install, run_node
from tests.schema.toy import SCHEMA, settings
from tests.server import running_server

FOLDER = Path(__file__).parent
CHECKS = 61


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audit with its pinned packages, installed outside of the source tree."""
    folder = tmp_path_factory.mktemp("audit")
    return install(FOLDER / "audit.js", folder)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    values = settings(data_dir=tmp_path, database_url=f"sqlite://{tmp_path / 'hub.sqlite3'}")
    handlers = list(logging.getLogger().handlers)
    with running_server(values, schema=SCHEMA) as address:
        yield address
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.mark.slow
def test_the_reference_audit_passes_in_full(installed: Path, address: str) -> None:
    results = json.loads(run_node("audit.js", f"{address}/graphql", folder=installed))
    failed = [f"{each['id']} {each['name']}" for each in results if each["status"] != "ok"]
    assert failed == []
    assert len(results) == CHECKS
