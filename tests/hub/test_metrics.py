"""Metrics: what is counted, under which labels, and who may see it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp

from hub.app import create_app
from hub.metrics import FILES
from hub.settings import Environment, Settings
from schema.negotiation import GRAPHQL_RESPONSE
from tests.redis_server import running_redis
from tests.schema.toy import SCHEMA
from tests.schema.toy import settings as toy_settings
from tests.server import running_server

COURSES = "{ courses { nodes { id } } }"
REQUESTS = "hub_graphql_requests_total"
Samples = dict[tuple[str, tuple[str, ...]], float]


def metered(folder: Path, **changes: Any) -> Settings:
    values = {
        "data_dir": folder,
        "database_url": f"sqlite://{folder / 'hub.sqlite3'}",
        "log_level": "WARNING",
        **changes,
    }
    return Settings.model_validate({**toy_settings().model_dump(), **values})


def client_of(app: ASGIApp, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://hub")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(metered(tmp_path), schema=SCHEMA)) as client:
        yield client


async def ask(client: httpx.AsyncClient, document: str, **headers: str) -> httpx.Response:
    sent = {"accept": GRAPHQL_RESPONSE, **headers}
    return await client.post("/graphql", json={"query": document}, headers=sent)


def read(text: str) -> Samples:
    """Every sample by its name and the values of its labels in the order of their names."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def samples(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return read(answer.text)


async def test_requests_are_counted_by_what_became_of_them(client: httpx.AsyncClient) -> None:
    for document in (
        COURSES,
        COURSES,
        "{ failures { masked forbidden } courses { nodes { id } } }",
        "{ failures { forbidden } }",
        "{ nope }",
        'mutation { write(text: "x") }',
        "{ courses(first: 100000) { nodes { id title } } }",
    ):
        await ask(client, document)
    await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    found = await samples(client)
    counted = {labels: value for (name, labels), value in found.items() if name == REQUESTS}
    assert counted[("query", "ok", "200")] == 2
    assert counted[("query", "internal", "200")] == 1
    assert counted[("query", "forbidden", "200")] == 1
    assert counted[("none", "bad_user_input", "400")] == 2
    assert sum(counted.values()) == 8
    assert {labels[0] for labels in counted} == {"query", "mutation", "none"}
    assert found["hub_graphql_errors_total", ("forbidden",)] == 2
    assert found["hub_graphql_errors_total", ("internal",)] == 1
    assert found["hub_graphql_errors_total", ("cost_exceeded",)] == 1
    seconds = sum(
        value for (name, _), value in found.items() if name == "hub_graphql_request_seconds_count"
    )
    assert seconds == 8
    assert found["hub_document_cache_hits_total", ()] == 1
    assert found["hub_document_cache_misses_total", ()] == 6
    assert found["hub_document_cache_entries", ()] == 6
    assert found["hub_document_cache_text_bytes", ()] > 100


async def test_no_caller_makes_new_series(client: httpx.AsyncClient) -> None:
    await ask(client, COURSES)
    before = set(await samples(client))
    for number in range(5):
        document = f"query Mine{number} {{ courses {{ nodes {{ id }} }} }}"
        await ask(client, document, **{"user-agent": f"mine {number}"})
    assert set(await samples(client)) == before


async def test_refusals_for_asking_too_often_are_counted(tmp_path: Path) -> None:
    limits = {"rate_limit_anonymous_per_minute": 2, "env": Environment.PRODUCTION}
    app = create_app(metered(tmp_path, **limits), schema=SCHEMA)
    async with client_of(app) as client:
        statuses = [(await ask(client, COURSES)).status_code for _ in range(5)]
        found = await samples(client)
    assert statuses == [200, 200, 429, 429, 429]
    assert found["hub_graphql_errors_total", ("rate_limited",)] == 3
    assert found[REQUESTS, ("none", "rate_limited", "429")] == 3


async def test_redis_being_away_shows(tmp_path: Path) -> None:
    with running_redis() as server:
        app = create_app(metered(tmp_path, redis_url=server.url), schema=SCHEMA)
        async with client_of(app) as client:
            await ask(client, COURSES)
            found = await samples(client)
            assert found["hub_rate_limit_degraded_total", ()] == 0
            assert found["hub_rate_limit_is_degraded", ()] == 0
            server.stop()
            for _ in range(3):
                await ask(client, COURSES)
            found = await samples(client)
            assert found["hub_rate_limit_degraded_total", ()] == 3
            assert found["hub_rate_limit_is_degraded", ()] == 1


