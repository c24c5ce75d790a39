"""People who sign up, on a database of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from hub.audit.models import AuditEntry
from hub.auth import DISTRICT, Actor, Grant, Role, Scope
from hub.database import fetch_all
from hub.enrollment.models import Pool
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import events
from tests.factories.enrollment import pool as make_pool
from tests.factories.identity import NOW, insert_person
from tests.factories.people import actor
from tests.schema.acting import ActingClient, acting_client
from tests.schema.attendance.documents import REGISTER

_KEPT = (
    *("registration", "pool", "pool_quota", "audit_entry", "idempotency_key"),
    *("check_in", "calendar_feed"),
)


@dataclass
class Square:
    """A client that speaks for whoever acts, and the things that are signed up for."""

    client: ActingClient
    _numbers: Any = field(default_factory=lambda: count(1))

    async def person(self) -> Actor:
        """Somebody who has an account and is signed in."""
        return await self.person_with(self.phone())

    async def person_with(self, phone: str) -> Actor:
        """Somebody who has an account with this phone and is signed in."""
        row = await insert_person(phone, at=NOW)
        return actor(at=NOW, person_id=row.id)

    def phone(self) -> str:
        """A phone that nobody else has."""
        return f"139{next(self._numbers):08d}"

    def organiser(self, *, role: Role = Role.EDITOR, scope: Scope | None = None) -> Actor:
        """Somebody who works for the union, for the whole district unless said."""
        return actor(Grant(role, scope or DISTRICT), at=NOW)

    def key(self) -> str:
        """A key that was never used."""
        return f"key-{next(self._numbers)}"

    async def do(self, who: Actor, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        self.client.actor = who
        data = await self.client.ask(document, {"input": given})
        payload: dict[str, Any] = next(iter(data.values()))
        return payload

    async def done(self, who: Actor, document: str, **given: Any) -> dict[str, Any]:
        """The registration that a mutation gives."""
        payload = await self.do(who, document, **given)
        assert payload["errors"] == []
        registration: dict[str, Any] = payload["registration"]
        return registration

    async def refused(self, who: Actor, document: str, **given: Any) -> dict[str, Any]:
        """The one refusal of a mutation, after which everything is as it was."""
        before = await stored()
        payload = await self.do(who, document, **given)
        (error,) = payload["errors"]
        assert payload["registration"] is None
        assert error["message"]
        assert await stored() == before
        refusal: dict[str, Any] = error
        return refusal

    async def register(self, who: Actor, event: UUID, **given: Any) -> dict[str, Any]:
        """A registration for an event, with a key of its own unless said."""
        return await self.done(who, REGISTER, **self.for_event(event, **given))

    def for_event(self, event: UUID, **given: Any) -> dict[str, Any]:
        """The input of a registration for an event."""
        return {"eventId": encode_id("Event", event), "idempotencyKey": self.key(), **given}

    async def ask(self, who: Actor, document: str, **given: Any) -> dict[str, Any]:
        """The data of a query."""
        self.client.actor = who
        return await self.client.ask(document, given)


async def stored() -> dict[str, list[str]]:
    """Everything that a sign-up may change."""
    return {
        table: sorted(str(tuple(row)) for row in await fetch_all(f"SELECT * FROM {table}", []))
        for table in _KEPT
    }


async def counts(pool: Pool) -> tuple[int, int, int]:
    """What a pool counts: seats taken, seats waited for, parties that wait."""
    row = await Pool.get(id=pool.id)
    return row.taken, row.waiting, row.waiting_parties


async def actions() -> list[str]:
    """What the audit has written down of registrations, oldest first."""
    rows = await AuditEntry.filter(action__startswith="registration.").order_by("id")
    return [row.action for row in rows]


async def seated_event(**values: Any) -> tuple[Pool, UUID]:
    """A pool as `values` say and an event with its seats."""
    pool = await make_pool(**values)
    event = await events.event(pool_id=pool.id)
    return pool, event.id


@pytest.fixture
async def square(database: Settings) -> AsyncIterator[Square]:
    """An empty square at NOW."""
    async with acting_client(database, now=NOW) as client:
        yield Square(client)
