"""How a picture is offered to pages: its addresses in sizes, formats and ratios."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from media.addresses import PUBLIC_PATH
from media.drawing import Cut, PictureFormat
from media.renditions import WIDTHS, Rendition
from media.signing import ADDRESS_LASTS, private_address

_ADDRESS: Final = re.compile(rf"{PUBLIC_PATH}([0-9a-f]{{64}})\.[a-z0-9]{{1,10}}")


class ImageFormat(Enum):
    """What pages may choose from; PNG is for whole pictures only."""

    WEBP = PictureFormat.WEBP
    AVIF = PictureFormat.AVIF
    JPEG = PictureFormat.JPEG


class AspectRatio(Enum):
    """What pictures are cut to: width to height."""

    SQUARE = (1, 1)
    LANDSCAPE_4_3 = (4, 3)
    LANDSCAPE_3_2 = (3, 2)
    LANDSCAPE_16_9 = (16, 9)
    LANDSCAPE_2_1 = (2, 1)
    PORTRAIT_3_4 = (3, 4)
    PORTRAIT_2_3 = (2, 3)
    PORTRAIT_9_16 = (9, 16)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that somebody may see: where it is, its size in pixels as seen upright, and where
    people should look, from 0 to 1.

    `address_of` gives the address of a rendition by its name; a picture that lies elsewhere has
    none.
    """

    url: str
    width: int | None = None
    height: int | None = None
    focus: tuple[float, float] | None = None
    address_of: Callable[[str], str] | None = None

    def resized(
        self, width: int, *, form: ImageFormat, ratio: AspectRatio | None = None
    ) -> str | None:
        """The address of the smallest rendition that is at least `width` wide, else the widest."""
        if self.address_of is None:
            return None
        wanted = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
        return self.address_of(Rendition(form.value, wanted, self._cut(ratio)).name)

    def srcset(
        self, widths: Sequence[int] | None, *, form: ImageFormat, ratio: AspectRatio | None = None
    ) -> str | None:
        """The renditions as an HTML `srcset`, narrow ones first, none wider than the picture is."""
        if self.address_of is None:
            return None
        entries = {
            min(width, self._width(ratio) or width): self.resized(width, form=form, ratio=ratio)
            for width in reversed(_listed(widths))
        }
        return ", ".join(f"{entries[width]} {width}w" for width in sorted(entries))

    def _width(self, ratio: AspectRatio | None) -> int | None:
        """How wide a piece of that ratio can be."""
        if self.width is None or self.height is None or ratio is None:
            return self.width
        return min(self.width, round(self.height * ratio.value[0] / ratio.value[1]))

    def _cut(self, ratio: AspectRatio | None) -> Cut | None:
        if ratio is None:
            return None
        x, y = self.focus or (0.5, 0.5)
        return Cut(ratio.value, (round(x * 100), round(y * 100)))


def _listed(widths: Sequence[int] | None) -> list[int]:
    """The widths of the list that are nearest above what is wanted; all where nothing is said."""
    if widths is None:
        return list(WIDTHS)
    return sorted({next((each for each in WIDTHS if each >= one), WIDTHS[-1]) for one in widths})


def sha256_in(address: str | None) -> str | None:
    """The hash in the address of a public file of ours; None for any other address."""
    match = _ADDRESS.fullmatch(address) if address is not None else None
    return match[1] if match else None


def public_picture(address: str, row: Any) -> Picture:
    """The picture at a public address of ours; `row` is its asset, None where nobody knows it."""
    folder = f"{PUBLIC_PATH}{sha256_in(address)}/"
    if row is None:
        return Picture(address, address_of=lambda name: folder + name)
    return Picture(address, row.width, row.height, _focus(row), lambda name: folder + name)


def private_picture(row: Any, *, now: datetime, lasts: timedelta = ADDRESS_LASTS) -> Picture:
    """The picture of an asset for somebody who may read what it belongs to, for a while."""

    def address_of(variant: str) -> str:
        return private_address(row.id, name=row.name, now=now, variant=variant, lasts=lasts)

    return Picture(address_of(""), row.width, row.height, _focus(row), address_of)


def _focus(row: Any) -> tuple[float, float] | None:
    if row.focal_x is None or row.focal_y is None:
        return None
    return row.focal_x, row.focal_y
