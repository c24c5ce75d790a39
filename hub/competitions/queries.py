"""Reads of competitions: divisions, stages, prizes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pypika_tortoise.terms import Criterion

from hub.auth import Viewer
from hub.competitions.models import Competition, Division, Prize, Stage
from hub.criteria import same, there_is
from hub.filters import FilterField, column
from hub.listing import Listing, Visible, everybody, parts_by
from hub.publishing import visible
from hub.records import (
    Ordering,
    Record,
    Select,
    fetch_locked,
    fetch_records,
    fetch_records_by,
    table_of,
)

_competition = table_of(Competition)


def _competition_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "year": column(_competition.year),
        "starts_at": column(_competition.starts_at),
        "ends_at": column(_competition.ends_at),
        "published_at": column(_competition.published_at),
    }


def _of_visible_competition(model: Any) -> Visible:
    """Divisions and stages are seen where their competition is."""
    table = table_of(model)

    def criteria(viewer: Viewer) -> Sequence[Criterion]:
        mine = same(_competition.id, table.competition_id)
        return (there_is(_competition, mine, visible(_competition, viewer.now)),)

    return criteria


COMPETITIONS = Listing(
    Competition,
    lambda viewer: (visible(_competition, viewer.now),),
    filters=_competition_filters,
    orders={"STARTS_AT": "starts_at", "PUBLISHED_AT": "published_at", "NAME": "sort_name"},
    default_order=(Ordering("starts_at", descending=True),),
)
DIVISIONS = Listing(
    Division,
    _of_visible_competition(Division),
    default_order=(Ordering("position"),),
    under={"competition_id": everybody},
)
STAGES = Listing(
    Stage,
    _of_visible_competition(Stage),
    default_order=(Ordering("position"),),
    under={"competition_id": everybody},
)


async def divisions_by_competition_ids(ids: Sequence[UUID]) -> list[list[Record]]:
    """Each competition's divisions in order, for competitions that are known to be seen."""
    return await parts_by(Division, ids, column="competition_id", order=("position", "id"))


async def stages_by_competition_ids(ids: Sequence[UUID]) -> list[list[Record]]:
    """Each competition's stages in order, for competitions that are known to be seen."""
    return await parts_by(Stage, ids, column="competition_id", order=("position", "id"))


async def prizes_by_competition_ids(ids: Sequence[UUID]) -> list[list[Record]]:
    """Each competition's prizes in order, for competitions that are known to be seen."""
    return await parts_by(Prize, ids, column="competition_id", order=("position", "id"))


async def competition_by_id(competition_id: UUID) -> Record | None:
    """The competition with this id, public or not."""
    return await _one(Competition, competition_id)


async def division_by_id(division_id: UUID) -> Record | None:
    """The division with this id, whether its competition is public or not."""
    return await _one(Division, division_id)


async def stage_by_id(stage_id: UUID) -> Record | None:
    """The stage with this id, whether its competition is public or not."""
    return await _one(Stage, stage_id)


async def competitions_by_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Competitions by id, public or not; for callers that have decided who may see them."""
    return {row.id: row for row in await fetch_records_by(Select(Competition), ids, column="id")}


async def divisions_by_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Divisions by id, likewise."""
    return {row.id: row for row in await fetch_records_by(Select(Division), ids, column="id")}


async def stages_by_ids(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Stages by id, likewise."""
    return {row.id: row for row in await fetch_records_by(Select(Stage), ids, column="id")}


async def locked_stage(stage_id: UUID) -> Record | None:
    """The stage, locked until this transaction ends: what is done to its scores goes in turn."""
    return await _locked(Stage, stage_id)


async def locked_competition(competition_id: UUID) -> Record | None:
    """The competition, locked until this transaction ends."""
    return await _locked(Competition, competition_id)


async def _one(model: Any, key: UUID) -> Record | None:
    rows = await fetch_records(Select(model, (table_of(model).id == key,)), limit=1)
    return rows[0] if rows else None


async def _locked(model: Any, key: UUID) -> Record | None:
    rows = await fetch_locked(Select(model, (table_of(model).id == key,)))
    return rows[0] if rows else None
