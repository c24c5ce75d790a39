"""What goes back over HTTP: the body, the status and the headers of an answer or of a refusal."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from graphql import ExecutionResult
from starlette.types import Send

from schema.errors import (
    COST_EXCEEDED,
    ErrorBody,
    RequestRefused,
    refused,
    retry_headers,
    translate,
    with_request_id,
)
from schema.limits import Excess
from schema.negotiation import GRAPHQL_RESPONSE
from schema.request import RequestInfo
from schema.texts import text

Answer = tuple[int, dict[str, Any] | bytes, Mapping[str, str]]
"""The status, the body, written already where it was kept, and the headers of an answer."""

NOT_MODIFIED: Final = 304


def document_refusal(code: str, message: str) -> RequestRefused:
    """A refusal of what the request asks for; the request itself was well-formed."""
    return refused(400, code, message=message, is_well_formed=True)


def excess_refusal(excess: Excess, request: RequestInfo) -> RequestRefused:
    """The refusal of a document that passes a limit, with its cost where that is the limit."""
    message = text(
        excess.key, request.locale, count=excess.count, limit=excess.limit, name=excess.name
    )
    refusal = document_refusal(COST_EXCEEDED, message)
    if excess.key == "limit_cost":
        refusal.extensions = {"cost": cost_report(excess.count, excess.limit)}
    return refusal


def cost_report(requested: int, limit: int) -> dict[str, int]:
    """`extensions.cost`: what the operation asks for, and how much more it could have."""
    return {"requested": requested, "limit": limit, "remaining": max(limit - requested, 0)}


def result_answer(result: ExecutionResult, request: RequestInfo, *, cost: dict[str, int]) -> Answer:
    """The answer to an executed operation.

    Variables that could not be coerced end the request before any field ran: errors without a
    path, no `data`, and status 400 for callers of the newer media type.
    """
    extensions = {"cost": cost}
    if not result.errors:
        return 200, {"data": result.data, "extensions": extensions}, {}
    errors = translate(result.errors, request)
    if result.data is None and all(error.path is None for error in result.errors):
        raise RequestRefused(400, errors, is_well_formed=True, extensions=extensions)
    body = {"errors": errors, "data": result.data, "extensions": extensions}
    return 200, body, retry_headers(errors)


def refusal_answer(
    refusal: RequestRefused, request: RequestInfo, *, media_type: str | None
) -> Answer:
    """The answer to a refused request, in the words and the status of its media type."""
    errors: list[ErrorBody] = with_request_id(refusal.errors, request.request_id)
    body: dict[str, Any] = {"errors": errors}
    if refusal.extensions:
        body["extensions"] = refusal.extensions
    is_plain = media_type != GRAPHQL_RESPONSE
    status = 200 if refusal.is_well_formed and is_plain else refusal.status
    return status, body, refusal.headers


async def send_json(
    send: Send,
    status: int,
    body: dict[str, Any] | bytes,
    *,
    media_type: str,
    headers: Mapping[str, str],
) -> None:
    """Send an answer as JSON."""
    payload = body if isinstance(body, bytes) else orjson.dumps(body)
    raw_headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        *((name.encode(), value.encode()) for name, value in headers.items()),
    ]
    if status != NOT_MODIFIED:
        raw_headers.append((b"content-length", str(len(payload)).encode()))
    if "vary" not in headers:
        raw_headers.append((b"vary", b"Accept, Accept-Language"))
    await send({"type": "http.response.start", "status": status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": payload})
