"""Reads of competitions: their parts, and what a hidden competition hides."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.competitions.queries import (
    COMPETITIONS,
    DIVISIONS,
    STAGES,
    divisions_by_competition_ids,
    prizes_by_competition_ids,
    stages_by_competition_ids,
)
from hub.database import recorded_statements
from hub.filters import Condition, Expression, Operator
from hub.listing import ListQuery, OrderTerm
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.settings import Settings
from tests.factories import competitions
from tests.factories.publishing import PUBLISHED_AT

NOW = PUBLISHED_AT + timedelta(days=10)
VIEWER = Viewer(ANONYMOUS, NOW)
DAY = timedelta(days=1)
START = competitions.STARTS_AT
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"state": StoredState.DRAFT},
    "archived": {"state": StoredState.ARCHIVED},
    "scheduled": {"published_at": NOW + DAY},
    "expired": {"expires_at": NOW},
}


async def slugs(expression: Expression | None = None, *order: OrderTerm) -> str:
    query = ListQuery(page_request(100), where=expression, order=order)
    return " ".join(row.slug for row in (await COMPETITIONS.page(VIEWER, query)).rows)


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_hidden_competition_hides_its_divisions_and_stages(
    database: Settings, values: dict[str, Any]
) -> None:
    hidden = await competitions.competition(**values)
    shown = await competitions.competition(slug="shown")
    divisions = [await competitions.division(each.id) for each in (hidden, shown)]
    stages = [await competitions.stage(each.id) for each in (hidden, shown)]
    for listing, rows in ((DIVISIONS, divisions), (STAGES, stages)):
        keys = [row.pk for row in rows]
        assert [row and row.id for row in await listing.by_ids(VIEWER, keys)] == [None, keys[1]]
        page = await listing.page(VIEWER, ListQuery(page_request()))
        assert [row.id for row in page.rows] == keys[1:]
        assert (await page.counted()).total == 1
    assert await slugs() == "shown"
    assert await COMPETITIONS.by_ids(VIEWER, [hidden.id]) == [None]


async def test_the_parts_of_competitions(database: Settings) -> None:
    one, two = await competitions.competition(), await competitions.competition()
    for position, name in ((2, "b"), (1, "a")):
        await competitions.division(one.id, position=position, name=name)
        await competitions.stage(one.id, position=position, name=name)
        await competitions.prize(one.id, position=position, name=name)
    readers = (divisions_by_competition_ids, stages_by_competition_ids, prizes_by_competition_ids)
    for read in readers:
        with recorded_statements() as statements:
            rows = await read([two.id, one.id, one.id])
        assert [[row.name for row in each] for each in rows] == [[], ["a", "b"], ["a", "b"]]
        assert len(statements) == 1
        assert await read([]) == []


async def test_orders_and_filters(database: Settings) -> None:
    for slug, title, year, days in (
        ("a", "乙", 2024, 1),
        ("b", "甲", 2026, 3),
        ("c", "丙", 2025, 2),
    ):
        await competitions.competition(
            slug=slug,
            title=title,
            year=year,
            starts_at=START + days * DAY,
            published_at=PUBLISHED_AT - days * DAY,
        )
    assert await slugs() == "b c a"
    assert await slugs(None, OrderTerm("STARTS_AT")) == "a c b"
    assert await slugs(None, OrderTerm("NAME")) == "c b a"
    assert await slugs(None, OrderTerm("PUBLISHED_AT", descending=True)) == "a c b"
    assert await slugs(Condition("year", Operator.EQ, 2025)) == "c"
    assert await slugs(Condition("year", Operator.IN, [2024, 2026])) == "b a"
    assert await slugs(Condition("year", Operator.GTE, 2025)) == "b c"
    assert await slugs(Condition("starts_at", Operator.LTE, START + DAY)) == "a"
    assert await slugs(Condition("ends_at", Operator.GT, START + 32 * DAY)) == "b"
    assert await slugs(Condition("published_at", Operator.LT, PUBLISHED_AT - 2 * DAY)) == "b"
