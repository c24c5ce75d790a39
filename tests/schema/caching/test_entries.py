"""The store of kept answers: whatever is kept, used and written, its indexes say the same."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from hub.touching import Change, Reading
from schema.caching.entries import Entries, Entry, Source

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TABLES = ("course", "lesson", "place")
IDS = tuple("abcdef")


def entry(dice: random.Random) -> Entry:
    whole = frozenset(dice.sample(TABLES, dice.randint(0, 2)))
    rows = {table: frozenset(dice.sample(IDS, 2)) for table in TABLES if table not in whole}
    return Entry(
        key=bytes([dice.randrange(12)]),
        payload=b"x" * dice.randrange(300),
        etag='W/"a"',
        cost=1,
        since=NOW,
        until=NOW + timedelta(minutes=1),
        tables=whole,
        rows=rows,
    )


def change(dice: random.Random) -> Change:
    tables = {
        table: None if dice.random() < 0.3 else frozenset(dice.sample(IDS, 1))
        for table in dice.sample(TABLES, 1)
    }
    return Change(1, None if dice.random() < 0.05 else tables)


def is_made_of(kept: Entry, written: Change) -> bool:
    """The rule, in a few words."""
    found = Reading()
    found.tables |= kept.tables
    for table, ids in kept.rows.items():
        found.add_rows(table, ids)
    return found.is_touched_by(written)


@pytest.mark.parametrize("seed", range(20))
def test_any_steps_leave_the_indexes_whole(seed: int) -> None:
    dice = random.Random(seed)
    entries = Entries(bytes_max=8_000)
    kept: dict[bytes, Entry] = {}
    for _ in range(400):
        step = dice.random()
        if step < 0.5:
            made = entry(dice)
            entries.keep(made)
            kept[made.key] = made
            for _ in range(2):  # several who waited remember the same request
                source: Source = ("POST", "en", made.key * dice.randint(1, 3))
                entries.remember(source, made)
        elif step < 0.8:
            written = change(dice)
            entries.hear(written)
            kept = {key: each for key, each in kept.items() if not is_made_of(each, written)}
        elif kept:
            entries.drop(dice.choice(list(kept.values())))
        kept = {key: each for key, each in kept.items() if entries.of_key(key) is each}
        assert len(entries) == len(kept)
        assert entries.size <= 8_000
        _check(entries, kept)
    entries.hear(Change(1, None))
    assert (len(entries), entries.size) == (0, 0)
    for index in (entries._by_source, entries._by_table, entries._by_row, entries._with_rows_of):
        assert not index


def _check(entries: Entries, kept: dict[bytes, Entry]) -> None:
    sources = {source: each for each in kept.values() for source in each.sources}
    assert entries._by_source == sources
    own = sum(each.size for each in kept.values())
    assert entries.size == own + sum(len(source[2]) for source in sources)
    found = {table: {e for e in kept.values() if table in e.tables} for table in TABLES}
    assert dict(entries._by_table) == {table: those for table, those in found.items() if those}


def test_a_reading_under_way_hears_what_is_written() -> None:
    entries, found = Entries(bytes_max=8_000), Reading()
    fill = entries.begin(found)
    entries.hear(Change(1, {"course": None}))
    assert not fill.is_touched()
    found.tables.add("course")  # read after the write was heard of, perhaps before it: who knows
    assert fill.is_touched()
    entries.end(fill)
    assert entries.begin(Reading()).is_touched() is False


def test_who_cannot_remember_all_that_is_written_is_touched() -> None:
    entries, found = Entries(bytes_max=8_000), Reading()
    fill = entries.begin(found)
    for _ in range(1_001):
        entries.hear(Change(1, {"place": None}))
    assert fill.is_touched()
