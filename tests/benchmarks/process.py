"""What a process costs: imports, the way to the first answer, resident memory."""

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

from hub.settings import Settings
from tests.benchmarks.load import BadAnswer, Limit, ask, run_load
from tests.benchmarks.results import Memory
from tests.benchmarks.servers import ROOT, serving

_MEMORY_CONCURRENCY = 8


def import_seconds(repeats: int) -> float:
    """What importing `hub.app` adds to starting Python: a median, caches warm."""
    _python("import hub.app")
    bare = median(_python("pass") for _ in range(repeats))
    return median(_python("import hub.app") for _ in range(repeats)) - bare


def _python(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    return time.perf_counter() - started


async def start_seconds(
    settings: Settings, request: bytes, *, repeats: int, core: int | None
) -> float:
    """From the start of the hub's process to its first answer: a median."""
    found = []
    for _ in range(repeats):
        with serving("hub", settings, core) as server:
            try:
                await ask(server.port, request)
            except (BadAnswer, TimeoutError) as error:
                raise server.failure(f"The hub did not start: {error!r}") from error
            found.append(time.perf_counter() - server.started_at)
    return median(found)


async def memory(
    settings: Settings, requests: Sequence[bytes], *, limit: Limit, core: int | None
) -> Memory:
    """The hub's resident memory after its first answer and after a mixed load."""
    with serving("hub", settings, core) as server:
        try:
            await ask(server.port, requests[0])
            before = server.resident_bytes
            run = await run_load(
                server.port, requests, concurrency=_MEMORY_CONCURRENCY, limit=limit
            )
        except (BadAnswer, TimeoutError) as error:
            raise server.failure(f"The load broke off: {error!r}") from error
        return Memory(before, server.resident_bytes, run.requests)
