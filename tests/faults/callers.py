"""Clients of a server that may die: each a connection that is opened again when it is lost."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson

from tests.factories.crowd import Member

PATIENCE_SECONDS: Final = 30.0
TRIES: Final = 12
_PAUSE_SECONDS: Final = 0.1
_BUSY: Final = frozenset({"UNAVAILABLE", "RATE_LIMITED"})


class Unanswered(Exception):
    """Nobody knows whether it was done: the connection was lost, or the server was overrun."""


class Caller:
    """One keep-alive connection to a hub's GraphQL."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, who: Member, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of the answer. Raises Unanswered; any other error of the server fails a test."""
        body = orjson.dumps({"query": document, "variables": variables})
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = orjson.loads(await self._exchanged(_request(who.token, body)))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Unanswered(repr(error)) from error
        codes = {each["extensions"]["code"] for each in answer.get("errors", ())}
        if codes & _BUSY:
            raise Unanswered(str(codes))
        assert not codes, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, who: Member, document: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a mutation. Raises Unanswered."""
        data = await self.ask(who, document, {"input": given})
        payload: dict[str, Any] = next(iter(data.values()))
        return payload

    async def insist(self, who: Member, document: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a mutation that is sent until it is answered, with the same key."""
        for _ in range(TRIES):
            try:
                return await self.do(who, document, given)
            except Unanswered:
                await asyncio.sleep(_PAUSE_SECONDS)
        raise AssertionError("the server does not answer")

    def close(self) -> None:
        """Hang up; the next question opens another connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchanged(self, request: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return await reader.readexactly(length)


@asynccontextmanager
async def callers(port: int, count: int) -> AsyncIterator[list[Caller]]:
    """So many connections, closed after the block."""
    made = [Caller(port) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            each.close()


def _request(token: str, body: bytes) -> bytes:
    return (
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body
