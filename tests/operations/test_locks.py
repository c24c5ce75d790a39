"""The lock files: complete, hashed, the same versions in both, and nothing of anybody's machine."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9._-]+)==([^\\\n]+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, set[str]]:
    """The versions of each package with their markers: one, or one for each range of Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(text(lock)):
        found.setdefault(name, set()).add(version.strip())
    return found


def names(requirements: list[str]) -> set[str]:
    found = {re.split(r"[^\w.-]", item)[0].lower() for item in requirements}
    return {re.sub(r"[-_.]+", "-", name) for name in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_and_no_path(lock: str) -> None:
    for line in text(lock).splitlines():
        assert not re.search(r"://|file:|--index|--extra-index|--find-links|--trusted|@", line), (
            line
        )
        assert not line.lstrip("# ").startswith(("/", "~", "-e ", "./")), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", text(lock))[1:]
    assert len(entries) == sum(len(versions) for versions in pins(lock).values())
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_what_the_project_asks_for_is_locked() -> None:
    wanted = names(PROJECT["project"]["dependencies"]) | names(PROJECT["build-system"]["requires"])
    assert wanted <= set(pins("requirements.lock"))
    extra = names(PROJECT["project"]["optional-dependencies"]["dev"])
    assert wanted | extra <= set(pins("requirements-dev.lock"))


def test_the_development_lock_holds_the_runtime_lock() -> None:
    development = pins("requirements-dev.lock")
    for name, versions in pins("requirements.lock").items():
        plain = {version.partition(";")[0].strip() for version in versions}
        assert plain <= {version.partition(";")[0].strip() for version in development[name]}, name


def test_the_locked_build_backend_is_the_one_that_builds() -> None:
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
