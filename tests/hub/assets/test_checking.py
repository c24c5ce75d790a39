"""Checks tell what is missing, wrong and nobody's; sweeps take what nobody needs, and no more."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hub.assets.service import checking
from hub.assets.service.checking import (
    ORPHANS_LAST,
    UPLOADS_LAST,
    Findings,
    Swept,
    check_media,
    sweep_media,
)
from hub.assets.service.owning import delete_asset
from hub.auth import Viewer
from hub.clock import now
from hub.settings import Settings
from media.kinds import AssetKind, UploadState
from media.spool import Draft, spool_folder, spool_path
from media.storage import blob_key, current_storage, derived_key
from tests.factories.identity import NOW
from tests.factories.media import PDF, asked, assets, editor, hash_of, picture, uploads
from tests.hub.assets.test_uploads import sent, worker

OLD = timedelta(days=2)


def path_of(key: str) -> Path:
    path = current_storage().local_path(key)
    assert path is not None
    return path


def age(path: Path) -> None:
    """Make a file two days old."""
    at = (now() - OLD).timestamp()
    os.utime(path, (at, at))


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def put(key: str, content: bytes = b"x", *, is_old: bool = True) -> None:
    await current_storage().put_bytes(key, content)
    if is_old:
        age(path_of(key))


async def test_all_is_well(database: Settings) -> None:
    assert await check_media() == Findings()
    for content in (PDF, PDF + b"\n"):
        await sent(worker(), content)
    await sent(worker(), PDF)
    seen: list[tuple[str, int, int]] = []
    found = await check_media(progress=lambda *told: seen.append(told))
    assert found == Findings(checked=2, bytes_checked=2 * len(PDF) + 1)
    assert found.is_well
    assert seen == [("assets", 1, 2), ("assets", 2, 2)]


async def test_what_is_amiss_is_found(database: Settings) -> None:
    gone, shorter, changed, fine = [PDF + b"\n" * number for number in range(4)]
    for content in (gone, shorter, changed, fine):
        await sent(worker(), content)
    path_of(blob_key(hash_of(gone))).unlink()
    path_of(blob_key(hash_of(shorter))).write_bytes(b"%PDF")
    path_of(blob_key(hash_of(changed))).write_bytes(changed.replace(b"1.4", b"1.5"))
    orphans = {blob_key("a" * 64), derived_key("a" * 64, "w640.webp")}
    for key in (*orphans, derived_key(hash_of(fine), "w640.webp")):
        await put(key)
    found = await check_media()
    assert not found.is_well
    assert found.missing == [blob_key(hash_of(gone))]
    assert set(found.wrong) == {blob_key(hash_of(shorter)), blob_key(hash_of(changed))}
    assert set(found.orphans) == orphans
    quick = await check_media(reads_content=False)
    assert quick.wrong == [blob_key(hash_of(shorter))]


async def test_what_is_missing_comes_back_when_it_is_sent_again(database: Settings) -> None:
    who = worker()
    await sent(who, PDF)
    path_of(blob_key(hash_of(PDF))).unlink()
    assert not (await check_media()).is_well
    await sent(who, PDF)
    assert (await check_media()).is_well
    assert len(await assets()) == 1


async def test_many_assets_are_walked_by_the_page(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_PAGE_ROWS", 2)
    contents = [PDF + b"\n" * number for number in range(5)]
    for content in contents:
        await sent(worker(), content)
        await sent(worker(), content)
    await put(blob_key("a" * 64))
    found = await check_media()
    assert (found.checked, found.missing, found.orphans) == (5, [], [blob_key("a" * 64)])


async def test_a_sweep_takes_what_nobody_needs(database: Settings) -> None:
    who = editor()
    await sent(who, picture(), AssetKind.IMAGE)
    await sent(who, PDF)
    paper = next(each for each in await assets() if each.kind is AssetKind.DOCUMENT)
    image = hash_of(picture())
    await delete_asset(Viewer(who, NOW), paper.id)
    kept = {image, "w640.webp", "b" * 64}
    await put(derived_key(image, "w640.webp"))
    await put(blob_key("b" * 64), is_old=False)
    await put(blob_key("a" * 64), b"12345")
    await put(derived_key("a" * 64, "hls/240p/0001.m4s"))
    age(path_of(blob_key(hash_of(PDF))))
    age(path_of(blob_key(image)))
    swept = await sweep_media(now=now())
    assert swept == Swept(blobs=2, derived=1, bytes_freed=len(PDF) + 6)
    assert left(database.data_dir / "media") == kept
    assert await sweep_media(now=now()) == Swept()
    assert (await check_media()).is_well


async def test_a_sweep_takes_leftovers_of_uploads(database: Settings) -> None:
    who = worker()
    late, fresh, held = [await asked(who, PDF, at=at) for at in (now() - OLD, now(), now())]
    for upload in (late, fresh):
        draft = Draft(upload.id)
        draft.append(b"%PDF")
        draft.close()
        age(spool_path(upload.id))
    holder = Draft(held.id)
    age(spool_path(held.id))
    for name in ("leftover", f"{'0' * 32}", f"{late.id.hex}.whole"):
        path = spool_folder() / name
        path.write_bytes(b"x")
        age(path)
    (spool_folder() / "young").write_bytes(b"x")
    swept = await sweep_media(now=now())
    holder.close()
    assert swept == Swept(uploads=1, files=3)
    assert left(spool_folder()) == {fresh.id.hex, held.id.hex, "young"}
    states = {each.id: each.state for each in await uploads()}
    assert states[late.id] is UploadState.EXPIRED
    assert states[fresh.id] is states[held.id] is UploadState.OPEN
    await sweep_media(now=now() + OLD)
    assert [each.state for each in await uploads()] == [UploadState.EXPIRED] * 3
    await sweep_media(now=now() + OLD + UPLOADS_LAST)
    assert await uploads() == []


async def test_bytes_that_come_again_are_spared(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(blob_key(hash_of(PDF)), PDF)
    unnamed = checking._unnamed

    async def meanwhile(page: list[object]) -> list[object]:
        found = await unnamed(page)  # type: ignore[arg-type]
        await sent(worker(), PDF)
        return found  # type: ignore[return-value]

    monkeypatch.setattr(checking, "_unnamed", meanwhile)
    swept = await sweep_media(now=now() + ORPHANS_LAST)
    assert swept.blobs == 0
    assert (await check_media()).is_well


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_DATABASE_URL": settings.resolved_database_url,
        "HUB_SECRET_KEY": settings.secret_key,
    }
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", "media", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
async def test_the_commands(database: Settings) -> None:
    await sent(worker(), PDF)
    well = await asyncio.to_thread(run, database, "check", "--json")
    assert (well.returncode, well.stderr) == (0, "")
    assert json.loads(well.stdout) == {
        "checked": 1,
        "bytes_checked": len(PDF),
        "missing": [],
        "wrong": [],
        "orphans": [],
        "is_well": True,
    }
    await put(blob_key("a" * 64))
    path_of(blob_key(hash_of(PDF))).unlink()
    amiss = await asyncio.to_thread(run, database, "check")
    assert amiss.returncode == 1
    assert f"missing: {blob_key(hash_of(PDF))}\norphan: {blob_key('a' * 64)}\n" in amiss.stdout
    swept = await asyncio.to_thread(run, database, "sweep", "--json")
    assert swept.returncode == 0
    assert json.loads(swept.stdout) == {
        "uploads": 0,
        "files": 0,
        "blobs": 1,
        "derived": 0,
        "bytes_freed": 1,
    }
    assert "Removed 0 uploads" in (await asyncio.to_thread(run, database, "sweep")).stdout
