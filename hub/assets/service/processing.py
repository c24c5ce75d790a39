"""What the hub does with a film or a recording before it can be played.

The task may be begun again after a kill. What it makes lies beside the content, by its hash, so
equal films are made once; the file that names the others is stored as the last of all, and where
it lies everything lies.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog

from hub.assets.queries import assets_of
from hub.audit.service import record
from hub.auth import operator
from hub.bulk import update_where
from hub.clock import now as clock_now
from hub.criteria import is_in
from hub.database import transaction
from hub.records import Record, table_of
from hub.settings import current_settings
from media.kinds import AssetKind, AssetState
from media.models import Asset
from media.processes import ProcessFailed
from media.storage import blob_key, current_storage, derived_key
from media.video.making import FILM_NAME, RECORDING_NAME, Playable, look, make

GIVEN_UP: Final = "given_up"
"""The failure of an asset whose processing was begun again and again and never ended."""

_PASSING: Final = frozenset({"no_room", "crashed"})
"""Failures that may be gone at the next try."""

_REPORT_SECONDS: Final = 2.0
_OPEN: Final = (AssetState.STORED, AssetState.PROCESSING)
_asset = table_of(Asset)
_log = structlog.get_logger(__name__)


async def process_asset(payload: Mapping[str, Any]) -> None:
    """Make what an asset is played from; the asset tells how far that is, and how it ended.

    Does nothing for an asset that is gone or done. Raises ProcessFailed for what may go better
    next time, and Unavailable.
    """
    found = await assets_of([UUID(payload["asset"])])
    if not found or found[0].state not in _OPEN:
        return
    asset = found[0]
    await _set(asset, {"state": AssetState.PROCESSING, "progress": 0})
    try:
        made = await _made(asset)
    except ProcessFailed as failure:
        if failure.code in _PASSING:
            raise
        _log.warning("asset_failed", asset=str(asset.id), failure=failure.code)
        await _end(asset, {"state": AssetState.FAILED, "failure": failure.code})
        return
    await _end(asset, {"state": AssetState.READY, "progress": 100, **columns_of(made)})


async def processing_failed(payload: Mapping[str, Any]) -> None:
    """Say of an asset that its processing was given up, in the transaction that does so."""
    for asset in await assets_of([UUID(payload["asset"])]):
        await _end(asset, {"state": AssetState.FAILED, "failure": GIVEN_UP})


def columns_of(found: Playable) -> dict[str, Any]:
    """What is known of a film or a recording, by the columns of an asset."""
    return {
        "duration_seconds": found.duration_seconds,
        "width": found.width or None,
        "height": found.height or None,
        "has_audio": found.has_audio,
    }


async def _made(asset: Record) -> Playable:
    """What the asset is, once everything that it is played from is in the storage."""
    storage = current_storage()
    named = FILM_NAME if asset.kind is AssetKind.VIDEO else RECORDING_NAME
    async with storage.local_copy(blob_key(asset.sha256)) as source:
        if await storage.stat(derived_key(asset.sha256, named)) is not None:
            return await look(source, asset.media_type)
        async with _folder(asset.id) as folder:
            report = _Report(asset)
            made = await make(source, asset.media_type, folder=folder, on_progress=report.tell)
            await keep_made(asset.sha256, folder, last=named)
            return made


async def keep_made(sha256: str, folder: Path, *, last: str) -> None:
    """Move what was made of a content from a folder into the storage, `last` as the last."""
    storage = current_storage()
    for name in sorted(_names(folder), key=lambda name: name == last):
        key = derived_key(sha256, name)
        await storage.delete(key)  # of a try that was killed half-way, and may differ
        await storage.put_file(key, folder / name)


def _names(folder: Path) -> Sequence[str]:
    return [
        path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()
    ]


@asynccontextmanager
async def _folder(asset_id: UUID) -> AsyncIterator[Path]:
    """An empty folder on the disk of the data, for as long as the block runs; what a try that was
    killed left there is gone.
    """
    folder = current_settings().data_dir / "media" / "making" / asset_id.hex
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    await asyncio.to_thread(folder.mkdir, parents=True)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


class _Report:
    """Writes down how far the making of an asset is, now and then."""

    def __init__(self, asset: Record) -> None:
        self._asset = asset
        self._told_at = monotonic()

    async def tell(self, percent: int) -> None:
        """So much is done."""
        if monotonic() - self._told_at >= _REPORT_SECONDS:
            self._told_at = monotonic()
            await _set(self._asset, {"progress": percent})


async def _set(asset: Record, columns: Mapping[str, Any]) -> bool:
    """Set columns of an asset that is not done; whether it was there and was not done."""
    which = (_asset.id == asset.id, is_in(_asset.state, list(_OPEN)))
    return bool(await transaction(lambda: update_where(Asset, columns, where=which)))


async def _end(asset: Record, columns: Mapping[str, Any]) -> None:
    async def body() -> None:
        if await _set(asset, columns):
            after = {"state": columns["state"].name, "failure": columns.get("failure")}
            actor = operator("media processing", now=clock_now())
            await record(actor, "assets.processed", object=("Asset", asset.id), after=after)

    await transaction(body)
