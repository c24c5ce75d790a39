"""The whole way with a bucket behind it: sent, kept, checked, swept."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from hub.assets.service.checking import Findings, Swept, check_media, sweep_media
from hub.assets.service.owning import delete_asset
from hub.auth import Viewer
from hub.clock import now
from hub.settings import Settings, install_settings
from media.bucket import BucketStorage
from media.storage import blob_key, current_storage
from tests.factories.identity import NOW
from tests.factories.media import PDF, address, asked, assets, hash_of
from tests.media.buckets import (
    ACCESS_KEY_ID,
    REGION,
    SECRET,
    client,
    new_bucket,
    running_bucket_server,
)
from tests.media.conftest import Sender


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_bucket_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(server: str, database: Settings) -> str:
    """The name of the bucket in which media lie."""
    name = new_bucket(server)
    changes = {
        "media_url": f"s3://{name}",
        "media_s3_endpoint": server,
        "media_s3_region": REGION,
        "media_s3_access_key_id": ACCESS_KEY_ID,
        "media_s3_secret_access_key": SECRET,
    }
    install_settings(database.model_copy(update=changes))
    return name


async def test_a_file_goes_into_the_bucket_and_out_of_it(
    bucket: str, server: str, sender: Sender
) -> None:
    assert isinstance(current_storage(), BucketStorage)
    url = address(await asked(sender.actor, PDF))
    assert (await sender.patch(url, PDF[:30], offset=0)).status_code == 204
    assert (await sender.patch(url, PDF[30:], offset=30)).status_code == 204
    key = blob_key(hash_of(PDF))
    kept = client(server).get_object(Bucket=bucket, Key=key)
    assert kept["Body"].read() == PDF
    assert sender.left() == []
    assert await check_media() == Findings(checked=1, bytes_checked=len(PDF))

    client(server).put_object(Bucket=bucket, Key=key, Body=b"%PDF")
    assert (await check_media()).wrong == [key]
    [asset] = await assets()
    await delete_asset(Viewer(sender.actor, NOW), asset.id)
    assert await sweep_media(now=now()) == Swept()
    assert (await sweep_media(now=now() + timedelta(days=2))).blobs == 1
    assert "Contents" not in client(server).list_objects_v2(Bucket=bucket)


@pytest.fixture
async def lost(database: Settings) -> AsyncIterator[None]:
    """A bucket that nobody answers for."""
    changes = {"media_url": "s3://media", "media_s3_endpoint": "http://127.0.0.1:9"}
    install_settings(database.model_copy(update=changes | _KEYS))
    yield
    install_settings(database)


_KEYS = {"media_s3_access_key_id": ACCESS_KEY_ID, "media_s3_secret_access_key": SECRET}


@pytest.mark.usefixtures("lost")
async def test_a_bucket_that_does_not_answer_loses_nothing(
    sender: Sender, database: Settings
) -> None:
    url = address(await asked(sender.actor, PDF))
    answer = await sender.put(url, PDF)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
        503,
        "UNAVAILABLE",
    )
    assert await assets() == []
    install_settings(database)
    assert (await sender.put(url, PDF)).json()["state"] == "STORED"
