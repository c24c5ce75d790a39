"""`/media/public/…` for everybody and `/media/private/…` for whoever was given the address."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.types import Receive, Scope, Send

from hub.clock import now
from hub.errors import HubError
from hub.media_settings import ServeMode
from hub.middleware import error_answer, send_json
from media.addresses import PUBLIC_PATH
from media.delivery import REDIRECT_LASTS, deliver
from media.drawing import PictureFormat, PictureRefused
from media.holdings import Holding, PublicHoldings, holding_of
from media.kinds import AssetKind
from media.renditions import Busy, Rendition, Renditions, rendition_named
from media.representations import FOR_EVER, Representation, media_type_of
from media.signing import PRIVATE_PATH, grant_in
from media.storage import Storage, blob_key, derived_key

_VARIANT: Final = r"[a-z0-9][a-z0-9._-]{0,63}(?:/[a-z0-9][a-z0-9._-]{0,63}){0,3}"
_PUBLIC: Final = re.compile(rf"([0-9a-f]{{64}})(?:\.([a-z0-9]{{1,10}})|/({_VARIANT}))")
_IS_VARIANT: Final = re.compile(_VARIANT)
_ORIGINALS_KEPT: Final = frozenset({AssetKind.VIDEO, AssetKind.AUDIO})
"""Kinds of which everybody gets what is made to be played, and the file itself by a signed address
only, where its owner allows it.
"""

_RETRY_SECONDS: Final = "5"
_SAVING: Final = b"download"

_NOT_FOUND: Final = "没有这个文件。There is no such file."
_BUSY: Final = "图片正在排队处理，请稍后再试。Pictures are being made; try again in a moment."
_REFUSED: Final = "这个文件不能作为图片显示。This file cannot be shown as a picture."


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an address leads to: a holding and what is made of it; who may keep it, how long."""

    holding: Holding
    variant: str
    is_public: bool
    lasts: timedelta = REDIRECT_LASTS
    is_saved: bool = False


class MediaFiles:
    """Hands out what the storage has, and what can be made of it."""

    def __init__(self, storage: Storage, mode: ServeMode) -> None:
        self._storage = storage
        self._mode = mode
        self._holdings = PublicHoldings()
        self._renditions = Renditions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET or HEAD."""
        try:
            if not await self._answered(scope, receive, send):
                await _refuse(scope, send, 404, code="NOT_FOUND", message=_NOT_FOUND)
        except PictureRefused:
            await _refuse(scope, send, 422, code="BAD_USER_INPUT", message=_REFUSED)
        except Busy:
            await _refuse(scope, send, 503, code="UNAVAILABLE", message=_BUSY)
        except HubError as error:
            await _refuse(scope, send, 503, code=error.code, message=error.chinese)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the file that is asked for was there and has been sent."""
        wanted = await self._wanted(scope)
        file = None if wanted is None else await self._file(wanted)
        if wanted is None or file is None:
            return False
        return await deliver(
            scope,
            receive,
            send,
            storage=self._storage,
            mode=self._mode,
            file=file,
            lasts=wanted.lasts,
        )

    async def _wanted(self, scope: Scope) -> _Wanted | None:
        """What the address leads to, for those who may have it; None for everybody else."""
        path = scope["path"]
        is_saved = scope["query_string"] == _SAVING
        if path.startswith(PRIVATE_PATH):
            return await _private(path.removeprefix(PRIVATE_PATH), is_saved=is_saved)
        match = _PUBLIC.fullmatch(path.removeprefix(PUBLIC_PATH))
        holding = await self._holdings.find(match[1]) if match else None
        if match is None or holding is None or match[2] not in (None, holding.extension):
            return None
        if match[2] and holding.kind in _ORIGINALS_KEPT:
            return None
        return _Wanted(holding, match[3] or "", is_public=True, is_saved=is_saved)

    async def _file(self, wanted: _Wanted) -> Representation | None:
        """The file itself, or what is made of it.

        Raises PictureRefused and Busy.
        """
        holding = wanted.holding
        is_picture = holding.media_type.startswith("image/")
        if is_picture and (wanted.variant or wanted.is_public):
            return await self._picture(wanted)
        if wanted.variant:
            return _made(wanted, derived_key(holding.sha256, wanted.variant))
        return Representation(
            blob_key(holding.sha256),
            holding.media_type,
            holding.name,
            _cache_control(wanted),
            etag=holding.sha256,
            is_public=wanted.is_public,
            is_saved=wanted.is_saved,
        )

    async def _picture(self, wanted: _Wanted) -> Representation | None:
        """A rendition. What a camera noted of time and place is in none: the original is private,
        and even the whole public picture is made anew.
        """
        holding = wanted.holding
        rendition = rendition_named(wanted.variant) if wanted.variant else _whole(holding)
        if rendition is None:
            return None
        if rendition.cut is not None and rendition.cut.focus not in holding.focuses:
            return None
        try:
            key = await self._renditions.ensure(self._storage, holding.sha256, rendition=rendition)
        except FileNotFoundError:
            return None
        return _made(wanted, key)


async def _private(path: str, *, is_saved: bool) -> _Wanted | None:
    """What a signed address leads to."""
    asked_at = now()
    token, _, name = path.partition("/")
    grant = grant_in(token, name=name, now=asked_at)
    if grant is None:
        return None
    variant = grant.variant + name if grant.is_folder else grant.variant
    holding = await holding_of(grant.asset_id)
    if holding is None or (variant and not _IS_VARIANT.fullmatch(variant)):
        return None
    lasts = grant.ends_at - asked_at
    return _Wanted(holding, variant, is_public=False, lasts=lasts, is_saved=is_saved)


def _whole(holding: Holding) -> Rendition:
    """The whole picture in its own format; what few can show, and GIF, becomes PNG."""
    forms = {"jpg": PictureFormat.JPEG, "webp": PictureFormat.WEBP, "avif": PictureFormat.AVIF}
    return Rendition(forms.get(holding.extension, PictureFormat.PNG))


def _made(wanted: _Wanted, key: str) -> Representation:
    """What was made of a blob, under its own name."""
    name = f"{wanted.holding.name.rpartition('.')[0] or 'file'}-{key.rpartition('/')[2]}"
    return Representation(
        key,
        media_type_of(key),
        name,
        _cache_control(wanted),
        is_public=wanted.is_public,
        is_saved=wanted.is_saved,
    )


def _cache_control(wanted: _Wanted) -> str:
    if wanted.is_public:
        return FOR_EVER
    return f"private, max-age={max(0, int(wanted.lasts.total_seconds()))}"


async def _refuse(scope: Scope, send: Send, status: int, *, code: str, message: str) -> None:
    """An error, which nobody keeps."""
    headers = {"retry-after": _RETRY_SECONDS} if status == 503 else {}
    await send_json(send, status, error_answer(code, message, scope), headers=headers)
