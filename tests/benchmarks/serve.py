"""The server process: `python -m tests.benchmarks.serve KIND FD CORE`.

The kinds: the `hub`; what is written by `hand`; the sign-ups of the `rush` by hand; Home by `plain`
Strawberry; Home `aggregated` by PostgreSQL; `constant` bytes.

Each application is served by one uvicorn process with the same settings, from `HUB_` variables,
on a socket that the parent opened, pinned to one core (`any` leaves it where it is).
"""

import gc
import os
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

from hub.protocol import http_protocol
from hub.settings import Settings, load_settings

KEEP_ALIVE_SECONDS = 30


def main(kind: str, descriptor: str, core: str) -> None:
    """Serve until SIGTERM."""
    if core != "any":
        os.sched_setaffinity(0, {int(core)})
    settings = load_settings()
    config = uvicorn.Config(
        _application(kind, settings),
        loop="uvloop",
        http=http_protocol(settings.header_timeout_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=settings.concurrency_max,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


def _application(kind: str, settings: Settings) -> ASGIApp:
    if kind == "hub":
        from hub.app import create_app

        return create_app(settings)
    from hub.settings import install_settings

    install_settings(settings)
    application = _compared(kind, settings)
    gc.collect()
    gc.freeze()  # as the hub does
    return application


def _compared(kind: str, settings: Settings) -> ASGIApp:
    """What the hub is compared with."""
    if kind == "plain":
        from tests.benchmarks.plain import plain

        return plain(settings)
    if kind == "constant":
        from tests.benchmarks.constant import constant

        return constant(settings)
    if kind == "aggregated":
        from tests.benchmarks.aggregated import Aggregated

        return Aggregated(settings)
    if kind == "rush":
        from tests.benchmarks.rushbyhand import by_hand

        return by_hand(settings)
    from tests.benchmarks.byhand import ByHand
    from tests.benchmarks.stores import store_for

    return ByHand(store_for(settings))


if __name__ == "__main__":
    main(*sys.argv[1:])
