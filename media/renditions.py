"""What is made of a picture: from a list of sizes and formats, on the first request, then kept."""

import asyncio
import re
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from media.drawing import Cut, PictureFormat, PictureRefused, render
from media.storage import Storage, blob_key, derived_key

WIDTHS: Final = (80, 160, 320, 480, 640, 960, 1280, 1920)
"""Widths in pixels: a thumbnail, phones and their denser screens, a desktop."""

RATIOS: Final = ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16), (2, 1))

WHOLE: Final = "full"
"""The picture in its own size and format, without what its maker's camera noted."""

_NAME: Final = re.compile(
    r"(?:full|w(\d{2,4})(?:-(\d{1,2})x(\d{1,2})-(\d{1,3})-(\d{1,3}))?)\.(webp|jpg|avif|png)"
)
_AT_ONCE: Final = 2
_WAITING_MAX: Final = 64
_PATIENCE_SECONDS: Final = 25.0
_FAILURES_MAX: Final = 1_000
_FAILURE_SECONDS: Final = 60.0


class Busy(Exception):
    """More renditions are asked for than can be made: come back later."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One way to show a picture; `width` None is its own size."""

    form: PictureFormat
    width: int | None = None
    cut: Cut | None = None

    @property
    def name(self) -> str:
        """What it is called in addresses and in the storage."""
        if self.width is None:
            return f"{WHOLE}.{self.form}"
        if self.cut is None:
            return f"w{self.width}.{self.form}"
        (across, down), (x, y) = self.cut.ratio, self.cut.focus
        return f"w{self.width}-{across}x{down}-{x}-{y}.{self.form}"


def rendition_named(name: str) -> Rendition | None:
    """The rendition of that name, if it is one that may be had."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    width, across, down, x, y = (None if each is None else int(each) for each in match.groups()[:5])
    form = PictureFormat(match[6])
    cut = None
    if width is None:
        return Rendition(form)
    if across is not None and down is not None and x is not None and y is not None:
        cut = Cut((across, down), (x, y))
    found = Rendition(form, width, cut)
    return found if _may_be_had(found) and found.name == name else None


def _may_be_had(rendition: Rendition) -> bool:
    """Whether it is on the list; PNG is for whole pictures, whose format is their own."""
    if rendition.width not in WIDTHS or rendition.form is PictureFormat.PNG:
        return False
    cut = rendition.cut
    return cut is None or (cut.ratio in RATIOS and max(cut.focus) <= 100)


class Renditions:
    """Makes renditions: each once, however many ask for it; a few at a time.

    What could not be made is remembered for a minute, so that asking again costs nothing.
    """

    def __init__(self) -> None:
        self._making: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._failures: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self.made_count = 0

    async def ensure(self, storage: Storage, sha256: str, *, rendition: Rendition) -> str:
        """The key of a picture's rendition, which is there when this returns.

        Raises PictureRefused, Busy, and FileNotFoundError where there is no such blob. A caller who
        goes away does not stop the work.
        """
        key = derived_key(sha256, rendition.name)
        if await storage.stat(key) is not None:
            return key
        self._raise_known(key)
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= _WAITING_MAX:
                raise Busy
            task = asyncio.create_task(self._make(storage, key, blob_key(sha256), rendition))
            self._making[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await asyncio.shield(task)
        except TimeoutError:
            raise Busy from None
        return key

    async def _make(self, storage: Storage, key: str, blob: str, rendition: Rendition) -> None:
        async with self._places, storage.local_copy(blob) as source:
            with tempfile.TemporaryDirectory(prefix="media-") as folder:
                target = Path(folder, rendition.name)
                await render(
                    source, target, form=rendition.form, width=rendition.width, cut=rendition.cut
                )
                await storage.put_file(key, target)
                self.made_count += 1

    def _raise_known(self, key: str) -> None:
        failed_at, code = self._failures.get(key, (0.0, ""))
        if code and monotonic() - failed_at < _FAILURE_SECONDS:
            raise PictureRefused(code)

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        """The work has ended: what it came to is in the storage, or noted as a failure."""
        del self._making[key]
        error = None if done.cancelled() else done.exception()
        if isinstance(error, PictureRefused):
            self._failures[key] = (monotonic(), error.code)
            while len(self._failures) > _FAILURES_MAX:
                self._failures.popitem(last=False)
