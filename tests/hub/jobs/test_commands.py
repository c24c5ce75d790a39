"""`hub jobs` and `hub worker`, as an operator runs them."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub import database
from hub.cli import app
from hub.jobs.models import OutboxRow
from hub.jobs.service.outbox import enqueue
from hub.settings import current_settings
from tests.architecture.source import ROOT


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"]).exit_code == 0
    return runner


def on_database(*, parked: bool) -> None:
    async def body() -> None:
        await database.open_database(current_settings())
        try:
            await enqueue("tests.note", key="somebody")
            if parked:
                row: Any = await OutboxRow.get()
                await OutboxRow.all().update(
                    parked_at=row.run_at, attempts=8, last_error="ValueError"
                )
        finally:
            await database.close_database()

    asyncio.run(body())


def test_what_waits_and_what_was_given_up_is_listed(runner: CliRunner) -> None:
    assert runner.invoke(app, ["jobs", "list"]).stdout == "Nothing waits.\n"
    on_database(parked=False)
    assert "tests.note" in (waiting := runner.invoke(app, ["jobs", "list"]).stdout)
    assert "waiting" in waiting
    on_database(parked=True)
    listed = runner.invoke(app, ["jobs", "list"]).stdout
    assert "parked" in listed
    assert "ValueError" in listed


def test_the_doctor_tells_what_was_given_up_and_it_can_be_tried_again(runner: CliRunner) -> None:
    assert runner.invoke(app, ["doctor"]).exit_code == 0
    on_database(parked=True)
    told = runner.invoke(app, ["doctor"])
    assert told.exit_code == 1
    assert "1 failed too often and is laid aside" in told.stdout
    assert runner.invoke(app, ["jobs", "retry"]).stdout == "1 will be tried again.\n"
    assert runner.invoke(app, ["doctor"]).exit_code == 0
    assert runner.invoke(app, ["jobs", "retry"]).stdout == "Nothing was laid aside.\n"


@pytest.mark.slow
def test_a_worker_works_until_it_is_asked_to_stop(runner: CliRunner, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "worker"],
        env=os.environ | {"HUB_DATA_DIR": str(tmp_path)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "The worker is ready.\n"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    assert runner.invoke(app, ["jobs", "list"]).exit_code == 0
