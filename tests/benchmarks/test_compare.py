"""The comparison in its shortest form: every way answers alike, and every goal has a figure."""

import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from hub import database as hub_database
from hub.loading import load_folder
from hub.settings import Settings
from tests.benchmarks.comparing import variables_of
from tests.benchmarks.content import DISTRICT, execute
from tests.benchmarks.goals import COMPARED, GOALS
from tests.benchmarks.scaling import grow
from tests.benchmarks.servers import ROOT


@pytest.mark.slow
def test_the_short_form_says_something_about_every_goal(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = ["-m", "tests.benchmarks", "--compare", "--quick", "--documents", "50"]
    done = subprocess.run(
        [sys.executable, *command, "--engine", "postgres", "--markdown", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    for goal in GOALS:
        assert f"| {goal.query}: {goal.way} / {goal.against}" in text
    assert "memory after 50 documents" in text
    assert "one statement with json_agg" in text


@pytest.mark.slow
async def test_a_grown_city_has_more_lessons_and_answers_of_the_same_length(
    settings: Settings,
) -> None:
    await hub_database.open_database(settings)
    try:
        await load_folder(DISTRICT)
    finally:
        await hub_database.close_database()
    server = None if settings.uses_sqlite else settings.database_url
    steps: list[str] = []
    grown = await grow(settings, 1_000, server=server, step=steps.append)
    try:
        before, after = grown.lessons
        assert before < 1_000 <= after
        assert after % before == 0
        assert steps
        sets = await variables_of(grown.settings)  # proves that hub and hand agree there
        assert sets.keys() >= set(COMPARED)
    finally:
        if server is not None:
            await drop(server, grown.settings.database_url)


async def drop(server: str, url: str) -> None:
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.close()
    await execute(server, f'DROP DATABASE "{name}"')
