"""Which rungs a film gets, and what the master playlist says of them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.video.ladder import RUNGS, rungs_of, shown_size
from media.video.pictures import pictures_between_keys, steady_rate
from media.video.playlists import Variant, master_playlist


@pytest.mark.parametrize(
    ("size", "rungs"),
    [
        ((1920, 1080), ["240p 426x240", "480p 854x480", "720p 1280x720"]),
        ((1280, 720), ["240p 426x240", "480p 854x480", "720p 1280x720"]),
        ((720, 1280), ["240p 240x426", "480p 480x854", "720p 720x1280"]),
        ((640, 360), ["240p 426x240", "360p 640x360"]),
        ((480, 270), ["240p 426x240"]),
        ((320, 180), ["180p 320x180"]),
        ((32, 16), ["16p 32x16"]),
    ],
)
def test_a_film_has_the_rungs_that_are_not_larger_than_it(
    size: tuple[int, int], rungs: list[str]
) -> None:
    assert [f"{each.name} {each.width}x{each.height}" for each in rungs_of(*size)] == rungs


@given(st.integers(16, 8_192), st.integers(16, 8_192))
def test_no_rung_is_larger_than_the_film_and_each_is_larger_than_the_last(
    width: int, height: int
) -> None:
    rungs = rungs_of(width, height)
    assert 1 <= len(rungs) <= len(RUNGS) + 1
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width <= width + 1
        assert rung.height <= height + 1
    sides = [min(rung.width, rung.height) for rung in rungs]
    assert sides == sorted(set(sides))


def test_pixels_that_are_not_square_and_cameras_on_their_side_are_made_up_for() -> None:
    assert shown_size(720, 576, pixel_ratio=16 / 15) == (768, 576)
    assert shown_size(1920, 1080, degrees=90) == (1080, 1920)
    assert shown_size(1920, 1080, degrees=180) == (1920, 1080)


@pytest.mark.parametrize(
    ("rate", "steady", "pictures"),
    [
        (25.0, Fraction(25), 100),
        (29.97, Fraction(2997, 100), 120),
        (60.0, Fraction(30), 120),
        (50.0, Fraction(25), 100),
        (0.01, Fraction(1), 4),
    ],
)
def test_pictures_come_at_a_whole_part_of_their_rate(
    rate: float, steady: Fraction, pictures: int
) -> None:
    assert steady_rate(rate) == steady
    assert pictures_between_keys(steady) == pictures


def test_the_master_playlist_starts_small_and_ends_with_the_sound_alone() -> None:
    small = Variant("240p", 200_000, 100_000, "avc1.4d4015", size=(426, 240), rate=25.0)
    sound = Variant("audio", 66_000, 64_000, "mp4a.40.2")
    assert master_playlist([small, sound]).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        (
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,'
            'URI="audio.m3u8"'
        ),
        (
            "#EXT-X-STREAM-INF:BANDWIDTH=266000,AVERAGE-BANDWIDTH=164000,"
            'CODECS="avc1.4d4015,mp4a.40.2",RESOLUTION=426x240,FRAME-RATE=25.000,AUDIO="audio"'
        ),
        "240p.m3u8",
        (
            '#EXT-X-STREAM-INF:BANDWIDTH=66000,AVERAGE-BANDWIDTH=64000,CODECS="mp4a.40.2",'
            'AUDIO="audio"'
        ),
        "audio.m3u8",
    ]


def test_a_silent_film_has_no_sound_to_choose() -> None:
    small = Variant("240p", 200_000, 100_000, "avc1.4d4015", size=(426, 240), rate=25.0)
    assert "audio" not in master_playlist([small]).lower()
