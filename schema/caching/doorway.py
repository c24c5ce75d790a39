"""The short way of a hit: before everything else, what is kept is answered at once.

It takes only what it can decide without waiting: a GET, or a POST whose body has come with its
headers, without credentials, in the very bytes of a request before, for an answer that is known to
be good, from a caller who has not asked too often. Such a request is counted, logged and headed as
any other. Every other goes the usual way, which finds it untouched.
"""

import os
import time
from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.limiting import RateLimiter
from hub.logging import AccessLog
from hub.metrics import Metrics, Note
from hub.middleware import DEFAULT_HEADERS, REQUEST_ID_HEADER, given_request_id
from hub.origin import Network, client_address
from schema.caching.answering import ResponseCache
from schema.caching.entries import Entry
from schema.negotiation import JSON, is_json_request, locale_of, prefers_html, response_media_type
from schema.request import RequestInfo

_DECISIVE: Final = {
    b"accept": "accept",
    b"accept-language": "accept-language",
    b"content-type": "content-type",
    b"if-none-match": "if-none-match",
}
_ELSEWHERE: Final = frozenset({b"authorization", b"content-encoding"})
"""Headers that somebody else has to look at; where other origins may call, `origin` is one."""


class Doorway:
    """Answers hits on `path` by itself, and hands everything else on to `app`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        cache: ResponseCache,
        limiter: RateLimiter,
        metrics: Metrics,
        access_log: AccessLog,
        trusted_proxies: Sequence[Network],
        has_cors: bool = False,
    ) -> None:
        self._app = app
        self._path = path
        self._cache = cache
        self._limiter = limiter
        self._metrics = metrics
        self._access_log = access_log
        self._trusted_proxies = tuple(trusted_proxies)
        self._elsewhere = _ELSEWHERE | {b"origin"} if has_cors else _ELSEWHERE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        if (headers := _headers_of(scope, self._elsewhere)) is None:
            await self._app(scope, receive, send)
            return
        written: bytes | None = scope["query_string"]
        if scope["method"] != "GET":
            receive = peeked = _Peeked(receive)
            written = peeked.body
        entry = None if written is None else self._entry(scope, headers, written)
        if entry is None:
            await self._app(scope, receive, send)
            return
        await self._answer(scope, headers, entry, send=send, started=started)

    def _entry(self, scope: Scope, headers: dict[str, str], written: bytes) -> Entry | None:
        locale = locale_of(headers.get("accept-language"))
        entry = self._cache.kept_now((scope["method"], locale, written))
        if entry is None:
            return None
        address = client_address(scope, self._trusted_proxies)
        weight = self._limiter.weight(entry.cost)
        return entry if self._limiter.charge_now(address, weight=weight) else None

    async def _answer(
        self, scope: Scope, headers: dict[str, str], entry: Entry, *, send: Send, started: float
    ) -> None:
        method, request_id = scope["method"], given_request_id(scope) or os.urandom(16).hex()
        media_type = response_media_type(headers.get("accept")) or JSON
        request = RequestInfo(request_id, headers, "zh-CN", "")
        status, body, own = self._cache.hit(entry, request, method=method)
        raw = [*_usual_headers(media_type), (REQUEST_ID_HEADER, request_id.encode())]
        if own:
            raw = [each for each in raw if each[0] not in _OWN]
            raw += [(name.encode(), value.encode()) for name, value in own.items()]
        if status == 200:
            raw.append((b"content-length", entry.length))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})
        seconds = time.perf_counter() - started
        self._metrics.observe(_QUERY, status, seconds=seconds)
        self._access_log.write(
            request_id, method=method, path=self._path, status=status, seconds=seconds
        )


_QUERY: Final = Note("query")
_OWN: Final = frozenset({b"cache-control", b"etag", b"vary"})


@lru_cache(maxsize=4)
def _usual_headers(media_type: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that every answer of this type has."""
    content_type = f"{media_type}; charset=utf-8".encode()
    vary = (b"vary", b"Accept, Accept-Language")
    return ((b"content-type", content_type), vary, *DEFAULT_HEADERS)


def _headers_of(scope: Scope, elsewhere: frozenset[bytes]) -> dict[str, str] | None:
    """What decides the answer; None where somebody else has to look at the request."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in elsewhere:
            return None
        known = _DECISIVE.get(name)
        if known is not None:
            if known in found:
                return None
            found[known] = value.decode("latin-1")
    accept = found.get("accept")
    if response_media_type(accept) is None:
        return None
    if scope["method"] == "GET":
        return None if prefers_html(accept) else found
    is_json = scope["method"] == "POST" and is_json_request(found.get("content-type"))
    return found if is_json else None


class _Peeked:
    """A `receive` that has been begun once and not been waited for.

    What is not there yet is waited for by whoever has a deadline for it: called as `receive`, it
    goes on where it was left. `body` is the request's, where it was there already as a whole.
    """

    __slots__ = ("_begun", "_first", "_receive", "body")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._first: Message | None = None
        self._begun: _Begun | None = None
        self.body: bytes | None = None
        coroutine: Any = receive()
        try:
            awaited = coroutine.send(None)
        except StopIteration as done:
            message: Message = done.value
            self._first = message
            if message["type"] == "http.request" and not message.get("more_body", False):
                self.body = message.get("body", b"")
        else:
            self._begun = _Begun(coroutine, awaited)

    async def __call__(self) -> Message:
        """The next message, the one that was peeked at first."""
        if self._first is not None:
            message, self._first = self._first, None
            return message
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return await begun
        return await self._receive()


class _Begun:
    """A coroutine that has been begun, to be awaited to its end."""

    __slots__ = ("_awaited", "_coroutine")

    def __init__(self, coroutine: Any, awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Message]:
        """Go on: what it waits for is handed to the loop, and what comes of it back."""
        try:
            while True:
                try:
                    sent = yield self._awaited
                except BaseException as error:  # noqa: BLE001 - a cancellation, most of all
                    self._awaited = self._coroutine.throw(error)
                else:
                    self._awaited = self._coroutine.send(sent)
        except StopIteration as done:
            message: Message = done.value
            return message
