"""Loads a content folder: checks all of it, then writes what differs, in one transaction.

Everything that is wrong is found before anything is written, what the database has to say about
references and positions included. What is equal is not touched: loading twice changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from hub import clock
from hub.bulk import chunks, delete_rows, insert_rows, lock_for_loading, update_rows
from hub.catalogue import DISTRICT, KINDS, KINDS_BY_NAME, District, DistrictFile
from hub.checking import (
    Checked,
    Entry,
    Progress,
    as_documents,
    check_documents,
    check_folder,
    unknown_references,
)
from hub.content import DEFAULT_TIMEZONE, Problem
from hub.database import transaction
from hub.directory.rules import DISTRICT_ID
from hub.errors import Conflict, ContentInvalid
from hub.ids import new_id
from hub.kinds import SPHERE_COLUMNS, Kind, Part, Reference, Row
from hub.records import Record, Select, columns_of, fetch_records, fetch_records_by

_READ_ROWS = 1_000
_PROBLEMS_SHOWN = 5


@dataclass(slots=True)
class Counts:
    """What became of the items of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class LoadReport:
    """What a load did, by kind."""

    kinds: dict[str, Counts] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many items were created or updated."""
        return sum(counts.created + counts.updated for counts in self.kinds.values())


def _silent(name: str, done: int, total: int) -> None:
    """Say nothing about `done` of `total` items of `name`."""


async def load_folder(
    path: Path, *, timezone: str = DEFAULT_TIMEZONE, progress: Progress = _silent
) -> LoadReport:
    """Load the content folder at `path` into the open database.

    `timezone` holds where neither an item nor the folder's `district` file names one. Raises
    ContentInvalid with every problem in `data["problems"]`, Conflict when another process wrote
    the same items meanwhile, and Unavailable; nothing has changed then.
    """
    return await _load(check_folder(path, timezone=timezone, progress=progress), progress)


async def load_data(
    data: Mapping[str, Sequence[Any]],
    *,
    timezone: str = DEFAULT_TIMEZONE,
    progress: Progress = _silent,
) -> LoadReport:
    """Load values of the shape that the files of a folder have, by kind; raises the same."""
    checked = check_documents(as_documents(data), Checked(timezone=timezone), progress=progress)
    return await _load(checked, progress)


async def _load(checked: Checked, progress: Progress) -> LoadReport:
    given_up = asyncio.Event()
    try:
        return await transaction(lambda: _Load(checked, progress, given_up=given_up).run())
    except asyncio.CancelledError:
        given_up.set()  # the transaction runs behind a shield, and would go on to its commit
        raise
    except IntegrityError as error:
        raise Conflict(
            f"Another process wrote the same items meanwhile; nothing was changed ({error})."
        ) from error


def assert_valid(problems: Sequence[Problem]) -> None:
    """Raise ContentInvalid with all problems in the order of files and lines, if there are any."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path))
    shown = "\n".join(str(problem) for problem in ordered[:_PROBLEMS_SHOWN])
    more = len(ordered) - _PROBLEMS_SHOWN
    rest = f"\n... and {more} more" if more > 0 else ""
    raise ContentInvalid(
        f"The content has {len(ordered)} problems; nothing was loaded.\n{shown}{rest}",
        problems=ordered,
    )


@dataclass(slots=True)
class _Change:
    """An item that is there already, and what is different about it."""

    entry: Entry
    record: Record
    row: Row
    differs: bool


