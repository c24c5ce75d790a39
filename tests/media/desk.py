"""Assets in a hub's storage, and a client that fetches them by address."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from hub.app import create_app
from hub.clock import frozen
from hub.ids import new_id
from hub.settings import Settings
from media.kinds import AssetKind, AssetState
from media.models import Asset
from media.storage import Storage, blob_key, storage_of
from tests.schema.client import started

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

TYPES = {
    "image/jpeg": (AssetKind.IMAGE, "jpg"),
    "image/png": (AssetKind.IMAGE, "png"),
    "image/gif": (AssetKind.IMAGE, "gif"),
    "video/mp4": (AssetKind.CAPTIONS, "mp4"),  # a kind whose file everybody gets as it is
    "text/vtt": (AssetKind.CAPTIONS, "vtt"),
    "application/pdf": (AssetKind.DOCUMENT, "pdf"),
}


@dataclass(frozen=True)
class Desk:
    """Where files are put, and asked for at an instant of choice."""

    storage: Storage
    http: httpx.AsyncClient

    async def put(self, content: bytes, media_type: str = "video/mp4", **values: Any) -> Asset:
        """An asset with these bytes, public unless said."""
        sha256 = hashlib.sha256(content).hexdigest()
        await self.storage.put_bytes(blob_key(sha256), content)
        kind, extension = TYPES[media_type]
        defaults = {
            "id": new_id(),
            "kind": kind,
            "sha256": sha256,
            "size_bytes": len(content),
            "media_type": media_type,
            "extension": extension,
            "name": f"第一课.{extension}",
            "is_shown": True,
            "state": AssetState.READY,
            "created_at": NOW,
        }
        return await Asset.create(**{**defaults, **values})

    async def get(
        self, path: str, *, method: str = "GET", now: datetime = NOW, **headers: str
    ) -> httpx.Response:
        """The answer to a request."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        with frozen(now):
            return await self.http.request(method, path, headers=given)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A hub that has started, without anything in it."""
    async with opened(settings) as desk:
        yield desk


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Desk]:
    """A desk over these settings."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        yield Desk(storage_of(settings), http)


def picture(width: int, height: int, form: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue; its top row is green."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    image.paste("lime", (0, 0, width, max(1, height // 10)))
    buffer = BytesIO()
    image.convert(mode).save(buffer, form, **save)
    return buffer.getvalue()


def opened_picture(content: bytes) -> Image.Image:
    """A picture, decoded."""
    found = Image.open(BytesIO(content))
    found.load()
    return found
