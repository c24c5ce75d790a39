"""Which rungs a film gets: sizes and bit rates that a phone can choose among. Pure."""

from dataclasses import dataclass
from typing import Final

RUNGS: Final = (240, 480, 720)
"""The short side of a picture, in pixels, from mobile data to a good network."""

KILOBITS: Final = {240: 280, 480: 850, 720: 1_900}
"""What the picture of a rung may take at its peak, in thousands of bits a second. Apple's HLS
authoring specification gives 145 for 234p to 2,000 for 540p at H.264; talks and slides, which
lessons are, need less than sport.
"""

FRAME_RATE_MAX: Final = 30
SEGMENT_SECONDS: Final = 4
"""Short enough to change the rung soon, long enough to compress; a key frame begins each."""

AUDIO_KILOBITS: Final = {1: 64, 2: 96}
"""Of AAC, by the number of channels: speech at 64 is clear."""

SIDE_MIN_PIXELS: Final = 16
"""The block of H.264."""

_STEP: Final = 1.25
"""How much larger than the last rung a film must be to keep a rung of its own size."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of a film: `width` and `height` as shown, `kilobits` a second at its peak."""

    name: str
    width: int
    height: int
    kilobits: int


def rungs_of(width: int, height: int) -> tuple[Rung, ...]:
    """The rungs of a film, smallest first. None is larger than the film; each film has one.

    A film between two rungs, like 360p, keeps one of its own size where that is worth it.
    """
    short = min(width, height)
    sides = [side for side in RUNGS if side <= short]
    if short < RUNGS[-1] and short >= (sides[-1] if sides else 0) * _STEP:
        sides.append(short)
    return tuple(_rung(side, width=width, height=height) for side in sides)


def _rung(side: int, *, width: int, height: int) -> Rung:
    scale = side / min(width, height)
    kilobits = next(KILOBITS[each] for each in RUNGS if each >= side)
    return Rung(f"{side}p", _even(width * scale), _even(height * scale), kilobits)


def _even(pixels: float) -> int:
    """The nearest even number: the colour of H.264 has half the lines of its light."""
    return max(2, 2 * round(pixels / 2))


def shown_size(
    width: int, height: int, *, pixel_ratio: float = 1.0, degrees: int = 0
) -> tuple[int, int]:
    """The size of a picture as it is shown: with square pixels, turned as its camera was held."""
    wide = max(1, round(width * pixel_ratio))
    return (height, wide) if degrees % 180 else (wide, height)