class _Load:
    """One load, inside its transaction."""

    def __init__(self, checked: Checked, progress: Progress, *, given_up: asyncio.Event) -> None:
        self.checked = checked
        self.progress = progress
        self.given_up = given_up
        self.now: datetime = clock.now()
        self.existing: dict[type[Model], dict[str, Record]] = {}
        self.ids: dict[type[Model], dict[str, UUID]] = {}
        self.report = LoadReport()

    async def run(self) -> LoadReport:
        await lock_for_loading()
        await self._find_existing()
        assert_valid([*self.checked.problems, *await self._database_problems()])
        if self.checked.district is not None:
            await self._load_district(self.checked.district)
        for kind in KINDS:
            if entries := self.checked.entries.get(kind.name):
                await self._load_kind(kind, entries)
                self.progress(kind.name, len(entries), len(entries))
            if self.given_up.is_set():
                raise Conflict("The load was interrupted; nothing was changed.")
        return self.report

    async def _load_district(self, district: DistrictFile) -> None:
        row = district.model_dump()
        there = await fetch_records(Select(District))
        counts = self.report.kinds[DISTRICT] = Counts()
        if not there:
            await insert_rows(District, [row | {"id": DISTRICT_ID}])
            counts.created = 1
        elif _differs(there[0], row):
            await update_rows(District, [row | {"id": DISTRICT_ID}], columns=list(row))
            counts.updated = 1
        else:
            counts.unchanged = 1

    async def _find_existing(self) -> None:
        """Read what the folder names, and find an id for everything that it refers to."""
        wanted = self._wanted_keys()
        for model, keys in wanted.items():
            key = next(kind.key for kind in KINDS if kind.model is model)
            records = await _records_by(model, key, sorted(keys))
            self.existing[model] = {getattr(record, key): record for record in records}
            self.ids[model] = {name: each.id for name, each in self.existing[model].items()}
        for entry in self.checked.all_entries():
            self.ids[entry.kind.model].setdefault(entry.key, new_id())

    def _wanted_keys(self) -> dict[type[Model], set[str]]:
        wanted: dict[type[Model], set[str]] = {kind.model: set() for kind in KINDS}
        for entry in self.checked.all_entries():
            wanted[entry.kind.model].add(entry.key)
        for pointer in self.checked.pointers:
            wanted[_model(pointer.reference)].add(pointer.reference.slug)
        return wanted

    async def _database_problems(self) -> list[Problem]:
        problems = list(unknown_references(self.checked, self._is_known))
        for entry in self.checked.all_entries():
            if (record := self._record(entry)) is not None:
                problems.extend(_kind_problems(entry, record))
        for kind in KINDS:
            if kind.has_unique_position:
                problems.extend(await self._position_problems(kind))
        return problems

    def _is_known(self, reference: Reference) -> bool:
        model = _model(reference)
        return reference.slug in self.checked.keys[model] or reference.slug in self.existing[model]

    async def _position_problems(self, kind: Kind) -> list[Problem]:
        """Positions that an item outside the folder holds already."""
        column = f"{kind.scope}_id"
        entries = self.checked.entries.get(kind.name, [])
        wanted = {
            (self._resolved(entry.row[column]), entry.row["position"]): entry
            for entry in entries
            if self._is_known(entry.row[column])
        }
        scopes = sorted({scope for scope, _ in wanted if scope is not None})
        problems = []
        for record in await _records_by(kind.model, column, scopes):
            entry = wanted.get((getattr(record, column), record.position))
            if entry is not None and record.slug not in self.checked.keys[kind.model]:
                reason = f"position {record.position} is taken by `{record.slug}` in the database"
                problems.append(entry.problem(("position",), reason))
        return problems

    def _record(self, entry: Entry) -> Record | None:
        return self.existing[entry.kind.model].get(entry.key)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Reference):
            return self.ids[_model(value)].get(value.slug)
        return value

    def _resolve(self, row: Row) -> Row:
        return {column: self._resolved(value) for column, value in row.items()}

    async def _load_kind(self, kind: Kind, entries: Sequence[Entry]) -> None:
        fresh = [entry for entry in entries if self._record(entry) is None]
        changes = [
            _Change(entry, record, row := self._resolve(entry.row), _differs(record, row))
            for entry in entries
            if (record := self._record(entry)) is not None
        ]
        for part in kind.parts:
            await self._replace_parts(part, changes)
        changed = [change for change in changes if change.differs]
        await self._update(kind, changed)
        await insert_rows(kind.model, [self._new_row(entry) for entry in fresh])
        for part in kind.parts:
            rows = [row for entry in fresh for row in self._part_rows(part, entry)]
            await insert_rows(part.model, rows)
        self.report.kinds[kind.name] = Counts(
            len(fresh), len(changed), len(entries) - len(fresh) - len(changed)
        )

    def _new_row(self, entry: Entry) -> Row:
        row = self._resolve(entry.row) | {"id": self._id(entry)}
        if "version" in columns_of(entry.kind.model):
            row |= {"version": 1, "created_at": self.now, "updated_at": self.now}
        return row

    def _id(self, entry: Entry) -> UUID:
        return self.ids[entry.kind.model][entry.key]

    def _part_rows(self, part: Part, entry: Entry) -> list[Row]:
        own = {part.parent: self._id(entry)}
        return [self._resolve(row) | own | {"id": new_id()} for row in entry.parts[part.key]]

    async def _update(self, kind: Kind, changes: Sequence[_Change]) -> None:
        if not changes:
            return
        rows = [change.row | {"id": change.record.id} for change in changes]
        if kind.has_unique_position:
            await self._make_room(kind, changes)
        columns = list(changes[0].row)
        if "version" in columns_of(kind.model):
            columns += ["version", "updated_at"]
            for row, change in zip(rows, changes, strict=True):
                row |= {"version": change.record.version + 1, "updated_at": self.now}
        await update_rows(kind.model, rows, columns=columns)

    async def _make_room(self, kind: Kind, changes: Sequence[_Change]) -> None:
        """Put rows aside first, since two that swap positions would collide half-way."""
        aside = [
            {"id": change.record.id, "position": -number}
            for number, change in enumerate(changes, 1)
        ]
        await update_rows(kind.model, aside, columns=["position"])

    async def _replace_parts(self, part: Part, changes: Sequence[_Change]) -> None:
        """Bring the parts of items that are there already up to date; mark whose differ."""
        parents = [change.record.id for change in changes]
        found: dict[UUID, list[Record]] = {}
        for record in await _records_by(part.model, part.parent, parents):
            found.setdefault(getattr(record, part.parent), []).append(record)
        edits = _PartEdits()
        for change in changes:
            rows = self._part_rows(part, change.entry)
            if edits.add(part, found.get(change.record.id, []), rows=rows):
                change.differs = True
        await edits.write(part)


