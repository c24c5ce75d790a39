"""What is fetched by address, not by GraphQL: pictures of tickets, calendars, public keys."""

import re
from typing import Final

from starlette.types import Receive, Scope, Send

from hub.attendance.service import calendar, tickets
from hub.clock import now
from hub.middleware import not_found, send_json
from hub.ticket_codes import ALGORITHM
from schema.attendance.calendar import public_key_text

TICKET_KEYS_PATH: Final = "/.well-known/hub-ticket-keys.json"

_PICTURE = re.compile(r"/tickets/([0-9a-f]{32})\.(svg|png)")
_CALENDAR = re.compile(r"/calendar/(entry|feed)-([A-Za-z0-9_-]{33,120})\.ics")
_QUERY_MAX_CHARS = 200
_MEDIA_TYPES = {"svg": b"image/svg+xml", "png": b"image/png"}
_NO_SCRIPTS = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'")


async def ticket_keys(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The keys by which codes are known, for scanners that will be without a network."""
    keys = [
        {"keyId": key.id, "algorithm": ALGORITHM, "publicKey": public_key_text(key)}
        for key in tickets.verifying_keys()
    ]
    headers = {"cache-control": "public, max-age=3600", "access-control-allow-origin": "*"}
    await send_json(send, 200, {"keys": keys}, headers=headers)


async def ticket_picture(scope: Scope, receive: Receive, send: Send) -> None:
    """The QR code of a ticket; 404 for an address that is not ours or counts no more."""
    match = _PICTURE.fullmatch(scope["path"])
    query = scope["query_string"].decode("latin-1")
    if match is None or len(query) > _QUERY_MAX_CHARS:
        await not_found(scope, receive, send)
        return
    stem, form = match.groups()
    body = await tickets.picture(stem, form, query=query, now=now())
    if body is None:
        await not_found(scope, receive, send)
        return
    headers = [(b"content-type", _MEDIA_TYPES[form]), (b"cache-control", b"private, max-age=3600")]
    await _send(send, body, [*headers, _NO_SCRIPTS])


async def calendar_file(scope: Scope, receive: Receive, send: Send) -> None:
    """A calendar; 404 for an address that is not ours or counts no more."""
    match = _CALENDAR.fullmatch(scope["path"])
    if match is None:
        await not_found(scope, receive, send)
        return
    purpose, token = match.groups()
    make = calendar.feed if purpose == "feed" else calendar.entry
    body = await make(token, now=now())
    if body is None:
        await not_found(scope, receive, send)
        return
    headers = [
        (b"content-type", b"text/calendar; charset=utf-8; method=PUBLISH"),
        (b"content-disposition", b'inline; filename="xiaoge.ics"'),
        (b"cache-control", b"private, max-age=300"),
    ]
    await _send(send, body, headers)


async def _send(send: Send, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
