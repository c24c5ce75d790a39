"""People and places of applications: an applicant, a town with its street, a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub.auth import Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.directory.models import FriendlyStreet, Town
from hub.editing.rules import ItemId
from hub.ids import new_id
from hub.merchants.rules import Decision
from hub.merchants.service.applications import (
    Proposal,
    Verdict,
    apply_as_merchant,
    decide_application,
)
from hub.records import Record
from schema.access import LOOKUPS
from tests.factories import directory
from tests.factories.editors import NOW
from tests.factories.identity import insert_person
from tests.factories.people import insert_grant

OFFER: Mapping[str, Any] = {
    "kind": "meal",
    "title": "十元面",
    "audience": "骑手",
    "daily_quota": 10,
    "schedule": [{"days": ["wed"], "opens": "14:00", "closes": "16:00"}],
}
HOURS = {"weekly": [{"days": ["mon", "tue"], "opens": "09:00", "closes": "21:00"}]}
CONTACT = "王老板"


def applicant(person_id: UUID | None = None) -> Viewer:
    """A worker who is signed in."""
    return Viewer(Actor(person_id=person_id or new_id(), session_id=new_id()), NOW)


async def reviewer_of(town_id: UUID | None, *, role: Role = Role.REVIEWER) -> Viewer:
    """Somebody who holds a role for a town, or the district, as the database knows too."""
    scope = Scope(ScopeKind.TOWN, town_id) if town_id else Scope(ScopeKind.DISTRICT)
    person_id = new_id()
    await insert_grant(role, at=NOW, person_id=person_id, scope=scope)
    grants = (Grant(role, scope),)
    actor = Actor(person_id=person_id, session_id=new_id(), grants=grants, has_second_factor=True)
    return Viewer(actor, NOW)


@dataclass
class Quarter:
    """A town with a friendly street, its reviewer, and somebody who wants to join."""

    town: Town
    street: FriendlyStreet
    reviewer: Viewer
    person: Record
    viewer: Viewer = field(init=False)

    def __post_init__(self) -> None:
        self.viewer = applicant(self.person.id)

    def shop(self, **changes: Any) -> dict[str, Any]:
        """What the applicant says of the shop."""
        return {
            "name": "老王面馆",
            "category": "restaurant",
            "town": ItemId(("towns",), self.town.id),
            "street": ItemId(("friendly_streets",), self.street.id),
            "address": "潘火路 1 号",
            "location": {"latitude": 29.8, "longitude": 121.5},
            "phone": "0574-11112222",
            "summary": "手工面",
            "hours": HOURS,
            **changes,
        }

    def proposal(self, *offerings: Mapping[str, Any], **changes: Any) -> Proposal:
        """A proposal of that shop."""
        return Proposal(self.shop(**changes), offerings or [OFFER], CONTACT)

    async def apply(self, **changes: Any) -> Record:
        """The applicant's application."""
        return await apply_as_merchant(self.viewer, proposal=self.proposal(**changes))

    async def decide(
        self,
        row: Record,
        decision: Decision,
        reason: str = "说明",
        *,
        by: Viewer | None = None,
        version: int | None = None,
    ) -> Record:
        """The application after a reviewer's decision."""
        return await decide_application(
            by or self.reviewer,
            row.id,
            expected_version=version or row.version,
            verdict=Verdict(decision, reason),
            lookups=LOOKUPS,
        )


async def make_quarter() -> Quarter:
    """A quarter in the open database."""
    town = await directory.town(name="潘火街道")
    street = await directory.street(name="潘火路", town_id=town.id)
    person = await insert_person(at=NOW)
    return Quarter(town, street, await reviewer_of(town.id), person)
