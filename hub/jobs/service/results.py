"""Files that jobs leave: written whole or not at all, named by a signed address, removed in time.

A file lies under its job's key in the folder `exports` of the data folder. The address holds the
key and an end, signed; what the file is called and whether it is still there says the job's row.
"""

import asyncio
import base64
import binascii
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hub.auth import DISTRICT, Action, Viewer, is_allowed
from hub.encryption import are_equal, keyed_digest
from hub.jobs.models import Job
from hub.jobs.rules import JobState
from hub.records import Record, Select, fetch_records, fetch_records_by, table_of
from hub.settings import current_settings
from hub.spreadsheets import TableFormat, TableWriter, table_writer

EXPORTS_PATH: Final = "/exports/"
"""Where results are served, under their names; the token is in the query, which no log keeps."""

ADDRESS_LASTS: Final = timedelta(minutes=10)
"""How long an address is good. Whoever has it can fetch the file, so it is not kept for long."""

_PURPOSE: Final = "export address"
_INSTANT_BYTES: Final = 6
_TOKEN_MAX_CHARS: Final = 160
_STALE_SECONDS: Final = 3600
_job = table_of(Job)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file to hand out: where it lies, what it is called, what it is."""

    path: Path
    name: str
    media_type: str


def exports_folder() -> Path:
    """Where results lie."""
    return current_settings().data_dir / "exports"


def result_path(job_id: UUID) -> Path:
    """Where the file of a job lies."""
    return exports_folder() / job_id.hex


def result_address(viewer: Viewer, job: Record) -> str | None:
    """The path under which the viewer may fetch a job's file for ten minutes; None where there is
    no file (any more), or when the permission it needs is gone.
    """
    if job.state is not JobState.SUCCEEDED or job.result_expires_at is None:
        return None
    if viewer.now >= job.result_expires_at or not _may_read(viewer, job):
        return None
    token = _signed(job.id, min(viewer.now + ADDRESS_LASTS, job.result_expires_at))
    return f"{EXPORTS_PATH}{job.file_name}?token={token}"


def _may_read(viewer: Viewer, job: Record) -> bool:
    if job.needs is None:
        return True
    return is_allowed(viewer.actor, Action(job.needs), on=[DISTRICT], now=viewer.now)


def _signed(job_id: UUID, expires_at: datetime) -> str:
    body = int(expires_at.timestamp()).to_bytes(_INSTANT_BYTES, "big") + job_id.bytes
    text = base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")
    return f"{text}.{keyed_digest(text, purpose=_PURPOSE)}"


def _job_in(token: str, *, now: datetime) -> UUID | None:
    """The job that a token names, if this hub made it and it has not ended."""
    text, _, digest = token.partition(".")
    if len(token) > _TOKEN_MAX_CHARS or not (text.isascii() and digest.isascii()):
        return None
    if not are_equal(digest, keyed_digest(text, purpose=_PURPOSE)):
        return None
    try:
        body = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if now >= datetime.fromtimestamp(int.from_bytes(body[:_INSTANT_BYTES], "big"), UTC):
        return None
    return UUID(bytes=body[_INSTANT_BYTES:])


async def result_file(token: str, *, now: datetime) -> ResultFile | None:
    """The file that an address names, while the address and the file last. Raises Unavailable."""
    job_id = _job_in(token, now=now)
    if job_id is None:
        return None
    rows = await fetch_records_by(Select(Job), [job_id], column="id")
    if not rows or rows[0].state is not JobState.SUCCEEDED:
        return None
    job = rows[0]
    if job.result_expires_at is None or now >= job.result_expires_at:
        return None
    return ResultFile(result_path(job_id), job.file_name, job.media_type)


class ResultWriter:
    """Writes one job's table without holding up the event loop."""

    def __init__(self, writer: TableWriter) -> None:
        self._writer = writer

    async def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows."""
        await asyncio.to_thread(self._writer.write, rows)


@asynccontextmanager
async def written_table(
    job_id: UUID, form: TableFormat, *, columns: Sequence[str]
) -> AsyncIterator[ResultWriter]:
    """A table that becomes the job's file when the block ends, and leaves nothing when it fails.

    Two that write for the same job do not meet: each has a draft of its own, the last one whole
    wins.
    """
    path = result_path(job_id)
    await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    writer = await asyncio.to_thread(table_writer, draft, form, columns=columns)
    is_whole = False
    try:
        yield ResultWriter(writer)
        is_whole = True
    finally:
        await asyncio.to_thread(_end, writer, draft, path if is_whole else None)


def _end(writer: TableWriter, draft: Path, path: Path | None) -> None:
    """Close the draft and put it in its place, or away."""
    try:
        writer.close()
        if path is not None:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def remove_old_files(*, now: datetime) -> int:
    """Remove every file and draft that no job keeps, once it is an hour old; how many went.

    The hour is for a file that is whole a moment before its job says so. Raises Unavailable.
    """
    kept = await fetch_records(Select(Job, (_job.result_expires_at > now,)))
    return await asyncio.to_thread(_remove_all_but, {row.id.hex for row in kept}, now)


def _remove_all_but(names: set[str], now: datetime) -> int:
    folder, removed = exports_folder(), 0
    for path in folder.iterdir() if folder.is_dir() else ():
        is_old = now.timestamp() - path.stat().st_mtime >= _STALE_SECONDS
        if path.name not in names and is_old:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
