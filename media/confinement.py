"""Runs what may hang, crash or eat memory in a process that is ended when it does."""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_ANSWER_BYTES_MAX = 64 * 1024
_AT_ONCE = 3


class Ended(Exception):
    """The process took too long, or died; the argument is a code."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use: memory and written bytes, and seconds of a core and of the clock."""

    memory_bytes: int
    file_bytes: int
    core_seconds: int
    clock_seconds: float


async def run_confined(
    program: Path, order: Mapping[str, Any], *, limits: Limits
) -> dict[str, Any]:
    """What a program of ours answers to `order`, which it gets as JSON together with its limits.

    The interpreter is isolated: no environment, no current folder, no site of the user. A few are
    run at once, the others wait. Raises Ended; then, as when the caller is cancelled, the process
    is gone.
    """
    async with _places(asyncio.get_running_loop()):
        return await _run(program, order, limits)


@lru_cache(maxsize=8)
def _places(_loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    """How many processes there may be beside one event loop: memory is what they share."""
    return asyncio.Semaphore(_AT_ONCE)


async def _run(program: Path, order: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    given = json.dumps(
        {
            **order,
            "memory_bytes": limits.memory_bytes,
            "seconds": limits.core_seconds,
            "file_bytes": limits.file_bytes,
        }
    ).encode()
    try:
        async with asyncio.timeout(limits.clock_seconds):
            answer, _ = await process.communicate(given)
    except TimeoutError as error:
        raise Ended("TOOK_TOO_LONG") from error
    finally:
        await _end(process)
    if process.returncode != 0 or len(answer) > _ANSWER_BYTES_MAX:
        raise Ended("DECODER_DIED")
    found: dict[str, Any] = json.loads(answer)
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
