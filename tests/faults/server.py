"""`hub serve` as a process of its own, to be killed and started again at the same address."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from hub.settings import Settings

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 40.0
STOP_SECONDS: Final = 40.0
_READY: Final = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


class HubProcess:
    """A hub on the database of `settings`, one process, without limits on how often one asks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log = settings.data_dir / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self._started()
        async with asyncio.timeout(START_SECONDS):
            while not await _is_ready(self.port):
                assert self._process.poll() is None, self._log.read_text()
                await asyncio.sleep(0.02)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "serve"],
                cwd=ROOT,
                env=os.environ | self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """End it as a machine does that loses its power."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def terminate(self) -> int:
        """Ask it to stop and wait until it has; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self._process.wait, STOP_SECONDS)

    async def restart(self) -> None:
        """Kill it and start it again."""
        await self.kill()
        await self.start()

    def __del__(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _environment(self) -> dict[str, str]:
        return {
            "HUB_ENV": "development",
            "HUB_PORT": str(self.port),
            "HUB_DATA_DIR": str(self._settings.data_dir),
            "HUB_DATABASE_URL": self._settings.resolved_database_url,
            "HUB_SECRET_KEY": self._settings.secret_key,
            "HUB_RATE_LIMITS": "false",
            "HUB_LOG_LEVEL": "WARNING",
            # Refused for lack of a connection is no answer that these tests ask for.
            "HUB_DATABASE_ACQUIRE_TIMEOUT_SECONDS": "8",
            "HUB_DATABASE_COMMAND_TIMEOUT_SECONDS": "8",
        }


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[HubProcess]:
    """A hub that is up, and gone after the block."""
    hub = HubProcess(settings)
    await hub.start()
    try:
        yield hub
    finally:
        await hub.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(_READY)
        return (await reader.read(64)).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()
