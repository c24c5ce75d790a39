"""The answers that are kept: found by what was asked, forgotten by what is written, bounded in
bytes.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hub.touching import Change, Reading

Source = tuple[str, str, bytes]
"""A request as it came: its method, its language, its body or query string."""

SOURCES_MAX: Final = 4
"""In how many forms of writing the same question is recognised without reading it."""

_ENTRY_BYTES: Final = 600
_TAG_BYTES: Final = 150
_CHANGES_MAX: Final = 1_000


@dataclass(slots=True, eq=False)
class Entry:
    """One answer. It is good from `since` until before `until`, while nothing that it was made of
    is written: any row of `tables`, and those of `rows` by their tables.

    `payload` is the body that a hit is answered with, `length` its length as the header has it,
    `etag` its tag; `cost` is what the operation
    weighs.
    """

    key: bytes
    payload: bytes
    etag: str
    cost: int
    since: datetime
    until: datetime
    tables: frozenset[str]
    rows: Mapping[str, frozenset[str]]
    sources: list[Source] = field(default_factory=list)
    length: bytes = b""

    def __post_init__(self) -> None:
        self.length = str(len(self.payload)).encode()

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes, without its sources."""
        tags = len(self.tables) + sum(map(len, self.rows.values()))
        return _ENTRY_BYTES + len(self.payload) + _TAG_BYTES * tags

    def is_good_at(self, now: datetime) -> bool:
        """Whether no window has opened or closed between the reading and `now`."""
        return self.since <= now < self.until


class Fill:
    """An answer that is being made, and what is written meanwhile."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._changes: list[Change] = []
        self._is_lost = False

    def hear(self, change: Change) -> None:
        """Something was written: nobody knows yet whether the answer is made of it."""
        if len(self._changes) < _CHANGES_MAX:
            self._changes.append(change)
        else:
            self._is_lost = True

    def is_touched(self) -> bool:
        """Whether something that was read has been written since the reading began."""
        return self._is_lost or any(map(self.reading.is_touched_by, self._changes))


class Entries:
    """The kept answers of one process; the one used least recently goes first.

    `size` is how many bytes they take, `forgotten` how many were dropped because of a write.
    """

    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._by_source: dict[Source, Entry] = {}
        self._by_table: defaultdict[str, set[Entry]] = defaultdict(set)
        self._by_row: defaultdict[tuple[str, str], set[Entry]] = defaultdict(set)
        self._with_rows_of: defaultdict[str, set[Entry]] = defaultdict(set)
        self._fills: set[Fill] = set()
        self.size = 0
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._entries)

    def of_source(self, source: Source) -> Entry | None:
        """The answer to a request that came before in the very same bytes."""
        return self._by_source.get(source)

    def of_key(self, key: bytes) -> Entry | None:
        """The answer to a question, however it was written."""
        return self._entries.get(key)

    def use(self, entry: Entry) -> None:
        """That an entry was of use."""
        self._entries.move_to_end(entry.key)

    def begin(self, reading: Reading) -> Fill:
        """A new answer is being made: it hears of all that is written until `end`."""
        fill = Fill(reading)
        self._fills.add(fill)
        return fill

    def end(self, fill: Fill) -> None:
        """The answer is made, or will not be."""
        self._fills.discard(fill)

    def keep(self, entry: Entry) -> None:
        """Keep an answer, and drop others until there is room for it."""
        if (earlier := self._entries.get(entry.key)) is not None:
            self._drop(earlier)
        self._entries[entry.key] = entry
        self.size += entry.size
        for table in entry.tables:
            self._by_table[table].add(entry)
        for table, ids in entry.rows.items():
            self._with_rows_of[table].add(entry)
            for each in ids:
                self._by_row[table, each].add(entry)
        self._make_room()

    def remember(self, source: Source, entry: Entry) -> None:
        """That these bytes ask for this entry; only for one that is kept."""
        if source in self._by_source or self._entries.get(entry.key) is not entry:
            return
        if len(entry.sources) >= SOURCES_MAX:
            return
        entry.sources.append(source)
        self._by_source[source] = entry
        self.size += len(source[2])
        self._make_room()

    def hear(self, change: Change) -> None:
        """Something was written: forget what was made of it, and tell those under way."""
        for fill in self._fills:
            fill.hear(change)
        touched = list(self._touched_by(change))
        for entry in touched:
            self._drop(entry)
        self.forgotten += len(touched)

    def drop(self, entry: Entry) -> None:
        """Forget an entry that is no longer good, if it is kept."""
        if self._entries.get(entry.key) is entry:
            self._drop(entry)

    def _touched_by(self, change: Change) -> Iterable[Entry]:
        if change.tables is None:
            return list(self._entries.values())
        found: set[Entry] = set()
        for table, ids in change.tables.items():
            found |= self._by_table.get(table, set())
            if ids is None:
                found |= self._with_rows_of.get(table, set())
            else:
                for each in ids:
                    found |= self._by_row.get((table, each), set())
        return found

    def _make_room(self) -> None:
        while self.size > self._bytes_max and self._entries:
            self._drop(next(iter(self._entries.values())))

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.key]
        self.size -= entry.size + sum(len(source[2]) for source in entry.sources)
        for source in entry.sources:
            del self._by_source[source]
        for table in entry.tables:
            _remove(self._by_table, table, entry)
        for table, ids in entry.rows.items():
            _remove(self._with_rows_of, table, entry)
            for each in ids:
                _remove(self._by_row, (table, each), entry)


def _remove(index: dict[Any, set[Entry]], key: object, entry: Entry) -> None:
    entries = index[key]
    entries.discard(entry)
    if not entries:
        del index[key]
