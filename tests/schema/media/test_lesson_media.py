"""What a lesson is watched and heard from, over GraphQL."""

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

import pytest

from hub.settings import Settings
from media.kinds import AssetState
from media.signing import grant_in
from schema.media.films import DOWNLOAD_LASTS
from tests.factories import learning
from tests.factories.assets import address, asset
from tests.factories.identity import NOW
from tests.schema.client import GraphQLClient, graphql_client

LESSONS = """
query Lessons($first: Int!) {
  courses(first: 1) { nodes { lessons(first: $first) { nodes { slug isDownloadAllowed
    video { state progress failure durationSeconds width height hlsUrl posterUrl transcript
      captions { language label url } }
    audio { state durationSeconds url captions { url } transcript }
  } } } }
}
"""


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[GraphQLClient]:
    async with graphql_client(database, now=NOW) as client:
        yield client


async def _lessons(client: GraphQLClient) -> list[dict[str, object]]:
    data = await client.ask(LESSONS, {"first": 20})
    lessons: list[dict[str, object]] = data["courses"]["nodes"][0]["lessons"]["nodes"]
    return lessons


async def test_a_film_that_is_ready_is_played_with_captions(client: GraphQLClient) -> None:
    film = await asset(width=640, height=360, duration_seconds=12.5, has_audio=True)
    captions = await asset("zh.vtt", transcript="先看头盔。\n再看带扣。")
    await learning.lesson(
        video_url=address(film), captions_url=address(captions), is_download_allowed=True
    )
    (lesson,) = await _lessons(client)
    made = f"/media/public/{film.sha256}"
    assert lesson["isDownloadAllowed"] is True
    assert lesson["video"] == {
        "state": "READY",
        "progress": 100,
        "failure": None,
        "durationSeconds": 12.5,
        "width": 640,
        "height": 360,
        "hlsUrl": f"{made}/hls/master.m3u8",
        "posterUrl": f"{made}/poster.jpg",
        "transcript": "先看头盔。\n再看带扣。",
        "captions": [{"language": "zh-Hans", "label": "中文", "url": address(captions)}],
    }
    assert lesson["audio"] is None


async def test_a_film_that_is_not_ready_has_nothing_to_play(client: GraphQLClient) -> None:
    film = await asset(state=AssetState.PROCESSING, progress=40)
    poster = "/media/public/" + "a" * 64 + ".png"
    course = await learning.course()
    await learning.lesson(course_id=course.id, video_url=address(film))
    torn = await asset(state=AssetState.FAILED, progress=0, failure="truncated")
    await learning.lesson(
        course_id=course.id, position=2, video_url=address(torn), poster_url=poster
    )
    made, failed = [lesson["video"] for lesson in await _lessons(client)]
    assert isinstance(made, dict)
    assert isinstance(failed, dict)
    assert (made["state"], made["progress"]) == ("PROCESSING", 40)
    assert (made["hlsUrl"], made["posterUrl"]) == (None, None)
    assert (failed["state"], failed["failure"]) == ("FAILED", "truncated")
    assert (failed["hlsUrl"], failed["posterUrl"]) == (None, poster)


async def test_what_is_not_public_is_not_there(client: GraphQLClient) -> None:
    film = await asset(is_shown=False)
    captions = await asset("zh.vtt", is_shown=False, transcript="秘密")
    sound = await asset("talk.ogg", duration_seconds=3.0)
    await learning.lesson(
        video_url=address(film), audio_url=address(sound), captions_url=address(captions)
    )
    (lesson,) = await _lessons(client)
    assert lesson["video"] is None
    assert lesson["audio"] == {
        "state": "READY",
        "durationSeconds": 3.0,
        "url": f"/media/public/{sound.sha256}/audio.m4a",
        "captions": [],
        "transcript": None,
    }


async def test_a_file_is_downloaded_where_its_editors_allow_it(client: GraphQLClient) -> None:
    film = await asset("安全第一课.mp4")
    course = await learning.course()
    for position, is_allowed in enumerate((True, False), 1):
        await learning.lesson(
            course_id=course.id,
            position=position,
            video_url=address(film),
            is_download_allowed=is_allowed,
        )
    document = "{ courses(first: 1) { nodes { lessons { nodes { video { downloadUrl } } } } } }"
    data = await client.ask(document)
    lessons = data["courses"]["nodes"][0]["lessons"]["nodes"]
    allowed, refused = [lesson["video"]["downloadUrl"] for lesson in lessons]
    assert refused is None
    path, _, query = allowed.partition("?")
    assert query == "download"
    token, _, name = path.removeprefix("/media/private/").partition("/")
    grant = grant_in(token, name=unquote(name), now=NOW)
    assert grant is not None
    assert (grant.asset_id, grant.variant, name) == (film.id, "", quote("安全第一课.mp4"))
    assert grant.ends_at - NOW >= DOWNLOAD_LASTS


async def test_of_equal_files_the_one_that_is_furthest_counts(client: GraphQLClient) -> None:
    ready = await asset()
    await asset(sha256=ready.sha256, state=AssetState.STORED, progress=0)
    await asset(sha256=ready.sha256, state=AssetState.FAILED, progress=0, failure="given_up")
    await learning.lesson(video_url=address(ready))
    (lesson,) = await _lessons(client)
    assert isinstance(lesson["video"], dict)
    assert lesson["video"]["state"] == "READY"


async def test_statements_do_not_grow_with_lessons(client: GraphQLClient) -> None:
    course = await learning.course()
    counts = []
    for position in range(1, 7):
        film, sound = await asset(), await asset("talk.ogg")
        await learning.lesson(
            course_id=course.id,
            position=position,
            video_url=address(film),
            audio_url=address(sound),
        )
        if position in (2, 6):
            counts.append(len((await client.send(LESSONS, {"first": 20})).statements))
    assert counts == [4, 4]
