"""Reads of honours and of those who received them."""

from collections.abc import Mapping, Sequence

from pypika_tortoise.terms import Criterion

from hub.auth import Viewer
from hub.criteria import same, there_is
from hub.directory.queries import PLACES
from hub.filters import FilterField, column
from hub.honours.models import Honour, Laureate
from hub.listing import Listing, refers_to
from hub.publishing import visible
from hub.records import Ordering, table_of

_honour = table_of(Honour)
_laureate = table_of(Laureate)


def _honour_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "level": column(_honour.level),
        "kind": column(_honour.kind),
        "published_at": column(_honour.published_at),
    }


def _laureate_filters(viewer: Viewer) -> Mapping[str, FilterField]:
    return {
        "honour": column(_laureate.honour_id),
        "town": column(_laureate.town_id),
        "place": refers_to(_laureate.place_id, PLACES, viewer=viewer),
        "year": column(_laureate.year),
        "published_at": column(_laureate.published_at),
    }


def _visible_laureates(viewer: Viewer) -> Sequence[Criterion]:
    """A laureate is seen where the honour is seen too."""
    of_honour = same(_honour.id, _laureate.honour_id)
    seen = there_is(_honour, of_honour, visible(_honour, viewer.now))
    return visible(_laureate, viewer.now), seen


HONOURS = Listing(
    Honour,
    lambda viewer: (visible(_honour, viewer.now),),
    filters=_honour_filters,
    orders={"POSITION": "position", "NAME": "sort_name", "PUBLISHED_AT": "published_at"},
    default_order=(Ordering("position"),),
)
LAUREATES = Listing(
    Laureate,
    _visible_laureates,
    filters=_laureate_filters,
    orders={"POSITION": "position", "NAME": "sort_name", "PUBLISHED_AT": "published_at"},
    default_order=(Ordering("position"),),
    under={"honour_id": lambda viewer: (visible(_laureate, viewer.now),)},
)
