"""Who sends the bytes: the hub out of a bucket, nginx in front of it, or the bucket itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub import clock
from hub.media_settings import ServeMode
from hub.settings import Settings, install_settings
from media.signing import private_address
from media.storage import derived_key
from tests.media.buckets import (
    ACCESS_KEY_ID,
    REGION,
    SECRET,
    new_bucket,
    running_bucket_server,
)
from tests.media.desk import Desk, opened, opened_picture, picture

VIDEO = bytes(range(256)) * 4_000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_bucket_server() as address:
        yield address


@pytest.fixture
def in_bucket(settings: Settings, server: str) -> dict[str, Any]:
    """What a hub is told whose media lie in a bucket."""
    return {
        "media_url": f"s3://{new_bucket(server)}/media",
        "media_s3_endpoint": server,
        "media_s3_region": REGION,
        "media_s3_access_key_id": ACCESS_KEY_ID,
        "media_s3_secret_access_key": SECRET,
    }


def told(settings: Settings, **values: Any) -> Settings:
    changed = settings.model_copy(update=values)
    install_settings(changed)
    return changed


async def fetched(desk: Desk, path: str, **headers: str) -> httpx.Response:
    """What is there now: a bucket knows no other time than its own."""
    return await desk.get(path, now=clock.now(), **headers)


async def test_the_hub_hands_out_what_lies_in_a_bucket(
    settings: Settings, in_bucket: dict[str, Any]
) -> None:
    async with opened(told(settings, **in_bucket)) as desk:
        asset = await desk.put(VIDEO)
        path = f"/media/public/{asset.sha256}.mp4"
        whole = await fetched(desk, path)
        assert (whole.status_code, whole.content) == (200, VIDEO)
        part = await fetched(desk, path, range="bytes=-300")
        assert (part.status_code, part.content) == (206, VIDEO[-300:])
        shown = await desk.put(picture(800, 600), "image/jpeg")
        small = await fetched(desk, f"/media/public/{shown.sha256}/w80.webp")
        assert opened_picture(small.content).size == (80, 60)
        again = await fetched(
            desk, f"/media/public/{shown.sha256}/w80.webp", if_none_match=small.headers["etag"]
        )
        assert again.status_code == 304


async def test_a_redirect_leads_to_the_bucket(
    settings: Settings, in_bucket: dict[str, Any]
) -> None:
    changed = told(settings, **in_bucket, media_serve=ServeMode.REDIRECT)
    async with opened(changed) as desk, httpx.AsyncClient(trust_env=False) as outside:
        asset = await desk.put(VIDEO)
        answer = await fetched(desk, f"/media/public/{asset.sha256}.mp4?download")
        assert (answer.status_code, answer.content) == (302, b"")
        assert answer.headers["cache-control"] == "public, max-age=10800"
        found = await outside.get(answer.headers["location"], headers={"range": "bytes=5-9"})
        assert (found.status_code, found.content) == (206, VIDEO[5:10])
        assert found.headers["content-type"] == "video/mp4"
        assert found.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        missing = await fetched(desk, f"/media/public/{asset.sha256}/poster.jpg")
        assert missing.status_code == 404


async def test_playlists_come_from_where_their_addresses_do(
    settings: Settings, in_bucket: dict[str, Any]
) -> None:
    changed = told(settings, **in_bucket, media_serve=ServeMode.REDIRECT)
    async with opened(changed) as desk:
        asset = await desk.put(VIDEO)
        for name in ("hls/master.m3u8", "hls/240p/0001.m4s"):
            await desk.storage.put_bytes(derived_key(str(asset.sha256), name), b"#EXTM3U")
        playlist = await fetched(desk, f"/media/public/{asset.sha256}/hls/master.m3u8")
        assert (playlist.status_code, playlist.content) == (200, b"#EXTM3U")
        segment = await fetched(desk, f"/media/public/{asset.sha256}/hls/240p/0001.m4s")
        assert segment.status_code == 302


async def test_a_redirect_to_what_is_private_lasts_no_longer_than_its_address(
    settings: Settings, in_bucket: dict[str, Any]
) -> None:
    changed = told(settings, **in_bucket, media_serve=ServeMode.REDIRECT)
    async with opened(changed) as desk:
        asset = await desk.put(b"%PDF-1.7", "application/pdf", is_shown=False)
        asked_at = clock.now()
        path = private_address(asset.id, name="a.pdf", now=asked_at)
        answer = await desk.get(path, now=asked_at)
        assert answer.status_code == 302
        assert answer.headers["cache-control"].startswith("private, max-age=")
        lasts = int(httpx.URL(answer.headers["location"]).params["X-Amz-Expires"])
        assert 600 <= lasts <= 900
        assert (await desk.get(path, now=asked_at + timedelta(minutes=20))).status_code == 404


async def test_nginx_is_told_where_a_file_lies(settings: Settings) -> None:
    async with opened(told(settings, media_serve=ServeMode.X_ACCEL)) as desk:
        asset = await desk.put(VIDEO)
        sha256 = str(asset.sha256)
        answer = await fetched(desk, f"/media/public/{sha256}.mp4", range="bytes=0-9")
        assert (answer.status_code, answer.content) == (200, b"")
        place = f"/_media/blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        assert answer.headers["x-accel-redirect"] == place
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        shown = await desk.put(picture(800, 600), "image/jpeg")
        small = await fetched(desk, f"/media/public/{shown.sha256}/w80.webp")
        assert small.headers["x-accel-redirect"] == (
            "/_media/" + derived_key(str(shown.sha256), "w80.webp")
        )
        hidden = await desk.put(VIDEO + b"x", is_shown=False)
        refused = await fetched(desk, f"/media/public/{hidden.sha256}.mp4")
        assert refused.status_code == 404
        assert "x-accel-redirect" not in refused.headers
