"""Two hundred people who watch at once cost no more memory than a few."""

import selectors
import socket
from pathlib import Path

import pytest

from tests.media.serving import handing_out, store

READERS = 200
SIZE = 64 * 1024 * 1024
TAKEN_BYTES = 8 * 1024 * 1024
# A connection and its task are 50 KiB; a thread has read 64 KiB more for each reader.
GROWTH_MAX_BYTES = {"sendfile": 30 << 20, "threads": 100 << 20}


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sendfile", "threads"])
def test_memory_stays_where_it_is(tmp_path: Path, way: str) -> None:
    stored = store(tmp_path, bytes(SIZE))
    with handing_out(stored, way) as port:
        take(port, readers=5, taken=TAKEN_BYTES)
        before, highest = resident_bytes(), take(port, readers=READERS, taken=TAKEN_BYTES)
        assert highest - before < GROWTH_MAX_BYTES[way]
        assert highest - before < READERS * TAKEN_BYTES / 5


def take(port: int, *, readers: int, taken: int) -> int:
    """Have as many readers as that in mid-file, each `taken` bytes in; the memory at its highest.

    The readers share one buffer: what grows is the server's, which runs in this process.
    """
    buffer, highest = bytearray(256 * 1024), 0
    left: dict[socket.socket, int] = {}
    with selectors.DefaultSelector() as selector:
        for _ in range(readers):
            line = socket.create_connection(("127.0.0.1", port))
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            selector.register(line, selectors.EVENT_READ)
            left[line] = taken
        while any(count > 0 for count in left.values()):
            for key, _ in selector.select(20.0):
                line = key.fileobj  # type: ignore[assignment]
                left[line] -= line.recv_into(buffer)
                if left[line] <= 0:
                    selector.unregister(line)  # stays connected, in mid-file
            highest = max(highest, resident_bytes())
        for line in left:
            line.close()
    return highest
