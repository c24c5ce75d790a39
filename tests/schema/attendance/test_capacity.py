"""Fewer seats, more seats: by the content folder and by the editors' desk."""

from pathlib import Path
from typing import Any

import pytest

from hub.auth import Actor
from hub.clock import frozen
from hub.enrollment.models import Pool, Registration
from hub.enrollment.rules import RegistrationState
from hub.errors import ContentInvalid
from hub.events.models import Event
from schema.relay import encode_id
from tests.factories.identity import NOW
from tests.hub.content.folders import load
from tests.schema.attendance.conftest import Square, counts, stored
from tests.schema.attendance.documents import EVENT

POOL = "- {slug: supper, title: 暖年夜饭, capacity: %d}\n"
EVENTS = """
- slug: supper
  title: 暖年夜饭
  kind: festival
  organiser: 鄞州区总工会
  address: 天童南路 568 号
  starts_at: 2026-06-01T09:00:00+08:00
  ends_at: 2026-06-01T11:00:00+08:00
  pool: supper
"""
UPDATE = """mutation($input: UpdatePoolInput!) { updatePool(input: $input) {
  revision { number } errors { code message path } } }"""
PUBLISH = """mutation($input: ItemsInput!) { publish(input: $input) {
  errors { code message path } } }"""


async def entered(folder: Path, capacity: int) -> Pool:
    with frozen(NOW):
        await load(folder, pools=POOL % capacity, events=EVENTS)
    return await Pool.get(slug="supper")


async def three_people_for(square: Square) -> list[dict[str, Any]]:
    event = (await Event.get(slug="supper")).id
    return [await square.register(await square.person(), event) for _ in range(3)]


async def test_a_load_gives_no_fewer_seats_than_are_taken(square: Square, tmp_path: Path) -> None:
    pool = await entered(tmp_path / "c", 2)
    await three_people_for(square)
    before = await stored()
    with pytest.raises(ContentInvalid) as refusal, frozen(NOW):
        await load(tmp_path / "c", pools=POOL % 1, events=EVENTS)
    (problem,) = refusal.value.data["problems"]
    assert problem.chinese == "不能少于已占用的 2 个名额"
    assert "is less than the 2 seats that are taken" in str(problem)
    assert await stored() == before
    await entered(tmp_path / "c", 3)
    assert await counts(pool) == (3, 0, 0)
    offered = await Registration.get(number=1)
    assert offered.state is RegistrationState.OFFERED


async def test_an_editor_gives_no_fewer_seats_than_are_taken(
    square: Square, tmp_path: Path
) -> None:
    pool = await entered(tmp_path / "c", 2)
    await three_people_for(square)
    editor = square.organiser()
    before = await stored()
    refused = await changed(square, editor, pool, version=1, capacity=1)
    assert [each["code"] for each in refused] == ["INVALID"]
    assert "2" in refused[0]["message"]
    assert (await stored())["pool"] == before["pool"]
    assert (await stored())["registration"] == before["registration"]
    version = await version_of(square, editor, pool)
    assert await changed(square, editor, pool, version=version, capacity=3) == []
    assert await counts(pool) == (3, 0, 0)


async def version_of(square: Square, editor: Actor, pool: Pool) -> int:
    query = "query($id: ID!) { revisions(id: $id, first: 1) { nodes { number } } }"
    revisions = (await square.ask(editor, query, id=encode_id("Pool", pool.id)))["revisions"]
    return int(revisions["nodes"][0]["number"]) if revisions["nodes"] else 1


async def changed(
    square: Square, editor: Actor, pool: Pool, *, version: int, capacity: int
) -> list[dict[str, Any]]:
    """The refusals of changing a pool and publishing the change."""
    key = encode_id("Pool", pool.id)
    given = {"id": key, "expectedVersion": version, "capacity": capacity}
    payload = await square.do(editor, UPDATE, **given)
    if payload["errors"]:
        return list(payload["errors"])
    number = payload["revision"]["number"]
    payload = await square.do(editor, PUBLISH, ids=[key], expectedVersions=[number])
    return list(payload["errors"])


async def test_an_event_that_the_folder_names_no_more_stays(square: Square, tmp_path: Path) -> None:
    pool = await entered(tmp_path / "c", 2)
    await three_people_for(square)
    with frozen(NOW):
        await load(tmp_path / "c", pools=POOL % 2)
    event = await Event.get(slug="supper")
    page = await square.ask(await square.person(), EVENT, id=encode_id("Event", event.id))
    assert page["event"]["seats"]["taken"] == 2
    assert await counts(pool) == (2, 1, 1)
