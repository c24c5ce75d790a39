"""A recording as one M4A: AAC of one loudness, its table of contents in front."""

from errno import ENOSPC
from pathlib import Path

import av

from media.apart import Say
from media.video.facts import Facts
from media.video.filming import Progress, frames_of, start_of
from media.video.making import RECORDING_NAME
from media.video.opening import opened
from media.video.sound import Voice
from media.video.wholeness import is_whole


def make_recording(path: Path, *, media_type: str, facts: Facts, folder: Path, say: Say) -> None:
    """Write the recording into a folder. Raises Refused as `make_film` does."""
    progress = Progress(facts.duration_seconds, say=say)
    options = {"movflags": "+faststart"}
    with (
        opened(path, media_type) as container,
        av.open(str(folder / RECORDING_NAME), "w", format="ipod", options=options) as made,
    ):
        voice = Voice(made, channels=facts.channels)
        start = start_of(container)
        for frame in frames_of(container):
            if isinstance(frame, av.AudioFrame):
                progress.reach((frame.time or 0.0) - start)
                voice.take(frame, start=start)
        progress.assert_whole()
        voice.end()
    if not is_whole(folder / RECORDING_NAME, "audio/mp4"):  # the library notices no full disk
        raise OSError(ENOSPC, RECORDING_NAME)
