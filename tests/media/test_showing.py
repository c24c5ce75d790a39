"""What pages are offered of a picture."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

from hub.settings import install_settings
from media.renditions import RATIOS, rendition_named
from media.showing import (
    AspectRatio,
    ImageFormat,
    Picture,
    private_picture,
    public_picture,
    sha256_in,
)
from media.signing import PRIVATE_PATH, grant_in
from tests.conftest import make_settings

SHA = "ab" * 32
ADDRESS = f"/media/public/{SHA}.jpg"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEBP, JPEG = ImageFormat.WEBP, ImageFormat.JPEG


def shown(width: int = 1000, height: int = 500, x: float | None = None) -> Picture:
    focal = {"focal_x": x, "focal_y": None if x is None else 0.204}
    return public_picture(ADDRESS, SimpleNamespace(width=width, height=height, **focal))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (ADDRESS, SHA),
        (None, None),
        ("", None),
        ("https://example.com/a.jpg", None),
        (f"https://example.com{ADDRESS}", None),
        (f"/media/public/{SHA}", None),
        (f"/media/public/{SHA}/w80.webp", None),
        (f"/media/private/{SHA}.jpg", None),
        (ADDRESS + "\n", None),
    ],
)
def test_which_addresses_are_of_ours(address: str | None, expected: str | None) -> None:
    assert sha256_in(address) == expected


def test_a_srcset_ends_with_the_picture_itself() -> None:
    found = shown(1000).srcset([160, 640, 1280], form=WEBP)
    folder = f"/media/public/{SHA}"
    assert found == f"{folder}/w160.webp 160w, {folder}/w640.webp 640w, {folder}/w1280.webp 1000w"


def test_nothing_wider_than_the_picture() -> None:
    found = shown(200).srcset(None, form=WEBP)
    assert found is not None
    assert [each.split()[1] for each in found.split(", ")] == ["80w", "160w", "200w"]
    assert "w320.webp 200w" in found


def test_a_piece_is_as_wide_as_it_can_be() -> None:
    found = shown(1000, 500).srcset(None, form=JPEG, ratio=AspectRatio.SQUARE)
    assert found is not None
    assert found.endswith("w640-1x1-50-50.jpg 500w")


def test_widths_are_those_of_the_list() -> None:
    found = shown(5000).srcset([1, 100, 150, 99_999], form=WEBP)
    assert found is not None
    assert [each.split()[1] for each in found.split(", ")] == ["80w", "160w", "1920w"]
    assert (shown().resized(300, form=WEBP) or "").endswith("/w320.webp")
    assert (shown().resized(9_999, form=WEBP) or "").endswith("/w1920.webp")
    assert (shown().resized(-5, form=WEBP) or "").endswith("/w80.webp")


def test_pieces_are_cut_around_the_focal_point() -> None:
    found = shown(x=0.666).resized(320, form=WEBP, ratio=AspectRatio.LANDSCAPE_16_9)
    assert (found or "").endswith("/w320-16x9-67-20.webp")


def test_whatever_is_offered_may_be_had() -> None:
    assert {each.value for each in AspectRatio} == set(RATIOS)
    for form in ImageFormat:
        for ratio in [None, *AspectRatio]:
            for entry in (shown().srcset(None, form=form, ratio=ratio) or "").split(", "):
                assert rendition_named(entry.split()[0].rpartition("/")[2]) is not None


def test_a_picture_nobody_knows_the_size_of() -> None:
    found = public_picture(ADDRESS, None)
    assert (found.width, found.focus) == (None, None)
    assert len((found.srcset(None, form=WEBP) or "").split(", ")) == 8


def test_a_picture_that_lies_elsewhere() -> None:
    found = Picture("https://example.com/a.jpg")
    assert found.srcset(None, form=WEBP) is None
    assert found.resized(100, form=WEBP) is None


def test_each_size_of_a_private_picture_has_its_own_address(tmp_path: object) -> None:
    install_settings(make_settings(tmp_path))  # type: ignore[arg-type]
    asset = SimpleNamespace(
        id=UUID(int=7), name="收据.jpg", width=900, height=600, focal_x=None, focal_y=None
    )
    found = private_picture(asset, now=NOW)
    grants = []
    for address in (found.url, found.resized(80, form=WEBP) or ""):
        token = address.removeprefix(PRIVATE_PATH).partition("/")[0]
        grants.append(grant_in(token, name="收据.jpg", now=NOW))
    assert [each.variant for each in grants if each] == ["", "w80.webp"]
