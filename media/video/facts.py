"""What a film or a recording is: found by looking into it, in a process apart."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from media.apart import Refused
from media.video.ladder import SIDE_MIN_PIXELS, shown_size
from media.video.opening import opened, seconds_of, unreadable
from media.video.wholeness import assert_whole

SIDE_MAX_PIXELS: Final = 8_192
PICTURE_MAX_PIXELS: Final = 4_096 * 2_304
HOURS_MAX: Final = 6
_RATE_IF_UNKNOWN: Final = 25.0


@dataclass(frozen=True, slots=True)
class Facts:
    """`width` and `height` as shown, in pixels, zero without a picture; codecs by FFmpeg's names;
    `degrees` by which a picture is turned; `frame_rate` in pictures a second.
    """

    duration_seconds: float
    width: int = 0
    height: int = 0
    degrees: int = 0
    frame_rate: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    channels: int = 0

    def as_json(self) -> dict[str, Any]:
        """The facts in plain values."""
        return asdict(self)


def film_facts(path: Path, media_type: str) -> Facts:
    """What a film is. Raises Refused: `unreadable`, `truncated`, `no_picture`, `too_small`,
    `too_large`, `too_long`, `unsupported`.
    """
    assert_whole(path, media_type)
    with opened(path, media_type) as container:
        if not container.streams.video:
            raise Refused("no_picture")
        picture = container.streams.video[0]
        _assert_size(picture)
        first = _first_picture(container, picture)
        seconds = _length(seconds_of(container))
        sound = next(iter(container.streams.audio), None)
        return _facts(first, picture=picture, sound=sound, seconds=seconds)


def recording_facts(path: Path, media_type: str) -> Facts:
    """What a recording is. Raises Refused: `unreadable`, `truncated`, `no_sound`, `too_long`."""
    assert_whole(path, media_type)
    with opened(path, media_type) as container:
        sound = next(iter(container.streams.audio), None)
        if sound is None:
            raise Refused("no_sound")
        try:
            next(container.decode(sound))
        except (av.error.FFmpegError, StopIteration) as error:
            raise unreadable(error) from error
        context = sound.codec_context
        return Facts(
            _length(seconds_of(container)), audio_codec=context.name, channels=context.channels
        )


def _assert_size(picture: VideoStream) -> None:
    """Before a single picture is decoded: the memory that it takes follows from its size."""
    context = picture.codec_context
    if context is None:
        raise Refused("unsupported", "no decoder")
    wide, high = context.width, context.height
    if min(wide, high) < SIDE_MIN_PIXELS:
        raise Refused("too_small", f"{wide} x {high}")
    if max(wide, high) > SIDE_MAX_PIXELS or wide * high > PICTURE_MAX_PIXELS:
        raise Refused("too_large", f"{wide} x {high}")


def _first_picture(container: Any, picture: VideoStream) -> av.VideoFrame:
    try:
        frame: av.VideoFrame = next(container.decode(picture))
    except (av.error.FFmpegError, StopIteration) as error:
        raise unreadable(error) from error
    return frame


def _length(seconds: float) -> float:
    if seconds > HOURS_MAX * 3_600:
        raise Refused("too_long", f"{seconds:.0f} s")
    return round(seconds, 3)


def _facts(
    first: av.VideoFrame, *, picture: VideoStream, sound: AudioStream | None, seconds: float
) -> Facts:
    degrees = int(first.rotation) % 360
    ratio = picture.sample_aspect_ratio or picture.codec_context.sample_aspect_ratio
    width, height = shown_size(
        first.width, first.height, pixel_ratio=_sane_ratio(ratio), degrees=degrees
    )
    return Facts(
        seconds,
        width=width,
        height=height,
        degrees=degrees,
        frame_rate=_rate(picture),
        video_codec=picture.codec_context.name,
        audio_codec=sound.codec_context.name if sound else "",
        channels=sound.codec_context.channels if sound else 0,
    )


def _sane_ratio(ratio: Fraction | None) -> float:
    """The width of one pixel by its height; what no camera makes counts as square."""
    return float(ratio) if ratio and Fraction(1, 4) <= ratio <= 4 else 1.0


def _rate(picture: VideoStream) -> float:
    rate = picture.average_rate or picture.guessed_rate
    return round(float(rate), 3) if rate and rate > 0 else _RATE_IF_UNKNOWN
