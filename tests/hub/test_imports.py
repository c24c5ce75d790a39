"""What a serving process does not load before somebody needs it."""

import subprocess
import sys

import pytest

HEAVY = {
    *{"PIL", "fontTools", "fpdf", "httpx", "icalendar", "markdown_it", "nh3", "openpyxl"},
    *{"playwright", "pypinyin", "chinese_calendar", "redis", "segno", "typer", "hypothesis"},
    *{"hub.generation", "hub.migrations", "hub.migrating", "hub.waking", "hub.shared_windows"},
}


def loaded_by(module: str) -> set[str]:
    """The modules that are there after `module` has been imported in a new process."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["hub.app", "hub.worker"])
def test_heavy_libraries_are_loaded_when_they_are_needed(module: str) -> None:
    assert loaded_by(module) & HEAVY == set()


def test_the_command_line_loads_no_more_than_its_command() -> None:
    heavier = {"strawberry", "tortoise", "graphql", "uvicorn", "asyncpg"}
    assert loaded_by("hub.cli") & (HEAVY - {"typer"} | heavier) == set()


def test_a_server_s_parent_process_loads_no_application() -> None:
    assert loaded_by("hub.serving") & {"hub.app", "strawberry", "tortoise"} == set()
