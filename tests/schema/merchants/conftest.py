"""A shop in a hub where people really sign in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hub.auth import Role, Scope, ScopeKind
from hub.directory.models import Place
from hub.settings import Settings
from hub.sms.console import ConsoleSms
from schema.relay import encode_id
from tests.factories import directory
from tests.factories.identity import NOW, PHONE, Inbox, insert_person
from tests.factories.people import insert_grant
from tests.schema.client import GraphQLClient, graphql_client
from tests.schema.identity.steps import sign_in


@dataclass
class Street:
    """Two shops side by side, the keeper of the first, and a client that is nobody yet."""

    client: GraphQLClient
    mine: Place
    neighbours: Place
    inbox: Inbox = field(repr=False)

    @property
    def my_id(self) -> str:
        """The global id of the keeper's shop."""
        return encode_id("Merchant", self.mine.id)

    @property
    def neighbours_id(self) -> str:
        """The global id of the other shop."""
        return encode_id("Merchant", self.neighbours.id)

    async def enter(self, phone: str = PHONE) -> None:
        """Sign in with a phone and go on as its person."""
        self.client.token = None
        await sign_in(self.client, self.inbox, phone=phone)

    def leave(self) -> None:
        """Go on as the public."""
        self.client.token = None

    async def do(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        payload: dict[str, Any] = next(
            iter((await self.client.ask(document, {"input": given})).values())
        )
        return payload


@pytest.fixture
async def street(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    """The street at NOW; the keeper of `mine` has PHONE."""
    inbox = Inbox()

    async def send(_self: ConsoleSms, phone: str, purpose: str, *, code: str) -> None:
        inbox.messages.append((phone, purpose, code))

    monkeypatch.setattr(ConsoleSms, "send", send)
    quiet = settings.model_copy(update={"log_level": "WARNING"})
    async with graphql_client(quiet, now=NOW) as client:
        mine = await directory.merchant(name="老王饭店", published_at=NOW)
        neighbours = await directory.merchant(name="隔壁理发店", published_at=NOW)
        person = await insert_person(PHONE, at=NOW)
        scope = Scope(ScopeKind.PLACE, mine.id)
        await insert_grant(Role.MERCHANT, at=NOW, person_id=person.id, scope=scope)
        yield Street(client, mine, neighbours, inbox)
