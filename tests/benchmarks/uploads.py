"""`python -m tests.benchmarks.uploads`: how fast a file comes in through the whole hub, beside
copying it with aiofiles and hashing it, in turns on the same disk.

The hub is a process of its own and writes what it acknowledges to the disk before it does; copies
do not, but for the last of them. The goal is judged by the copy in pieces of 256 KiB, which the
storage has as well; larger ones ask the threads of aiofiles less often.
"""

import asyncio
import hashlib
import os
import socket
import struct
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import aiofiles
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hub.assets.service.uploads import Wish, create_upload
from hub.auth import DISTRICT, Grant, Role, Viewer
from hub.clock import now
from hub.database import close_database, open_database, transaction
from hub.identity.service.sessions import Opened, open_session
from hub.identity.service.sign_in import create_person
from hub.migrating import migrate
from hub.settings import Settings, install_settings
from media.kinds import AssetKind
from media.tickets import upload_path
from tests.faults.server import HubProcess, serving

GOAL = 0.7
_MIB = 1024 * 1024
_PIECES = (64 * 1024, 256 * 1024, _MIB)
_JUDGED = 256 * 1024
_HEAD = struct.pack(">I", 16) + b"ftypisom\0\0\0\0" + struct.pack(">I", 8) + b"moov"


@dataclass(frozen=True)
class Round:
    """Seconds that each way took for the same file."""

    copies: dict[int, float]
    safe: float
    hub: float


def written(path: Path, size: int) -> None:
    """A file that looks like a video and is different from every other."""
    left = size - len(_HEAD)
    with path.open("wb") as file:
        file.write(_HEAD + struct.pack(">I", left) + b"mdat")
        left -= 8
        while left > 0:
            left -= file.write(os.urandom(min(_MIB, left)))


async def copied(
    source: Path, target: Path, *, piece_bytes: int = _MIB, is_safe: bool = False
) -> float:
    """Seconds to copy with aiofiles and hash on the way."""
    started, digest = time.perf_counter(), hashlib.sha256()
    async with aiofiles.open(source, "rb") as read, aiofiles.open(target, "wb") as write:
        while piece := await read.read(piece_bytes):
            digest.update(piece)
            await write.write(piece)
        if is_safe:
            await write.flush()
            await asyncio.to_thread(os.fsync, write.fileno())
    seconds = time.perf_counter() - started
    await asyncio.to_thread(target.unlink)
    return seconds


def sent(source: Path, port: int, *, path: str, token: str) -> float:
    """Seconds from the first byte of the request to the answer that says it is stored."""
    size = source.stat().st_size
    head = (
        f"PUT {path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\n"
        f"content-length: {size}\r\nconnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection, source.open("rb") as file:
        started = time.perf_counter()
        connection.sendall(head.encode())
        connection.sendfile(file)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        seconds = time.perf_counter() - started
    assert b'"state":"STORED"' in answer, answer
    return seconds


async def somebody() -> Opened:
    """An editor who is signed in."""
    at = now()

    async def body() -> Opened:
        person = await create_person("13812345678", display_name="编辑", now=at)
        grants = (Grant(Role.EDITOR, DISTRICT),)
        return await open_session(
            person, grants=grants, has_second_factor=True, label="benchmark", now=at
        )

    return await transaction(body)


async def measured(settings: Settings, hub: HubProcess, *, size: int, rounds: int) -> list[Round]:
    """The rounds, each way in turn."""
    opened, folder = await somebody(), settings.data_dir
    source, found = folder / "source", []
    for _ in track(range(rounds), description="rounds", console=Console(stderr=True)):
        await asyncio.to_thread(written, source, size)
        wish = Wish(AssetKind.VIDEO, "x.mp4", size)
        upload = (await create_upload(Viewer(opened.actor, now()), wish)).upload
        assert upload is not None
        path = upload_path(upload.id, upload.uploaded_by)
        token = opened.tokens.access_token
        found.append(
            Round(
                copies={
                    each: await copied(source, folder / "copy", piece_bytes=each)
                    for each in _PIECES
                },
                safe=await copied(source, folder / "copy", is_safe=True),
                hub=await asyncio.to_thread(sent, source, hub.port, path=path, token=token),
            )
        )
    return found


def show(rounds: list[Round], size: int) -> None:
    """Rates, and the ratio against the goal: medians of the rounds, the lowest and the highest."""
    table = Table(box=None, pad_edge=False)
    for name in ("way", "MB/s", "hub / way", "lowest", "highest"):
        table.add_column(name, justify="left" if name == "way" else "right")
    ways = {
        **{
            f"aiofiles copy + SHA-256, {piece // 1024} KiB": [each.copies[piece] for each in rounds]
            for piece in _PIECES
        },
        "the last, fsynced": [each.safe for each in rounds],
        "PUT to the hub": [each.hub for each in rounds],
    }
    for name, seconds in ways.items():
        ratios = [taken / each.hub for taken, each in zip(seconds, rounds, strict=True)]
        figures = (median(ratios), min(ratios), max(ratios))
        rate = f"{size / median(seconds) / 1e6:,.0f}"
        table.add_row(name, rate, *(f"{each:.2f}" for each in figures))
    console = Console()
    console.print(table)
    ratio = median(each.copies[_JUDGED] / each.hub for each in rounds)
    verdict = "reached" if ratio >= GOAL else "MISSED"
    console.print(f"Goal: at least {GOAL} of copying and hashing: {ratio:.2f}, {verdict}.")


async def run(*, size: int, rounds: int) -> list[Round]:
    """Start a hub on an empty SQLite database and measure."""
    with tempfile.TemporaryDirectory(prefix="hubmedia") as name:
        values = {"data_dir": Path(name), "secret_key": "s" * 20 + "ecret for measuring"}
        settings = Settings.model_validate(values)
        install_settings(settings)
        await migrate(settings)
        await open_database(settings)
        try:
            async with serving(settings) as hub:
                return await measured(settings, hub, size=size, rounds=rounds)
        finally:
            await close_database()


def main(
    megabytes: Annotated[int, typer.Option(min=1, help="How large the file is.")] = 200,
    rounds: Annotated[int, typer.Option(min=1, help="How often; medians are taken.")] = 7,
) -> None:
    """Measure and print."""
    size = megabytes * 1_000_000
    show(asyncio.run(run(size=size, rounds=rounds)), size)


if __name__ == "__main__":
    typer.run(main)
