"""The endpoint: methods, media types, status codes, execution, deadlines, leaving callers."""

import asyncio
import hashlib

import pytest
import strawberry
from starlette.types import Message
from strawberry.extensions import SchemaExtension
from structlog.testing import capture_logs

from schema.negotiation import GRAPHQL_RESPONSE, JSON
from schema.operations import graphql_schema
from tests.schema.toy import LEDGER, ask, endpoint

COURSES = "{ courses(first: 5) { nodes { id title } } }"
HASH = "0" * 64


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{JSON};charset=utf-8", JSON),
        (f"text/event-stream, {JSON}", JSON),
        (f"text/event-stream, {GRAPHQL_RESPONSE};q=0.1", GRAPHQL_RESPONSE),
        ("multipart/mixed, */*;q=0.1", JSON),
    ],
)
async def test_the_answer_is_in_the_preferred_media_type(accept: str, media_type: str) -> None:
    answer = await ask(endpoint(), COURSES, headers={"accept": accept})
    assert answer.status == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.json["data"] == {"courses": {"nodes": [{"id": "1", "title": "骑行安全"}]}}


@pytest.mark.parametrize(
    "accept",
    [
        "text/event-stream",
        "text/html",
        "text/plain, image/png",
        f"{JSON};q=0",
        "application/jsonx",
        f"{JSON};charset=utf-16",
        f"{JSON};q=nonsense",
    ],
)
async def test_other_media_types_only_are_406(accept: str) -> None:
    answer = await ask(endpoint(), COURSES, headers={"accept": accept})
    assert (answer.status, answer.code) == (406, "BAD_USER_INPUT")
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{", {}, "BAD_USER_INPUT"),
        ("{ unknown }", {}, "BAD_USER_INPUT"),
        ("query Q($n: Int!) { echo(count: $n) }", {"n": "x"}, "BAD_USER_INPUT"),
        ("query A { echo } query B { echo }", {}, "BAD_USER_INPUT"),
        ("fragment F on Query { echo }", {}, "BAD_USER_INPUT"),
        ("{ courses(first: 99999999) { nodes { id } } }", {}, "COST_EXCEEDED"),
    ],
)
async def test_a_request_that_cannot_run_is_400_or_200_by_media_type(
    document: str, variables: dict[str, object], code: str
) -> None:
    newer = await ask(endpoint(), document, variables=variables)
    older = await ask(endpoint(), document, variables=variables, headers={"accept": JSON})
    assert (newer.status, older.status) == (400, 200)
    for answer in (newer, older):
        assert answer.code == code
        assert "data" not in answer.json
        assert answer.error["extensions"]["requestId"]


async def test_the_operation_is_chosen_by_name() -> None:
    body = b'{"query":"query A{a:echo(text:\\"1\\")} query B{b:echo}","operationName":"A"}'
    answer = await ask(endpoint(), body=body)
    assert answer.json["data"] == {"a": "1"}
    unknown = await ask(endpoint(), body=body.replace(b'"A"', b'"C"'))
    assert unknown.error["message"] == "Unknown operation named 'C'."


async def test_get_runs_queries() -> None:
    query_string = b"query=query($t:String){echo(text:$t)}&variables=%7B%22t%22:%22%E8%AF%BE%22%7D"
    answer = await ask(endpoint(), method="GET", query_string=query_string)
    assert (answer.status, answer.json["data"]) == (200, {"echo": "课"})


