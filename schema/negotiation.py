"""What the caller and the hub say to each other in headers: media types, charsets, languages."""

from functools import lru_cache
from typing import Literal

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"

Locale = Literal["zh-CN", "en"]

_ENTRIES_MAX = 50
_HEADERS_KEPT = 128
"""Callers are many and their headers few: what each says is read once."""

_UTF8 = frozenset({"utf-8", "utf8"})


def parse_media_type(value: str) -> tuple[str, dict[str, str]]:
    """A media type without its parameters, and the parameters, names and type in lower case.

    `Application/JSON; Charset="UTF-8"` gives `("application/json", {"charset": "UTF-8"})`.
    """
    name, *rest = value.split(";")
    pairs = (part.partition("=") for part in rest if "=" in part)
    parameters = {key.strip().lower(): item.strip().strip('"') for key, _, item in pairs}
    return name.strip().lower(), parameters


@lru_cache(maxsize=_HEADERS_KEPT)
def is_json_request(content_type: str | None) -> bool:
    """Whether a body is declared as exactly `application/json`, in UTF-8 or without a charset.

    Only this type makes a browser ask before it sends across origins, so nothing else is taken:
    it is what keeps a foreign page from posting a mutation with the visitor's credentials.
    """
    if content_type is None:
        return False
    name, parameters = parse_media_type(content_type)
    return name == JSON and parameters.get("charset", "utf-8").lower() in _UTF8


@lru_cache(maxsize=_HEADERS_KEPT)
def response_media_type(accept: str | None) -> str | None:
    """The media type to answer in, or None when the caller takes neither of the two.

    Without an Accept header, and where a wildcard makes both equally good, it is
    `application/json`; where both are named with the same weight, the newer type wins.
    Source: GraphQL over HTTP, "Media Types" and "Legacy Watershed".
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = _weighted(accept)
    quality = {name: _quality(ranges, name) for name in (GRAPHQL_RESPONSE, JSON)}
    if not any(quality.values()):
        return None
    if quality[GRAPHQL_RESPONSE] != quality[JSON]:
        return max(quality, key=lambda name: quality[name])
    return GRAPHQL_RESPONSE if any(name == GRAPHQL_RESPONSE for name, _ in ranges) else JSON


@lru_cache(maxsize=_HEADERS_KEPT)
def prefers_html(accept: str | None) -> bool:
    """Whether a browser asks for a page: `text/html` is named and outweighs both JSON types."""
    ranges = _weighted(accept or "")
    html = max((weight for name, weight in ranges if name == HTML), default=0.0)
    return html > max(_quality(ranges, GRAPHQL_RESPONSE), _quality(ranges, JSON))


@lru_cache(maxsize=_HEADERS_KEPT)
def locale_of(accept_language: str | None) -> Locale:
    """`en` where English is preferred to Chinese, else `zh-CN`, the language of the house."""
    ranges = _weighted(accept_language or "")
    english = _language_quality(ranges, "en")
    return "en" if english > _language_quality(ranges, "zh") else "zh-CN"


def _weighted(header: str) -> list[tuple[str, float]]:
    """The header's entries with their weights from 0 to 1; what cannot be read weighs nothing."""
    entries = [parse_media_type(part) for part in header.split(",")[:_ENTRIES_MAX]]
    return [
        (name, _weight(parameters.get("q", "1")))
        for name, parameters in entries
        if name and parameters.get("charset", "utf-8").lower() in _UTF8
    ]


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def _quality(ranges: list[tuple[str, float]], media_type: str) -> float:
    """The weight of a type: by its own name first, else by `application/*`, else by `*/*`."""
    main = media_type.partition("/")[0]
    for pattern in (media_type, f"{main}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == pattern]
        if weights:
            return max(weights)
    return 0.0


def _language_quality(ranges: list[tuple[str, float]], language: str) -> float:
    weights = [weight for name, weight in ranges if name.partition("-")[0] == language]
    return max(weights, default=0.0)
