"""Writes everything that can be loaded back as a content folder.

The same rows give the same bytes: items and parts have one order, and what a loader would put
there by itself is left out. Nothing is written before everything has been read.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.catalogue import DISTRICT, KINDS, KINDS_BY_NAME, District, DistrictFile
from hub.content import DEFAULT_PUBLISHED_AT, DEFAULT_TIMEZONE
from hub.database import fetch_all, is_sqlite, transaction
from hub.documents import Unreadable, read_document, write_document, write_mapping
from hub.errors import Conflict
from hub.items import items_of
from hub.kinds import Kind, Names, Row
from hub.publishing import StoredState
from hub.records import Record, Select, columns_of, fetch_records, table_of


async def export_folder(
    path: Path, *, timezone: str = DEFAULT_TIMEZONE, force: bool = False
) -> dict[str, int]:
    """Write all content, drafts and archived items included, to the folder `path`.

    Gives the number of items of each kind; a kind without items has no file. Instants are written
    in `timezone`, and what lies in it names none. A new folder appears whole or not at all. One
    that is there has to be empty, or with `force` has its files of content replaced one by one;
    its other files stay. `timezone` holds where neither the database nor the `district` file that
    is there says whose folder it is. Raises Conflict.
    """
    _assert_writable(path, force=force)
    fallback = _district_timezone(path) or timezone
    contents = await transaction(lambda: _read_all(fallback))
    district = contents.get(DISTRICT)
    zone = str(district[0]["timezone"]) if district else fallback
    _write(path, contents, timezone=zone)
    return {kind: len(items) for kind, items in contents.items()}


def _assert_writable(path: Path, *, force: bool) -> None:
    if path.exists() and not path.is_dir():
        raise Conflict(f"{path} is a file; name a folder.")
    if path.exists() and not force and next(path.iterdir(), None) is not None:
        raise Conflict(f"{path} is not empty; name another folder, or use --force.")


def _district_timezone(path: Path) -> str | None:
    """The time zone of a folder that is there already and says whose it is."""
    for file in sorted(path.glob(f"{DISTRICT}.*")):
        try:
            value = read_document(file).value
        except Unreadable as error:
            raise Conflict(str(error.problem)) from error
        if isinstance(value, dict) and isinstance(value.get("timezone"), str):
            return str(value["timezone"])
    return None


def _write(path: Path, contents: Mapping[str, list[Row]], *, timezone: str) -> None:
    write = _replace_files if path.exists() else _write_folder
    write(path, contents, timezone=timezone)


def _write_folder(path: Path, contents: Mapping[str, list[Row]], *, timezone: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        for kind, items in contents.items():
            _write_file(beside / f"{kind}.yaml", items, kind=kind, timezone=timezone)
        beside.chmod(0o755)
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _replace_files(path: Path, contents: Mapping[str, list[Row]], *, timezone: str) -> None:
    """Replace file by file, since the folder itself may be a mount, which cannot be renamed."""
    for name, items in contents.items():
        _write_file(path / f".{name}.yaml.new", items, kind=name, timezone=timezone)
    for name in ([DISTRICT] if DISTRICT in contents else []) + list(KINDS_BY_NAME):
        current = path / f"{name}.yaml"
        if name in contents:
            (path / f".{name}.yaml.new").replace(current)
        for file in path.glob(f"{name}.*"):
            if file != current or name not in contents:
                file.unlink()


def _write_file(path: Path, items: Sequence[Row], *, kind: str, timezone: str) -> None:
    if kind == DISTRICT:
        write_mapping(path, items[0])
    else:
        write_document(path, items, timezone=timezone)


async def _read_all(timezone: str) -> dict[str, list[Row]]:
    if not is_sqlite():  # one snapshot for all statements; SQLite has it anyway
        await fetch_all("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", [])
    names: dict[UUID, str] = {}
    contents: dict[str, list[Row]] = {}
    if district := await fetch_records(Select(District)):
        contents[DISTRICT] = [{key: getattr(district[0], key) for key in DistrictFile.model_fields}]
        timezone = district[0].timezone
    for kind in KINDS:
        records = await _records(kind, names)
        names.update({record.id: getattr(record, kind.key) for record in records})
        if records:
            contents[kind.name] = await _items(kind, records, names=names, timezone=timezone)
    return contents


async def _records(kind: Kind, names: Names) -> list[Record]:
    """The rows of a kind in the order of its file: by what they belong to, position and slug."""
    table = table_of(kind.model)
    criteria = [table[column] == value.value for column, value in kind.fixed.items()]
    records = await fetch_records(Select(kind.model).where(*criteria))
    has_position = "position" in columns_of(kind.model)

    def place_in_file(record: Record) -> tuple[str, int, str]:
        scope = names[getattr(record, f"{kind.scope}_id")] if kind.scope else ""
        return scope, record.position if has_position else 0, getattr(record, kind.key)

    return sorted(records, key=place_in_file)


async def _items(
    kind: Kind, records: Sequence[Record], *, names: Names, timezone: str
) -> list[Row]:
    items = await items_of(kind, records, names=names)
    numbers: dict[Any, int] = {}
    for record, item in zip(records, items, strict=True):
        scope = getattr(record, f"{kind.scope}_id") if kind.scope else None
        numbers[scope] = numbers.get(scope, 0) + 1
        _leave_out(item, record, number=numbers[scope], timezone=timezone)
    return items


def _leave_out(item: Row, record: Record, *, number: int, timezone: str) -> None:
    """Take away what a loader puts there by itself."""
    if item.get("position") == number:
        del item["position"]
    if item.get("published_at") == DEFAULT_PUBLISHED_AT and record.state is StoredState.PUBLISHED:
        del item["published_at"]
    for row in (item, *item.get("sessions", ())):
        if row.get("timezone") == timezone:
            del row["timezone"]
