"""Pictures, looked at and made smaller in a confined process (`media.imaging`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from media.confinement import Ended, Limits, run_confined

PIXELS_MAX: Final = 60_000_000
"""What the best cameras of phones make; as RGBA it is 240 MB."""

_LIMITS: Final = Limits(
    memory_bytes=1024 * 1024 * 1024,
    file_bytes=64 * 1024 * 1024,
    core_seconds=10,
    clock_seconds=20.0,
)
_PROGRAM: Final = Path(__file__).with_name("imaging.py")


class PictureFormat(StrEnum):
    """What renditions are written as; the value is the ending of their names."""

    WEBP = "webp"
    JPEG = "jpg"
    AVIF = "avif"
    PNG = "png"


class PictureRefused(Exception):
    """No picture, or one that asks for too much; `code` says which.

    NOT_AN_IMAGE (also: cut short, empty), TOO_MANY_PIXELS, TOO_MUCH_MEMORY, TOOK_TOO_LONG,
    DECODER_DIED.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture is: its format in Pillow's word, and its size in pixels as seen upright."""

    format: str
    width: int
    height: int
    is_animated: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a picture: its ratio of sides, as near around the focus as may be.

    The focus is in hundredths, from the left and from the top.
    """

    ratio: tuple[int, int]
    focus: tuple[int, int] = (50, 50)


async def examine(path: Path, *, limits: Limits | None = None) -> PictureFacts:
    """What the picture in a file is, after every pixel of it has been decoded.

    Raises PictureRefused.
    """
    found = await _asked({"task": "examine", "source": str(path)}, limits or _LIMITS)
    return PictureFacts(**found)


async def render(
    source: Path,
    target: Path,
    *,
    form: PictureFormat,
    width: int | None = None,
    cut: Cut | None = None,
) -> None:
    """Write `target`: upright, in sRGB, without metadata, at most `width` wide, never enlarged.

    Raises PictureRefused; there may be half a target then.
    """
    order = {
        "task": "render",
        "source": str(source),
        "target": str(target),
        "format": form.name,
        "width": width,
        "ratio": cut.ratio if cut else None,
        "focus": [each / 100 for each in cut.focus] if cut else [0.5, 0.5],
    }
    await _asked(order, _LIMITS)


async def _asked(order: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    try:
        found = await run_confined(_PROGRAM, {**order, "pixels_max": PIXELS_MAX}, limits=limits)
    except Ended as ended:
        raise PictureRefused(str(ended)) from ended
    if "refused" in found:
        raise PictureRefused(found["refused"])
    return found
