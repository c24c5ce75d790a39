"""One rung of a film: a fragmented MP4, and a playlist that names its segments by their bytes."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from media.apart import Refused
from media.video.ladder import Rung
from media.video.pictures import kept_as_key, pictures_between_keys
from media.video.playlists import Variant, peak_and_mean


class RungWriter:
    """Writes one rung."""

    def __init__(self, rung: Rung, *, rate: Fraction, folder: Path) -> None:
        self.rung = rung
        self._folder = folder
        self._keys = pictures_between_keys(rate)
        self._rate = rate
        self._count = 0
        self._container = hls_container(folder, rung.name, seconds=1)
        self._stream: VideoStream = self._container.add_stream(
            "libx264", rate=rate, options=self._options()
        )
        self._stream.width, self._stream.height = rung.width, rung.height
        self._stream.pix_fmt = "yuv420p"

    def _options(self) -> dict[str, str]:
        """No picture needs a later one (`bf`): then all players agree on which instant is zero."""
        kilobits = self.rung.kilobits
        return {
            "preset": "veryfast",
            "profile": "main",
            "crf": "25",
            "maxrate": f"{kilobits}k",
            "bufsize": f"{kilobits * 2}k",
            "g": str(self._keys),
            "keyint_min": str(self._keys),
            "sc_threshold": "0",
            "bf": "0",
        }

    def take(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Write a picture, in the rung's size; that is returned, for the next smaller rung."""
        rung = self.rung
        if (frame.width, frame.height) != (rung.width, rung.height):
            smaller = frame.reformat(width=rung.width, height=rung.height)
            smaller.pts, smaller.time_base = frame.pts, frame.time_base
            frame = smaller
        kept_as_key(frame, is_key=self._count % self._keys == 0)
        self._count += 1
        self._container.mux(self._stream.encode(frame))
        return frame

    def end(self) -> Variant:
        """Write what is left; what the master playlist says of it."""
        if not self._count:
            raise Refused("unreadable", "no picture")
        self._container.mux(self._stream.encode(None))
        codec = avc_name(self._stream.codec_context.extradata or b"")
        self._container.close()
        peak, mean = peak_and_mean(self._folder / self.rung.name)
        return Variant(
            self.rung.name,
            peak,
            mean,
            codec,
            size=(self.rung.width, self.rung.height),
            rate=float(self._rate),
        )


def hls_container(folder: Path, name: str, *, seconds: int) -> OutputContainer:
    """A container that writes `name.mp4` and `name.m3u8`; segments last at least `seconds`."""
    options = {
        "hls_time": str(seconds),
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_flags": "single_file",
        "hls_segment_filename": str(folder / f"{name}.mp4"),
    }
    return av.open(str(folder / f"{name}.m3u8"), "w", format="hls", options=options)


def avc_name(extradata: bytes) -> str:
    """H.264 as RFC 6381 names it: profile, constraints and level, which stand behind the first
    sequence parameter set's head.
    """
    at = extradata.find(b"\x00\x00\x01\x67")
    found = extradata[at + 4 : at + 7] if at >= 0 else extradata[1:4]
    return f"avc1.{found.hex()}"
