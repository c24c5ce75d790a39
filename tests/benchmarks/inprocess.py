"""Asks the hub and the hand-written code inside this process: equality, statements, variables."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Scope

from hub.app import create_app
from hub.database import close_database, open_database, recorded_statements
from hub.settings import Settings
from tests.benchmarks.byhand import ByHand
from tests.benchmarks.reference import (
    REFERENCES,
    Variables,
    graphql_body,
    variables_for,
)
from tests.benchmarks.stores import store_for

Answer = Callable[[], Awaitable[dict[str, Any]]]

_TRIES = 3
"""A window may open or close between the two answers; not three times in a row."""


class AnswersDiffer(AssertionError):
    """The hand-written code and the hub give different answers, so there is nothing to compare."""


async def post(app: ASGIApp, path: str, body: bytes, *, authorization: str | None = None) -> bytes:
    """The body of the application's answer to a POST."""
    headers = [(b"content-type", b"application/json")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    received: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[bytes] = []

    async def receive() -> Message:
        return received.pop() if received else await _never()

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(sent)


async def _never() -> Message:
    """Nobody hangs up here."""
    return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]


def data_of(answer: bytes) -> dict[str, Any]:
    """What an answer holds. Raises AnswersDiffer for one with errors."""
    parsed = orjson.loads(answer)
    if parsed.get("errors") or not isinstance(parsed.get("data"), dict):
        raise AnswersDiffer(f"no data: {answer[:500]!r}")
    data: dict[str, Any] = parsed["data"]
    return data


class Pair:
    """The hub and the hand-written code over one open database, in this process, without logs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"log_level": "WARNING"})
        self._hub = create_app(self._settings)
        self._store = store_for(settings)
        self._hand = ByHand(self._store)

    async def __aenter__(self) -> "Pair":
        await open_database(self._settings)
        await self._store.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._store.close()
        await close_database()

    async def ask(self, document: str, variables: Variables) -> dict[str, Any]:
        """The hub's answer to a document."""
        return data_of(await post(self._hub, "/graphql", graphql_body(document, variables)))

    async def post(self, body: bytes, *, authorization: str | None = None) -> bytes:
        """The body of the hub's answer to a request, of whoever has the token or of nobody."""
        return await post(self._hub, "/graphql", body, authorization=authorization)

    async def ask_hand(self, name: str, variables: Variables) -> dict[str, Any]:
        """The hand-written answer to a reference query."""
        return data_of(await post(self._hand, f"/{name}", orjson.dumps(variables)))

    async def variables(self) -> dict[str, list[Variables]]:
        """The sets of variables of every reference query."""
        return await variables_for(self.ask)

    async def assert_equal(self, name: str, sets: Sequence[Variables]) -> None:
        """Raise AnswersDiffer unless both give the same JSON for each set of variables."""
        document = REFERENCES[name].document
        for variables in sets:
            await assert_same(
                name,
                partial(self.ask, document, variables),
                partial(self.ask_hand, name, variables),
            )

    async def statements(self, name: str, sets: Sequence[Variables]) -> tuple[int, int]:
        """How many SQL statements a query takes at most: the hub's, and those written by hand."""
        counts = []
        for variables in sets:
            with recorded_statements() as recorded:
                await self.ask(REFERENCES[name].document, variables)
            before = self._store.statements
            await self.ask_hand(name, variables)
            counts.append((len(recorded), self._store.statements - before))
        return max(counts)


async def assert_same(name: str, hub: Answer, hand: Answer) -> None:
    """Raise AnswersDiffer unless both give the same JSON, key order included."""
    found = (b"", b"")
    for _ in range(_TRIES):
        found = orjson.dumps(await hub()), orjson.dumps(await hand())
        if found[0] == found[1]:
            return
    raise AnswersDiffer(difference(name, *found))


def difference(name: str, hub: bytes, hand: bytes) -> str:
    """Where two answers part, with some of what stands there."""
    length = min(len(hub), len(hand))
    at = next((index for index in range(length) if hub[index] != hand[index]), length)
    start = max(at - 80, 0)
    return (
        f"{name}: the answers differ at byte {at}\n"
        f"  hub:     {hub[start : at + 80].decode(errors='replace')}\n"
        f"  by hand: {hand[start : at + 80].decode(errors='replace')}"
    )
