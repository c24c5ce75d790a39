"""Which renditions there are, and that each is made once."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from media import renditions
from media.disk import DiskStorage
from media.drawing import Cut, PictureFormat, PictureRefused
from media.renditions import Busy, Rendition, Renditions, rendition_named
from media.storage import blob_key, derived_key
from tests.media.desk import picture

SMALL = Rendition(PictureFormat.WEBP, 80)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("w640.webp", Rendition(PictureFormat.WEBP, 640)),
        ("w80.avif", Rendition(PictureFormat.AVIF, 80)),
        ("w1920.jpg", Rendition(PictureFormat.JPEG, 1920)),
        ("full.png", Rendition(PictureFormat.PNG)),
        (
            "w320-16x9-50-37.webp",
            Rendition(PictureFormat.WEBP, 320, Cut((16, 9), (50, 37))),
        ),
        ("w320-1x1-0-100.jpg", Rendition(PictureFormat.JPEG, 320, Cut((1, 1), (0, 100)))),
    ],
)
def test_names_of_renditions(name: str, expected: Rendition) -> None:
    assert rendition_named(name) == expected
    assert expected.name == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "full", "w640", "w640.gif", "w641.webp", "w0640.webp", "w99999.webp", "w640.svg"),
        *("w640.png", "W640.webp", "w640.webp ", "w640.webp\n", "w640..webp", "../w640.webp"),
        *("w320-16x9.webp", "w320-5x4-50-50.webp", "w320-16x9-50-101.webp"),
        *(
            "w320-16x9-050-50.webp",
            "full-1x1-50-50.webp",
            "w\u0663\u0662\u0660.webp",
            "hls/w640.webp",
        ),
    ],
)
def test_what_is_not_on_the_list(name: str) -> None:
    assert rendition_named(name) is None


def put(folder: Path, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / blob_key(sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return sha256


async def test_many_who_ask_at_once_have_it_made_once(tmp_path: Path) -> None:
    sha256, made = put(tmp_path, picture(400, 300)), Renditions()
    storage = DiskStorage(tmp_path)
    asked = [made.ensure(storage, sha256, rendition=SMALL) for _ in range(50)]
    keys = await asyncio.gather(*asked)
    assert set(keys) == {derived_key(sha256, "w80.webp")}
    assert made.made_count == 1
    await made.ensure(storage, sha256, rendition=SMALL)
    assert made.made_count == 1


async def test_who_goes_away_does_not_stop_it(tmp_path: Path) -> None:
    sha256, made = put(tmp_path, picture(400, 300)), Renditions()
    storage = DiskStorage(tmp_path)
    first = asyncio.create_task(made.ensure(storage, sha256, rendition=SMALL))
    second = asyncio.create_task(made.ensure(storage, sha256, rendition=SMALL))
    await asyncio.sleep(0.02)
    first.cancel()
    await second
    assert first.cancelled()
    assert made.made_count == 1


async def test_what_cannot_be_made_is_not_tried_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256, made = put(tmp_path, b"no picture"), Renditions()
    storage = DiskStorage(tmp_path)
    with pytest.raises(PictureRefused) as seen:
        await made.ensure(storage, sha256, rendition=SMALL)
    assert seen.value.code == "NOT_AN_IMAGE"
    assert await storage.stat(derived_key(sha256, "w80.webp")) is None
    path = tmp_path / blob_key(sha256)
    path.write_bytes(picture(400, 300))
    with pytest.raises(PictureRefused):
        await made.ensure(storage, sha256, rendition=SMALL)
    monkeypatch.setattr(renditions, "_FAILURE_SECONDS", 0.0)
    await made.ensure(storage, sha256, rendition=SMALL)


async def test_a_blob_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Renditions().ensure(DiskStorage(tmp_path), "0" * 64, rendition=SMALL)


async def test_a_crowd_of_wishes_is_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renditions, "_WAITING_MAX", 1)
    sha256, made = put(tmp_path, picture(400, 300)), Renditions()
    storage = DiskStorage(tmp_path)
    wishes = [Rendition(PictureFormat.WEBP, width) for width in renditions.WIDTHS]
    asked = [made.ensure(storage, sha256, rendition=each) for each in wishes]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Busy) for each in answers) == len(wishes) - 1
