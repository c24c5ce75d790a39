"""A real server that hands out one file, in each of the ways there are."""

import hashlib
import random
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.middleware import RequestEnvelope, not_found
from hub.protocol import http_protocol
from media.disk import DiskStorage
from media.representations import Representation
from media.storage import StoredObject, blob_key
from media.streaming import stream

START_SECONDS = 20.0
WAYS = ("sendfile", "threads", "elsewhere")


class Elsewhere(DiskStorage):
    """A storage whose files are not on this machine, as far as anybody can tell."""

    def local_path(self, key: str) -> Path:
        return None  # type: ignore[return-value]

    async def stat(self, key: str) -> StoredObject | None:
        return await DiskStorage(self._folder).stat(key)

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return DiskStorage(self._folder).read(key, start=start, end=end)


@dataclass(frozen=True)
class Stored:
    """Bytes in a storage, and what they are handed out as."""

    content: bytes
    folder: Path
    file: Representation

    @property
    def path(self) -> Path:
        return self.folder / self.file.key


def store(folder: Path, content: bytes, media_type: str = "video/mp4") -> Stored:
    """Put bytes where a storage on disk would have them."""
    sha256 = hashlib.sha256(content).hexdigest()
    key = blob_key(sha256)
    path = folder / key
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    file = Representation(key, media_type, "一课 1.mp4", "private, max-age=60", etag=sha256)
    return Stored(content, folder, file)


def noise(size: int) -> bytes:
    """Bytes that differ everywhere, always the same."""
    return random.Random(size).randbytes(size)


@contextmanager
def handing_out(stored: Stored, way: str) -> Iterator[int]:
    """The port of a server that answers every request with the file."""
    storage = Elsewhere(stored.folder) if way == "elsewhere" else DiskStorage(stored.folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not await stream(scope, receive, send, storage=storage, file=stored.file):
            await not_found(scope, receive, send)

    protocol = http_protocol(10.0) if way == "sendfile" else HttpToolsProtocol
    with listening(RequestEnvelope(app), protocol) as port:
        yield port


@contextmanager
def listening(app: ASGIApp, protocol: type[HttpToolsProtocol]) -> Iterator[int]:
    """The port of a server in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        config = uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        pause = threading.Event()
        while not server.started:
            assert thread.is_alive()
            pause.wait(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
