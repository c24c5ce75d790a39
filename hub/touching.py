"""Which tables and rows statements read and write, seen where every statement passes.

Nobody has to remember to tell: `hub.database` asks this module about each text that it sends.
What a transaction has written becomes one row of `freshness_change` in the same transaction
(`hub.freshness`); what a read has looked at is gathered while a `Reading` is entered, so that
whoever keeps the answer knows by what it is spoilt. Being too careful costs a miss, the opposite
would be a wrong answer: whatever is not understood counts as the whole table.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from weakref import WeakSet

import orjson

from hub.tables import PRIVATE_TABLES

IDS_MAX: Final = 200
"""A transaction that writes more rows of a table than this has written the whole table."""

_FROM: Final = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)', re.IGNORECASE)
_WRITES: Final = re.compile(r'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
_NAMES: Final = re.compile(r'(?<!\.)(?<!\.")\b(\w+)\b')


@dataclass(frozen=True, slots=True)
class Statement:
    """What a text names: every word that may be a table, those it reads from, those it writes."""

    names: frozenset[str]
    sources: tuple[str, ...]
    written: tuple[str, ...]
    deletes: bool


@lru_cache(maxsize=4096)
def statement_of(sql: str) -> Statement:
    """What a statement's text says of tables."""
    start = sql[:7].lstrip().upper()
    writes = [] if start.startswith("SELECT") else _WRITES.findall(sql)
    return Statement(
        names=frozenset(_NAMES.findall(sql)),
        sources=tuple(_FROM.findall(sql)),
        written=tuple(table for _, table in writes if table.upper() != "SET"),
        deletes=any(verb[:1] in "dD" for verb, _ in writes),
    )


Rows = set[str] | None
"""Ids of rows as text; None for all there are and could be."""


class Changes:
    """What one transaction has written of tables that are not private."""

    def __init__(self) -> None:
        self.tables: dict[str, Rows] = {}

    def add(self, table: str, ids: Iterable[Any] | None) -> None:
        """That these rows of a table were written; None: nobody knows which."""
        if table in PRIVATE_TABLES:
            return
        known = self.tables.get(table, set())
        if ids is None or known is None:
            self.tables[table] = None
            return
        known.update(str(each) for each in ids)
        self.tables[table] = known if len(known) <= IDS_MAX else None

    def insertion(self, at: datetime, *, sqlite: bool) -> tuple[str, list[Any]]:
        """The statement that writes the row of these changes, and gives its number."""
        told = {
            table: rows if rows is None else sorted(rows) for table, rows in self.tables.items()
        }
        written = orjson.dumps(told).decode()
        if sqlite:
            return _INSERTION_ON_SQLITE, [written, at.isoformat(" ")]
        return _INSERTION_ON_POSTGRES, [written, at]


