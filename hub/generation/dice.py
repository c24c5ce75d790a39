"""Chance that falls the same way every time, and what is common to every made-up item."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hub.generation.words import GIVEN_NAMES, SENTENCES, SURNAMES

T = TypeVar("T")
Item = dict[str, Any]

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = datetime(2026, 1, 1, tzinfo=ZONE)

_DRAFT_SHARE = 0.03
_ARCHIVED_SHARE = 0.01
_EXPIRED_SHARE = 0.02
_SCHEDULED_SHARE = 0.02
_PUBLISHED_DAYS = 300


class Dice:
    """A seeded source of choices."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311 - no secret hangs on it

    def one(self, values: Sequence[T]) -> T:
        """One of the values."""
        return self.random.choice(values)

    def some(self, values: Sequence[T], least: int, *, most: int) -> list[T]:
        """Different values, between `least` and `most` of them, in their own order."""
        count = min(len(values), self.random.randint(least, most))
        chosen = set(self.random.sample(range(len(values)), count))
        return [value for index, value in enumerate(values) if index in chosen]

    def weighted(self, values: Sequence[T], weights: Sequence[int]) -> T:
        """One of the values, those with more weight more often."""
        return self.random.choices(values, weights)[0]

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(least, most)

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def person(self) -> str:
        """A name of somebody who does not exist."""
        return self.one(SURNAMES) + self.one(GIVEN_NAMES)

    def near(self, latitude: float, longitude: float, *, degrees: float) -> Item:
        """A location around a point, seldom further than twice `degrees`."""
        return {
            "latitude": round(self.random.gauss(latitude, degrees), 6),
            "longitude": round(self.random.gauss(longitude, degrees), 6),
        }

    def paragraph(self, sentences: int) -> str:
        """Some sentences."""
        return "".join(self.random.sample(SENTENCES, sentences))

    def body(self, heading: str) -> str:
        """A short text in Markdown."""
        points = "\n".join(f"- {self.one(SENTENCES)}" for _ in range(3))
        return f"## {heading}\n\n{self.paragraph(2)}\n\n{points}"

    def instant(self, day: int, *, first_hour: int = 9, last_hour: int = 19) -> datetime:
        """A full or half hour of the given day, counted from the first of 2026."""
        minutes = 30 * self.number(first_hour * 2, last_hour * 2)
        return FIRST_DAY + timedelta(days=day, minutes=minutes)

    def item(self, slug: str) -> Item:
        """The keys of publication: most items are published, a few are in every other state."""
        published = self.instant(self.number(0, _PUBLISHED_DAYS))
        item: Item = {"slug": slug, "published_at": published.isoformat(), "illustrative": True}
        fate = self.random.random()
        if fate < _DRAFT_SHARE:
            item["state"] = "draft"
            del item["published_at"]
        elif fate < _DRAFT_SHARE + _ARCHIVED_SHARE:
            item["state"] = "archived"
        elif fate < _DRAFT_SHARE + _ARCHIVED_SHARE + _EXPIRED_SHARE:
            item["expires_at"] = (published + timedelta(days=30)).isoformat()
        elif fate < _DRAFT_SHARE + _ARCHIVED_SHARE + _EXPIRED_SHARE + _SCHEDULED_SHARE:
            item["state"] = "scheduled"
            item["published_at"] = (published + timedelta(days=2_000)).isoformat()
        return item
