"""What arrives at the endpoint: content types, sizes, broken JSON, parameters, NUL characters."""

import asyncio
import gzip
from collections.abc import Iterator

import orjson
import pytest

from tests.schema.toy import ask, endpoint

GOOD = b'{"query":"{echo}"}'


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; Charset="UTF-8"',
        "application/json;charset=utf8",
    ],
)
async def test_json_in_utf8_is_taken(content_type: str) -> None:
    assert (await ask(endpoint(), body=GOOD, headers={"content-type": content_type})).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/jsonx",
        "application/json5",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json, text/plain",
    ],
)
async def test_anything_else_is_415(content_type: str) -> None:
    answer = await ask(endpoint(), body=GOOD, headers={"content-type": content_type})
    assert (answer.status, answer.code) == (415, "BAD_USER_INPUT")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_compressed_bodies_are_415(encoding: str) -> None:
    headers = {"content-encoding": encoding}
    answer = await ask(endpoint(), body=gzip.compress(GOOD), headers=headers)
    assert (answer.status, answer.code) == (415, "BAD_USER_INPUT")
    identity = await ask(endpoint(), body=GOOD, headers={"content-encoding": "identity"})
    assert identity.status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"true",
        b'"text"',
        b"0",
        b"9" * 10_000,
        b"-1e999",
        b"NaN",
        b"[]",
        b'[{"query":"{echo}"}]',
        b"{",
        b'{"query":"{echo}"} trailing',
        b'{"query":"{echo}","variables":{"x":NaN}}',
        b'{"query":"{echo}","variables":{"x":Infinity}}',
        b'{"query":"{echo}","variables":{"x":"\\ud800"}}',
        b'{"query":"\xff\xfe"}',
        b'{"query":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"query":"{echo}","variables":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}",
        gzip.compress(GOOD, mtime=0),
        b'{"notquery":"{echo}"}',
        b'{"query":null}',
        b'{"query":"{echo}","operationName":["a"]}',
        b'{"query":"{echo}","variables":"a"}',
        b'{"query":"{echo}","variables":[1]}',
        b'{"query":"{echo}","variables":0}',
        b'{"query":"{echo}","extensions":false}',
        b'{"query":{"a":1}}',
    ],
)
async def test_malformed_requests_are_400_in_json(body: bytes) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        answer = await ask(endpoint(), body=body, headers={"accept": accept})
        assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
        assert answer.error["extensions"]["requestId"]


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"query=",
        b"query=%FF%FE",
        b"query=%ED%A0%80",
        b"query={echo}&variables=x",
        b"query={echo}&variables=[1]",
        b"query={echo}&variables=%22a%22",
        b"query={echo}&extensions=1",
        b"query={echo}&" + b"a=1&" * 100,
        "query={课}".encode("latin-1", "replace") + b"\xff",
    ],
)
async def test_malformed_query_strings_are_400_in_json(query_string: bytes) -> None:
    answer = await ask(endpoint(), method="GET", query_string=query_string)
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_unknown_parameters_and_null_ones_are_passed_over() -> None:
    body = b'{"query":"{echo}","id":7,"variables":null,"operationName":null,"extensions":null}'
    assert (await ask(endpoint(), body=body)).status == 200
    nothing = b"query={echo}&variables=&operationName=&extensions=&id=7"
    assert (await ask(endpoint(), method="GET", query_string=nothing)).status == 200


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({"t": "a\0"}, "variables.t"),
        ({"input": {"names": ["a", "b", "\0"]}}, "variables.input.names[2]"),
    ],
)
async def test_a_nul_character_is_refused_where_it_stands(
    variables: dict[str, object], where: str
) -> None:
    document = "query($t: String) { echo(text: $t) }"
    answer = await ask(endpoint(), document, variables=variables, headers={"accept-language": "en"})
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
    assert answer.error["message"] == f"{where} contains a NUL character (U+0000)."
    query_string = b"query={echo}&variables=" + orjson.dumps(variables).replace(b"\\", b"%5C")
    assert (await ask(endpoint(), method="GET", query_string=query_string)).status == 400


@pytest.mark.parametrize("literal", ['"a\\u0000"', '"\\u{0}"', '"\\u{0000}"'])
async def test_a_nul_character_in_a_literal_is_refused(literal: str) -> None:
    answer = await ask(endpoint(), f"{{ echo(text: {literal}) }}")
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
    assert answer.error["locations"] == [{"line": 1, "column": 14}]


async def test_an_escaped_backslash_is_no_nul() -> None:
    answer = await ask(endpoint(), '{ echo(text: "\\\\u0000") }')
    assert answer.json["data"] == {"echo": "\\u0000"}


@pytest.mark.parametrize(
    "value", [10**40, -(10**40), 1e308, [[[]]], {"a": {"b": 1}}, "é" * 100, True]
)
async def test_odd_variable_values_are_the_callers_error(value: object) -> None:
    body = b'{"query":"query($n:Int){echo(count:$n)}","variables":{"n":%s}}'
    text = str(value).encode() if isinstance(value, int | float) else orjson.dumps(value)
    answer = await ask(endpoint(), body=body % text.replace(b"True", b"true"))
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_a_body_over_the_limit_is_413_by_its_announced_length() -> None:
    answer = await ask(endpoint(body_max_bytes=1024), body=b"{", headers={"content-length": "1025"})
    assert (answer.status, answer.code) == (413, "COST_EXCEEDED")
    assert answer.headers["connection"] == "close"


async def test_a_body_over_the_limit_is_413_while_it_is_read() -> None:
    chunks = [b'{"query":"'] + [b" " * 512] * 10_000
    taken = iter(chunks)
    answer = await ask(endpoint(body_max_bytes=1024), chunks=taken, body=b"")
    assert (answer.status, answer.code) == (413, "COST_EXCEEDED")
    exact = b'{"query":"{echo}","x":"' + b"x" * 999 + b'"}'
    assert len(exact) == 1024
    assert (await ask(endpoint(body_max_bytes=1024), body=exact)).status == 200


async def test_a_body_that_does_not_come_is_408() -> None:
    app = endpoint(body_timeout_seconds=0.05)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(30)
        raise AssertionError("nothing comes")

    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]  # type: ignore[operator]


async def test_a_caller_that_leaves_in_the_middle_of_the_body_gets_no_answer() -> None:
    answer = await ask(endpoint(), chunks=[b'{"query":', b'"{echo}"'], leaves_after_seconds=0)
    assert answer.status == 400
    app = endpoint()
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: object) -> None:
        raise AssertionError("nobody listens")

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    await app(scope, receive, send)


@pytest.mark.parametrize(
    ("language", "start"),
    [
        ("", "请求正文"),
        ("en", "The body"),
        ("en-US,en;q=0.9", "The body"),
        ("zh-TW, en;q=0.8", "请求正文"),
        ("fr", "请求正文"),
        ("en;q=broken", "请求正文"),
    ],
)
async def test_the_hubs_own_words_follow_the_language(language: str, start: str) -> None:
    answer = await ask(endpoint(), body=b"{", headers={"accept-language": language})
    assert answer.error["message"].startswith(start)
