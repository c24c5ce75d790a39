"""Reads of events: the calendar, agendas, and openings that two parents must show."""

from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import recorded_statements
from hub.events.queries import EMPLOYERS, EVENTS, OPENINGS, agenda_by_event_ids
from hub.events.rules import EventKind, PayPeriod
from hub.filters import AllOf, AnyOf, Condition, Expression, Operator
from hub.listing import Listing, ListQuery, OrderTerm
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.settings import Settings
from tests.factories import directory, events
from tests.factories.publishing import PUBLISHED_AT

NOW = PUBLISHED_AT + timedelta(days=10)
VIEWER = Viewer(ANONYMOUS, NOW)
DAY = timedelta(days=1)
START = events.STARTS_AT
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


@pytest.mark.parametrize("parent", ["fair", "employer"])
@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN.keys())
async def test_an_opening_is_hidden_with_its_fair_or_its_employer(
    database: Settings, values: dict[str, Any], parent: str
) -> None:
    fair = await events.job_fair(**(values if parent == "fair" else {}))
    employer = await events.employer(**(values if parent == "employer" else {}))
    hidden = await events.opening(event_id=fair.id, employer_id=employer.id)
    shown = await events.opening(slug="shown")
    by_id = await OPENINGS.by_ids(VIEWER, [hidden.id, shown.id])
    assert [row is not None for row in by_id] == [False, True]
    assert await OPENINGS.by_slugs(VIEWER, [hidden.slug]) == [None]
    assert await slugs(OPENINGS) == "shown"
    for column, parent_id in (("event_id", fair.id), ("employer_id", employer.id)):
        (page,) = await OPENINGS.pages_by(
            VIEWER, ListQuery(page_request()), column=column, parent_ids=[parent_id]
        )
        assert page.rows == []
        assert (await page.counted()).total == 0


async def test_openings_of_fairs_and_of_employers(database: Settings) -> None:
    fairs = [await events.job_fair() for _ in range(3)]
    employer = await events.employer()
    for fair in fairs[:2]:
        for position in (2, 1):
            await events.opening(
                event_id=fair.id, employer_id=employer.id, slug=str(position), position=position
            )
    with recorded_statements() as statements:
        pages = await OPENINGS.pages_by(
            VIEWER,
            ListQuery(page_request(1)),
            column="event_id",
            parent_ids=[fair.id for fair in fairs],
        )
    assert [[row.slug for row in page.rows] for page in pages] == [["1"], ["1"], []]
    assert [page.has_next for page in pages] == [True, True, False]
    assert len(statements) == 1
    assert await slugs(OPENINGS, where("employer", employer.id)) == "1 1 2 2"
    assert await slugs(OPENINGS, where("event", fairs[0].id)) == "1 2"


async def test_openings_by_pay_period(database: Settings) -> None:
    await events.opening(slug="piece", pay_period=PayPeriod.PIECE)
    await events.opening(slug="month")
    assert await slugs(OPENINGS, where("pay_period", PayPeriod.PIECE)) == "piece"
    (row,) = (await OPENINGS.page(VIEWER, ListQuery(page_request(1)))).rows
    assert (str(row.pay_minimum), str(row.pay_maximum)) == ("6000.00", "9000.00")


async def test_the_calendar(database: Settings) -> None:
    for slug, days in (("c", 3), ("a", 1), ("b", 2)):
        await events.event(slug=slug, starts_at=START + days * DAY)
    assert await slugs(EVENTS) == "a b c"
    assert await slugs(EVENTS, None, OrderTerm("STARTS_AT", descending=True)) == "c b a"
    second_day = AllOf(
        (
            where("starts_at", START + 3 * DAY, Operator.LT),
            where("ends_at", START + 2 * DAY, Operator.GT),
        )
    )
    assert await slugs(EVENTS, second_day) == "b"


async def test_filters_of_events(database: Settings) -> None:
    town, place = await directory.town(), await directory.place()
    await events.event(slug="a", kind=EventKind.SHOW, town_id=town.id)
    await events.event(slug="b", place_id=place.id, published_at=PUBLISHED_AT + DAY)
    assert await slugs(EVENTS, where("kind", EventKind.SHOW)) == "a"
    assert await slugs(EVENTS, where("town", town.id)) == "a"
    assert await slugs(EVENTS, where("place", place.id)) == "b"
    assert await slugs(EVENTS, where("published_at", PUBLISHED_AT, Operator.GT)) == "b"
    either = AnyOf((where("town", town.id), where("place", place.id)))
    assert sorted((await slugs(EVENTS, either)).split()) == ["a", "b"]
    assert await slugs(EVENTS, None, OrderTerm("PUBLISHED_AT", descending=True)) == "b a"


async def test_nobody_asks_for_events_by_a_hidden_place(database: Settings) -> None:
    for values in HIDDEN.values():
        place = await directory.place(**values)
        await events.event(place_id=place.id)
        assert await slugs(EVENTS, where("place", place.id)) == ""


async def test_agendas(database: Settings) -> None:
    one, two = await events.event(), await events.event()
    for position in (2, 1, 3):
        await events.agenda_item(one.id, position=position, title=str(position))
    with recorded_statements() as statements:
        rows = await agenda_by_event_ids([two.id, one.id])
    assert [[row.title for row in each] for each in rows] == [[], ["1", "2", "3"]]
    assert len(statements) == 1


async def test_hidden_events_and_employers(database: Settings) -> None:
    await events.employer(slug="b", name="乙")
    await events.employer(slug="a", name="甲")
    for values in HIDDEN.values():
        await events.event(**values)
        await events.employer(**values)
    assert await slugs(EVENTS) == ""
    assert await slugs(EMPLOYERS) == "a b"
