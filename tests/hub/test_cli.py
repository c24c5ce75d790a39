"""The command line: what it says, and with which code it ends."""

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import SCHEMA_FILE, app
from tests.hub.content.folders import SMALL, write

Hub = Callable[..., Result]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that the environment names, and nothing else that it says."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture
def hub(home: Path) -> Hub:
    """Run the command; it has to end with `code`."""

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    return run


def test_migrate_then_load_then_export(hub: Hub, tmp_path: Path) -> None:
    assert "Applying 0001_initial" in hub("migrate").stdout
    assert "up to date" in hub("migrate").stdout
    folder = write(tmp_path / "c", **SMALL)
    assert re.search(r"lessons +3 +0 +0", hub("load", str(folder)).stdout)
    assert "nothing was changed" in hub("load", str(folder)).stdout
    assert "9 items of 6 kinds" in hub("export", str(tmp_path / "out")).stdout
    assert "not empty" in hub("export", str(tmp_path / "out"), code=1).stderr
    hub("export", str(tmp_path / "out"), "--force")


def test_load_before_migrate(hub: Hub, tmp_path: Path) -> None:
    refused = hub("load", str(write(tmp_path / "c", **SMALL)), code=1)
    assert refused.stderr.startswith("Error: The database lacks 0001_initial, ")
    assert refused.stderr.endswith(". Run `hub migrate` first.\n")


def test_problems_are_listed_with_file_and_line(hub: Hub, tmp_path: Path) -> None:
    hub("migrate")
    folder = write(tmp_path / "c", topics="- {slug: a}\n- {slug: b, label: 乙, colour: red}\n")
    assert hub("load", str(folder), code=1).stderr.split("\n") == [
        "topics.yaml:1: topics[0].label: is required",
        "topics.yaml:2: topics[1].colour: is no known key; known here: slug, label, position",
        "Nothing was loaded: 2 problems.",
        "",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["load"],
        ["load", "x", "--generate", "city"],
        ["load", "--generate", "country"],
        ["migrate", "--check", "--make", "x"],
        ["serve", "--port", "0"],
        ["unknown"],
    ],
)
def test_wrong_usage(hub: Hub, arguments: list[str]) -> None:
    hub(*arguments, code=2)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HUB_PORT", "many", "HUB_PORT: "),
        ("HUB_DATABASE_URL", "mysql://x", "HUB_DATABASE_URL: use sqlite"),
        ("HUB_ENV", "production", "HUB_SECRET_KEY: production needs"),
        ("HUB_DATABASE_URL", "postgres://x@127.0.0.1:1/x", "The database does not answer"),
    ],
)
def test_a_setting_that_is_wrong_is_one_message(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    refused = hub("migrate", code=1)
    assert said in refused.stderr
    assert "Traceback" not in refused.output
    assert "Traceback" not in refused.stderr


def test_check_of_migrations(hub: Hub) -> None:
    assert "agree" in hub("migrate", "--check").stdout
    assert "agree" in hub("migrate", "--make", "nothing").stdout


def test_schema(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = hub("schema", "print").stdout
    assert "\ntype Query {" in printed
    path = tmp_path / "schema.graphql"
    hub("schema", "print", "--output", str(path))
    assert path.read_text(encoding="utf-8") == printed
    hub("schema", "print", "--check", "--output", str(path))
    path.write_text(printed.replace("type Query {", "type Question {"), encoding="utf-8")
    differs = hub("schema", "print", "--check", "--output", str(path), code=1).stderr
    assert "-type Question {\n+type Query {" in differs
    assert "Run `make schema`" in differs


def test_the_committed_schema_is_beside_the_code() -> None:
    assert (ROOT / SCHEMA_FILE).is_file()


def test_doctor(hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ill = hub("doctor", code=1).stdout
    assert re.search(r"fail migrations: \d+ to apply: 0001_initial", ill)
    assert "Run `hub migrate`." in ill
    hub("migrate")
    well = hub("doctor").stdout
    assert [line.split(":")[0] for line in well.strip().split("\n")] == [
        "ok   settings",
        "ok   data folder",
        "ok   media",
        "ok   database",
        "ok   migrations",
        "ok   background work",
    ]
    monkeypatch.setenv("HUB_MEDIA_URL", "s3://media")
    monkeypatch.setenv("HUB_MEDIA_S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("HUB_MEDIA_S3_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("HUB_MEDIA_S3_SECRET_ACCESS_KEY", "secret")
    assert "fail media: s3://media does not answer" in hub("doctor", code=1).stdout
    monkeypatch.setenv("HUB_DATABASE_URL", "postgres://x@127.0.0.1:1/x")
    assert "fail database: PostgreSQL does not answer" in hub("doctor", code=1).stdout
    monkeypatch.setenv("HUB_WORKERS", "none")
    assert "fail settings: HUB_WORKERS" in hub("doctor", code=1).stdout


def test_doctor_without_a_folder_to_write_to(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "file" / "var"))
    assert "fail settings: HUB_DATA_DIR" in hub("doctor", code=1).stdout
    monkeypatch.setenv("HUB_SECRET_KEY", "a secret of the tests, long enough and mixed")
    assert "is a file; set HUB_DATA_DIR" in hub("doctor", code=1).stdout


def test_help_says_what_each_command_is_for(hub: Hub) -> None:
    said = hub("--help").stdout
    for command in ("serve", "migrate", "load", "export", "schema", "doctor"):
        assert command in said
        assert "Usage" in hub(command, "--help").stdout


@contextmanager
def serving(home: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`hub serve` in a process of its own; its output is in one stream."""
    code = "import sys; from hub.cli import main; sys.argv[0] = 'hub'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    said = ""
    while text not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


@pytest.mark.slow
def test_serve_answers_the_query_that_it_prints(home: Path) -> None:
    port = free_port()
    with serving(home, "--migrate", "--port", str(port)) as process:
        said = read_until(process, "curl")
        assert f"Xiaoge Hub serves http://127.0.0.1:{port}/graphql" in said
        body = said.partition(" -d '")[2].partition("'")[0]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/graphql",
            data=body.encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert b'"nodes":[]' in answer.read()
            assert "server" not in {name.lower() for name in answer.headers}


@pytest.mark.slow
def test_a_taken_port_is_one_message(home: Path, hub: Hub) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = hub("serve", "--port", str(port), code=1)
    assert f"Port {port} is taken by another program" in refused.stderr
    assert f"make run PORT={port + 1}" in refused.stderr
    assert "HUB_HOST" in hub("serve", "--host", "no.such.host.invalid", code=1).stderr


@pytest.mark.slow
def test_several_processes_share_one_socket(
    home: Path, postgres_server: str, postgres_template: str
) -> None:
    port = free_port()
    url = postgres_server.replace("/postgres?", f"/{postgres_template}?")
    with serving(home, "--port", str(port), HUB_WORKERS="2", HUB_DATABASE_URL=url) as process:
        said = read_until(process, "startup complete")
        said += read_until(process, "startup complete")
        assert len(set(re.findall(r"server process \[(\d+)\]", said))) == 2
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            assert answer.status == 200
