"""The import contracts name every module there is, and the dependencies every import."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import DOMAINS, PACKAGES, ROOT, sources

# Import names that differ from the names of their distributions.
DISTRIBUTIONS = {
    "chinese_calendar": "chinesecalendar",
    "fpdf": "fpdf2",
    "dotenv": "python-dotenv",
    "PIL": "pillow",
    "graphql": "graphql-core",
    "markdown_it": "markdown-it-py",
    "pydantic_core": "pydantic",
    "strawberry": "strawberry-graphql",
    "tortoise": "tortoise-orm",
    "yaml": "pyyaml",
}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contracts(project: dict[str, Any]) -> dict[str, Any]:
    return {item["id"]: item for item in project["tool"]["importlinter"]["contracts"]}


def test_every_module_of_the_hub_has_its_layer(project: dict[str, Any]) -> None:
    layers = contracts(project)["layers"]["layers"]
    placed = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    there = {f"hub.{path.stem}" for path in (ROOT / "hub").iterdir() if _is_module(path)} | {
        package for package in PACKAGES if package != "hub"
    }
    assert there - placed == set()


def test_every_domain_is_under_the_contract_of_domains(project: dict[str, Any]) -> None:
    domains = {f"hub.{path.parent.name}" for path in (ROOT / "hub").glob("*/rules.py")}
    assert domains == set(contracts(project)["domain"]["containers"])
    assert domains == {f"hub.{name}" for name in DOMAINS}


def test_what_is_imported_is_depended_upon(project: dict[str, Any]) -> None:
    declared = {
        re.split(r"[^\w.-]", line)[0].lower() for line in project["project"]["dependencies"]
    }
    imported = {
        (name.partition(".")[0], source.path)
        for source in sources(*PACKAGES)
        for _, name in source.imports
    }
    missing = {
        f"{path} imports {name}"
        for name, path in imported
        if name not in {*sys.stdlib_module_names, *PACKAGES}
        and DISTRIBUTIONS.get(name, name.replace("_", "-")) not in declared
    }
    assert not missing, "\n".join(sorted(missing))


BROKEN = {
    "layers": ("hub/clock.py", "import hub.directory.rules"),
    "domain": ("hub/directory/rules.py", "import hub.directory.models"),
    "models": ("hub/honours/models.py", "import hub.directory.models"),
    "rules": ("hub/events/rules.py", "import hub.clock"),
    "schema-orm": ("schema/root.py", "import tortoise"),
    "hub-graphql": ("hub/learning/queries.py", "import strawberry"),
    "wiring": ("hub/loading.py", "import schema.root"),
}


@pytest.fixture
def skeleton(tmp_path: Path, project: dict[str, Any]) -> Path:
    """Empty modules in the places of the real ones, under the real contracts."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text[text.index("[tool.importlinter]") :])
    files = [f"hub/{name}/{kind}.py" for name in DOMAINS for kind in ("rules", "models", "queries")]
    files += ["schema/root.py", "media/routes.py"]
    files += [
        f"{name.replace('.', '/')}.py"
        for contract in contracts(project).values()
        for name in contract.get("source_modules", []) + contract.get("forbidden_modules", [])
        if re.fullmatch(r"hub\.\w+", name) and name.removeprefix("hub.") not in DOMAINS
    ]
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        for folder in path.relative_to(tmp_path).parents[:-1]:
            (tmp_path / folder / "__init__.py").touch()
    return tmp_path


def lint(folder: Path) -> str:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_every_contract_can_be_broken(skeleton: Path, project: dict[str, Any]) -> None:
    assert set(BROKEN) == set(contracts(project))
    assert "0 broken" in lint(skeleton)
    for path, line in BROKEN.values():
        (skeleton / path).write_text(line + "\n")
    said = lint(skeleton)
    unbroken = [
        contract["name"]
        for contract in contracts(project).values()
        if f"{contract['name']} BROKEN" not in said
    ]
    assert not unbroken, said


def _is_module(path: Path) -> bool:
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
