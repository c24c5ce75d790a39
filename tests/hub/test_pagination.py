"""Pages over real rows: every walk gives the whole list once, in order, at one statement a page."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import pytest

from hub import pagination
from hub.database import recorded_statements, transaction
from hub.directory.models import Place, Town
from hub.directory.rules import TownKind
from hub.errors import BadUserInput
from hub.ids import new_id
from hub.learning.models import Program
from hub.pagination import Count, Page, fetch_page, fetch_pages_by, page_request
from hub.records import Ordering, Select, table_of
from hub.settings import Settings
from tests.factories import directory, learning

ROWS = 230
START = datetime(2026, 1, 1, tzinfo=UTC)

UP, DOWN = False, True
ORDERS: dict[str, tuple[Ordering, ...]] = {
    "by id alone": (),
    "up, with ties": (Ordering("position"),),
    "down, with ties": (Ordering("position", DOWN),),
    "up then down": (Ordering("kind"), Ordering("position", DOWN)),
    "down then up": (Ordering("position", DOWN), Ordering("name", UP)),
    "three terms": (Ordering("kind", DOWN), Ordering("latitude"), Ordering("name", DOWN)),
}


async def store_towns(count: int = ROWS) -> list[Town]:
    kinds = list(TownKind)

    async def body() -> list[Town]:
        return [
            await directory.town(
                position=index * 7919 % 11,
                kind=kinds[index * 104729 % 3],
                name=f"n{index % 5}",
                latitude=29 + (index % 13) / 7,
            )
            for index in range(count)
        ]

    return await transaction(body)


def in_order(rows: Sequence[Any], order: Sequence[Ordering]) -> list[UUID]:
    """The ids of `rows` as Python sorts them."""
    found = list(rows)
    for term in reversed(pagination.total_order(order)):
        found.sort(key=attrgetter(term.column), reverse=term.descending)
    return [row.id for row in found]


async def walk_forward(select: Select, order: Sequence[Ordering], size: int) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while True:
        page = await fetch_page(select, page_request(size, after=cursor), order=order)
        assert page.has_previous is (cursor is not None)
        found += [row.id for row in page.rows]
        if not page.has_next:
            return found
        assert len(page.rows) == size
        cursor = page.end_cursor


async def walk_backward(select: Select, order: Sequence[Ordering], size: int) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while True:
        page = await fetch_page(select, page_request(last=size, before=cursor), order=order)
        assert page.has_next is (cursor is not None)
        found = [row.id for row in page.rows] + found
        if not page.has_previous:
            return found
        assert len(page.rows) == size
        cursor = page.start_cursor


async def test_walks_give_every_row_once_and_in_order(database: Settings) -> None:
    towns = await store_towns()
    for name, order in ORDERS.items():
        expected = in_order(towns, order)
        for size in (7, 23, 100):
            assert await walk_forward(Select(Town), order, size) == expected, (name, size)
            assert await walk_backward(Select(Town), order, size) == expected, (name, size)


async def test_a_walk_over_instants_that_differ_by_microseconds(database: Settings) -> None:
    instants = [START + timedelta(microseconds=offset) for offset in (0, 1, 10, 999_999, 1_000_000)]

    async def body() -> list[Program]:
        return [await learning.program(published_at=instants[n % 5]) for n in range(40)]

    programs = await transaction(body)
    for descending in (UP, DOWN):
        order = (Ordering("published_at", descending),)
        expected = in_order(programs, order)
        assert await walk_forward(Select(Program), order, 3) == expected
        assert await walk_backward(Select(Program), order, 3) == expected


async def test_a_walk_goes_on_where_rows_came_and_went(database: Settings) -> None:
    towns = [await directory.town(position=position) for position in range(6)]
    order = (Ordering("position"),)
    first = await fetch_page(Select(Town), page_request(3), order=order)
    await directory.town(position=-1)
    await towns[2].delete()
    later = await directory.town(position=2)
    rest = await fetch_page(Select(Town), page_request(5, after=first.end_cursor), order=order)
    ids = [row.id for row in rest.rows]
    assert ids == [later.id, *(town.id for town in towns[3:])]


async def test_a_page_in_the_middle_can_be_left_both_ways(database: Settings) -> None:
    towns = in_order(await store_towns(9), (Ordering("position"),))
    order = (Ordering("position"),)
    first = await fetch_page(Select(Town), page_request(3), order=order)
    second = await fetch_page(Select(Town), page_request(3, after=first.end_cursor), order=order)
    back = page_request(last=2, before=second.start_cursor)
    before = await fetch_page(Select(Town), back, order=order)
    assert [row.id for row in second.rows] == towns[3:6]
    assert [row.id for row in before.rows] == towns[1:3]
    assert (before.has_previous, before.has_next) == (True, True)


async def test_pages_of_nothing(database: Settings) -> None:
    order = (Ordering("position"),)
    empty = await fetch_page(Select(Town), page_request(), order=order)
    assert (empty.rows, empty.start_cursor, empty.end_cursor) == ([], None, None)
    assert (empty.has_next, empty.has_previous) == (False, False)
    await directory.town()
    for request in (page_request(0), page_request(last=0)):
        page = await fetch_page(Select(Town), request, order=order)
        assert (page.rows, page.end_cursor) == ([], None)
    page = await fetch_page(Select(Town), page_request(0), order=order)
    assert (page.has_next, page.has_previous) == (True, False)
    page = await fetch_page(Select(Town), page_request(last=0), order=order)
    assert (page.has_next, page.has_previous) == (False, True)


async def test_the_last_row_is_the_end(database: Settings) -> None:
    await store_towns(3)
    order = (Ordering("position"),)
    page = await fetch_page(Select(Town), page_request(3), order=order)
    assert (len(page.rows), page.has_next) == (3, False)
    beyond = await fetch_page(Select(Town), page_request(3, after=page.end_cursor), order=order)
    assert (beyond.rows, beyond.has_next, beyond.has_previous) == ([], False, True)


@pytest.mark.parametrize("size", [1, 4, 100])
async def test_pages_of_several_parents(database: Settings, size: int) -> None:
    towns = [await directory.town() for _ in range(4)]

    async def body() -> list[Any]:
        return [await directory.place(town_id=towns[n % 3].id, name=f"n{n % 4}") for n in range(60)]

    places = await transaction(body)
    order = (Ordering("sort_name", DOWN),)
    asked = [towns[1].id, towns[3].id, new_id(), towns[0].id, towns[1].id, towns[2].id]
    with recorded_statements() as statements:
        pages = await pages_of_towns(asked, order, first=size)
    assert len(statements) == 1
    assert [page.rows for page in pages[1:3]] == [[], []]
    for town_id, page in zip(asked, pages, strict=True):
        mine = in_order([place for place in places if place.town_id == town_id], order)
        assert [row.id for row in page.rows] == mine[:size]
        assert page.has_next is (len(mine) > size)
        walked = [row.id for row in page.rows]
        while page.has_next:
            (page,) = await pages_of_towns([town_id], order, first=size, after=page.end_cursor)
            walked += [row.id for row in page.rows]
        assert walked == mine
        (tail,) = await pages_of_towns([town_id], order, last=size)
        assert [row.id for row in tail.rows] == mine[-size:]


async def pages_of_towns(
    town_ids: Sequence[UUID],
    order: Sequence[Ordering],
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
) -> list[Page]:
    return await fetch_pages_by(
        Select(Place),
        page_request(first, after=after, last=last),
        column="town_id",
        parent_ids=town_ids,
        order=order,
    )


async def test_no_parents_ask_nothing(database: Settings) -> None:
    with recorded_statements() as statements:
        assert await pages_of_towns([], (Ordering("sort_name"),)) == []
    assert statements == []


async def test_a_page_costs_one_statement_however_many_rows(database: Settings) -> None:
    await store_towns(30)
    order = (Ordering("position"),)
    with recorded_statements() as statements:
        page = await fetch_page(Select(Town), page_request(20), order=order)
        await fetch_page(Select(Town), page_request(20, after=page.end_cursor), order=order)
    assert len(statements) == 2


async def test_a_count_is_of_the_whole_list_and_only_when_asked(database: Settings) -> None:
    await store_towns(12)
    select = Select(Town).where(table_of(Town).position < 5)
    expected = await Town.filter(position__lt=5).count()
    page = await fetch_page(select, page_request(2), order=(Ordering("position"),))
    after = page_request(2, after=page.end_cursor)
    later = await fetch_page(select, after, order=(Ordering("position"),))
    with recorded_statements() as statements:
        assert await page.counted() == await later.counted() == Count(expected, is_capped=False)
    assert len(statements) == 2


async def test_counts_stop_at_the_cap(database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pagination.COUNT_CAP == 10_000
    monkeypatch.setattr(pagination, "COUNT_CAP", 5)
    for expected in (
        Count(4, is_capped=False),
        Count(5, is_capped=False),
        Count(5, is_capped=True),
    ):
        await Town.all().delete()
        await store_towns(expected.total + expected.is_capped)
        page = await fetch_page(Select(Town), page_request(1), order=())
        assert await page.counted() == expected


async def test_counts_of_several_parents_cost_one_statement(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_CAP", 2)
    towns = [await directory.town() for _ in range(4)]
    for number, town in enumerate(towns):
        for _ in range(number):
            await directory.place(town_id=town.id)
    pages = await pages_of_towns([town.id for town in towns], (Ordering("sort_name"),), first=1)
    with recorded_statements() as statements:
        counts = await asyncio.gather(*(page.counted() for page in pages))
        assert await pages[3].counted() == counts[3]
    assert counts == [Count(0, False), Count(1, False), Count(2, False), Count(2, True)]
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"first": -1}, ("first",)),
        ({"first": 101}, ("first",)),
        ({"last": -1}, ("last",)),
        ({"last": 101}, ("last",)),
        ({"first": 1, "last": 1}, ("last",)),
        ({"first": 1, "before": "x"}, ("before",)),
        ({"after": "x", "last": 1}, ("last",)),
        ({"after": "x", "before": "y"}, ("before",)),
    ],
)
def test_requests_that_cannot_be(arguments: dict[str, Any], path: tuple[str, ...]) -> None:
    first = arguments.pop("first", None)
    with pytest.raises(BadUserInput) as refused:
        page_request(first, **arguments)
    assert refused.value.path == path


def test_requests_that_can_be() -> None:
    assert page_request().size == 20
    assert [page_request(size).size for size in (0, 1, 100)] == [0, 1, 100]
    assert page_request(last=100).backward
    assert page_request(before="x").size == 20


def test_the_id_breaks_ties_in_the_direction_of_the_last_term() -> None:
    up, down = Ordering("kind"), Ordering("position", DOWN)
    assert pagination.total_order(()) == (Ordering("id"),)
    assert pagination.total_order((down, up)) == (down, up, Ordering("id"))
    assert pagination.total_order((up, down)) == (up, down, Ordering("id", DOWN))
