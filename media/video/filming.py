"""A film in rungs: one reading of it, one file and one playlist for each rung and for the sound.

A rung is one fragmented MP4 whose segments its playlist names by their bytes, so a long film is a
handful of files and not thousands. The sound stands apart: all rungs share it, and alone it is the
rung for those who only listen. Keys stand at the same instants in all rungs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer, OutputContainer

from media.apart import Refused, Say
from media.video.facts import HOURS_MAX, Facts
from media.video.ladder import SEGMENT_SECONDS, rungs_of
from media.video.opening import opened, unreadable
from media.video.pictures import Evener, steady_rate
from media.video.playlists import (
    AUDIO_CODEC,
    AUDIO_NAME,
    MASTER_NAME,
    Variant,
    master_playlist,
    peak_and_mean,
)
from media.video.rungs import RungWriter, hls_container
from media.video.sound import Voice

_WHOLE: Final = 0.95
"""How much of its length a film must have to count as whole; tables of contents are not exact."""

_SLACK_SECONDS: Final = 2.0


class Film:
    """What is made of one film while it is read."""

    def __init__(self, facts: Facts, *, folder: Path) -> None:
        rate = steady_rate(facts.frame_rate)
        rungs = rungs_of(facts.width, facts.height)
        self._folder = folder
        self._evener = Evener(facts, rung=rungs[-1], rate=rate)
        self._writers = [RungWriter(each, rate=rate, folder=folder) for each in reversed(rungs)]
        self._sound: OutputContainer | None = None
        self._voice: Voice | None = None
        if facts.audio_codec:
            self._sound = hls_container(folder, AUDIO_NAME, seconds=SEGMENT_SECONDS)
            self._voice = Voice(self._sound, channels=facts.channels)

    def take(self, frame: av.VideoFrame | av.AudioFrame, *, start: float) -> None:
        """Write what a picture or a piece of sound leads to."""
        if isinstance(frame, av.VideoFrame):
            self._show(self._evener.take(frame, start=start))
        elif self._voice is not None:
            self._voice.take(frame, start=start)

    def end(self) -> None:
        """Write what is left, and the master playlist as the last of all."""
        self._show(self._evener.end())
        variants = [writer.end() for writer in reversed(self._writers)]
        if self._voice is not None and self._sound is not None:
            self._voice.end()
            self._sound.close()
            peak, mean = peak_and_mean(self._folder / AUDIO_NAME)
            variants.append(Variant(AUDIO_NAME, peak, mean, AUDIO_CODEC))
        (self._folder / MASTER_NAME).write_text(master_playlist(variants))

    def _show(self, frames: Iterator[av.VideoFrame]) -> None:
        for frame in frames:
            for writer in self._writers:  # each from the next larger one's picture
                frame = writer.take(frame)


def make_film(path: Path, *, media_type: str, facts: Facts, folder: Path, say: Say) -> None:
    """Write the rungs of a film, its sound and the master playlist into a folder.

    `say` gets the progress in percent. Raises Refused: `truncated`, `too_long`, `unreadable`.
    """
    film = Film(facts, folder=folder)
    progress = Progress(facts.duration_seconds, say=say)
    with opened(path, media_type) as container:
        start = start_of(container)
        for frame in frames_of(container):
            progress.reach((frame.time or 0.0) - start)
            film.take(frame, start=start)
    progress.assert_whole()
    film.end()


class Progress:
    """How far a reading is; it says so at each percent, and refuses what has no end."""

    def __init__(self, seconds: float, *, say: Say) -> None:
        self._seconds = seconds
        self._say = say
        self._said = -1
        self._reached = 0.0

    def reach(self, seconds: float) -> None:
        """Something of this instant was read."""
        self._reached = max(self._reached, seconds)
        if self._reached > HOURS_MAX * 3_600:
            raise Refused("too_long")
        percent = int(min(99.0, 100 * self._reached / max(self._seconds, 0.001)))
        if percent > self._said:
            self._said = percent
            self._say({"progress": percent})

    def assert_whole(self) -> None:
        """Raises Refused where much is missing of what the file said it holds."""
        if self._reached + _SLACK_SECONDS < self._seconds * _WHOLE:
            raise Refused("truncated", f"{self._reached:.0f} of {self._seconds:.0f} s")


def start_of(container: InputContainer) -> float:
    """The instant, in seconds, at which a file begins: not every one begins at zero."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def frames_of(container: InputContainer) -> Iterator[Any]:
    """The pictures and the sound of a file as they come; a piece that is damaged is left out.

    Raises Refused where nothing can be read any more.
    """
    pictures, sound = container.streams.video[:1], container.streams.audio[:1]
    for stream in pictures:
        stream.thread_type = "AUTO"
    try:
        for packet in container.demux(*pictures, *sound):
            try:
                yield from (frame for frame in packet.decode() if _is_timed(frame))
            except av.error.InvalidDataError:
                continue
    except av.error.FFmpegError as error:
        raise unreadable(error) from error


def _is_timed(frame: object) -> bool:
    """Whether a piece is a picture or a sound whose instant is known."""
    return isinstance(frame, av.VideoFrame | av.AudioFrame) and frame.pts is not None
