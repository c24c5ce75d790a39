"""A city whose courses have been copied until there are a million lessons.

What is asked stays: the same programs, only with more courses in each, and lessons as many a course
as before. So every list that a query takes its first few from has become longer, and no answer.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from hub.learning.models import Course, Lesson
from hub.settings import Settings
from tests.benchmarks.comparing import Sets, request, variables_of
from tests.benchmarks.content import execute, url_of
from tests.benchmarks.goals import COMPARED, Scaled, Way
from tests.benchmarks.load import Run
from tests.benchmarks.rounds import Plan, Side, run_in_turns
from tests.benchmarks.servers import ServerFailed, production, serving

MILLION = 1_000_000
_WAYS = (Way.HUB, Way.HAND)
_KINDS = {Way.HUB: "hub", Way.HAND: "hand"}
_COPIES_AT_ONCE = 4

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Grown:
    """A database like another, with more lessons, and how many there are in both."""

    settings: Settings
    lessons: tuple[int, int]


async def grow(settings: Settings, target: int, *, server: str | None, step: Step) -> Grown:
    """Copy a database and make lessons there until there are `target`."""
    name = f"grown_{uuid4().hex[:8]}"
    if server is None:
        path = settings.data_dir / f"{name}.sqlite3"
        before = _copy_sqlite(settings, path)
        after = _grow_sqlite(path, _copies(before, target), step)
        return Grown(production(settings.data_dir, f"sqlite://{path}"), (before, after))
    template = settings.database_url.partition("?")[0].rsplit("/", 1)[1]
    await execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    url = url_of(server, name)
    lessons = await _grow_postgres(url, target, step)
    await execute(url, "VACUUM ANALYZE")
    return Grown(production(settings.data_dir, url), lessons)


def _copies(lessons: int, target: int) -> int:
    return max(-(-target // lessons) - 1, 0)


def chunks_of(copies: int) -> Iterator[tuple[int, int]]:
    """The copies, a few at a time: the first and the last of each."""
    for first in range(1, copies + 1, _COPIES_AT_ONCE):
        yield first, min(first + _COPIES_AT_ONCE - 1, copies)


def _statement(model: Any, changed: dict[str, str], numbers: str) -> str:
    """Writes copies of all rows that there were at first."""
    table = model._meta.db_table
    columns = list(model._meta.fields_db_projection.values())
    values = [changed.get(column, f"old.{column}") for column in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM first_{table} AS old CROSS JOIN ({numbers}) AS copy"
    )


def _statements(copy_id: str, numbers: str) -> tuple[str, str]:
    """How courses are copied, and how lessons are; `copy_id` makes an id of an id and a number."""
    changed = {"id": f"{copy_id}(old.id, copy.n)", "slug": "old.slug || '-copy-' || copy.n"}
    course = _statement(Course, changed | {"pool_id": "NULL"}, numbers)
    theirs = {"course_id": f"{copy_id}(old.course_id, copy.n)"}
    return course, _statement(Lesson, changed | theirs, numbers)


def _originals() -> list[str]:
    return [f"CREATE TEMP TABLE first_{each} AS SELECT * FROM {each}" for each in _TABLES]


_TABLES = ("course", "lesson")


def _copy_sqlite(settings: Settings, path: Path) -> int:
    original = Path(settings.database_url.removeprefix("sqlite://"))
    with closing(sqlite3.connect(original)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (lessons,) = connection.execute("SELECT COUNT(*) FROM lesson").fetchone()
    shutil.copyfile(original, path)
    return int(lessons)


def _grow_sqlite(path: Path, copies: int, step: Step) -> int:
    numbers = (
        "WITH RECURSIVE numbers (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
        " SELECT n FROM numbers"
    )
    with closing(sqlite3.connect(path)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.create_function("copy_id", 2, _copy_id, deterministic=True)
        for statement in _originals():
            connection.execute(statement)
        for first, last in chunks_of(copies):
            step(f"SQLite: copies {first} to {last} of {copies}")
            for statement in _statements("copy_id", numbers):
                connection.execute(statement, (first, last))
            connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        (lessons,) = connection.execute("SELECT COUNT(*) FROM lesson").fetchone()
    return int(lessons)


def _copy_id(key: str, number: int) -> str:
    return str(UUID(bytes=md5(f"{key}:{number}".encode(), usedforsecurity=False).digest()))


async def _grow_postgres(url: str, target: int, step: Step) -> tuple[int, int]:
    connection = await asyncpg.connect(url)
    try:
        before = await connection.fetchval("SELECT COUNT(*) FROM lesson")
        for statement in (_PG_COPY_ID, *_originals()):
            await connection.execute(statement)
        copies = _copies(before, target)
        for first, last in chunks_of(copies):
            step(f"PostgreSQL: copies {first} to {last} of {copies}")
            numbers = f"SELECT generate_series({first}, {last}) AS n"
            for statement in _statements("pg_temp.copy_id", numbers):
                await connection.execute(statement)
        after = await connection.fetchval("SELECT COUNT(*) FROM lesson")
    finally:
        await connection.close()
    return before, after


_PG_COPY_ID = """
CREATE FUNCTION pg_temp.copy_id(key uuid, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT md5(key::text || ':' || number)::uuid $$"""


async def scale(
    settings: Settings, grown: Grown, plan: Plan, *, database: str, step: Step
) -> list[Scaled]:
    """Measure the hub and the code by hand on both databases, all in turns."""
    sets = await variables_of(settings), await variables_of(patient(grown.settings))
    found = []
    for way in _WAYS:
        with (
            serving(_KINDS[way], settings, plan.core) as small,
            serving(_KINDS[way], grown.settings, plan.core) as large,
        ):
            for query in COMPARED:
                sides = (
                    (small, _requests(way, query, sets[0])),
                    (large, _requests(way, query, sets[1])),
                )
                step(f"{grown.lessons[1]:,} lessons: {query}, {way}")
                few, many = await _rounds(sides, plan)
                found.append(Scaled(database, query, way, grown.lessons, few, many))
    return found


async def _rounds(sides: Sequence[Side], plan: Plan) -> list[list[Run]]:
    """The runs in turns; none where a server refuses because its database takes too long."""
    try:
        return await run_in_turns(
            sides, plan, concurrency=plan.concurrencies[0], step=lambda _: None
        )
    except ServerFailed:
        return [[], []]


def patient(settings: Settings) -> Settings:
    """Settings that wait for statements however long they take."""
    return settings.model_copy(
        update={"database_command_timeout_seconds": 120.0, "request_timeout_seconds": 240.0}
    )


def _requests(way: Way, query: str, sets: Sets) -> list[bytes]:
    return [request(way, query, variables) for variables in sets[query]]
