"""The Makefile: what a newcomer is told, and that work is not done twice.

No test installs anything from an index: the steps run in a folder with an empty lock, or are only
printed (`make --dry-run`).
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TOOLS = "sh env cat cksum tr sed awk rm printf ls mv make"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "HUB_"))}


def make(folder: Path, *arguments: str, path: Path | None = None) -> tuple[int, str, str]:
    """Run make in `folder`; with `path`, only the commands of that folder are found."""
    environment = {**CLEAN, "PATH": str(path)} if path else CLEAN
    done = subprocess.run(
        [str(shutil.which("make")), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def bare_clone(folder: Path) -> Path:
    """A folder with the Makefile and nothing that takes long."""
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.lock").touch()
    (folder / "pyproject.toml").touch()
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return bare_clone(tmp_path / "clone")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose environment is made, for tests that leave it as it is."""
    folder = bare_clone(tmp_path_factory.mktemp("ready") / "clone")
    assert make(folder, "venv", f"PYTHON={sys.executable}")[0] == 0
    return folder


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder of commands without any Python."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name in TOOLS.split():
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def stand_in(commands: Path, name: str, script: str) -> None:
    """A command that runs `script` in place of a Python."""
    path = commands / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_python_it_says_what_to_install(clone: Path, commands: Path) -> None:
    code, _, said = make(clone, "run", path=commands)
    assert code != 0
    assert "needs Python 3.11 or newer" in said
    assert "sudo apt install python3 python3-venv" in said
    assert "brew install python" in said


def test_an_old_python_is_named(clone: Path, commands: Path) -> None:
    stand_in(commands, "python3", 'case "$2" in *exit*) exit 1;; *) echo 3.9;; esac')
    code, _, said = make(clone, "run", path=commands)
    assert code != 0
    assert "needs Python 3.11 or newer. Found: python3 is 3.9." in said


def test_a_python_without_venv_names_the_package(clone: Path, commands: Path) -> None:
    stand_in(
        commands, "python3", 'case "$2" in *ensurepip*) exit 1;; *exit*) ;; *) echo 3.12;; esac'
    )
    code, _, said = make(clone, "run", path=commands)
    assert code != 0
    assert "sudo apt install python3.12-venv" in said


def test_a_command_that_does_not_start_is_passed_over(clone: Path, commands: Path) -> None:
    stand_in(commands, "python3.13", "echo 'command not found' >&2; exit 127")
    (commands / "python3").symlink_to(sys.executable)
    code, said, errors = make(clone, "venv", path=commands)
    assert code == 0, errors
    assert "Making .venv with Python" in said
    assert "(python3)" in said


def test_a_wrong_python_is_named(clone: Path) -> None:
    code, _, said = make(clone, "venv", "PYTHON=/nowhere/python3")
    assert code != 0
    assert "PYTHON=/nowhere/python3 is none or cannot be started." in said


def test_the_environment_is_made_once_and_again_when_the_folder_moves(clone: Path) -> None:
    first = make(clone, "venv", f"PYTHON={sys.executable}")
    assert first[0] == 0, first
    assert "Making .venv" in first[1]
    assert make(clone, "venv")[1] == ""
    moved = clone.rename(clone.parent / "moved")
    assert "Making .venv" in make(moved, "venv", f"PYTHON={sys.executable}")[1]


def test_a_folder_that_is_no_environment_is_left_alone(clone: Path) -> None:
    (clone / "mine").mkdir()
    (clone / "mine" / "letter").touch()
    code, _, said = make(clone, "venv", "VENV=mine")
    assert code != 0
    assert "it is left alone" in said
    assert (clone / "mine" / "letter").exists()


def test_the_lock_is_installed_when_it_changes(clone: Path) -> None:
    python = f"PYTHON={sys.executable}"
    assert "Installing the packages of requirements.lock" in make(clone, "dependencies", python)[1]
    assert make(clone, "dependencies")[1] == ""
    (clone / "requirements.lock").write_text("# changed\n")
    assert "Installing the packages of requirements.lock" in make(clone, "dependencies")[1]


def test_a_failed_install_is_explained_and_tried_again(clone: Path) -> None:
    python = f"PYTHON={sys.executable}"
    (clone / "requirements.lock").write_text("no-such-thing @ file:///nowhere\n")
    for _ in range(2):
        code, _, said = make(clone, "dependencies", python)
        assert code != 0
        assert "could not be installed" in said


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def test_a_taken_port_is_told_before_the_work(ready: Path, taken_port: int) -> None:
    code, said, errors = make(ready, "run", f"PORT={taken_port}")
    assert code != 0
    assert f"Port {taken_port} is taken" in errors
    assert f"make run PORT={taken_port + 1}" in errors
    assert "Installing" not in said


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none(ready: Path, port: str) -> None:
    code, _, errors = make(ready, "run", f"PORT={port}")
    assert code != 0
    assert f"PORT={port} is not a number between 1 and 65535." in errors


def test_graphiql_that_cannot_be_built_does_not_stop_the_start(ready: Path) -> None:
    package = ready / "schema" / "graphiql"
    package.mkdir(parents=True)
    (package / "build.py").write_text("import sys\n\nsys.exit('npm cannot reach its registry')\n")
    code, _, errors = make(ready, "--old-file=install", "graphiql")
    assert code == 0
    assert "npm cannot reach its registry" in errors
    assert "The page of GraphiQL will be missing; everything else works." in errors


def test_run_is_development_on_the_port_that_was_asked_for(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLEAN, "HOST", "a-name-that-the-system-exports")
    monkeypatch.setitem(CLEAN, "PORT", "8123")
    steps = make(clone, "-n", "run")[1].splitlines()
    hub = [line for line in steps if ".venv/bin/hub " in line]
    assert [line.rpartition("/bin/hub ")[2] for line in hub] == [
        "migrate",
        'load "districts/yinzhou"',
        "user sample --quiet",
        "serve",
    ]
    assert all('HUB_ENV=development HUB_HOST="127.0.0.1" HUB_PORT="8123"' in line for line in hub)


def test_every_target_is_described(clone: Path) -> None:
    code, said, _ = make(clone)
    assert code == 0
    for target in ("run", "test", "check", "bench", "faults", "schema", "lock", "clean"):
        assert re.search(rf"^  make {target} +\S", said, re.MULTILINE), target


def test_the_long_forms_are_for_make_faults_alone() -> None:
    assert "FAULTS=long $(BIN)/python -m pytest -m fault" in MAKEFILE
    assert MAKEFILE.count("FAULTS=long") == 1


def test_only_what_old_make_and_plain_sh_know() -> None:
    for newer in (r"\.ONESHELL", r"\$\(file ", r"^\w+ *(!=|::=)", "&:", "sha256sum", r"\[\["):
        assert not re.search(newer, MAKEFILE, re.MULTILINE), newer
