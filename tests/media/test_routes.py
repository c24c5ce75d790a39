"""Files by address, from the whole application: who may have them, and what they are."""

import asyncio
from datetime import timedelta

import pytest

from hub.database import recorded_statements
from hub.settings import Settings
from media.kinds import AssetKind
from media.models import Asset
from media.signing import private_address
from media.storage import derived_key
from tests.media.desk import NOW, Desk, opened, opened_picture, picture

VIDEO = bytes(range(256)) * 4_000
GPS = b"31.0 degrees north"
NOBODY = "0" * 64


def address(asset: Asset, variant: str = "") -> str:
    tail = f"/{variant}" if variant else f".{asset.extension}"
    return f"/media/public/{asset.sha256}{tail}"


async def test_a_public_file(desk: Desk) -> None:
    asset = await desk.put(VIDEO)
    answer = await desk.get(address(asset))
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{asset.sha256}"'
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    part = await desk.get(address(asset), range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, VIDEO[1000:2000])


async def test_a_file_to_keep(desk: Desk) -> None:
    asset = await desk.put(VIDEO)
    answer = await desk.get(f"{address(asset)}?download")
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E7%AC%AC%E4%B8%80%E8%AF%BE.mp4"
    )


async def test_what_is_made_of_a_video(desk: Desk) -> None:
    asset = await desk.put(VIDEO)
    made = {
        "hls/master.m3u8": "application/vnd.apple.mpegurl",
        "hls/240p/0001.m4s": "video/iso.segment",
        "captions.vtt": "text/vtt; charset=utf-8",
    }
    for variant, media_type in made.items():
        await desk.storage.put_bytes(derived_key(str(asset.sha256), variant), b"made")
        answer = await desk.get(address(asset, variant))
        assert (answer.status_code, answer.content) == (200, b"made")
        assert answer.headers["content-type"] == media_type
    assert (await desk.get(address(asset, "hls/720p/0001.m4s"))).status_code == 404


@pytest.mark.parametrize("kind", [AssetKind.VIDEO, AssetKind.AUDIO])
async def test_the_file_itself_of_a_film_is_had_by_a_signed_address_only(
    desk: Desk, kind: AssetKind
) -> None:
    asset = await desk.put(VIDEO, kind=kind)
    assert (await desk.get(address(asset))).status_code == 404
    assert (await desk.get(f"{address(asset)}?download")).status_code == 404
    signed = private_address(asset.id, name=asset.name, now=NOW)
    answer = await desk.get(f"{signed}?download")
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_what_is_not_public_is_not_there(desk: Desk) -> None:
    asset = await desk.put(VIDEO, is_shown=False)
    private = await desk.get(address(asset))
    nobody = await desk.get(f"/media/public/{NOBODY}.mp4")
    assert private.status_code == nobody.status_code == 404
    named = {"requestId"}
    mine, other = (each.json()["errors"][0] for each in (private, nobody))
    assert mine["message"] == other["message"]
    assert mine["extensions"]["code"] == other["extensions"]["code"] == "NOT_FOUND"
    assert mine["extensions"].keys() - named == {"code"}
    assert private.headers["cache-control"] == "no-store"
    await desk.storage.put_bytes(derived_key(str(asset.sha256), "hls/master.m3u8"), b"made")
    assert (await desk.get(address(asset, "hls/master.m3u8"))).status_code == 404


async def test_it_is_enough_that_one_owner_made_it_public(desk: Desk) -> None:
    """The same bytes may be somebody's private document and a public picture."""
    asset = await desk.put(VIDEO, is_shown=False)
    assert (await desk.get(address(asset))).status_code == 404
    await desk.put(VIDEO)
    assert (await desk.get(address(asset))).status_code == 200


