"""What a content folder describes is drawn once, and shown by what refers to it."""

import io
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from hub.assets.queries import shown_assets
from hub.directory.models import Place, PlacePhoto
from hub.errors import ContentInvalid
from hub.illustrations import making
from hub.illustrations.making import illustrate
from hub.illustrations.pictures import font, picture, wrapped
from hub.illustrations.specification import Illustration, Motif, Palette, Sort
from hub.learning.models import Course, Lesson
from hub.loading import LoadReport, load_folder
from hub.records import Select, fetch_records
from hub.settings import Settings
from media.kinds import AssetKind, AssetState
from media.storage import blob_key, current_storage, derived_key
from tests.factories import assets
from tests.factories.assets import address
from tests.hub.content.folders import COURSE, LESSONS, MERCHANT, SMALL, contents, one, write

MEDIA = """
- {name: cover, kind: picture, title: 急救入门, subtitle: 公益乐学, palette: green, motif: waves}
- name: breathing
  kind: film
  title: 按压与通气
  lines: [先喊人，再按压。]
- {name: calm, kind: recording, title: 跟着呼吸, lines: [吸四秒，呼六秒。]}
"""
FILES = {
    **SMALL,
    "media": MEDIA,
    "courses": COURSE.replace("  level:", "  cover_url: media:cover\n  level:", 1),
    "merchants": MERCHANT.replace("/media/a.jpg", "media:cover"),
    "lessons": LESSONS.replace(
        "duration_seconds: 600",
        "duration_seconds: 7, video_url: media:breathing, captions_url: media:breathing/captions",
    ).replace(
        "duration_seconds: 60}",
        "duration_seconds: 7, audio_url: media:calm}",
        1,
    ),
}


async def _loaded(folder: Path, **files: str) -> LoadReport:
    return await load_folder(write(folder, **files), illustrate=illustrate)


@pytest.mark.usefixtures("database")
async def test_what_is_described_is_drawn_and_shown(tmp_path: Path) -> None:
    await _loaded(tmp_path / "district", **FILES)
    course, lesson, other = (
        await one(Course, "first-aid"),
        *[await one(Lesson, slug) for slug in ("l1", "l2")],
    )
    named = [course.cover_url, lesson.video_url, lesson.captions_url, other.audio_url]
    found = await shown_assets(named)
    cover, film, captions, sound = [found[each] for each in named]
    assert {each.state for each in found.values()} == {AssetState.READY}
    assert [each.kind for each in (cover, film, captions, sound)] == [
        *(AssetKind.IMAGE, AssetKind.VIDEO, AssetKind.CAPTIONS, AssetKind.AUDIO)
    ]
    assert (cover.width, cover.height) == (1280, 720)
    assert (film.width, film.height, film.has_audio) == (640, 360, True)
    assert film.duration_seconds == pytest.approx(7, abs=0.1)
    assert captions.transcript == "按压与通气\n先喊人，再按压。"
    storage = current_storage()
    for sha256, variant in (
        *((film.sha256, each) for each in ("poster.jpg", "hls/master.m3u8", "hls/360p.mp4")),
        (sound.sha256, "audio.m4a"),
    ):
        assert await storage.stat(derived_key(sha256, variant)) is not None
    photos = await fetch_records(Select(PlacePhoto))
    assert {photo.url for photo in photos} == {course.cover_url, "/media/b.jpg"}


@pytest.mark.usefixtures("database")
async def test_what_is_there_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {**FILES, "media": MEDIA}
    await _loaded(tmp_path / "district", **files)
    before = await contents()
    with monkeypatch.context() as patch:
        patch.setattr(making, "_draw", lambda *_: pytest.fail("drawn again"))
        report = await _loaded(tmp_path / "district", **files)
    assert report.changed == 0
    assert await contents() == before
    course = await one(Course, "first-aid")
    cover = (await shown_assets([course.cover_url]))[course.cover_url]
    await current_storage().delete(blob_key(cover.sha256))
    assert (await _loaded(tmp_path / "district", **files)).changed == 0
    assert await current_storage().stat(blob_key(cover.sha256)) is not None


