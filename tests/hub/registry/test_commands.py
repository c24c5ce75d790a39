"""The commands of `hub documents`: what they accept, name, print and leave alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from hub.cli import app

Hub = Callable[..., Result]
HOME = "query Home($n: Int) { courses(first: $n) { nodes { title } } }"
BAD = "query Bad {\n  courses {\n    nodes { nonsense }\n  }\n}"
DEAR = """{ courses(first: 100) { nodes { lessons(first: 100) { nodes {
  course { lessons(first: 100) { nodes { title } } } } } } } }"""


@pytest.fixture
def hub(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Run `hub documents` on a migrated hub of its own; it has to end with `code`."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    shutil.copy(sqlite_template, tmp_path / "hub.sqlite3")

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["documents", *arguments])
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    return run


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[..., str]:
    """Write a manifest and give its path."""

    def write(name: str = "m.json", **documents: object) -> str:
        path = tmp_path / name
        path.write_bytes(orjson.dumps(documents))
        return str(path)

    return write


def test_register_list_and_remove(hub: Hub, manifest: Callable[..., str]) -> None:
    assert "Nothing is registered." in hub("list").output
    first, second = manifest(home=HOME), manifest("n.json", other="query Other { __typename }")
    assert "Registered 2; 0 were registered before." in hub("register", first, second).output
    assert "Registered 0; 1 were registered before." in hub("register", first).output
    shown = hub("list").output
    assert "home" in shown
    assert "Other" in shown
    assert "All 2 can be executed." in hub("check").output
    assert "No document is registered as x." in hub("remove", "x", code=1).stderr
    assert "Removed 1." in hub("remove", "home").output
    assert "home" not in hub("list").output


def test_one_bad_document_keeps_all_out(hub: Hub, manifest: Callable[..., str]) -> None:
    path = manifest(home=HOME, bad=BAD)
    for command in ("register", "check"):
        told = hub(command, path, code=1).stderr
        assert f"{path}, bad, line 3: Cannot query field 'nonsense' on type 'Course'." in told
        assert "Nothing was changed: 1 problem." in told
    assert "Nothing is registered." in hub("list").output


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "line 1: Syntax Error"),
        ("fragment F on Course { title }", 'Fragment "F" is never used'),
        ("query A { courses { nodes { id } } } " * 2, "There can be only one operation"),
        (DEAR, "costs"),
    ],
)
def test_what_would_be_refused_is_not_registered(
    hub: Hub, manifest: Callable[..., str], text: str, reason: str
) -> None:
    assert reason.replace('"', "'") in hub("register", manifest(x=text), code=1).stderr


def test_sizes_that_variables_decide_are_nobody_s_fault(
    hub: Hub, manifest: Callable[..., str]
) -> None:
    deep = "courses(first: $n) { nodes { lessons(first: $n) { nodes { title } } } }"
    hub("register", manifest(x=f"query Deep($n: Int = 100) {{ {deep} }}"))


def test_a_manifest_may_not_call_an_operation_by_another_s_name(
    hub: Hub, manifest: Callable[..., str]
) -> None:
    operation = {"id": "x", "name": "Home", "type": "mutation", "body": HOME}
    form = {"format": "apollo-persisted-query-manifest", "version": 1}
    told = hub("check", manifest(**form, operations=[operation]), code=1).stderr
    assert "Home: has no mutation of this name." in told


def test_manifests_are_checked_without_a_database(
    hub: Hub, manifest: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
    assert "All 1 can be executed." in hub("check", manifest(home=HOME)).output


def test_a_bad_setting_is_one_line(
    hub: Hub, manifest: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DOCUMENTS_ENFORCED", "true")
    told = hub("check", manifest(home=HOME), code=1).stderr
    assert told.startswith("Error: HUB_DOCUMENTS_ENFORCED")
