"""Statements that are written once: they give what statements written for the request give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypika_tortoise.terms import Criterion

from hub import listing as listings
from hub.auth import ANONYMOUS, Viewer
from hub.clock import now
from hub.database import recorded_statements
from hub.filters import AllOf, Condition, Operator, column
from hub.fragments import compared
from hub.ids import new_id
from hub.learning.models import Course, Lesson
from hub.learning.queries import COURSES, LESSONS
from hub.listing import Listing, ListQuery, OrderTerm
from hub.pagination import fetch_page, page_request
from hub.publishing import visible
from hub.records import Ordering, Record, fetch_records_by, table_of
from hub.settings import Settings
from schema.relay import registered_listings
from schema.root import build_schema
from tests.factories import learning
from tests.factories.learners import of_person

build_schema()
LISTINGS = registered_listings()
COLUMNS = frozenset({"title", "level"})
FIRST = ListQuery(page_request(3))
LAST = ListQuery(page_request(last=3), order=(OrderTerm("NAME"),))
BEGINNER = ListQuery(page_request(3), Condition("level", Operator.EQ, "beginner"))
_course = table_of(Course)


def at(instant: datetime) -> Viewer:
    return Viewer(ANONYMOUS, instant)


def values(rows: list[Record]) -> list[dict[str, Any]]:
    names: Any = type(rows[0]).__slots__ if rows else ()
    return [{name: getattr(row, name) for name in names} for row in rows]


@pytest.mark.parametrize("name", sorted(LISTINGS))
async def test_a_page_and_a_look_are_as_if_written_anew(sample: Settings, name: str) -> None:
    listing, viewer = LISTINGS[name], at(now())
    page = await listing.page(viewer, FIRST)
    anew = await fetch_page(
        listing.narrowed(viewer, FIRST), FIRST.request, order=listing.ordering(FIRST)
    )
    assert values(page.rows) == values(anew.rows)
    assert (page.has_next, page.end_cursor) == (anew.has_next, anew.end_cursor)
    assert await page.counted() == await anew.counted()
    ids = [row.id for row in page.rows]
    for some in (ids[:1], ids):
        found = await listing.by_ids(viewer, some)
        assert values([row for row in found if row]) == values(page.rows[: len(some)])


@pytest.mark.parametrize("query", [FIRST, LAST, BEGINNER])
async def test_orders_and_filters_are_as_if_written_anew(
    sample: Settings, query: ListQuery
) -> None:
    viewer = at(now())
    page = await COURSES.page(viewer, query, columns=COLUMNS)
    anew = await fetch_page(
        COURSES.narrowed(viewer, query, columns=COLUMNS),
        query.request,
        order=COURSES.ordering(query),
    )
    assert page.rows
    assert values(page.rows) == values(anew.rows)


async def test_the_instant_is_the_request_s(sample: Settings) -> None:
    page = await COURSES.page(at(now()), FIRST)
    assert page.rows
    early = at(datetime(2000, 1, 1, tzinfo=UTC))
    assert (await COURSES.page(early, FIRST)).rows == []
    assert await COURSES.by_ids(early, [page.rows[0].id]) == [None]
    lessons = await LESSONS.pages_by(
        early, FIRST, column="course_id", parent_ids=[row.id for row in page.rows]
    )
    assert [each.rows for each in lessons] == [[]] * len(page.rows)


async def test_the_same_question_has_the_same_text(sample: Settings) -> None:
    viewer = at(now())
    with recorded_statements() as statements:
        first = await COURSES.page(viewer, FIRST, columns=COLUMNS)
        await COURSES.page(at(now() + timedelta(seconds=1)), FIRST, columns=COLUMNS)
        for few in (first.rows[:2], first.rows[1:], first.rows):
            await LESSONS.pages_by(
                viewer, FIRST, column="course_id", parent_ids=[row.id for row in few]
            )
    assert len(set(statements[:2])) == 1
    assert len(set(statements[2:])) == 1


async def test_parents_that_are_public_are_not_asked_again(sample: Settings) -> None:
    viewer = at(now())
    parents = [row.id for row in (await COURSES.page(viewer, FIRST)).rows]
    with recorded_statements() as statements:
        pages = [
            await LESSONS.pages_by(
                viewer,
                FIRST,
                column="course_id",
                parent_ids=parents,
                parents_are_public=is_public,
            )
            for is_public in (False, True)
        ]
    assert '"course"' in statements[0]
    assert '"course"' not in statements[1]
    first, second = ([values(page.rows) for page in each] for each in pages)
    assert first == second


def _of_staff(viewer: Viewer) -> list[Criterion]:
    """A rule that looks at the person."""
    return [visible(_course, viewer.now)] if viewer.actor is ANONYMOUS else []


def _since_yesterday(viewer: Viewer) -> list[Criterion]:
    """A rule that calculates with the instant."""
    return [compared(_course.published_at, viewer.now - timedelta(days=1), by=">")]


@pytest.mark.parametrize("rule", [_of_staff, _since_yesterday])
async def test_what_depends_on_more_is_written_for_each_request(
    database: Settings, rule: Callable[[Viewer], list[Criterion]]
) -> None:
    instant = now()
    await learning.course(published_at=instant - timedelta(hours=2))
    await learning.course(state="draft", published_at=instant - timedelta(days=3))
    listing = Listing(Course, rule, default_order=(Ordering("published_at"),))
    staff = Viewer(of_person(new_id()), instant)
    for viewer in (at(instant), staff, at(instant + timedelta(days=2))):
        expected = await fetch_page(
            listing.narrowed(viewer, FIRST), FIRST.request, order=listing.ordering(FIRST)
        )
        assert values((await listing.page(viewer, FIRST)).rows) == values(expected.rows)
        ids = [row.id for row in expected.rows]
        looked = await fetch_records_by(listing.select(viewer), ids, column="id")
        found = await listing.by_ids(viewer, ids)
        assert {row.id for row in found if row} == {row.id for row in looked}
    assert listings._written_page(listing, FIRST, columns=None) is None


def test_cursors_and_lists_are_not_kept() -> None:
    """There is no end of them."""
    later = ListQuery(page_request(3, after="somewhere"))
    several = ListQuery(page_request(3), Condition("level", Operator.IN, ["beginner"]))
    both = ListQuery(page_request(3), AllOf((Condition("level", Operator.IN, ["beginner"]),)))
    for query in (later, several, both):
        assert listings._written_page(COURSES, query, columns=None) is None


async def test_a_filter_that_asks_who_looks_is_asked_each_time(database: Settings) -> None:
    """A list of lessons whose filter `mine` means another for each who asks."""
    lesson = table_of(Lesson)

    def filters(viewer: Viewer) -> dict[str, Any]:
        wanted = "a" if viewer.actor is ANONYMOUS else "b"
        return {"mine": lambda _operator, _value: column(lesson.title)(Operator.EQ, wanted)}

    listing = Listing(Lesson, lambda _: (), filters=filters, default_order=(Ordering("position"),))
    await learning.lesson(title="a")
    await learning.lesson(title="b")
    mine = ListQuery(page_request(3), Condition("mine", Operator.EQ, True))
    staff = Viewer(of_person(new_id()), now())
    for viewer, title in ((at(now()), "a"), (staff, "b")):
        assert [row.title for row in (await listing.page(viewer, mine)).rows] == [title]