_INSERTION_ON_SQLITE: Final = (
    'INSERT INTO "freshness_change" ("transaction_id", "written", "at") '
    'VALUES (0, ?, ?) RETURNING "number"'
)
_INSERTION_ON_POSTGRES: Final = (
    'INSERT INTO "freshness_change" ("transaction_id", "written", "at") '
    'VALUES (pg_current_xact_id()::text::bigint, $1, $2) RETURNING "number"'
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a committed transaction has written, by table; `number` names its row.

    `tables` is None for everything.
    """

    number: int
    tables: Mapping[str, frozenset[str] | None] | None


def change_of(number: int, written: str | bytes) -> Change:
    """The change behind a row of `freshness_change`."""
    told = orjson.loads(written)
    tables = {table: None if ids is None else frozenset(ids) for table, ids in told.items()}
    return Change(number, tables)


_changes: ContextVar[Changes | None] = ContextVar("hub_changes", default=None)


@contextmanager
def gathered_changes() -> Iterator[Changes]:
    """Gather what is written inside the block, which is a transaction."""
    changes = Changes()
    token = _changes.set(changes)
    try:
        yield changes
    finally:
        _changes.reset(token)


def is_gathering() -> bool:
    """Whether a transaction is under way that gathers what it writes."""
    return _changes.get() is not None


def wrote(table: str, ids: Iterable[Any] | None) -> None:
    """Tell the transaction under way which rows of a table it has written."""
    if (changes := _changes.get()) is not None:
        changes.add(table, ids)


def writes_public(sql: str) -> bool:
    """Whether a statement writes what an answer that is kept may have been made of."""
    return any(table not in PRIVATE_TABLES for table in statement_of(sql).written)


def observe(
    sql: str, ids: Iterable[Any] | None, *, dependants: Callable[[str], frozenset[str]]
) -> None:
    """Note what a statement, which is about to be sent, reads or writes.

    `ids` are the rows it writes, where the caller knows. `dependants` are the tables whose rows
    the database itself changes when one of a table is deleted.
    """
    if (changes := _changes.get()) is not None:
        statement = statement_of(sql)
        for table in statement.written:
            changes.add(table, ids)
            if statement.deletes:
                for each in dependants(table):
                    changes.add(each, None)
    if (reading := _reading.get()) is not None:
        reading.add(statement_of(sql))


class Reading:
    """What was looked at while an answer was made.

    `tables` are those of which any row counts, `rows` those of which only some do. `until` is the
    first instant at which the answer may become another by itself. `spoilt_by` says why nobody may
    keep it, if so.
    """

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.rows: dict[str, set[str]] = {}
        self.until: datetime | None = None
        self.spoilt_by: str | None = None

    def add(self, statement: Statement) -> None:
        """That a statement was sent."""
        if not PRIVATE_TABLES.isdisjoint(statement.sources) or statement.written:
            self.spoil("PRIVATE")
        narrowed = _narrowed.get()
        names = statement.names
        if narrowed is not None and statement.sources.count(narrowed) == 1:
            names = names - {narrowed}
        self.tables |= names

    def add_rows(self, table: str, ids: Iterable[Any]) -> None:
        """That rows of a table were looked at by their ids, whether they are there or not."""
        self.rows.setdefault(table, set()).update(str(each) for each in ids)

    def spoil(self, reason: str) -> None:
        """That the answer must not be kept."""
        self.spoilt_by = self.spoilt_by or reason

    def ends(self, *instants: datetime | None, now: datetime) -> None:
        """That the answer may become another at each of these instants that is still to come."""
        for each in instants:
            if each is not None and each > now and (self.until is None or each < self.until):
                self.until = each

    def is_touched_by(self, change: Change) -> bool:
        """Whether what was written may be part of what was looked at."""
        if change.tables is None:
            return True
        for table, ids in change.tables.items():
            if table in self.tables:
                return True
            rows = self.rows.get(table)
            if rows and (ids is None or not rows.isdisjoint(ids)):
                return True
        return False


_reading: ContextVar[Reading | None] = ContextVar("hub_reading", default=None)
_narrowed: ContextVar[str | None] = ContextVar("hub_narrowed", default=None)


@contextmanager
def reading() -> Iterator[Reading]:
    """Gather what is read inside the block and in the tasks that it starts."""
    found = Reading()
    token = _reading.set(found)
    try:
        yield found
    finally:
        _reading.reset(token)


def current_reading() -> Reading | None:
    """The reading that is gathered in the current context, if there is one."""
    return _reading.get()


def spoil(reason: str) -> None:
    """Say that the answer under way must not be kept: it depends on what is not watched."""
    if (found := _reading.get()) is not None:
        found.spoil(reason)


@contextmanager
def by_rows(table: str) -> Iterator[None]:
    """Rows of `table` are looked for by what names each of them: whoever is inside tells which
    with `looked_at`. Where the same table is read in another place of the statement, all of it
    counts.
    """
    token = _narrowed.set(table)
    try:
        yield
    finally:
        _narrowed.reset(token)


def looked_at(table: str, ids: Iterable[Any], *, is_complete: bool) -> None:
    """Tell which rows of a table were looked for by name; where some were not found and nobody
    knows the ids that they would have (`is_complete` false), any row may be one of them.
    """
    if (found := _reading.get()) is None:
        return
    found.add_rows(table, ids)
    if not is_complete:
        found.tables.add(table)


@dataclass(eq=False)
class Listener:
    """Somebody in this process who wants to know of its commits, while it is referred to."""

    hear: Callable[[Change], None] = field(repr=False)


_listeners: WeakSet[Listener] = WeakSet()


def listen(hear: Callable[[Change], None]) -> Listener:
    """Call `hear` with each change that this process commits, before the writer goes on.

    For as long as the caller keeps what it gets.
    """
    listener = Listener(hear)
    _listeners.add(listener)
    return listener


def announce(change: Change) -> None:
    """Tell all of this process what has just been committed."""
    for listener in list(_listeners):
        listener.hear(change)
