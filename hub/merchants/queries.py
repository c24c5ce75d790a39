"""Reads of those who keep places: a place or an offering that is theirs to change."""

from uuid import UUID

from hub.auth import Action, Viewer, is_allowed
from hub.catalogue import KINDS_BY_NAME
from hub.editing.queries import Standing, standing_of
from hub.editing.rules import ItemId, is_wording_open
from hub.merchants.rules import PLACE_KINDS, place_scopes
from hub.publishing import StoredState
from hub.records import Record, Select, fetch_records, fetch_records_by, table_of


async def kept_place(
    viewer: Viewer, place_id: UUID | None, *, action: Action, kinds: tuple[str, ...] = PLACE_KINDS
) -> Standing | None:
    """The place with this id where it is the viewer's to do `action` to; None for any other."""
    standing = await standing_of(ItemId(kinds, place_id))
    if standing is None or not _is_there(standing.live):
        return None
    assert standing.live is not None
    scopes = place_scopes(standing.item_id, standing.live.town_id)
    return standing if is_allowed(viewer.actor, action, on=scopes, now=viewer.now) else None


async def kept_offering(viewer: Viewer, offering_id: UUID | None) -> Standing | None:
    """The offering with this id where its place is the viewer's to manage; None for any other.

    A new one that waits for a reviewer, or was rejected, has no live row.
    """
    standing = await standing_of(ItemId(("offerings",), offering_id))
    place_id = _place_of(standing) if standing else None
    if place_id is None:
        return None
    place = await kept_place(viewer, place_id, action=Action.MANAGE_OFFERINGS)
    return standing if place is not None else None


def _place_of(standing: Standing) -> UUID | None:
    """The place of an offering that is there; of a draft only where keepers wrote it."""
    live, newest = standing.live, standing.newest
    if live is not None:
        return live.place_id if _is_there(live) else None
    if newest is None or not is_wording_open(newest.state, place_id=newest.place_id):
        return None
    key: UUID = newest.place_id
    return key


def _is_there(live: Record | None) -> bool:
    return live is not None and live.state is not StoredState.ARCHIVED


async def row_of(kind_name: str, item_id: UUID) -> Record:
    """A live row, whoever may see it: for those who have just written it."""
    model = KINDS_BY_NAME[kind_name].model
    return (await fetch_records_by(Select(model), [item_id], column="id"))[0]


async def next_position(place_id: UUID) -> int:
    """The position after the last offering of a place."""
    model = KINDS_BY_NAME["offerings"].model
    rows = await fetch_records(Select(model, (table_of(model).place_id == place_id,)))
    return max((row.position for row in rows), default=0) + 1
