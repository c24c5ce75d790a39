"""Rows of uploads: which there are, how much of each is kept, what has become of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.bulk import update_where
from hub.database import transaction
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of
from media.kinds import UploadState
from media.models import Upload

_upload = table_of(Upload)


async def open_upload(upload_id: UUID, person_id: UUID, *, now: datetime) -> Record | None:
    """The upload, while this person may send to it; also one that is whole. Raises Unavailable."""
    rows = await fetch_records_by(Select(Upload), [upload_id], column="id")
    if not rows or rows[0].uploaded_by != person_id:
        return None
    row = rows[0]
    is_over = row.state is UploadState.EXPIRED or (
        row.state is UploadState.OPEN and now >= row.expires_at
    )
    return None if is_over else row


async def note_received(upload_id: UUID, received: int) -> bool:
    """Write down how much is safe on disk; whether the upload is still open."""
    return await _changed(upload_id, {"received_bytes": received})


async def close_upload(
    upload_id: UUID,
    state: UploadState,
    *,
    refusal: str | None = None,
    asset_id: UUID | None = None,
) -> bool:
    """Say what has become of an open upload; whether it was open until now."""
    sets: dict[str, Any] = {"state": state, "refusal": refusal, "asset_id": asset_id}
    if state is UploadState.STORED:
        sets["received_bytes"] = _upload.size_bytes
    return await _changed(upload_id, sets)


async def _changed(upload_id: UUID, sets: Mapping[str, Any]) -> bool:
    where = (_upload.id == upload_id, _upload.state == UploadState.OPEN)
    changed = await transaction(lambda: update_where(Upload, sets, where=where))
    return len(changed) == 1


async def overdue_uploads(*, now: datetime, limit: int) -> list[Record]:
    """Open uploads whose time is over, those due longest first."""
    select = Select(Upload, (_upload.state == UploadState.OPEN, _upload.expires_at <= now))
    order = [Ordering("expires_at"), Ordering("id")]
    return await fetch_records(select, order=order, limit=limit)
