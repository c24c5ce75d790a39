"""Where registrations are for: the scopes in which somebody has to hold a role to see to them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from hub.attendance.queries import occasions_of
from hub.attendance.rules import Occasion
from hub.auth import Action, Scope, ScopeKind, Viewer, is_allowed
from hub.directory.queries import PLACES
from hub.records import Record, Select, fetch_records_by


async def occasions_within(
    viewer: Viewer, rows: Sequence[Record], *, action: Action
) -> dict[UUID, Occasion | None]:
    """What those of the registrations are for that lie where the viewer may do `action`, by id.

    A statement for each table of what they are for, and one for the places.
    """
    occasions = dict(zip([row.id for row in rows], await occasions_of(rows), strict=True))
    towns = await _towns_of_places([each for each in occasions.values() if each is not None])
    return {
        key: occasion
        for key, occasion in occasions.items()
        if is_allowed(viewer.actor, action, on=scopes_of(occasion, towns), now=viewer.now)
    }


async def _towns_of_places(occasions: Sequence[Occasion]) -> dict[UUID, UUID | None]:
    ids = [each.place_id for each in occasions if each.place_id is not None]
    rows = await fetch_records_by(Select(PLACES.model), ids, column="id")
    return {row.id: row.town_id for row in rows}


def scopes_of(occasion: Occasion | None, towns: Mapping[UUID, UUID | None]) -> list[Scope]:
    """The town, programme and place of an occasion, and the town that the place lies in."""
    if occasion is None:
        return []
    place_id = occasion.place_id
    keys = (
        (ScopeKind.TOWN, occasion.town_id),
        (ScopeKind.PROGRAM, occasion.program_id),
        (ScopeKind.PLACE, place_id),
        (ScopeKind.TOWN, towns.get(place_id) if place_id is not None else None),
    )
    return [Scope(kind, key) for kind, key in keys if key is not None]
