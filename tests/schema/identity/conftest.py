"""What tests of signing in share: a hub with nobody in it, and every message it would send."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from hub.settings import Settings
from hub.sms.console import ConsoleSms
from tests.factories.identity import NOW, Inbox
from tests.schema.client import GraphQLClient, graphql_client


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Leave logging as it was: the application configures it for the whole process."""
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


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
