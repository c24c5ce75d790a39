"""A client on behalf of an administrator, on a fresh database."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import structlog

from hub.settings import Settings
from tests.factories.people import insert_administrator
from tests.schema.acting import ActingClient, acting_client

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Leave logging as it was: the application configures it for the whole process."""
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.fixture
async def client(database: Settings) -> AsyncIterator[ActingClient]:
    """A client on behalf of an administrator who has just proved who they are."""
    async with acting_client(database, now=NOW) as client:
        client.actor = await insert_administrator(at=NOW)
        yield client
