"""Certificates over plain HTTP: the PDF behind a signed link, and the facts behind its QR code."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote

from starlette.types import Receive, Scope, Send

from hub.auth import ANONYMOUS, Viewer
from hub.certificates.queries import (
    PATH,
    Seen,
    certificate_by_number,
    is_pdf_link,
    seen_by_number,
)
from hub.certificates.service.printing import Printer, sheet_of
from hub.clock import now
from hub.errors import HubError
from hub.middleware import error_answer, send_json
from hub.records import Record

_NOT_FOUND: Final = "没有这份证书。There is no such certificate."
_BAD_LINK: Final = (
    "链接无效或已过期，请重新获取。The link is not valid, or not any more; get a new one."
)
_REVOKED: Final = "该证书已被撤销。This certificate has been revoked."
_NUMBER_CHARS_MAX = 40
_PDF_SUFFIX = ".pdf"


class CertificatePages:
    """`/certificates/<number>.pdf?expires=…&signature=…` and `/certificates/<number>?code=…`."""

    def __init__(self) -> None:
        self._printer = Printer()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = scope["path"].removeprefix(PATH)
        query = _query(scope)
        try:
            if name.endswith(_PDF_SUFFIX):
                await self._pdf(scope, send, name.removesuffix(_PDF_SUFFIX), query=query)
            else:
                await _facts(scope, send, name, query=query)
        except HubError as error:
            await send_json(send, 503, error_answer(error.code, error.chinese, scope))

    async def _pdf(
        self, scope: Scope, send: Send, number: str, *, query: Mapping[str, str]
    ) -> None:
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not is_pdf_link(number, expires, signature=signature, now=now()):
            await _refuse(scope, send, 403, code="FORBIDDEN", message=_BAD_LINK)
            return
        row = await certificate_by_number(number)
        if row is None:
            await _refuse(scope, send, 404, code="BAD_USER_INPUT", message=_NOT_FOUND)
        elif row.revoked_at is not None:
            await _refuse(scope, send, 410, code="BAD_USER_INPUT", message=_REVOKED)
        else:
            await _send_pdf(send, row, await self._printer.pdf(sheet_of(row)))


async def _facts(scope: Scope, send: Send, number: str, *, query: Mapping[str, str]) -> None:
    viewer = Viewer(ANONYMOUS, now())
    seen = await seen_by_number(viewer, number[:_NUMBER_CHARS_MAX], code=query.get("code"))
    if seen is None:
        await _refuse(scope, send, 404, code="BAD_USER_INPUT", message=_NOT_FOUND)
        return
    await send_json(send, 200, facts_of(seen))


def facts_of(seen: Seen) -> dict[str, Any]:
    """What anybody may know of a certificate whose code they have seen."""
    row = seen.row
    return {
        "number": row.number,
        "title": row.title,
        "holderName": seen.holder_name,
        "courseTitle": row.course_title,
        "issuer": row.issuer,
        "issuedOn": seen.issued_on.isoformat(),
        "isRevoked": row.revoked_at is not None,
    }


async def _refuse(scope: Scope, send: Send, status: int, *, code: str, message: str) -> None:
    await send_json(send, status, error_answer(code, message, scope))


async def _send_pdf(send: Send, row: Record, content: bytes) -> None:
    name = quote(f"{row.title}-{row.number}.pdf")
    headers = [
        (b"content-type", b"application/pdf"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"private, no-store"),
        (b"x-robots-tag", b"noindex"),
        (b"content-disposition", f"inline; filename*=UTF-8''{name}".encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _query(scope: Scope) -> dict[str, str]:
    text = scope.get("query_string", b"").decode("latin-1")
    found = parse_qs(text, max_num_fields=20) if text.count("&") < 20 else {}
    return {name: values[-1] for name, values in found.items()}
