"""Loads a content folder: checks all of it, then writes what differs, in one transaction.

Everything that is wrong is found before anything is written, what the database has to say about
references and positions included. What is equal is not touched: loading twice changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from hub import clock
from hub.bulk import chunks, insert_rows, lock_for_loading, update_rows
from hub.catalogue import (
    DISTRICT,
    FOLLOWERS,
    HERALDS,
    KINDS,
    KINDS_BY_NAME,
    District,
    DistrictFile,
)
from hub.checking import (
    Checked,
    Entry,
    Progress,
    as_documents,
    assert_valid,
    check_documents,
    check_folder,
    draw_media,
    unknown_references,
)
from hub.content import DEFAULT_TIMEZONE, Problem
from hub.database import transaction
from hub.directory.rules import DISTRICT_ID
from hub.errors import Conflict
from hub.ids import new_id
from hub.illustrations.specification import Illustrate
from hub.kinds import Kind, Part, Reference, Row
from hub.own_files import missing_files
from hub.parts import PartEdits, row_differs
from hub.records import Record, Select, columns_of, fetch_records, fetch_records_by

_READ_ROWS = 1_000


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
    """Say nothing."""


async def load_folder(
    path: Path,
    *,
    timezone: str = DEFAULT_TIMEZONE,
    progress: Progress = _silent,
    illustrate: Illustrate | None = None,
) -> LoadReport:
    """Load the content folder at `path` into the open database.

    `timezone` holds where neither an item nor the folder's `district` file names one. `illustrate`
    draws beforehand what the folder describes in `media`, which is left out without it. Raises
    ContentInvalid with every problem in `data["problems"]`, Conflict when another process wrote
    the same items meanwhile, and Unavailable; nothing has changed then.
    """
    checked = check_folder(path, timezone=timezone, progress=progress)
    await draw_media(checked, illustrate, progress=progress)
    return await _load(checked, progress)


async def load_data(
    data: Mapping[str, Sequence[Any]],
    *,
    timezone: str = DEFAULT_TIMEZONE,
    progress: Progress = _silent,
) -> LoadReport:
    """Load values of the shape that the files of a folder have, by kind; raises the same."""
    checked = check_documents(as_documents(data), Checked(timezone=timezone), progress=progress)
    return await _load(checked, progress)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which row an item is, or will be, and the version that its row gets."""

    id: UUID
    version: int


async def write_items(
    data: Mapping[str, Sequence[Any]],
    identities: Mapping[tuple[str, str], Identity],
    *,
    timezone: str,
) -> None:
    """Write single items as a load does, each to the row that is said for its kind and slug.

    A row counts as changed even where it says what it said before. Raises as `load_folder` does,
    and ContentInvalid too where a slug is that of another row.
    """
    checked = check_documents(as_documents(data), Checked(timezone=timezone), progress=_silent)
    await _load(checked, _silent, identities)


async def _load(
    checked: Checked,
    progress: Progress,
    identities: Mapping[tuple[str, str], Identity] = MappingProxyType({}),
) -> LoadReport:
    given_up = asyncio.Event()

    async def load() -> LoadReport:
        return await _Load(checked, progress, identities=identities, given_up=given_up).run()

    try:
        return await transaction(load)
    except asyncio.CancelledError:
        given_up.set()  # the transaction runs behind a shield, and would go on to its commit
        raise
    except IntegrityError as error:
        raise Conflict(
            f"Another process wrote the same items meanwhile; nothing was changed ({error})."
        ) from error


@dataclass(slots=True)
class _Change:
    """An item that is there already, and what is different about it."""

    entry: Entry
    record: Record
    row: Row
    differs: bool


