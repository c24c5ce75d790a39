"""Containers of video and sound: whether a file is whole, by its boxes, elements or chunks.

What is in the streams is not looked at here.
"""

from typing import Final

from media.kinds import UploadRefusal
from media.pictures import Bytes
from media.refusals import Refused

_BOXES_MAX: Final = 100_000
_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = b"\x18\x53\x80\x67"


def major_brand(content: Bytes) -> bytes | None:
    """The brand of a file of ISO boxes (MP4, QuickTime, AVIF); None for another file."""
    return content[8:12] if content[4:8] == b"ftyp" else None


def check_boxes(content: Bytes) -> None:
    """Raises Refused unless the boxes fill the file to its end and describe a film."""
    place, names = 0, set()
    for _ in range(_BOXES_MAX):
        if place == len(content):
            break
        name, length = _box(content, place)
        names.add(name)
        place += length
    if place != len(content) or not {b"moov", b"mdat"} <= names:
        raise Refused(UploadRefusal.DAMAGED)


def _box(content: Bytes, place: int) -> tuple[bytes, int]:
    """The name and the whole length of the box at a place. Raises Refused."""
    header = content[place : place + 16]
    length, name, least = int.from_bytes(header[:4], "big"), header[4:8], 8
    if length == 1:
        length, least = int.from_bytes(header[8:16], "big"), 16
    elif length == 0:  # to the end of the file
        length = len(content) - place
    if len(header) < least or length < least or place + length > len(content):
        raise Refused(UploadRefusal.DAMAGED)
    return name, length


def check_matroska(content: Bytes) -> None:
    """Raises Refused unless the file is as long as its segment says, where it says so."""
    header, place = _size(content, len(_EBML))
    if content[:4] != _EBML or header is None:
        raise Refused(UploadRefusal.DAMAGED)
    place += header
    if content[place : place + 4] != _SEGMENT:
        raise Refused(UploadRefusal.DAMAGED)
    length, place = _size(content, place + 4)
    if length is not None and place + length > len(content):
        raise Refused(UploadRefusal.DAMAGED)


def _size(content: Bytes, place: int) -> tuple[int | None, int]:
    """An EBML size and where what it measures begins; None for one that is not known."""
    first = content[place : place + 1]
    if not first or first == b"\0":
        raise Refused(UploadRefusal.DAMAGED)
    octets = 9 - first[0].bit_length()
    value = int.from_bytes(content[place : place + octets], "big") & ((1 << 7 * octets) - 1)
    is_unknown = value == (1 << 7 * octets) - 1
    return None if is_unknown else value, place + octets


def check_riff(content: Bytes) -> None:
    """Raises Refused for a RIFF file that says it is longer than it is."""
    length = int.from_bytes(content[4:8], "little")
    if length not in (0, 0xFFFF_FFFF) and length + 8 > len(content):
        raise Refused(UploadRefusal.DAMAGED)