async def test_get_of_a_mutation_is_405_and_does_nothing() -> None:
    LEDGER.written.clear()
    answer = await ask(
        endpoint(), method="GET", query_string=b"query=mutation{write(text:%22x%22)}"
    )
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert LEDGER.written == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY"])
async def test_other_methods_are_405(method: str) -> None:
    answer = await ask(endpoint(), method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_a_hash_alone_is_a_persisted_query_that_is_not_found(accept: str) -> None:
    body = b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%s"}}}' % HASH.encode()
    answer = await ask(endpoint(), body=body, headers={"accept": accept})
    assert (answer.code, answer.error["message"]) == (
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    assert answer.status == (200 if accept == JSON else 400)


async def test_a_query_must_match_its_hash() -> None:
    body = b'{"query":"{echo}","extensions":{"persistedQuery":{"sha256Hash":"%s"}}}' % HASH.encode()
    assert (await ask(endpoint(), body=body)).code == "BAD_USER_INPUT"
    right = hashlib.sha256(b"{echo}").hexdigest().upper().encode()
    assert (await ask(endpoint(), body=body.replace(HASH.encode(), right))).status == 200


async def test_resolvers_see_the_context() -> None:
    answer = await ask(endpoint(), "{ context }", headers={"accept-language": "en-GB, zh;q=0.5"})
    assert answer.json["data"] == {"context": "en 203.0.113.7"}


async def test_every_executed_answer_reports_its_cost() -> None:
    answer = await ask(endpoint(), COURSES)
    assert answer.json["extensions"]["cost"] == {
        "requested": 12,
        "limit": 50_000,
        "remaining": 49_988,
    }


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_RESPONSE, 504)])
async def test_a_slow_query_ends_at_the_deadline(accept: str, status: int) -> None:
    app = endpoint(request_timeout_seconds=0.05)
    with capture_logs() as logs:
        answer = await ask(app, "{ slow(seconds: 30) }", headers={"accept": accept})
    assert (answer.status, answer.code) == (status, "UNAVAILABLE")
    assert [line["event"] for line in logs] == ["query_timeout"]


async def test_a_mutation_outlives_the_deadline() -> None:
    app = endpoint(request_timeout_seconds=0.02)
    answer = await ask(app, 'mutation { write(text: "late", seconds: 0.1) }')
    assert answer.json["data"] == {"write": "late"}


async def test_a_query_stops_when_its_caller_leaves() -> None:
    started = asyncio.get_running_loop().time()
    answer = await ask(endpoint(), "{ slow(seconds: 30) }", leaves_after_seconds=0.02)
    assert answer.status == 0
    assert asyncio.get_running_loop().time() - started < 5


async def test_a_mutation_outlives_its_caller_and_a_cancelled_request() -> None:
    LEDGER.written.clear()
    app = endpoint()
    left = await ask(
        app, 'mutation { write(text: "left", seconds: 0.05) }', leaves_after_seconds=0.01
    )
    assert left.json["data"] == {"write": "left"}
    request = asyncio.create_task(
        ask(app, 'mutation { a: write(text: "a", seconds: 0.05) b: write(text: "b") }')
    )
    await asyncio.sleep(0.02)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert LEDGER.written == ["left"]
    assert await app.drain(timeout_seconds=2) == 0
    assert LEDGER.written == ["left", "a", "b"]


async def test_drain_tells_of_mutations_that_do_not_end() -> None:
    app = endpoint()
    request = asyncio.create_task(ask(app, 'mutation { write(text: "x", seconds: 0.3) }'))
    await asyncio.sleep(0.02)
    with capture_logs() as logs:
        assert await app.drain(timeout_seconds=0.01) == 1
    assert logs[0]["event"] == "mutations_unfinished"
    await request


async def test_a_websocket_is_refused_before_it_opens() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    await endpoint()({"type": "websocket", "path": "/graphql", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1000}]


async def test_introspection_is_for_development_unless_told_otherwise() -> None:
    for document in (
        "{ __schema { queryType { name } } }",
        '{ a: __type(name: "Query") { name } }',
    ):
        assert (await ask(endpoint(), document)).status == 200
        refused = await ask(endpoint(env="production"), document)
        assert (refused.status, refused.code) == (400, "BAD_USER_INPUT")
        assert (await ask(endpoint(env="production", introspection=True), document)).status == 200
    assert (await ask(endpoint(env="production"), "{ __typename }")).status == 200


async def test_suggestions_are_not_made_where_introspection_is_off() -> None:
    assert "Did you mean" in (await ask(endpoint(), "{ cours }")).error["message"]
    production = await ask(endpoint(env="production"), "{ cours }")
    assert production.error["message"] == "Cannot query field 'cours' on type 'Query'."


def test_a_schema_with_extensions_is_refused() -> None:
    extended = strawberry.Schema(query=OneField, extensions=[SchemaExtension])
    with pytest.raises(ValueError, match="not run by this endpoint"):
        graphql_schema(extended)


@strawberry.type
class OneField:
    field: str
