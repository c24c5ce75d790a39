"""Headers of pictures: how large they are, whether they are whole and stand still.

Nothing is decoded. Every function raises `Refused` for a file that is damaged or animated.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media.kinds import UploadRefusal
from media.refusals import Refused

Bytes = bytes | mmap.mmap
"""Content in memory, or a file that looks like it."""

_STEPS_MAX: Final = 100_000
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, as they are stored."""

    width: int
    height: int


def jpeg_size(content: Bytes) -> Size:
    """The size of a JPEG, which has to have an end."""
    size = next(_frames(content), None)
    if size is None or content.rfind(b"\xff\xd9") < 0:
        raise Refused(UploadRefusal.DAMAGED)
    return _checked(size)


def _frames(content: Bytes) -> Iterator[Size]:
    place = 2
    for _ in range(_STEPS_MAX):
        if content[place : place + 1] != b"\xff" or place + 4 > len(content):
            return
        marker = content[place + 1]
        if marker == 0xFF or marker in _ALONE:  # a fill byte, or a marker without content
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _START_OF_FRAME:
            height, width = _big(content, place + 5, 2), _big(content, place + 7, 2)
            yield Size(width, height)
        place += 2 + _big(content, place + 2, 2)


def png_size(content: Bytes) -> Size:
    """The size of a PNG, whose chunks have to end with the file."""
    place, names = 8, []
    for _ in range(_STEPS_MAX):
        name, length = content[place + 4 : place + 8], _big(content, place, 4)
        if len(name) < 4 or place + 12 + length > len(content):
            raise Refused(UploadRefusal.DAMAGED)
        names.append(name)
        place += 12 + length
        if name == b"IEND":
            break
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise Refused(UploadRefusal.DAMAGED)
    if place != len(content):
        raise Refused(UploadRefusal.ACTIVE_CONTENT)  # whatever it is, it is no picture
    if b"acTL" in names:
        raise Refused(UploadRefusal.ANIMATED)
    return _checked(Size(_big(content, 16, 4), _big(content, 20, 4)))


def gif_size(content: Bytes) -> Size:
    """The size of a GIF with one frame."""
    place, frames = 13 + _table_bytes(content, 10), 0
    for _ in range(_STEPS_MAX):
        kind = content[place : place + 1]
        if kind == b"!":
            place = _behind_blocks(content, place + 2)
        elif kind == b",":
            frames += 1
            place = _behind_blocks(content, place + 11 + _table_bytes(content, place + 9))
        else:
            break
    if content[place : place + 1] != b";" or frames == 0:
        raise Refused(UploadRefusal.DAMAGED)
    if frames > 1:
        raise Refused(UploadRefusal.ANIMATED)
    return _checked(Size(_little(content, 6, 2), _little(content, 8, 2)))


def _table_bytes(content: Bytes, place: int) -> int:
    """How long the colour table is that the flags at a place announce."""
    flags = _little(content, place, 1)
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(content: Bytes, place: int) -> int:
    """Where a run of data blocks ends."""
    for _ in range(len(content)):
        length = _little(content, place, 1)
        place += 1 + length
        if length == 0:
            return place
    raise Refused(UploadRefusal.DAMAGED)


def webp_size(content: Bytes) -> Size:
    """The size of a WebP that stands still."""
    if _little(content, 4, 4) + 8 > len(content):
        raise Refused(UploadRefusal.DAMAGED)
    name = content[12:16]
    if name == b"VP8X":
        if _little(content, 20, 1) & 0x02:
            raise Refused(UploadRefusal.ANIMATED)
        return _checked(Size(1 + _little(content, 24, 3), 1 + _little(content, 27, 3)))
    if name == b"VP8L":
        bits = _little(content, 21, 4)
        return _checked(Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    return _checked(Size(_little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF))


def avif_size(content: Bytes) -> Size:
    """The size of an AVIF that stands still: of its largest image."""
    if content[8:12] == b"avis":
        raise Refused(UploadRefusal.ANIMATED)
    sizes: list[Size] = []
    place, end = content.find(b"ispe"), content.find(b"mdat")
    while place >= 0 and (end < 0 or place < end) and len(sizes) < 100:
        sizes.append(Size(_big(content, place + 8, 4), _big(content, place + 12, 4)))
        place = content.find(b"ispe", place + 4)
    if not sizes:
        raise Refused(UploadRefusal.DAMAGED)
    _check_boxes_end(content)
    return _checked(max(sizes, key=lambda each: each.width * each.height))


def _check_boxes_end(content: Bytes) -> None:
    place = 0
    while place < len(content):
        length = _big(content, place, 4)
        if length == 0:  # to the end of the file
            return
        if length < 8:
            raise Refused(UploadRefusal.DAMAGED)
        place += length
    if place != len(content):
        raise Refused(UploadRefusal.DAMAGED)


def _checked(size: Size) -> Size:
    if size.width < 1 or size.height < 1:
        raise Refused(UploadRefusal.DAMAGED)
    return size


def _big(content: Bytes, place: int, count: int) -> int:
    return int.from_bytes(content[place : place + count], "big")


def _little(content: Bytes, place: int, count: int) -> int:
    return int.from_bytes(content[place : place + count], "little")
