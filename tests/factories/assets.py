"""Assets, with or without their bytes in the storage."""

import asyncio
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.ids import new_id
from media.addresses import public_path
from media.kinds import AssetKind, AssetState
from media.models import Asset
from media.storage import blob_key, current_storage

CREATED_AT = datetime(2026, 3, 1, tzinfo=UTC)
_TYPES = {
    "mp4": (AssetKind.VIDEO, "video/mp4"),
    "webm": (AssetKind.VIDEO, "video/webm"),
    "ogg": (AssetKind.AUDIO, "audio/ogg"),
    "m4a": (AssetKind.AUDIO, "audio/mp4"),
    "vtt": (AssetKind.CAPTIONS, "text/vtt"),
    "png": (AssetKind.IMAGE, "image/png"),
    "pdf": (AssetKind.DOCUMENT, "application/pdf"),
}


async def asset(name: str = "lesson.mp4", **values: Any) -> Asset:
    """A public asset that is ready, of the kind that its name says; its bytes are nowhere."""
    extension = name.rpartition(".")[2]
    kind, media_type = _TYPES[extension]
    defaults = {
        "id": new_id(),
        "kind": kind,
        "sha256": hashlib.sha256(new_id().bytes).hexdigest(),
        "size_bytes": 1_000,
        "media_type": media_type,
        "extension": extension,
        "name": name,
        "is_shown": True,
        "state": AssetState.READY,
        "progress": 100,
        "created_at": CREATED_AT,
    }
    return await Asset.create(**{**defaults, **values})


async def stored(path: Path, **values: Any) -> Asset:
    """An asset of a file, whose bytes are in the storage; the file stays."""
    content = await asyncio.to_thread(path.read_bytes)
    sha256 = hashlib.sha256(content).hexdigest()
    copy = path.with_name(f"{path.name}.copy")
    shutil.copy(path, copy)
    await current_storage().put_file(blob_key(sha256), copy)
    return await asset(path.name, sha256=sha256, size_bytes=len(content), **values)


def address(row: Asset) -> str:
    """The address by which content names an asset."""
    assert row.sha256 is not None
    return public_path(row.sha256, row.extension)
