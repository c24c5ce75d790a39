"""Whether a file is all there: what its boxes promise beside how long it is.

A film that was cut off in a transfer often still opens: its table of contents stands in front. The
boxes say how far it should reach, and reading their heads costs nothing.
"""

from pathlib import Path
from typing import BinaryIO, Final

from media.apart import Refused

_BOXES_MAX: Final = 100_000
_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = b"\x18\x53\x80\x67"
_FIRST_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_BOXED: Final = ("video/mp4", "video/quicktime", "audio/mp4", "audio/x-m4a")


def assert_whole(path: Path, media_type: str) -> None:
    """Raises Refused `truncated` for a file shorter than it says, `unreadable` for an empty one.

    MP4 and its kin say it in their boxes, Matroska and WebM in their segment where they know it;
    of other formats nothing is asked.
    """
    size = path.stat().st_size
    if not size:
        raise Refused("unreadable", "an empty file")
    with path.open("rb") as file:
        if media_type in _BOXED:
            _assert_boxes(file, size)
        elif media_type.endswith(("webm", "matroska")):
            _assert_segment(file, size)


def is_whole(path: Path, media_type: str) -> bool:
    """Whether `assert_whole` finds nothing wrong."""
    try:
        assert_whole(path, media_type)
    except Refused:
        return False
    return True


def _assert_boxes(file: BinaryIO, size: int) -> None:
    head = file.read(8)
    if len(head) == 8 and head[4:] not in _FIRST_BOXES:
        raise Refused("unreadable", "begins with no box of its kind")
    at, names = 0, set()
    for _ in range(_BOXES_MAX):
        if at == size:
            break
        file.seek(at)
        length, name = _box(file.read(16), left=size - at)
        if length > size - at:
            raise Refused("truncated", f"{length - (size - at)} bytes are missing")
        names.add(name)
        at += length
    if b"moov" not in names:
        raise Refused("truncated", "no table of contents")


def _box(head: bytes, *, left: int) -> tuple[int, bytes]:
    """The length of a box with its head, and its name. A length of 0 reaches to the end."""
    if len(head) < 8:
        raise Refused("truncated", "ends within the head of a box")
    length, name = int.from_bytes(head[:4]), head[4:8]
    if length == 1:
        length = int.from_bytes(head[8:16])
    if length == 0:
        return left, name
    if length < 8:
        raise Refused("unreadable", "a box shorter than its head")
    return length, name


def _assert_segment(file: BinaryIO, size: int) -> None:
    head = file.read(4_096)
    if not head.startswith(_EBML):
        raise Refused("unreadable", "no EBML head")
    at = head.find(_SEGMENT)
    if at < 0:
        raise Refused("unreadable", "no segment")
    length, width = _number(head[at + 4 : at + 12])
    if length is not None and at + 4 + width + length > size:
        raise Refused("truncated", f"{at + 4 + width + length - size} bytes are missing")


def _number(head: bytes) -> tuple[int | None, int]:
    """A length as EBML writes it, None for one not known yet, and how many bytes it took."""
    if not head or not head[0]:
        raise Refused("unreadable", "no length")
    width = 9 - head[0].bit_length()
    value = int.from_bytes(head[:width]) & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), width
