"""The reference queries written by hand: SQL, dictionaries, orjson, one bare ASGI function.

What a good engineer would write who needs exactly these answers: only the columns that are shown,
to-one relations joined, no check that the query itself already made. The answers are the hub's.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from hub import clock
from hub.datum import unit_vector
from hub.directory.queries import DISTANCE
from hub.directory.rules import bounding_box, local_moments, metres_of_chord, squared_chord_of
from hub.holidays import is_public_holiday
from hub.pagination import encode_cursor
from hub.records import Ordering
from tests.benchmarks import statements as sql
from tests.benchmarks.stores import Fetch, Rows, Store

Body = dict[str, Any]

ZONE: Final = "Asia/Shanghai"
"""Code by hand for one district knows its time zone."""

_PLACE_TYPES = {"merchant": "Merchant", "station": "Station", "service_centre": "ServiceCentre"}
_NEAR_ORDER = (Ordering(DISTANCE), Ordering("id"))


class ByHand:
    """An ASGI application: `POST /Home` with the variables as JSON gives `{"data": ...}`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._answers: Mapping[str, Callable[[Fetch, Body], Awaitable[Body]]] = {
            "/Home": self._home,
            "/TownMerchants": self._town_merchants,
            "/Library": self._library,
            "/CoursePage": self._course_page,
            "/Near": self._near,
            "/Agenda": self._agenda,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        variables = orjson.loads((await receive())["body"])
        async with self.store.session() as fetch:
            data = await self._answers[scope["path"]](fetch, variables)
        payload = orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(payload)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": payload})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.store.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.store.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _now(self) -> Any:
        return self.store.moment(clock.now())

    def _id(self, type_name: str, key: Any) -> str:
        raw = type_name.encode() + b":" + self.store.key(key)
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    def _key(self, global_id: str) -> Any:
        raw = urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4))
        return self.store.key_from(raw[-16:])

    def _moment(self, text: str) -> Any:
        return self.store.moment(datetime.fromisoformat(text))

    async def _home(self, fetch: Fetch, variables: Body) -> Body:
        now = self._now()
        courses = await fetch(sql.NEWEST_COURSES, now, variables["n"])
        lessons = await self._lessons(fetch, [row[0] for row in courses], limit=5)
        nodes = [
            {
                "id": self._id("Course", row[0]),
                "title": row[1],
                "summary": row[2],
                "coverUrl": row[3],
                "instructor": row[4] and {"id": self._id("Instructor", row[4]), "name": row[5]},
                "lessons": {"nodes": lessons[row[0]]},
            }
            for row in courses
        ]
        return {"courses": {"nodes": nodes}}

    async def _lessons(self, fetch: Fetch, course_ids: list[Any], *, limit: int) -> Any:
        """The lessons of each course, a list by the course's key."""
        rows = await fetch(sql.LESSONS_BY_COURSE, self._now(), course_ids, limit)
        found: defaultdict[Any, list[Body]] = defaultdict(list)
        for course, key, title, seconds, _ in rows:
            found[course].append(
                {"id": self._id("Lesson", key), "title": title, "durationSeconds": seconds}
            )
        return found

    async def _library(self, fetch: Fetch, variables: Body) -> Body:
        now = self._now()
        programs = await fetch(sql.PROGRAMS, now, 6)
        courses = await fetch(sql.COURSES_BY_PROGRAM, now, [row[0] for row in programs], 10)
        lessons = await self._lessons(fetch, [row[1] for row in courses], limit=12)
        found: defaultdict[Any, list[Body]] = defaultdict(list)
        for program, key, title in courses:
            course = {"id": self._id("Course", key), "title": title}
            found[program].append({**course, "lessons": {"nodes": lessons[key]}})
        nodes = [
            {"id": self._id("Program", key), "name": name, "courses": {"nodes": found[key]}}
            for key, name in programs
        ]
        return {"programs": {"nodes": nodes}}

    async def _course_page(self, fetch: Fetch, variables: Body) -> Body:
        now, key = self._now(), self._key(variables["id"])
        rows = await fetch(sql.COURSE, now, key)
        if not rows:
            return {"course": None}
        ((course, title, summary, body_html, instructor, name, bio),) = rows
        lessons = await fetch(sql.LESSONS_BY_COURSE, now, [course], 50)
        page = {
            "id": self._id("Course", course),
            "title": title,
            "summary": summary,
            "bodyHtml": body_html,
            "instructor": instructor
            and {"id": self._id("Instructor", instructor), "name": name, "bio": bio},
            "lessons": {
                "nodes": [
                    {
                        "id": self._id("Lesson", row[1]),
                        "title": row[2],
                        "durationSeconds": row[3],
                        "kind": row[4].upper(),
                    }
                    for row in lessons
                ]
            },
        }
        return {"course": page}

    async def _town_merchants(self, fetch: Fetch, variables: Body) -> Body:
        now, town = self._now(), self._key(variables["town"])
        merchants = await fetch(sql.MERCHANTS_OF_TOWN, now, town, 50)
        offerings = await fetch(sql.OFFERINGS_BY_PLACE, now, [row[0] for row in merchants], 3)
        found: defaultdict[Any, list[Body]] = defaultdict(list)
        for place, key, title, kind in offerings:
            offering = {"id": self._id("Offering", key), "title": title, "kind": kind.upper()}
            found[place].append(offering)
        nodes = [
            {
                "id": self._id("Merchant", key),
                "name": name,
                "address": address,
                "location": {"latitude": round(latitude, 7), "longitude": round(longitude, 7)},
                "offerings": {"nodes": found[key]},
            }
            for key, name, address, latitude, longitude in merchants
        ]
        return {"merchants": {"nodes": nodes}}

    async def _near(self, fetch: Fetch, variables: Body) -> Body:
        """Open now is what was asked for, so it need not be computed again for the answer."""
        point, metres = variables["point"], variables["m"]
        latitude, longitude = point["latitude"], point["longitude"]
        rows = await self._open_places(fetch, latitude, longitude, metres=metres)
        shown = rows[:20]
        amenities = await self._amenities(fetch, [row[0] for row in shown])
        edges = [
            {
                "distanceMetres": metres_of_chord(chord),
                "node": {
                    "__typename": _PLACE_TYPES[kind],
                    "id": self._id(_PLACE_TYPES[kind], key),
                    "name": name,
                    "address": address,
                    "isOpenNow": True,
                    "amenities": amenities[key],
                },
            }
            for key, kind, name, address, chord in shown
        ]
        end = None
        if shown:
            last = [shown[-1][4], UUID(bytes=self.store.key(shown[-1][0]))]
            end = encode_cursor(last, _NEAR_ORDER, scope=f"place near {latitude!r} {longitude!r}")
        page_info = {"hasNextPage": len(rows) > 20, "endCursor": end}
        return {"places": {"edges": edges, "pageInfo": page_info}}

    async def _open_places(
        self, fetch: Fetch, latitude: float, longitude: float, *, metres: float
    ) -> Rows:
        now = clock.now()
        today, before = local_moments(now, timezone=ZONE, is_holiday=is_public_holiday)
        return await fetch(
            sql.near_open(is_holiday=today.is_holiday, was_holiday=before.is_holiday),
            self.store.moment(now),
            *unit_vector(latitude, longitude),
            *bounding_box(latitude, longitude, metres=metres),
            squared_chord_of(metres),
            *(self.store.day(today.day), today.weekday, today.minute),
            *(self.store.day(before.day), before.weekday, before.minute),
        )

    async def _amenities(self, fetch: Fetch, place_ids: list[Any]) -> Any:
        found: defaultdict[Any, list[Body]] = defaultdict(list)
        for place, code, label in await fetch(sql.AMENITIES_BY_PLACE, place_ids):
            found[place].append({"code": code, "label": label})
        return found

    async def _agenda(self, fetch: Fetch, variables: Body) -> Body:
        now = self._now()
        start, end = self._moment(variables["from"]), self._moment(variables["to"])
        rows = await fetch(sql.EVENTS, now, start, end, 30)
        return {"events": {"nodes": [self._event(row, now) for row in rows]}}

    def _event(self, row: Any, now: Any) -> Body:
        key, title, kind, starts, ends, hall, address, opens, closes, place, sort, name = row
        venue = None
        if place is not None:
            venue = {"id": self._id(_PLACE_TYPES[sort], place), "name": hall or name}
        elif hall is not None or address is not None:
            venue = {"id": None, "name": hall or address}
        return {
            "id": self._id("Event", key),
            "title": title,
            "kind": kind.upper(),
            "startsAt": self.store.instant(starts),
            "endsAt": self.store.instant(ends),
            "venue": venue,
            "registration": opens
            and {
                "isOpen": opens <= now < (ends if closes is None else min(closes, ends)),
                "opensAt": self.store.instant(opens),
                "closesAt": self.store.instant(closes),
            },
        }
