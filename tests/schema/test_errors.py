"""The translator: what a caller reads of each failure, and what only the log says."""

import pytest
from structlog.testing import capture_logs

from schema.errors import CODES
from schema.negotiation import GRAPHQL_RESPONSE, JSON
from tests.schema.toy import SECRET, ask, endpoint


def failing(field: str) -> str:
    return f"{{ failures {{ {field} }} }}"


@pytest.mark.parametrize(
    ("field", "code", "message"),
    [
        ("badInput", "BAD_USER_INPUT", "半径过大"),
        ("forbidden", "FORBIDDEN", "没有权限"),
        ("conflict", "BAD_USER_INPUT", "已被他人修改"),
        ("unavailable", "UNAVAILABLE", "请稍后再试"),
    ],
)
async def test_a_refusal_is_told_at_its_place(field: str, code: str, message: str) -> None:
    with capture_logs() as logs:
        answer = await ask(endpoint(), failing(field))
    assert answer.status == 200
    assert answer.json["data"] == {"failures": {field: None}}
    error = answer.error
    assert (error["message"], error["path"]) == (message, ["failures", field])
    assert error["locations"] == [{"line": 1, "column": 14}]
    assert error["extensions"]["code"] == code
    assert code in CODES
    assert logs == []


async def test_a_refusal_names_the_input_and_carries_its_data() -> None:
    extensions = (await ask(endpoint(), failing("badInput"))).error["extensions"]
    assert extensions["inputPath"] == ["where", "near"]
    assert extensions["data"] == {"limit": 5}


@pytest.mark.parametrize("field", ["masked", "content", "wrongType"])
async def test_everything_else_is_masked_and_logged_once(field: str) -> None:
    with capture_logs() as logs:
        answer = await ask(endpoint(), failing(field))
    assert answer.code == "INTERNAL"
    assert SECRET.encode() not in answer.body
    (line,) = logs
    assert line["event"] == "field_failed"
    assert line["request_id"] == answer.error["extensions"]["requestId"]
    assert line["path"] == f"failures.{field}"
    assert isinstance(line["exc_info"], Exception)


async def test_the_masked_message_follows_the_language() -> None:
    chinese = (await ask(endpoint(), failing("masked"))).error["message"]
    english = await ask(endpoint(), failing("masked"), headers={"accept-language": "en"})
    assert chinese.startswith("服务器出错了")
    assert english.error["message"].startswith("Something went wrong")


async def test_a_required_field_takes_its_parent_with_it() -> None:
    answer = await ask(endpoint(), failing("required"))
    assert (answer.status, answer.json["data"]) == (200, None)
    assert answer.error["path"] == ["failures", "required"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_the_longest_wait_of_a_partial_answer_is_its_header(accept: str) -> None:
    document = '{ echo(text: "x") failures { a: tooOften(seconds: 7) b: tooOften(seconds: 9) } }'
    answer = await ask(endpoint(), document, headers={"accept": accept})
    assert (answer.status, answer.headers["retry-after"]) == (200, "9")
    assert answer.json["data"] == {"echo": "x", "failures": {"a": None, "b": None}}
    told = [error["extensions"]["data"]["retryAfterSeconds"] for error in answer.json["errors"]]
    assert told == [7, 9]


@pytest.mark.parametrize("field", ["forbidden", "unavailable", "badInput"])
async def test_other_refusals_name_no_time(field: str) -> None:
    assert "retry-after" not in (await ask(endpoint(), failing(field))).headers


async def test_one_fault_in_a_long_list_is_one_line_in_the_log() -> None:
    with capture_logs() as logs:
        answer = await ask(endpoint(), "{ failingCourses { masked } }")
    assert len(answer.json["errors"]) == 3
    assert [error["path"][1] for error in answer.json["errors"]] == [0, 1, 2]
    assert len(logs) == 1


@pytest.mark.parametrize(
    ("document", "variables", "words"),
    [
        ("{ echo(", {}, "Syntax Error"),
        ("{ courses { nope } }", {}, "Cannot query field 'nope' on type 'CourseConnection'."),
        ("query($n: Int!) { echo(count: $n) }", {}, "Variable '$n'"),
        ("query($n: Int!) { echo(count: $n) }", {"n": "x"}, "Int cannot represent"),
        ('{ echo(count: "x") }', {}, "Int cannot represent"),
        ("query($d: Day) { echo(day: $d) }", {"d": "1999"}, "Variable '$d'"),
        ('{ echo(day: "1999") }', {}, "Day"),
    ],
)
async def test_graphql_keeps_its_own_words_for_the_callers_mistakes(
    document: str, variables: dict[str, object], words: str
) -> None:
    answer = await ask(endpoint(), document, variables=variables)
    assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")
    assert words in answer.error["message"]
    assert "padding" not in answer.error["message"]


async def test_a_null_for_a_required_argument_is_the_callers_error_at_its_field() -> None:
    document = 'query($s: Float! = 0) { a: echo(text: "x") slow(seconds: $s) }'
    answer = await ask(endpoint(), document, variables={"s": None})
    assert answer.code == "BAD_USER_INPUT"


async def test_a_failure_outside_of_resolvers_is_masked_too() -> None:
    app = endpoint()
    app._make_context = lambda _: 1 / 0
    with capture_logs() as logs:
        answer = await ask(app, "{ echo }")
    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert [line["event"] for line in logs] == ["request_failed"]
    assert "data" not in answer.json


async def test_errors_that_are_remembered_get_each_requests_id() -> None:
    app = endpoint()
    ids = {(await ask(app, "{ nope }")).error["extensions"]["requestId"] for _ in range(3)}
    assert len(ids) == 3
