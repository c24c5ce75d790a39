"""Assets that the hub makes itself, from what a content folder describes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.assets.queries import assets_of
from hub.assets.service.processing import columns_of, keep_made
from hub.bulk import insert_row
from hub.clock import now as clock_now
from hub.database import transaction
from hub.records import Record
from media.kinds import AssetKind, AssetState
from media.models import Asset
from media.storage import blob_key, current_storage, derived_key
from media.video.making import FILM_NAME, RECORDING_NAME, Playable

NAMED = {AssetKind.VIDEO: FILM_NAME, AssetKind.AUDIO: RECORDING_NAME}
"""What has to be made of a kind before it can be played."""


@dataclass(frozen=True, slots=True)
class Stock:
    """A file that is to be a public asset: its hash, what it is, and what was made of it.

    `made` is the folder with what it is played from; `columns` say more of it.
    """

    asset_id: UUID
    kind: AssetKind
    name: str
    sha256: str
    media_type: str
    extension: str
    path: Path
    made: Path | None = None
    playable: Playable | None = None
    columns: Mapping[str, Any] | None = None


async def in_stock(asset_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Those of the assets that are there with all their bytes, by id."""
    found = {}
    for asset in await assets_of(asset_ids):
        if asset.state is AssetState.READY and await _is_kept(asset):
            found[asset.id] = asset
    return found


async def _is_kept(asset: Record) -> bool:
    storage, keys = current_storage(), [blob_key(asset.sha256)]
    if asset.kind in NAMED:
        keys.append(derived_key(asset.sha256, NAMED[asset.kind]))
    return all([await storage.stat(key) is not None for key in keys])


async def stock(item: Stock) -> Record:
    """Keep a file and what was made of it, and the asset that names them, public at once.

    Asked for again it changes nothing but what is missing. Raises OSError and Unavailable.
    """
    size = item.path.stat().st_size
    await current_storage().put_file(blob_key(item.sha256), item.path)
    if item.made is not None:
        await keep_made(item.sha256, item.made, last=NAMED[item.kind])
    now = clock_now()
    row = {
        "id": item.asset_id,
        "kind": item.kind,
        "sha256": item.sha256,
        "size_bytes": size,
        "media_type": item.media_type,
        "extension": item.extension,
        "name": item.name,
        "is_shown": True,
        "attached_at": now,
        "state": AssetState.READY,
        "progress": 100,
        "created_at": now,
        **(columns_of(item.playable) if item.playable else {}),
        **(item.columns or {}),
    }
    there = await assets_of([item.asset_id])
    if not there:
        with suppress(IntegrityError):  # another load was first
            await transaction(lambda: insert_row(Asset, row))
    return (await assets_of([item.asset_id]))[0]
