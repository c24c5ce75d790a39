"""What films and recordings are played from, made by the real encoder in its own process."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from media.video.facts import Facts
from media.video.ladder import Rung
from media.video.making import look, make
from media.video.pictures import Evener
from tests.factories.films import film, recording


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds at 360p: two whole segments and the start of a third."""
    return film(tmp_path_factory.mktemp("films") / "lesson.mp4", size=(640, 360), seconds=9)


async def test_what_a_film_is_is_found_by_looking_into_it(lesson: Path, tmp_path: Path) -> None:
    found = await look(lesson, "video/mp4")
    assert (found.width, found.height, found.has_audio) == (640, 360, True)
    assert found.duration_seconds == pytest.approx(9, abs=0.1)
    silent = film(tmp_path / "silent.webm", codecs=("libvpx-vp9", None))
    assert not (await look(silent, "video/webm")).has_audio


async def test_a_film_becomes_rungs_whose_keys_stand_together(lesson: Path, tmp_path: Path) -> None:
    told: list[int] = []

    async def tell(percent: int) -> None:
        told.append(percent)

    made = await make(lesson, "video/mp4", folder=tmp_path, on_progress=tell)
    assert made.width == 640
    assert told == sorted(set(told))
    assert told[-1] == 99
    hls = tmp_path / "hls"
    assert {path.name for path in hls.iterdir()} == {
        *("master.m3u8", "240p.m3u8", "240p.mp4", "360p.m3u8", "360p.mp4"),
        *("audio.m3u8", "audio.mp4"),
    }
    small, large = _keys(hls / "240p.mp4"), _keys(hls / "360p.mp4")
    assert small == large == [pytest.approx(0), pytest.approx(4), pytest.approx(8)]
    assert _seconds(hls / "audio.mp4") == pytest.approx(9, abs=0.1)
    master = (hls / "master.m3u8").read_text()
    assert "RESOLUTION=426x240" in master
    assert 'CODECS="avc1.4d40' in master


async def test_the_segments_of_a_playlist_are_all_of_its_file(lesson: Path, tmp_path: Path) -> None:
    await make(lesson, "video/mp4", folder=tmp_path, on_progress=_nobody)
    for name in ("240p", "360p", "audio"):
        text = (tmp_path / "hls" / f"{name}.m3u8").read_text()
        head = re.search(r'URI="([^"]+)",BYTERANGE="(\d+)@0"', text)
        assert head is not None
        assert head[1] == f"{name}.mp4"
        end = int(head[2])
        for size, start in re.findall(r"BYTERANGE:(\d+)@(\d+)", text):
            assert int(start) == end
            end += int(size)
        assert end == (tmp_path / "hls" / f"{name}.mp4").stat().st_size


async def test_the_poster_is_the_liveliest_picture(tmp_path: Path) -> None:
    path = film(tmp_path / "lesson.mp4", seconds=4)
    await make(path, "video/mp4", folder=tmp_path, on_progress=_nobody)
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert (poster.format, poster.size) == ("JPEG", (320, 240))
        red = sum(count for count, (r, g, b) in _colours(poster) if r > 120 and max(g, b) < 80)
    assert red > 500  # the square is on it


async def test_a_recording_becomes_one_loudness(tmp_path: Path) -> None:
    path = recording(tmp_path / "talk.ogg", codec="libopus", seconds=5)
    made = await make(path, "audio/ogg", folder=tmp_path, on_progress=_nobody)
    assert made.duration_seconds == pytest.approx(5, abs=0.1)
    with av.open(str(tmp_path / "audio.m4a")) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.codec_context.sample_rate) == ("aac", 48_000)
        frames = list(container.decode(stream))
    heard = b"".join(bytes(frame.planes[0]) for frame in frames[50:200])
    loudest = max(abs(value) for value in memoryview(heard).cast("f"))
    assert 0.15 < loudest < 0.9  # it was 0.1


def test_pictures_are_turned_upright() -> None:
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 20, 20))  # what was above when the camera lay on its side
    frame = av.VideoFrame.from_image(image)
    frame.pts, frame.time_base = 0, Fraction(1, 10)
    facts = Facts(1.0, width=20, height=40, degrees=270)
    evener = Evener(facts, rung=Rung("20p", 20, 40, 100), rate=Fraction(10))
    (upright,) = [*evener.take(frame, start=0.0), *evener.end()]
    shown = upright.to_image().convert("L")
    assert shown.size == (20, 40)
    assert shown.getpixel((10, 5)) > 200
    assert shown.getpixel((10, 35)) < 50


def _colours(image: Image.Image) -> list[tuple[int, tuple[int, int, int]]]:
    found: Any = image.getcolors(image.width * image.height)
    return list(found)


def _keys(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time or 0.0 for frame in container.decode(video=0) if frame.key_frame]


def _seconds(path: Path) -> float:
    with av.open(str(path)) as container:
        return max(frame.time or 0.0 for frame in container.decode(audio=0))


async def _nobody(percent: int) -> None:
    """Nobody follows."""
