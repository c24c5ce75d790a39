"""A listing: the same visibility by id, by slug, in lists, under parents and in counts."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import recorded_statements
from hub.directory.models import PlacePhoto
from hub.directory.queries import PLACES, STATIONS, TOWNS
from hub.errors import BadUserInput
from hub.filters import AnyOf, Condition, Operator
from hub.ids import new_id
from hub.listing import ListQuery, OrderTerm, parts_by
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.records import Record
from hub.settings import Settings
from tests.factories import directory
from tests.factories.publishing import PUBLISHED_AT

VIEWER = Viewer(ANONYMOUS, PUBLISHED_AT + timedelta(days=1))
FIRST = ListQuery(page_request())


def ids(rows: list[Record | None]) -> list[UUID | None]:
    return [None if row is None else row.id for row in rows]


async def test_rows_by_id_are_aligned_with_what_was_asked(database: Settings) -> None:
    one, two = await directory.place(), await directory.place()
    draft = await directory.place(state=StoredState.DRAFT)
    with recorded_statements() as statements:
        asked = [two.id, new_id(), one.id, draft.id, two.id]
        assert ids(await PLACES.by_ids(VIEWER, asked)) == [two.id, None, one.id, None, two.id]
    assert len(statements) == 1


async def test_rows_by_slug_are_aligned_with_what_was_asked(database: Settings) -> None:
    one, two = await directory.place(slug="one"), await directory.place(slug="two")
    await directory.place(slug="draft", state=StoredState.DRAFT)
    with recorded_statements() as statements:
        asked = ["two", "nobody", "one", "draft", "two", "ONE", ""]
        found = ids(await PLACES.by_slugs(VIEWER, asked))
    assert found == [two.id, None, one.id, None, two.id, None, None]
    assert len(statements) == 1


async def test_asking_for_nothing_asks_nothing(database: Settings) -> None:
    with recorded_statements() as statements:
        assert await PLACES.by_ids(VIEWER, []) == []
        assert await PLACES.by_slugs(VIEWER, []) == []
        query = ListQuery(page_request())
        assert await PLACES.pages_by(VIEWER, query, column="town_id", parent_ids=[]) == []
        assert await parts_by(PlacePhoto, [], column="place_id", order=("position",)) == []
    assert statements == []


async def test_a_slug_that_no_text_can_be_is_refused(database: Settings) -> None:
    with pytest.raises(BadUserInput):
        await PLACES.by_slugs(VIEWER, ["a\0b"])


async def test_what_is_hidden_is_hidden_at_every_door(database: Settings) -> None:
    town = await directory.town()
    shown = await directory.place(slug="shown", town_id=town.id)
    day = timedelta(days=1)
    hidden = [
        await directory.place(town_id=town.id, **values)
        for values in (
            {"state": StoredState.DRAFT},
            {"state": StoredState.ARCHIVED},
            {"published_at": None},
            {"published_at": VIEWER.now + day},
            {"expires_at": VIEWER.now},
        )
    ]
    assert ids(await PLACES.by_ids(VIEWER, [row.id for row in hidden])) == [None] * 5
    assert ids(await PLACES.by_slugs(VIEWER, [row.slug for row in hidden])) == [None] * 5
    page = await PLACES.page(VIEWER, FIRST)
    (under,) = await PLACES.pages_by(VIEWER, FIRST, column="town_id", parent_ids=[town.id])
    for each in (page, under):
        assert [row.id for row in each.rows] == [shown.id]
        assert (await each.counted()).total == 1
    everything = ListQuery(
        page_request(), where=AnyOf((Condition("kind", Operator.IN, ["station"]),))
    )
    assert (await PLACES.page(VIEWER, everything)).rows == []


async def test_one_kind_of_place_does_not_show_another(database: Settings) -> None:
    merchant, station = await directory.merchant(), await directory.station()
    assert ids(await STATIONS.by_ids(VIEWER, [merchant.id, station.id])) == [None, station.id]
    assert [row.id for row in (await STATIONS.page(VIEWER, FIRST)).rows] == [station.id]
    assert len((await PLACES.page(VIEWER, FIRST)).rows) == 2


async def test_orders_by_name(database: Settings) -> None:
    for name, days in (("乙", 2), ("甲", 1), ("丙", 2)):
        await directory.place(name=name, published_at=PUBLISHED_AT - timedelta(days=days))

    async def named(*order: OrderTerm) -> list[str]:
        page = await PLACES.page(VIEWER, ListQuery(page_request(), order=order))
        return [row.name for row in page.rows]

    assert await named() == ["丙", "甲", "乙"]  # bing, jia, yi
    assert await named(OrderTerm("NAME", descending=True)) == ["乙", "甲", "丙"]
    assert await named(OrderTerm("PUBLISHED_AT"), OrderTerm("NAME")) == ["丙", "乙", "甲"]
    assert await named(OrderTerm("PUBLISHED_AT", descending=True), OrderTerm("NAME")) == [
        "甲",
        "丙",
        "乙",
    ]


async def test_vocabulary_is_seen_by_everybody(database: Settings) -> None:
    town = await directory.town(slug="a", position=2)
    other = await directory.town(slug="b", position=1)
    assert ids(await TOWNS.by_slugs(VIEWER, ["a"])) == [town.id]
    assert [row.id for row in (await TOWNS.page(VIEWER, FIRST)).rows] == [other.id, town.id]


async def test_parts_are_grouped_and_in_order(database: Settings) -> None:
    one, two = await directory.place(), await directory.place()
    for position in (3, 1, 2):
        await directory.photo(one.id, position=position)
    with recorded_statements() as statements:
        found = await parts_by(
            PlacePhoto, [two.id, one.id, one.id], column="place_id", order=("position", "id")
        )
    assert [[row.position for row in rows] for rows in found] == [[], [1, 2, 3], [1, 2, 3]]
    assert len(statements) == 1
