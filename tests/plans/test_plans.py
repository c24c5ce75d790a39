"""No list of the schema reads a large table row by row, whatever it is ordered or narrowed by."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.auth import DISTRICT, Grant, Role
from hub.database import close_database, fetch_all, is_sqlite, open_database
from hub.generation.city import CITY, CitySize
from hub.settings import Settings
from schema.operations import graphql_schema
from schema.root import build_schema
from tests.benchmarks.reference import REFERENCES, variables_for
from tests.factories.people import actor
from tests.plans.content import SMALL, fill, owner, samples
from tests.plans.questions import Question, Samples, questions
from tests.plans.reading import Statements, listening, problems, table_rows
from tests.schema.acting import ActingClient, acting_client

PLANNING = {"enable_seqscan": "off", "jit": "off", "random_page_cost": "1.1"} | {
    "cpu_tuple_cost": "1"
}
"""What PostgreSQL is told: to scan only where no index could be used, and to weigh each row that
it reads as if there were very many."""

ALLOWED = {
    ("openNow", "place"): "hours are computed for each place; a page ends at the first that do",
    ("openAt", "place"): "as openNow",
    ("isAccessible False", "place"): "nobody asks for places that are not; an index has no NOT",
    ("Library", "course"): "six of twenty programmes are asked for, with what is in them",
}
"""What may read much of a table nevertheless, and why: what a question's name has, the table."""


@pytest.fixture
async def alone(settings: Settings) -> AsyncIterator[Settings]:
    """`hub.database` with a single connection, so that what is set there holds for everything."""
    changes = {"database_pool_max": 1, "database_command_timeout_seconds": 600.0}
    changed = settings.model_copy(update=changes | {"log_level": "ERROR"})
    await open_database(changed)
    try:
        yield changed
    finally:
        await close_database()


async def test_lists_of_a_small_city(alone: Settings) -> None:
    found = await _found(alone, SMALL)
    assert not found, "\n".join(found)


@pytest.mark.fault
async def test_lists_of_a_city(alone: Settings) -> None:
    found = await _found(alone, CITY)
    assert not found, "\n".join(found)


async def test_a_scan_is_found(alone: Settings) -> None:
    await fill(replace(SMALL, merchants=30, courses=30, events=30))
    await _plan_as_if_large()
    rows = await table_rows()
    by_story = 'SELECT "id" FROM "laureate" ORDER BY "story_html", "id" LIMIT 6'
    assert await problems(by_story, (), rows=rows)
    by_name = 'SELECT "id" FROM "laureate" ORDER BY "sort_name", "id" LIMIT 6'
    assert await problems(by_name, (), rows=rows) == []


async def _found(settings: Settings, size: CitySize) -> list[str]:
    """What is wrong with the plans of all questions on a city of a size."""
    await fill(size)
    await _plan_as_if_large()
    rows, known = await table_rows(), await samples()
    found: list[str] = []
    async with acting_client(settings, now=known.now) as client, listening() as statements:
        grants = [Grant(role, DISTRICT) for role in Role]
        client.actor = actor(*grants, at=known.now, person_id=await owner())
        for question in [*await _references(client), *_of_schema(known)]:
            sent = await _sent(client, question, statements)
            assert sent, f"{question.name} reads nothing"
            for sql, parameters in sent:
                wrong = await problems(sql, parameters, rows=rows)
                refused = (each for each in wrong if not _is_allowed(question.name, each))
                found += [f"{question.name}: {each}: {sql}" for each in refused]
    return found


async def _plan_as_if_large() -> None:
    for setting, value in () if is_sqlite() else PLANNING.items():
        await fetch_all(f"SET {setting} = {value}", [])


async def _references(client: ActingClient) -> list[Question]:
    variables = await variables_for(client.ask)
    return [Question(name, each.document, variables[name][0]) for name, each in REFERENCES.items()]


def _of_schema(known: Samples) -> Iterator[Question]:
    return questions(graphql_schema(build_schema()), known)


async def _sent(
    client: ActingClient, question: Question, statements: Statements
) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements of a question, and of its next page where it is ordered."""
    statements.taken()
    data = await client.ask(question.document, question.variables)
    cursor = _end_cursor(data) if "orderBy" in question.variables else None
    if cursor is not None:
        await client.ask(question.document, question.variables | {"after": cursor})
    return statements.taken()


def _end_cursor(data: Any) -> str | None:
    """The first cursor in an answer."""
    if isinstance(data, dict) and "pageInfo" in data:
        cursor: str | None = data["pageInfo"]["endCursor"]
        return cursor
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return next((found for part in parts if (found := _end_cursor(part))), None)


def _is_allowed(name: str, problem: str) -> bool:
    return any(
        words in name and problem.endswith((f"of {table}", f"SCAN {table}"))
        for words, table in ALLOWED
    )
