"""What a file is by its content, whatever it is called; what is not wanted is refused here.

Nothing is decoded: headers are read and structures walked, in constant memory. Types are told by
the `filetype` library; that a file is whole, holds no second file and no script, is ours.
"""

import mmap
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import filetype

from media.containers import check_boxes, check_matroska, check_riff, major_brand
from media.kinds import AssetKind, UploadRefusal
from media.pictures import Bytes, Size, avif_size, gif_size, jpeg_size, png_size, webp_size
from media.refusals import Refused
from media.video.captions import BadCaptions, read_captions

PIXELS_MAX: Final = 60_000_000
"""The most pixels of a picture: phones make 50 million."""

_HEAD_BYTES: Final = 8192
_SCAN_BYTES: Final = 512 * 1024
_OVERLAP_BYTES: Final = 64
_ENDS_BYTES: Final = 64 * 1024
_MARKUP: Final = re.compile(
    rb"<script|<svg[\s>]|<html[\s>]|<!doctype|<iframe|<body[\s>]|<\?php|<object[\s>]|<embed[\s>]",
    re.IGNORECASE,
)
_ACTIVE_PDF: Final = re.compile(rb"/(JavaScript|JS|Launch|RichMedia|EmbeddedFile|XFA)\b")
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is: its media type, the ending that goes with it, the size of a picture."""

    media_type: str
    extension: str
    size: Size | None = None


def inspect(path: Path, kind: AssetKind) -> Content:
    """What the file at `path` is, given as a file of `kind`. Raises Refused and OSError."""
    with path.open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # nothing in it
            raise Refused(UploadRefusal.DAMAGED) from None
        with content:
            return _INSPECTORS[kind](content)


def _picture(content: Bytes) -> Content:
    found = _PICTURES.get(_guessed(content))
    if found is None:
        raise _unwanted(content)
    extension, measure = found
    size = measure(content)
    if size.width * size.height > PIXELS_MAX:
        raise Refused(UploadRefusal.TOO_MANY_PIXELS)
    _refuse_stowaways(content, 0, len(content))
    return Content(_MEDIA_TYPES[extension], extension, size)


def _video(content: Bytes) -> Content:
    extension = _moving(content)
    if extension in ("mp4", "mov"):
        check_boxes(content)
    elif extension in ("webm", "mkv"):
        check_matroska(content)
    else:
        raise _unwanted(content)
    _refuse_at_ends(content)
    return Content(_MEDIA_TYPES[extension], extension)


def _audio(content: Bytes) -> Content:
    extension = _sound(content)
    if extension == "m4a":
        check_boxes(content)
    elif extension == "wav":
        check_riff(content)
    elif extension is None:
        raise _unwanted(content)
    _refuse_at_ends(content)
    return Content(_MEDIA_TYPES[extension], extension)


def _captions(content: Bytes) -> Content:
    try:
        text = content[:].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(UploadRefusal.WRONG_TYPE) from None
    if not re.match(r"WEBVTT(?:[ \t\r\n]|$)", text) or "\0" in text:
        raise _unwanted(content)
    _refuse_markup(content, 0, len(content))
    try:
        read_captions(content[:])
    except BadCaptions:
        raise Refused(UploadRefusal.DAMAGED) from None
    return Content("text/vtt", "vtt")


def _document(content: Bytes) -> Content:
    if _guessed(content) != "application/pdf":
        return _picture(content)
    if b"%%EOF" not in content[-_ENDS_BYTES:]:
        raise Refused(UploadRefusal.DAMAGED)
    _refuse_stowaways(content, 0, len(content))
    if _ACTIVE_PDF.search(content):
        raise Refused(UploadRefusal.ACTIVE_CONTENT)
    return Content("application/pdf", "pdf")


_INSPECTORS: Final[Mapping[AssetKind, Callable[[Bytes], Content]]] = {
    AssetKind.IMAGE: _picture,
    AssetKind.VIDEO: _video,
    AssetKind.AUDIO: _audio,
    AssetKind.CAPTIONS: _captions,
    AssetKind.DOCUMENT: _document,
}

_PICTURES: Final[Mapping[str, tuple[str, Callable[[Bytes], Size]]]] = {
    "image/jpeg": ("jpg", jpeg_size),
    "image/png": ("png", png_size),
    "image/apng": ("png", png_size),
    "image/gif": ("gif", gif_size),
    "image/webp": ("webp", webp_size),
    "image/avif": ("avif", avif_size),
}

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
}

_PICTURE_BRANDS: Final = frozenset({b"avif", b"avis", b"mif1", b"heic", b"heix", b"msf1"})
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})


def _guessed(content: Bytes) -> str:
    if major_brand(content) in (b"avif", b"avis"):
        return "image/avif"
    found = filetype.guess(bytearray(content[:_HEAD_BYTES]))
    return "" if found is None else str(found.mime)


def _moving(content: Bytes) -> str | None:
    """The ending of a video's container; None for what is none."""
    brand = major_brand(content)
    if brand is not None:
        if brand in _PICTURE_BRANDS | _SOUND_BRANDS:
            return None
        return "mov" if brand == b"qt  " else "mp4"
    return {"video/webm": "webm", "video/x-matroska": "mkv"}.get(_guessed(content))


def _sound(content: Bytes) -> str | None:
    """The ending of a sound's container; None for what is none."""
    brand = major_brand(content)
    if brand is not None:
        return None if brand in _PICTURE_BRANDS | {b"qt  "} else "m4a"
    guessed = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/x-wav": "wav"}
    return guessed.get(_guessed(content))


def _unwanted(content: Bytes) -> Refused:
    """The refusal of what is no wanted type; that of a page or a script says so."""
    is_active = _MARKUP.search(content[:_HEAD_BYTES]) is not None
    return Refused(UploadRefusal.ACTIVE_CONTENT if is_active else UploadRefusal.WRONG_TYPE)


def _refuse_at_ends(content: Bytes) -> None:
    """Large files are looked through where a browser or an unpacker would look."""
    _refuse_stowaways(content, 0, min(len(content), _ENDS_BYTES))
    _refuse_stowaways(content, max(0, len(content) - _ENDS_BYTES), len(content))


def _refuse_stowaways(content: Bytes, start: int, end: int) -> None:
    """Raises Refused for a page, a script or an archive in another file's clothes."""
    _refuse_markup(content, start, end)
    place = content.rfind(_ZIP_END, max(start, len(content) - _ENDS_BYTES - _ZIP_END_BYTES), end)
    if place >= 0 and place + _ZIP_END_BYTES <= len(content):
        comment_bytes = int.from_bytes(content[place + 20 : place + 22], "little")
        if place + _ZIP_END_BYTES + comment_bytes <= len(content):
            raise Refused(UploadRefusal.ACTIVE_CONTENT)


def _refuse_markup(content: Bytes, start: int, end: int) -> None:
    """Piece by piece, so that other threads have their turn."""
    for place in range(start, end, _SCAN_BYTES):
        if _MARKUP.search(content[place : min(end, place + _SCAN_BYTES + _OVERLAP_BYTES)]):
            raise Refused(UploadRefusal.ACTIVE_CONTENT)