class _Load:
    """One load, inside its transaction."""

    def __init__(
        self,
        checked: Checked,
        progress: Progress,
        *,
        identities: Mapping[tuple[str, str], Identity],
        given_up: asyncio.Event,
    ) -> None:
        self.checked = checked
        self.progress = progress
        self.identities = identities
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
        elif row_differs(there[0], row):
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
            identity = self._identity(entry)
            fresh = identity.id if identity else new_id()
            self.ids[entry.kind.model].setdefault(entry.key, fresh)

    def _identity(self, entry: Entry) -> Identity | None:
        return self.identities.get((entry.kind.name, entry.key))

    def _wanted_keys(self) -> dict[type[Model], set[str]]:
        wanted: dict[type[Model], set[str]] = {kind.model: set() for kind in KINDS}
        for entry in self.checked.all_entries():
            wanted[entry.kind.model].add(entry.key)
        for pointer in self.checked.pointers:
            wanted[_model(pointer.reference)].add(pointer.reference.slug)
        return wanted

    async def _database_problems(self) -> list[Problem]:
        problems = list(unknown_references(self.checked, self._is_known))
        problems += await missing_files(self.checked)
        for entry in self.checked.all_entries():
            if (record := self._record(entry)) is not None:
                problems.extend(_kind_problems(entry, record))
                identity = self._identity(entry)
                if identity is not None and identity.id != record.id:
                    reason = f"`{entry.key}` is taken by another item in the database"
                    chinese = f"标识 {entry.key} 已被其他内容占用"
                    problems.append(entry.problem((entry.kind.key,), reason, chinese=chinese))
        for kind in KINDS:
            if kind.has_unique_position:
                problems.extend(await self._position_problems(kind))
            for part in kind.parts:
                if part.refuse is not None:
                    problems.extend(await self._part_problems(kind, part))
        return problems

    async def _part_problems(self, kind: Kind, part: Part) -> list[Problem]:
        """Why the parts of items that are there already cannot become what they should be."""
        assert part.refuse is not None
        entries = self.checked.entries.get(kind.name, ())
        there = {record.id: each for each in entries if (record := self._record(each)) is not None}
        held: dict[UUID, list[Record]] = {key: [] for key in there}
        for record in await _records_by(part.model, part.parent, list(there)):
            held[getattr(record, part.parent)].append(record)
        problems = []
        for key, entry in there.items():
            if refusal := part.refuse(held[key], [*map(self._resolve, entry.parts[part.key])]):
                problems.append(entry.misfit((part.key, *refusal[0]), refusal[1]))
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
                chinese = f"位置 {record.position} 已被 {record.slug} 占用"
                problems.append(entry.problem(("position",), reason, chinese=chinese))
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
            self._change(entry, record)
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
        if fresh and (tell := HERALDS.get(kind.name)) is not None:
            await tell([self._id(entry) for entry in fresh], self.now)
        self.report.kinds[kind.name] = Counts(
            len(fresh), len(changed), len(entries) - len(fresh) - len(changed)
        )

    def _change(self, entry: Entry, record: Record) -> "_Change":
        row = self._resolve(entry.row)
        differs = self._identity(entry) is not None or row_differs(record, row)
        return _Change(entry, record, row, differs)

    def _new_row(self, entry: Entry) -> Row:
        row = self._resolve(entry.row) | {"id": self._id(entry)}
        if "version" in columns_of(entry.kind.model):
            identity = self._identity(entry)
            version = identity.version if identity else 1
            row |= {"version": version, "created_at": self.now, "updated_at": self.now}
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
                identity = self._identity(change.entry)
                version = identity.version if identity else change.record.version + 1
                row |= {"version": version, "updated_at": self.now}
        await update_rows(kind.model, rows, columns=columns)
        if (follow := FOLLOWERS.get(kind.name)) is not None:
            await follow([change.record for change in changes], self.now)

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
        edits = PartEdits()
        for change in changes:
            rows = self._part_rows(part, change.entry)
            if edits.add(part, found.get(change.record.id, []), rows=rows):
                change.differs = True
        await edits.write(part)


def _model(reference: Reference) -> type[Model]:
    return KINDS_BY_NAME[reference.kinds[0]].model


def _kind_problems(entry: Entry, record: Record) -> Iterable[Problem]:
    for column, value in entry.kind.fixed.items():
        if (there := getattr(record, column)) != value:
            reason = f"`{entry.key}` is the slug of a {there.value} in the database"
            chinese = f"标识 {entry.key} 已被另一类内容占用"
            yield entry.problem((entry.kind.key,), reason, chinese=chinese)
    if entry.kind.refuse is not None and (refusal := entry.kind.refuse(record, entry.row)):
        yield entry.misfit((refusal[0],), refusal[1])


async def _records_by(model: type[Model], column: str, values: Sequence[Any]) -> list[Record]:
    records: list[Record] = []
    for chunk in chunks(values, _READ_ROWS):
        records += await fetch_records_by(Select(model), chunk, column=column)
    return records
