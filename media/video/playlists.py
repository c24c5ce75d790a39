"""What the master playlist says of the rungs, by RFC 8216 and Apple's authoring specification."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Final

MASTER_NAME: Final = "master.m3u8"
AUDIO_NAME: Final = "audio"
AUDIO_CODEC: Final = "mp4a.40.2"
"""AAC of low complexity, in RFC 6381's words."""

_SEGMENT: Final = re.compile(r"#EXTINF:([\d.]+),[^#]*#EXT-X-BYTERANGE:(\d+)@(\d+)")


@dataclass(frozen=True, slots=True)
class Variant:
    """One rung: bits a second of its largest segment and in the mean, codec; size and pictures a
    second of one that has a picture.
    """

    name: str
    peak: int
    mean: int
    codec: str
    size: tuple[int, int] | None = None
    rate: float = 0.0


def peak_and_mean(stem: Path) -> tuple[int, int]:
    """Bits a second of the largest segment of a playlist, and of all of them together.

    Raises OSError where the file holds less than its playlist says: the encoder's library does not
    notice a full disk.
    """
    text = stem.with_name(f"{stem.name}.m3u8").read_text()
    found = [(float(each[0]), int(each[1]), int(each[2])) for each in _SEGMENT.findall(text)]
    end = max((size + start for _, size, start in found), default=0)
    if not text.endswith("#EXT-X-ENDLIST\n") or end != _size(stem):
        raise OSError(ENOSPC, stem.name)
    segments = [(seconds, 8 * size) for seconds, size, _ in found if seconds > 0]
    peak = max(bits / max(seconds, 0.5) for seconds, bits in segments)
    mean = sum(bits for _, bits in segments) / sum(seconds for seconds, _ in segments)
    return round(peak), round(mean)


def _size(stem: Path) -> int:
    return stem.with_name(f"{stem.name}.mp4").stat().st_size


def master_playlist(variants: Sequence[Variant]) -> str:
    """The playlist that names the rungs, in the order in which a player should try them.

    The first one is played first: the smallest picture, which starts at once on mobile data. The
    sound, where there is any, is a rendition of all and a rung by itself, the last.
    """
    sound = next((each for each in variants if each.size is None), None)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{AUDIO_NAME}",NAME="{AUDIO_NAME}",DEFAULT=YES,'
            f'AUTOSELECT=YES,URI="{AUDIO_NAME}.m3u8"'
        )
    for each in variants:
        lines += [f"#EXT-X-STREAM-INF:{_attributes(each, sound)}", f"{each.name}.m3u8"]
    return "\n".join(lines) + "\n"


def _attributes(variant: Variant, sound: Variant | None) -> str:
    beside = sound if sound is not None and variant is not sound else None
    codecs = [variant.codec, *([beside.codec] if beside else [])]
    named = {
        "BANDWIDTH": str(variant.peak + (beside.peak if beside else 0)),
        "AVERAGE-BANDWIDTH": str(variant.mean + (beside.mean if beside else 0)),
        "CODECS": f'"{",".join(codecs)}"',
    }
    if variant.size is not None:
        named["RESOLUTION"] = f"{variant.size[0]}x{variant.size[1]}"
        named["FRAME-RATE"] = f"{variant.rate:.3f}"
    if sound is not None:
        named["AUDIO"] = f'"{AUDIO_NAME}"'
    return ",".join(f"{name}={value}" for name, value in named.items())
