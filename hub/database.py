"""ORM configuration, the one `transaction()`, and the one way a statement reaches the database.

Tortoise's own `in_transaction` loses its connection, or leaves SQLite's lock held, when its task
is cancelled; every mutation can be cancelled by a client that goes away. So a transaction here is
a function that runs its body in a task of its own, behind a shield: it commits or it rolls back,
whatever happens to the caller. A lint rule forbids the bare one everywhere else.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import aiosqlite
import structlog
from tortoise import Tortoise
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connection, get_connections
from tortoise.exceptions import BaseORMException, IntegrityError

from hub import clock, touching
from hub.errors import Unavailable
from hub.settings import Settings, current_settings
from hub.tables import APP, MODEL_MODULES, dependants

T = TypeVar("T")

CONNECTION = "default"
_RETRIES = 3
_RETRY_BASE_SECONDS = 0.02
_BUSY_TIMEOUT_MS = 1_000

_log = structlog.get_logger(__name__)
_running: set[asyncio.Task[Any]] = set()
_recorder: ContextVar[list[str] | None] = ContextVar("hub_statements", default=None)
_afterwards: ContextVar[list[Callable[[], object]] | None] = ContextVar("hub_after", default=None)


@dataclass(frozen=True, slots=True)
class Faults:
    """What a driver raises, by what it means."""

    integrity: tuple[type[Exception], ...]
    retriable: tuple[type[Exception], ...]
    unavailable: tuple[type[Exception], ...]


_SQLITE_FAULTS = Faults(
    integrity=(sqlite3.IntegrityError,),
    retriable=(),
    unavailable=(sqlite3.OperationalError, TimeoutError, OSError),
)


def orm_config(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration for `settings`: one app, one history, one connection."""
    return {
        "connections": {CONNECTION: _connection_config(settings)},
        "apps": {
            APP: {
                "models": list(MODEL_MODULES),
                "migrations": "hub.migrations",
                "default_connection": CONNECTION,
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection_config(settings: Settings) -> dict[str, Any]:
    url = settings.resolved_database_url
    if url.startswith("sqlite:"):
        credentials: dict[str, Any] = {
            "file_path": url.removeprefix("sqlite://").removeprefix("sqlite:"),
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "busy_timeout": _BUSY_TIMEOUT_MS,
            "cache_size": -16_000,
        }
        return {"engine": "tortoise.backends.sqlite", "credentials": credentials}
    from hub import postgres

    return {
        "engine": "hub.postgres",
        "credentials": postgres.credentials(url, settings),
    }


async def open_database(settings: Settings) -> None:
    """Connect and make the models usable from every task of this process."""
    if settings.uses_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    await Tortoise.init(config=orm_config(settings), _enable_global_fallback=True)


async def close_database() -> None:
    """Wait for the transactions under way, then close every connection."""
    if _running:
        await asyncio.wait(set(_running))
    await Tortoise.close_connections()


def connections() -> tuple[int, int]:
    """How many connections this process has open, and how many of them nobody uses now."""
    if not Tortoise.is_inited():
        return 0, 0
    client = get_connection(CONNECTION)
    if isinstance(client, SqliteClient):
        is_open = client._connection is not None
        return int(is_open), int(is_open and not client._lock.locked())
    from hub import postgres

    return postgres.connections(client)


async def ping() -> None:
    """Ask the database for a sign of life. Raises Unavailable."""
    await fetch_all("SELECT 1", [])


def _faults() -> Faults:
    """What the driver of the open database raises."""
    if is_sqlite():
        return _SQLITE_FAULTS
    from hub import postgres

    return Faults(
        postgres.INTEGRITY,
        postgres.RETRIABLE,
        (*postgres.UNAVAILABLE, TimeoutError, OSError),
    )


def is_sqlite() -> bool:
    """Whether the open database is SQLite; what differs lies behind one function each."""
    return isinstance(get_connection(CONNECTION), SqliteClient)


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Collect the SQL texts sent inside the block: tests pin their number."""
    statements: list[str] = []
    token = _recorder.set(statements)
    try:
        yield statements
    finally:
        _recorder.reset(token)


async def fetch_all(
    sql: str, parameters: Sequence[Any], *, ids: Iterable[Any] | None = None
) -> Sequence[Sequence[Any]]:
    """Run one statement and return its rows, values in the order of its columns.

    Inside `transaction()` it runs on that transaction. `ids` are the rows that it writes, if known.
    Raises Unavailable when the database does not answer in time; a mistake in the statement stays
    what the driver calls it.
    """
    if not touching.is_gathering() and touching.writes_public(sql):
        return await transaction(lambda: fetch_all(sql, parameters, ids=ids))
    touching.observe(sql, ids, dependants=dependants)
    if (recorded := _recorder.get()) is not None:
        recorded.append(sql)
    client = get_connection(CONNECTION)
    try:
        if isinstance(client, SqliteClient):
            return await _fetch_sqlite(client, sql, parameters)
        from hub import postgres

        return await postgres.fetch(client, sql, parameters=parameters)
    except _faults().integrity as error:
        raise IntegrityError(error) from error
    except _faults().unavailable as error:
        if _is_mistake(error):
            raise
        raise _unavailable(error) from error


async def write_many(
    sql: str, rows: Sequence[Sequence[Any]], *, ids: Iterable[Any] | None = None
) -> None:
    """Run one writing statement for each row of parameters, as one call of the driver.

    `ids` are the rows that it writes, if known. Raises IntegrityError for a violated constraint.
    """
    if not touching.is_gathering() and touching.writes_public(sql):
        await transaction(lambda: write_many(sql, rows, ids=ids))
        return
    touching.observe(sql, ids, dependants=dependants)
    if (recorded := _recorder.get()) is not None:
        recorded.append(sql)
    await get_connection(CONNECTION).execute_many(sql, rows)  # type: ignore[arg-type]


async def _fetch_sqlite(
    client: SqliteClient, sql: str, parameters: Sequence[Any]
) -> Sequence[Sequence[Any]]:
    async with _locked(client) as connection:
        return list(await connection.execute_fetchall(sql, parameters))


@asynccontextmanager
async def _locked(client: SqliteClient) -> AsyncIterator[aiosqlite.Connection]:
    """The one connection to SQLite, for as long as the block needs it."""
    async with asyncio.timeout(_acquire_timeout_seconds()):
        await client._lock.acquire()
    try:
        if client._connection is None:
            await _connect(client)
        yield cast("aiosqlite.Connection", client._connection)
    finally:
        client._lock.release()


async def _connect(client: SqliteClient) -> None:
    """Connect and configure, or do neither: a caller that goes away in between would leave a
    connection that does not enforce foreign keys, or its thread without anybody to answer to.
    """
    connecting = asyncio.ensure_future(client.create_connection(with_db=True))
    try:
        await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await asyncio.wait([connecting])  # a moment; the next caller finds it ready
        _forget(connecting)
        raise
    except BaseException:
        await client.close()
        raise


async def transaction(body: Callable[[], Awaitable[T]]) -> T:
    """Run `body` in one transaction and return its result; nothing of it stays when it raises.

    The body runs in its own task: cancelling the caller neither cuts it short nor leaks its
    connection. It is run again, at most 3 times in all, when the database refuses it for a
    conflict with another (serialization, deadlock, busy); so it must have no effect but its
    writes. Inside a transaction a further call joins it.

    Raises whatever the body raises, IntegrityError for a violated constraint, and Unavailable when
    no connection is to be had in time or the database stops answering.
    """
    if isinstance(get_connection(CONNECTION), TransactionalDBClient):
        return await body()
    task = asyncio.ensure_future(_with_retries(body))
    _running.add(task)
    task.add_done_callback(_forget)
    return await asyncio.shield(task)


def _forget(task: "asyncio.Future[Any]") -> None:
    _running.discard(cast("asyncio.Task[Any]", task))
    if not task.cancelled():
        task.exception()  # a caller that went away leaves nobody else to look at it


async def _with_retries(body: Callable[[], Awaitable[T]]) -> T:
    faults = _faults()
    expected: tuple[type[Exception], ...] = (
        *faults.retriable,
        *faults.unavailable,
        BaseORMException,
    )
    for attempt in range(1, _RETRIES + 1):
        try:
            return await _once(body)
        except expected as error:
            if isinstance(error, IntegrityError):
                raise
            cause = error.__cause__ if isinstance(error, BaseORMException) else error
            if not _is_conflict(error, cause):
                if isinstance(cause, faults.unavailable) and not _is_mistake(cause):
                    raise _unavailable(error) from error
                raise
            if attempt == _RETRIES:
                raise _unavailable(error) from error
            pause = _RETRY_BASE_SECONDS * 2**attempt
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable")


def _is_conflict(error: BaseException, cause: BaseException | None) -> bool:
    text = str(error)
    return isinstance(cause, _faults().retriable) or "database is locked" in text


def _is_mistake(error: BaseException) -> bool:
    """Whether SQLite refuses the statement itself, which no other try will change; its driver has
    one class of error for that and for a file that is locked, full or gone.
    """
    if not isinstance(error, sqlite3.OperationalError):
        return False
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR


def after_commit(call: Callable[[], object]) -> None:
    """Call `call` when the transaction under way has been committed, and never if it is not.

    Outside of one it is called at once. It must be quick and must not raise.
    """
    waiting = _afterwards.get()
    if waiting is None:
        call()
    else:
        waiting.append(call)


async def _once(body: Callable[[], Awaitable[T]]) -> T:
    waiting: list[Callable[[], object]] = []
    token = _afterwards.set(waiting)
    try:
        result = await _committed(lambda: _with_changes(body))
    finally:
        _afterwards.reset(token)
    for call in waiting:
        call()
    return result


async def _with_changes(body: Callable[[], Awaitable[T]]) -> T:
    """The body, and behind it the row that says what it has written that the public reads."""
    with touching.gathered_changes() as changes:
        result = await body()
        if changes.tables:
            sql, parameters = changes.insertion(clock.now(), sqlite=is_sqlite())
            number = (await fetch_all(sql, parameters))[0][0]
            change = touching.change_of(int(number), parameters[0])
            after_commit(lambda: touching.announce(change))
    return result


async def _committed(body: Callable[[], Awaitable[T]]) -> T:
    client = get_connection(CONNECTION)
    if isinstance(client, SqliteClient):
        return await _once_on_sqlite(client, body)
    from hub import postgres

    return await postgres.run_transaction(client, body)


async def _once_on_sqlite(client: SqliteClient, body: Callable[[], Awaitable[T]]) -> T:
    """BEGIN IMMEDIATE, because a deferred transaction that reads and then writes fails at once
    with "database is locked", busy timeout or not.
    """
    async with _locked(client) as connection:
        token = get_connections().set(CONNECTION, SqliteTransactionWrapper(client))
        try:
            await connection.execute("BEGIN IMMEDIATE")
            result = await body()
            await connection.commit()
        except BaseException:
            await connection.rollback()
            raise
        finally:
            get_connections().reset(token)
        return result


def _acquire_timeout_seconds() -> float:
    return current_settings().database_acquire_timeout_seconds


def _unavailable(error: BaseException) -> Unavailable:
    _log.warning("database_unavailable", error=type(error).__name__, reason=str(error))
    return Unavailable(
        "The database does not answer at the moment. Try again later.",
        chinese="数据库暂时没有回应，请稍后再试。",
    )
