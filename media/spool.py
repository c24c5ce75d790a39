"""What is on its way: a local file for each upload, held by one sender at a time.

The functions here block; the event loop calls them in threads. A file is held by a lock of the
system, which ends with the process, whatever ends it.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from hub.settings import current_settings

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when there is no room, or not for this file."""

_READ_BYTES: Final = 1024 * 1024


class Busy(Exception):
    """Somebody else is sending this upload at the moment."""


def spool_folder() -> Path:
    """Where files on their way lie."""
    return current_settings().data_dir / "media" / "uploads"


def spool_path(upload_id: UUID) -> Path:
    """Where the file of an upload grows."""
    return spool_folder() / upload_id.hex


def kept_bytes(upload_id: UUID, received: int) -> int:
    """How much of what was acknowledged is there: all of it, unless the disk was exchanged."""
    try:
        return min(received, spool_path(upload_id).stat().st_size)
    except FileNotFoundError:
        return 0


class Draft:
    """The file of one upload, held until `close`. `offset` is where the next byte goes.

    Opening raises Busy, and OSError. Ask only then how much was acknowledged, and `resume` there:
    before, another sender may still have gone on.
    """

    def __init__(self, upload_id: UUID) -> None:
        self.path = spool_path(upload_id)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise Busy from None
        self.offset = 0
        self._digest: hashlib._Hash | None = None

    def resume(self, received: int) -> None:
        """Go on behind what was acknowledged; what else the last sender left is cut off."""
        self.cut(min(received, os.fstat(self._file).st_size))

    def cut(self, offset: int) -> None:
        """Forget what lies behind `offset`."""
        os.ftruncate(self._file, offset)
        self.offset = offset
        self._digest = hashlib.sha256() if offset == 0 else None

    def append(self, piece: bytes) -> None:
        """Write at the end. Raises OSError, and then nothing of the piece stays."""
        start = self.offset
        try:
            self._write(piece)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, start)
            self.offset = start
            self._digest = None
            raise

    def _write(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            count = os.pwrite(self._file, view, self.offset)
            if self._digest is not None:
                self._digest.update(view[:count])
            self.offset += count
            view = view[count:]

    def sync(self) -> None:
        """Wait until the disk has everything."""
        os.fdatasync(self._file)

    def sha256(self, *, start: int = 0) -> str:
        """The SHA-256 of the content from `start` on, in hex; read again where it must be."""
        if start == 0 and self._digest is not None:
            return self._digest.hexdigest()
        return self.digest("sha256", start=start).hex()

    def digest(self, algorithm: str, *, start: int) -> bytes:
        """A digest of the content from `start` on."""
        made = hashlib.new(algorithm)
        for place in range(start, self.offset, _READ_BYTES):
            made.update(os.pread(self._file, min(_READ_BYTES, self.offset - place), place))
        return made.digest()

    def remove(self) -> None:
        """Remove the file, which stays held until `close`."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def twin_of(path: Path) -> Path:
    """A second name for a file, to be moved away while the first one stays."""
    twin = path.with_name(f"{path.name}.whole")
    twin.unlink(missing_ok=True)
    try:
        twin.hardlink_to(path)
    except OSError as error:
        if error.errno in FULL:
            raise
        shutil.copyfile(path, twin)  # a disk without links
    return twin


def free_bytes() -> int:
    """How much room the disk has for files on their way."""
    folder = spool_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
