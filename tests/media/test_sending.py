"""Sending bytes by PUT and by tus: what is kept, what is refused, whose upload it is."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.auth import ANONYMOUS
from hub.clock import frozen
from hub.errors import Unavailable
from media import tus
from media.kinds import AssetKind, AssetState, UploadState
from media.storage import blob_key, current_storage
from tests.factories.identity import NOW
from tests.factories.media import (
    MP3,
    PDF,
    VTT,
    address,
    asked,
    assets,
    editor,
    hash_of,
    mp4,
    picture,
    uploads,
)
from tests.media.conftest import TUS, Sender

OTHER_BYTES = b"%PDF-1.4 and something else"


async def stored(content: bytes) -> bytes:
    return b"".join([piece async for piece in current_storage().read(blob_key(hash_of(content)))])


async def test_a_file_is_sent_whole_and_becomes_an_asset(sender: Sender) -> None:
    content = picture("JPEG")
    upload = await asked(sender.actor, content, kind=AssetKind.IMAGE, name="../门口 照片.JPG.exe")
    answer = await sender.put(address(upload), content)
    assert (answer.status_code, answer.json()) == (
        200,
        {"state": "STORED", "receivedBytes": len(content), "sizeBytes": len(content)},
    )
    [asset] = await assets()
    assert (asset.kind, asset.sha256, asset.size_bytes, asset.media_type, asset.extension) == (
        AssetKind.IMAGE,
        hash_of(content),
        len(content),
        "image/jpeg",
        "jpg",
    )
    assert (asset.name, asset.width, asset.height, asset.state, asset.is_shown) == (
        "门口 照片.JPG.jpg",
        40,
        30,
        AssetState.READY,
        False,
    )
    assert asset.uploaded_by == sender.actor.person_id
    [upload] = await uploads()
    assert (upload.state, upload.asset_id, upload.received_bytes) == (
        UploadState.STORED,
        asset.id,
        len(content),
    )
    assert await stored(content) == content
    assert sender.left() == [hash_of(content)]


async def test_a_file_is_sent_in_parts(sender: Sender) -> None:
    content = PDF + b"\n" * 3000
    upload = await asked(sender.actor, content)
    url, total = address(upload), len(content)
    first = await sender.put(url, content[:1000], content_range=f"bytes 0-999/{total}")
    assert (first.status_code, first.json()["receivedBytes"]) == (202, 1000)
    assert first.headers["upload-offset"] == "1000"
    twice = await sender.put(url, content[:1000], content_range=f"bytes 0-999/{total}")
    assert (twice.status_code, twice.headers["upload-offset"]) == (409, "1000")
    asking = await sender.put(url, b"", content_range=f"bytes */{total}")
    assert asking.json() == {"state": "OPEN", "receivedBytes": 1000, "sizeBytes": total}
    last = await sender.put(url, content[1000:], content_range=f"bytes 1000-{total - 1}/{total}")
    assert (last.status_code, last.json()["state"]) == (200, "STORED")
    assert await stored(content) == content
    again = await sender.put(url, content)
    assert (again.status_code, again.json()["state"]) == (200, "STORED")
    assert len(await assets()) == 1


async def test_tus_core(sender: Sender) -> None:
    content = PDF + b"\n" * 3000
    url = address(await asked(sender.actor, content))
    head = await sender.head(url)
    assert (head.status_code, head.headers["upload-offset"], head.headers["upload-length"]) == (
        200,
        "0",
        str(len(content)),
    )
    assert (head.headers["cache-control"], head.headers["tus-resumable"]) == ("no-store", "1.0.0")
    assert head.headers["upload-expires"] == "Tue, 03 Mar 2026 01:30:00 GMT"
    first = await sender.patch(url, content[:1000], offset=0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    wrong = await sender.patch(url, content[1000:], offset=900)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "1000")
    last = await sender.patch(url, content[1000:], offset=1000)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(content)))
    assert (await sender.head(url)).headers["upload-offset"] == str(len(content))
    assert await stored(content) == content


async def test_tus_tells_what_it_can(sender: Sender) -> None:
    answer = await sender.send("OPTIONS", "/media/uploads/")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "checksum,expiration,termination"
    assert "sha256" in answer.headers["tus-checksum-algorithm"]


@pytest.mark.parametrize("version", [None, "0.2.2"])
async def test_another_version_of_tus_is_refused(sender: Sender, version: str | None) -> None:
    url = address(await asked(sender.actor, PDF))
    headers = {} if version is None else {"tus-resumable": version}
    answer = await sender.send("HEAD", url, headers=headers)
    assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")


async def test_the_method_may_stand_in_a_header(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))
    headers = TUS | {"upload-offset": "0", "x-http-method-override": "PATCH"}
    answer = await sender.send("POST", url, content=PDF, headers=headers)
    assert answer.status_code == 204
    assert len(await assets()) == 1
    assert (await sender.send("POST", url)).status_code == 405


async def test_a_part_is_compared_with_its_checksum(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))
    good = base64.b64encode(hashlib.sha1(PDF[:50]).digest()).decode()
    for bad in ("sha1 AAAA", "crc32 AAAA", "sha1", "sha256 " + good):
        answer = await sender.patch(url, PDF[:50], offset=0, upload_checksum=bad)
        assert answer.status_code == 400
    wrong = await sender.patch(url, PDF[1:51], offset=0, upload_checksum=f"sha1 {good}")
    assert wrong.status_code == 460
    assert (await sender.head(url)).headers["upload-offset"] == "0"
    right = await sender.patch(url, PDF[:50], offset=0, upload_checksum=f"sha1 {good}")
    assert (right.status_code, right.headers["upload-offset"]) == (204, "50")


async def test_an_upload_is_ended(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))
    await sender.patch(url, PDF[:50], offset=0)
    assert (await sender.send("DELETE", url, headers=TUS)).status_code == 204
    assert (await sender.head(url)).status_code == 404
    assert sender.left() == []
    assert [each.state for each in await uploads()] == [UploadState.EXPIRED]


async def test_nobody_sends_to_the_upload_of_another(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))
    owner, sender.actor = sender.actor, editor()
    for answer in (
        await sender.put(url, PDF),
        await sender.patch(url, PDF, offset=0),
        await sender.head(url),
        await sender.send("DELETE", url, headers=TUS),
    ):
        assert answer.status_code == 404
    sender.actor = ANONYMOUS
    refused = await sender.put(url, PDF)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
        401,
        "UNAUTHENTICATED",
    )
    assert sender.left() == []
    sender.actor = owner
    assert (await sender.put(url, PDF)).status_code == 200


@pytest.mark.parametrize(
    "ticket", ["", "x", "x.y", "../../etc/passwd", "%00", "A" * 500, "AAAA.é", "AZ.%2e%2e"]
)
async def test_a_wrong_ticket_leads_nowhere(sender: Sender, ticket: str) -> None:
    right = address(await asked(sender.actor, PDF)).rpartition("/")[2]
    for wrong in (ticket, right[:-1] + ("0" if right[-1] != "0" else "1"), right + "0"):
        answer = await sender.put(f"/media/uploads/{wrong}", PDF)
        assert answer.status_code == 404
    assert sender.left() == []


async def test_time_runs_out(sender: Sender) -> None:
    upload = await asked(sender.actor, PDF)
    with frozen(NOW + timedelta(hours=24)):
        transport = sender._http
        answer = await transport.put(address(upload), content=PDF)
    assert answer.status_code == 404
    assert await assets() == []


async def test_more_than_announced_is_refused(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))

    async def unmeasured() -> AsyncIterator[bytes]:
        yield PDF
        yield b"and more"

    assert (await sender.put(url, PDF + b"x")).status_code == 400
    assert (await sender.patch(url, PDF + b"x", offset=0)).status_code == 413
    streamed = await sender.send("PUT", url, content=unmeasured())
    assert streamed.status_code == 413
    assert (await sender.head(url)).headers["upload-offset"] == "0"
    assert await assets() == []
    assert (await sender.put(url, PDF)).status_code == 200


async def test_less_than_announced_waits_for_the_rest(sender: Sender) -> None:
    url = address(await asked(sender.actor, PDF))
    assert (await sender.put(url, b"")).status_code == 400

    async def unmeasured() -> AsyncIterator[bytes]:
        yield PDF[:20]

    answer = await sender.send("PUT", url, content=unmeasured())
    assert (answer.status_code, answer.json()["receivedBytes"]) == (202, 20)
    assert (await sender.put(url, PDF)).json()["state"] == "STORED"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("PATCH", TUS | {"upload-offset": "-1"}, 400),
        ("PATCH", TUS | {"upload-offset": "1e3"}, 400),
        ("PATCH", TUS, 400),
        ("PATCH", TUS | {"upload-offset": "0", "content-type": "application/pdf"}, 415),
        ("PUT", {"content-range": "bytes 5-4/90"}, 400),
        ("PUT", {"content-range": "bytes 0-9/10"}, 400),
        ("PUT", {"content-range": "items 0-9/90"}, 400),
        ("PUT", {"content-range": "bytes 0-999999999/*"}, 400),
        ("GET", {}, 405),
    ],
)
async def test_headers_that_say_nothing_that_can_be(
    sender: Sender, method: str, headers: dict[str, str], status: int
) -> None:
    url = address(await asked(sender.actor, PDF))
    answer = await sender.send(method, url, content=PDF, headers=headers)
    assert answer.status_code == status
    assert (await sender.head(url)).headers["upload-offset"] == "0"


async def test_what_was_announced_is_compared(sender: Sender) -> None:
    upload = await asked(sender.actor, PDF, sha256=hash_of(PDF))
    answer = await sender.put(address(upload), PDF[:-2] + b"\n\n")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["extensions"]["code"], error["extensions"]["refusal"]) == (
        422,
        "INVALID",
        "WRONG_HASH",
    )
    assert "SHA-256" in error["message"]
    assert sender.left() == []
    assert await assets() == []
    assert (await sender.put(address(upload), PDF)).status_code == 422
    assert (await sender.head(address(upload))).status_code == 410


async def test_the_content_decides_and_not_the_name(sender: Sender) -> None:
    for kind, content in (
        (AssetKind.IMAGE, mp4()),
        (AssetKind.VIDEO, picture()),
        (AssetKind.AUDIO, PDF),
        (AssetKind.CAPTIONS, MP3),
        (AssetKind.DOCUMENT, VTT),
    ):
        upload = await asked(sender.actor, content, kind=kind, name="封面.png")
        answer = await sender.put(address(upload), content)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["extensions"]["refusal"] == "WRONG_TYPE"
    assert sender.left() == []
    assert await assets() == []


async def test_equal_bytes_are_kept_once(sender: Sender) -> None:
    content = picture()
    mine = [
        await asked(sender.actor, content, kind=AssetKind.IMAGE, name=f"{number}.png")
        for number in range(2)
    ]
    for upload in mine:
        assert (await sender.put(address(upload), content)).status_code == 200
    assert len(await assets()) == 1
    sender.actor = editor()
    theirs = await asked(sender.actor, content, kind=AssetKind.IMAGE, name="x.png")
    assert (await sender.put(address(theirs), content)).status_code == 200
    assert [each.sha256 for each in await assets()] == [hash_of(content)] * 2
    assert sender.left() == [hash_of(content)]


async def test_a_database_that_does_not_answer_loses_nothing(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(await asked(sender.actor, PDF))
    await sender.patch(url, PDF[:50], offset=0)

    async def unavailable(*_: object) -> None:
        raise Unavailable("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(tus, "note_received", unavailable)
        assert (await sender.patch(url, PDF[50:60], offset=50)).status_code == 503
    assert (await sender.head(url)).headers["upload-offset"] == "50"
    assert (await sender.patch(url, PDF[50:], offset=50)).status_code == 204
    assert await stored(PDF) == PDF
