"""A competition that is judged: organisers, judges, entrants and teams, made as the hub makes them.

Everybody is in the database, for registrations refer to people.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.auth import DISTRICT, Actor, Grant, Role, Viewer
from hub.competitions.models import Competition, Division, Stage
from hub.competitions.rules import EntrantKind
from hub.contests.queries.entries import entry_by_id
from hub.contests.service.entering import NewEntry, enter
from hub.contests.service.judging import Scores, assign_judge, submit_scores
from hub.contests.service.teams import create_invitation, join
from hub.database import fetch_all, transaction
from hub.enrollment.rules import Subject, SubjectKind
from hub.identity.queries import person_by_phone
from hub.ids import new_id
from hub.records import Record
from tests.factories import competitions, enrollment, identity

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
FREEZE = NOW + timedelta(days=1)
CRITERIA = [
    {"slug": "safety", "label": "安全", "maximum": 100, "weight": "0.60"},
    {"slug": "speed", "label": "速度", "maximum": 100, "weight": "0.40"},
]

_TABLES = (
    *("admission", "entry", "team", "team_member", "team_invitation", "stage_scoring"),
    *("stage_entry", "stage_judge", "conflict_of_interest", "score_sheet", "stage_result"),
    *("objection", "medal", "honour", "laureate", "audit_entry", "idempotency_key"),
)


async def viewer(name: str = "王小哥", *, role: Role | None = None, at: datetime = NOW) -> Viewer:
    """Somebody new of this name who is signed in."""
    count = len(await fetch_all("SELECT id FROM person", []))
    row = await identity.insert_person(f"139{count:08}", at=at)
    await fetch_all(f"UPDATE person SET display_name = '{name}' WHERE id = '{row.id}'", [])
    grants = (Grant(role, DISTRICT),) if role else ()
    person = await person_by_phone(f"139{count:08}")
    assert person is not None
    actor = Actor(person_id=row.id, session_id=new_id(), grants=grants, has_second_factor=True)
    return Viewer(actor, at)


async def organiser(at: datetime = NOW) -> Viewer:
    """A manager of the district."""
    return await viewer("主办方", role=Role.MANAGER, at=at)


def later(who: Viewer, **after: float) -> Viewer:
    """The same person, so long after NOW."""
    return Viewer(who.actor, NOW + timedelta(**after))


def person_of(who: Viewer) -> UUID:
    """The id of who is signed in."""
    assert who.actor.person_id is not None
    return who.actor.person_id


async def competition(**values: Any) -> Competition:
    """A competition whose rosters freeze at FREEZE."""
    given = {"registration_closes_at": FREEZE, "starts_at": NOW - timedelta(days=9), **values}
    return await competitions.competition(**given)


async def team_division(competition_id: UUID, **values: Any) -> Division:
    """A division of teams of two or three."""
    given = {"entrant": EntrantKind.TEAM, "team_size_minimum": 2, "team_size_maximum": 3}
    return await competitions.division(competition_id, name="团体组", **{**given, **values})


async def stage(competition_id: UUID, **values: Any) -> Stage:
    """A stage judged by two criteria."""
    return await competitions.stage(competition_id, **{"criteria": CRITERIA, **values})


async def competition_of(part: Division | Stage) -> UUID:
    """The id of the competition that a division or a stage belongs to."""
    await part.fetch_related("competition")
    competition_id: UUID = part.competition.id
    return competition_id


async def entered(who: Viewer, division: Division, **values: Any) -> Record:
    """Somebody's entry, with a registration of its own."""
    competition_id = await competition_of(division)
    subject = Subject(SubjectKind.COMPETITION, competition_id, division.id, is_once=False)
    registration = await enrollment.signed_up(
        person_of(who), pool=values.pop("pool", None), now=who.now, subject=subject
    )
    wish = NewEntry(registration.id, division.id, **values)
    entry_id = await transaction(lambda: enter(who, wish))
    row = await entry_by_id(entry_id)
    assert row is not None
    return row


async def joined(captain: Viewer, team: Record, who: Viewer) -> Record:
    """Somebody's membership by a fresh code of the captain's."""
    _, code, _ = await create_invitation(captain, team.id)
    return await join(who, code, idempotency_key=str(new_id()))


async def judge(manager: Viewer, stage_id: UUID, name: str = "评委") -> Viewer:
    """Somebody who judges a stage."""
    who = await viewer(name)
    await assign_judge(manager, stage_id, person_id=person_of(who))
    return who


def points(safety: object, speed: object) -> list[tuple[str, Decimal]]:
    """Points for both criteria."""
    return [("safety", Decimal(str(safety))), ("speed", Decimal(str(speed)))]


async def score(
    who: Viewer, stage_id: UUID, entry: Record, *, safety: object, speed: object
) -> Record:
    """A judge's sheet for an entry."""
    return await submit_scores(who, stage_id, scores=Scores(entry.id, points(safety, speed)))


async def stored() -> dict[str, list[str]]:
    """Everything of contests in the database, to tell that nothing was changed."""
    return {
        table: sorted(str(tuple(row)) for row in await fetch_all(f"SELECT * FROM {table}", []))
        for table in _TABLES
    }
