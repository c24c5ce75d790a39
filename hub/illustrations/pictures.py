"""Draws title cards: colours from corner to corner, a quiet motif, words in Noto Sans SC.

The same words give the same picture. The library and the fonts are heavy: who draws imports this.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from math import sin
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from hub.illustrations.specification import Illustration, Motif, Palette

Colour = tuple[int, int, int]
Size = tuple[int, int]

PICTURE_SIZE: Final[Size] = (1280, 720)
_WHITE: Final = (255, 255, 255)
_COLOURS: Final[dict[Palette, tuple[Colour, Colour]]] = {
    Palette.RED: ((168, 28, 34), (226, 92, 62)),
    Palette.BLUE: ((18, 62, 118), (38, 132, 168)),
    Palette.GREEN: ((18, 94, 76), (96, 158, 84)),
    Palette.GOLD: ((148, 84, 20), (222, 164, 62)),
    Palette.VIOLET: ((74, 42, 112), (158, 86, 142)),
}
_GLOW: Final = 26
"""How visible the motif is, of 255."""

_QUALITY: Final = 84


def picture(illustration: Illustration) -> bytes:
    """The title card of an illustration as JPEG, 1280 by 720 pixels."""
    file = BytesIO()
    card(illustration, PICTURE_SIZE).save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def card(illustration: Illustration, size: Size) -> Image.Image:
    """The title card in a size."""
    image = background(illustration, size)
    draw = ImageDraw.Draw(image)
    width, height = size
    lines = wrapped(illustration.title, font("serif", height // 9), width=width * 0.8)
    top = height * 0.42 - len(lines) * height / 12
    for number, line in enumerate(lines):
        place = (width * 0.08, top + number * height / 6.6)
        draw.text(place, line, fill=_WHITE, font=font("serif", height // 9))
    under = top + len(lines) * height / 6.6 + height * 0.03
    draw.rectangle((width * 0.08, under, width * 0.2, under + height // 120), fill=(255, 214, 120))
    if illustration.subtitle:
        place = (width * 0.08, under + height * 0.05)
        draw.text(
            place, illustration.subtitle, fill=(255, 240, 226), font=font("sans", height // 20)
        )
    return image


def background(illustration: Illustration, size: Size) -> Image.Image:
    """The colours of an illustration with its motif."""
    dark, bright = _COLOURS[illustration.palette]
    slope = Image.linear_gradient("L").resize(size).rotate(0)
    across = Image.linear_gradient("L").rotate(90).resize(size)
    image = Image.composite(
        Image.new("RGB", size, bright),
        Image.new("RGB", size, dark),
        Image.blend(slope, across, 0.6),
    )
    glow = Image.new("RGB", size)
    _MOTIFS[illustration.motif](ImageDraw.Draw(glow), size)
    return ImageChops.add(image, glow)


def _road(draw: ImageDraw.ImageDraw, size: Size) -> None:
    width, height = size
    shade = (_GLOW,) * 3
    draw.polygon(
        [
            (width * 0.52, height),
            (width * 0.86, height * 0.3),
            (width * 0.9, height * 0.3),
            (width, height),
        ],
        fill=shade,
    )
    for step in range(5):
        far, near = 0.3 + step**1.5 * 0.09, 0.3 + (step + 0.45) ** 1.5 * 0.09
        middle = [(_along(width, far), height * far), (_along(width, near), height * near)]
        draw.line(middle, fill=(_GLOW * 3,) * 3, width=max(2, int(width * 0.003 * (step + 1))))


def _along(width: int, share: float) -> float:
    """Where the middle of the road is, so far down the picture."""
    return width * (0.88 - (share - 0.3) / 0.7 * 0.12)


def _rings(draw: ImageDraw.ImageDraw, size: Size) -> None:
    width, height = size
    for number in range(5):
        radius = height * (0.14 + number * 0.13)
        middle = (width * 0.84, height * 0.62)
        box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
        draw.ellipse(box, outline=(_GLOW + 10,) * 3, width=max(2, height // 60))


def _waves(draw: ImageDraw.ImageDraw, size: Size) -> None:
    width, height = size
    for row in range(6):
        base = height * (0.6 + row * 0.075)
        points = [
            (at, base + sin(at / width * 9 + row * 1.1) * height * 0.028)
            for at in range(0, width + 8, 8)
        ]
        draw.line(points, fill=(_GLOW + row * 5,) * 3, width=max(2, height // 70))


def _blocks(draw: ImageDraw.ImageDraw, size: Size) -> None:
    """Houses of a town."""
    width, height = size
    for number, share in enumerate((0.3, 0.46, 0.24, 0.4, 0.54, 0.34, 0.28)):
        left = width * (0.44 + number * 0.08)
        box = (left, height * (1 - share), left + width * 0.066, height)
        draw.rectangle(box, fill=(_GLOW - number % 3 * 5,) * 3)


_MOTIFS: Final = {
    Motif.ROAD: _road,
    Motif.RINGS: _rings,
    Motif.WAVES: _waves,
    Motif.BLOCKS: _blocks,
}


@lru_cache(maxsize=16)
def font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    """Noto Serif SC or Noto Sans SC in a size."""
    return ImageFont.truetype(serif_path() if face == "serif" else sans_path(), pixels)


def wrapped(text: str, face: ImageFont.FreeTypeFont, *, width: float) -> list[str]:
    """A text in lines that fit a width; one does not begin with a mark that ends a phrase."""
    return list(_lines(text, face, width))


def _lines(text: str, face: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    line = ""
    for char in text:
        if line and face.getlength(line + char) > width and char not in "，。：；！？、）》”":
            yield line
            line = ""
        line += char
    if line:
        yield line
