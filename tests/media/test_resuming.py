"""A real server and a real client of tus: bytes arrive, are cut off, and go on after a kill."""

import asyncio
import io
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import pytest
from starlette.types import Message
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from hub.assets.service import uploads as module
from hub.auth import DISTRICT, Grant, Role
from hub.clock import frozen, now
from hub.database import transaction
from hub.errors import Unavailable
from hub.identity.service.sessions import Opened, open_session
from hub.records import Record
from hub.settings import Settings
from media.kinds import UploadState
from media.storage import blob_key, current_storage
from tests.factories.identity import NOW, OTHER_PHONE, insert_person
from tests.factories.media import PDF, address, asked, assets, hash_of, uploads
from tests.faults.server import HubProcess, serving
from tests.media.conftest import TUS, Sender

MIB = 1024 * 1024
WAIT_SECONDS = 30


def paper(size: int) -> bytes:
    """A document of exactly so many bytes."""
    filling = b"%" + Random(size).randbytes(size - len(PDF) - 1).replace(b"<", b"(")
    return PDF[:9] + filling.replace(b"/", b"|") + PDF[9:]


@dataclass
class Front:
    """A front end's view of a hub that is a process of its own."""

    hub: HubProcess
    opened: Opened
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.opened.tokens.access_token}"}

    async def leave(self, content: bytes, **wish: Any) -> str:
        """Ask to send a document; where to."""
        upload = await asked(self.opened.actor, content, at=now(), **wish)
        return f"http://127.0.0.1:{self.hub.port}{address(upload)}"

    async def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        headers = TUS | self.headers | options.pop("headers", {})
        async with httpx.AsyncClient() as http:
            return await http.request(method, url, headers=headers, **options)

    async def offset(self, url: str) -> int:
        return int((await self.request("HEAD", url)).headers["upload-offset"])

    async def send_part(self, url: str, part: bytes, *, offset: int) -> httpx.Response:
        headers = {"upload-offset": str(offset)}
        return await self.request("PATCH", url, content=part, headers=headers)

    async def begin_part(
        self, url: str, part: bytes, *, offset: int, announced: int
    ) -> asyncio.StreamWriter:
        """Send the beginning of a part, and leave the connection open."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.hub.port)
        self.writers.append(writer)
        headers = TUS | self.headers | {"upload-offset": str(offset), "host": "hub"}
        headers |= {"content-length": str(announced)}
        head = f"PATCH {httpx.URL(url).path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode() + b"\r\n" + part)
        await writer.drain()
        return writer

    async def until(self, url: str, least: int) -> int:
        """Wait until so much is safe."""
        async with asyncio.timeout(WAIT_SECONDS):
            while (there := await self.offset(url)) < least:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        return there


async def signed_in(phone: str) -> Opened:
    person = await insert_person(phone, at=now())
    grants = (Grant(Role.EDITOR, DISTRICT),)
    return await transaction(
        lambda: open_session(
            person, grants=grants, has_second_factor=True, label="a phone", now=now()
        )
    )


@pytest.fixture
async def front(database: Settings) -> AsyncIterator[Front]:
    async with serving(database) as hub:
        front = Front(hub, await signed_in("13812345678"))
        yield front
        for writer in front.writers:
            writer.transport.abort()


async def stored(content: bytes) -> bytes:
    return b"".join([piece async for piece in current_storage().read(blob_key(hash_of(content)))])


async def only_upload() -> Record:
    [upload] = await uploads()
    return upload


@pytest.mark.slow
async def test_a_client_of_tus_sends_a_file(front: Front) -> None:
    content = paper(3 * MIB + 5)
    url = await front.leave(content)

    def send() -> int:
        client = TusClient("http://hub.invalid/", headers=front.headers)
        uploader = client.uploader(file_stream=io.BytesIO(content), url=url, chunk_size=MIB)
        uploader.upload(stop_at=MIB)
        again = client.uploader(
            file_stream=io.BytesIO(content), url=url, chunk_size=MIB, upload_checksum=True
        )
        offset = int(again.offset)
        again.upload()
        return offset

    assert await asyncio.to_thread(send) == MIB
    assert await stored(content) == content
    assert [asset.sha256 for asset in await assets()] == [hash_of(content)]


@pytest.mark.slow
async def test_a_client_of_tus_is_told_why_not(front: Front) -> None:
    content = b"<html><script>alert(1)</script></html>"
    url = await front.leave(content)
    other = await signed_in(OTHER_PHONE)

    def send(token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        client = TusClient("http://hub.invalid/", headers=headers)
        client.uploader(file_stream=io.BytesIO(content), url=url).upload()

    with pytest.raises(TusCommunicationError, match="404"):
        await asyncio.to_thread(send, other.tokens.access_token)
    with pytest.raises(TusUploadFailed) as refused:
        await asyncio.to_thread(send, front.opened.tokens.access_token)
    assert refused.value.status_code == 422
    assert b"ACTIVE_CONTENT" in refused.value.response_content
    assert (await only_upload()).state is UploadState.REFUSED
    assert await assets() == []


@pytest.mark.slow
async def test_a_kill_loses_nothing_that_was_acknowledged(front: Front) -> None:
    content = paper(19 * MIB)
    url = await front.leave(content, sha256=hash_of(content))
    first = await front.send_part(url, content[: 2 * MIB], offset=0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(2 * MIB))

    writer = await front.begin_part(
        url, content[2 * MIB : 5 * MIB], offset=2 * MIB, announced=17 * MIB
    )
    await front.hub.restart()
    writer.close()
    after_one = await front.offset(url)
    assert 2 * MIB <= after_one <= 5 * MIB

    end = 18 * MIB + 512 * 1024
    writer = await front.begin_part(
        url, content[after_one:end], offset=after_one, announced=19 * MIB - after_one
    )
    told = await front.until(url, after_one + 1)  # while it comes, one sees how much is safe
    await front.hub.restart()
    writer.close()
    after_two = await front.offset(url)
    assert told <= after_two <= end

    last = await front.send_part(url, content[after_two:], offset=after_two)
    assert last.status_code == 204
    assert await stored(content) == content
    assert (await only_upload()).state is UploadState.STORED


@pytest.mark.fault
async def test_many_kills_at_any_moment_lose_nothing(front: Front) -> None:
    """Each round sends some, is killed, and goes on behind what the hub says it has."""
    content, chance, told = paper(19 * MIB), Random(7), 0
    url = await front.leave(content, sha256=hash_of(content))
    for _ in range(30):
        offset = await front.offset(url)
        assert offset >= told
        end = min(offset + chance.randrange(1, 2 * MIB), len(content) - 1)
        left = len(content) - offset
        writer = await front.begin_part(url, content[offset:end], offset=offset, announced=left)
        await asyncio.sleep(chance.random() * 3)
        told = await front.offset(url)
        await front.hub.restart()
        writer.close()
    offset = await front.offset(url)
    assert offset >= told
    assert (await front.send_part(url, content[offset:], offset=offset)).status_code == 204
    assert await stored(content) == content


@pytest.mark.slow
async def test_a_connection_that_breaks_loses_nothing_that_arrived(front: Front) -> None:
    content = paper(2 * MIB)
    url = await front.leave(content)
    writer = await front.begin_part(url, content[:MIB], offset=0, announced=2 * MIB)
    busy = await _busy(front, url)
    assert (busy.status_code, busy.headers["retry-after"]) == (423, "1")
    writer.close()
    assert await front.until(url, MIB) == MIB
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            answer = await front.send_part(url, content[MIB:], offset=MIB)
            if answer.status_code != 423:
                break
            await asyncio.sleep(0.05)
    assert answer.status_code == 204
    assert await stored(content) == content


async def _busy(front: Front, url: str) -> httpx.Response:
    """What a second sender is told while the first one sends."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            answer = await front.send_part(url, b"", offset=0)
            if answer.status_code == 423:
                return answer
            await asyncio.sleep(0.05)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse whatever would make a file longer, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_keeps_what_was_acknowledged(sender: Sender) -> None:
    content = paper(12 * MIB)
    upload = await asked(sender.actor, content)
    url = address(upload)
    first = await sender.patch(url, content[: 5 * MIB], offset=0)
    assert first.status_code == 204
    with files_of_at_most(8 * MIB):
        full = await sender.patch(url, content[5 * MIB :], offset=5 * MIB)
    assert (full.status_code, full.json()["errors"][0]["extensions"]["code"]) == (
        507,
        "UNAVAILABLE",
    )
    there = int((await sender.head(url)).headers["upload-offset"])
    assert 5 * MIB <= there <= 8 * MIB
    assert await assets() == []
    again = await sender.patch(url, content[there:], offset=there)
    assert again.status_code == 204
    assert await stored(content) == content


async def test_a_disk_without_room_takes_no_upload(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda: 100)
    with pytest.raises(Unavailable):
        await asked((await signed_in(OTHER_PHONE)).actor, PDF + b"\n" * 200)
    assert await uploads() == []


async def test_a_client_that_falls_silent_is_let_go(sender: Sender) -> None:
    """As a server hears it: something, and then nothing more."""
    url = address(await asked(sender.actor, PDF))
    coming = [{"type": "http.request", "body": PDF[:30], "more_body": True}]
    answer: list[Message] = []

    async def receive() -> Message:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop()

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [(name.encode(), value.encode()) for name, value in TUS.items()]
    headers.append((b"upload-offset", b"0"))
    scope = {"type": "http", "method": "PATCH", "path": url, "headers": headers}
    sender.endpoint._idle_seconds = 0.05
    with frozen(NOW):
        await sender.endpoint(scope, receive, send)
    assert answer[0]["status"] == 408
    assert (b"upload-offset", b"30") in answer[0]["headers"]
    assert (await sender.patch(url, PDF[30:], offset=30)).status_code == 204
