"""The client: keep-alive connections that each send a request as soon as the last is answered.

Written on asyncio's protocols alone: a client library would cost more than the server it measures.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_DATA = re.compile(rb'\{"data" ?: ?\{')  # not everybody writes JSON without spaces
_GRACE_SECONDS = 30.0


class BadAnswer(RuntimeError):
    """An answer that is not a 200 with data, or none at all."""


@dataclass(frozen=True, slots=True)
class Limit:
    """When a run ends: after so many requests or so many seconds, whichever comes first."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave; latencies in milliseconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def http_request(path: str, body: bytes) -> bytes:
    """A POST of JSON, byte for byte."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


async def run_load(
    port: int,
    requests: Sequence[bytes],
    *,
    concurrency: int,
    limit: Limit,
    answers: list[bytes] | None = None,
) -> Run:
    """Send `requests` in turn over `concurrency` connections until the limit.

    The bodies of the answers are added to `answers`, where there is such a list.

    Raises BadAnswer for the first answer that is not a 200 with data, and TimeoutError when the
    server has stopped answering.
    """
    work = _Work(requests, limit, answers)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(limit.seconds + _GRACE_SECONDS):
        for _ in range(concurrency):
            await loop.create_connection(lambda: _Connection(work), "127.0.0.1", port)
        seconds = await work.run()
    milliseconds = [each * 1000 for each in work.latencies]
    cuts = (
        quantiles(milliseconds, n=100, method="inclusive")
        if len(milliseconds) > 1
        else milliseconds * 99
    )
    return Run(len(milliseconds), seconds, cuts[49], cuts[98])


async def ask(port: int, request: bytes, *, timeout_seconds: float = _GRACE_SECONDS) -> bytes:
    """The body of one answer. Raises as `run_load` does."""
    work = _Work([request], Limit(1, timeout_seconds))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_seconds):
        await loop.create_connection(lambda: _Connection(work), "127.0.0.1", port)
        await work.run()
    return work.last_body


class _Work:
    """What the connections of one run share."""

    def __init__(
        self, requests: Sequence[bytes], limit: Limit, answers: list[bytes] | None = None
    ) -> None:
        self._answers = answers
        self._requests = itertools.cycle(requests)
        self._left = limit.requests
        self._seconds = limit.seconds
        self._stop_at = 0.0
        self._idle: list[_Connection] = []
        self._busy = 0
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.last_body = b""

    def join(self, connection: "_Connection") -> None:
        self._idle.append(connection)

    async def run(self) -> float:
        """Start every connection and wait for the last answer; how long it took, in seconds."""
        started = time.perf_counter()
        self._stop_at = started + self._seconds
        for connection in self._idle:
            self._busy += 1
            self.next(connection)
        try:
            await self._done
        finally:
            for connection in self._idle:
                connection.close()
        return time.perf_counter() - started

    def next(self, connection: "_Connection") -> None:
        """Give a connection its next request, or let it rest."""
        if self._left > 0 and time.perf_counter() < self._stop_at:
            self._left -= 1
            connection.send(next(self._requests))
            return
        self._busy -= 1
        if self._busy == 0 and not self._done.done():
            self._done.set_result(None)

    def answered(self, connection: "_Connection", head: bytes, body: bytes, took: float) -> None:
        if not head.startswith(b"HTTP/1.1 200 ") or not _DATA.match(body):
            self.fail(f"{head[:80]!r} {body[:500]!r}")
            return
        self.latencies.append(took)
        self.last_body = body
        if self._answers is not None:
            self._answers.append(body)
        self.next(connection)

    def fail(self, reason: str) -> None:
        if not self._done.done():
            self._done.set_exception(BadAnswer(reason))


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._received = b""
        self._sent_at = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._work.join(self)

    def send(self, request: bytes) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        length = _LENGTH.search(self._received, 0, end)
        total = end + (int(length[1]) if length else 0)
        if len(self._received) < total:
            return
        took = time.perf_counter() - self._sent_at
        head, body, self._received = self._received[:end], self._received[end:total], b""
        self._work.answered(self, head, body, took)

    def connection_lost(self, exc: Exception | None) -> None:
        self._work.fail(f"the connection was lost: {exc}")
