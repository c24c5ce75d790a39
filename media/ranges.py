"""Which bytes of a file a `Range` header asks for (RFC 9110, 14)."""

import re
from dataclasses import dataclass
from typing import Final

RANGES_MAX: Final = 16
"""How many pieces one request may ask for; with more it gets the whole file, which is cheaper."""

# What lies between two parts of a multipart answer is about this long: a smaller gap is sent.
_GAP_BYTES: Final = 80
_SPECIFIER = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")
_UNIT: Final = "bytes="


class NotSatisfiable(Exception):
    """None of the bytes that are asked for are there: 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` on and before `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def of(self, size: int) -> str:
        """As `Content-Range` says it, of a file of `size` bytes."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


def requested_ranges(header: str, *, size: int) -> list[ByteRange] | None:
    """The ranges of a file of `size` bytes that `header` asks for, in its order.

    None where the header is to be ignored: another unit, a mistake in its form, too many ranges.
    What lies behind the end of the file is left out; raises NotSatisfiable where nothing remains.
    Ranges that overlap, or nearly touch, become one, in the order of the file.
    """
    specifiers = header[len(_UNIT) :].split(",") if header[: len(_UNIT)].lower() == _UNIT else []
    matches = [_SPECIFIER.fullmatch(each.strip()) for each in specifiers if each.strip()]
    if not matches or len(matches) > RANGES_MAX:
        return None
    found: list[ByteRange] = []
    for match in matches:
        if match is None or _is_mistaken(*match.groups()):
            return None
        if (wanted := _satisfied(*match.groups(), size=size)) is not None:
            found.append(wanted)
    if not found:
        raise NotSatisfiable
    return _without_overlap(found)


def _is_mistaken(first: str, last: str) -> bool:
    """`-` alone, or an end before the start."""
    return (not first and not last) or bool(first and last and int(last) < int(first))


def _satisfied(first: str, last: str, *, size: int) -> ByteRange | None:
    """What there is of a range: `first-last`, `first-`, or `-length` of the end."""
    if not first:
        length = min(int(last), size)
        return ByteRange(size - length, size) if length else None
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    return ByteRange(start, end) if start < size else None


def _without_overlap(ranges: list[ByteRange]) -> list[ByteRange]:
    ordered = sorted(ranges, key=lambda each: each.start)
    merged = ordered[:1]
    for each in ordered[1:]:
        if each.start > merged[-1].end + _GAP_BYTES:
            merged.append(each)
        else:
            merged[-1] = ByteRange(merged[-1].start, max(merged[-1].end, each.end))
    return merged if len(merged) < len(ranges) else ranges
