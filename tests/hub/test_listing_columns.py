"""What a listing reads: the columns that are asked for, and parents that are known to be public."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.auth import ANONYMOUS, Viewer
from hub.clock import now
from hub.database import recorded_statements
from hub.learning.models import Course
from hub.learning.queries import COURSES, LESSONS
from hub.listing import ListQuery, all_public
from hub.pagination import page_request
from hub.publishing import StoredState
from hub.records import Select, columns_of, fetch_records, record_of
from hub.settings import Settings
from schema.relay import registered_listings
from schema.root import build_schema
from tests.factories import learning

build_schema()
LISTINGS = registered_listings()
FIRST = ListQuery(page_request(5))


def nobody() -> Viewer:
    return Viewer(ANONYMOUS, now())


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(draw=st.data())
async def test_what_is_read_is_what_is_there(sample: Settings, draw: st.DataObject) -> None:
    """Any columns of any listing are those of whole rows, and no other is there."""
    name = draw.draw(st.sampled_from(sorted(LISTINGS)))
    listing = LISTINGS[name]
    asked = frozenset(draw.draw(st.sets(st.sampled_from(columns_of(listing.model)))))
    viewer = nobody()
    whole = await listing.page(viewer, FIRST)
    narrow = await listing.page(viewer, FIRST, columns=asked)
    assert [row.id for row in narrow.rows] == [row.id for row in whole.rows]
    ids = [row.id for row in whole.rows]
    found = await listing.by_ids(viewer, ids, columns=asked)
    ordered = {term.column for term in listing.default_order}
    for rows, spare in ((narrow.rows, ordered), (found, set[str]())):
        for row, expected in zip(rows, whole.rows, strict=True):
            for column in columns_of(listing.model):
                if column in asked or column == "id":
                    assert getattr(row, column) == getattr(expected, column)
                elif column not in listing.always | spare:
                    with pytest.raises(AttributeError):
                        getattr(row, column)


async def lessons_of(parents: list[Any]) -> tuple[list[list[str]], str]:
    """The titles of the parents' lessons, and the statement that read them."""
    with recorded_statements() as statements:
        pages = await LESSONS.pages_by(
            nobody(),
            FIRST,
            column="course_id",
            parent_ids=[parent.id for parent in parents],
            parents_are_public=all_public(parents),
        )
    (statement,) = statements
    return [[row.title for row in page.rows] for page in pages], statement


async def test_parents_that_were_read_as_public_are_not_asked_for_again(database: Settings) -> None:
    course = await learning.course()
    await learning.lesson(course_id=course.id, title="一")
    parents = await COURSES.by_ids(nobody(), [course.id])
    titles, statement = await lessons_of(parents)
    assert titles == [["一"]]
    assert "EXISTS" not in statement


@pytest.mark.parametrize("state", [StoredState.DRAFT, StoredState.ARCHIVED])
async def test_a_hidden_parent_hides_its_rows_however_it_was_read(
    database: Settings, state: StoredState
) -> None:
    hidden = await learning.course(state=state)
    shown = await learning.course()
    for each in (hidden, shown):
        await learning.lesson(course_id=each.id, title="一")
    rows = {row.id: row for row in await fetch_records(Select(Course))}
    told = record_of(Course, {name: getattr(rows[hidden.id], name) for name in columns_of(Course)})
    (public,) = await COURSES.by_ids(nobody(), [shown.id])
    for parents in ([rows[hidden.id]], [told], [hidden], [public, rows[hidden.id]]):
        assert not all_public(parents)
        titles, statement = await lessons_of(parents)
        assert "EXISTS" in statement
        assert titles[-1] == []
        assert titles[:-1] == [["一"]] * (len(parents) - 1)


async def test_the_text_is_one_whatever_the_number_of_parents(database: Settings) -> None:
    """So that a database finds what it has prepared."""
    courses = [await learning.course() for _ in range(3)]
    texts = set()
    for count in (1, 2, 3):
        parents = await COURSES.by_ids(nobody(), [each.id for each in courses[:count]])
        texts.add((await lessons_of(parents))[1])
    assert len(texts) == 1


def test_every_listing_under_a_parent_says_what_is_left() -> None:
    """`under` names columns of the model, and leaves the visibility of the row itself."""
    checked = 0
    for listing in LISTINGS.values():
        for column, left in listing.under.items():
            assert column in columns_of(listing.model)
            select = Select(listing.model, tuple(left(nobody())))
            assert select.is_public == ("published_at" in columns_of(listing.model))
            checked += 1
    assert checked >= 3
