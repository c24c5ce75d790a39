"""Compares what the rows say with what lies in the storage, and sweeps away what nobody needs.

Nothing that is young is touched: bytes are in their place a moment before a row names them.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hub.assets.service.uploads import expire_uploads
from hub.bulk import chunks, delete_rows
from hub.criteria import is_in
from hub.database import transaction
from hub.records import Ordering, Select, fetch_records, fetch_records_by, table_of
from media.kinds import UploadState
from media.models import Asset, Upload
from media.spool import Busy, Draft, spool_folder
from media.storage import BLOBS, DERIVED, Storage, StoredObject, blob_key, current_storage

ORPHANS_LAST: Final = timedelta(days=1)
"""How old bytes are at least that a sweep takes because no asset names them."""

UPLOADS_LAST: Final = timedelta(days=30)
"""How long it is known what became of an upload."""

_PAGE_ROWS: Final = 500
_LISTED_MAX: Final = 1_000
_asset = table_of(Asset)
_upload = table_of(Upload)

Progress = Callable[[str, int, int], object]
"""Is told what is being done, how far it is, and how much there is, in objects."""


@dataclass
class Findings:
    """What a check has found, by the keys of the storage; the first thousand of each sort.

    `missing` are named by assets and not there; `wrong` are not what their hash says; `orphans`
    are named by nobody.
    """

    checked: int = 0
    bytes_checked: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is missing or wrong; orphans are harmless."""
        return not self.missing and not self.wrong


@dataclass
class Swept:
    """What a sweep has removed."""

    uploads: int = 0
    files: int = 0
    blobs: int = 0
    derived: int = 0
    bytes_freed: int = 0


def _silent(_what: str, _done: int, _total: int) -> None:
    pass


async def check_media(*, progress: Progress = _silent, reads_content: bool = True) -> Findings:
    """Look whether every asset's bytes are there and are what their hash says.

    Without `reads_content` only their sizes are looked at. Raises Unavailable.
    """
    storage, findings = current_storage(), Findings()
    total = await _blob_count()
    async for sha256, size in _blobs():
        findings.checked += 1
        findings.bytes_checked += size
        await _check(storage, findings, sha256, size=size, reads_content=reads_content)
        progress("assets", findings.checked, total)
    async for found in _orphans(storage):
        _add(findings.orphans, found.key)
    return findings


async def _check(
    storage: Storage, findings: Findings, sha256: str, *, size: int, reads_content: bool
) -> None:
    key = blob_key(sha256)
    found = await storage.stat(key)
    if found is None:
        _add(findings.missing, key)
    elif found.size_bytes != size or (reads_content and await _sha256_of(storage, key) != sha256):
        _add(findings.wrong, key)


async def _sha256_of(storage: Storage, key: str) -> str:
    digest = hashlib.sha256()
    async for piece in storage.read(key):
        await asyncio.to_thread(digest.update, piece)
    return digest.hexdigest()


def _add(keys: list[str], key: str) -> None:
    if len(keys) < _LISTED_MAX:
        keys.append(key)


async def _blobs() -> AsyncIterator[tuple[str, int]]:
    """Every hash that an asset has, once, with the size of its content."""
    last = ""
    while True:
        select = Select(Asset, (_asset.sha256 > last,), columns=frozenset({"sha256", "size_bytes"}))
        rows = await fetch_records(
            select, order=[Ordering("sha256"), Ordering("id")], limit=_PAGE_ROWS
        )
        for sha256, size in {row.sha256: row.size_bytes for row in rows}.items():
            yield sha256, size
        if len(rows) < _PAGE_ROWS:
            return
        last = rows[-1].sha256


async def _blob_count() -> int:
    return sum([1 async for _ in _blobs()])


async def _orphans(storage: Storage) -> AsyncIterator[StoredObject]:
    """Stored objects that belong to no asset: blobs, and what is made of them."""
    for prefix in (BLOBS, DERIVED):
        page: list[StoredObject] = []
        async for each in storage.list(prefix):
            page.append(each)
            if len(page) == _PAGE_ROWS:
                for orphan in await _unnamed(page):
                    yield orphan
                page = []
        for orphan in await _unnamed(page):
            yield orphan


