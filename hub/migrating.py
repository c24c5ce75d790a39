"""Brings a database to the shape of the models, and says where models and migrations disagree.

Tortoise's executor is used for what it knows (graph, plan, statements) and driven from here for
what it leaves open: it commits a migration and its record apart, so that a kill between the two
leaves a database that can never migrate again, and two processes that start together both run the
same step. Here one transaction holds the lock, the statements and the record.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from tortoise import Tortoise
from tortoise.apps import Apps
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    RunPython,
)
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import (
    AsyncpgSchemaEditor,
    BaseSchemaEditor,
    SqliteSchemaEditor,
)
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.migrations.writer import MigrationWriter, format_migration_name
from tortoise.models import Model

from hub import clock
from hub.database import (
    CONNECTION,
    close_database,
    fetch_all,
    is_sqlite,
    open_database,
    orm_config,
    transaction,
)
from hub.errors import Conflict
from hub.settings import Settings
from hub.tables import APP

Progress = Callable[[str], object]

_PATIENCE_SECONDS = 3_600.0
_LOCK_KEY = 0x6875_625F_6D69_6772
"""Names the advisory lock: "hub_migr" in ASCII."""


async def migrate(settings: Settings, *, progress: Progress | None = None) -> list[str]:
    """Apply the migrations that the database lacks, all or none; their names in order.

    `progress` is called with a migration's name before it runs. A second process that migrates the
    same database waits and then finds nothing to do. Must not run while `hub.database` is open in
    this process. Raises Unavailable when the database cannot be reached, and whatever a broken
    migration raises, after rolling back.
    """
    await open_database(_patient(settings))
    try:
        await _prepare_sqlite()
        return await transaction(lambda: _apply_pending(settings, progress or _silent))
    finally:
        await close_database()


async def pending_migrations(settings: Settings) -> list[str]:
    """The names of migrations that the open database lacks; changes nothing."""
    connection = get_connection(CONNECTION)
    executor = MigrationExecutor(connection, _apps_config(settings))
    return [step.migration.name for step in await executor.plan()]


async def drift(settings: Settings) -> list[str]:
    """What the models have that the migrations do not say, one line each; needs no database."""
    return [
        operation.describe()
        for writer in await _changes(settings)
        for operation in writer.operations
    ]


async def make_migration(settings: Settings, name: str) -> Path | None:
    """Write the migration that brings the migrations up to the models; None when they agree.

    The file is numbered after the last one and named after `name`, in lower case.
    """
    writers = await _changes(settings)
    if not writers:
        return None
    writer = writers[0]
    number = int(writer.name.split("_", 1)[0])
    writer.name = format_migration_name(number, name)
    path = writer.path()
    path.write_text(_tidy(writer.as_string()), encoding="utf-8")
    return path


async def _changes(settings: Settings) -> list[MigrationWriter]:
    await Tortoise.init(config=orm_config(settings), init_connections=False)
    try:
        apps = Tortoise.apps
        assert apps is not None
        _forget_descriptions(apps)
        return await MigrationAutodetector(apps, _apps_config(settings), now=clock.now).changes()
    finally:
        await Tortoise.close_connections()


def _forget_descriptions(apps: Apps) -> None:
    """Leave docstrings out of the comparison: rewording one is no change of the database."""
    for model in apps[APP].values():
        model._meta.table_description = ""
        for field in model._meta.fields_map.values():
            field.description = "" if hasattr(field, "enum_type") else None


def _tidy(text: str) -> str:
    """The writer's text with the two blank lines that a class wants before it."""
    return text.replace("\n\nclass Migration", "\n\n\nclass Migration", 1)


def _silent(name: str) -> None:
    """Say nothing about `name`."""


def _patient(settings: Settings) -> Settings:
    """The settings with room for a statement that rewrites a large table, and one connection."""
    return settings.model_copy(
        update={
            "database_command_timeout_seconds": _PATIENCE_SECONDS,
            "database_pool_max": 1,
        }
    )


