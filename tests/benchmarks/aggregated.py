"""Home as one statement of PostgreSQL, which writes the JSON too: the floor of what a read costs.

The answer has the hub's data under the hub's names, but for the ids: they are the rows' own.
"""

from typing import Any, Final

import asyncpg
import orjson
from starlette.types import Receive, Scope, Send

from hub import clock
from hub.settings import Settings
from tests.benchmarks.statements import visible

HOME: Final = f"""
SELECT json_build_object('data', json_build_object('courses', json_build_object(
  'nodes', coalesce(json_agg(node ORDER BY published_at DESC, id DESC), '[]'))))::text
FROM (
  SELECT course.published_at, course.id, json_build_object(
    'id', course.id, 'title', course.title, 'summary', course.summary,
    'coverUrl', course.cover_url,
    'instructor', CASE WHEN instructor.id IS NOT NULL
      THEN json_build_object('id', instructor.id, 'name', instructor.name) END,
    'lessons', json_build_object('nodes', (
      SELECT coalesce(json_agg(json_build_object(
        'id', lesson.id, 'title', lesson.title, 'durationSeconds', lesson.duration_seconds)
        ORDER BY lesson.position, lesson.id), '[]')
      FROM (
        SELECT id, title, duration_seconds, position FROM lesson
        WHERE course_id = course.id AND {visible("lesson")}
        ORDER BY position, id LIMIT 5) AS lesson))) AS node
  FROM course LEFT JOIN instructor
    ON instructor.id = course.instructor_id AND {visible("instructor")}
  WHERE {visible("course")} ORDER BY course.published_at DESC, course.id DESC LIMIT $2) AS newest"""


class Aggregated:
    """An ASGI application: `POST /` with the variables of Home gives the whole answer."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.resolved_database_url
        self._size = settings.database_pool_max
        self._pool: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        variables = orjson.loads((await receive())["body"])
        payload = (await self._pool.fetchval(HOME, clock.now(), variables["n"])).encode()
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(payload)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": payload})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(self._url, min_size=1, max_size=self._size)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})