async def test_what_is_no_longer_public_is_gone_in_seconds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = await desk.put(VIDEO)
    assert (await desk.get(address(asset))).status_code == 200
    asset.is_shown = False
    await asset.save()
    monkeypatch.setattr("media.holdings._KNOWN_SECONDS", -1.0)
    other = await desk.put(VIDEO + b"x")
    assert (await desk.get(address(other))).status_code == 200
    monkeypatch.setattr("media.holdings.monotonic", lambda: 1e12)
    assert (await desk.get(address(asset))).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/media/public/",
        "/media/public/../private/x",
        "/media/public/{sha}",
        "/media/public/{sha}.",
        "/media/public/{sha}.jpg",
        "/media/public/{SHA}.mp4",
        "/media/public/{sha}.mp4/",
        "/media/public/{sha}/",
        "/media/public/{sha}/%2e%2e/x",
        "/media/public/{sha}/..%2f..%2f..%2f..%2fsecret.key",
        "/media/public/{sha}/a%00.jpg",
        "/media/public/{sha}/%ff.jpg",
        "/media/public/{sha}/.hidden",
        "/media/public/{sha}//w640.webp",
        "/media/public/{sha}/a/b/c/d/e",
        "/media/public/{sha}/" + "a" * 300,
        "/media/public/{sha}.mp4%00.html",
        "/media/public/{sha}.mp4%0d%0ax-injected:1",
        "/media/private/",
        "/media/private/x",
        "/media/private/x/y",
        "/media/private/a.b/c",
        "/media/nothing",
    ],
)
async def test_addresses_that_lead_elsewhere(desk: Desk, path: str) -> None:
    asset = await desk.put(VIDEO)
    sha256 = str(asset.sha256)
    answer = await desk.get(path.replace("{sha}", sha256).replace("{SHA}", sha256.upper()))
    assert answer.status_code == 404
    assert "x-injected" not in answer.headers


async def test_files_are_only_read(desk: Desk) -> None:
    asset = await desk.put(VIDEO)
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = await desk.get(address(asset), method=method)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
    assert (await desk.get(address(asset), method="HEAD")).status_code == 200


async def test_a_picture_is_shown_without_what_its_camera_noted(desk: Desk) -> None:
    content = picture(800, 600, comment=GPS)
    asset = await desk.put(content, "image/jpeg")
    answer = await desk.get(address(asset))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert GPS in content
    assert GPS not in answer.content
    assert opened_picture(answer.content).size == (800, 600)


async def test_renditions_are_made_and_kept(desk: Desk) -> None:
    asset = await desk.put(picture(800, 600), "image/jpeg")
    assert await desk.storage.stat(derived_key(str(asset.sha256), "w320.webp")) is None
    answers = await asyncio.gather(*(desk.get(address(asset, "w320.webp")) for _ in range(8)))
    for answer in answers:
        assert answer.headers["content-type"] == "image/webp"
        assert opened_picture(answer.content).size == (320, 240)
    assert await desk.storage.stat(derived_key(str(asset.sha256), "w320.webp")) is not None
    etag = answers[0].headers["etag"]
    again = await desk.get(address(asset, "w320.webp"), if_none_match=etag)
    assert again.status_code == 304


async def test_only_renditions_of_the_list_are_made(desk: Desk) -> None:
    asset = await desk.put(picture(800, 600), "image/jpeg")
    for variant in ("w321.webp", "w320.bmp", "w320-1x1-50-51.webp", "poster.jpg"):
        assert (await desk.get(address(asset, variant))).status_code == 404
    assert [each async for each in desk.storage.list("derived/")] == []


async def test_pieces_are_cut_where_somebody_said(desk: Desk) -> None:
    asset = await desk.put(picture(800, 600), "image/jpeg", focal_x=0.25, focal_y=0.4)
    for variant, status in (
        ("w320-1x1-25-40.webp", 200),
        ("w320-1x1-50-50.webp", 200),
        ("w320-1x1-26-40.webp", 404),
    ):
        assert (await desk.get(address(asset, variant))).status_code == status


async def test_a_gif_becomes_a_png(desk: Desk) -> None:
    asset = await desk.put(picture(80, 60, "GIF"), "image/gif")
    answer = await desk.get(address(asset))
    assert answer.headers["content-type"] == "image/png"


