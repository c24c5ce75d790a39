"""Sound on its way: one loudness, one sample rate, one or two channels, AAC."""

from collections.abc import Iterator
from typing import Final, cast

import av
import av.filter
from av.audio.stream import AudioStream
from av.container import OutputContainer

from media.video.graphs import pulled
from media.video.ladder import AUDIO_KILOBITS

SAMPLE_RATE: Final = 48_000
_AAC_SAMPLES: Final = 1_024
_LOUDNESS: Final = "I=-16:TP=-1.5:LRA=11"
"""Integrated loudness, true peak and range, as streaming services and EBU R 128 s2 have them."""


class Voice:
    """The sound of a file, made even and written as AAC into one container."""

    def __init__(self, container: OutputContainer, *, channels: int) -> None:
        self._container = container
        self._layout = "stereo" if channels >= 2 else "mono"
        kilobits = AUDIO_KILOBITS[2 if channels >= 2 else 1]
        self._stream: AudioStream = container.add_stream(
            "aac", rate=SAMPLE_RATE, layout=self._layout, bit_rate=kilobits * 1_000
        )
        self._graph: av.filter.Graph | None = None
        self.seconds = 0.0

    def take(self, frame: av.AudioFrame, *, start: float) -> None:
        """Write a piece of sound. `start` counts as zero."""
        if self._graph is None:
            self._graph = self._made(frame)
        assert frame.time_base is not None
        frame.pts = (frame.pts or 0) - round(start / frame.time_base)
        self._graph.push(frame)
        self._write(self._ready())

    def end(self) -> None:
        """Write what is left."""
        if self._graph is not None:
            self._graph.push(None)
            self._write(self._ready())
        self._container.mux(self._stream.encode(None))

    def _write(self, frames: Iterator[av.AudioFrame]) -> None:
        for frame in frames:
            self.seconds = max(self.seconds, (frame.time or 0.0) + frame.samples / SAMPLE_RATE)
            self._container.mux(self._stream.encode(frame))

    def _ready(self) -> Iterator[av.AudioFrame]:
        assert self._graph is not None
        return cast("Iterator[av.AudioFrame]", pulled(self._graph))

    def _made(self, frame: av.AudioFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        steps = (
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout.name,
                time_base=frame.time_base,
            ),
            graph.add("aresample", "async=1:first_pts=0"),
            graph.add("loudnorm", _LOUDNESS),
            graph.add("aresample", str(SAMPLE_RATE)),
            graph.add("aformat", f"sample_fmts=fltp:channel_layouts={self._layout}"),
            graph.add("asetnsamples", f"n={_AAC_SAMPLES}:p=0"),
            graph.add("abuffersink"),
        )
        graph.link_nodes(*steps).configure()
        return graph
