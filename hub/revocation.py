"""What tells every process that a session or a person's rights have changed.

The truth is a table: each revocation is a row with the next number of one sequence, written in
the transaction that revokes. A process asks for rows past the last one it has seen, at most every
`revocation_poll_seconds`, and never answers an authenticated request on news older than a second.
Redis, where there is one, only wakes the others sooner: what is said while its link is down is
lost, the rows are not.

The process that revokes looks again from that moment until it has seen its own row.
"""

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import structlog
from pypika_tortoise.queries import Query
from tortoise import fields
from tortoise.models import Model

from hub import clock
from hub.bulk import insert_rows
from hub.database import fetch_all
from hub.polling import Poll
from hub.records import Ordering, Select, fetch_records, render, table_of

STALE_SECONDS: Final = 1.0
"""No request is answered on news older than this."""

_ROWS_MAX: Final = 1_000
_KEPT: Final = 10_000
_EXPECTED_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class RevocationHead(Model):
    """The last number given; one row, whose lock puts revocations in the order of their commits."""

    id = fields.IntField(primary_key=True)
    sequence = fields.BigIntField()

    class Meta:
        table = "revocation_head"


class Revocation(Model):
    """One thing that must no longer be answered from memory: a session, or all of a person."""

    sequence = fields.BigIntField(primary_key=True)
    person_id = fields.UUIDField(null=True)
    session_id = fields.UUIDField(null=True)
    service_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "revocation"


@dataclass(frozen=True, slots=True)
class Revoked:
    """What to forget; with no id at all, everything."""

    person_id: UUID | None = None
    session_id: UUID | None = None
    service_id: UUID | None = None


EVERYTHING = Revoked()


class Waker(Protocol):
    """Tells other processes that there is something to look for.

    `lost_count` is how often it could not tell, or no longer listen.
    """

    lost_count: int

    def start(self, on_wake: Callable[[int], None]) -> None:
        """Begin to listen; `on_wake` gets each number that is heard."""

    def wake(self, sequence: int) -> None:
        """Send without waiting; a message that is lost is made good by the poll."""

    async def close(self) -> None:
        """Stop listening."""


async def revoke(
    *,
    person_id: UUID | None = None,
    session_id: UUID | None = None,
    service_id: UUID | None = None,
) -> None:
    """Make every process forget what it knows of this session, person or service.

    Call it inside the transaction that ends the session or changes the rights, as its last
    statement: it holds the lock of the sequence until the commit.
    """
    rows = await fetch_all(_NEXT_SEQUENCE, [])
    sequence = int(rows[0][0])
    row = {
        "sequence": sequence,
        "person_id": person_id,
        "session_id": session_id,
        "service_id": service_id,
        "at": clock.now(),
    }
    await insert_rows(Revocation, [row])
    if sequence % _KEPT == 0:
        await Revocation.filter(sequence__lte=sequence - _KEPT).delete()
    if (watch := _current_watch.get()) is not None:
        watch.expect(sequence)


_NEXT_SEQUENCE: Final = (
    "INSERT INTO revocation_head (id, sequence) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET sequence = revocation_head.sequence + 1 RETURNING sequence"
)


class RevocationWatch:
    """One process's knowledge of the sequence, shared by its requests.

    `on_revoked` is called for each revocation that is seen, in order. Under steady traffic the
    polls run beside the requests; a request waits only when the news would be older than a second
    or when its own process has just revoked something.
    """

    def __init__(
        self,
        on_revoked: Callable[[Revoked], None],
        *,
        poll_seconds: float,
        waker: Waker | None = None,
    ) -> None:
        self._on_revoked = on_revoked
        self._poll_seconds = poll_seconds
        self._waker = waker
        self._seen: int | None = None
        self._asked_at = float("-inf")
        self._expected = 0
        self._expected_until = float("-inf")
        self._poll = Poll(self._ask, name="revocation")

    @property
    def age_seconds(self) -> float | None:
        """How old what is known is; None before the first look. Without requests it grows, and the
        next one that shows a token looks before it is answered.
        """
        age = time.monotonic() - self._asked_at
        return age if age != float("inf") else None

    def enter(self) -> None:
        """Make this the watch that `revoke` tells in the current context."""
        _current_watch.set(self)

    def expect(self, sequence: int) -> None:
        """A revocation of this process is about to be committed as `sequence`."""
        self.look_for(sequence)
        if self._waker is not None:
            self._waker.wake(sequence)

    def look_for(self, sequence: int) -> None:
        """Ask on every request until `sequence` is seen; at most 5 s, for it may be rolled back."""
        self._expected = max(self._expected, sequence)
        self._expected_until = time.monotonic() + _EXPECTED_SECONDS

    async def current(self) -> None:
        """Return when what is known is at most a second old. Raises Unavailable."""
        now = time.monotonic()
        age = now - self._asked_at
        is_expecting = (self._seen or 0) < self._expected and now < self._expected_until
        if not is_expecting and age < self._poll_seconds:
            return
        if is_expecting or age >= STALE_SECONDS - self._poll_seconds / 2:
            await self._ask_anew(is_expecting=is_expecting)
        else:
            self._poll.start()

    async def _ask_anew(self, *, is_expecting: bool) -> None:
        """Wait for a poll; one that began before our own commit may not have seen it."""
        if is_expecting and (poll := self._poll.running) is not None:
            await asyncio.wait([poll])
        await asyncio.shield(self._poll.start())

    async def _ask(self) -> None:
        asked_at = time.monotonic()
        if self._seen is None:
            self._seen = await last_sequence()
            self._on_revoked(EVERYTHING)
        else:
            await self._read_on(self._seen)
        self._asked_at = asked_at

    async def _read_on(self, seen: int) -> None:
        table = table_of(Revocation)
        select = Select(Revocation, (table.sequence > seen,))
        rows = await fetch_records(select, order=[Ordering("sequence")], limit=_ROWS_MAX)
        if not rows:
            return
        if len(rows) == _ROWS_MAX or rows[0].sequence != seen + 1:
            self._seen = await last_sequence()  # too far behind to go one by one
            self._on_revoked(EVERYTHING)
            return
        for row in rows:
            self._on_revoked(Revoked(row.person_id, row.session_id, row.service_id))
        self._seen = rows[-1].sequence


_current_watch: ContextVar[RevocationWatch | None] = ContextVar("hub_revocations", default=None)


async def last_sequence() -> int:
    """The number of the last revocation; 0 before the first."""
    table = table_of(RevocationHead)
    rows = await fetch_all(*render(Query.from_(table).select(table.sequence)))
    return int(rows[0][0]) if rows else 0