def _apps_config(settings: Settings) -> dict[str, dict[str, Any]]:
    apps: dict[str, dict[str, Any]] = orm_config(settings)["apps"]
    return apps


async def _prepare_sqlite() -> None:
    """Set what SQLite cannot set inside a transaction.

    Foreign keys are off because altering a table there means to build it anew, and dropping the
    old one would delete what refers to it; they are checked before the commit instead
    (https://www.sqlite.org/lang_altertable.html#otheralter). The table of records is made here
    because its maker uses executescript(), which commits whatever is open.
    """
    if not is_sqlite():
        return
    connection = get_connection(CONNECTION)
    await connection.execute_query("PRAGMA foreign_keys=OFF")
    await connection.execute_query(f"PRAGMA busy_timeout={int(_PATIENCE_SECONDS * 1000)}")
    await MigrationRecorder(connection).ensure_schema(_editor(connection))


async def _apply_pending(settings: Settings, progress: Progress) -> list[str]:
    connection = get_connection(CONNECTION)
    if not is_sqlite():
        await fetch_all("SELECT pg_advisory_xact_lock($1)", [_LOCK_KEY])
        await MigrationRecorder(connection).ensure_schema(_editor(connection))
    executor = MigrationExecutor(connection, _apps_config(settings))
    plan = await executor.plan()
    state = await _state_without(executor.loader.graph, {step.migration.name for step in plan})
    for step in plan:
        progress(step.migration.name)
        await _apply(step.migration, state, _editor(connection))
        await executor.recorder.record_applied(APP, step.migration.name)
    await _assert_references_hold()
    return [step.migration.name for step in plan]


async def _state_without(graph: MigrationGraph, missing: set[str]) -> State:
    """The models as the database has them, from the migrations that are applied."""
    state = State(models={}, apps=_Apps(default_connections={APP: CONNECTION}))
    for leaf in graph.leaf_nodes(APP):
        for key in graph.forwards_plan(leaf):
            migration = _migration(graph, key)
            if key.name not in missing:
                await migration.apply(state, dry_run=True, schema_editor=None)
    return state


async def _apply(migration: Migration, state: State, editor: BaseSchemaEditor) -> None:
    """Apply a migration as Tortoise does, without a copy of all models for each operation.

    Only operations that alter or remove something look at the models from before.
    """
    for operation in migration.operations:
        before = state if isinstance(operation, _ADDING) else state.clone()
        operation.state_forward(migration.app_label, state)
        await operation.database_forward(migration.app_label, before, state, editor)
    state.validate_relations_initialized()


_ADDING = (CreateModel, AddField, AddIndex, AddConstraint, RunPython)


class _Apps(StateApps):
    """The models of a state. Tortoise builds the queries of all of them after every operation; here
    each model's are built once, which is most of the time that migrating took.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._built: WeakSet[type[Model]] = WeakSet()

    def _build_initial_querysets(self) -> None:
        everything = self.apps
        self.apps = {
            label: {name: model for name, model in models.items() if model not in self._built}
            for label, models in everything.items()
        }
        try:
            super()._build_initial_querysets()
            for models in self.apps.values():
                self._built.update(each for each in models.values() if each._meta._inited)  # noqa: SLF001
        finally:
            self.apps = everything


def _migration(graph: MigrationGraph, key: MigrationKey) -> Migration:
    migration = graph.nodes[key]
    if not isinstance(migration, Migration):
        raise Conflict(f"The database has migration {key.name}, which this version does not know.")
    return migration


def _editor(connection: BaseDBAsyncClient) -> BaseSchemaEditor:
    kind = SqliteSchemaEditor if is_sqlite() else AsyncpgSchemaEditor
    return kind(connection, atomic=True)


async def _assert_references_hold() -> None:
    if is_sqlite() and (broken := await fetch_all("PRAGMA foreign_key_check", [])):
        raise Conflict(f"A migration would leave {len(broken)} rows that refer to nothing.")