class _PartEdits:
    """What has to be written to bring the parts of some items up to date."""

    def __init__(self) -> None:
        self.deleted: list[UUID] = []
        self.inserted: list[Row] = []
        self.updated: list[Row] = []

    def add(self, part: Part, records: Sequence[Record], *, rows: Sequence[Row]) -> bool:
        """Compare an item's parts with what they should be; whether they differ."""
        if part.slugged:
            return self._add_slugged(records, rows)
        if _as_counted(rows, records) == _as_counted(rows, rows) and len(records) == len(rows):
            return False
        self.deleted += [record.id for record in records]
        self.inserted += rows
        return True

    def _add_slugged(self, records: Sequence[Record], rows: Sequence[Row]) -> bool:
        there = {record.slug: record for record in records}
        edits = 0
        for row in rows:
            record = there.pop(row["slug"], None)
            if record is None:
                self.inserted.append(row)
                edits += 1
            elif _differs(record, row | {"id": record.id}):
                self.updated.append(row | {"id": record.id})
                edits += 1
        self.deleted += [record.id for record in there.values()]
        return bool(edits or there)

    async def write(self, part: Part) -> None:
        await delete_rows(part.model, self.deleted)
        if self.updated:
            await update_rows(part.model, self.updated, columns=[*self.updated[0]])
        await insert_rows(part.model, self.inserted)


def _as_counted(rows: Sequence[Row], values: Iterable[Any]) -> Counter[tuple[Any, ...]]:
    """Rows or records without their ids, in no order: those with one have it in a column."""
    columns = sorted(set(rows[0]) - {"id"}) if rows else []
    return Counter(
        tuple(_comparable(_value(each, column)) for column in columns) for each in values
    )


def _value(row: Row | Record, column: str) -> Any:
    return getattr(row, column) if isinstance(row, Record) else row[column]


def _comparable(value: Any) -> Any:
    return repr(value) if isinstance(value, list | dict) else value


def _differs(record: Record, row: Row) -> bool:
    return any(
        getattr(record, column) != value
        for column, value in row.items()
        if column not in SPHERE_COLUMNS
    )


def _model(reference: Reference) -> type[Model]:
    return KINDS_BY_NAME[reference.kinds[0]].model


def _kind_problems(entry: Entry, record: Record) -> Iterable[Problem]:
    for column, value in entry.kind.fixed.items():
        if (there := getattr(record, column)) != value:
            reason = f"`{entry.key}` is the slug of a {there.value} in the database"
            yield entry.problem((entry.kind.key,), reason)


async def _records_by(model: type[Model], column: str, values: Sequence[Any]) -> list[Record]:
    records: list[Record] = []
    for chunk in chunks(values, _READ_ROWS):
        records += await fetch_records_by(Select(model), chunk, column=column)
    return records
