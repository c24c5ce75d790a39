"""What is done to a picture, in a process of its own: run as a program, never imported by the hub.

Pictures come from strangers and decoders have holes, so that this process may use so much memory,
time and disk and no more, and its end harms nobody. It reads one JSON object from standard input
and writes one to standard output: what it found, or `{"refused": CODE}`.

`{"task": "examine", "source": PATH}` gives `format`, `width`, `height` (as seen upright) and
`is_animated`; every pixel has been decoded then. `{"task": "render", "source", "target", "format",
"width", "ratio", "focus"}` writes `target`: upright, in sRGB, without any metadata, cut to `ratio`
([16, 9], or null) around `focus` ([0.5, 0.5]), at most `width` wide and never enlarged.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
SIDE_MAX: Final = 2_560
"""The longest side of what is made: a whole picture for a large screen."""

_SAVED: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 82, "optimize": True, "progressive": True},
    "WEBP": {"quality": 80, "method": 4},
    "AVIF": {"quality": 62, "speed": 7, "max_threads": 1},
    "PNG": {"optimize": False},
}
_SIDES_SWAPPED: Final = {5, 6, 7, 8}
_ORIENTATION: Final = 0x0112


class Refused(Exception):
    """A picture that is none, or too much of one; the argument is a code."""


def main() -> int:
    """Do what standard input says."""
    order = json.load(sys.stdin)
    _confine(order["memory_bytes"], order["seconds"], order["file_bytes"])
    try:
        done = _done(order)
    except Refused as refusal:
        done = {"refused": refusal.args[0]}
    except Image.DecompressionBombError:
        done = {"refused": "TOO_MANY_PIXELS"}
    except MemoryError:
        done = {"refused": "TOO_MUCH_MEMORY"}
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, EOFError):
        done = {"refused": "NOT_AN_IMAGE"}  # what decoders raise, when bytes are not what they say
    json.dump(done, sys.stdout)
    return 0


def _confine(memory_bytes: int, seconds: int, file_bytes: int) -> None:
    """Give up, for good, whatever this process will not need."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        with suppress(ValueError, OSError):  # a system that knows no such limit, or a lower one
            resource.setrlimit(limit, (value, value))
    os.nice(5)


def _done(order: dict[str, Any]) -> dict[str, Any]:
    Image.MAX_IMAGE_PIXELS = order["pixels_max"]
    with Image.open(order["source"], formats=FORMATS) as picture:
        if picture.width * picture.height > order["pixels_max"]:
            raise Refused("TOO_MANY_PIXELS")
        if order["task"] == "examine":
            return _examined(picture)
        return _rendered(picture, order)


def _examined(picture: Image.Image) -> dict[str, Any]:
    picture.load()
    is_swapped = picture.getexif().get(_ORIENTATION) in _SIDES_SWAPPED
    width, height = reversed(picture.size) if is_swapped else picture.size
    is_shot = picture.format == "MPO"  # a JPEG with more behind it: depth, a second exposure
    return {
        "format": "JPEG" if is_shot else picture.format,
        "width": width,
        "height": height,
        "is_animated": not is_shot and bool(getattr(picture, "is_animated", False)),
    }


def _rendered(picture: Image.Image, order: dict[str, Any]) -> dict[str, Any]:
    """Shrink first: what follows then works on few pixels."""
    form, width = order["format"], order["width"] or SIDE_MAX
    is_swapped = picture.getexif().get(_ORIENTATION) in _SIDES_SWAPPED
    upright = picture.size[::-1] if is_swapped else picture.size
    box = _cut(upright, order["ratio"], order["focus"])
    scale = min(1.0, width / (box[2] - box[0]), SIDE_MAX / max(box[2] - box[0], box[3] - box[1]))
    wanted = (max(1, round(upright[0] * scale)), max(1, round(upright[1] * scale)))
    picture.draft("RGB", wanted[::-1] if is_swapped else wanted)
    picture.load()
    profile = picture.info.get("icc_profile")
    if scale < 1.0:
        size = wanted[::-1] if is_swapped else wanted
        picture = _plain(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    turned = ImageOps.exif_transpose(picture)
    left, top, right, bottom = (round(side * scale) for side in box)
    done = _in_srgb(_plain(turned), profile).crop((left, top, right, bottom))
    if form == "JPEG":
        done = _on_white(done)
    done.info = {}  # savers would copy profile, comment and more from it
    done.save(order["target"], form, **_SAVED[form])
    return {"width": done.width, "height": done.height}


def _cut(
    size: tuple[int, int], ratio: list[int] | None, focus: list[float]
) -> tuple[float, float, float, float]:
    """The largest box of that ratio inside the picture, as near around the focus as may be."""
    width, height = size
    if ratio is None:
        return (0, 0, width, height)
    cut_width = min(width, height * ratio[0] / ratio[1])
    cut_height = min(height, width * ratio[1] / ratio[0])
    left = min(max(focus[0] * width - cut_width / 2, 0), width - cut_width)
    top = min(max(focus[1] * height - cut_height / 2, 0), height - cut_height)
    return (left, top, left + cut_width, top + cut_height)


def _plain(picture: Image.Image) -> Image.Image:
    """Eight bits a channel, and no palette: what can be resized, turned and given a profile."""
    if picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    if picture.mode in ("LA", "PA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode.startswith("I"):  # sixteen bits of grey
        return picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours that every screen assumes; a profile that is broken counts for nothing."""
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        with suppress(ImageCms.PyCMSError, OSError):
            converted = ImageCms.profileToProfile(
                picture, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
            )
            if converted is not None:
                return converted
    return picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


if __name__ == "__main__":
    sys.exit(main())
