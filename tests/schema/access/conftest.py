"""A client on behalf of an administrator, on a fresh database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from hub.settings import Settings
from tests.factories.people import insert_administrator
from tests.schema.acting import ActingClient, acting_client

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client on behalf of an administrator who has just proved who they are."""
    async with acting_client(database, now=NOW) as client:
        client.actor = await insert_administrator(at=NOW)
        yield client
