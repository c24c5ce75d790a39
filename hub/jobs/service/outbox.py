"""The outbox: rows written with the deed, taken under a lease, gone when their task is done.

At least once: a runner that is killed between the work and the end of its row leaves the row to
another, so every task is idempotent. All steps of a runner name its claim, so that one whose lease
has run out changes nothing any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from pypika_tortoise.queries import Query
from tortoise.expressions import F

from hub.clock import now as clock_now
from hub.database import after_commit, fetch_all, transaction
from hub.ids import new_id
from hub.jobs.models import OutboxRow
from hub.jobs.rules import assert_task_named, pause_after
from hub.jobs.service.bell import ring_current
from hub.records import Ordering, Record, Select, fetch_records, render, table_of

_ERROR_MAX_CHARS = 80
_KEY_MAX_CHARS = 160
_outbox = table_of(OutboxRow)


async def enqueue(
    task: str,
    payload: Mapping[str, Any] | None = None,
    *,
    run_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Ask for `task` to be run once the transaction under way is committed, or at `run_at`.

    Call it inside the transaction of the deed: then neither is there without the other. The
    payload holds keys of rows, as JSON has them, and nothing personal. With a `key` (at most 160
    characters) the same work waits only once: asked for again while it waits, it keeps the earlier
    instant and takes the newer payload; asked for while it runs, it runs once more afterwards; and
    what was parked gets a new round. Put the instant into the key where each instant counts.

    The task must be idempotent: it may be run again after a kill. Raises ValueError for a badly
    named task or a key that is too long.
    """
    assert_task_named(task)
    if key is not None and not 0 < len(key) <= _KEY_MAX_CHARS:
        raise ValueError(f"a key has 1 to {_KEY_MAX_CHARS} characters")
    asked_at = clock_now()
    at = run_at or asked_at
    query = Query.into(_outbox).columns(
        "id", "task", "payload", "key", "created_at", "run_at", "attempts", "last_error"
    )
    text = orjson.dumps(payload or {}).decode()
    sql, parameters = render(query.insert(new_id(), task, text, key, asked_at, at, 0, ""))
    await transaction(lambda: fetch_all(sql + _ASKED_AGAIN, parameters))
    if at <= asked_at:
        after_commit(ring_current)


_ASKED_AGAIN: Final = """
    ON CONFLICT ("key") DO UPDATE SET
    payload = excluded.payload,
    run_at = CASE
        WHEN outbox.parked_at IS NOT NULL THEN excluded.run_at
        WHEN outbox.claim IS NULL AND excluded.run_at < outbox.run_at THEN excluded.run_at
        ELSE outbox.run_at END,
    again_at = CASE
        WHEN outbox.claim IS NULL OR outbox.again_at < excluded.run_at THEN outbox.again_at
        ELSE excluded.run_at END,
    attempts = CASE WHEN outbox.parked_at IS NULL THEN outbox.attempts ELSE 0 END,
    parked_at = NULL"""
"""What becomes of a row whose key is asked for again: it waits, it is held, or it was parked."""


async def claim_due(*, at: datetime, lease: timedelta, limit: int) -> Sequence[Record]:
    """Take at most `limit` rows that are due, for the time of the lease, those due longest first.

    The rows carry the claim; each counts this as a try. Two runners never get the same row: the
    UPDATE looks at `run_at` again, and the first has moved it. Raises Unavailable.
    """
    due = Select(OutboxRow, (_outbox.parked_at.isnull(), _outbox.run_at <= at))
    waiting = await fetch_records(due, order=[Ordering("run_at"), Ordering("id")], limit=limit)
    if not waiting:
        return []
    claim = new_id()

    async def body() -> int:
        rows = OutboxRow.filter(
            id__in=[row.id for row in waiting], run_at__lte=at, parked_at__isnull=True
        )
        taken: int = await rows.update(claim=claim, run_at=at + lease, attempts=F("attempts") + 1)
        return taken

    if not await transaction(body):
        return []
    return await fetch_records(Select(OutboxRow, (_outbox.claim == claim,)))


async def renew(row: Record, *, until: datetime) -> bool:
    """Keep a row for longer; False when it is not this runner's any more. Raises Unavailable."""
    return bool(await _change(row, run_at=until))


async def complete(row: Record) -> None:
    """End a row whose task is done, or free it when it was asked for again meanwhile.

    The deletion looks whether it was, so that what is asked in this very moment is not lost.
    Raises Unavailable; then the lease runs out and the task is run once more.
    """

    async def body() -> None:
        mine = OutboxRow.filter(id=row.id, claim=row.claim)
        if not await mine.filter(again_at__isnull=True).delete():
            await mine.update(
                claim=None, run_at=F("again_at"), again_at=None, attempts=0, last_error=""
            )

    await transaction(body)


async def put_off(row: Record, *, at: datetime, error: BaseException) -> None:
    """Free a row whose task failed, for another try after a pause. Raises Unavailable."""
    await _change(
        row, claim=None, run_at=at + pause_after(row.attempts), last_error=_kind_of(error)
    )


async def give_back(row: Record, *, at: datetime) -> None:
    """Free a row that was begun and not finished, as if it had not been taken."""
    await _change(row, claim=None, run_at=at, attempts=row.attempts - 1)


async def park(row: Record, *, at: datetime, error: BaseException | None) -> bool:
    """Lay a row aside for somebody to look at; False when it is not this runner's any more."""
    kind = _kind_of(error) if error else row.last_error or "Killed"
    return bool(await _change(row, claim=None, again_at=None, parked_at=at, last_error=kind))


async def retry_parked(ids: Sequence[UUID] | None = None) -> int:
    """Let parked rows be tried again from the start, all or those named; how many there were."""
    rows = OutboxRow.filter(parked_at__isnull=False)
    chosen = rows if ids is None else rows.filter(id__in=list(ids))

    async def body() -> int:
        count: int = await chosen.update(parked_at=None, attempts=0, run_at=clock_now())
        return count

    return await transaction(body)


async def _change(row: Record, **values: Any) -> int:
    async def body() -> int:
        count: int = await OutboxRow.filter(id=row.id, claim=row.claim).update(**values)
        return count

    return await transaction(body)


def _kind_of(error: BaseException) -> str:
    """The class of an error; its words may hold what is somebody's."""
    return type(error).__name__[:_ERROR_MAX_CHARS]
