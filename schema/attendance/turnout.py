"""How something was attended, in GraphQL: for organisers and those who check people in."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.attendance.service.no_shows import Turnout, event_thing, session_thing, turnouts_of
from hub.records import Record
from schema.batching import batch_field


@strawberry.type(description="How many people have a seat, came, did not come (到场统计).")
class Attendance:
    """Over a turnout of `hub.attendance`."""

    registered: int = strawberry.field(description="People of all parties that have a seat.")
    attended: int = strawberry.field(description="People of the parties that came.")
    no_show: int = strawberry.field(description="People of the parties that did not (未到场).")
    arrived: int = strawberry.field(
        description="People who were counted at the door, one by one (实到人数)."
    )


async def _of_events(parents: list[Record], info: Info) -> list[Turnout | None]:
    things = [event_thing(parent.id) for parent in parents]
    return await turnouts_of(info.context.viewer, things)


async def _of_sessions(parents: list[Record], info: Info) -> list[Turnout | None]:
    things = [session_thing(parent) for parent in parents]
    return await turnouts_of(info.context.viewer, things)


_DESCRIPTION = "How it was attended; null where one may not CHECK_IN."


def event_attendance_field() -> Any:
    """How an event was attended."""
    return batch_field(_of_events, description=_DESCRIPTION)


def session_attendance_field() -> Any:
    """How a session of a course was attended."""
    return batch_field(_of_sessions, description=_DESCRIPTION)
