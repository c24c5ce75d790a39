"""A lesson of the sample in a real browser: played, and wound to its middle."""

import asyncio
import io
import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from PIL import Image
from playwright.sync_api import Browser, Page, Response, sync_playwright

from hub.database import close_database, open_database
from hub.illustrations.making import illustrate
from hub.loading import load_folder
from hub.settings import Settings, install_settings
from tests.conftest import SAMPLE, make_settings
from tests.node import install
from tests.server import running_server

CHROMIUM = os.environ.get("HUB_TEST_CHROMIUM") or shutil.which("chromium")
PLAYER = Path(__file__).parent / "player" / "player.js"
ELSEWHERE = "http://pages.localhost"
"""The origin of a front end that is not the hub's."""

LESSON = """{ lesson(by: {slug: "ebike-safety-basics-helmet"}) { durationSeconds video {
  state hlsUrl posterUrl downloadUrl durationSeconds transcript captions { url label } } } }"""
MIDDLE = 12.5
SAID = "带扣与下巴之间留一到两指的空隙。"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(sqlite_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with the sample and what the loader draws for it."""
    folder = tmp_path_factory.mktemp("hub")
    shutil.copy(sqlite_sample, folder / "hub.sqlite3")
    values = make_settings(folder)
    with ThreadPoolExecutor(1) as apart:  # the browser's driver has a loop in this thread
        apart.submit(asyncio.run, _drawn(values)).result()
    install_settings(values)
    handlers = list(logging.getLogger().handlers)
    with running_server(values) as address:
        yield address
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


async def _drawn(values: Settings) -> None:
    install_settings(values)
    await open_database(values)
    try:
        await load_folder(SAMPLE, illustrate=illustrate)
    finally:
        await close_database()


@pytest.fixture(scope="module")
def film(address: str) -> dict[str, Any]:
    """The lesson's film, as the API tells of it; addresses are whole."""
    answer = httpx.post(f"{address}/graphql", json={"query": LESSON}).json()
    lesson = answer["data"]["lesson"]
    video: dict[str, Any] = lesson["video"]
    assert video["state"] == "READY"
    assert video["durationSeconds"] == pytest.approx(lesson["durationSeconds"], abs=0.2)
    for key in ("hlsUrl", "posterUrl", "downloadUrl"):
        video[key] = address + video[key]
    video["captionsUrl"] = address + video["captions"][0]["url"]
    return video


@pytest.fixture(scope="module")
def hls_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """hls.js, installed outside of the source tree."""
    folder = install(PLAYER, tmp_path_factory.mktemp("player"))
    return folder / "node_modules" / "hls.js" / "dist" / "hls.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                *("--no-sandbox", "--disable-gpu"),
                "--autoplay-policy=no-user-gesture-required",
                # The page stands for one on the internet, and the hub is on this machine.
                "--disable-features=LocalNetworkAccessChecks",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, hls_js: Path) -> Iterator[Page]:
    """A page of another origin with the player."""
    page = browser.new_page()
    page.route("**/page", lambda route: route.fulfill(body="<!doctype html><body>"))
    page.route(
        "**/player.js",
        lambda route: route.fulfill(body=PLAYER.read_text(), content_type="text/javascript"),
    )
    page.goto(f"{ELSEWHERE}/page")
    page.add_script_tag(path=hls_js)
    yield page
    page.close()


def test_a_lesson_is_played_and_wound_to_its_middle(page: Page, film: dict[str, Any]) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    _show(page, hlsUrl=film["hlsUrl"], captionsUrl=film["captionsUrl"])
    _play(page)
    _wind(page, MIDDLE)
    assert _share_seen(page) == pytest.approx(MIDDLE / film["durationSeconds"], abs=0.02)
    said = page.evaluate("document.querySelector('track').track.activeCues[0].text")
    assert said == SAID
    assert SAID in film["transcript"]
    assert page.evaluate("[window.faults, window.levels]") == [[], [240, 360]]
    pieces = [each for each in answers if each.url.endswith(".mp4")]
    assert {each.status for each in pieces} == {206}
    assert {each.headers["content-type"] for each in pieces} == {"video/mp4"}


def test_the_file_itself_is_played_and_wound_by_ranges(
    page: Page, address: str, film: dict[str, Any]
) -> None:
    file = film["downloadUrl"].removesuffix("?download")
    page.goto(f"{address}/page")  # private files are for pages of the hub's own origin
    _show(page, fileUrl=file)
    _play(page)
    _wind(page, MIDDLE)
    assert _share_seen(page) == pytest.approx(MIDDLE / film["durationSeconds"], abs=0.02)
    part = httpx.get(file, headers={"range": "bytes=-100"})
    assert (part.status_code, len(part.content)) == (206, 100)


def test_the_poster_is_a_picture_of_the_film(film: dict[str, Any]) -> None:
    answer = httpx.get(film["posterUrl"])
    with Image.open(io.BytesIO(answer.content)) as poster:
        assert (poster.format, poster.size) == ("JPEG", (640, 360))


def _show(page: Page, **film: str) -> None:
    page.evaluate(
        "async (film) => (await import('/player.js')).show(film)", {"hlsUrl": None, **film}
    )


def _play(page: Page) -> None:
    """Play until some of it has been seen, then stop."""
    page.evaluate("void document.querySelector('#film').play()")  # what is wrong, faults say
    page.wait_for_function("document.querySelector('#film').currentTime > 0.3")
    page.evaluate("document.querySelector('#film').pause()")


def _wind(page: Page, seconds: float) -> None:
    """Wind there, and wait for the picture."""
    page.evaluate(f"document.querySelector('#film').currentTime = {seconds}")
    page.wait_for_function(
        "(film) => !film.seeking && film.readyState >= 2",
        arg=page.query_selector("#film"),
    )
    assert page.evaluate("document.querySelector('#film').currentTime") == pytest.approx(seconds)


def _share_seen(page: Page) -> float:
    """How much of the film has passed by the bar at the foot of its picture, which is yellow."""
    shot = page.locator("#film").screenshot()
    with Image.open(io.BytesIO(shot)) as image:
        foot = image.convert("RGB").crop((0, image.height - 3, image.width, image.height - 2))
        colours: Any = foot.getcolors(image.width)
    yellow = sum(count for count, (red, green, _) in colours if red > 220 and green > 180)
    return float(yellow / image.width)
