"""Clients of the running application over the sample district and over an empty hub."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from hub import listing
from hub.catalogue import KINDS
from hub.settings import Settings
from tests.schema.client import GraphQLClient, graphql_client

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""A Wednesday, 10:00 in Ningbo."""


def quiet(settings: Settings) -> Settings:
    """The same settings without the line that every request logs."""
    return settings.model_copy(update={"log_level": "WARNING"})


@pytest.fixture
async def hub(sample_settings: Settings) -> AsyncIterator[GraphQLClient]:
    """A client of a hub with the sample district, at `NOW`."""
    async with graphql_client(quiet(sample_settings), now=NOW) as client:
        yield client


@pytest.fixture
async def empty_hub(settings: Settings) -> AsyncIterator[GraphQLClient]:
    """A client of a hub with nothing in it, which tests may fill."""
    async with graphql_client(quiet(settings), now=NOW) as client:
        yield client


@pytest.fixture
def without_the_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every row of content is seen by everybody; no statement from before or after is kept."""
    kept = listing._page_template, listing._look_template
    for module in sorted({kind.model.__module__.replace(".models", ".queries") for kind in KINDS}):
        monkeypatch.setattr(f"{module}.visible", lambda table, now: table.id.notnull())
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()
