"""Files on content and places: whose, where, as what, and who sees them when."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from hub.auth import Actor, Grant, Role, Scope, ScopeKind
from hub.database import fetch_all
from hub.ids import new_id
from hub.settings import Settings, install_settings
from media.kinds import AssetState
from schema.relay import encode_id
from tests.factories import assets, directory, learning
from tests.factories.assets import address
from tests.factories.editors import NOW, actor
from tests.schema.acting import ActingClient, acting_client

ATTACH = """mutation($input: AttachAssetInput!) { attachAsset(input: $input) {
  asset { isPublic url } revision { itemId state changes { path after } }
  place { version photos { url alt } } errors { code path } } }"""
PUBLISH = """mutation($input: ItemsInput!) { publish(input: $input) { errors { code } } }"""
TABLES = ("course", "lesson", "place", "revision", "media_asset", "audit_entry")


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client of an editor of the district."""
    async with acting_client(database, now=NOW) as client:
        client.actor = actor(Role.EDITOR)
        yield client


async def _mine(client: ActingClient, name: str = "cover.png", **values: Any) -> Any:
    """A file of the caller's own that nothing shows yet."""
    given = {"uploaded_by": client.actor.person_id, "is_shown": False, **values}
    return await assets.asset(name, **given)


def _input(file: Any, to: tuple[str, Any], slot: str, **given: Any) -> dict[str, Any]:
    ids = {"assetId": encode_id("Asset", file.id), "to": encode_id(to[0], to[1].id)}
    return {**ids, "slot": slot, "expectedVersion": to[1].version, **given}


async def _attach(client: ActingClient, given: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.ask(ATTACH, {"input": given}))["attachAsset"]
    return payload


async def _rows() -> list[Any]:
    found = [await fetch_all(f'SELECT * FROM "{each}" ORDER BY id', []) for each in TABLES]
    return [[tuple(row) for row in rows] for rows in found]


async def _refused(client: ActingClient, given: dict[str, Any]) -> tuple[str, list[str]]:
    before = await _rows()
    payload = await _attach(client, given)
    assert await _rows() == before
    assert payload["asset"] is payload["revision"] is payload["place"] is None
    (error,) = payload["errors"]
    return error["code"], error["path"]


async def test_a_cover_is_seen_with_the_publication(client: ActingClient) -> None:
    course, cover = await learning.course(), await _mine(client)
    payload = await _attach(client, _input(cover, ("Course", course), "COVER"))
    assert payload["errors"] == []
    assert payload["asset"] == {"isPublic": True, "url": address(cover)}
    assert [each["path"] for each in payload["revision"]["changes"]] == ["coverUrl"]
    shown = "query($id: ID!) { course(by: {id: $id}) { coverUrl } }"
    key = encode_id("Course", course.id)
    assert (await client.ask(shown, {"id": key}))["course"]["coverUrl"] is None
    newest = await fetch_all('SELECT MAX(number) FROM "revision"', [])
    step = {"ids": [key], "expectedVersions": [newest[0][0]]}
    assert (await client.ask(PUBLISH, {"input": step}))["publish"]["errors"] == []
    assert (await client.ask(shown, {"id": key}))["course"]["coverUrl"] == address(cover)
    told = await fetch_all("SELECT action FROM audit_entry WHERE action = 'assets.attached'", [])
    assert len(told) == 1


async def test_a_lesson_takes_a_film_a_poster_and_captions(client: ActingClient) -> None:
    lesson = await learning.lesson()
    version = lesson.version
    for slot, name in (("VIDEO", "a.mp4"), ("POSTER", "a.png"), ("CAPTIONS", "a.vtt")):
        file = await _mine(client, name)
        given = _input(file, ("Lesson", lesson), slot) | {"expectedVersion": version}
        payload = await _attach(client, given)
        assert payload["errors"] == [], slot
        version = (await fetch_all('SELECT MAX(number) FROM "revision"', []))[0][0]
    rows = await fetch_all('SELECT "values" FROM "revision" ORDER BY number DESC', [])
    assert all(key in str(rows[0][0]) for key in ("video_url", "poster_url", "captions_url"))


