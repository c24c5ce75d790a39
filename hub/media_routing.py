"""Files over plain HTTP put together: who may send, and what becomes of what was sent."""

from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Scope

from hub.assets.service.uploads import finish_upload
from hub.auth import require_person
from hub.authentication import Authenticator
from hub.clock import now
from hub.settings import Settings
from media.tickets import UPLOADS_PATH
from media.tus import UploadEndpoint


def media_prefixes(settings: Settings, authenticator: Authenticator) -> dict[str, ASGIApp]:
    """Where files come in: they take longer than any deadline, and have one for silence."""

    async def identify(scope: Scope) -> UUID:
        header = Headers(scope=scope).get("authorization")
        return require_person(await authenticator.actor(header, now=now()))

    uploads = UploadEndpoint(
        identify=identify, finish=finish_upload, idle_seconds=settings.media_idle_seconds
    )
    return {UPLOADS_PATH: uploads}
