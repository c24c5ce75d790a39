"""What tells every process that something which the public reads has been written.

The truth is a table: each transaction that writes such a thing adds a row that names the tables
and, where they are few, the ids (`hub.touching`, `hub.database`). A process asks for the rows that
it has not seen, at most every `poll_seconds`, and no answer is given from memory on news older
than a second. Redis, where there is one, only wakes the others sooner.

There is no counter that writers would have to wait for. SQLite has one writer at a time, so that
the numbers of rows are in the order of the commits. On PostgreSQL they are not: a row carries its
transaction's id, and a process asks again for all from the oldest transaction that was under way
at its last look, and leaves out those that it knows.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from tortoise import fields
from tortoise.models import Model

from hub import clock
from hub.database import fetch_all, is_sqlite, transaction
from hub.polling import Poll
from hub.revocation import Waker
from hub.touching import Change, change_of, listen

STALE_SECONDS: Final = 1.0
"""No answer is given from memory on news older than this."""

ROWS_MAX: Final = 2_000
"""Who is further behind forgets everything instead of reading on."""

KEPT: Final = timedelta(hours=1)
_GAP_SECONDS: Final = 600.0
_PRUNE_SECONDS: Final = 300.0
_ASK_SECONDS: Final = 1.0

EVERYTHING: Final = Change(0, None)

_log = structlog.get_logger(__name__)


class FreshnessChange(Model):
    """What one transaction has written. `transaction_id` is PostgreSQL's, 0 on SQLite; `written` is
    JSON: tables to the ids of rows, or to null for the whole of them.
    """

    number = fields.BigIntField(primary_key=True)
    transaction_id = fields.BigIntField(db_index=True)
    written = fields.TextField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "freshness_change"


class FreshnessWatch:
    """One process's knowledge of the changes, shared by its requests.

    `on_change` is called for each change that is seen: those of this process before their writer
    goes on, those of others within a second. Some are told twice. Under steady traffic the polls
    run beside the requests; a request waits only when the news would be older than a second.
    """

    def __init__(
        self,
        on_change: Callable[[Change], None],
        *,
        poll_seconds: float,
        waker: Waker | None = None,
    ) -> None:
        self._on_change = on_change
        self._poll_seconds = poll_seconds
        self._waker = waker
        self._floor: int | None = None
        self._known: set[int] = set()
        self._asked_at = float("-inf")
        self._pruned_at = time.monotonic()
        self._poll = Poll(self._ask, name="freshness")
        self._is_woken = False
        self._listener = listen(self._hear)

    def start(self) -> None:
        """Begin to listen to other processes, where there is a way; called by the lifespan."""
        if self._waker is not None:
            self._waker.start(lambda _number: self.look())

    @property
    def lost_count(self) -> int:
        """How often other processes were not told, or not heard; they look by themselves."""
        return 0 if self._waker is None else self._waker.lost_count

    async def close(self) -> None:
        """Stop listening."""
        await self._poll.close()
        if self._waker is not None:
            await self._waker.close()

    def is_current(self) -> bool:
        """Whether what is known is new enough to answer on without waiting; begins a poll in time.

        `current()` makes it so where it is not.
        """
        age = time.monotonic() - self._asked_at
        if age >= self._poll_seconds or self._is_woken:
            if age >= STALE_SECONDS - self._poll_seconds / 2:
                return False
            self._poll.start()
        return True

    async def current(self) -> None:
        """Return when what is known is at most a second old. Raises Unavailable or TimeoutError."""
        if not self.is_current():
            async with asyncio.timeout(_ASK_SECONDS):
                await asyncio.shield(self._poll.start())

    def look(self) -> None:
        """Somebody has said that there is something to see: look now, and once more if a look is
        under way that may be too early.
        """
        self._is_woken = True
        self._poll.start()

    def _hear(self, change: Change) -> None:
        """A change of this very process, before its writer goes on."""
        if self._floor is not None:
            self._known.add(change.number)
        self._on_change(change)
        if self._waker is not None:
            self._waker.wake(change.number)

    async def _ask(self) -> None:
        asked_at = time.monotonic()
        self._is_woken = False
        if asked_at - self._asked_at > _GAP_SECONDS:
            self._floor = None
        floor, rows = await _rows_from(self._floor)
        if self._floor is None or len(rows) >= ROWS_MAX:
            self._known.clear()
            self._on_change(EVERYTHING)
        self._take(rows)
        self._floor = floor
        self._asked_at = asked_at
        if asked_at - self._pruned_at > _PRUNE_SECONDS:
            self._pruned_at = asked_at
            await prune()

    def _take(self, rows: list[tuple[int, str]]) -> None:
        for number, written in rows:
            if number not in self._known and self._floor is not None:
                self._on_change(change_of(number, written))
        numbers = {number for number, _ in rows}
        if is_sqlite():
            self._known.clear()
        elif len(self._known) > ROWS_MAX:  # those that no look gives any more
            self._known &= numbers
        self._known |= numbers


async def _rows_from(floor: int | None) -> tuple[int, list[tuple[int, str]]]:
    """From where to ask next, and the number and the text of each row from `floor` on."""
    sqlite = is_sqlite()
    if floor is None:
        rows = await fetch_all(_LAST_ON_SQLITE if sqlite else _NOW_ON_POSTGRES, [])
        return int(rows[0][0]), []
    rows = await fetch_all(_SINCE_ON_SQLITE if sqlite else _SINCE_ON_POSTGRES, [floor, ROWS_MAX])
    found = [(int(row[1]), str(row[2])) for row in rows if row[1] is not None]
    if sqlite:
        return max((number for number, _ in found), default=floor), found
    return int(rows[0][0]), found


_LAST_ON_SQLITE: Final = 'SELECT coalesce(max("number"), 0) FROM "freshness_change"'
_SINCE_ON_SQLITE: Final = (
    'SELECT 0, "number", "written" FROM "freshness_change" WHERE "number" > ? '
    'ORDER BY "number" LIMIT ?'
)
_NOW_ON_POSTGRES: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_SINCE_ON_POSTGRES: Final = (
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "number", "written" '
    'FROM (SELECT 1) AS here LEFT JOIN "freshness_change" ON "transaction_id" >= $1 LIMIT $2'
)


async def prune() -> None:
    """Delete the rows that every process has seen or is too far behind to read."""
    before = clock.now() - KEPT
    bound = before.isoformat(" ") if is_sqlite() else before
    place = "?" if is_sqlite() else "$1"
    sql = f'DELETE FROM "freshness_change" WHERE "at" < {place}'  # noqa: S608 - a placeholder
    await transaction(lambda: fetch_all(sql, [bound]))
