"""Work on files of strangers, done in a process of its own that can be killed.

A decoder that meets a hostile file may take all memory, never end, or crash. So it runs outside of
the server: with a cap on memory, on the size of what it writes and on time, without the hub's
environment and its secrets, at a low priority. It reads its job as one line of JSON and prints a
line of JSON for every step; the last one has its `result` or its `failure`. When the hub goes away
it goes away too: its standard input ends.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

import media

MEBIBYTE: Final = 1024 * 1024
_LINE_BYTES: Final = 1 * MEBIBYTE
_KEPT_ENVIRONMENT: Final = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Caps:
    """What a process may take: address space, bytes of one file, seconds in all, and seconds
    without a word.
    """

    memory_bytes: int
    file_bytes: int
    seconds: float
    silent_seconds: float


class ProcessFailed(Exception):
    """The work was not done. `code` is what the process said, or `took_too_long`,
    `took_too_much_memory`, `crashed`.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


Step = Callable[[Mapping[str, Any]], Awaitable[None]]


async def run_apart(
    module: str, job: Mapping[str, Any], *, caps: Caps, on_step: Step | None = None
) -> Mapping[str, Any]:
    """The result of `python -m module` for a job. `on_step` gets every line before the last one.

    Raises ProcessFailed. However this ends, by a cancellation too, the process is gone.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        limit=_LINE_BYTES,
    )
    try:
        async with asyncio.timeout(caps.seconds):
            return await _conversation(process, job, caps=caps, on_step=on_step)
    except TimeoutError as error:
        raise ProcessFailed("took_too_long", module) from error
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.shield(process.wait())


async def _conversation(
    process: asyncio.subprocess.Process,
    job: Mapping[str, Any],
    *,
    caps: Caps,
    on_step: Step | None,
) -> Mapping[str, Any]:
    limits = {"memory_bytes": caps.memory_bytes, "file_bytes": caps.file_bytes}
    assert process.stdin is not None
    process.stdin.write(orjson.dumps({"limits": limits, "job": dict(job)}) + b"\n")
    async for said in _lines(process, silent_seconds=caps.silent_seconds):
        if "failure" in said:
            raise ProcessFailed(str(said["failure"]), str(said.get("detail", "")))
        if "result" in said:
            result: Mapping[str, Any] = said["result"]
            return result
        if on_step is not None:
            await on_step(said)
    raise ProcessFailed("crashed", f"exit {await process.wait()}")


async def _lines(
    process: asyncio.subprocess.Process, *, silent_seconds: float
) -> AsyncIterator[dict[str, Any]]:
    assert process.stdout is not None
    while True:
        async with asyncio.timeout(silent_seconds):
            try:
                line = await process.stdout.readline()
            except ValueError as error:
                raise ProcessFailed("crashed", "a line without an end") from error
        if not line:
            return
        yield orjson.loads(line)


def _environment() -> dict[str, str]:
    """What the process needs to start, and nothing of the hub's settings."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    source = Path(media.__file__).parents[1]
    return {**kept, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
