"""What becomes of a film or a recording before it can be played."""

from pathlib import Path
from typing import Any

import pytest

from hub.assets.service import processing
from hub.assets.service.processing import process_asset, processing_failed
from hub.audit.models import AuditEntry
from hub.settings import Settings
from media.kinds import AssetState
from media.models import Asset
from media.processes import ProcessFailed
from media.storage import blob_key, current_storage, derived_key
from tests.factories import assets
from tests.factories.films import film, recording

WAITS = {"state": AssetState.STORED, "progress": 0, "is_shown": False}


def _payload(asset: Asset) -> dict[str, Any]:
    return {"asset": str(asset.id)}


async def _kept(asset: Asset) -> set[str]:
    folder = derived_key(str(asset.sha256), "x").removesuffix("x")
    return {each.key.removeprefix(folder) async for each in current_storage().list(folder)}


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "lesson.mp4", size=(426, 240))


@pytest.fixture
def torn(lesson: Path, tmp_path: Path) -> Path:
    """The film without its end."""
    path = tmp_path / "torn.mp4"
    path.write_bytes(lesson.read_bytes()[:-500])
    return path


@pytest.mark.usefixtures("database")
async def test_a_film_is_ready_when_all_that_it_is_played_from_is_kept(lesson: Path) -> None:
    asset = await assets.stored(lesson, **WAITS)
    await process_asset(_payload(asset))
    await asset.refresh_from_db()
    assert (asset.state, asset.progress, asset.failure) == (AssetState.READY, 100, None)
    assert (asset.width, asset.height, asset.has_audio) == (426, 240, True)
    assert asset.duration_seconds == pytest.approx(2, abs=0.1)
    assert await _kept(asset) == {
        *("poster.jpg", "hls/master.m3u8", "hls/240p.m3u8", "hls/240p.mp4"),
        *("hls/audio.m3u8", "hls/audio.mp4"),
    }
    entry = await AuditEntry.get(action="assets.processed")
    assert entry.object_id == asset.id


@pytest.mark.usefixtures("database")
async def test_a_recording_is_ready_with_its_sound(tmp_path: Path) -> None:
    asset = await assets.stored(recording(tmp_path / "talk.ogg", codec="libopus"), **WAITS)
    await process_asset(_payload(asset))
    await asset.refresh_from_db()
    assert (asset.state, asset.width) == (AssetState.READY, None)
    assert await _kept(asset) == {"audio.m4a"}


@pytest.mark.usefixtures("database")
async def test_equal_films_are_made_once(lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [await assets.stored(lesson, **WAITS) for _ in range(2)]
    await process_asset(_payload(first))

    async def never(*_given: object, **_named: object) -> None:
        pytest.fail("made again")

    monkeypatch.setattr(processing, "make", never)
    await process_asset(_payload(second))
    await second.refresh_from_db()
    assert (second.state, second.width) == (AssetState.READY, 426)


@pytest.mark.usefixtures("database")
async def test_what_a_killed_try_left_is_replaced(lesson: Path, database: Settings) -> None:
    asset = await assets.stored(lesson, **{**WAITS, "state": AssetState.PROCESSING})
    torn = derived_key(str(asset.sha256), "hls/240p.mp4")
    await current_storage().put_bytes(torn, b"torn")
    folder = database.data_dir / "media" / "making" / asset.id.hex
    folder.mkdir(parents=True)
    (folder / "left.mp4").write_bytes(b"left")
    await process_asset(_payload(asset))
    await asset.refresh_from_db()
    assert asset.state is AssetState.READY
    found = await current_storage().stat(torn)
    assert found is not None
    assert found.size_bytes > 1_000
    assert not folder.exists()
    assert "left.mp4" not in await _kept(asset)


@pytest.mark.usefixtures("database")
async def test_what_cannot_be_played_has_failed_and_says_why(torn: Path) -> None:
    asset = await assets.stored(torn, **WAITS)
    await process_asset(_payload(asset))
    await asset.refresh_from_db()
    assert (asset.state, asset.failure) == (AssetState.FAILED, "truncated")
    assert await _kept(asset) == set()
    await process_asset(_payload(asset))  # asked again: it stays so
    assert await AuditEntry.filter(action="assets.processed").count() == 1


@pytest.mark.usefixtures("database")
async def test_what_may_pass_is_tried_again_and_given_up_in_the_end(
    lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = await assets.stored(lesson, **WAITS)

    async def full(*_given: object, **_named: object) -> None:
        raise ProcessFailed("no_room")

    with monkeypatch.context() as patch:
        patch.setattr(processing, "make", full)
        with pytest.raises(ProcessFailed):
            await process_asset(_payload(asset))
    await asset.refresh_from_db()
    assert asset.state is AssetState.PROCESSING
    await processing_failed(_payload(asset))
    await asset.refresh_from_db()
    assert (asset.state, asset.failure) == (AssetState.FAILED, "given_up")


@pytest.mark.usefixtures("database")
async def test_an_asset_that_is_gone_is_nobodys_work(lesson: Path) -> None:
    asset = await assets.stored(lesson, **WAITS)
    await asset.delete()
    await process_asset(_payload(asset))
    assert await current_storage().stat(blob_key(str(asset.sha256))) is not None
