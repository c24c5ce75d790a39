"""Reads of honours: the roll of those who received them, and what a hidden honour hides."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import recorded_statements
from hub.filters import Condition, Expression, NotOf, Operator
from hub.honours.queries import HONOURS, LAUREATES
from hub.honours.rules import HonourKind, HonourLevel
from hub.listing import Listing, ListQuery, OrderTerm
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.settings import Settings
from tests.factories import directory, honours
from tests.factories.publishing import PUBLISHED_AT

NOW = PUBLISHED_AT + timedelta(days=10)
VIEWER = Viewer(ANONYMOUS, NOW)
DAY = timedelta(days=1)
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"state": StoredState.DRAFT},
    "archived": {"state": StoredState.ARCHIVED},
    "scheduled": {"published_at": NOW + DAY},
    "expired": {"expires_at": NOW},
}


def where(field: str, value: Any, operator: Operator = Operator.EQ) -> Condition:
    return Condition(field, operator, value)


async def slugs(listing: Listing, expression: Expression | None = None, *order: OrderTerm) -> str:
    query = ListQuery(page_request(100), where=expression, order=order)
    return " ".join(row.slug for row in (await listing.page(VIEWER, query)).rows)


@pytest.mark.parametrize("of", ["honour", "laureate"])
@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_laureate_is_hidden_with_the_honour(
    database: Settings, values: dict[str, Any], of: str
) -> None:
    honour = await honours.honour(slug="h", **(values if of == "honour" else {}))
    hidden = await honours.laureate(honour_id=honour.id, **(values if of == "laureate" else {}))
    shown = await honours.laureate(slug="shown")
    by_id = await LAUREATES.by_ids(VIEWER, [hidden.id, shown.id])
    assert [row is not None for row in by_id] == [False, True]
    assert await LAUREATES.by_slugs(VIEWER, [hidden.slug]) == [None]
    assert await slugs(LAUREATES) == "shown"
    (page,) = await LAUREATES.pages_by(
        VIEWER, ListQuery(page_request()), column="honour_id", parent_ids=[honour.id]
    )
    assert page.rows == []
    assert (await page.counted()).total == 0
    assert (await HONOURS.by_slugs(VIEWER, ["h"]) == [None]) is (of == "honour")


async def test_the_laureates_of_each_honour(database: Settings) -> None:
    one, two = await honours.honour(), await honours.honour()
    for position in (2, 3, 1):
        await honours.laureate(honour_id=one.id, slug=str(position), position=position)
    with recorded_statements() as statements:
        pages = await LAUREATES.pages_by(
            VIEWER,
            ListQuery(page_request(2)),
            column="honour_id",
            parent_ids=[two.id, one.id],
        )
    assert [[row.slug for row in page.rows] for page in pages] == [[], ["1", "2"]]
    assert [page.has_next for page in pages] == [False, True]
    assert len(statements) == 1


async def test_filters_of_laureates(database: Settings) -> None:
    town, station = await directory.town(), await directory.station()
    honour = await honours.honour()
    await honours.laureate(slug="a", honour_id=honour.id, year=2024)
    await honours.laureate(slug="b", town_id=town.id, year=2025)
    await honours.laureate(slug="c", place_id=station.id, published_at=PUBLISHED_AT + DAY)
    assert await slugs(LAUREATES, where("honour", honour.id)) == "a"
    assert await slugs(LAUREATES, where("town", town.id)) == "b"
    assert await slugs(LAUREATES, where("place", station.id)) == "c"
    assert await slugs(LAUREATES, where("year", 2025, Operator.GTE)) == "b"
    not_then = NotOf(where("year", 2024))
    assert sorted((await slugs(LAUREATES, not_then)).split()) == ["b", "c"]
    assert await slugs(LAUREATES, where("published_at", PUBLISHED_AT, Operator.GT)) == "c"


async def test_nobody_asks_for_laureates_by_a_hidden_place(database: Settings) -> None:
    for values in HIDDEN.values():
        station = await directory.station(**values)
        await honours.laureate(place_id=station.id)
        assert await slugs(LAUREATES, where("place", station.id)) == ""


async def test_orders_and_filters_of_honours(database: Settings) -> None:
    for slug, name, position, level, kind in (
        ("a", "乙", 2, HonourLevel.CITY, HonourKind.MEDAL),
        ("b", "甲", 3, HonourLevel.NATIONAL, HonourKind.MEDAL),
        ("c", "丙", 1, HonourLevel.CITY, HonourKind.STATION),
    ):
        await honours.honour(
            slug=slug,
            name=name,
            position=position,
            level=level,
            kind=kind,
            published_at=PUBLISHED_AT - position * DAY,
        )
    assert await slugs(HONOURS) == "c a b"
    assert await slugs(HONOURS, None, OrderTerm("NAME")) == "c b a"
    assert await slugs(HONOURS, None, OrderTerm("PUBLISHED_AT")) == "b a c"
    assert await slugs(HONOURS, where("level", HonourLevel.CITY)) == "c a"
    assert await slugs(HONOURS, where("kind", [HonourKind.STATION], Operator.IN)) == "c"
    assert await slugs(HONOURS, where("published_at", PUBLISHED_AT - 2 * DAY)) == "a"
