"""A GraphQL client for tests: the whole application in this process, at an instant of choice."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson
from starlette.types import ASGIApp, Message

from hub.app import create_app
from hub.clock import frozen
from hub.database import recorded_statements
from hub.settings import Settings

HEADERS = {
    "accept": "application/graphql-response+json",
    "accept-language": "en",
    "content-type": "application/json",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the SQL statements it took."""

    status: int
    body: dict[str, Any]
    statements: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The top-level errors, if there are any."""
        errors: list[dict[str, Any]] = self.body.get("errors", [])
        return errors

    @property
    def error(self) -> dict[str, Any]:
        """The one error of an answer that has one."""
        assert len(self.errors) == 1, self.body
        return self.errors[0]


class GraphQLClient:
    """Sends documents to the endpoint; every request happens at `now`, by whoever has `token`."""

    def __init__(self, http: httpx.AsyncClient, *, now: datetime) -> None:
        self._http = http
        self.now = now
        self.token: str | None = None
        self.language: str | None = None

    async def send(self, document: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer to a document, refused or not."""
        return await self.send_body(orjson.dumps({"query": document, "variables": variables or {}}))

    async def send_body(self, body: bytes) -> Answer:
        """The answer to a body as it is."""
        own = {} if self.language is None else {"accept-language": self.language}
        if self.token is not None:
            own["authorization"] = f"Bearer {self.token}"
        with frozen(self.now), recorded_statements() as statements:
            response = await self._http.post("/graphql", content=body, headers=HEADERS | own)
        made = tuple(statements)
        return Answer(response.status_code, response.json(), made, response.headers)

    async def ask(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data of a document that has to be answered without errors."""
        answer = await self.send(document, variables)
        return answer.data


@asynccontextmanager
async def graphql_client(settings: Settings, *, now: datetime) -> AsyncIterator[GraphQLClient]:
    """A client of a freshly started application, which is stopped at the end."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        yield GraphQLClient(http, now=now)


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """The application between the start and the end of its lifespan."""
    received: asyncio.Queue[Message] = asyncio.Queue()
    sent: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    lifespan = asyncio.ensure_future(app(scope, received.get, sent.put))
    await received.put({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await received.put({"type": "lifespan.shutdown"})
        await lifespan
