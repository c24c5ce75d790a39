"""`.ci/run` in a folder where make, the browser and pip-audit are stand-ins that say their name."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
TOOLS = ("bash", "dirname", "grep", "mktemp", "rm", "cat", "date", "timeout", "sh", "env")
DATED = re.compile(
    r"Note of \d{4}-\d{2}-\d{2}: the vulnerability data could not be reached for (.*);"
)


def stand_in(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which everything goes well; `commands/` is all of its PATH."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in TOOLS:
        (commands / name).symlink_to(str(shutil.which(name)))
    stand_in(commands / "make", 'echo "make $*"')
    stand_in(commands / "id", "echo 1000")
    stand_in(commands / "chromium", "")
    stand_in(tmp_path / ".venv/bin/pip-audit", "echo 'No known vulnerabilities found' >&2")
    return tmp_path


def run(clone: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [str(clone / ".ci" / "run")],
        env={"PATH": str(clone / "commands")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


def test_it_runs_what_people_run(clone: Path) -> None:
    code, said, errors = run(clone)
    assert code == 0, errors
    targets = re.findall(r"^make (.*)$", said, re.MULTILINE)
    assert targets == ["install-dev", "check", "test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in targets)
    assert "All is well" in said


def test_it_can_be_started_as_it_is() -> None:
    assert SCRIPT.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in SCRIPT
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("target", ["install-dev", "check", "test"])
def test_a_failing_step_fails_it(clone: Path, target: str) -> None:
    stand_in(clone / "commands/make", f'[ "$*" != {target} ]')
    code, said, _ = run(clone)
    assert code != 0
    assert "All is well" not in said


def test_a_known_vulnerability_fails_it(clone: Path) -> None:
    stand_in(
        clone / ".venv/bin/pip-audit",
        "echo 'Found 1 known vulnerability in 1 package' >&2; echo starlette; exit 1",
    )
    code, said, errors = run(clone)
    assert code != 0
    assert "starlette" in said
    assert "make lock UPGRADE=1" in errors


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        ("echo 'ConnectionError: no route' >&2; exit 1", "any package"),
        (
            "echo 'nh3  Dependency not found on PyPI and could not be audited: nh3 (0.3.8)'",
            "1 of the packages",
        ),
    ],
)
def test_data_out_of_reach_is_noted_with_the_day(clone: Path, script: str, missing: str) -> None:
    stand_in(clone / ".venv/bin/pip-audit", script)
    code, said, errors = run(clone)
    assert code == 0, errors
    [found] = DATED.findall(said)
    assert found == missing
    assert "No known vulnerability" not in said


def test_a_missing_browser_is_named(clone: Path) -> None:
    (clone / "commands/chromium").unlink()
    code, _, errors = run(clone)
    assert code != 0
    assert "sudo apt install chromium" in errors


def test_root_installs_the_browser(clone: Path) -> None:
    commands = clone / "commands"
    (commands / "chromium").unlink()
    stand_in(commands / "id", "echo 0")
    (commands / "ln").symlink_to(str(shutil.which("ln")))
    stand_in(
        commands / "apt-get", f'[ "$1" = update ] || ln -s {commands}/make {commands}/chromium'
    )
    code, said, errors = run(clone)
    assert code == 0, errors
    assert "Installing Chromium" in said
