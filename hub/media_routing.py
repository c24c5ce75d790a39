"""Files over plain HTTP put together: who may send, and what becomes of what was sent."""

from typing import Final
from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Scope

from hub.assets.service.uploads import finish_upload
from hub.auth import require_person
from hub.authentication import Authenticator
from hub.clock import now
from hub.middleware import for_methods
from hub.settings import Settings
from media.addresses import PUBLIC_PATH
from media.routes import MediaFiles
from media.signing import PRIVATE_PATH
from media.storage import storage_of
from media.tickets import UPLOADS_PATH
from media.tus import UploadEndpoint

FILE_PATHS: Final = (PUBLIC_PATH, PRIVATE_PATH)
"""Where files are handed out."""


def media_files(settings: Settings) -> MediaFiles:
    """Who hands them out."""
    return MediaFiles(storage_of(settings), settings.media_serve)


def media_prefixes(settings: Settings, authenticator: Authenticator) -> dict[str, ASGIApp]:
    """Where files come in and go out: they take longer than any deadline, and have their own for
    silence, and for pictures that are made.
    """

    async def identify(scope: Scope) -> UUID:
        header = Headers(scope=scope).get("authorization")
        return require_person(await authenticator.actor(header, now=now()))

    uploads = UploadEndpoint(
        identify=identify, finish=finish_upload, idle_seconds=settings.media_idle_seconds
    )
    files = for_methods("GET", "HEAD")(media_files(settings))
    return {UPLOADS_PATH: uploads, **dict.fromkeys(FILE_PATHS, files)}
