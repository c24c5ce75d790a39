"""Reads of registered documents, and what one serving process knows of them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from pypika_tortoise.queries import Query

from hub.database import fetch_all
from hub.errors import Unavailable
from hub.polling import Poll
from hub.records import Ordering, Record, Select, fetch_records, table_of
from hub.registry.models import RegisteredDocument, RegistryHead
from hub.registry.rules import DOCUMENTS_MAX
from hub.rendering import render

POLL_SECONDS: Final = 0.5
STALE_SECONDS: Final = 0.9
"""No request is answered on news older than this while the database answers."""

_PATIENCE_SECONDS: Final = 0.25

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registered:
    """A document as a request needs it: its text and the SHA-256 of that."""

    sha256: str
    text: str


async def registered_documents() -> list[Record]:
    """All of them, oldest first."""
    order = [Ordering("registered_at"), Ordering("id")]
    return await fetch_records(Select(RegisteredDocument), order=order, limit=DOCUMENTS_MAX)


async def documents_by_ids(document_ids: Sequence[str]) -> list[Record]:
    """Those with these ids, in no order."""
    table = table_of(RegisteredDocument)
    select = Select(RegisteredDocument, (table.document_id.isin(list(document_ids)),))
    return await fetch_records(select)


async def registry_sequence() -> int:
    """How often the registry has changed; 0 before the first time."""
    table = table_of(RegistryHead)
    rows = await fetch_all(*render(Query.from_(table).select(table.sequence)))
    return int(rows[0][0]) if rows else 0


class Registry:
    """One process's knowledge of the registered documents, shared by its requests.

    A request costs no statement: the one number that tells of changes is asked for beside the
    requests, at most every `poll_seconds`, and nobody asks while nobody calls. Where the database
    does not answer, what is known goes on being true.
    """

    def __init__(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._poll_seconds = poll_seconds
        self._by_id: dict[str, Registered] = {}
        self._by_hash: dict[str, Registered] = {}
        self._sequence: int | None = None
        self._asked_at = float("-inf")
        self._poll = Poll(self._ask, name="registry")

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, document_id: str) -> Registered | None:
        """The document under an id, its SHA-256 included."""
        return self._by_id.get(document_id) or self._by_hash.get(document_id)

    async def current(self) -> None:
        """Return when what is known is at most a second old.

        Raises Unavailable when nothing has been read yet and the database does not answer.
        """
        age = time.monotonic() - self._asked_at
        if age < self._poll_seconds:
            return
        poll = self._poll.start()
        if self._sequence is None:
            await asyncio.shield(poll)
        elif age >= STALE_SECONDS or self._poll_seconds == 0:
            await asyncio.wait([poll], timeout=_PATIENCE_SECONDS)

    async def _ask(self) -> None:
        asked_at = time.monotonic()
        try:
            sequence = await registry_sequence()
            if sequence != self._sequence:
                self._know(await registered_documents())
                self._sequence = sequence
        except Unavailable:
            if self._sequence is None:
                raise
            _log.warning("registry_not_read")
        self._asked_at = asked_at

    def _know(self, rows: Sequence[Record]) -> None:
        found = {row.document_id: Registered(row.sha256, row.text) for row in rows}
        self._by_id = found
        self._by_hash = {each.sha256: each for each in found.values()}
