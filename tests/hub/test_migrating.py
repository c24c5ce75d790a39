"""Migrations: what they bring a database to, alone and two at a time, and what they leave out."""

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.migrations.recorder import MigrationRecorder

from hub import database
from hub.catalogue import KINDS
from hub.directory.models import Town
from hub.errors import Conflict
from hub.migrating import drift, make_migration, migrate, pending_migrations
from hub.migrations import __path__ as migrations_path
from hub.records import Select, count_records
from hub.settings import Settings
from tests.conftest import make_settings

ALL = sorted(path.stem for path in Path(migrations_path[0]).glob("0*.py"))


@pytest.fixture
async def bare(engine: str, settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """A database that nothing has been migrated in."""
    if engine == "sqlite":
        (settings.data_dir / "hub.sqlite3").unlink()
        return settings
    await database.open_database(settings)
    try:
        await get_connection("default").execute_script("DROP SCHEMA public CASCADE")
        await get_connection("default").execute_script("CREATE SCHEMA public")
    finally:
        await database.close_database()
    return settings


async def is_whole(settings: Settings) -> bool:
    await database.open_database(settings)
    try:
        counts = [await count_records(Select(kind.model), cap=1) for kind in KINDS]
        return counts == [0] * len(KINDS) and await pending_migrations(settings) == []
    finally:
        await database.close_database()


async def test_an_empty_database_is_brought_up_to_date(bare: Settings) -> None:
    seen: list[str] = []
    assert await migrate(bare, progress=seen.append) == ALL
    assert seen == ALL
    assert await is_whole(bare)
    assert await migrate(bare, progress=seen.append) == []
    assert seen == ALL


async def test_what_is_pending_is_told_and_nothing_done(bare: Settings) -> None:
    await database.open_database(bare)
    try:
        assert await pending_migrations(bare) == ALL
        assert await pending_migrations(bare) == ALL
    finally:
        await database.close_database()


def migrated(settings: Settings) -> list[str]:
    return asyncio.run(migrate(settings))


async def test_processes_that_start_together_migrate_once(bare: Settings) -> None:
    def race() -> list[list[str]]:
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            return pool.map(migrated, [bare] * 3)

    applied = await asyncio.to_thread(race)
    assert sorted(applied) == [[], [], ALL]
    assert await is_whole(bare)


async def test_a_migration_that_fails_leaves_nothing(
    bare: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = MigrationRecorder.record_applied

    async def failing(self: MigrationRecorder, app: str, name: str) -> None:
        await record(self, app, name)
        if name == ALL[-1]:
            raise RuntimeError("half-way")

    monkeypatch.setattr(MigrationRecorder, "record_applied", failing)
    with pytest.raises(RuntimeError, match="half-way"):
        await migrate(bare)
    monkeypatch.undo()
    assert await migrate(bare) == ALL
    assert await is_whole(bare)


async def test_a_row_that_would_refer_to_nothing_stops_a_migration(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    await migrate(settings)
    await database.open_database(settings)
    connection = get_connection("default")
    await connection.execute_script(
        "PRAGMA foreign_keys=OFF;"
        "INSERT INTO agenda_item (id, event_id, position, title, starts_at)"
        " VALUES ('a', 'nowhere', 1, 'x', '2026-01-01');"
    )
    await database.close_database()
    with pytest.raises(Conflict, match="1 rows that refer to nothing"):
        await migrate(settings)


async def test_models_and_migrations_agree(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    assert await drift(settings) == []
    assert await make_migration(settings, "nothing") is None


async def test_a_difference_is_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(tmp_path)
    monkeypatch.setattr(Town._meta.fields_map["name"], "max_length", 99)
    assert await drift(settings) == ["Alter field name on Town"]
    monkeypatch.setattr("hub.migrating.Path.write_text", lambda *args, **kwargs: 0)
    path = await make_migration(settings, "longer names of towns")
    assert path is not None
    assert path.name == f"{int(ALL[-1][:4]) + 1:04}_longer_names_of_towns.py"
    assert isinstance(Town._meta.fields_map["name"], fields.CharField)


async def test_words_about_a_model_are_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Town._meta, "table_description", "Other words; with a semicolon.")
    assert await drift(make_settings(tmp_path)) == []
