"""Every kind of content of the hub, in an order in which nothing refers to what comes later."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from hub.competitions import content as competitions
from hub.directory import models as directory_models
from hub.directory.content import kinds as directory
from hub.enrollment import content as enrollment
from hub.enrollment.service import changes as enrollment_changes
from hub.enrollment.service.lottery import commit_to_seeds
from hub.events import content as events
from hub.forms import content as forms
from hub.forms.service import keep_questions
from hub.honours import content as honours
from hub.kinds import Kind
from hub.learning import content as learning
from hub.records import Record

DISTRICT = "district"
"""The name of the one file that is a mapping, not a list of items."""

District = directory_models.District
"""The table behind that file; it has one row, `hub.directory.rules.DISTRICT_ID`."""

DistrictFile = directory.DistrictFile

KINDS: tuple[Kind, ...] = (
    *directory.KINDS,
    *forms.KINDS,
    *enrollment.KINDS,
    *learning.KINDS,
    *events.KINDS,
    *competitions.KINDS,
    *honours.KINDS,
)
KINDS_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}

Follower = Callable[[Sequence[Record], datetime], Awaitable[None]]
FOLLOWERS: Mapping[str, Follower] = {
    "forms": keep_questions,
    "pools": enrollment_changes.give_out_more,
}
"""What else a change of a kind brings about, in its transaction: given the rows as they were."""

Herald = Callable[[Sequence[UUID], datetime], Awaitable[None]]
HERALDS: Mapping[str, Herald] = {"pools": commit_to_seeds}
"""What new items of a kind bring about, in their transaction: given the ids of their rows."""
