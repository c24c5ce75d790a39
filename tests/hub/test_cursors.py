"""Cursors: opaque, signed, bound to their list and order; whatever else comes is refused."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub.datum import unit_vector
from hub.directory.models import Town
from hub.directory.queries import PLACES, Near, place_page
from hub.directory.rules import TownKind
from hub.errors import BadUserInput
from hub.learning.models import Topic
from hub.listing import ListQuery
from hub.pagination import PageRequest, decode_cursor, encode_cursor, fetch_page, page_request
from hub.records import Ordering, Select
from hub.settings import Settings, install_settings
from tests.factories import directory, learning
from tests.hub.test_factories import VIEWER

ORDER = (Ordering("position"), Ordering("id"))
BY_POSITION = (Ordering("position"),)


SECRET = "a secret for cursors that is long enough"
OTHER_SECRET = "another secret that is long enough too"
KEY = UUID(int=7)

quickly = hypothesis_settings(deadline=None, database=None, max_examples=60)


@pytest.fixture(autouse=True)
def secret() -> None:
    """For tests without a database; the others install their own settings after this."""
    install_settings(Settings(secret_key=SECRET, data_dir=Path()))


def decode(cursor: str) -> list[Any]:
    return decode_cursor(cursor, ORDER, scope="town ", argument="after")


values = st.one_of(
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.integers(-(2**31), 2**31),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.uuids(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.datetimes(timezones=st.just(UTC)),
)


@quickly
@given(st.lists(values, max_size=4))
def test_values_come_back_as_they_were(row: list[Any]) -> None:
    decoded = decode(encode_cursor(row, ORDER, scope="town "))
    assert decoded == row
    assert [type(value) for value in decoded] == [type(value) for value in row]


def test_values_of_other_types() -> None:
    eight_hours_on = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    row = [TownKind.PARK, eight_hours_on, Decimal("1.50")]
    assert decode(encode_cursor(row, ORDER, scope="town ")) == [
        "park",
        eight_hours_on,
        Decimal("1.5"),
    ]


def refusal(cursor: str, argument: str = "after") -> BadUserInput:
    with pytest.raises(BadUserInput) as refused:
        decode_cursor(cursor, ORDER, scope="town ", argument=argument)
    return refused.value


@quickly
@given(st.text(max_size=60))
@example("")
@example("=")
@example("====")
@example("A" * 1_024)
@example("A" * 1_000_000)
@example("开头")
@example("\ud800")
@example("\x00")
@example("a b\nc")
@example("+/+/")
@example(base64.b64encode(b"[1]").decode())
def test_what_is_no_cursor_is_refused_in_our_words(text: str) -> None:
    for argument in ("after", "before"):
        error = refusal(text, argument)
        assert error.path == (argument,)
        assert error.message.startswith(f"{argument} is not a cursor of this list")
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None


@quickly
@given(st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    cursor = encode_cursor([5, KEY], ORDER, scope="town ")
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    index = data.draw(st.integers(0, len(raw) - 1))
    raw[index] ^= data.draw(st.integers(1, 255))
    refusal(base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="))


def test_a_shortened_or_lengthened_cursor_is_refused() -> None:
    cursor = encode_cursor([5, KEY], ORDER, scope="town ")
    assert decode(cursor) == [5, KEY]
    for length in range(len(cursor)):
        refusal(cursor[:length])
    for more in ("A", "AA", "AAAA", cursor):
        refusal(cursor + more)


@pytest.mark.parametrize(
    ("order", "scope"),
    [
        ((Ordering("position", descending=True), Ordering("id")), "town "),
        ((Ordering("position"), Ordering("id", descending=True)), "town "),
        ((Ordering("kind"), Ordering("id")), "town "),
        ((Ordering("id"), Ordering("position")), "town "),
        (ORDER[:1], "town "),
        (ORDER, "topic "),
        (ORDER, "town near 1.0 2.0"),
    ],
)
def test_a_cursor_of_another_list_or_order_is_refused(
    order: tuple[Ordering, ...], scope: str
) -> None:
    refusal(encode_cursor([5, KEY], order, scope=scope))


def test_a_cursor_signed_with_another_key_is_refused() -> None:
    cursor = encode_cursor([5, KEY], ORDER, scope="town ")
    install_settings(Settings(secret_key=OTHER_SECRET, data_dir=Path()))
    refusal(cursor)


async def test_lists_refuse_one_anothers_cursors(database: Settings) -> None:
    for position in range(3):
        await directory.town(position=position)
        await learning.topic(position=position)
    cursor = (await fetch_page(Select(Town), page_request(1), order=BY_POSITION)).end_cursor
    assert cursor is not None
    request = page_request(1, after=cursor)
    page = await fetch_page(Select(Town), request, order=BY_POSITION)
    assert [row.position for row in page.rows] == [1]
    for select, order in (
        (Select(Topic), BY_POSITION),
        (Select(Town), (Ordering("position", descending=True),)),
        (Select(Town), ()),
    ):
        with pytest.raises(BadUserInput) as refused:
            await fetch_page(select, request, order=order)
        assert refused.value.path == ("after",)
    with pytest.raises(BadUserInput) as refused:
        await fetch_page(Select(Topic), page_request(last=1, before=cursor), order=BY_POSITION)
    assert refused.value.path == ("before",)


async def test_a_cursor_is_bound_to_the_point_that_distances_are_measured_from(
    database: Settings,
) -> None:
    for step in range(3):
        await directory.place(latitude=directory.LATITUDE + step / 1_000)

    async def ask(latitude: float, request: PageRequest) -> Any:
        vector = unit_vector(latitude, directory.LONGITUDE)
        near = Near(latitude, directory.LONGITUDE, vector, 1_000)
        return await place_page(PLACES, VIEWER, query=ListQuery(request), near=near)

    first = await ask(directory.LATITUDE, page_request(1))
    after = page_request(1, after=first.end_cursor)
    assert len((await ask(directory.LATITUDE, after)).rows) == 1
    with pytest.raises(BadUserInput) as refused:
        await ask(directory.LATITUDE + 0.001, after)
    assert refused.value.path == ("after",)
    with pytest.raises(BadUserInput):
        await PLACES.page(VIEWER, ListQuery(after))
