"""A lesson's film in a real browser, as a front end plays it: by HLS and by ranges."""

import asyncio
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from playwright.sync_api import Page

from hub.database import close_database, open_database
from hub.illustrations.making import illustrate
from hub.loading import load_folder
from hub.settings import Settings, install_settings
from tests.conftest import make_settings
from tests.hub.content.folders import COURSE, LESSONS, SMALL, write
from tests.node import install
from tests.server import running_server

PLAYER = Path(__file__).parent / "player" / "player.js"
LINES = ("先喊人，再按压。", "每分钟一百到一百二十次。", "按下五到六厘米。", "等专业人员到来。")
MEDIA = f"""
- {{name: cover, kind: picture, title: 急救入门, palette: green, motif: waves}}
- name: breathing
  kind: film
  title: 按压与通气
  lines: [{", ".join(LINES)}]
"""
SECONDS = 19
FILES = {
    **SMALL,
    "media": MEDIA,
    "courses": COURSE.replace("  level:", "  cover_url: media:cover\n  level:", 1),
    "lessons": LESSONS.replace(
        "duration_seconds: 600",
        f"duration_seconds: {SECONDS}, video_url: media:breathing, "
        "captions_url: media:breathing/captions, download_allowed: true",
    ),
}
PAGE = "<!doctype html><video muted playsinline></video><img><script src=hls.js></script>"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """hls.js as it is published, and the page's own script."""
    folder = install(PLAYER, tmp_path_factory.mktemp("player"))
    library = folder / "node_modules" / "hls.js" / "dist" / "hls.min.js"
    return library.read_text(encoding="utf-8"), PLAYER.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with a course whose first lesson has a film."""
    folder = tmp_path_factory.mktemp("hub")
    shutil.copy(sqlite_template, folder / "hub.sqlite3")
    values = make_settings(folder)
    install_settings(values)
    asyncio.run(_loaded(values, folder / "district"))
    handlers = list(logging.getLogger().handlers)
    with running_server(values) as address:
        yield address
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


async def _loaded(values: Settings, folder: Path) -> None:
    await open_database(values)
    try:
        await load_folder(write(folder, **FILES), illustrate=illustrate)
    finally:
        await close_database()


@pytest.fixture
def player(address: str, tab: Page, scripts: tuple[str, str]) -> Page:
    """A page of the hub's own origin with a player in it."""
    library, own = scripts
    page = f"{PAGE}<script>{own}</script>"
    tab.route("**/player/", lambda route: route.fulfill(body=page, content_type="text/html"))
    tab.route(
        "**/player/hls.js",
        lambda route: route.fulfill(body=library, content_type="text/javascript"),
    )
    tab.goto(f"{address}/player/")
    return tab


def lesson(player: Page) -> dict[str, Any]:
    found: dict[str, Any] = player.evaluate("ask('l1')")
    return found


def difference(one: list[int], other: list[int]) -> float:
    """How far two pictures lie apart: 0 for the same, 765 for black and white."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_a_film_plays_and_a_seek_shows_its_middle(player: Page) -> None:
    asked: list[str] = []
    player.on("request", lambda request: asked.append(request.url))
    film = lesson(player)["video"]
    assert film["durationSeconds"] == pytest.approx(SECONDS, abs=0.2)
    assert player.evaluate("film => playHls(film)", film) >= 2
    assert player.evaluate("played(1)") >= 1
    assert player.evaluate("track => caption(track)", film["captions"][0]) == len(LINES) + 1
    before = player.evaluate("picture()")
    middle = 13.0  # in the third line: the title takes 3 s, each line 4
    assert player.evaluate("at => seek(at)", middle) == pytest.approx(middle, abs=0.2)
    player.wait_for_function(f"shown() === '{LINES[2]}'")
    after = player.evaluate("picture()")
    assert difference(before, before) == 0
    assert difference(before, after) > 5
    assert player.evaluate("played(1)") >= 1
    assert player.evaluate("seek(1)") == pytest.approx(1, abs=0.2)
    assert difference(before, player.evaluate("picture()")) < difference(before, after)
    assert any("/hls/" in url for url in asked)


def test_the_file_itself_seeks_by_ranges(player: Page) -> None:
    statuses: list[tuple[int, str | None]] = []

    def note(response: Any) -> None:
        if "/media/private/" in response.url:
            statuses.append((response.status, response.headers.get("content-range")))

    player.on("response", note)
    film = lesson(player)["video"]
    player.evaluate("url => playFile(url)", film["downloadUrl"])
    assert player.evaluate("seek(15)") == pytest.approx(15, abs=0.2)
    assert player.evaluate("played(0.5)") >= 0.5
    assert statuses
    assert {status for status, _ in statuses} == {206}
    assert all(place is not None and place.startswith("bytes ") for _, place in statuses)


def test_pictures_are_shown_in_the_size_that_was_asked_for(player: Page) -> None:
    found = lesson(player)
    show = """url => new Promise((resolve, reject) => {
      const image = document.querySelector("img");
      image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
      image.onerror = reject;
      image.src = url;
    })"""
    cover = found["course"]["cover"]
    assert player.evaluate(show, cover["url"]) == [1280, 720]
    assert player.evaluate(show, cover["resized"]) == [320, 180]
    assert player.evaluate(show, found["video"]["posterUrl"]) == [640, 360]
