"""Pictures made smaller, and what hostile ones come to."""

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from media.confinement import Ended, Limits, run_confined
from media.drawing import Cut, PictureFacts, PictureFormat, PictureRefused, examine, render
from media.imaging import SIDE_MAX
from tests.media.desk import opened_picture, picture

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F
PLACE = b"31.0 degrees north"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


async def drawn(
    source: Path,
    form: PictureFormat = PictureFormat.PNG,
    *,
    width: int | None = None,
    cut: Cut | None = None,
) -> Image.Image:
    target = source.with_name("target")
    await render(source, target, form=form, width=width, cut=cut)
    return opened_picture(content_of(target))


def colour(image: Image.Image, x: float, y: float) -> str:
    """Which of the test picture's colours is at a place, given in shares of the sides."""
    pixel = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return ("red", "lime", "blue")[pixel.index(max(pixel))]


@pytest.mark.parametrize("form", list(PictureFormat))
async def test_a_picture_made_smaller(source: Path, form: PictureFormat) -> None:
    put(source, picture(1600, 900))
    found = await drawn(source, form, width=640)
    assert (found.format, found.size) == (form.name, (640, 360))
    assert [colour(found, x, 0.6) for x in (0.2, 0.8)] == ["red", "blue"]


async def test_no_picture_is_enlarged(source: Path) -> None:
    put(source, picture(300, 200))
    assert (await drawn(source, width=1920)).size == (300, 200)
    cut = await drawn(source, width=1920, cut=Cut((1, 1)))
    assert cut.size == (200, 200)


async def test_a_whole_picture_is_bounded(source: Path) -> None:
    put(source, picture(400, 6000))
    found = await drawn(source)
    assert found.height == SIDE_MAX


@pytest.mark.parametrize(
    ("focus", "seen"),
    [((0, 50), {"red"}), ((100, 50), {"blue"}), ((50, 50), {"red", "blue"})],
)
async def test_a_piece_is_cut_around_its_focus(
    source: Path, focus: tuple[int, int], seen: set[str]
) -> None:
    put(source, picture(1600, 400))
    found = await drawn(source, width=320, cut=Cut((1, 1), focus))
    assert found.size == (320, 320)
    assert {colour(found, x, 0.6) for x in (0.1, 0.9)} == seen


async def test_the_top_is_cut_where_the_focus_is_low(source: Path) -> None:
    put(source, picture(400, 1600))
    high = await drawn(source, width=320, cut=Cut((1, 1), (50, 0)))
    low = await drawn(source, width=320, cut=Cut((1, 1), (50, 100)))
    assert colour(high, 0.3, 0.05) == "lime"
    assert colour(low, 0.3, 0.05) == "red"


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_is_put_upright(source: Path, orientation: int) -> None:
    """Whatever way a camera was held, what is up is up, and cuts are as seen."""
    upright = opened_picture(picture(800, 400, "PNG"))
    turn = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in turn.get(orientation, []):
        upright = upright.transpose(step)
    noted = Image.Exif()
    noted[ORIENTATION] = orientation
    upright.save(source, "JPEG", exif=noted, quality=95)
    facts = await examine(source)
    assert (facts.width, facts.height) == (800, 400)
    found = await drawn(source, width=320)
    assert found.size == (320, 160)
    assert [colour(found, x, 0.7) for x in (0.2, 0.8)] == ["red", "blue"]
    assert colour(found, 0.3, 0.03) == "lime"
    cut = await drawn(source, width=80, cut=Cut((1, 1), (0, 50)))
    assert [colour(cut, x, 0.7) for x in (0.1, 0.9)] == ["red", "red"]


@pytest.mark.parametrize("form", list(PictureFormat))
@pytest.mark.parametrize("width", [None, 320])
async def test_nothing_of_the_camera_remains(
    source: Path, form: PictureFormat, width: int | None
) -> None:
    noted = Image.Exif()
    noted[MAKER] = "A telltale camera"
    noted.get_ifd(GPS)[1] = "N"
    noted.get_ifd(GPS)[27] = PLACE
    telltale: dict[str, Any] = {"exif": noted, "comment": PLACE, "xmp": b"<x:xmpmeta>" + PLACE}
    put(source, picture(800, 600, **telltale))
    assert PLACE in content_of(source)
    found = await drawn(source, form, width=width)
    content = content_of(source.with_name("target"))
    assert PLACE not in content
    assert b"telltale" not in content
    assert not dict(found.getexif())
    assert not {"comment", "xmp", "icc_profile", "exif"} & set(found.info)


async def test_text_in_a_png_does_not_remain(source: Path) -> None:
    text = PngInfo()
    text.add_text("Location", PLACE.decode())
    put(source, picture(200, 200, "PNG", pnginfo=text))
    await drawn(source)
    assert PLACE not in content_of(source.with_name("target"))


