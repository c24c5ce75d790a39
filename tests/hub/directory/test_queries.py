"""Reads of the directory: distance, amenities, offerings, what belongs to a place."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import recorded_statements, transaction
from hub.datum import unit_vector
from hub.directory.models import Place
from hub.directory.queries import (
    DISTANCE,
    MERCHANTS,
    OFFERINGS,
    PLACES,
    STREETS,
    TOWNS,
    Near,
    all_amenities,
    amenities_by_place_ids,
    hours_by_place_ids,
    photos_by_place_ids,
    place_page,
    place_pages_by,
    services_by_place_ids,
    timezones_in_use,
)
from hub.directory.rules import (
    MerchantCategory,
    OfferingKind,
    StationLevel,
    TownKind,
    metres_of_chord,
)
from hub.filters import AllOf, AnyOf, Condition, Expression, NotOf, Operator
from hub.ids import new_id
from hub.listing import Listing, ListQuery, OrderTerm
from hub.pagination import Page, page_request
from hub.publishing import StoredState
from hub.settings import Settings
from tests.factories import directory
from tests.factories.publishing import PUBLISHED_AT
from tests.hub.directory.test_rules import haversine_metres

NOW = PUBLISHED_AT + timedelta(days=10)
VIEWER = Viewer(ANONYMOUS, NOW)
CENTRE = (directory.LATITUDE, directory.LONGITUDE)
DAY = timedelta(days=1)


def near_to(point: tuple[float, float], within_metres: float) -> Near:
    return Near(*point, unit_vector(*point), within_metres)


def where(field: str, value: Any, operator: Operator = Operator.EQ) -> Condition:
    return Condition(field, operator, value)


async def found(listing: Listing, expression: Expression) -> set[str]:
    page = await listing.page(VIEWER, ListQuery(page_request(100), where=expression))
    return {row.slug for row in page.rows}


async def nearest(near: Near, size: int = 100, **arguments: Any) -> Page:
    query = ListQuery(page_request(size, **arguments), where=where("near", near))
    return await place_page(PLACES, VIEWER, query=query, near=near)


async def scattered(count: int, *, spread: float = 0.05) -> list[Place]:
    chance = random.Random(9)

    async def body() -> list[Place]:
        town = await directory.town()
        return [
            await directory.place(
                town_id=town.id,
                latitude=CENTRE[0] + chance.uniform(-spread, spread),
                longitude=CENTRE[1] + chance.uniform(-spread, spread),
            )
            for _ in range(count)
        ]

    return await transaction(body)


def metres_to(place: Any, point: tuple[float, float]) -> float:
    return haversine_metres(point, (place.latitude, place.longitude))


async def test_a_circle_holds_what_haversine_says(database: Settings) -> None:
    places = await scattered(150)
    for point in (CENTRE, (CENTRE[0] + 0.02, CENTRE[1] - 0.03)):
        for radius in (50, 1_000, 2_500, 4_999.5):
            expected = {place.id for place in places if metres_to(place, point) <= radius}
            page = await nearest(near_to(point, radius))
            page_ids = {row.id for row in page.rows}
            assert page_ids == (expected if len(expected) <= 100 else expected & page_ids)
            assert (await page.counted()).total == len(expected)
            for row in page.rows:
                assert metres_of_chord(getattr(row, DISTANCE)) == pytest.approx(
                    metres_to(row, point), abs=0.11
                )


async def test_the_edge_of_a_circle(database: Settings) -> None:
    place = await directory.place(latitude=CENTRE[0] + 0.01)
    metres = metres_to(place, CENTRE)
    assert (await nearest(near_to(CENTRE, metres - 0.1))).rows == []
    assert len((await nearest(near_to(CENTRE, metres + 0.1))).rows) == 1


@pytest.mark.parametrize("point", [(0.0, 180.0), (0.0, -180.0), (89.999, 10.0), (-90.0, 0.0)])
async def test_circles_at_the_edges_of_the_map(
    database: Settings, point: tuple[float, float]
) -> None:
    across = {
        (0.0, 180.0): (0.0, -179.999),
        (0.0, -180.0): (0.0, 179.999),
        (89.999, 10.0): (89.999, -170.0),
        (-90.0, 0.0): (-89.999, 135.0),
    }[point]
    place = await directory.place(latitude=across[0], longitude=across[1])
    (row,) = (await nearest(near_to(point, 500))).rows
    assert row.id == place.id
    assert (await nearest(near_to(point, 50))).rows == []


async def test_nearest_first_page_by_page(database: Settings) -> None:
    places = await scattered(60)
    twins = [await directory.place(latitude=CENTRE[0] + 0.001) for _ in range(7)]
    near = near_to(CENTRE, 20_000)
    expected = sorted(
        [*places, *twins], key=lambda each: (round(metres_to(each, CENTRE), 6), each.id)
    )
    walked: list[UUID] = []
    cursor, has_next = None, True
    while has_next:
        page = await nearest(near, 7, after=cursor)
        walked += [row.id for row in page.rows]
        cursor, has_next = page.end_cursor, page.has_next
    assert walked == [place.id for place in expected]
    back = ListQuery(page_request(last=4, before=cursor), where=where("near", near))
    page = await place_page(PLACES, VIEWER, query=back, near=near)
    assert [row.id for row in page.rows] == walked[-5:-1]


async def test_a_measured_list_can_have_another_order(database: Settings) -> None:
    far = await directory.place(name="a", latitude=CENTRE[0] + 0.02)
    close = await directory.place(name="b")
    near = near_to(CENTRE, 20_000)

    async def ordered(*order: OrderTerm) -> list[UUID]:
        query = ListQuery(page_request(), order=order)
        page = await place_page(PLACES, VIEWER, query=query, near=near)
        return [row.id for row in page.rows]

    assert await ordered() == [close.id, far.id]
    assert await ordered(OrderTerm("NAME")) == [far.id, close.id]
    assert await ordered(OrderTerm("DISTANCE", descending=True)) == [far.id, close.id]


async def test_the_nearest_places_of_each_parent(database: Settings) -> None:
    towns = [await directory.town() for _ in range(3)]
    for town in towns[:2]:
        for step in (3, 1, 2):
            await directory.place(
                slug=f"{town.slug}-{step}", town_id=town.id, latitude=CENTRE[0] + step / 1_000
            )
    near = near_to(CENTRE, 250)
    query = ListQuery(page_request(2), where=where("near", near))
    with recorded_statements() as statements:
        pages = await place_pages_by(
            PLACES,
            VIEWER,
            column="town_id",
            parent_ids=[town.id for town in towns],
            query=query,
            near=near,
        )
        counts = await asyncio.gather(*(page.counted() for page in pages))
    assert [[row.slug[-1] for row in page.rows] for page in pages] == [["1", "2"], ["1", "2"], []]
    assert [count.total for count in counts] == [2, 2, 0]
    assert len(statements) == 2


async def test_places_by_amenity(database: Settings) -> None:
    air = await directory.amenity(code="air")
    oven = await directory.amenity(code="oven")
    both, one = await directory.place(slug="both"), await directory.place(slug="one")
    await directory.place(slug="none")
    for place, amenity in ((both, air), (both, oven), (one, air)):
        await directory.has_amenity(place.id, amenity.id)
    assert await found(PLACES, where("amenity", "air")) == {"both", "one"}
    assert await found(PLACES, where("amenity", "oven")) == {"both"}
    assert await found(PLACES, where("amenity", ["oven", "air"], Operator.IN)) == {"both", "one"}
    assert await found(PLACES, where("amenity", [], Operator.IN)) == set()
    assert await found(PLACES, where("amenity", "sauna")) == set()
    every = AllOf((where("amenity", "air"), where("amenity", "oven")))
    assert await found(PLACES, every) == {"both"}
    assert await found(PLACES, NotOf(where("amenity", "oven"))) == {"one", "none"}


async def test_amenities_of_places(database: Settings) -> None:
    words = [await directory.amenity(code=code, position=n) for n, code in enumerate("bac")]
    one, two = await directory.place(), await directory.place()
    for word in reversed(words):
        await directory.has_amenity(one.id, word.id)
    with recorded_statements() as statements:
        rows = await amenities_by_place_ids([two.id, one.id, one.id])
    assert [[row.code for row in each] for each in rows] == [[], ["b", "a", "c"], ["b", "a", "c"]]
    assert rows[1][0].label == "空调"
    assert len(statements) == 1
    assert [row.code for row in await all_amenities()] == ["b", "a", "c"]
    assert await amenities_by_place_ids([]) == []


HIDDEN_OFFERINGS: dict[str, dict[str, Any]] = {
    "draft": {"state": StoredState.DRAFT},
    "archived": {"state": StoredState.ARCHIVED},
    "scheduled": {"published_at": NOW + DAY},
    "expired": {"expires_at": NOW},
    "not yet valid": {"valid_from": NOW + timedelta(microseconds=1)},
    "valid no more": {"valid_until": NOW},
}


async def test_places_by_what_they_offer_now(database: Settings) -> None:
    now = await directory.place(slug="now")
    await directory.offering(
        place_id=now.id,
        kind=OfferingKind.MEAL,
        valid_from=NOW,
        valid_until=NOW + timedelta(microseconds=1),
    )
    other_kind = await directory.place(slug="water")
    await directory.offering(place_id=other_kind.id, kind=OfferingKind.WATER)
    for slug, values in HIDDEN_OFFERINGS.items():
        place = await directory.place(slug=slug.replace(" ", "-"))
        await directory.offering(place_id=place.id, kind=OfferingKind.MEAL, **values)
    assert await found(PLACES, where("offering", OfferingKind.MEAL)) == {"now"}
    either = where("offering", [OfferingKind.MEAL, OfferingKind.WATER], Operator.IN)
    assert await found(PLACES, either) == {"now", "water"}
    assert "now" not in await found(PLACES, NotOf(where("offering", OfferingKind.MEAL)))


async def test_offerings_are_seen_where_their_place_is(database: Settings) -> None:
    hidden_place = await directory.place(state=StoredState.DRAFT)
    place = await directory.place()
    hidden = await directory.offering(place_id=hidden_place.id)
    shown = [
        await directory.offering(place_id=place.id, position=position, title=str(position))
        for position in (2, 1)
    ]
    draft = await directory.offering(place_id=place.id, state=StoredState.DRAFT)
    asked = [hidden.id, shown[0].id, draft.id]
    rows = await OFFERINGS.by_ids(VIEWER, asked)
    assert [row is not None for row in rows] == [False, True, False]
    assert await found(OFFERINGS, AllOf(())) == {row.slug for row in shown}
    pages = await OFFERINGS.pages_by(
        VIEWER,
        ListQuery(page_request()),
        column="place_id",
        parent_ids=[hidden_place.id, place.id],
    )
    assert [[row.title for row in page.rows] for page in pages] == [[], ["1", "2"]]
    assert [(await page.counted()).total for page in pages] == [0, 2]


async def test_offerings_that_are_current(database: Settings) -> None:
    await directory.offering(slug="always")
    await directory.offering(slug="today", valid_from=NOW, valid_until=NOW + DAY)
    await directory.offering(slug="over", valid_until=NOW)
    await directory.offering(slug="later", valid_from=NOW + DAY)
    assert await found(OFFERINGS, where("is_current", True)) == {"always", "today"}
    assert await found(OFFERINGS, where("is_current", False)) == {"over", "later"}


async def test_filters_of_places(database: Settings) -> None:
    town, street = await directory.town(), await directory.street()
    await directory.merchant(slug="barber", category=MerchantCategory.BARBER, town_id=town.id)
    await directory.station(slug="city", level=StationLevel.CITY, street_id=street.id)
    await directory.service_centre(
        slug="centre", accessibility=["step_free"], published_at=PUBLISHED_AT + DAY
    )
    cases: list[tuple[Expression, set[str]]] = [
        (where("category", MerchantCategory.BARBER), {"barber"}),
        (where("level", StationLevel.CITY), {"city"}),
        (where("town", town.id), {"barber"}),
        (where("town", [town.id, new_id()], Operator.IN), {"barber"}),
        (where("street", street.id), {"city"}),
        (where("accessible", True), {"centre"}),
        (where("accessible", False), {"barber", "city"}),
        (where("kind", ["station", "merchant"], Operator.IN), {"barber", "city"}),
        (where("published_at", PUBLISHED_AT, Operator.GT), {"centre"}),
        (AnyOf((where("level", StationLevel.CITY), where("town", town.id))), {"barber", "city"}),
    ]
    for expression, expected in cases:
        assert await found(PLACES, expression) == expected, expression
    assert await found(MERCHANTS, where("accessible", False)) == {"barber"}


async def test_nobody_asks_for_places_by_a_hidden_street(database: Settings) -> None:
    street = await directory.street(state=StoredState.DRAFT)
    await directory.place(slug="a", street_id=street.id)
    assert await found(PLACES, where("street", street.id)) == set()
    assert await found(PLACES, NotOf(where("street", street.id))) == {"a"}


async def test_filters_of_towns_and_streets(database: Settings) -> None:
    town = await directory.town(slug="town", kind=TownKind.TOWN)
    await directory.town(slug="park", kind=TownKind.PARK)
    await directory.street(slug="here", town_id=town.id)
    await directory.street(slug="there", town_id=town.id, published_at=PUBLISHED_AT + DAY)
    await directory.street(slug="draft", town_id=town.id, state=StoredState.DRAFT)
    assert await found(TOWNS, where("kind", TownKind.PARK)) == {"park"}
    assert await found(STREETS, where("town", town.id)) == {"here", "there"}
    assert await found(STREETS, where("published_at", PUBLISHED_AT, Operator.LTE)) == {"here"}


async def test_parts_of_places(database: Settings) -> None:
    one, two = await directory.service_centre(), await directory.service_centre()
    for position, name in ((2, "b"), (1, "a")):
        await directory.photo(one.id, position=position, alt=name)
        await directory.service(one.id, position=position, name=name)
    with recorded_statements() as statements:
        photos = await photos_by_place_ids([one.id, two.id])
        services = await services_by_place_ids([two.id, one.id])
        hours = await hours_by_place_ids([one.id, two.id])
    assert [[row.alt for row in rows] for rows in photos] == [["a", "b"], []]
    assert [[row.name for row in rows] for rows in services] == [[], ["a", "b"]]
    assert hours == [[], []]
    assert len(statements) == 3


async def test_the_time_zones_in_use(database: Settings) -> None:
    assert await timezones_in_use() == ()
    for zone in ("Asia/Urumqi", "Asia/Shanghai", "America/New_York", "Asia/Shanghai"):
        await directory.place(timezone=zone)
    with recorded_statements() as statements:
        zones = await timezones_in_use()
    assert zones == ("America/New_York", "Asia/Shanghai", "Asia/Urumqi")
    assert len(statements) == 1
