"""From the wish to hand in a file to the asset: rights and room first, the content at the end."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hub.assets.queries import open_upload_count, own_asset_with, used_bytes
from hub.assets.rules import (
    PROCESSED_KINDS,
    UPLOADS_AT_ONCE_MAX,
    checked_sha256,
    checked_size,
    is_editor,
    refuse_over_quota,
    refuse_too_many,
    require_kind,
)
from hub.audit.service import record
from hub.auth import Actor, Viewer, require_person
from hub.bulk import insert_row
from hub.clock import now as clock_now
from hub.database import fetch_all, is_sqlite, transaction
from hub.errors import Unavailable
from hub.ids import new_id
from hub.jobs.service.outbox import enqueue
from hub.records import Record
from hub.settings import Settings, current_settings
from media.drawing import PictureRefused, examine
from media.inspection import Content, inspect
from media.kinds import AssetKind, AssetState, UploadRefusal, UploadState
from media.models import Asset, Upload
from media.names import cleaned_name
from media.pictures import Size
from media.refusals import Refused
from media.spool import Busy, Draft, free_bytes, twin_of
from media.storage import blob_key, current_storage
from media.uploads import close_upload, overdue_uploads

PROCESS_TASK: Final = "assets.process"
"""The task that works on a video or a sound before it is ready; its payload names the asset."""

_OVERDUE_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that somebody wants to hand in, as they describe it."""

    kind: AssetKind
    name: str
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """What came of a wish: an upload to send to, or the asset that is there already."""

    upload: Record | None = None
    asset: Record | None = None


async def create_upload(viewer: Viewer, wish: Wish) -> Created:
    """Let the person who asks send a file, or give their own asset with the same bytes.

    Nothing is stored yet. Raises Unauthenticated, Forbidden, Invalid for a size or a hash that
    cannot be, Conflict when the person's room or number of uploads does not allow it, Unavailable
    when the disk has no room.
    """
    person_id = require_person(viewer.actor)
    require_kind(viewer.actor, wish.kind, now=viewer.now)
    settings = current_settings()
    size = checked_size(wish.size_bytes, most=size_limit(settings, wish.kind))
    sha256 = checked_sha256(wish.sha256)
    if sha256 is not None and (known := await own_asset_with(person_id, sha256, kind=wish.kind)):
        return Created(asset=known)
    await _require_room(size)
    row = {
        "id": new_id(),
        "kind": wish.kind,
        "name": cleaned_name(wish.name),
        "size_bytes": size,
        "declared_sha256": sha256,
        "uploaded_by": person_id,
        "state": UploadState.OPEN,
        "created_at": viewer.now,
        "expires_at": viewer.now + timedelta(hours=settings.media_upload_hours),
    }
    quota = _quota(viewer, settings)
    return Created(upload=await transaction(lambda: _insert(viewer.actor, row, quota=quota)))


async def _insert(actor: Actor, row: dict[str, Any], *, quota: int) -> Record:
    person_id = row["uploaded_by"]
    await _one_at_a_time(person_id)
    refuse_too_many(await open_upload_count(person_id, cap=UPLOADS_AT_ONCE_MAX))
    refuse_over_quota(await used_bytes(person_id), row["size_bytes"], quota=quota)
    upload = await insert_row(Upload, row)
    told = {"kind": upload.kind.name, "size_bytes": upload.size_bytes}
    await record(actor, "assets.upload_created", object=("Upload", upload.id), after=told)
    return upload


async def _one_at_a_time(person_id: UUID) -> None:
    """Let one transaction at a time count what a person keeps; SQLite has but one writer."""
    if not is_sqlite():
        key = person_id.int & 0x7FFF_FFFF_FFFF_FFFF
        await fetch_all("SELECT pg_advisory_xact_lock($1)", [key])


def size_limit(settings: Settings, kind: AssetKind) -> int:
    """How large a file of a kind may be, in bytes."""
    limits = {
        AssetKind.IMAGE: settings.media_image_bytes,
        AssetKind.VIDEO: settings.media_video_bytes,
        AssetKind.AUDIO: settings.media_audio_bytes,
        AssetKind.CAPTIONS: settings.media_captions_bytes,
        AssetKind.DOCUMENT: settings.media_document_bytes,
    }
    return limits[kind]


def _quota(viewer: Viewer, settings: Settings) -> int:
    if is_editor(viewer.actor, now=viewer.now):
        return settings.media_staff_quota_bytes
    return settings.media_quota_bytes


async def _require_room(size: int) -> None:
    if await asyncio.to_thread(free_bytes) < size:
        raise Unavailable(
            "There is no room for this file at the moment.", chinese="存储空间不足，请稍后再试。"
        )


