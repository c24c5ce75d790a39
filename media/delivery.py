"""Who sends the bytes: the hub, the nginx in front of it, or the bucket (`HUB_MEDIA_SERVE`)."""

from datetime import timedelta
from typing import Final

from starlette.types import Receive, Scope, Send

from hub.media_settings import ServeMode
from media.representations import Representation
from media.storage import Storage
from media.streaming import stream

ACCEL_PATH: Final = "/_media/"
"""The internal location of nginx under which it finds the storage's keys (docs/deployment.md)."""

REDIRECT_LASTS: Final = timedelta(hours=6)
"""How long the bucket's own address of a public file is good: a long video, watched with breaks."""

# What names others relative to itself has to come from where they are: from here.
_PLAYLIST: Final = ".m3u8"


async def deliver(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    storage: Storage,
    mode: ServeMode,
    file: Representation,
    lasts: timedelta = REDIRECT_LASTS,
) -> bool:
    """Answer with a file, or with where it is; False, with nothing sent, where there is none.

    `lasts` bounds the address that a redirect leads to. Playlists are always sent by the hub.
    """
    is_ours = mode is ServeMode.DIRECT or file.key.endswith(_PLAYLIST)
    if is_ours:
        return await stream(scope, receive, send, storage=storage, file=file)
    if await storage.stat(file.key) is None:
        return False
    if mode is ServeMode.X_ACCEL:
        await _send_empty(send, 200, file, place=(b"x-accel-redirect", ACCEL_PATH + file.key))
        return True
    url = await storage.signed_url(
        file.key, lasts=lasts, media_type=file.media_type, disposition=file.disposition
    )
    if url is None:
        return await stream(scope, receive, send, storage=storage, file=file)
    seconds = int(lasts.total_seconds()) // 2
    kept = f"{'public' if file.is_public else 'private'}, max-age={seconds}"
    await _send_empty(send, 302, file, place=(b"location", url), cache_control=kept)
    return True


async def _send_empty(
    send: Send,
    status: int,
    file: Representation,
    *,
    place: tuple[bytes, str],
    cache_control: str | None = None,
) -> None:
    """Headers alone, with where the bytes are."""
    headers = [*file.headers(), (place[0], place[1].encode("ascii")), (b"content-length", b"0")]
    if cache_control is not None:
        headers = [item for item in headers if item[0] != b"cache-control"]
        headers.append((b"cache-control", cache_control.encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