async def test_a_picture_of_a_place_is_live_at_once(client: ActingClient) -> None:
    shop = await directory.merchant()
    keeper = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.id))
    client.actor = Actor(person_id=new_id(), session_id=new_id(), grants=(keeper,))
    version = shop.version
    for count, alt in enumerate(("门面", "店内"), 1):
        file = await _mine(client)
        given = _input(file, ("Merchant", shop), "PHOTO", alt=alt) | {"expectedVersion": version}
        payload = await _attach(client, given)
        assert payload["errors"] == []
        photos = payload["place"]["photos"]
        assert (len(photos), photos[-1]) == (count, {"url": address(file), "alt": alt})
        version = payload["place"]["version"]


async def test_pictures_of_a_place_wait_together_for_a_reviewer(
    client: ActingClient, database: Settings
) -> None:
    install_settings(database.model_copy(update={"review_merchant_wording": True}))
    shop = await directory.merchant()
    keeper = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.id))
    client.actor = Actor(person_id=new_id(), session_id=new_id(), grants=(keeper,))
    for alt in ("门面", "店内"):
        file = await _mine(client)
        payload = await _attach(client, _input(file, ("Merchant", shop), "PHOTO", alt=alt))
        assert payload["errors"] == []
        assert payload["place"]["photos"] == []
    rows = await fetch_all("SELECT wording FROM revision WHERE state = 'submitted'", [])
    assert len(rows) == 1
    assert all(alt in _text(rows[0][0]) for alt in ("门面", "店内"))


async def test_what_is_not_ones_own_is_not_there(client: ActingClient) -> None:
    course, theirs = await learning.course(), await assets.asset("a.png", uploaded_by=new_id())
    mine = await _mine(client)
    missing = ("NOT_FOUND", ["input", "assetId"])
    assert await _refused(client, _input(theirs, ("Course", course), "COVER")) == missing
    gone = _input(mine, ("Course", course), "COVER") | {"to": encode_id("Course", new_id())}
    assert await _refused(client, gone) == ("NOT_FOUND", ["input", "to"])
    shop = await directory.merchant()
    client.actor = Actor(person_id=client.actor.person_id, session_id=new_id())
    given = _input(mine, ("Merchant", shop), "PHOTO", alt="门面")
    assert await _refused(client, given) == ("NOT_FOUND", ["input", "to"])


async def test_a_file_has_to_fit(client: ActingClient) -> None:
    course, lesson = await learning.course(), await learning.lesson()
    shop = await directory.merchant()
    film, paper = await _mine(client, "a.mp4"), await _mine(client, "a.pdf")
    picture = await _mine(client)
    torn = await _mine(client, "b.mp4", state=AssetState.FAILED, failure="truncated")
    misfit, nowhere = ("INVALID", ["input", "assetId"]), ("INVALID", ["input", "slot"])
    for file, to, slot, refusal in (
        (film, ("Course", course), "COVER", misfit),
        (paper, ("Course", course), "COVER", misfit),
        (picture, ("Lesson", lesson), "VIDEO", misfit),
        (torn, ("Lesson", lesson), "VIDEO", misfit),
        (picture, ("Course", course), "PHOTO", nowhere),
        (film, ("Course", course), "VIDEO", nowhere),
        (picture, ("Merchant", shop), "COVER", nowhere),
    ):
        assert await _refused(client, _input(file, to, slot, alt="门面")) == refusal
    unworded = _input(picture, ("Merchant", shop), "PHOTO", alt=" ")
    assert await _refused(client, unworded) == ("INVALID", ["input", "alt"])


async def test_a_version_that_has_passed_is_refused(client: ActingClient) -> None:
    course, cover = await learning.course(), await _mine(client)
    late = _input(cover, ("Course", course), "COVER") | {"expectedVersion": 99}
    assert (await _refused(client, late))[0] == "VERSION_CONFLICT"


def _text(column: Any) -> str:
    """A column of JSON as text, which SQLite gives with its characters escaped."""
    return str(orjson.loads(column) if isinstance(column, str) else column)
