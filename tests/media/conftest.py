"""A sender: the endpoint of uploads over real tables, with the caller given."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Scope

from hub.assets.service.uploads import finish_upload
from hub.auth import Actor, require_person
from hub.clock import frozen
from hub.middleware import RequestEnvelope
from hub.settings import Settings
from media.tus import UploadEndpoint
from tests.factories.identity import NOW
from tests.factories.media import editor
from tests.media.desk import desk  # noqa: F401 - a fixture

TUS = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}


class Sender:
    """Sends bytes on behalf of `actor`, which a test may change, at NOW."""

    def __init__(self, http: httpx.AsyncClient, folder: Path, *, endpoint: UploadEndpoint) -> None:
        self._http = http
        self.folder = folder
        self.endpoint = endpoint
        self.actor: Actor = editor()

    async def identify(self, _scope: Scope) -> object:
        return require_person(self.actor)

    async def send(self, method: str, url: str, **options: object) -> httpx.Response:
        with frozen(NOW):
            return await self._http.request(method, url, **options)  # type: ignore[arg-type]

    async def put(self, url: str, content: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send("PUT", url, content=content, headers=named)

    async def patch(
        self, url: str, content: bytes, *, offset: int, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = TUS | {"upload-offset": str(offset)} | named
        return await self.send("PATCH", url, content=content, headers=named)

    async def head(self, url: str) -> httpx.Response:
        return await self.send("HEAD", url, headers=TUS)

    def left(self) -> list[str]:
        """Every file that media have, wherever."""
        folder = self.folder / "media"
        return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
async def sender(database: Settings) -> AsyncIterator[Sender]:
    """A sender for an editor."""
    made: list[Sender] = []

    async def identify(scope: Scope) -> object:
        return await made[0].identify(scope)

    endpoint = UploadEndpoint(
        identify=identify,  # type: ignore[arg-type]
        finish=finish_upload,
        idle_seconds=5,
    )
    transport = httpx.ASGITransport(RequestEnvelope(endpoint))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        made.append(Sender(http, database.data_dir, endpoint=endpoint))
        yield made[0]
