"""Media on local disk: atomic moves into place, folders two levels deep, everything fsynced."""

import errno
import os
import secrets
import shutil
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiofiles

from media.storage import PIECE_BYTES, StoredObject, checked_key

_LIST_ROWS = 500
_MODE = 0o640  # papers are nobody else's; a proxy that sends files is in the group
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK}


class DiskStorage:
    """Objects as files of one folder; see `media.storage.Storage`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def stat(self, key: str) -> StoredObject | None:
        """What is known of an object; None where there is none."""
        path = self.local_path(key)
        try:
            found = await to_thread(path.stat)
        except FileNotFoundError:
            return None
        return _stored(key, found)

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `end`. Raises FileNotFoundError."""
        async with aiofiles.open(self.local_path(key), "rb", buffering=0) as file:
            await file.seek(start)
            left = end - start if end is not None else None
            while left is None or left > 0:
                piece = await file.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left))
                if not piece:
                    return
                left = left if left is None else left - len(piece)
                yield piece

    async def put_file(self, key: str, path: Path) -> None:
        """Move a finished local file into place. Raises OSError."""
        await to_thread(_move, path, self.local_path(key))

    async def put_bytes(self, key: str, content: bytes) -> None:
        """Store a small object."""
        await to_thread(_write, content, self.local_path(key))

    async def delete(self, key: str) -> None:
        """Remove an object, also when it is not there."""
        await to_thread(self.local_path(key).unlink, missing_ok=True)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object whose key begins with `prefix`."""
        walk = self._walk(prefix)
        while rows := await to_thread(_some, walk):
            for row in rows:
                yield row

    def _walk(self, prefix: str) -> Iterator[StoredObject]:
        for folder, _, names in os.walk(self._folder / prefix.rpartition("/")[0]):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self._folder).as_posix()
                if key.startswith(prefix) and not name.startswith("."):
                    with suppress(FileNotFoundError):  # it went while we walked
                        yield _stored(key, path.stat())

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """The file itself. Raises FileNotFoundError."""
        path = self.local_path(key)
        await to_thread(path.stat)
        yield path

    def local_path(self, key: str) -> Path:
        """Where the object lies or would lie."""
        return self._folder / checked_key(key)

    async def signed_url(
        self,
        key: str,
        *,
        lasts: timedelta,
        media_type: str,
        disposition: str,
    ) -> str | None:
        """None: the hub serves files from disk."""
        checked_key(key)
        return None


def _stored(key: str, found: os.stat_result) -> StoredObject:
    modified_at = datetime.fromtimestamp(found.st_mtime_ns // 1_000_000_000, UTC)
    return StoredObject(key, found.st_size, modified_at, f"{found.st_mtime_ns:x}-{found.st_size:x}")


def _some(walk: Iterator[StoredObject]) -> list[StoredObject]:
    return [row for row, _ in zip(walk, range(_LIST_ROWS), strict=False)]


def _move(source: Path, target: Path) -> None:
    """Give the file its place, on the same disk by a link, which never overwrites."""
    source.chmod(_MODE)
    _sync(source)
    _make_folders(target.parent)
    try:
        target.hardlink_to(source)
        _sync(target.parent)
    except FileExistsError:
        os.utime(target)  # it is as good as new, which a sweep should see
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _draft(lambda draft: shutil.copyfile(source, draft), target)
    source.unlink()


def _write(content: bytes, target: Path) -> None:
    _make_folders(target.parent)
    _draft(lambda draft: draft.write_bytes(content), target)


def _draft(fill: Callable[[Path], object], target: Path) -> None:
    """Fill a file beside the place, and move it there when it is whole and safe."""
    draft = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}")
    try:
        fill(draft)
        draft.chmod(_MODE)
        _sync(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    _sync(target.parent)


def _make_folders(folder: Path) -> None:
    """Make what is missing of a folder's way, and have its disk remember each step."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o750, exist_ok=True)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    """Wait until the disk has a file's content, or a folder's entries."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
