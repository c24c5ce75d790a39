"""Looks into films and recordings, and makes what they are played from, each in a process apart."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from media.processes import MEBIBYTE, Caps, run_apart

FILM_NAME: Final = "hls/master.m3u8"
"""The file of a film that names the others."""

POSTER_NAME: Final = "poster.jpg"
RECORDING_NAME: Final = "audio.m4a"
_WORK: Final = "media.video.work"
LOOKING: Final = Caps(
    memory_bytes=1_024 * MEBIBYTE, file_bytes=MEBIBYTE, seconds=60, silent_seconds=60
)
MAKING: Final = Caps(
    memory_bytes=3_072 * MEBIBYTE,
    file_bytes=4_096 * MEBIBYTE,
    seconds=6 * 3_600,
    silent_seconds=300,
)
"""Six hours of film at its own speed, which one slow core reaches; a film of 4K takes about 1 GiB.
Five minutes without one more percent is what a film of six hours needs at a third of that speed.
"""


@dataclass(frozen=True, slots=True)
class Playable:
    """What a file was found to be; sizes in pixels, zero without a picture."""

    duration_seconds: float
    width: int
    height: int
    has_audio: bool


async def look(path: Path, media_type: str, *, caps: Caps = LOOKING) -> Playable:
    """What a film or a recording is.

    Raises ProcessFailed with the code `unreadable`, `truncated`, `no_picture`, `no_sound`,
    `too_small`, `too_large`, `too_long`, `unsupported`, or what befell the process.
    """
    job = {"path": str(path), "media_type": media_type}
    return _playable(await run_apart(_WORK, job, caps=caps))


async def make(
    path: Path,
    media_type: str,
    *,
    folder: Path,
    on_progress: Callable[[int], Awaitable[None]],
    caps: Caps = MAKING,
) -> Playable:
    """Write into a folder what a film is played from (`poster.jpg`, `hls/master.m3u8` and what it
    names), or a recording (`audio.m4a`). `on_progress` gets the percent that is done.

    Raises ProcessFailed as `look` does, and with `no_room` where the disk is full.
    """

    async def on_step(step: Mapping[str, Any]) -> None:
        await on_progress(int(step["progress"]))

    job = {"path": str(path), "media_type": media_type, "folder": str(folder)}
    return _playable(await run_apart(_WORK, job, caps=caps, on_step=on_step))


def _playable(facts: Mapping[str, Any]) -> Playable:
    return Playable(
        float(facts["duration_seconds"]),
        width=int(facts["width"]),
        height=int(facts["height"]),
        has_audio=bool(facts["audio_codec"]),
    )
