"""One suite for both storages: a folder on disk, and a bucket of a server that speaks S3."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from hub.clock import frozen, now
from hub.errors import Unavailable
from media.bucket import BucketStorage
from media.disk import DiskStorage
from media.storage import PIECE_BYTES, Address, Storage, blob_key, derived_key, storage_of
from tests.conftest import make_settings
from tests.factories.media import hash_of
from tests.media.buckets import (
    ACCESS_KEY_ID,
    REGION,
    SECRET,
    client,
    new_bucket,
    running_bucket_server,
)

CONTENT = bytes(range(256)) * 4096  # 1 MiB
KEY = blob_key(hash_of(CONTENT))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_bucket_server() as address:
        yield address


@pytest.fixture
def bucket_address(server: str, tmp_path: Path) -> Address:
    url = f"s3://{new_bucket(server)}/pre/fix"
    return Address(tmp_path / "media", url, server, REGION, ACCESS_KEY_ID, SECRET)


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return DiskStorage(tmp_path / "media")
    return BucketStorage(request.getfixturevalue("bucket_address"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "draft"
    path.write_bytes(CONTENT)
    return path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_a_file_is_put_and_read(storage: Storage, file: Path) -> None:
    assert await storage.stat(KEY) is None
    await storage.put_file(KEY, file)
    assert file not in files(file.parent)
    found = await storage.stat(KEY)
    assert found is not None
    assert (found.key, found.size_bytes) == (KEY, len(CONTENT))
    assert found.modified_at.tzinfo is UTC
    assert found.etag
    assert await joined(storage.read(KEY)) == CONTENT


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (1, 2), (10, 300_000), (262_143, 262_145), (len(CONTENT) - 1, None), (0, 2**40)],
)
async def test_a_part_is_read(storage: Storage, file: Path, start: int, end: int | None) -> None:
    await storage.put_file(KEY, file)
    assert await joined(storage.read(KEY, start=start, end=end)) == CONTENT[start:end]


@pytest.mark.parametrize(("start", "end"), [(len(CONTENT), None), (2**40, 2**41), (5, 5)])
async def test_there_is_nothing_to_read(
    storage: Storage, file: Path, start: int, end: int | None
) -> None:
    await storage.put_file(KEY, file)
    assert await joined(storage.read(KEY, start=start, end=end)) == b""


async def test_pieces_are_small(storage: Storage, file: Path) -> None:
    await storage.put_file(KEY, file)
    sizes = [len(piece) async for piece in storage.read(KEY, start=1)]
    assert max(sizes) <= PIECE_BYTES
    assert min(sizes) > 0


async def test_what_is_there_stays(storage: Storage, file: Path, tmp_path: Path) -> None:
    await storage.put_file(KEY, file)
    other = tmp_path / "other"
    other.write_bytes(b"something else")
    await storage.put_file(KEY, other)
    assert not other.exists()
    assert await joined(storage.read(KEY)) == CONTENT


async def test_small_things_are_put_as_bytes(storage: Storage) -> None:
    key = derived_key(hash_of(CONTENT), "hls/240p/0001.m4s")
    await storage.put_bytes(key, b"one")
    assert await joined(storage.read(key)) == b"one"
    await storage.put_bytes(key, b"two")  # made anew: what is derived may change
    assert await joined(storage.read(key)) == b"two"
    empty = derived_key(hash_of(CONTENT), "empty")
    await storage.put_bytes(empty, b"")
    assert await joined(storage.read(empty)) == b""


async def test_deleting_twice_is_no_mistake(storage: Storage, file: Path) -> None:
    await storage.put_file(KEY, file)
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert await storage.stat(KEY) is None
    with pytest.raises(FileNotFoundError):
        await joined(storage.read(KEY))
    with pytest.raises(FileNotFoundError):
        async with storage.local_copy(KEY):
            pass


async def test_everything_below_a_prefix_is_listed(storage: Storage) -> None:
    assert [row async for row in storage.list("blobs/")] == []
    keys = {blob_key(hash_of(bytes([number]))) for number in range(5)}
    keys |= {derived_key(hash_of(b"x"), name) for name in ("w640.webp", "hls/master.m3u8")}
    for key in keys:
        await storage.put_bytes(key, key.encode())
    listed = {row.key: row.size_bytes async for row in storage.list("")}
    assert listed == {key: len(key) for key in keys}
    assert {row.key async for row in storage.list("blobs/")} == {
        key for key in keys if key.startswith("blobs/")
    }
    folder = derived_key(hash_of(b"x"), "hls/master.m3u8").rpartition("/")[0] + "/"
    assert [row.key async for row in storage.list(folder)] == [f"{folder}master.m3u8"]


async def test_a_local_copy_is_a_file(storage: Storage, file: Path) -> None:
    await storage.put_file(KEY, file)
    async with storage.local_copy(KEY) as path:
        assert await asyncio.to_thread(path.read_bytes) == CONTENT
    assert path.exists() == (storage.local_path(KEY) is not None)


async def test_two_put_the_same_at_once(storage: Storage, tmp_path: Path) -> None:
    files = [tmp_path / f"draft{number}" for number in range(5)]
    for path in files:
        path.write_bytes(CONTENT)
    await asyncio.gather(*(storage.put_file(KEY, path) for path in files))
    assert await joined(storage.read(KEY)) == CONTENT


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "../secret.key", "blobs/../../x", "blobs//x", "blobs/.", "blobs/\0"),
        *("blobs/x/", "blobs/CON:", "blobs/" + "a" * 200, "blobs/.hidden", "C:\\x", "blobs/Ä"),
    ],
)
async def test_a_key_that_is_none_leads_nowhere(
    storage: Storage, file: Path, tmp_path: Path, key: str
) -> None:
    for call in (
        storage.stat(key),
        joined(storage.read(key)),
        storage.put_file(key, file),
        storage.put_bytes(key, b"x"),
        storage.delete(key),
        storage.signed_url(key, lasts=timedelta(1), media_type="x/y", disposition="inline"),
    ):
        with pytest.raises(ValueError, match="is no key"):
            await call
    with pytest.raises(ValueError, match="is no key"):
        storage.local_path(key)
    assert files(tmp_path) == [file]


@pytest.mark.parametrize("sha256", ["", "ab", "A" * 64, "../" + "a" * 61, "g" * 64])
def test_a_hash_that_is_none_has_no_key(sha256: str) -> None:
    with pytest.raises(ValueError, match="is no SHA-256"):
        blob_key(sha256)
    with pytest.raises(ValueError, match="is no key"):
        derived_key("a" * 64, "../x")


async def test_on_disk_nothing_is_seen_before_it_is_whole(tmp_path: Path, file: Path) -> None:
    storage = DiskStorage(tmp_path / "media")
    path = storage.local_path(KEY)
    assert path == tmp_path / "media" / "blobs" / KEY[6:8] / KEY[9:11] / hash_of(CONTENT)
    await storage.put_file(KEY, file)
    assert [each.name for each in path.parent.iterdir()] == [hash_of(CONTENT)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o007 == 0
    assert (
        await storage.signed_url(KEY, lasts=timedelta(1), media_type="x/y", disposition="inline")
        is None
    )


async def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = DiskStorage(tmp_path / "media")

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        await storage.put_bytes(KEY, CONTENT)
    assert files(tmp_path) == []


async def test_the_address_of_an_object_is_that_of_the_reference_client(
    bucket_address: Address, server: str
) -> None:
    storage = BucketStorage(bucket_address)
    await storage.put_bytes(KEY, b"%PDF")
    disposition = "attachment; filename*=UTF-8''%E8%AF%81%E6%98%8E.pdf"
    at = now().replace(microsecond=0)
    with frozen(at):
        url = await storage.signed_url(
            KEY,
            lasts=timedelta(minutes=5),
            media_type="application/pdf",
            disposition=disposition,
        )
    assert url is not None
    answer = await asyncio.to_thread(httpx.get, url)
    assert answer.content == b"%PDF"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == disposition
    theirs = _reference_url(bucket_address, server, disposition)
    ours = httpx.URL(url)
    assert ours.copy_with(query=None) == theirs.copy_with(query=None)
    unsigned = {"X-Amz-Signature", "X-Amz-Date"}
    assert {k: v for k, v in ours.params.items() if k not in unsigned} == {
        k: v for k, v in theirs.params.items() if k not in unsigned
    }
    at = datetime.strptime(theirs.params["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    with frozen(at):
        again = await storage.signed_url(
            KEY,
            lasts=timedelta(minutes=5),
            media_type="application/pdf",
            disposition=disposition,
        )
    assert httpx.URL(str(again)).params["X-Amz-Signature"] == theirs.params["X-Amz-Signature"]


def _reference_url(address: Address, server: str, disposition: str) -> httpx.URL:
    bucket = address.url.removeprefix("s3://").partition("/")[0]
    asked = {
        "Bucket": bucket,
        "Key": f"pre/fix/{KEY}",
        "ResponseContentType": "application/pdf",
        "ResponseContentDisposition": disposition,
    }
    return httpx.URL(client(server).generate_presigned_url("get_object", asked, ExpiresIn=300))


async def test_a_bucket_that_does_not_answer_is_told(tmp_path: Path) -> None:
    address = Address(tmp_path, "s3://media", "http://127.0.0.1:9", REGION, ACCESS_KEY_ID, SECRET)
    storage = BucketStorage(address)
    for call in (
        storage.stat(KEY),
        joined(storage.read(KEY)),
        storage.put_bytes(KEY, b"x"),
        storage.delete(KEY),
        anext(storage.list("blobs/")),
    ):
        with pytest.raises(Unavailable):
            await call


def test_the_settings_name_the_storage(tmp_path: Path) -> None:
    on_disk = make_settings(tmp_path)
    assert isinstance(storage_of(on_disk), DiskStorage)
    assert storage_of(on_disk) is storage_of(on_disk.model_copy())
    in_bucket = make_settings(tmp_path, media_url="s3://media", media_s3_endpoint="http://s3")
    assert isinstance(storage_of(in_bucket), BucketStorage)
