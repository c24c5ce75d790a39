"""The one translator from what was raised to what a caller may read.

A `HubError` is told with its code. GraphQL's own complaints about a document or a value keep
their words, for they are about what the caller wrote. Everything else is ours: it is masked as
INTERNAL and logged once, with the request id and the traceback.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from graphql import FieldNode, GraphQLError

from hub.errors import HubError
from schema.negotiation import Locale
from schema.request import RequestInfo
from schema.texts import text

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
BAD_USER_INPUT = "BAD_USER_INPUT"
COST_EXCEEDED = "COST_EXCEEDED"
RATE_LIMITED = "RATE_LIMITED"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
UNAVAILABLE = "UNAVAILABLE"
INTERNAL = "INTERNAL"

CODES = frozenset(
    {
        UNAUTHENTICATED,
        FORBIDDEN,
        BAD_USER_INPUT,
        COST_EXCEEDED,
        RATE_LIMITED,
        PERSISTED_QUERY_NOT_FOUND,
        UNAVAILABLE,
        INTERNAL,
    }
)

# Kinds that belong into a payload's own `errors`; where one reaches the top level, it is about
# the input.
_PAYLOAD_CODES = frozenset({"NOT_FOUND", "CONFLICT"})

_MESSAGE_CHARS_MAX = 500

_IN_VARIABLE = re.compile(
    r"Variable '\$(?P<variable>\w+)' has invalid value(?: at (?P<steps>(?:\.\w+|\[\d+\])+))?:"
)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")

_log = structlog.get_logger(__name__)

ErrorBody = dict[str, Any]


class RequestRefused(Exception):
    """A request that is answered without executing anything.

    `status` is sent to callers of `application/graphql-response+json`; callers of plain JSON get
    200 instead when `is_well_formed` (the request was fine, its document was not), as GraphQL
    over HTTP asks. `errors` are ready `errors[]` entries without a request id.
    """

    def __init__(
        self,
        status: int,
        errors: list[ErrorBody],
        *,
        is_well_formed: bool = False,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(errors[0]["message"])
        self.status = status
        self.errors = errors
        self.is_well_formed = is_well_formed
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})


def refused(
    status: int,
    code: str,
    *,
    message: str,
    is_well_formed: bool = False,
    headers: Mapping[str, str] | None = None,
) -> RequestRefused:
    """A refusal with one error that has no place in the document."""
    body = error_body(code, message)
    return RequestRefused(status, [body], is_well_formed=is_well_formed, headers=headers)


def error_body(
    code: str, message: str, *, extensions: Mapping[str, Any] | None = None
) -> ErrorBody:
    """One entry of the top-level `errors`."""
    return {"message": message, "extensions": {"code": code, **(extensions or {})}}


def document_error(error: GraphQLError) -> ErrorBody:
    """A syntax or validation error in GraphQL's own words, with its places in the document.

    A custom scalar's exception is cut off the message: those are Python's words, not GraphQL's.
    A message that quotes half the document is cut at 500 characters.
    """
    message = _without_internal_words(error)
    if len(message) > _MESSAGE_CHARS_MAX:
        message = message[:_MESSAGE_CHARS_MAX] + "…"
    return _placed(error_body(BAD_USER_INPUT, message), error)


def codes_of(errors: Iterable[ErrorBody]) -> tuple[str, ...]:
    """The codes of an answer's errors, each once, in the order of their first."""
    return tuple(dict.fromkeys(error["extensions"]["code"] for error in errors))


def retry_headers(errors: Iterable[ErrorBody]) -> dict[str, str]:
    """`Retry-After` (RFC 9110, 10.2.3) where an entry was refused for coming too often.

    Of several waits the longest: after it none of the fields is refused for that any more. Clients
    and proxies that know HTTP and no GraphQL read the header; the entries keep their own waits.
    """
    waits = [
        error["extensions"]["data"]["retryAfterSeconds"]
        for error in errors
        if error["extensions"]["code"] == RATE_LIMITED
    ]
    return {"retry-after": str(max(waits))} if waits else {}