async def test_a_picture_that_is_none(desk: Desk) -> None:
    asset = await desk.put(b"<svg><script>1</script></svg>", "image/jpeg")
    for path in (address(asset), address(asset, "w320.webp")):
        answer = await desk.get(path)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/json")
    assert [each async for each in desk.storage.list("derived/")] == []


async def test_players_ask_often_and_the_database_is_asked_once(desk: Desk) -> None:
    asset = await desk.put(VIDEO)
    with recorded_statements() as statements:
        for start in range(0, 50_000, 1_000):
            answer = await desk.get(address(asset), range=f"bytes={start}-{start + 9}")
            assert answer.status_code == 206
    assert len(statements) <= 1 + 5  # again after each two seconds of a slow machine


async def test_a_private_file_for_whoever_was_given_its_address(desk: Desk) -> None:
    asset = await desk.put(b"%PDF-1.7", "application/pdf", is_shown=False, name="收据.pdf")
    path = private_address(asset.id, name="收据.pdf", now=NOW)
    answer = await desk.get(path)
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6")
    assert answer.headers["cache-control"].startswith("private, max-age=")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "access-control-allow-origin" not in answer.headers
    assert (await desk.get(path, now=NOW + timedelta(minutes=20))).status_code == 404
    assert (await desk.get(path.replace("/%E6%94%B6", "/%E6%94%B7"))).status_code == 404


async def test_a_private_address_is_for_one_thing(desk: Desk) -> None:
    asset = await desk.put(picture(800, 600), "image/jpeg", is_shown=False, kind=AssetKind.DOCUMENT)
    small = private_address(asset.id, name="a.jpg", variant="w80.webp", now=NOW)
    answer = await desk.get(small)
    assert opened_picture(answer.content).size == (80, 60)
    assert answer.headers["cache-control"].startswith("private, max-age=")
    token = small.split("/")[3]
    assert (await desk.get(f"/media/private/{token}/w640.webp")).status_code == 404
    assert (await desk.get(f"/media/public/{asset.sha256}/w80.webp")).status_code == 404


async def test_a_private_folder(desk: Desk) -> None:
    asset = await desk.put(VIDEO, is_shown=False)
    for name in ("hls/master.m3u8", "hls/240p/0001.m4s", "poster.jpg"):
        await desk.storage.put_bytes(derived_key(str(asset.sha256), name), b"made")
    path = private_address(asset.id, name="master.m3u8", variant="hls/", now=NOW)
    token = path.split("/")[3]
    for below, status in (
        ("master.m3u8", 200),
        ("240p/0001.m4s", 200),
        ("../poster.jpg", 404),
        ("%2e%2e/poster.jpg", 404),
        ("", 404),
    ):
        answer = await desk.get(f"/media/private/{token}/{below}")
        assert answer.status_code == status, below


async def test_a_deleted_file_is_gone_whatever_was_signed(desk: Desk) -> None:
    asset = await desk.put(VIDEO, is_shown=False)
    path = private_address(asset.id, name="a.mp4", now=NOW)
    await asset.delete()
    assert (await desk.get(path)).status_code == 404


async def test_pages_of_another_origin_may_seek(settings: Settings) -> None:
    page = {"origin": "https://app.example"}
    changed = settings.model_copy(update={"cors_origins": [page["origin"]]})
    async with opened(changed) as desk:
        asset = await desk.put(b"%PDF-1.7", "application/pdf", is_shown=False)
        path = private_address(asset.id, name="a.pdf", now=NOW)
        asked = {"access-control-request-method": "GET", "access-control-request-headers": "range"}
        allowed = await desk.http.request("OPTIONS", path, headers=page | asked)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == page["origin"]
        part = await desk.get(path, range="bytes=0-3", origin=page["origin"])
        assert (part.status_code, part.content) == (206, b"%PDF")
        assert "content-range" in part.headers["access-control-expose-headers"]
        other = await desk.get(path, origin="https://other.example")
        assert "access-control-allow-origin" not in other.headers
