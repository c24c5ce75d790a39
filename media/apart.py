"""The other end of `media.processes`: a process that works on one file and says how it went."""

import contextlib
import errno
import os
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import orjson

POLITENESS: Final = 10

Say = Callable[[Mapping[str, Any]], None]
Work = Callable[[Mapping[str, Any], Say], Mapping[str, Any]]


class Refused(Exception):
    """The file will not do, and why, in a word that callers know."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def serve_one(work: Work) -> None:
    """Read the job, bind oneself to its limits, do it, and print its result or its failure."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no line of ours
    asked = orjson.loads(_line())
    _bind(**asked["limits"])
    threading.Thread(target=_end_with_the_hub, daemon=True).start()
    _say(out, _outcome(work, asked["job"], lambda step: _say(out, step)))
    out.flush()
    os._exit(0)  # no destructor of a library gets another chance to hang


def _line() -> bytes:
    found = bytearray()
    while not found.endswith(b"\n"):
        if not (piece := os.read(0, 65_536)):
            sys.exit(2)
        found += piece
    return bytes(found)


def _outcome(work: Work, job: Mapping[str, Any], say: Say) -> Mapping[str, Any]:
    try:
        return {"result": dict(work(job, say))}
    except Refused as refusal:
        return {"failure": refusal.code, "detail": refusal.detail}
    except MemoryError:
        return {"failure": "took_too_much_memory"}
    except OSError as error:
        return {"failure": _FAILURES.get(error.errno or 0, "crashed"), "detail": str(error)}


_FAILURES: Final = {
    errno.EFBIG: "no_room",
    errno.ENOSPC: "no_room",
    errno.EDQUOT: "no_room",
    errno.EAGAIN: "took_too_much_memory",  # a thread got no stack
    errno.ENOMEM: "took_too_much_memory",
}


def _say(out: BinaryIO, step: Mapping[str, Any]) -> None:
    out.write(orjson.dumps(step) + b"\n")
    out.flush()


def _bind(*, memory_bytes: int, file_bytes: int) -> None:
    os.nice(POLITENESS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_the_hub() -> None:
    """The hub holds the other end of standard input for as long as it lives."""
    with contextlib.suppress(OSError):
        while os.read(0, 65_536):
            pass
    os._exit(3)