def swapped_profile() -> bytes:
    """sRGB, but what it calls red is blue: two entries of the profile's table change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ", 128), profile.index(b"bXYZ", 128)
    place = slice(red + 4, red + 12), slice(blue + 4, blue + 12)
    profile[place[0]], profile[place[1]] = profile[place[1]], profile[place[0]]
    return bytes(profile)


@pytest.mark.parametrize(
    ("profile", "left"), [(swapped_profile(), "blue"), (b"no profile at all", "red")]
)
async def test_colours_are_brought_to_srgb(source: Path, profile: bytes, left: str) -> None:
    put(source, picture(800, 100, icc_profile=profile))
    for width in (None, 320):
        assert colour(await drawn(source, width=width), 0.2, 0.6) == left


def grey(mode: str) -> Image.Image:
    """A middle grey in some kind of pixels."""
    if mode == "I;16":
        return Image.new(mode, (200, 100), 128 * 256)
    return Image.new("L", (200, 100), 128).convert("RGB" if mode == "CMYK" else mode).convert(mode)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "I;16", "RGBA", "LA"])
async def test_every_kind_of_pixels_will_do(source: Path, mode: str) -> None:
    grey(mode).save(source, "JPEG" if mode == "CMYK" else "PNG")
    found = await drawn(source, PictureFormat.JPEG, width=80)
    assert found.size == (80, 40)
    if mode != "1":  # black and white dots
        assert found.convert("L").getpixel((20, 20)) == pytest.approx(128, abs=6)


async def test_what_is_transparent_lies_on_white_paper(source: Path) -> None:
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(source, "PNG")
    found = await drawn(source, PictureFormat.JPEG)
    assert found.getpixel((10, 10)) == pytest.approx((255, 255, 255), abs=2)
    kept = await drawn(source, PictureFormat.WEBP)
    assert kept.mode == "RGBA"


async def test_what_a_picture_is(source: Path) -> None:
    put(source, picture(300, 200, "PNG"))
    assert await examine(source) == PictureFacts("PNG", 300, 200, is_animated=False)
    frames = [Image.new("P", (10, 10), each) for each in (0, 1)]
    frames[0].putpalette([0, 0, 0, 255, 255, 255])
    frames[1].putpalette([0, 0, 0, 255, 255, 255])
    frames[0].save(source, "GIF", save_all=True, append_images=frames[1:])
    assert (await examine(source)).is_animated


async def test_a_photo_with_another_behind_it_is_a_photo(source: Path) -> None:
    """Phones put a map of depth, or a second exposure, behind the picture."""
    other = opened_picture(picture(300, 200, "PNG"))
    other.save(source, "MPO", save_all=True, append_images=[other])
    assert await examine(source) == PictureFacts("JPEG", 300, 200, is_animated=False)
    assert (await drawn(source, width=80)).size == (80, 53)


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def bomb(side: int) -> bytes:
    """A PNG of that many pixels squared, all black: a few kilobytes for gigabytes."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = packer.compress(bytes(side + 1)) + packer.flush()
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(50_000), "TOO_MANY_PIXELS"),
        (bomb(10_000), "TOO_MANY_PIXELS"),
        (picture(800, 600)[:5_000], "NOT_AN_IMAGE"),
        (picture(800, 600, "PNG")[:-200], "NOT_AN_IMAGE"),
        (b"", "NOT_AN_IMAGE"),
        (b"\x00" * 1000, "NOT_AN_IMAGE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "NOT_AN_IMAGE"),
        (b"<!doctype html><script>1</script>", "NOT_AN_IMAGE"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage", "NOT_AN_IMAGE"),
        (picture(8, 8, "TIFF"), "NOT_AN_IMAGE"),
        (picture(8, 8, "BMP"), "NOT_AN_IMAGE"),
    ],
    ids=[
        *("bomb", "small bomb", "cut JPEG", "cut PNG", "empty", "zeros"),
        *("SVG", "HTML", "PostScript", "TIFF", "BMP"),
    ],
)
async def test_hostile_files(source: Path, content: bytes, code: str) -> None:
    put(source, content)
    with pytest.raises(PictureRefused) as seen:
        await examine(source)
    assert seen.value.code == code
    with pytest.raises(PictureRefused):
        await drawn(source, width=80)


async def test_a_polyglot_leaves_its_other_half_behind(source: Path) -> None:
    put(source, picture(200, 100) + b"<script>alert(1)</script>PK\x05\x06" + bytes(18))
    await drawn(source, PictureFormat.JPEG)
    content = content_of(source.with_name("target"))
    assert b"script" not in content
    assert b"PK\x05\x06" not in content


async def test_memory_has_an_end(source: Path) -> None:
    put(source, picture(4000, 3000))
    little = Limits(60 * 1024 * 1024, file_bytes=1 << 20, core_seconds=10, clock_seconds=20.0)
    with pytest.raises(PictureRefused) as seen:
        await examine(source, limits=little)
    assert seen.value.code in ("TOO_MUCH_MEMORY", "DECODER_DIED", "NOT_AN_IMAGE")


LIMITS = Limits(1 << 30, file_bytes=1 << 20, core_seconds=1, clock_seconds=20.0)


async def test_a_process_that_works_for_ever_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("while True: pass")
    quick = Limits(1 << 30, file_bytes=1, core_seconds=60, clock_seconds=0.3)
    with pytest.raises(Ended, match="TOOK_TOO_LONG"):
        await run_confined(program, {}, limits=quick)


@pytest.mark.parametrize(
    "program", ["import os; os._exit(3)", "import os; os.kill(os.getpid(), 11)"]
)
async def test_a_process_that_dies_harms_nobody(tmp_path: Path, program: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(program)
    with pytest.raises(Ended, match="DECODER_DIED"):
        await run_confined(path, {}, limits=LIMITS)


async def test_a_process_knows_nothing_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "secret")
    path = tmp_path / "program.py"
    path.write_text("import json, os, sys; print(json.dumps({'seen': sorted(os.environ)}))")
    found = await run_confined(path, {}, limits=LIMITS)
    assert "HUB_SECRET_KEY" not in found["seen"]
