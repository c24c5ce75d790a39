"""The application as it is served: routes, request ids, deadlines, CORS, a real uvicorn."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from hub import app as hub_app
from hub import database
from hub.app import create_app
from hub.errors import Unavailable
from hub.middleware import RequestEnvelope, Routes, TotalDeadline, send_json
from hub.settings import LogFormat, Settings
from media.tickets import UPLOADS_PATH
from tests.schema.toy import SCHEMA, SECRET
from tests.schema.toy import settings as toy_settings
from tests.server import running_server

QUERY = {"query": "{ courses { nodes { id } } }"}


@pytest.fixture
def local_settings(tmp_path: Path) -> Settings:
    return toy_settings(data_dir=tmp_path, database_url=f"sqlite://{tmp_path / 'hub.sqlite3'}")


@pytest.fixture
def address(local_settings: Settings) -> Iterator[str]:
    changed = local_settings.model_copy(
        update={"header_timeout_seconds": 0.4, "body_timeout_seconds": 0.4}
    )
    with running_server(changed, schema=SCHEMA) as address:
        yield address


@pytest.fixture
async def client(local_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(local_settings, schema=SCHEMA)) as client:
        yield client


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test")


async def test_liveness_asks_nobody(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ping", None)
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert (await client.head("/healthz")).status_code == 200


async def test_readiness_asks_the_database(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answers() -> None:
        return

    async def refuses() -> None:
        raise Unavailable(SECRET)

    async def hangs() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("hub.app.READY_TIMEOUT_SECONDS", 0.05)
    for ping, status in ((answers, 200), (refuses, 503), (hangs, 503)):
        monkeypatch.setattr(database, "ping", ping)
        answer = await client.get("/readyz")
        assert answer.status_code == status
        assert SECRET not in answer.text


async def test_unknown_paths_and_methods_are_json(client: httpx.AsyncClient) -> None:
    missing = await client.get("/nothing/here")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    wrong = await client.post("/healthz")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/graphql", "/graphql/assets/none.js"])
async def test_every_answer_has_an_id_and_safe_headers(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0123abcd-trace.id_7", True),
        ("short", False),
        ("x" * 65, False),
        ("spaces are not", False),
        ("new\tline-forged", False),
        ("<script>alert(1)</script>", False),
    ],
)
async def test_a_request_id_is_kept_when_it_is_harmless(
    client: httpx.AsyncClient, sent: str, kept: bool
) -> None:
    answer = await client.post(
        "/graphql", json={"query": "{ nope }"}, headers={"x-request-id": sent}
    )
    request_id = answer.headers["x-request-id"]
    assert (request_id == sent) is kept
    assert answer.json()["errors"][0]["extensions"]["requestId"] == request_id


async def test_other_origins_may_call_only_when_they_are_named(local_settings: Settings) -> None:
    named = local_settings.model_copy(update={"cors_origins": ["https://app.example"]})
    preflight = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,authorization",
    }
    async with client_of(create_app(named, schema=SCHEMA)) as client:
        answer = await client.options("/graphql", headers=preflight)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        stranger = {**preflight, "origin": "https://evil.example"}
        refused = await client.options("/graphql", headers=stranger)
        assert "access-control-allow-origin" not in refused.headers
        real = await client.post("/graphql", json=QUERY, headers={"origin": "https://app.example"})
        assert real.headers["access-control-allow-origin"] == "https://app.example"
        assert "Origin" in real.headers["vary"]
    async with client_of(create_app(local_settings, schema=SCHEMA)) as client:
        answer = await client.options("/graphql", headers=preflight)
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers


async def test_an_exception_is_masked_and_logged_without_locals(
    local_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    create_app(local_settings.model_copy(update={"log_format": LogFormat.JSON}), schema=SCHEMA)

    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        local = "a value that stays here"
        raise RuntimeError(f"cannot reach {SECRET}", len(local))

    async with client_of(RequestEnvelope(failing)) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    lines = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    failed = next(line for line in lines if line["event"] == "request_failed")
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert "postgres://hub:[redacted]@db/hub" in failed["exception"]
    assert "hunter2" not in str(lines)
    assert "stays here" not in str(lines)


async def test_an_answer_that_does_not_begin_is_504() -> None:
    async def hangs(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    async def slow_body(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"all of it"})

    routes = Routes({"/hangs": hangs}, {"/slow/": slow_body})
    async with client_of(TotalDeadline(routes, seconds=0.05)) as client:
        assert (await client.get("/hangs")).status_code == 504
        assert (await client.get("/slow/1")).text == "all of it"


async def test_the_longest_prefix_wins() -> None:
    def named(name: str) -> ASGIApp:
        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send_json(send, 200, {"name": name})

        return app

    routes = Routes({"/a": named("exact")}, {"/a/": named("short"), "/a/b/": named("long")})
    async with client_of(routes) as client:
        names = [(await client.get(path)).json()["name"] for path in ("/a", "/a/x", "/a/b/c")]
    assert names == ["exact", "short", "long"]


def test_a_real_server_answers_and_stops(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        assert client.get("/readyz").json() == {"status": "ok", "database": "ok"}
        answer = client.post("/graphql", json=QUERY)
        assert answer.json()["data"] == {"courses": {"nodes": [{"id": "1"}]}}
        upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
        assert client.get("/graphql", headers=upgrade).status_code in {400, 406}


@pytest.mark.parametrize("sent", [b"", b"POST /graphql HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_headers_that_do_not_come_end_the_connection(address: str, sent: bytes) -> None:
    with _connected(address) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""


def test_headers_that_do_not_come_on_a_used_connection_end_it_too(address: str) -> None:
    with _connected(address) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        for letter in (b"G", b"E", b"T"):
            connection.sendall(letter)
            threading.Event().wait(0.05)
        assert connection.recv(100) == b""


def test_a_body_that_trickles_in_is_408(address: str) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with _connected(address) as connection:
        connection.sendall(head + b"Content-Length: 100\r\n\r\n{")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 408")


def test_a_chunked_body_without_end_is_413(address: str) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    with httpx.Client(base_url=address) as client:
        try:
            answer = client.post("/graphql", content=endless(), headers=headers)
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            return  # the server hung up while we still wrote: refused all the same
    assert answer.status_code == 413


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port or 0), timeout=5)


async def test_a_file_may_come_in_for_longer_than_any_answer_takes(
    local_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.3)
        await send_json(send, 200, {})

    monkeypatch.setattr(hub_app, "_DEADLINE_MARGIN_SECONDS", 0)
    short = {"request_timeout_seconds": 0.05, "body_timeout_seconds": 0.05}
    settings = local_settings.model_copy(update=short)
    app = hub_app._guarded(slow, settings, media={UPLOADS_PATH: slow})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        assert (await client.put("/anything")).status_code == 504
        assert (await client.put(f"{UPLOADS_PATH}ticket")).status_code == 200
