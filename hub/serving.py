"""Runs the hub under uvicorn: binds first, so that a taken port is one clear message."""

import errno
import gc
import os
import socket
from collections.abc import Callable
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.supervisors import Multiprocess

from hub.errors import SettingsInvalid
from hub.metrics import FILES
from hub.middleware import DRAIN_SECONDS
from hub.protocol import http_protocol
from hub.settings import Settings, install_settings

KEEP_ALIVE_SECONDS = 30
BACKLOG = 2_048

_FIRST_QUERY = "{ courses(first: 3) { nodes { title summary } } }"


def serve(settings: Settings, *, announce: Callable[[str], object]) -> None:
    """Serve until a signal ends it; `announce` gets the address and a first query when it is up.

    With `settings.workers` above 1 there are that many processes on one socket. Raises
    SettingsInvalid when the address or port cannot be listened on.
    """
    listening = _bound(settings)
    if settings.workers == 1:
        server = _Server(_Config(settings), lambda: announce(_welcome(settings)))
        server.run(sockets=[listening])
        return
    announce(_welcome(settings))
    with TemporaryDirectory(prefix="hub-metrics-") as folder:
        os.environ.setdefault(FILES, folder)  # the workers inherit it
        Multiprocess(_Config(settings), sockets=[listening]).run()


class _Config(uvicorn.Config):
    """uvicorn's configuration, made anew in each worker process from the hub's settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            "hub.app:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            http=http_protocol(settings.header_timeout_seconds),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=settings.concurrency_max,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(DRAIN_SECONDS) + 5,
        )
        self.settings = settings

    def __reduce__(self) -> tuple[Callable[[Settings], "_Config"], tuple[Settings]]:
        return _in_worker, (self.settings,)


def _in_worker(settings: Settings) -> _Config:
    gc.disable()  # nothing of what is imported now is garbage; hub.app turns it on again
    install_settings(settings)
    return _Config(settings)


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def _bound(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
    except OSError as error:
        raise SettingsInvalid(f"HUB_HOST: {host} is no address of this machine.") from error
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.set_inheritable(True)
    try:
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise SettingsInvalid(_why_not(error, host, port)) from error
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    other = port % 65_535 + 1
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} is taken by another program. Choose another: "
                f"`make run PORT={other}`, or set HUB_PORT={other}."
            )
        case errno.EACCES:
            return f"Port {port} may not be used by this user; set HUB_PORT to one above 1023."
        case _:
            return f"{host}:{port} cannot be listened on: {error.strerror}. Check HUB_HOST."


def _welcome(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{settings.port}/graphql"
    body = f'{{"query": "{_FIRST_QUERY}"}}'
    return (
        f"\nXiaoge Hub serves {url}\n\n"
        f"A first query{', also to be pasted into that page' if settings.shows_graphiql else ''}:\n"
        f"  {_FIRST_QUERY}\n\n"
        f"  curl -s {url} -H 'content-type: application/json' -d '{body}'\n"
    )
