"""A real server for tests: the whole application under uvicorn, on a free port of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from strawberry import Schema

from hub.app import create_app
from hub.protocol import http_protocol
from hub.settings import Settings

START_SECONDS = 20.0


@contextmanager
def running_server(settings: Settings, *, schema: Schema | None = None) -> Iterator[str]:
    """Serve until the block ends; gives the address, like `http://127.0.0.1:40123`.

    The server has a thread and an event loop of its own, so that tests may block.
    """
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(settings, schema=schema),
        http=http_protocol(settings.header_timeout_seconds),
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.02)):
        if server.started or not thread.is_alive():
            break
        pause.wait(0.02)
    assert server.started, "the server did not start"
