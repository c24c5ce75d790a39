"""`hub audit export` and `hub permissions print`, as an operator runs them."""

import csv
import io
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from hub.cli import app
from tests.architecture.source import ROOT


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"]).exit_code == 0
    return runner


def test_every_export_is_an_entry_of_the_next(runner: CliRunner) -> None:
    first = runner.invoke(app, ["audit", "export", "--format", "ndjson"])
    assert first.exit_code == 0
    entry = orjson.loads(first.stdout)
    assert (entry["action"], entry["actor_label"]) == ("audit.exported", "hub audit export")
    rows = list(csv.DictReader(io.StringIO(runner.invoke(app, ["audit", "export"]).stdout)))
    assert [row["action"] for row in rows] == ["audit.exported", "audit.exported"]
    later = runner.invoke(app, ["audit", "export", "--since", "2900-01-01"])
    assert len(later.stdout.splitlines()) == 1


def test_the_page_of_permissions_is_compared(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = runner.invoke(app, ["permissions", "print"]).stdout
    assert printed == (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert runner.invoke(app, ["permissions", "print", "--check"]).exit_code == 0
    monkeypatch.chdir(tmp_path)
    assert runner.invoke(app, ["permissions", "print", "--check"]).exit_code == 1
