"""What statements read and write, and the tables that nobody keeps answers of."""

import ast
from pathlib import Path

import pytest
from tortoise import Tortoise

from hub.bulk import delete_rows, insert_rows, update_rows, update_where
from hub.database import transaction
from hub.ids import new_id
from hub.learning.models import Course, Lesson, Topic
from hub.records import Select, fetch_records, fetch_records_by, table_of
from hub.settings import Settings
from hub.tables import APP, PRIVATE_TABLES, dependants, instants_of, public_tables
from hub.touching import Change, Reading, gathered_changes, listen, reading, statement_of
from tests.factories import learning

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("sql", "sources", "written", "deletes"),
    [
        ('SELECT "a"."title" FROM "a" JOIN "b" ON 1', ("a", "b"), (), False),
        ("SELECT MIN(x) FROM place WHERE EXISTS(SELECT 1 FROM town)", ("place", "town"), (), False),
        ('SELECT "a"."id" FROM "a" FOR UPDATE', ("a",), (), False),
        ('INSERT INTO "a" ("id") VALUES ($1)', (), ("a",), False),
        ("INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2", (), ("a",), False),
        ('update "a" set "n" = 1', (), ("a",), False),
        ('DELETE FROM "a" WHERE "id" = ?', ("a",), ("a",), True),
        (
            "WITH x AS (DELETE FROM a RETURNING id) INSERT INTO b SELECT id FROM x",
            ("a", "x"),
            ("a", "b"),
            True,
        ),
    ],
)
def test_a_statement_says_what_it_reads_and_writes(
    sql: str, sources: tuple[str, ...], written: tuple[str, ...], deletes: bool
) -> None:
    statement = statement_of(sql)
    assert (statement.sources, statement.written, statement.deletes) == (sources, written, deletes)
    assert set(sources) <= statement.names


def test_a_column_that_is_called_like_a_table_is_none() -> None:
    assert "job" not in statement_of('SELECT "opening"."job" FROM "opening"').names


async def test_every_private_table_is_there(database: Settings) -> None:
    assert Tortoise.apps is not None
    tables = {model._meta.db_table for model in Tortoise.apps[APP].values()}
    assert tables >= PRIVATE_TABLES
    assert public_tables() == tables - PRIVATE_TABLES


async def test_what_hangs_on_a_table_is_known(database: Settings) -> None:
    assert {"lesson", "quiz", "quiz_question", "course_session"} <= dependants("course")
    assert "place" not in dependants("course")
    assert dependants("quiz_question") == frozenset()


async def test_the_windows_of_content_are_known(database: Settings) -> None:
    assert instants_of("course") == ("published_at", "expires_at")
    assert instants_of("topic") == ()


async def changes_of(body: object) -> Change:
    heard: list[Change] = []
    listener = listen(heard.append)
    await transaction(body)  # type: ignore[arg-type]
    del listener
    assert len(heard) == 1
    return heard[0]


async def test_rows_are_named_where_they_are_known(database: Settings) -> None:
    course, other = await learning.course(), await learning.course()
    topic = {"id": new_id(), "slug": "a", "label": "a", "position": 1}

    async def body() -> None:
        await update_rows(Course, [{"id": course.id, "title": "B"}], columns=["title"])
        await update_where(Course, {"title": "C"}, where=[table_of(Course).id == str(other.id)])
        await insert_rows(Topic, [topic])

    tables = (await changes_of(body)).tables
    assert tables is not None
    assert tables["topic"] == frozenset({str(topic["id"])})
    assert str(course.id) in (tables["course"] or ())


async def test_what_goes_with_a_deleted_row_is_the_whole_of_its_tables(database: Settings) -> None:
    course = await learning.course()
    tables = (await changes_of(lambda: delete_rows(Course, [course.id]))).tables
    assert tables is not None
    assert tables["course"] == frozenset({str(course.id)})
    assert tables["lesson"] is None


async def test_many_rows_are_the_whole_table(database: Settings) -> None:
    rows = [
        {"id": new_id(), "slug": f"t{number}", "label": "a", "position": number}
        for number in range(201)
    ]
    change = await changes_of(lambda: insert_rows(Topic, rows))
    assert change.tables == {"topic": None}


async def test_a_write_outside_of_a_transaction_gets_one(database: Settings) -> None:
    course, heard = await learning.course(), list[Change]()
    listener = listen(heard.append)
    await update_rows(Course, [{"id": course.id, "title": "B"}], columns=["title"])
    del listener
    assert [each.tables for each in heard] == [{"course": frozenset({str(course.id)})}]


async def test_a_reading_by_ids_is_touched_by_these_rows_only(database: Settings) -> None:
    course, other = await learning.course(), await learning.course()
    with reading() as found:
        await fetch_records_by(Select(Course), [course.id], column="id")
    change = Change(1, {"course": frozenset({str(other.id)})})
    assert not found.is_touched_by(change)
    assert found.is_touched_by(Change(1, {"course": frozenset({str(course.id)})}))
    assert found.is_touched_by(Change(1, {"course": None}))
    with reading() as found:
        await fetch_records(Select(Course))
    assert found.is_touched_by(change)
    assert not found.is_touched_by(Change(1, {"lesson": None}))


async def test_a_reading_by_slugs_of_which_one_is_missing_is_of_the_table(
    database: Settings,
) -> None:
    course = await learning.course()
    with reading() as found:
        await fetch_records_by(Select(Course), [course.slug], column="slug")
    assert found.rows == {"course": {str(course.id)}}
    assert "course" not in found.tables
    with reading() as found:
        await fetch_records_by(Select(Course), [course.slug, "none"], column="slug")
    assert "course" in found.tables


def test_a_reading_of_what_is_private_is_spoilt() -> None:
    found = Reading()
    found.add(statement_of('SELECT "session"."id" FROM "session"'))
    assert found.spoilt_by == "PRIVATE"


def test_what_is_private_spoils_nothing() -> None:
    with gathered_changes() as changes:
        changes.add("registration", None)
        changes.add("audit_entry", ["a"])
    assert changes.tables == {}


def _writes_past_us(tree: ast.Module) -> list[str]:
    """The models that a module writes by the ORM, which nobody sees: `X.create`, `X.filter…`."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in {"create", "update", "delete", "bulk_create", "bulk_update"}:
            continue
        root: ast.expr = node.func.value
        while isinstance(root, ast.Call | ast.Attribute):
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Name) and root.id[:1].isupper():
            found.append(root.id)
    return found


async def test_nobody_writes_public_tables_by_the_orm(database: Settings) -> None:
    assert Tortoise.apps is not None
    tables = {model.__name__: model._meta.db_table for model in Tortoise.apps[APP].values()}
    written = [
        (path.name, tables[name])
        for path in (ROOT / "hub").rglob("*.py")
        for name in _writes_past_us(ast.parse(path.read_text(encoding="utf-8")))
        if name in tables
    ]
    assert written, "the pattern finds those that there are"
    assert [each for each in written if each[1] not in PRIVATE_TABLES] == []


async def test_a_lesson_is_written_with_its_table(database: Settings) -> None:
    lesson = await learning.lesson()
    change = await changes_of(lambda: delete_rows(Lesson, [lesson.id]))
    assert change.tables is not None
    assert {"lesson", "quiz", "quiz_question"} <= set(change.tables)