def with_request_id(errors: Iterable[ErrorBody], request_id: str) -> list[ErrorBody]:
    """The same entries with `extensions.requestId`; the originals may be shared and stay as is."""
    return [
        {**error, "extensions": {**error["extensions"], "requestId": request_id}}
        for error in errors
    ]


def translate(errors: Iterable[GraphQLError], request: RequestInfo) -> list[ErrorBody]:
    """The top-level `errors` of an executed operation, in the order they came.

    Each masked failure is logged once per place in the document, however many list items share it.
    """
    logged: set[tuple[object, ...]] = set()
    return with_request_id(
        [_translate_one(error, request, logged=logged) for error in errors], request.request_id
    )


def masked(error: BaseException, request: RequestInfo) -> ErrorBody:
    """Log a failure of ours with its traceback, and say only that there was one."""
    _log.error("request_failed", request_id=request.request_id, exc_info=error)
    return error_body(INTERNAL, text("internal", request.locale))


def hub_error_body(error: HubError, locale: Locale) -> ErrorBody | None:
    """What a caller may read of a HubError, or None for kinds that are about the hub itself."""
    code = BAD_USER_INPUT if error.code in _PAYLOAD_CODES else error.code
    if code not in CODES or code == INTERNAL:
        return None
    message = error.chinese if locale == "zh-CN" else error.message
    extensions: dict[str, Any] = {}
    if error.path:
        extensions["inputPath"] = list(error.path)
    if error.data:
        extensions["data"] = error.data
    return error_body(code, message, extensions=extensions)


def _translate_one(
    error: GraphQLError, request: RequestInfo, *, logged: set[tuple[object, ...]]
) -> ErrorBody:
    cause = _cause(error)
    if isinstance(cause, HubError):
        body = hub_error_body(cause, request.locale)
        if body is not None:
            if steps := _variable_path(error):
                body["extensions"].setdefault("inputPath", steps)
            return _placed(body, error)
    elif cause is None and _is_about_input(error):
        return _placed(document_error(error), error)
    elif error.path is None:
        return document_error(error)
    _log_once(error, cause or error, request_id=request.request_id, logged=logged)
    return _placed(error_body(INTERNAL, text("internal", request.locale)), error)


def _variable_path(error: GraphQLError) -> list[str | int]:
    """Where in the variables the value stands that a scalar refused: its variable first.

    graphql-core tells it in words only, which the scalar's own words replace.
    """
    found = _IN_VARIABLE.match(error.message)
    if found is None:
        return []
    steps = [int(index) if index else key for key, index in _STEP.findall(found["steps"] or "")]
    return [found["variable"], *steps]


def _cause(error: GraphQLError) -> Exception | None:
    """The first exception below that GraphQL did not make itself, if there is one."""
    seen: Exception | None = error
    while isinstance(seen, GraphQLError):
        seen = seen.original_error
    return seen


def _is_about_input(error: GraphQLError) -> bool:
    """Whether graphql-core complains about an argument or a variable rather than about a result.

    It blames the value's node for the first and the field's node for the second; a request that
    was refused before any field ran has no path at all.
    """
    if error.path is None:
        return True
    return error.nodes is not None and not isinstance(error.nodes[0], FieldNode)


def _without_internal_words(error: GraphQLError) -> str:
    cause = _cause(error)
    if cause is None or isinstance(cause, HubError):
        return error.message
    return (
        error.message.replace(str(cause), "").rstrip(" ;:,.") + "." if str(cause) else error.message
    )


def _placed(body: ErrorBody, error: GraphQLError) -> ErrorBody:
    """The body with `locations` and `path` where GraphQL knows them."""
    if error.locations:
        body["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    if error.path is not None:
        body["path"] = list(error.path)
    return body


def _log_once(
    error: GraphQLError,
    cause: BaseException,
    *,
    request_id: str,
    logged: set[tuple[object, ...]],
) -> None:
    place = tuple(part for part in error.path or () if isinstance(part, str))
    if (type(cause), place) in logged:
        return
    logged.add((type(cause), place))
    _log.error("field_failed", request_id=request_id, path=".".join(place), exc_info=cause)
