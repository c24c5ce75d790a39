"""The README's section about pictures and films: a lesson to watch, and an editor's new cover."""

import io
import re
import shlex

import httpx
import pytest
from PIL import Image

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.house import Caller, House, wait_for
from tests.stories.readme import commands, section, sent

EDITOR = "13800000002"
DRAWING_SECONDS = 300.0
"""What drawing the sample's films may take where many others use the machine."""
FILM, UPLOAD, PUT = commands(section("Pictures and films"))
COURSE = """{ course(by: {slug: "ebike-safety-basics"}) { id version
  cover { url width resized(width: 320, format: WEBP) } } }"""
ASSET = """query($id: ID!) { node(id: $id) { ... on Upload { state asset { id isPublic } } } }"""
ATTACH = """mutation($input: AttachAssetInput!) { attachAsset(input: $input) {
  asset { isPublic } revision { number } errors { code message } } }"""
PUBLISH = """mutation($input: ItemsInput!) { publish(input: $input) {
  errors { code message } } }"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # films take a core's time
def test_the_section_works_as_it_stands(house: House) -> None:
    house.run("load", "districts/yinzhou", timeout_seconds=DRAWING_SECONDS)
    film = sent(house, FILM, {})
    played = film["video"]
    assert played["durationSeconds"] == pytest.approx(19, abs=0.5)
    assert "3C" in played["transcript"]
    playlist = get(house, played["hlsUrl"])
    assert playlist.text.startswith("#EXTM3U")
    rungs = [line for line in playlist.text.splitlines() if line and not line.startswith("#")]
    assert "240p.m3u8" in rungs
    assert get(house, played["captions"][0]["url"]).text.startswith("WEBVTT")
    assert get(house, played["posterUrl"]).headers["content-type"] == "image/jpeg"
    whole = get(house, played["downloadUrl"])
    assert whole.headers["content-disposition"].startswith("attachment")
    sizes = re.findall(r"(\S+) (\d+)w", film["course"]["cover"]["srcset"])
    assert [width for _, width in sizes] == ["320", "640"]
    for path, width in sizes:
        with Image.open(io.BytesIO(get(house, path).content)) as image:
            assert image.size == (int(width), int(width) * 9 // 16)


@pytest.mark.slow
def test_an_editor_s_cover_is_public_when_it_is_published(house: House) -> None:
    house.run("user", "sample")
    editor = Caller(house, EDITOR)
    editor.sign_in(secret=SAMPLE_TOTP_SECRET)
    picture = io.BytesIO()
    Image.new("RGB", (1000, 500), (200, 40, 40)).save(picture, "JPEG")
    content = picture.getvalue()

    known = {"EDITOR_TOKEN": editor.access_token, "SIZE": str(len(content))}
    upload = sent(house, UPLOAD, known)["upload"]
    put(house, {**known, "UPLOAD_URL": upload["url"]}, content)
    found = editor.ask(ASSET, id=upload["id"])
    assert found == {"state": "STORED", "asset": {**found["asset"], "isPublic": False}}
    course = editor.ask(COURSE)
    assert course["cover"] is None
    attached = editor.done(
        ATTACH,
        assetId=found["asset"]["id"],
        to=course["id"],
        slot="COVER",
        expectedVersion=course["version"],
    )
    assert attached["asset"]["isPublic"] is True
    assert editor.ask(COURSE)["cover"] is None, "a draft shows nothing"
    editor.done(PUBLISH, ids=[course["id"]], expectedVersions=[attached["revision"]["number"]])
    cover = wait_for(lambda: editor.ask(COURSE)["cover"])
    assert cover["width"] == 1000
    with Image.open(io.BytesIO(get(house, cover["resized"]).content)) as image:
        assert (image.format, image.size) == ("WEBP", (320, 160))


def get(house: House, path: str) -> httpx.Response:
    answer = httpx.get(house.url + path, timeout=30)
    assert answer.status_code == 200, path
    return answer


def put(house: House, known: dict[str, str], content: bytes) -> None:
    """The command of the README that sends a file."""
    command = PUT
    for name, value in known.items():
        command = command.replace(name, value)
    words = shlex.split(command)
    assert words[:5] == ["curl", "-s", "-T", "cover.jpg", "-H"]
    name, value = words[5].split(": ", 1)
    address = words[6].replace("http://127.0.0.1:8000", house.url)
    answer = httpx.put(address, content=content, headers={name: value}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "STORED"