async def test_the_database_shows(sample_settings: Settings) -> None:
    quiet = sample_settings.model_copy(update={"log_level": "WARNING"})
    with running_server(quiet) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            assert (await ask(client, COURSES)).status_code == 200
            found = await samples(client)
    assert found["hub_database_connections", ()] >= 1
    assert found["hub_database_connections_idle", ()] >= 1
    assert found["process_resident_memory_bytes", ()] > 1_000_000


@pytest.mark.parametrize(
    ("address", "allowed", "headers", "status"),
    [
        ("127.0.0.1", None, {}, 200),
        ("::1", None, {}, 200),
        ("::ffff:127.0.0.1", None, {}, 200),
        ("192.0.2.1", None, {}, 404),
        ("127.0.0.1", None, {"x-forwarded-for": "192.0.2.1"}, 404),
        ("127.0.0.1", None, {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", None, {"forwarded": "for=127.0.0.1"}, 404),
        ("127.0.0.1", None, {"via": "1.1 proxy"}, 404),
        ("127.0.0.1", None, {"x-real-ip": "127.0.0.1"}, 404),
        ("127.0.0.1", [], {}, 404),
        ("10.1.2.3", ["10.1.0.0/16"], {}, 200),
        ("10.2.2.3", ["10.1.0.0/16"], {}, 404),
        ("nonsense", None, {}, 404),
    ],
)
@pytest.mark.parametrize("proxies", [[], ["127.0.0.0/8"]])
async def test_metrics_are_for_those_who_ask_straight(
    tmp_path: Path,
    address: str,
    allowed: list[str] | None,
    headers: dict[str, str],
    status: int,
    proxies: list[str],
) -> None:
    changes: dict[str, Any] = {} if allowed is None else {"metrics_allowed": allowed}
    app = create_app(metered(tmp_path, trusted_proxies=proxies, **changes), schema=SCHEMA)
    async with client_of(app, address=address) as client:
        answer = await client.get("/metrics", headers=headers)
        other = await client.get("/nothing", headers=headers)
    assert answer.status_code == status
    if status == 404:
        assert set(answer.json()) == set(other.json())
        assert answer.json()["errors"][0]["message"] == other.json()["errors"][0]["message"]


async def test_only_reading_is_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.post("/metrics")).status_code == 405
    answer = await client.head("/metrics")
    assert (answer.status_code, answer.content) == (200, b"")


CHILD = """
import asyncio, sys
from hub.metrics import Metrics, Note, Reading
async def main():
    metrics = Metrics([Reading("hub_kept", "Kept.", lambda: 3.0)])
    metrics.observe(Note("query"), 200, seconds=0.1)
    print((await metrics.page()).decode(), flush=True)
    sys.stdin.readline()
asyncio.run(main())
"""


@pytest.fixture
def children(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that count one request each into the files that they share."""
    environment = {**os.environ, FILES: str(tmp_path)}
    command, pipe = [sys.executable, "-c", CHILD], subprocess.PIPE
    started = [
        subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    yield started
    for child in started:
        child.kill()
        child.communicate()


def test_several_processes_are_told_together(
    children: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    """One that was killed stays in the counts and is gone from what is so now."""
    for child in children:
        _read_page(child)
    third = _page_of_another(tmp_path)
    assert third[REQUESTS, ("query", "ok", "200")] == 3
    assert third["hub_kept", ()] == 9
    children[0].kill()
    children[0].wait()
    fourth = _page_of_another(tmp_path)
    assert fourth[REQUESTS, ("query", "ok", "200")] == 4
    assert fourth["hub_kept", ()] == 6


def _read_page(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    lines: list[str] = []
    while (line := child.stdout.readline()).strip() or not lines:
        lines.append(line)
    return "".join(lines)


def _page_of_another(folder: Path) -> Samples:
    environment = {**os.environ, FILES: str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, input="\n", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return read(done.stdout)
