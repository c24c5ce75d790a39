"""What tests of signing in share: a hub with nobody in it, and every message it would send."""

from collections.abc import AsyncIterator

import pytest

from hub.settings import Settings
from hub.sms.console import ConsoleSms
from tests.factories.identity import NOW, Inbox
from tests.schema.client import GraphQLClient, graphql_client


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """Every message that would have been sent."""
    box = Inbox()

    async def send(_self: ConsoleSms, phone: str, purpose: str, *, code: str) -> None:
        box.messages.append((phone, purpose, code))

    monkeypatch.setattr(ConsoleSms, "send", send)
    return box


@pytest.fixture
async def client(settings: Settings, inbox: Inbox) -> AsyncIterator[GraphQLClient]:
    """A client of a freshly started hub, at NOW, signed in as nobody."""
    quiet = settings.model_copy(update={"log_level": "WARNING"})
    async with graphql_client(quiet, now=NOW) as hub:
        yield hub
