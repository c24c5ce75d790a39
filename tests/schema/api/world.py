"""A small world for visibility: every kind of content in every state, hung onto what is published.

For each kind there is a row in each state among published neighbours, and for each relation there
are published rows that lead to a row in each state. Every name is marked with its slug, so that a
leak shows in any text.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.models import Model

from hub.catalogue import KINDS

Values = dict[str, Any]

STATES = ("draft", "scheduled", "expired", "archived", "published")
NAMES = {**{state: state for state in STATES}, "base": "published"}
PLACES = {"merchant": "merchants", "station": "stations", "centre": "service_centres"}

_TIMES = {"starts_at": "2026-12-01T09:00:00+08:00", "ends_at": "2026-12-01T11:00:00+08:00"}
_HERE = {"latitude": 29.8338, "longitude": 121.6012}
_ALWAYS = {
    "weekly": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "opens": "00:00",
            "closes": "24:00",
        }
    ]
}


def marked(slug: str) -> str:
    """A name that shows in any text which row it belongs to."""
    return f"«{slug}»"


@dataclass
class World:
    """The content of the folder, and the state of each row: its own, or that of its owner."""

    now: datetime
    data: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    states: dict[str, str] = field(default_factory=dict)

    def add(
        self, file: str, slug: str, state: str = "published", *, owner: str = "", **values: Any
    ) -> None:
        """Add an item; where the owner is hidden, the item is too."""
        name = {} if "title" in values else {"name": marked(slug)}
        self.data[file].append({"slug": slug, **self._publication(state), **name, **values})
        self.states[slug] = owner or state

    def part(self, slug: str, *, state: str, **values: Any) -> dict[str, Any]:
        """A part that has an id of its own, and the state of the item that holds it."""
        self.states[slug] = state
        return {"slug": slug, **values}

    def _publication(self, state: str) -> dict[str, Any]:
        """The window is half-open: what expires now is gone, what is published now is there."""
        second = timedelta(seconds=1)
        return {
            "draft": {"state": "draft"},
            "scheduled": {
                "state": "scheduled",
                "published_at": (self.now + second).isoformat(),
            },
            "expired": {
                "published_at": (self.now - second).isoformat(),
                "expires_at": self.now.isoformat(),
            },
            "archived": {"state": "archived", "published_at": "2026-01-01T00:00:00+08:00"},
            "published": {
                "published_at": self.now.isoformat(),
                "expires_at": (self.now + second).isoformat(),
            },
        }[state]


def make_world(now: datetime) -> World:
    """The world as it is at `now`."""
    world = World(now)
    world.data["towns"] = [
        {"slug": "town", "name": "Town", "kind": "town", "location": _HERE},
    ]
    world.data["amenities"] = [{"code": "water", "label": "饮水", "icon": "water"}]
    world.data["topics"] = [{"slug": "topic", "label": "急救"}]
    world.states["town"] = "published"
    for name, state in NAMES.items():
        _add_places(world, name, state)
        _add_what_places_give(world, name, state)
        _add_learning(world, name, state)
        _add_honours(world, name, state)
        _add_seats(world, name, state)
        world.add("employers", f"employer-{name}", state)
        _add_event(world, name, state)
        _add_competition(world, name, state)
    return world


def _add_places(world: World, name: str, state: str) -> None:
    common: Values = {"town": "town", "location": _HERE, "address": "Road 1"}
    place: Values = {
        **common,
        "hours": _ALWAYS,
        "amenities": ["water"],
        "accessibility": ["step_free"],
    }
    world.add("friendly_streets", f"street-{name}", state, town="town", location=_HERE)
    merchant: Values = {**place, "category": "restaurant"}
    world.add("merchants", f"merchant-{name}", state, street="street-base", **merchant)
    world.add("merchants", f"merchant-on-street-{name}", street=f"street-{name}", **merchant)
    world.add("merchants", f"merchant-with-{name}-clinic", **merchant)
    world.add("stations", f"station-{name}", state, level="city", **place)
    world.add("service_centres", f"centre-{name}", state, **place)


def _add_what_places_give(world: World, name: str, state: str) -> None:
    for place in PLACES:
        for slug, own, owner, where in (
            (f"offering-{name}-at-{place}", state, state, f"{place}-base"),
            (f"offering-of-{place}-{name}", "published", state, f"{place}-{name}"),
        ):
            title = {"title": marked(slug), "audience": "all"}
            world.add("offerings", slug, own, owner=owner, place=where, kind="water", **title)
    slug = f"clinic-{name}"
    values = {"place": f"merchant-with-{name}-clinic", "kind": "clinic", "audience": "all"}
    world.add("offerings", slug, state, title=marked(slug), **values)


def _add_learning(world: World, name: str, state: str) -> None:
    world.add("programs", f"program-{name}", state)
    world.add("instructors", f"instructor-{name}", state)
    base: Values = {"program": "program-base", "instructor": "instructor-base"}
    own = {"program": f"program-{name}", "instructor": f"instructor-{name}"}
    own["pool"] = f"pool-{name}"
    given = [
        _session(world, f"session-of-course-{name}", state, "merchant-base"),
        *(_sessions_everywhere(world) if name == "base" else ()),
    ]
    courses: tuple[tuple[str, str, Values], ...] = (
        (f"course-{name}", state, {**base, "sessions": given}),
        (f"course-of-{name}", "published", own),
    )
    for slug, of, values in courses:
        title = {"title": marked(slug), "level": "beginner", "delivery": "online"}
        world.add("courses", slug, of, topics=["topic"], **title, **values)
    for slug, own_state, course in (
        (f"lesson-{name}", state, "course-base"),
        (f"lesson-of-course-{name}", "published", f"course-{name}"),
    ):
        lesson: Values = {"title": marked(slug), "kind": "video", "duration_seconds": 60}
        world.add("lessons", slug, own_state, owner=state, course=course, **lesson)
    _add_quizzes(world, name, state)


def _add_quizzes(world: World, name: str, state: str) -> None:
    """A lesson has one quiz, so each hidden one has a lesson of its own."""
    lesson = f"lesson-with-quiz-{name}"
    values: Values = {"kind": "quiz", "duration_seconds": 60, "course": "course-of-base"}
    world.add("lessons", lesson, title=marked(lesson), **values)
    for slug, own_state, of in (
        (f"quiz-{name}", state, lesson),
        (f"quiz-of-lesson-{name}", "published", f"lesson-{name}"),
    ):
        asked = {"slug": "question", "kind": "number", "number": 1, "text": "?"}
        title = {"title": marked(slug), "lesson": of, "questions": [asked]}
        world.add("quizzes", slug, own_state, owner=state, **title)


def _session(world: World, slug: str, state: str, place: str) -> dict[str, Any]:
    return world.part(slug, state=state, title=marked(slug), place=place, **_TIMES)


def _sessions_everywhere(world: World) -> list[dict[str, Any]]:
    return [
        _session(world, f"session-at-{place}-{name}", "published", f"{place}-{name}")
        | {"pool": f"pool-{name}"}
        for place in PLACES
        for name in NAMES
    ]


def _add_honours(world: World, name: str, state: str) -> None:
    world.add("honours", f"honour-{name}", state, level="city", kind="medal")
    world.add("laureates", f"laureate-{name}", state, honour="honour-base", year=2026, town="town")
    world.add("laureates", f"laureate-of-honour-{name}", owner=state, honour=f"honour-{name}")
    for place in PLACES:
        at_base = {"honour": "honour-base", "place": f"{place}-base"}
        world.add("laureates", f"laureate-{name}-at-{place}", state, **at_base)
        at_own = {"honour": "honour-base", "place": f"{place}-{name}"}
        world.add("laureates", f"laureate-at-{place}-{name}", **at_own)


def _add_seats(world: World, name: str, state: str) -> None:
    question = {"slug": "size", "kind": "text", "label": "尺码"}
    quota = {"slug": "quota", "town": "town", "capacity": 1}
    seats: Values = {"capacity": 1, "allocation": "town_quotas", "quotas": [quota]}
    form = f"form-{name}"
    world.add("forms", form, state, title=marked(form), questions=[question])
    for slug, own, values in (
        (f"pool-{name}", state, {"form": "form-base"}),
        (f"pool-with-{form}", "published", {"form": form}),
    ):
        world.add("pools", slug, own, title=marked(slug), **seats, **values)


def _add_event(world: World, name: str, state: str) -> None:
    common = {**_TIMES, "organiser": "Union", "kind": "job_fair", "town": "town"}
    slug = f"event-{name}"
    openings = [_opening(world, f"opening-of-event-{name}", state, "employer-base")]
    if name == "base":
        openings += [
            _opening(world, f"opening-of-employer-{each}", of, f"employer-{each}")
            for each, of in NAMES.items()
        ]
    option = world.part(f"option-of-{slug}", state=state, title=marked(f"option-of-{slug}"))
    values: Values = {"title": marked(slug), "place": "merchant-base", "openings": openings}
    values["options"] = [option]
    if name == "base":
        values["options"] += [
            world.part(
                f"option-with-{each}-pool",
                state="published",
                title=marked(f"option-with-{each}-pool"),
                pool=f"pool-{each}",
            )
            for each in NAMES
        ]
    world.add("events", slug, state, **values, **common)
    slug, pool = f"event-with-{name}-form", f"pool-with-form-{name}"
    world.add("events", slug, title=marked(slug), place="merchant-base", pool=pool, **common)
    for place in PLACES:
        slug = f"event-at-{place}-{name}"
        world.add(
            "events",
            slug,
            title=marked(slug),
            place=f"{place}-{name}",
            pool=f"pool-{name}",
            **common,
        )


def _opening(world: World, slug: str, state: str, employer: str) -> dict[str, Any]:
    pay = {"minimum": "5000.00", "maximum": "8000.00", "period": "month"}
    return world.part(slug, state=state, employer=employer, job=marked(slug), pay=pay, headcount=1)


def _add_competition(world: World, name: str, state: str) -> None:
    slug = f"competition-{name}"
    division = {"name": marked(f"division-of-{slug}"), "entrant": "individual"}
    others = [
        world.part(
            f"division-with-{each}-pool",
            state="published",
            name=marked(f"division-with-{each}-pool"),
            entrant="individual",
            pool=f"pool-{each}",
        )
        for each in (NAMES if name == "base" else ())
    ]
    stages = [_stage(world, f"stage-of-{slug}", state, "merchant-base")]
    if name == "base":
        stages += [
            _stage(world, f"stage-at-{place}-{each}", "published", f"{place}-{each}")
            for place in PLACES
            for each in NAMES
        ]
    world.add(
        "competitions",
        slug,
        state,
        title=marked(slug),
        organiser="Union",
        year=2026,
        divisions=[world.part(f"division-of-{slug}", state=state, **division), *others],
        stages=stages,
        **_TIMES,
    )


def _stage(world: World, slug: str, state: str, place: str) -> dict[str, Any]:
    return world.part(slug, state=state, kind="final", name=marked(slug), place=place, **_TIMES)


def every_model() -> set[type[Model]]:
    """Every table that content is kept in, parts included."""
    whole = {kind.model for kind in KINDS}
    return whole | {part.model for kind in KINDS for part in kind.parts}
