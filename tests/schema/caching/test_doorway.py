"""The short way of a hit: everything that may be asked of any other answer, and bodies that come
late.
"""

import asyncio
import socket
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from hub.app import create_app
from hub.settings import LogFormat, Settings
from schema.caching.doorway import _Peeked
from tests.factories import learning
from tests.schema.caching.conftest import NOW, keeping, told
from tests.schema.client import HEADERS, GraphQLClient, graphql_client, started
from tests.server import running_server

LIST = "{ courses { nodes { title } } }"
BODY = orjson.dumps({"query": LIST, "variables": {}})


async def test_a_hit_has_the_headers_of_every_answer(hub: GraphQLClient) -> None:
    miss, hit = await hub.send(LIST), await hub.send(LIST)
    assert (told(miss), told(hit)) == ("MISS", "HIT")
    varying = {"x-request-id", "content-length"}
    assert set(hit.headers) == set(miss.headers)
    for name in set(miss.headers) - varying:
        assert hit.headers[name] == miss.headers[name], name
    assert hit.headers["x-request-id"] != miss.headers["x-request-id"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"accept": "image/png"}, 406),
        ({"content-type": "text/plain"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"authorization": "Bearer nobody's"}, 401),
        ({"accept": "application/json"}, 200),
        ({"x-request-id": "a-good-request-id"}, 200),
    ],
)
async def test_headers_decide_as_ever(
    settings: Settings, headers: dict[str, str], status: int
) -> None:
    app = create_app(keeping(settings))
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        for _ in range(2):
            await http.post("/graphql", content=BODY, headers=HEADERS)
        answer = await http.post("/graphql", content=BODY, headers=HEADERS | headers)
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["extensions"]["cache"] == {"status": "HIT"}
            assert answer.headers["content-type"].startswith(headers.get("accept", "application/"))
        if "x-request-id" in headers:
            assert answer.headers["x-request-id"] == headers["x-request-id"]


async def test_other_origins_are_answered_with_their_headers(settings: Settings) -> None:
    open_to = keeping(settings, cors_origins=["https://app.example"])
    app = create_app(open_to)
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        headers = HEADERS | {"origin": "https://app.example"}
        await http.post("/graphql", content=BODY, headers=headers)
        answer = await http.post("/graphql", content=BODY, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.json()["extensions"]["cache"] == {"status": "HIT"}


async def test_hits_are_logged_and_counted(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(keeping(settings, log_level="INFO", log_format=LogFormat.JSON))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        ids = [
            (await http.post("/graphql", content=BODY, headers=HEADERS)).headers["x-request-id"]
            for _ in range(3)
        ]
        metrics = (await http.get("/metrics")).text
    lines = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [each["request_id"] for each in requests if each["path"] == "/graphql"] == ids
    assert len({frozenset(each) for each in requests}) == 1
    assert "hub_response_cache_hits_total 2.0" in metrics
    assert "hub_response_cache_misses_total 1.0" in metrics
    assert 'hub_graphql_requests_total{operation="query",outcome="ok",status="200"} 3.0' in metrics


def test_a_body_that_comes_late_is_waited_for(settings: Settings) -> None:
    with running_server(keeping(settings)) as address:
        port = int(address.rpartition(":")[2])
        assert b'"MISS"' in _posted(port, [BODY])
        assert b'"HIT"' in _posted(port, [BODY])
        assert b'"HIT"' in _posted(port, [BODY[:10], BODY[10:]])
        assert b'"HIT"' in _posted(port, [b"", *(bytes([each]) for each in BODY)])


def _posted(port: int, parts: list[bytes]) -> bytes:
    """The answer to a body that is sent piece by piece, each on its own."""
    length = sum(map(len, parts))
    head = (
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {length}\r\nconnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(parts) == 1:
            connection.sendall(head.encode() + parts[0])
        else:
            for part in (head.encode(), *parts):
                connection.sendall(part)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received


class Pieces:
    """A `receive` whose messages come when the test says so."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Message] = asyncio.Queue()

    async def __call__(self) -> Message:
        return await self.queue.get()


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_what_is_there_is_seen_and_still_received(engine: str) -> None:
    pieces = Pieces()
    pieces.queue.put_nowait(piece(b"ab", more=False))
    pieces.queue.put_nowait({"type": "http.disconnect"})
    peeked = _Peeked(pieces)
    assert peeked.body == b"ab"
    assert await peeked() == piece(b"ab", more=False)
    assert (await peeked())["type"] == "http.disconnect"


async def test_half_a_body_is_none(engine: str) -> None:
    pieces = Pieces()
    pieces.queue.put_nowait(piece(b"a", more=True))
    pieces.queue.put_nowait(piece(b"b", more=False))
    peeked = _Peeked(pieces)
    assert peeked.body is None
    assert [(await peeked())["body"] for _ in range(2)] == [b"a", b"b"]


async def test_what_is_not_there_yet_is_waited_for_by_others(engine: str) -> None:
    pieces = Pieces()
    peeked = _Peeked(pieces)
    assert peeked.body is None
    waiting = asyncio.ensure_future(_received(peeked))
    await asyncio.sleep(0)
    assert not waiting.done()
    pieces.queue.put_nowait(piece(b"a", more=False))
    assert await waiting == piece(b"a", more=False)


async def test_a_deadline_ends_the_waiting(engine: str) -> None:
    pieces = Pieces()
    peeked = _Peeked(pieces)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await peeked()
    pieces.queue.put_nowait(piece(b"a", more=False))
    assert (await peeked())["body"] == b"a"


async def _received(receive: Receive) -> Message:
    return await receive()


async def test_who_is_let_in_under_another_path_is_no_business_of_it(settings: Settings) -> None:
    async with graphql_client(keeping(settings), now=NOW) as hub:
        await learning.course()
        assert (await hub._http.get("/healthz")).json() == {"status": "ok"}
        assert (await hub._http.put("/graphql")).status_code == 405


async def test_nothing_is_sent_for_a_websocket_but_its_end(settings: Settings) -> None:
    app = create_app(keeping(settings))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(dict(message))

    scope: Scope = {"type": "websocket", "path": "/graphql", "headers": [], "query_string": b""}
    sender: Send = send
    await app(scope, receive, sender)
    assert [each["type"] for each in sent] == ["websocket.close"]
