"""Where it was measured: machine, versions, load."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from hub import clock
from tests.benchmarks.servers import ROOT, Cores

PACKAGES = (
    "aiosqlite",
    "asyncpg",
    "graphql-core",
    "orjson",
    "starlette",
    "strawberry-graphql",
    "tortoise-orm",
    "uvicorn",
    "uvloop",
)


def describe(cores: Cores, *, databases: str) -> dict[str, str]:
    """What a reader of the figures has to know, by name."""
    facts = {
        "at": clock.now().isoformat(timespec="seconds"),
        "commit": _commit(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": _cores(cores),
        "load average": _load_average(),
        "databases": databases,
    }
    return facts | {name: version(name) for name in PACKAGES}


def _cores(cores: Cores) -> str:
    if cores.server is None:
        return f"{os.cpu_count()}, nothing pinned"
    others = ", ".join(str(core) for core in sorted(cores.rest))
    return f"{os.cpu_count()}: server on core {cores.server}; client and database on {others}"


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _load_average() -> str:
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def _commit() -> str:
    """The commit of the tree; a plus behind it means that files have changed since."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + ("+" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=10
    )
    return done.stdout.strip()
