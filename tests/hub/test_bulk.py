"""Rows written in bulk read back as they were given, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from hub.bulk import CHUNK_ROWS, chunks, delete_rows, insert_rows, update_rows
from hub.competitions.models import Competition, Prize
from hub.database import fetch_all, transaction
from hub.directory.models import OpeningInterval, Place, Town
from hub.directory.rules import HoursRule, PlaceKind, TownKind
from hub.ids import new_id
from hub.learning.models import Topic
from hub.records import Ordering, Select, fetch_records
from hub.settings import Settings

pytestmark = pytest.mark.usefixtures("database")

SHANGHAI = timezone(timedelta(hours=8))
T0 = datetime(2026, 3, 1, 9, tzinfo=SHANGHAI)


def topics(count: int) -> list[dict[str, Any]]:
    return [
        {"id": new_id(), "slug": f"topic-{number}", "label": "题", "position": number}
        for number in range(count)
    ]


async def test_every_type_survives() -> None:
    town = {
        "id": new_id(), "slug": "t", "name": "镇", "kind": TownKind.TOWN, "position": 1,
        "latitude": 29.8123456, "longitude": 121.6,
    }  # fmt: skip
    place = {
        "id": new_id(), "slug": "p", "kind": PlaceKind.STATION, "name": "站", "sort_name": "zhan",
        "address": "路", "town_id": town["id"], "latitude": 29.8, "longitude": 121.6, "x": 0.1,
        "y": 0.2, "z": 0.3, "timezone": "Asia/Shanghai", "zones": ["一", "二"], "created_at": T0,
        "updated_at": T0,
    }  # fmt: skip
    interval = {
        "id": new_id(), "place_id": place["id"], "rule": HoursRule.EXCEPTION,
        "starts_on": date(2026, 2, 16), "ends_on": date(2026, 2, 17),
    }  # fmt: skip
    for model, row in ((Town, town), (Place, place), (OpeningInterval, interval)):
        await insert_rows(model, [row])
        [record] = await fetch_records(Select(model))
        assert {column: getattr(record, column) for column in row} == row
    [record] = await fetch_records(Select(Place))
    assert (record.version, record.accessibility, record.is_illustrative) == (1, [], False)


async def test_money_is_exact() -> None:
    competition = _competition(1, T0)
    prize = {
        "id": new_id(), "competition_id": competition["id"], "name": "奖", "quantity": 1,
        "amount": Decimal("0.10"), "position": 1,
    }  # fmt: skip
    await insert_rows(Competition, [competition])
    await insert_rows(Prize, [prize])
    [record] = await fetch_records(Select(Prize))
    assert (record.amount, record.currency) == (Decimal("0.10"), "CNY")


async def test_instants_are_kept_in_one_zone_so_that_text_sorts_as_time(database: Settings) -> None:
    instants = [T0, datetime(2026, 3, 1, 2, tzinfo=UTC), T0 + timedelta(seconds=1)]
    for number, instant in enumerate(instants):
        await insert_rows(Competition, [_competition(number, instant)])
    found = await fetch_records(Select(Competition), order=[Ordering("starts_at")])
    assert [record.slug for record in found] == ["c0", "c2", "c1"]
    if database.uses_sqlite:
        stored = await fetch_all("SELECT starts_at FROM competition ORDER BY slug", [])
        assert {row[0][-6:] for row in stored} == {"+00:00"}


def _competition(number: int, instant: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "slug": f"c{number}", "title": "赛", "sort_name": "sai", "organiser": "会",
        "year": 2026, "timezone": "Asia/Shanghai", "starts_at": instant, "ends_at": instant,
        "created_at": instant, "updated_at": instant,
    }  # fmt: skip


async def test_more_rows_than_a_chunk() -> None:
    rows = topics(CHUNK_ROWS * 2 + 1)
    await insert_rows(Topic, rows)
    await update_rows(
        Topic, [{"id": row["id"], "label": row["slug"]} for row in rows], columns=["label"]
    )
    found = await fetch_records(Select(Topic), order=[Ordering("position")])
    assert [record.label for record in found] == [row["slug"] for row in rows]
    await delete_rows(Topic, [row["id"] for row in rows[1:]])
    assert len(await fetch_records(Select(Topic))) == 1


async def test_nothing_to_write_is_nothing_written() -> None:
    await insert_rows(Topic, [])
    await delete_rows(Topic, [])
    assert await fetch_records(Select(Topic)) == []


async def test_a_broken_constraint_breaks_the_transaction() -> None:
    async def body() -> None:
        await insert_rows(Topic, topics(2))
        await insert_rows(Topic, topics(1))

    with pytest.raises(IntegrityError):
        await transaction(body)
    assert await fetch_records(Select(Topic)) == []


def test_chunks() -> None:
    assert list(chunks([1, 2, 3], 2)) == [[1, 2], [3]]
    assert list(chunks([], 2)) == []
