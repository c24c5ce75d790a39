"""What every HTTP request passes: a request id, safe headers, a deadline, and the way to its route.

Pure ASGI throughout: a middleware here costs a function call, not a task.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final
from uuid import uuid4

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.logging import AccessLog
from hub.origin import CLIENT_KEY, Network, client_address, origin

REQUEST_ID_HEADER: Final = b"x-request-id"
DRAIN_SECONDS: Final = 15.0
"""How long a stopping server waits for what it has in hand."""

# What a proxy may hand on: enough for a UUID or a trace id, nothing that could forge a log line.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

DEFAULT_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)

_NOT_FOUND = "没有这个地址。There is nothing at this address."
_INTERNAL = "服务器出错了，请稍后再试。Something went wrong on our side; try again later."
_TIMEOUT = "没有及时得到结果，请稍后再试。There was no result in time; try again later."

_SECRET_PREFIXES: Final = ("/calendar/", "/media/uploads/", "/media/private/")
"""Paths that are themselves what lets one in: the rest of them is no business of a log."""

_log = structlog.get_logger(__name__)


async def send_json(
    send: Send, status: int, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
) -> None:
    """Send `body` as the whole answer."""
    payload = orjson.dumps(body)
    raw_headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(payload)).encode()),
        *((name.encode(), value.encode()) for name, value in (headers or {}).items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": payload})


def error_answer(code: str, message: str, scope: Scope) -> dict[str, Any]:
    """An error in the form that GraphQL clients know, with the request's id."""
    request_id = scope.get("state", {}).get("request_id", "")
    return {"errors": [{"message": message, "extensions": {"code": code, "requestId": request_id}}]}


class Routes:
    """Paths to applications: an exact path first, then the longest prefix, else 404 in JSON.

    A prefix ends in a slash. WebSockets go the same way; one without a route is refused.
    """

    def __init__(self, exact: Mapping[str, ASGIApp], prefixes: Mapping[str, ASGIApp]) -> None:
        self._exact = dict(exact)
        self._prefixes = sorted(prefixes.items(), key=lambda item: len(item[0]), reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to its route."""
        await self._route(scope["path"])(scope, receive, send)

    def _route(self, path: str) -> ASGIApp:
        if (app := self._exact.get(path)) is not None:
            return app
        return next((app for prefix, app in self._prefixes if path.startswith(prefix)), not_found)


async def not_found(scope: Scope, _receive: Receive, send: Send) -> None:
    """404 in JSON, or a refused WebSocket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    await send_json(send, 404, error_answer("BAD_USER_INPUT", _NOT_FOUND, scope))


def for_methods(*methods: str) -> Callable[[ASGIApp], ASGIApp]:
    """Let an application see these methods only; others get 405 with `Allow`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] in methods:
                await app(scope, receive, send)
            elif scope["type"] == "http":
                body = error_answer("BAD_USER_INPUT", f"Use {', '.join(methods)}.", scope)
                await send_json(send, 405, body, headers={"allow": ", ".join(methods)})
            else:
                await not_found(scope, receive, send)

        return guarded

    return wrap


class RequestEnvelope:
    """The outermost layer: request id, headers every answer has, the access line, the last net.

    A well-formed `X-Request-Id` is kept, any other is replaced; it is in each log line of the
    request. The caller's address is found once, behind `trusted_proxies` too, and told with the
    id to `hub.origin`. An exception that gets here is logged with its traceback and
    answered with a masked 500, or, when the answer has begun, by ending the connection.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted_proxies: Iterable[Network] = (),
        access_log: AccessLog | None = None,
    ) -> None:
        self._app = app
        self._access_log = access_log or AccessLog()
        self._trusted_proxies = tuple(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request inside the envelope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = given_request_id(scope) or uuid4().hex
        address = client_address(scope, self._trusted_proxies)
        scope.setdefault("state", {}).update({"request_id": request_id, CLIENT_KEY: address})
        answer = _Answer(send, request_id)
        started = time.perf_counter()
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            origin(request_id, address),
        ):
            try:
                await self._app(scope, receive, answer)
            except Exception:
                _log.exception("request_failed", method=scope["method"], path=_shown(scope["path"]))
                if answer.status is not None:
                    raise
                await send_json(answer, 500, error_answer("INTERNAL", _INTERNAL, scope))
            finally:
                self._access_log.write(
                    request_id,
                    method=scope["method"],
                    path=_shown(scope["path"]),
                    status=answer.status,
                    seconds=time.perf_counter() - started,
                )


class _Answer:
    """A `send` that adds the headers every answer has, where the application did not set them."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._headers = (*DEFAULT_HEADERS, (REQUEST_ID_HEADER, request_id.encode()))
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            names = {name.lower() for name, _ in headers}
            headers += [item for item in self._headers if item[0] not in names]
            message = {**message, "headers": headers}
        await self._send(message)


class TotalDeadline:
    """The last of the deadlines: an answer begins within `seconds`, or it is a 504.

    The endpoint has its own for queries; this one also covers what it cannot see. An answer that
    has begun may take its time, and mutations go on behind their shield.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                await self._app(scope, receive, _lifting(send, deadline))
        except TimeoutError:
            if not deadline.expired():
                raise
            _log.warning("request_timeout", path=_shown(scope["path"]), seconds=self._seconds)
            await send_json(send, 504, error_answer("UNAVAILABLE", _TIMEOUT, scope))


def _lifting(send: Send, deadline: asyncio.Timeout) -> Callable[[Message], Awaitable[None]]:
    """A `send` that lifts the deadline when the answer begins."""

    async def lifting(message: Message) -> None:
        if message["type"] == "http.response.start":
            deadline.reschedule(None)
        await send(message)

    return lifting


def given_request_id(scope: Scope) -> str | None:
    """The id that came with a request, if it is well-formed."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return None


def _shown(path: str) -> str:
    """A path as the log has it."""
    secret = next((each for each in _SECRET_PREFIXES if path.startswith(each)), None)
    return path if secret is None else f"{secret}..."
