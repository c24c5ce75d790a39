"""What came in: the request's facts, its body, and the parameters of GraphQL over HTTP."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
from starlette.types import Receive, Scope

from hub.origin import CLIENT_KEY
from schema.negotiation import Locale, locale_of

REQUEST_ID_KEY: Final = "request_id"


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The facts of one HTTP request that resolvers may need.

    `headers` has lower-case names; a header sent twice is joined with a comma. `client` is the
    caller's address, behind trusted proxies too (`hub.origin`), empty when nobody knows it.
    """

    request_id: str
    headers: Mapping[str, str]
    locale: Locale
    client: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one GraphQL request, type-checked.

    `query` is None where a document is asked for by its id alone; `document_id` is the id that
    stands beside the query, as drafts of GraphQL over HTTP have it.
    """

    query: str | None
    operation_name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]
    document_id: str | None = None

    @property
    def asked_id(self) -> str | None:
        """The id that the document is asked for by, as it was sent, if there is one.

        In `extensions.persistedQuery` of version 1 it is mostly the SHA-256 of the text; front ends
        that use a manifest send the manifest's id there.
        """
        persisted = self.extensions.get("persistedQuery")
        if isinstance(persisted, dict) and persisted.get("version", 1) == 1:
            value = persisted.get("sha256Hash")
            if isinstance(value, str) and value:
                return value
        return self.document_id


class ParametersInvalid(Exception):
    """The request is no well-formed GraphQL request; `key` and `values` name the sentence."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class BodyTooLarge(Exception):
    """More bytes than allowed were announced or sent."""


class ClientGone(Exception):
    """The caller hung up before the body was complete."""


_KINDS: dict[type, tuple[str, str]] = {
    str: ("字符串", "a string"),
    dict: ("对象", "an object"),
}


def request_info(scope: Scope) -> RequestInfo:
    """The facts of the request in `scope`; makes a request id where no middleware gave one."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    state, client = scope.get("state", {}), scope.get("client")
    return RequestInfo(
        request_id=state.get(REQUEST_ID_KEY) or uuid4().hex,
        headers=MappingProxyType(headers),
        locale=locale_of(headers.get("accept-language")),
        client=state.get(CLIENT_KEY) or (client[0] if client else ""),
    )


async def read_body(
    receive: Receive, headers: Mapping[str, str], *, max_bytes: int, timeout_seconds: float
) -> bytes:
    """The whole body, refused while it is read as soon as it is too large.

    Raises BodyTooLarge (before reading when Content-Length says so), TimeoutError when it is not
    complete in time, and ClientGone.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise BodyTooLarge
    async with asyncio.timeout(timeout_seconds):
        return await _collect(receive, max_bytes)


async def _collect(receive: Receive, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def parameters_of_body(body: bytes) -> Parameters:
    """The parameters of a POST body.

    Raises ParametersInvalid for anything that is not one JSON object with parameters of the right
    types: NaN, Infinity, lone surrogates, invalid UTF-8 and nesting past the parser's limit
    (1,024 levels) are not JSON here.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParametersInvalid("body_not_json") from error
    if isinstance(value, list):
        raise ParametersInvalid("batching")
    if not isinstance(value, dict):
        raise ParametersInvalid("body_not_object")
    return _checked(value, has_nul=b"\\u0000" in body)


def parameters_of_query_string(query_string: bytes) -> Parameters:
    """The parameters of a GET: `variables` and `extensions` are JSON in their own right.

    Raises ParametersInvalid as `parameters_of_body` does. Of a repeated parameter the last counts.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=50,
        )
    except ValueError as error:
        raise ParametersInvalid("query_string") from error
    value: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if value.get(name):
            value[name] = _json_parameter(name, value[name])
        else:
            value.pop(name, None)
    return _checked(value, has_nul=b"%00" in query_string or b"u0000" in query_string)


def _json_parameter(name: str, source: str) -> Any:
    try:
        return orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise _wrong_type(name, dict) from error


def _checked(value: dict[str, Any], *, has_nul: bool) -> Parameters:
    parameters = Parameters(
        query=_typed(value, "query", str),
        operation_name=_typed(value, "operationName", str) or None,
        variables=_typed(value, "variables", dict) or {},
        extensions=_typed(value, "extensions", dict) or {},
        document_id=_document_id(value),
    )
    if parameters.query is None and parameters.asked_id is None:
        raise ParametersInvalid("query_missing")
    if has_nul and (where := next(_nul_places(parameters.variables), None)):
        raise ParametersInvalid("nul", where=where)
    return parameters


def _document_id(value: dict[str, Any]) -> str | None:
    """`documentId`, or `id` where there is no query: beside one, clients put what they like."""
    document_id: str | None = _typed(value, "documentId", str)
    if document_id is None and value.get("query") is None and isinstance(value.get("id"), str):
        document_id = value["id"]
    return document_id or None


def _typed(value: dict[str, Any], name: str, kind: type) -> Any:
    item = value.get(name)
    if item is not None and not isinstance(item, kind):
        raise _wrong_type(name, kind)
    return item


def _wrong_type(name: str, kind: type) -> ParametersInvalid:
    chinese, english = _KINDS[kind]
    return ParametersInvalid("parameter_type", name=name, kind_zh=chinese, kind_en=english)


def _nul_places(variables: dict[str, Any]) -> Iterator[str]:
    """Where NUL characters stand, as `variables.input.names[2]`; PostgreSQL cannot store one."""
    stack: list[tuple[str, Any]] = [("variables", variables)]
    while stack:
        place, value = stack.pop()
        if isinstance(value, str) and "\0" in value:
            yield place
        elif isinstance(value, list):
            stack.extend((f"{place}[{index}]", item) for index, item in enumerate(value))
        elif isinstance(value, dict):
            if any("\0" in key for key in value):
                yield place
            stack.extend((f"{place}.{key}", item) for key, item in value.items())


def document_hash(query: str) -> str:
    """The SHA-256 of a document's text in UTF-8, in lower-case hex: what clients register."""
    return hashlib.sha256(query.encode()).hexdigest()
