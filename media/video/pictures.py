"""The pictures of a film on their way: turned upright, evenly in time, in one size."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Final, cast

import av
import av.filter
from av.video.frame import PictureType

from media.video.facts import Facts
from media.video.graphs import pulled
from media.video.ladder import FRAME_RATE_MAX, SEGMENT_SECONDS, Rung

_TURNS: Final = {90: "cclock", 270: "clock"}
"""How FFmpeg turns a picture back whose camera was turned by so many degrees."""


def steady_rate(frame_rate: float) -> Fraction:
    """Pictures a second of what is made: the film's own, or a whole part of it up to 30."""
    rate = Fraction(max(frame_rate, 1.0)).limit_denominator(1_001)
    return rate / ceil(rate / FRAME_RATE_MAX)


def pictures_between_keys(rate: Fraction) -> int:
    """After how many pictures each segment begins."""
    return max(1, round(rate * SEGMENT_SECONDS))


class Evener:
    """Takes pictures as a film has them and gives them in one size at a steady rate, from zero."""

    def __init__(self, facts: Facts, *, rung: Rung, rate: Fraction) -> None:
        self._facts = facts
        self._rung = rung
        self._rate = rate
        self._graph: av.filter.Graph | None = None
        self._taken: tuple[int, int, str] | None = None

    def take(self, frame: av.VideoFrame, *, start: float) -> Iterator[av.VideoFrame]:
        """The pictures that are ready once this one is known. `start` counts as zero."""
        if self._graph is None:
            self._graph = self._made(frame)
            self._taken = (frame.width, frame.height, frame.format.name)
        if (frame.width, frame.height, frame.format.name) != self._taken:
            width, height, pixels = self._taken or (0, 0, "")
            frame = _alike(frame, width=width, height=height, pixels=pixels)
        assert frame.time_base is not None
        frame.pts = (frame.pts or 0) - round(start / frame.time_base)
        frame.duration = frame.duration or max(1, round(1 / self._rate / frame.time_base))
        self._graph.push(frame)
        yield from self._ready()

    def end(self) -> Iterator[av.VideoFrame]:
        """The pictures that are left."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._graph is not None
        return cast("Iterator[av.VideoFrame]", pulled(self._graph))

    def _made(self, frame: av.VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        steps = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            ),
            *self._turning(graph),
            graph.add("fps", f"fps={self._rate}:start_time=0"),
            graph.add("scale", f"{self._rung.width}:{self._rung.height}:flags=bicubic"),
            graph.add("setsar", "1"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*steps).configure()
        return graph

    def _turning(self, graph: av.filter.Graph) -> list[av.filter.context.FilterContext]:
        degrees = self._facts.degrees
        if degrees == 180:
            return [graph.add("hflip"), graph.add("vflip")]
        return [graph.add("transpose", _TURNS[degrees])] if degrees in _TURNS else []


def _alike(frame: av.VideoFrame, *, width: int, height: int, pixels: str) -> av.VideoFrame:
    """A picture in the size of the first one: streams may change it on their way."""
    made = frame.reformat(width=width, height=height, format=pixels)
    made.pts, made.time_base = frame.pts, frame.time_base
    return made


def kept_as_key(frame: av.VideoFrame, *, is_key: bool) -> None:
    """Say whether a picture must be a key; it comes with what it was in the film it is from."""
    frame.pict_type = PictureType.I if is_key else PictureType.NONE
