"""A small city, and in the tables that people fill rows that nobody wrote: much the same, many."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.fields import DateField, DatetimeField, JSONField
from tortoise.models import Model

from hub.bulk import insert_rows
from hub.database import fetch_all, is_sqlite
from hub.editing.rules import RevisionState
from hub.generation.city import CitySize, generate_city
from hub.identity.models import Person
from hub.ids import new_id
from hub.loading import load_data
from hub.tables import APP
from schema.relay import encode_id
from tests.plans.questions import Samples

SMALL = CitySize(
    merchants=900,
    stations=200,
    instructors=450,
    courses=500,
    lessons_per_course=3,
    employers=430,
    events=600,
    competitions=420,
    laureates=420,
)
"""Enough that each of these tables is large to those who read plans."""

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
"""When the questions are asked: among the events of the city."""

EACH = 600
OWNERS = 40
"""So many rows a table of people's, and so many people whose they are: fifteen for each."""

FILLED = frozenset(
    {
        *("registration", "check_in", "entry", "team", "team_member", "stage_entry"),
        *("stage_result", "audit_entry", "role_grant", "api_key", "revision", "preview_link"),
        *("merchant_application", "course_progress", "lesson_progress", "certificate"),
        *("quiz_attempt", "job", "session"),
    }
)
KINDS = {"Merchant": "merchant", "Station": "station", "ServiceCentre": "service_centre"}
TABLES = {
    kind: kind.lower()
    for kind in (
        *("Program", "Course", "Lesson", "Topic", "Instructor", "Quiz", "Event", "Employer"),
        *("Competition", "Division", "Honour", "Town", "Person"),
    )
} | {"FriendlyStreet": "friendly_street"}
"""Where the rows of a type of the schema stand."""

WORDS = {"topic": ("topic", "slug"), "amenity": ("amenity", "code")} | {
    "action": ("audit_entry", "action"),
    "requestId": ("audit_entry", "request_id"),
}
"""Where the words stand that a field of a `where` takes."""

OWNING = frozenset({"person_id", "applicant_id", "author_id", "requested_by"})
ALONE = frozenset({"registration_id", "entry_id", "link_id", "team_id"})
"""Columns that name somebody whose the row is, and what nothing else of the same owner names."""

PLAIN: Mapping[str, Any] = {"party_size": 1}
"""Columns that the database checks."""


async def fill(size: CitySize) -> None:
    """Load a city of the size and write `EACH` rows into every table that people fill."""
    await load_data(generate_city(size))
    models: Mapping[str, type[Model]] = Tortoise.apps[APP]
    people = [new_id() for _ in range(EACH)]
    await _unchecked()
    await insert_rows(Person, list(_rows(Person, people=people, things=people)))
    things = [
        row[0] for row in await fetch_all('SELECT "id" FROM "course" ORDER BY "id" LIMIT 15', [])
    ]
    for model in models.values():
        if model._meta.db_table in FILLED:
            rows = _rows(model, people=people[:OWNERS], things=things)
            await insert_rows(model, list(rows))
    if not is_sqlite():  # whose statistics nothing gathers in a hub, either
        await fetch_all("ANALYZE", [])


async def _unchecked() -> None:
    """Let rows refer to what is not there: who they are of is all that plans depend on."""
    if is_sqlite():
        await fetch_all("PRAGMA foreign_keys = OFF", [])
    else:
        await fetch_all("SET session_replication_role = replica", [])


def _rows(
    model: type[Model], *, people: Sequence[UUID], things: Sequence[UUID]
) -> Iterator[dict[str, Any]]:
    """`EACH` rows: owners in turn, and for each of them the things in turn."""
    fields = model._meta.fields_map
    columns = {column: fields[name] for name, column in model._meta.fields_db_projection.items()}
    for number in range(EACH):
        yield {
            column: _value(column, field, number, people=people, things=things)
            for column, field in columns.items()
        } | {"id": people[number] if model is Person else new_id()}


def _value(
    column: str, field: Any, number: int, *, people: Sequence[UUID], things: Sequence[UUID]
) -> Any:
    """A value that the column takes; the same for many rows where it is an id or a word."""
    if column in PLAIN:
        return PLAIN[column]
    if field.field_type is UUID:
        return _id(column, number, people=people, things=things)
    if (kinds := getattr(field, "enum_type", None)) is not None:
        if kinds is RevisionState and number % 10:  # few are under way at a time
            return RevisionState.PUBLISHED
        return list(kinds)[number % len(kinds)]
    return None if field.null else _scalar(field, number)


def _id(column: str, number: int, *, people: Sequence[UUID], things: Sequence[UUID]) -> UUID:
    if column in OWNING:
        return people[number % len(people)]
    return new_id() if column in ALONE else things[number // OWNERS % len(things)]


def _scalar(field: Any, number: int) -> Any:
    match field:
        case JSONField():
            return {}
        case DatetimeField():
            return NOW - timedelta(minutes=number)
        case DateField():
            return (NOW - timedelta(days=number)).date()
        case _:
            return field.field_type(number)


async def samples() -> Samples:
    """Values to ask with, from what is in the open database."""
    places = {
        kind: await _ids(f'"place" WHERE "kind" = \'{word}\'') for kind, word in KINDS.items()
    }
    others = {kind: await _ids(f'"{table}"') for kind, table in TABLES.items()}
    keys = {
        kind: [encode_id(kind, key) for key in found] for kind, found in (places | others).items()
    }
    point = await fetch_all('SELECT "latitude", "longitude" FROM "place" ORDER BY "id" LIMIT 1', [])
    latitude, longitude = point[0]
    return Samples(
        now=NOW,
        point={"latitude": latitude, "longitude": longitude},
        ids=keys,
        codes={name: await _word(*where) for name, where in WORDS.items()},
    )


async def _word(table: str, column: str) -> str:
    """A word that is in the column, where anything is."""
    found = await fetch_all(f'SELECT MIN("{column}") FROM "{table}"', [])
    return found[0][0] or "none"


async def owner() -> UUID:
    """Somebody whose rows are in the open database."""
    found = await fetch_all('SELECT "person_id" FROM "registration" ORDER BY "id" LIMIT 1', [])
    return _uuid(found[0][0])


async def _ids(source: str) -> list[UUID]:
    found = await fetch_all(f'SELECT "id" FROM {source} ORDER BY "id"', [])
    return [_uuid(row[0]) for row in found]


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