async def _unnamed(page: list[StoredObject]) -> list[StoredObject]:
    named = await _named({_hash_in(each.key) for each in page})
    return [each for each in page if _hash_in(each.key) not in named]


def _hash_in(key: str) -> str:
    """The hash in `blobs/ab/cd/<sha256>` and in `derived/ab/cd/<sha256>/…`."""
    return (key.split("/") + [""] * 3)[3]


async def _named(sha256s: set[str]) -> set[str]:
    select = Select(Asset, columns=frozenset({"sha256"}))
    rows = await fetch_records_by(select, sorted(sha256s), column="sha256")
    return {row.sha256 for row in rows}


async def sweep_media(*, now: datetime, progress: Progress = _silent) -> Swept:
    """Remove what nobody needs any more: uploads whose time is over, files that no open upload
    has, and bytes older than a day that no asset names. Raises Unavailable.
    """
    swept, storage = Swept(), current_storage()
    while count := await expire_uploads(now=now):
        swept.uploads += count
        progress("uploads", swept.uploads, swept.uploads)
    await _forget_uploads(now)
    swept.files = await _sweep_spool(now)
    async for orphan in _orphans(storage):
        if now - orphan.modified_at >= ORPHANS_LAST and await _is_unnamed_still(storage, orphan):
            await storage.delete(orphan.key)
            swept.blobs += orphan.key.startswith(BLOBS)
            swept.derived += orphan.key.startswith(DERIVED)
            swept.bytes_freed += orphan.size_bytes
            progress("objects", swept.blobs + swept.derived, swept.blobs + swept.derived)
    return swept


async def _is_unnamed_still(storage: Storage, orphan: StoredObject) -> bool:
    """Ask once more before it goes: the same bytes may just have come again."""
    found = await storage.stat(orphan.key)
    if found is None or found.modified_at != orphan.modified_at:
        return False
    return not await _named({_hash_in(orphan.key)})


async def _forget_uploads(now: datetime) -> None:
    """Remove the rows of uploads that ended a month ago."""
    ended = (is_in(_upload.state, _ENDED), _upload.expires_at < now - UPLOADS_LAST)
    select = Select(Upload, ended, columns=frozenset({"id"}))
    rows = await fetch_records(select, order=[Ordering("id")], limit=10_000)
    for some in chunks([row.id for row in rows]):
        await transaction(lambda ids=some: delete_rows(Upload, ids))  # type: ignore[misc]


_ENDED: Final = [state for state in UploadState if state is not UploadState.OPEN]


async def _sweep_spool(now: datetime) -> int:
    """Remove the files on their way that belong to no open upload and are a day old."""
    paths = await asyncio.to_thread(_old_files, now)
    ids = {path: _id_in(path) for path in paths}
    rows = await fetch_records_by(
        Select(Upload), [each for each in ids.values() if each], column="id"
    )
    open_ids = {row.id for row in rows if row.state is UploadState.OPEN}
    count = 0
    for path, upload_id in ids.items():
        if upload_id not in open_ids:
            count += await asyncio.to_thread(_remove_unheld, path, upload_id)
    return count


def _old_files(now: datetime) -> list[Path]:
    folder, oldest = spool_folder(), (now - ORPHANS_LAST).timestamp()
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.stat().st_mtime <= oldest]


def _id_in(path: Path) -> UUID | None:
    try:
        return UUID(hex=path.name.partition(".")[0])
    except ValueError:
        return None


def _remove_unheld(path: Path, upload_id: UUID | None) -> bool:
    """Remove a file unless somebody holds it at the moment."""
    if upload_id is None or path.name != upload_id.hex:
        path.unlink(missing_ok=True)
        return True
    try:
        draft = Draft(upload_id)
    except Busy:
        return False
    draft.remove()
    draft.close()
    return True


def told(result: Findings | Swept) -> dict[str, Any]:
    """A result as JSON has it."""
    return dict(vars(result))
