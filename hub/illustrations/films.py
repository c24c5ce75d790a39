"""Draws films and recordings: a title, then a line every four seconds, with a soft tone for each.

The encoder is told to leave out what differs from run to run, so the same words give the same file
with the same libraries.
"""

from array import array
from collections.abc import Iterator
from fractions import Fraction
from math import pi, sin
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from hub.illustrations.pictures import background, card, font, wrapped
from hub.illustrations.specification import LINE_SECONDS, TITLE_SECONDS, Illustration
from media.video.captions import Cue, written_captions

FILM_SIZE: Final = (640, 360)
RATE: Final = 12
"""Pictures a second: what moves here moves slowly."""

SAMPLE_RATE: Final = 48_000
_PIECE: Final = 960
_TONES: Final = (392.0, 440.0, 494.0, 523.0, 587.0)
"""Notes in the middle of the scale, one for each line in turn."""

_LOUDNESS: Final = 0.12
_FADE_SECONDS: Final = 0.25


def film(illustration: Illustration, path: Path) -> None:
    """Write the film as MP4, 640 by 360 pixels."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        picture = container.add_stream(
            "libx264", rate=RATE, options={"preset": "veryfast", "crf": "23", "g": str(RATE * 4)}
        )
        assert isinstance(picture, VideoStream)
        picture.width, picture.height = FILM_SIZE
        picture.pix_fmt = "yuv420p"
        sound = _sound(container)
        tones = _tones(illustration)
        for number, image in enumerate(_pictures(illustration)):
            container.mux(picture.encode(av.VideoFrame.from_image(image)))
            if number % RATE == 0:
                _play(container, sound, tones)
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))


def recording(illustration: Illustration, path: Path) -> None:
    """Write the tones alone as M4A."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="ipod", options=options) as container:
        sound = _sound(container)
        tones = _tones(illustration)
        for _ in range(illustration.seconds):
            _play(container, sound, tones)
        container.mux(sound.encode(None))


def captions(illustration: Illustration) -> str:
    """What is said, as WebVTT."""
    cues = [Cue(0.0, float(TITLE_SECONDS), illustration.title)]
    for number, line in enumerate(illustration.lines):
        start = float(TITLE_SECONDS + number * LINE_SECONDS)
        cues.append(Cue(start, start + LINE_SECONDS, line))
    return written_captions(cues)


def _pictures(illustration: Illustration) -> Iterator[Image.Image]:
    """Every picture of a film: the cards, and what moves over them."""
    total = illustration.seconds * RATE
    number = 0
    for still, seconds in _stills(illustration):
        for _ in range(seconds * RATE):
            yield _moved(still, number / total)
            number += 1


def _stills(illustration: Illustration) -> Iterator[tuple[Image.Image, int]]:
    """The title, then each line large on the colours, and for how many seconds each is seen."""
    yield card(illustration, FILM_SIZE), TITLE_SECONDS
    width, height = FILM_SIZE
    face = font("sans", height // 11)
    for number, line in enumerate(illustration.lines, 1):
        image = background(illustration, FILM_SIZE)
        draw = ImageDraw.Draw(image)
        place = (width * 0.08, height * 0.1)
        draw.text(place, f"{number}", fill=(255, 214, 120), font=font("serif", height // 6))
        for row, part in enumerate(wrapped(line, face, width=width * 0.84)):
            place = (width * 0.08, height * (0.4 + row * 0.14))
            draw.text(place, part, fill=(255, 255, 255), font=face)
        yield image, LINE_SECONDS


def _moved(still: Image.Image, share: float) -> Image.Image:
    """A card with the bar that shows how far the film is, and who rides along it."""
    image = still.copy()
    draw = ImageDraw.Draw(image)
    width, height = image.size
    at, top = width * share, height - 14
    draw.rectangle((0, top + 8, at, height), fill=(255, 214, 120))
    draw.ellipse((at - 9, top - 10, at + 9, top + 8), fill=(255, 255, 255))
    return image


def _sound(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono", bit_rate=48_000)
    assert isinstance(stream, AudioStream)
    return stream


def _play(container: OutputContainer, sound: AudioStream, tones: Iterator[av.AudioFrame]) -> None:
    """Write a second of the tones."""
    for _ in range(SAMPLE_RATE // _PIECE):
        container.mux(sound.encode(next(tones)))


def _tones(illustration: Illustration) -> Iterator[av.AudioFrame]:
    """The tones in pieces of a fiftieth of a second."""
    start = 0
    for number in range(len(illustration.lines) + 1):
        seconds = LINE_SECONDS if number else TITLE_SECONDS
        wave = _wave(_TONES[number % len(_TONES)], seconds)
        for at in range(0, len(wave), _PIECE):
            frame = av.AudioFrame(format="s16", layout="mono", samples=_PIECE)
            frame.planes[0].update(wave[at : at + _PIECE].tobytes())
            frame.sample_rate, frame.pts = SAMPLE_RATE, start + at
            frame.time_base = Fraction(1, SAMPLE_RATE)
            yield frame
        start += len(wave)


def _wave(pitch: float, seconds: int) -> "array[int]":
    """A tone that comes and goes softly. Its beginning is computed and repeated: whole periods."""
    period = array("h")
    step = 2 * pi * round(pitch) / SAMPLE_RATE
    period.extend(int(32_767 * _LOUDNESS * sin(step * at)) for at in range(SAMPLE_RATE))
    wave = period * seconds
    fade = int(_FADE_SECONDS * SAMPLE_RATE)
    for at in range(fade):
        share = at / fade
        wave[at] = int(wave[at] * share)
        wave[-1 - at] = int(wave[-1 - at] * share)
    return wave
