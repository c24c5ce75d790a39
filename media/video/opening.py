"""Opens files of strangers: one named format, this one file and no other, no addresses."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

from media.apart import Refused

FORMATS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/matroska": "matroska",
    "audio/mp4": "mov",
    "audio/x-m4a": "mov",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/webm": "matroska",
}
"""The demuxer of each media type. Playlists, concatenations and devices are none of them."""


@contextmanager
def opened(path: Path, media_type: str) -> Iterator[InputContainer]:
    """The file, read by the demuxer of its type. Raises Refused where it is not of it."""
    options = {"protocol_whitelist": "file", "enable_drefs": "0", "use_absolute_path": "0"}
    try:
        container = av.open(str(path), format=FORMATS[media_type], options=options)
    except KeyError as error:
        raise Refused("unsupported", media_type) from error
    except (av.error.FFmpegError, ValueError) as error:
        raise unreadable(error) from error
    with container:
        yield container


def unreadable(error: Exception) -> Exception:
    """What a reader's error means: the file, unless the process has no memory left."""
    if getattr(error, "errno", None) in (errno.EAGAIN, errno.ENOMEM):
        return MemoryError()
    return Refused("unreadable", str(error))


def seconds_of(container: InputContainer) -> float:
    """How long a file says that it is; zero where it does not say."""
    if container.duration:
        return max(0.0, container.duration / av.time_base)
    lengths = (
        float(stream.duration * (stream.time_base or Fraction(0)))
        for stream in container.streams
        if stream.duration
    )
    return max(lengths, default=0.0)
