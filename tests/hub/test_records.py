"""Light records: what was stored comes back alike from both databases."""

import enum
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pypika_tortoise.queries import Query
from tortoise.models import Model

from hub.bulk import insert_rows
from hub.competitions.models import Prize
from hub.criteria import Exists, is_false, is_in, is_true, never, truth
from hub.database import recorded_statements
from hub.directory.models import OpeningInterval, Place, Town
from hub.directory.rules import HoursRule, MerchantCategory, StationLevel
from hub.errors import BadUserInput
from hub.ids import new_id
from hub.learning.models import Lesson
from hub.records import (
    Ordering,
    Record,
    Select,
    columns_of,
    count_records,
    count_records_by,
    fetch_records,
    fetch_records_by,
    fetch_top_records,
    table_of,
)
from hub.settings import Settings
from tests.factories import competitions, directory, learning

PRECISE = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
ABROAD = datetime(2026, 3, 1, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
HARD_TEXTS = ("", "*", "'; DROP TABLE town; --", '"', "?", "$1", "%", "\\", "👩‍🚒 小哥\n", "NULL")


async def stored_rows() -> list[Model]:
    competition = await competitions.competition(published_at=ABROAD, expires_at=PRECISE)
    place = await directory.merchant(
        accessibility=["step_free", "无障碍"],
        zones=[],
        category=MerchantCategory.BARBER,
        level=None,
        latitude=29.123456789012345,
        area_square_metres=2**31 - 1,
        expires_at=None,
    )
    return [
        competition,
        place,
        await directory.interval(
            place.id,
            rule=HoursRule.EXCEPTION,
            starts_on=date(2026, 2, 28),
            ends_on=date(2026, 3, 1),
            opens_minute=None,
            closes_minute=None,
        ),
        await directory.offering(schedule=[{"days": 1, "opens": 2}], valid_from=PRECISE),
        await competitions.prize(competition.id, amount=Decimal("3000.50")),
        await competitions.prize(competition.id, amount=Decimal("0.10")),
        await competitions.prize(competition.id, amount=None),
        await learning.lesson(is_free_preview=True),
        await learning.lesson(is_free_preview=False),
    ]


async def the_record(model: type[Model], row_id: UUID) -> Record:
    (record,) = await fetch_records_by(Select(model), [row_id], column="id")
    return record


async def test_every_column_comes_back_as_it_was_stored(database: Settings) -> None:
    seen: set[type] = set()
    for row in await stored_rows():
        record = await the_record(type(row), row.pk)
        for column in columns_of(type(row)):
            stored, read = getattr(row, column), getattr(record, column)
            assert read == stored, (type(row).__name__, column)
            assert isinstance(read, type(stored)), column
            seen.add(type(read))
    simple = {kind for kind in seen if not issubclass(kind, enum.Enum | UUID)}
    assert simple == {str, int, float, bool, datetime, date, Decimal, list, type(None)}
    assert {MerchantCategory, HoursRule} <= seen
    assert any(issubclass(kind, UUID) for kind in seen)


async def test_amounts_keep_their_cents(database: Settings) -> None:
    competition = await competitions.competition()
    for amount in ("3000.50", "0.10", "7.00", "1234567890.12"):
        prize = await competitions.prize(competition.id, amount=Decimal(amount))
        assert str((await the_record(Prize, prize.id)).amount) == amount


async def test_instants_come_back_aware_and_comparable(database: Settings) -> None:
    for instant in (PRECISE, ABROAD, PRECISE.replace(microsecond=0)):
        lesson = await learning.lesson(published_at=instant)
        read = (await the_record(Lesson, lesson.id)).published_at
        assert read == instant
        assert read.utcoffset() == timedelta(0)
        for equal in (instant, instant.astimezone(UTC)):
            select = Select(Lesson).where(table_of(Lesson).published_at == equal)
            assert [row.id for row in await fetch_records(select)] == [lesson.id]


async def test_rows_written_in_bulk_read_the_same(database: Settings) -> None:
    for row in await stored_rows():
        model, copied = type(row), new_id()
        values = {column: getattr(row, column) for column in columns_of(model)} | {"id": copied}
        if "slug" in values:
            values["slug"] = f"copy-{copied.hex}"
        if "published_at" in values:
            values["published_at"] = ABROAD
        if model is Lesson:
            values["position"] += 1
        await insert_rows(model, [values])
        record = await the_record(model, copied)
        assert {name: getattr(record, name) for name in columns_of(model)} == values
        if "published_at" in values:
            table = table_of(model)
            select = Select(model).where(table.published_at == ABROAD, table.id == copied)
            assert len(await fetch_records(select)) == 1


async def test_text_is_data(database: Settings) -> None:
    for text in HARD_TEXTS:
        await directory.town(name=text)
    table = table_of(Town)
    for text in HARD_TEXTS:
        for criterion in (table.name == text, is_in(table.name, [text])):
            rows = await fetch_records(Select(Town).where(criterion))
            assert [row.name for row in rows] == [text]


async def test_text_that_postgres_cannot_hold_is_refused_by_both(database: Settings) -> None:
    for criterion in (table_of(Town).name == "a\0b", is_in(table_of(Town).name, ["", "\0"])):
        with pytest.raises(BadUserInput):
            await fetch_records(Select(Town).where(criterion))


async def test_a_record_has_its_columns_and_nothing_else(database: Settings) -> None:
    record = await the_record(Town, (await directory.town()).id)
    assert record.model is Town
    with pytest.raises(AttributeError):
        _ = record.population
    assert not hasattr(record, "__dict__")


async def names(*criteria: Any, order: Sequence[Ordering] = (Ordering("name"),)) -> list[str]:
    select = Select(Place).where(*criteria)
    return [row.name for row in await fetch_records(select, order=order)]


async def test_negation_counts_unknown_as_not_so(database: Settings) -> None:
    await directory.merchant(name="a", category=MerchantCategory.BARBER)
    await directory.merchant(name="b", category=MerchantCategory.CLINIC)
    await directory.merchant(name="c", category=None)
    is_barber = table_of(Place).category == MerchantCategory.BARBER.value
    assert await names(is_barber) == ["a"]
    assert await names(is_false(is_barber)) == ["b", "c"]
    assert await names(is_false(is_false(is_barber))) == ["a"]
    assert await names(is_true(truth(is_barber))) == ["a"]
    assert await names(is_false(never())) == ["a", "b", "c"]
    assert await names(never()) == []


async def test_membership(database: Settings) -> None:
    stored = (("a", StationLevel.CITY), ("b", StationLevel.DISTRICT), ("c", None))
    for name, value in stored:
        await directory.station(name=name, level=value)
    level = table_of(Place).level
    assert await names(is_in(level, [])) == []
    assert await names(is_false(is_in(level, []))) == ["a", "b", "c"]
    assert await names(is_in(level, list(StationLevel))) == ["a", "b"]
    assert await names(is_in(level, ["city", "city", "nowhere"])) == ["a"]


async def test_exists_looks_at_the_outer_row(database: Settings) -> None:
    open_place, other = await directory.place(name="a"), await directory.place(name="b")
    await directory.interval(open_place.id, weekday=2)
    await directory.interval(other.id, weekday=3)
    hours, place = table_of(OpeningInterval), table_of(Place)

    def on(weekday: int) -> Exists:
        rows = Query.from_(hours).select(hours.id).where(hours.place_id == place.id)
        return Exists(rows.where(hours.weekday == weekday))

    assert await names(on(2)) == ["a"]
    assert await names(is_false(on(2))) == ["b"]
    assert await names(on(2) | on(3)) == ["a", "b"]
    assert await names(on(2) & on(3)) == []


async def test_order_and_limit(database: Settings) -> None:
    for name, address in (("b", "1"), ("a", "1"), ("c", "2")):
        await directory.place(name=name, address=address)
    order = (Ordering("address", descending=True), Ordering("name"))
    assert await names(order=order) == ["c", "a", "b"]
    rows = await fetch_records(Select(Place), order=order, limit=2)
    assert [row.name for row in rows] == ["c", "a"]


async def test_top_rows_of_each_parent(database: Settings) -> None:
    first, second = await directory.town(), await directory.town()
    for index in range(5):
        await directory.place(town_id=first.id, name=f"n{index}")
    await directory.place(town_id=second.id, name="lonely")
    with recorded_statements() as statements:
        found = await fetch_top_records(
            Select(Place),
            [first.id, second.id, first.id, new_id()],
            column="town_id",
            order=(Ordering("name", descending=True),),
            limit=2,
        )
    assert len(statements) == 1
    assert {key: [row.name for row in rows] for key, rows in found.items()} == {
        first.id: ["n4", "n3"],
        second.id: ["lonely"],
    }


async def test_counts(database: Settings) -> None:
    town, empty = await directory.town(), await directory.town()
    for name in ("a", "b", "c"):
        await directory.place(town_id=town.id, name=name)
    select = Select(Place).where(table_of(Place).name != "c")
    assert await count_records(select, cap=10) == 2
    assert await count_records(select, cap=1) == 1
    with recorded_statements() as statements:
        counts = await count_records_by(select, [empty.id, town.id, town.id], column="town_id")
        assert await count_records_by(select, [], column="town_id") == {}
    assert counts == {town.id: 2}
    assert len(statements) == 1


async def test_no_values_ask_nothing(database: Settings) -> None:
    with recorded_statements() as statements:
        assert await fetch_records_by(Select(Town), [], column="id") == []
        order = (Ordering("name"),)
        assert await fetch_top_records(Select(Town), [], column="id", order=order, limit=1) == {}
    assert statements == []
