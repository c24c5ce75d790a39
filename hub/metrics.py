"""What operators watch: how many requests of which kind and outcome, how long they took, and what
the hub knows of its own state. In the form of Prometheus, for addresses that may see it.

Label values are few and known beforehand, so that no caller can make new series. With several
processes the counters are kept in files that each process adds to and any of them reads together
(`prometheus_client`'s multiprocess mode): whichever process a scrape reaches, it tells of all.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.middleware import not_found
from hub.origin import Network

FILES: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder of several processes' files; set by `hub serve`
before they start, for the library looks at it when it is imported."""

NOTE_KEY: Final = "graphql_note"
"""Under which `scope["state"]` keeps what the endpoint tells of a request."""

_REFRESH_SECONDS: Final = 1.0
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LEFT: Final = "left"

# What proxies write into a request: one of these says that somebody else asks through it.
_FORWARDED: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}
)


@dataclass(slots=True)
class Note:
    """What only the endpoint knows of a request: the kind of its operation, the codes of errors."""

    kind: str = "none"
    codes: tuple[str, ...] = ()


def note_of(scope: Scope) -> Note:
    """The note of a request, to be read and written; made when nobody has yet."""
    note: Note = scope.setdefault("state", {}).setdefault(NOTE_KEY, Note())
    return note


@dataclass(frozen=True, slots=True)
class Reading:
    """Something a part of the hub knows, told under `name`; `read` gives None where it does not.

    A count only grows, in each process from 0. Of several processes' other readings the sum is
    told, or the highest where `is_highest`.
    """

    name: str
    description: str
    read: Callable[[], float | None]
    is_count: bool = False
    is_highest: bool = False


class Metrics:
    """The metrics of one application; `readings` are looked at once a second at most."""

    def __init__(self, readings: Iterable[Reading] = ()) -> None:
        self._registry = CollectorRegistry()
        told: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter(
            "hub_graphql_requests",
            "GraphQL requests by operation (query, mutation, none where it was not even read, page "
            "for browsers), "
            "outcome (ok, the first error's code, left by the caller) and HTTP status.",
            ("operation", "outcome", "status"),
            **told,
        )
        self._errors = Counter(
            "hub_graphql_errors", "Answers with an error, once for each code.", ("code",), **told
        )
        self._seconds = Histogram(
            "hub_graphql_request_seconds",
            "How long GraphQL requests took, from their headers to the end of the answer.",
            ("operation",),
            buckets=_BUCKETS,
            **told,
        )
        self._readings = [_Follower(each, told) for each in readings]
        self._refreshed_at = float("-inf")
        self._series: dict[tuple[str, str, int], Any] = {}
        self._durations: dict[str, Any] = {}
        if FILES not in os.environ:
            ProcessCollector(registry=self._registry)

    def observe(self, note: Note, status: int | None, *, seconds: float) -> None:
        """Count an answered request, or one whose caller left (`status` None)."""
        kind = note.kind
        outcome = _LEFT if status is None else note.codes[0] if note.codes else "ok"
        key = (kind, outcome, status or 0)
        series = self._series.get(key)
        if series is None:  # the library's own look-up costs as much as everything else here
            labels = (kind, outcome.lower(), str(status or ""))
            series = self._series[key] = self._requests.labels(*labels)
            self._durations.setdefault(kind, self._seconds.labels(kind))
        series.inc()
        self._durations[kind].observe(seconds)
        for code in note.codes:
            self._errors.labels(code.lower()).inc()
        if time.monotonic() - self._refreshed_at >= _REFRESH_SECONDS:
            self.refresh()

    def refresh(self) -> None:
        """Look at what the parts of the hub know."""
        self._refreshed_at = time.monotonic()
        for each in self._readings:
            each.look()

    async def page(self) -> bytes:
        """Everything in the text form of Prometheus, of all processes that share the files."""
        self.refresh()
        folder = os.environ.get(FILES)
        if folder is None:
            return generate_latest(self._registry)
        return await asyncio.to_thread(_page_of_all, folder)


class _Follower:
    """A metric that follows a reading."""

    def __init__(self, reading: Reading, told: dict[str, Any]) -> None:
        self._read = reading.read
        self._last = 0.0
        self._counter: Counter | None = None
        self._gauge: Gauge | None = None
        if reading.is_count:
            self._counter = Counter(reading.name, reading.description, **told)
            return
        mode: Any = "livemax" if reading.is_highest else "livesum"
        self._gauge = Gauge(reading.name, reading.description, multiprocess_mode=mode, **told)

    def look(self) -> None:
        value = self._read()
        if value is None:
            return
        if self._gauge is not None:
            self._gauge.set(value)
        if self._counter is not None:
            self._counter.inc(max(value - self._last, 0.0))
            self._last = value


def _page_of_all(folder: str) -> bytes:
    """The sums over all processes; one that was killed left live readings, which do not count."""
    for path in Path(folder).glob("gauge_live*_*.db"):
        number = path.stem.rpartition("_")[2]
        if (
            number.isdigit()
            and not Path(f"/proc/{number}").exists()
            and Path("/proc/self").exists()
        ):
            with suppress(FileNotFoundError):  # another process has done the same
                mark_process_dead(int(number), folder)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class Metered:
    """A GraphQL endpoint whose requests are counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and count it, however it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note, status = note_of(scope), None

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.observe(note, status, seconds=time.perf_counter() - started)


class MetricsPage:
    """`/metrics`, for those who ask straight from an address of `allowed`; a 404 for all others.

    A request that a proxy hands on is refused whoever sent it: what is the proxy's own address
    could be anybody's.
    """

    def __init__(self, metrics: Metrics, *, allowed: Sequence[Network]) -> None:
        self._metrics = metrics
        self._allowed = tuple(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not self._may_see(scope):
            await not_found(scope, receive, send)
            return
        payload = await self._metrics.page()
        headers = [
            (b"content-type", CONTENT_TYPE_LATEST.encode()),
            (b"content-length", str(len(payload)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else payload
        await send({"type": "http.response.body", "body": body})

    def _may_see(self, scope: Scope) -> bool:
        if any(name.lower() in _FORWARDED for name, _ in scope["headers"]):
            return False
        client = scope.get("client")
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return address is not None and any(address in network for network in self._allowed)
