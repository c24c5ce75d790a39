"""Every kind of content of the hub, in an order in which nothing refers to what comes later."""

from collections.abc import Mapping

from hub.competitions import content as competitions
from hub.directory import models as directory_models
from hub.directory.content import kinds as directory
from hub.events import content as events
from hub.honours import content as honours
from hub.kinds import Kind
from hub.learning import content as learning

DISTRICT = "district"
"""The name of the one file that is a mapping, not a list of items."""

District = directory_models.District
"""The table behind that file; it has one row, `hub.directory.rules.DISTRICT_ID`."""

DistrictFile = directory.DistrictFile

KINDS: tuple[Kind, ...] = (
    *directory.KINDS,
    *learning.KINDS,
    *events.KINDS,
    *competitions.KINDS,
    *honours.KINDS,
)
KINDS_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
