"""Competitions, their divisions, stages and prizes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.competitions.models import Competition, Division, Prize, Stage
from hub.competitions.rules import EntrantKind, StageKind
from hub.ids import new_id
from hub.pinyin import sort_key
from tests.factories.publishing import content, new_slug

STARTS_AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


async def competition(**values: Any) -> Competition:
    """A published competition of thirty days."""
    title = values.get("title", "快递员技能比武")
    starts_at = values.get("starts_at", STARTS_AT)
    defaults = {
        "title": title,
        "sort_name": sort_key(title),
        "organiser": "鄞州区总工会",
        "year": 2026,
        "timezone": "Asia/Shanghai",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(days=30),
    }
    return await Competition.create(**content("competition", {**defaults, **values}))


async def division(competition_id: UUID, **values: Any) -> Division:
    """A division of individuals."""
    defaults = {
        "slug": new_slug("division"),
        "name": "个人组",
        "entrant": EntrantKind.INDIVIDUAL,
        "position": 1,
    }
    return await Division.create(
        id=new_id(), competition_id=competition_id, **{**defaults, **values}
    )


async def stage(competition_id: UUID, **values: Any) -> Stage:
    """A final of one day."""
    starts_at = values.get("starts_at", STARTS_AT)
    defaults = {
        "slug": new_slug("stage"),
        "kind": StageKind.FINAL,
        "name": "决赛",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(days=1),
        "position": 1,
    }
    return await Stage.create(id=new_id(), competition_id=competition_id, **{**defaults, **values})


async def prize(competition_id: UUID, **values: Any) -> Prize:
    """A prize without money."""
    defaults = {"name": "一等奖", "quantity": 1, "position": 1}
    return await Prize.create(id=new_id(), competition_id=competition_id, **{**defaults, **values})
