"""Home as the documentation of the libraries says: Strawberry, Tortoise, DataLoader.

Instances of the models, a DataLoader for each relation, Strawberry's own ASGI view with its caches
of parsed and of validated documents; the database is opened as the hub opens it. Nothing more is
offered than Home asks for, which makes the schema lighter than the hub's, and nothing is counted,
limited or logged. The answer is the hub's, ids included.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from hub import clock
from hub.database import close_database, open_database
from hub.learning import models
from hub.publishing import StoredState
from hub.settings import Settings
from schema.relay import encode_id


def _visible(rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """What the public may see."""
    return rows.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        state=StoredState.PUBLISHED,
        published_at__lte=now,
    )


class Loaders:
    """What one request has loaded, and the instant at which it asks."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.instructor: DataLoader[UUID, Any] = DataLoader(self._instructors)
        self.lessons: DataLoader[UUID, list[Any]] = DataLoader(self._lessons)

    async def _instructors(self, keys: list[UUID]) -> list[Any]:
        rows = await _visible(models.Instructor.filter(id__in=keys), self.now)
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]

    async def _lessons(self, keys: list[UUID]) -> list[list[Any]]:
        """All lessons of each course: the ORM has no limit for each parent."""
        rows = _visible(models.Lesson.filter(course_id__in=keys), self.now)
        found: defaultdict[UUID, list[Any]] = defaultdict(list)
        for row in await rows.order_by("position", "id"):
            found[row.course_id].append(row)
        return [found[key] for key in keys]


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Instructor:
    """Somebody who teaches."""

    id: strawberry.ID
    name: str


@strawberry.type
class Lesson:
    """A lesson of a course."""

    id: strawberry.ID
    title: str
    duration_seconds: int


@strawberry.type
class LessonConnection:
    """Some lessons."""

    nodes: list[Lesson]


@strawberry.type
class Course:
    """A course."""

    row: strawberry.Private[Any]
    id: strawberry.ID
    title: str
    summary: str
    cover_url: str | None

    @strawberry.field
    async def instructor(self, info: Info) -> Instructor | None:
        """Who teaches it."""
        if self.row.instructor_id is None:
            return None
        row = await info.context.instructor.load(self.row.instructor_id)
        return row and Instructor(id=_id("Instructor", row), name=row.name)

    @strawberry.field
    async def lessons(self, info: Info, first: int) -> LessonConnection:
        """Its lessons by their position."""
        rows = await info.context.lessons.load(self.row.id)
        nodes = [
            Lesson(id=_id("Lesson", row), title=row.title, duration_seconds=row.duration_seconds)
            for row in rows[:first]
        ]
        return LessonConnection(nodes=nodes)


@strawberry.type
class CourseConnection:
    """Some courses."""

    nodes: list[Course]


@strawberry.enum
class CourseOrderField(Enum):
    """What courses can be ordered by."""

    PUBLISHED_AT = "published_at"


@strawberry.enum
class OrderDirection(Enum):
    """Which way."""

    ASC = ""
    DESC = "-"


@strawberry.input
class CourseOrder:
    """One criterion of an order."""

    field: CourseOrderField
    direction: OrderDirection


@strawberry.type
class Query:
    """All that can be asked."""

    @strawberry.field
    async def courses(
        self, info: Info, first: int, order_by: list[CourseOrder]
    ) -> CourseConnection:
        """Courses that the public may see."""
        orders = [each.direction.value + each.field.value for each in order_by]
        last = order_by[-1].direction.value + "id"
        rows = _visible(models.Course.all(), info.context.now).order_by(*orders, last)
        return CourseConnection(nodes=[_course(row) for row in await rows.limit(first)])


def _course(row: Any) -> Course:
    return Course(
        row=row,
        id=_id("Course", row),
        title=row.title,
        summary=row.summary,
        cover_url=row.cover_url,
    )


def _id(type_name: str, row: Any) -> strawberry.ID:
    return strawberry.ID(encode_id(type_name, row.id))


class Endpoint(GraphQL[Loaders, None]):
    """Strawberry's view, with new DataLoaders for each request."""

    async def get_context(self, request: Any, response: Any) -> Loaders:
        return Loaders()


def plain(settings: Settings) -> Starlette:
    """The application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await open_database(settings)
        try:
            yield
        finally:
            await close_database()

    schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
    app = Starlette(lifespan=lifespan)
    app.mount("/graphql", Endpoint(schema, graphql_ide=None))
    return app