async def finish_upload(upload: Record, path: Path, *, sha256: str) -> None:
    """Look at a whole file and make an asset of it; the upload is closed either way.

    The bytes are in their place before the asset names them, and go there again should a sweep
    have taken equal ones away meanwhile. Raises Refused, and then nothing of the file is kept.
    """
    try:
        content = await _inspected(upload, path, sha256)
    except Refused as refusal:
        await _refused(upload, refusal.refusal)
        raise
    storage, key = current_storage(), blob_key(sha256)
    await storage.put_file(key, await asyncio.to_thread(twin_of, path))
    known = await own_asset_with(upload.uploaded_by, sha256, kind=upload.kind)
    if known is None:
        await transaction(lambda: _insert_asset(upload, content, sha256))
    else:
        await close_upload(upload.id, UploadState.STORED, asset_id=known.id)
    if await storage.stat(key) is None:
        await storage.put_file(key, await asyncio.to_thread(twin_of, path))


async def _inspected(upload: Record, path: Path, sha256: str) -> Content:
    if upload.declared_sha256 not in (None, sha256):
        raise Refused(UploadRefusal.WRONG_HASH)
    content = await asyncio.to_thread(inspect, path, upload.kind)
    return content if content.size is None else await _decoded(content, path)


async def _decoded(content: Content, path: Path) -> Content:
    """The picture with its size as seen upright, once every pixel has been decoded.

    Raises Refused, and Unavailable on a machine that is too busy.
    """
    try:
        facts = await examine(path)
    except PictureRefused as refusal:
        if refusal.code == "TOOK_TOO_LONG":  # what is hostile runs out of its core's time before
            raise Unavailable(
                "The picture could not be looked at in time; try again later.",
                chinese="图片暂时无法处理，请稍后再试。",
            ) from refusal
        is_large = refusal.code in ("TOO_MANY_PIXELS", "TOO_MUCH_MEMORY")
        damage = UploadRefusal.TOO_MANY_PIXELS if is_large else UploadRefusal.DAMAGED
        raise Refused(damage) from refusal
    if facts.is_animated:
        raise Refused(UploadRefusal.ANIMATED)
    return replace(content, size=Size(facts.width, facts.height))


async def _refused(upload: Record, refusal: UploadRefusal) -> None:
    async def body() -> None:
        if await close_upload(upload.id, UploadState.REFUSED, refusal=refusal.value):
            told = {"refusal": refusal.name}
            actor = Actor(person_id=upload.uploaded_by)
            await record(actor, "assets.upload_refused", object=("Upload", upload.id), after=told)

    await transaction(body)


async def _insert_asset(upload: Record, content: Content, sha256: str) -> None:
    asset_id = new_id()
    if not await close_upload(upload.id, UploadState.STORED, asset_id=asset_id):
        return  # somebody ended it meanwhile; the sweep takes the bytes
    is_processed = upload.kind in PROCESSED_KINDS
    row = {
        "id": asset_id,
        "kind": upload.kind,
        "sha256": sha256,
        "size_bytes": upload.size_bytes,
        "media_type": content.media_type,
        "extension": content.extension,
        "name": cleaned_name(upload.name, extension=content.extension),
        "uploaded_by": upload.uploaded_by,
        "state": AssetState.STORED if is_processed else AssetState.READY,
        "progress": 0 if is_processed else 100,
        "width": content.size.width if content.size else None,
        "height": content.size.height if content.size else None,
        "created_at": clock_now(),
    }
    await insert_row(Asset, row)
    if is_processed:
        await enqueue(PROCESS_TASK, {"asset": str(asset_id)}, key=f"asset:{asset_id}")
    told = {"kind": upload.kind.name, "sha256": sha256, "size_bytes": upload.size_bytes}
    actor = Actor(person_id=upload.uploaded_by)
    await record(actor, "assets.uploaded", object=("Asset", asset_id), after=told)


async def expire_uploads(*, now: datetime) -> int:
    """End uploads whose time is over and remove what has come of them; how many there were.

    One that somebody sends to at this moment is left for the next time. Raises Unavailable.
    """
    rows = await overdue_uploads(now=now, limit=_OVERDUE_ROWS)
    return sum([await _expire(row.id) for row in rows])


async def _expire(upload_id: UUID) -> bool:
    try:
        draft = await asyncio.to_thread(Draft, upload_id)
    except Busy:
        return False
    try:
        is_over = await close_upload(upload_id, UploadState.EXPIRED)
        await asyncio.to_thread(draft.remove)
    finally:
        draft.close()
    return is_over
