"""`python -m tests.benchmarks.streaming`: random ranges of a large file, from the hub and nginx.

Both serve the same 200 MB from the same disk, one process each, on the core that the hub has in
every measurement; the client has the others. They take turns, medians are taken. It needs nginx,
which the hub does not.
"""

import asyncio
import hashlib
import os
import random
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hub.clock import now
from hub.database import close_database, open_database
from hub.ids import new_id
from hub.migrating import migrate
from hub.settings import Settings, install_settings
from media.addresses import PUBLIC_PATH
from media.kinds import AssetKind, AssetState
from media.models import Asset
from media.storage import derived_key
from tests.benchmarks.machine import describe
from tests.benchmarks.report import print_header
from tests.benchmarks.servers import (
    Cores,
    keep_off_the_server,
    production,
    serving,
    split_cores,
)

MIB = 1024 * 1024
FILE_BYTES = 200 * 1000 * 1000
RANGES = {"1 MiB": MIB, "64 KiB": 64 * 1024}
PLAYED = "film.mp4"
_BUFFER_BYTES = MIB
_START_SECONDS = 10.0


@dataclass
class Side:
    """A server and what it gave, by the size of the ranges and the number of connections."""

    name: str
    port: int
    path: str
    bytes_per_second: dict[tuple[str, int], list[float]] = field(default_factory=dict)


def main(
    *,
    seconds: Annotated[float, typer.Option(min=0.05, help="How long a run is.")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are taken.")] = 7,
    concurrency: Annotated[
        list[int] | None, typer.Option(min=1, help="Connections; 1 and 8 unless said.")
    ] = None,
) -> None:
    """Measure random ranges of a 200 MB file, the hub beside nginx."""
    if shutil.which("nginx") is None:
        sys.exit("nginx is not installed: there is nothing to measure beside.")
    cores = split_cores()
    keep_off_the_server(cores)
    with tempfile.TemporaryDirectory(prefix="hubmedia") as name:
        settings = production(Path(name), f"sqlite://{name}/hub.sqlite3")
        sha256 = asyncio.run(_prepare(settings))
        file = Path(name, "media", derived_key(sha256, PLAYED))
        with (
            serving("hub", settings, cores.server) as hub,
            nginx(Path(name), file, cores) as nginx_port,
        ):
            sides = [
                Side("nginx", nginx_port, "/file.mp4"),
                Side("hub", hub.port, f"{PUBLIC_PATH}{sha256}/{PLAYED}"),
            ]
            _measure(sides, seconds, rounds=rounds, connections=concurrency or [1, 8])
    console = Console()
    print_header(console, describe(cores, databases="SQLite"))
    console.print(_table(sides))


async def _prepare(settings: Settings) -> str:
    """A migrated hub with one public file; its hash."""
    install_settings(settings)
    await migrate(settings)
    content = random.Random(1).randbytes(FILE_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    _write(settings.data_dir / "media" / derived_key(sha256, PLAYED), content)
    await open_database(settings)
    try:
        await Asset.create(
            id=new_id(),
            kind=AssetKind.VIDEO,
            sha256=sha256,
            size_bytes=FILE_BYTES,
            media_type="video/mp4",
            extension="mp4",
            name="lesson.mp4",
            is_shown=True,
            state=AssetState.READY,
            created_at=now(),
        )
    finally:
        await close_database()
    return sha256


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@contextmanager
def nginx(folder: Path, file: Path, cores: Cores) -> Iterator[int]:
    """The port of an nginx with one worker on the server's core, which serves `file`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    written = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # or its worker may not enter the folder
    written.write_text(_CONFIGURATION.format(folder=folder, file=file, port=port, user=user))
    command = ["nginx", "-p", str(folder), "-e", str(folder / "errors"), "-c", str(written)]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        if cores.server is not None:
            for child in _children(process.pid):
                os.sched_setaffinity(child, {cores.server})
        yield port
    finally:
        process.terminate()
        process.wait()


def _children(process_id: int) -> list[int]:
    path = Path(f"/proc/{process_id}/task/{process_id}/children")
    return [int(each) for each in path.read_text(encoding="ascii").split()]


def _wait_for(port: int) -> None:
    until = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    sys.exit("nginx did not start.")


_CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 100000000;
  types {{ video/mp4 mp4; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    location = /file.mp4 {{ alias {file}; }}
  }}
}}
"""


def _measure(sides: list[Side], seconds: float, *, rounds: int, connections: list[int]) -> None:
    for side in sides:
        _run(side, FILE_BYTES // 10, connections=1, seconds=0.3)  # everything is warm then
    for _ in track(range(rounds), description="Measuring", console=Console(stderr=True)):
        for name, size in RANGES.items():
            for count in connections:
                for side in sides:
                    found = _run(side, size, connections=count, seconds=seconds)
                    side.bytes_per_second.setdefault((name, count), []).append(found)


class _Line:
    """A connection that asks for one random range after the other."""

    def __init__(self, side: Side, size: int, dice: random.Random) -> None:
        self.socket = socket.create_connection(("127.0.0.1", side.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._side, self._size, self._dice = side, size, dice
        self._left: int | None = None

    def ask(self) -> None:
        """Send the next request."""
        start = self._dice.randrange(FILE_BYTES - self._size)
        head = f"GET {self._side.path} HTTP/1.1\r\nHost: localhost\r\n"
        self.socket.sendall(
            f"{head}Range: bytes={start}-{start + self._size - 1}\r\n\r\n".encode("ascii")
        )
        self._left = None

    def take(self, buffer: bytearray) -> bool:
        """Take what has come; whether the answer is whole."""
        count = self.socket.recv_into(buffer)
        if count == 0:
            raise ConnectionError(f"{self._side.name} has closed a connection")
        if self._left is None:
            end = buffer.find(b"\r\n\r\n", 0, count)
            if not buffer.startswith(b"HTTP/1.1 206") or end < 0:
                raise ValueError(f"{self._side.name} answered {bytes(buffer[:200])!r}")
            count -= end + 4
            self._left = self._size
        self._left -= count
        return self._left == 0


def _run(side: Side, size: int, *, connections: int, seconds: float) -> float:
    """Bytes per second over so many connections that always want the next range."""
    dice, buffer, done = random.Random(size), bytearray(_BUFFER_BYTES), 0
    with selectors.DefaultSelector() as selector:
        lines = [_Line(side, size, dice) for _ in range(connections)]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask()
        started_at = time.perf_counter()
        while time.perf_counter() - started_at < seconds:
            for key, _ in selector.select(10.0):
                if key.data.take(buffer):
                    done += 1
                    key.data.ask()
        taken = time.perf_counter() - started_at
        for line in lines:
            line.socket.close()
    return done * size / taken


def _table(sides: list[Side]) -> Table:
    table = Table("ranges", "connections", *(f"{side.name}, MB/s" for side in sides), "hub : nginx")
    for name, count in sides[0].bytes_per_second:
        rates = [median(side.bytes_per_second[name, count]) for side in sides]
        shown = [f"{rate / 1e6:,.0f}" for rate in rates]
        table.add_row(name, str(count), *shown, f"{rates[1] / rates[0]:.2f}")
    return table


if __name__ == "__main__":
    typer.run(main)
