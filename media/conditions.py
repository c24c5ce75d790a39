"""Whether an answer is wanted at all: the conditions of a request (RFC 9110, 13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum, auto
from functools import lru_cache

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


class Verdict(Enum):
    """What the conditions of a request come to."""

    PROCEED = auto()
    NOT_MODIFIED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Version:
    """What a file is known by: a strong entity tag in its quotes, and when it was last changed."""

    etag: str
    modified_at: datetime

    @property
    def last_modified(self) -> str:
        """The instant as `Last-Modified` says it, to the second."""
        return _http_date(self.modified_at)


@lru_cache(maxsize=1024)
def _http_date(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def verdict_of(headers: Mapping[str, str], version: Version) -> Verdict:
    """Whether a GET or HEAD goes on, in the order that the RFC sets (13.2.2).

    `headers` have names in lower case. A date that is none is ignored.
    """
    if (match := headers.get("if-match")) is not None:
        if not _is_listed(match, version.etag, is_weak_enough=False):
            return Verdict.FAILED
    elif _is_changed_since(headers.get("if-unmodified-since"), version):
        return Verdict.FAILED
    if (none_match := headers.get("if-none-match")) is not None:
        is_known = _is_listed(none_match, version.etag, is_weak_enough=True)
        return Verdict.NOT_MODIFIED if is_known else Verdict.PROCEED
    since = headers.get("if-modified-since")
    if _date(since) is not None and not _is_changed_since(since, version):
        return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


def is_range_wanted(headers: Mapping[str, str], version: Version) -> bool:
    """Whether `If-Range`, where there is one, names this very version: else all of it is sent."""
    condition = headers.get("if-range")
    if condition is None:
        return True
    if '"' in condition:
        return condition.strip() == version.etag
    return _date(condition) == _second(version.modified_at)


def _is_listed(header: str, etag: str, *, is_weak_enough: bool) -> bool:
    """Whether a list of entity tags has this strong one, or is `*`."""
    if header.strip() == "*":
        return True
    tags = _ETAG.findall(header)
    return etag in ([tag.removeprefix("W/") for tag in tags] if is_weak_enough else tags)


def _is_changed_since(header: str | None, version: Version) -> bool:
    since = _date(header)
    return since is not None and _second(version.modified_at) > since


def _second(instant: datetime) -> datetime:
    return instant.astimezone(UTC) - timedelta(microseconds=instant.microsecond)


def _date(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        found = parsedate_to_datetime(header)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 0001 in a zone east of here is none
        return None
