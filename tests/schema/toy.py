"""A small schema for tests of the endpoint, and a client that speaks ASGI to it directly."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, NewType

import orjson
import strawberry
from starlette.types import ASGIApp, Message
from strawberry.schema.config import StrawberryConfig

from hub.errors import BadUserInput, Conflict, ContentInvalid, Forbidden, RateLimited, Unavailable
from hub.settings import Settings
from schema.http import GraphQLEndpoint
from schema.negotiation import GRAPHQL_RESPONSE, JSON

SECRET = "postgres://hub:hunter2@db/hub"


def _parse_day(value: str) -> str:
    if not value.startswith("20"):
        raise ValueError("Incorrect padding")
    return value


Day = NewType("Day", str)
DAY = strawberry.scalar(name="Day", serialize=str, parse_value=_parse_day)


@strawberry.type
class Lesson:
    id: strawberry.ID
    title: str


@strawberry.type
class LessonEdge:
    node: Lesson
    cursor: str


@strawberry.type
class LessonConnection:
    nodes: list[Lesson]
    edges: list[LessonEdge]


@strawberry.type
class Course:
    id: strawberry.ID
    title: str
    tags: list[str] = strawberry.field(default_factory=list)
    parts: list[Lesson] = strawberry.field(default_factory=list, metadata={"size": 3})
    report: str = strawberry.field(default="", metadata={"cost": 5})

    @strawberry.field
    def lessons(self, first: int | None = None, last: int | None = None) -> LessonConnection:
        return LessonConnection(nodes=[], edges=[])

    @strawberry.field
    def parent(self) -> "Course | None":
        return None


@strawberry.type
class CourseConnection:
    nodes: list[Course]


@strawberry.type
class Failures:
    @strawberry.field
    def masked(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def required(self) -> str:
        raise RuntimeError(SECRET)

    @strawberry.field
    def bad_input(self) -> str | None:
        raise BadUserInput("半径过大", path=("where", "near"), limit=5)

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("没有权限")

    @strawberry.field
    def conflict(self) -> str | None:
        raise Conflict("已被他人修改")

    @strawberry.field
    def unavailable(self) -> str | None:
        raise Unavailable("请稍后再试")

    @strawberry.field
    def too_often(self, seconds: int) -> str | None:
        raise RateLimited("请稍后再试", retryAfterSeconds=seconds)

    @strawberry.field
    def content(self) -> str | None:
        raise ContentInvalid(SECRET)

    @strawberry.field
    def wrong_type(self) -> int | None:
        return SECRET  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    def courses(
        self, first: int | None = None, last: int | None = None, title: str | None = None
    ) -> CourseConnection:
        return CourseConnection(nodes=[Course(id=strawberry.ID("1"), title=title or "骑行安全")])

    @strawberry.field(metadata={"size": "ids"})
    def nodes(self, ids: list[strawberry.ID]) -> list[Course]:
        return []

    @strawberry.field
    def echo(self, text: str | None = None, day: Day | None = None, count: int = 0) -> str | None:
        return text

    @strawberry.field
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    @strawberry.field
    def failures(self) -> Failures:
        return Failures()

    @strawberry.field
    def failing_courses(self) -> list[Failures]:
        return [Failures(), Failures(), Failures()]

    @strawberry.field
    def context(self, info: strawberry.Info) -> str:
        return f"{info.context.locale} {info.context.client}"


@dataclass
class Ledger:
    """What mutations have done, for tests that go away before the answer."""

    written: list[str] = field(default_factory=list)


LEDGER = Ledger()


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, text: str, seconds: float = 0.0) -> str:
        await asyncio.sleep(seconds)
        LEDGER.written.append(text)
        return text

    @strawberry.mutation
    async def sign_in(self) -> str:
        return "session"


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map={Day: DAY})
)


def settings(**changes: object) -> Settings:
    """Settings that depend on nothing around the test."""
    return Settings.model_validate({"secret_key": "x" * 40, **changes})


def endpoint(**changes: object) -> GraphQLEndpoint:
    """The endpoint over the toy schema, its resolvers seeing the RequestInfo as context."""
    return GraphQLEndpoint(SCHEMA, settings=settings(**changes), make_context=lambda info: info)


@dataclass
class Answer:
    """An HTTP answer as the client sees it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The only error there is."""
        (error,) = self.json["errors"]
        assert isinstance(error, dict)
        return error

    @property
    def code(self) -> str:
        return str(self.error["extensions"]["code"])


async def ask(
    app: ASGIApp,
    document: str | None = None,
    *,
    variables: dict[str, Any] | None = None,
    body: bytes | None = None,
    method: str = "POST",
    query_string: bytes = b"",
    headers: dict[str, str] | None = None,
    chunks: Iterable[bytes] | None = None,
    leaves_after_seconds: float = 60.0,
) -> Answer:
    """Send one request and collect the answer; `headers` overrides, an empty value removes."""
    if body is None:
        request = {"query": document, "variables": variables or {}}
        body = orjson.dumps(request) if method == "POST" else b""
    all_headers = {"content-type": JSON, "accept": GRAPHQL_RESPONSE, **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": query_string,
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in all_headers.items() if v],
        "client": ("203.0.113.7", 5000),
    }
    incoming = _incoming(list(chunks or [body]), leaves_after_seconds)
    sent: list[Message] = []

    async def receive() -> Message:
        return await anext(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if not sent:
        return Answer(0, {}, b"")
    start, *rest = sent
    raw = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], raw, b"".join(part.get("body", b"") for part in rest))


async def _incoming(chunks: list[bytes], leaves_after_seconds: float) -> AsyncIterator[Message]:
    for number, chunk in enumerate(chunks, start=1):
        yield {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
    await asyncio.sleep(leaves_after_seconds)
    while True:
        yield {"type": "http.disconnect"}
