"""Pictures that are handed in are decoded once, apart: what their headers say is not believed."""

import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from hub.errors import Unavailable
from media import drawing
from media.kinds import AssetKind, UploadRefusal, UploadState
from media.refusals import Refused
from media.storage import current_storage
from tests.factories.media import assets, chunk, editor, picture, uploads
from tests.hub.assets.test_uploads import sent

pytestmark = pytest.mark.usefixtures("database")


def hollow_png() -> bytes:
    """A PNG whose chunks are all in order, and whose pixels are missing."""
    header = struct.pack(">IIBBBBB", 400, 300, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def broken_jpeg() -> bytes:
    """A JPEG with a beginning and an end, and no picture between them."""
    content = picture("JPEG", size=(400, 300))
    start = content.index(b"\xff\xda")
    return content[:start] + content[-2:]


@pytest.mark.parametrize("kind", [AssetKind.IMAGE, AssetKind.DOCUMENT])
@pytest.mark.parametrize("content", [hollow_png(), broken_jpeg()], ids=["PNG", "JPEG"])
async def test_a_picture_without_pixels_is_refused(content: bytes, kind: AssetKind) -> None:
    with pytest.raises(Refused) as refused:
        await sent(editor(), content, kind)
    assert refused.value.refusal is UploadRefusal.DAMAGED
    assert await assets() == []
    [upload] = await uploads()
    assert (upload.state, upload.refusal) == (UploadState.REFUSED, "damaged")
    assert [each async for each in current_storage().list("blobs/")] == []


async def test_a_picture_is_as_large_as_it_is_seen() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    await sent(editor(), picture("JPEG", size=(40, 30), exif=turned), AssetKind.IMAGE)
    [asset] = await assets()
    assert (asset.width, asset.height) == (30, 40)


async def test_a_machine_that_is_too_busy_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.drawing._LIMITS", replace(drawing._LIMITS, clock_seconds=0.0))
    with pytest.raises(Unavailable):
        await sent(editor(), picture("JPEG"), AssetKind.IMAGE)
    [upload] = await uploads()
    assert upload.state is UploadState.OPEN
