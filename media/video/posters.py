"""The poster of a film: the liveliest of a few pictures, upright, as JPEG."""

from io import BytesIO
from pathlib import Path
from typing import Final

import av
from PIL import Image, ImageStat

from media.apart import Refused
from media.video.facts import Facts
from media.video.making import POSTER_NAME
from media.video.opening import opened

_WIDTH_MAX: Final = 1_280
_PLACES: Final = (0.1, 0.3, 0.5)
"""Where pictures are looked at, as shares of the length: films begin in black."""


def make_poster(path: Path, *, media_type: str, facts: Facts, folder: Path) -> None:
    """Write the poster into a folder. Raises Refused where no picture can be read."""
    found: list[Image.Image] = []
    for share in _PLACES:
        with opened(path, media_type) as container:
            if (picture := _picture_at(container, share * facts.duration_seconds)) is not None:
                found.append(picture)
    if not found:
        raise Refused("unreadable", "no picture")
    best = max(found, key=_liveliness)
    upright = best.rotate(facts.degrees, expand=True) if facts.degrees else best
    shown = upright.resize(_fitting(facts.width, facts.height), Image.Resampling.LANCZOS)
    kept = BytesIO()  # the library does not notice a full disk
    shown.save(kept, "JPEG", quality=82, optimize=True, progressive=True)
    (folder / POSTER_NAME).write_bytes(kept.getbuffer())


def _picture_at(container: av.container.InputContainer, seconds: float) -> Image.Image | None:
    """The key picture before an instant; the first one where the film cannot be wound."""
    try:
        if seconds > 1:
            container.seek(int(seconds * av.time_base))
        frame: av.VideoFrame = next(container.decode(video=0))
    except (av.error.FFmpegError, StopIteration):
        return None
    picture: Image.Image = frame.to_image()
    return picture


def _liveliness(picture: Image.Image) -> float:
    """How much the light differs from place to place: nothing on a black or a white page."""
    return float(ImageStat.Stat(picture.convert("L").resize((160, 90))).stddev[0])


def _fitting(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _WIDTH_MAX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
