"""Headers of those who send bytes, read strictly."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media.http_refusals import HttpRefusal

SENT_HEADERS: Final = (
    "content-range",
    "tus-resumable",
    "upload-checksum",
    "upload-length",
    "upload-offset",
    "x-http-method-override",
)
"""What a page of another origin may send along with bytes."""

ANSWERED_HEADERS: Final = (
    "tus-resumable",
    "tus-version",
    "upload-expires",
    "upload-length",
    "upload-offset",
)
"""What such a page may read of an answer."""

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_RANGE: Final = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")
_DIGEST_BYTES: Final[Mapping[str, int]] = {"md5": 16, "sha1": 20, "sha256": 32}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a part of a file should be."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to but without `end`; a question how much is there has neither."""

    start: int
    end: int
    is_question: bool = False


def checked_offset(headers: Mapping[str, str], name: str) -> int:
    """The number in a header that has to be there. Raises HttpRefusal."""
    text = headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise _unreadable(name)
    return int(text)


def checksum_of(headers: Mapping[str, str]) -> Checksum | None:
    """What `Upload-Checksum` says. Raises HttpRefusal for one that cannot be read."""
    text = headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable("upload-checksum") from None
    if len(digest) != _DIGEST_BYTES.get(algorithm):
        raise _unreadable("upload-checksum")
    return Checksum(algorithm, digest)


def range_of(headers: Mapping[str, str], size: int) -> Range | None:
    """What `Content-Range` says of a file of `size` bytes; None without one.

    Raises HttpRefusal for a range that cannot be.
    """
    text = headers.get("content-range")
    if text is None:
        return None
    found = _RANGE.fullmatch(text)
    if found is None or found[3] not in ("*", str(size)):
        raise _unreadable("content-range")
    if found[1] is None:
        return Range(0, 0, is_question=True)
    start, end = int(found[1]), int(found[2]) + 1
    if not start < end <= size:
        raise _unreadable("content-range")
    return Range(start, end)


def _unreadable(name: str) -> HttpRefusal:
    return HttpRefusal(
        400,
        "BAD_USER_INPUT",
        f"The header {name} is missing or says nothing that can be.",
        chinese=f"请求头 {name} 缺失或内容不正确。",
    )