@pytest.mark.usefixtures("database")
async def test_another_title_is_another_picture(tmp_path: Path) -> None:
    await _loaded(tmp_path / "district", **FILES)
    first = (await one(Course, "first-aid")).cover_url
    files = {**FILES, "media": MEDIA.replace("急救入门", "急救提高")}
    assert (await _loaded(tmp_path / "district", **files)).changed == 2
    assert (await one(Course, "first-aid")).cover_url != first


@pytest.mark.usefixtures("database")
async def test_without_drawing_nothing_is_named(tmp_path: Path) -> None:
    await load_folder(write(tmp_path / "district", **FILES))
    course, lesson = await one(Course, "first-aid"), await one(Lesson, "l1")
    assert (course.cover_url, lesson.video_url, lesson.captions_url) == (None, None, None)
    place = await one(Place, "noodles")
    photos = await fetch_records(Select(PlacePhoto))
    assert [(each.place_id, each.url) for each in photos] == [(place.id, "/media/b.jpg")]


@pytest.mark.usefixtures("database")
async def test_nothing_is_drawn_for_a_folder_with_a_mistake(
    tmp_path: Path, database: Settings
) -> None:
    files = {**FILES, "lessons": FILES["lessons"].replace("media:calm", "media:quiet")}
    with pytest.raises(ContentInvalid, match="`media:quiet` is nothing that `media` describes"):
        await _loaded(tmp_path / "district", **files)
    assert not (database.data_dir / "media").exists()


@pytest.mark.usefixtures("database")
async def test_a_file_that_the_hub_does_not_have_is_reported(tmp_path: Path) -> None:
    hidden = await assets.asset("a.png", is_shown=False)
    shown = await assets.asset("b.png")
    load = partial(_loaded, tmp_path / "district")
    for url in (address(hidden), "/media/public/" + "0" * 64 + ".png"):
        course = FILES["courses"].replace("media:cover", url)
        with pytest.raises(ContentInvalid, match="is no public file of this hub") as refused:
            await load(**{**FILES, "courses": course})
        (problem,) = refused.value.data["problems"]
        assert problem.path == "courses[0].cover_url"
    await load(**{**FILES, "courses": FILES["courses"].replace("media:cover", address(shown))})
    assert (await one(Course, "first-aid")).cover_url == address(shown)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {name: a, kind: picture}", r"media\[0\].title: is required"),
        ("- {name: a, kind: film, title: 甲}", r"media\[0\]: has `lines` if it is a film"),
        ("- {name: a, kind: picture, title: 甲, lines: [乙]}", "has `lines` if it is a film"),
        ("- {name: a, kind: cartoon, title: 甲}", r"media\[0\].kind: "),
        ("- {name: A b, kind: picture, title: 甲}", r"media\[0\].name: is made of"),
        ("- &a {name: a, kind: picture, title: 甲}", "media.yaml:1"),
        (
            "- {name: a, kind: picture, title: 甲}\n- {name: a, kind: picture, title: 乙}",
            r"media\[1\].name: `a` stands in the file already",
        ),
    ],
)
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_is_wrong_with_a_description_is_said(
    engine: str, tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(ContentInvalid, match=problem):
        await _loaded(tmp_path / "district", **{**SMALL, "media": text + "\n"})


@pytest.mark.parametrize("motif", Motif)
@pytest.mark.parametrize("palette", Palette)
def test_the_same_words_give_the_same_picture(motif: Motif, palette: Palette) -> None:
    said = Illustration(name="a", kind=Sort.PICTURE, title="急救入门", palette=palette, motif=motif)
    content = picture(said)
    assert content == picture(said)
    assert len(content) < 120_000
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (1280, 720))
        assert max(ImageStat.Stat(image.convert("L")).extrema[0]) > 240  # the words are white


def test_lines_are_broken_within_the_width_and_not_before_a_comma() -> None:
    face = font("sans", 20)
    lines = wrapped("人" * 9 + "，" + "人" * 4, face, width=9 * face.getlength("人") + 1)
    assert lines == ["人" * 9 + "，", "人" * 4]
