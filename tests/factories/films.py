"""Small films and recordings, encoded when a test asks for them."""

from array import array
from collections.abc import Iterator
from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

SAMPLE_RATE = 48_000


def film(
    path: Path,
    *,
    size: tuple[int, int] = (320, 240),
    seconds: int = 2,
    rate: int = 10,
    codecs: tuple[str, str | None] = ("libx264", "aac"),
    in_front: bool = True,
) -> Path:
    """A film of a square that wanders, with a tone; its table of contents in front or behind."""
    options = {"movflags": "+faststart"} if in_front and path.suffix == ".mp4" else {}
    picture_codec, sound_codec = codecs
    with av.open(str(path), "w", options=options) as container:
        picture = container.add_stream(picture_codec, rate=rate)
        assert isinstance(picture, VideoStream)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        sound = _sound(container, sound_codec) if sound_codec else None
        for number in range(seconds * rate):
            container.mux(picture.encode(_picture(size, number)))
        container.mux(picture.encode(None))
        if sound is not None:
            for frame in tone(seconds):
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def recording(path: Path, *, seconds: int = 2, codec: str = "aac") -> Path:
    """A tone."""
    with av.open(str(path), "w") as container:
        sound = _sound(container, codec)
        for frame in tone(seconds):
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def tone(seconds: int, *, loudness: float = 0.1) -> Iterator[av.AudioFrame]:
    """Pieces of a tone of 440 Hz."""
    step = 2 * pi * 440 / SAMPLE_RATE
    for start in range(0, seconds * SAMPLE_RATE, 960):
        wave = array("h", (int(32_767 * loudness * sin(step * (start + at))) for at in range(960)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(wave.tobytes())
        frame.sample_rate, frame.pts = SAMPLE_RATE, start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        yield frame


def _sound(container: OutputContainer, codec: str) -> AudioStream:
    stream = container.add_stream(codec, rate=SAMPLE_RATE)
    assert isinstance(stream, AudioStream)
    return stream


def _picture(size: tuple[int, int], number: int) -> av.VideoFrame:
    image = Image.new("RGB", size, (240, 236, 228))
    left = number * 7 % size[0]
    ImageDraw.Draw(image).rectangle((left, 20, left + 40, 60), fill=(164, 30, 34))
    frame: av.VideoFrame = av.VideoFrame.from_image(image)
    return frame
