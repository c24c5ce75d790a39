"""The PostgreSQL side of `hub.database`: the pool, its connections, what its driver raises.

Loaded where it is used: the driver takes a tenth of a second, which a hub on SQLite has no need
to spend on its start.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.asyncpg.client import TransactionWrapper as PostgresTransaction
from tortoise.connection import get_connections

from hub.errors import Unavailable
from hub.leasing import Leases
from hub.settings import Settings, current_settings

T = TypeVar("T")

RETRIABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
INTEGRITY = (asyncpg.IntegrityConstraintViolationError,)
UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DiskFullError,
)


def credentials(url: str, settings: Settings) -> dict[str, Any]:
    """asyncpg's pool by dict, so that no timeout is left at 'for ever'.

    A `host` in the query string names a folder with a Unix socket; `sslmode` there says whether
    the connection must be encrypted, as for libpq.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    command_ms = str(int(settings.database_command_timeout_seconds * 1000))
    return {
        "host": query.get("host") or parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or "hub",
        "ssl": query.get("sslmode"),
        "minsize": 1,
        "maxsize": settings.database_pool_max,
        "timeout": settings.database_connect_timeout_seconds,
        "command_timeout": settings.database_command_timeout_seconds,
        "reset": _ended,
        "server_settings": {
            "application_name": "xiaoge-hub",
            "statement_timeout": command_ms,
            "lock_timeout": command_ms,
            "idle_in_transaction_session_timeout": "10000",
            "timezone": "UTC",
        },
    }


async def _ended(connection: Any) -> None:
    """What a connection needs on its way back to the pool beside the rollback of what is open.

    It goes there only when something did not end well (`hub.leasing`). A statement that is
    cancelled in the very moment in which it has been prepared leaves the server in the middle of
    the protocol, with its timeout running; any statement ends that.
    """
    await connection.execute("SELECT 1")


class LeasingClient(AsyncpgDBClient):
    """Tortoise's client with connections kept at hand; the ORM's own statements use them too."""

    leases: Leases | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Open the pool."""
        await super().create_connection(with_db)
        self.leases = Leases(self._pool)

    def acquire_connection(self) -> Any:
        """A context with a connection, as the ORM asks for it."""
        return _acquired(self)

    async def _close(self) -> None:
        if self.leases is not None:
            await self.leases.close()
            self.leases = None
        await super()._close()


client_class = LeasingClient
"""By which Tortoise finds the client of the engine `hub.postgres`."""


async def fetch(client: Any, sql: str, *, parameters: Sequence[Any]) -> Sequence[Any]:
    """The rows of one statement, on the transaction that `client` is or on the pool it has."""
    rows: Sequence[Any]
    if isinstance(client, PostgresTransaction):
        async with client.acquire_connection() as connection:
            rows = await connection.fetch(sql, *parameters)
            return rows
    leases = client.leases or await _leases(client)
    connection = await leases.take(timeout_seconds=_acquire_timeout_seconds())
    try:
        rows = await connection.fetch(sql, *parameters)
    except BaseException as error:
        if isinstance(error, TimeoutError):
            _cut_off(connection)
        await leases.discard(connection)
        raise
    leases.give_back(connection)
    return rows


@asynccontextmanager
async def _acquired(client: LeasingClient) -> AsyncIterator[Any]:
    """A connection of the pool.

    One that did not answer in time is cut off: to cancel the statement and to reset the
    connection would each wait for the same silent server again.
    """
    leases = client.leases or await _leases(client)
    async with leases.lent(timeout_seconds=_acquire_timeout_seconds()) as connection:
        try:
            yield connection
        except TimeoutError:
            _cut_off(connection)
            raise


def _cut_off(connection: Any) -> None:
    with suppress(asyncpg.InterfaceError):  # the pool has taken back what is cut off already
        connection.terminate()


async def run_transaction(client: Any, body: Callable[[], Awaitable[T]]) -> T:
    """`body` in a transaction of its own, committed when it returns and rolled back otherwise."""
    async with _acquired(client) as connection:
        wrapper = PostgresTransaction(client)
        wrapper._connection = connection
        token = get_connections().set(client.connection_name, wrapper)
        try:
            async with connection.transaction():
                try:
                    return await body()
                except (TimeoutError, Unavailable):
                    _cut_off(connection)  # before the rollback, which would wait as long again
                    raise
        finally:
            get_connections().reset(token)


def connections(client: Any) -> tuple[int, int]:
    """How many connections the pool has open, and how many of them are idle."""
    leases = getattr(client, "leases", None)
    return leases.sizes if leases is not None else (0, 0)


async def _leases(client: LeasingClient) -> Leases:
    if client.leases is None:
        async with asyncio.timeout(_acquire_timeout_seconds()), client._pool_init_lock:
            if client.leases is None:
                await client.create_connection(with_db=True)
    assert client.leases is not None, "connected"
    return client.leases


def _acquire_timeout_seconds() -> float:
    return current_settings().database_acquire_timeout_seconds
