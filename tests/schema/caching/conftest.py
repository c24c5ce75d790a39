"""A hub that keeps answers, at an instant of choice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.models import Model

from hub.bulk import update_rows
from hub.settings import Settings
from tests.schema.client import Answer, GraphQLClient, graphql_client

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def keeping(settings: Settings, **changes: object) -> Settings:
    """The same settings with a response cache, and without the line that every request logs."""
    values = {"response_cache_bytes": 1 << 20, "log_level": "WARNING", **changes}
    return settings.model_copy(update=values)


@pytest.fixture
async def hub(settings: Settings) -> AsyncIterator[GraphQLClient]:
    """A client of an empty hub that keeps answers."""
    async with graphql_client(keeping(settings), now=NOW) as client:
        yield client


def told(answer: Answer) -> str:
    """What an answer says of the cache: HIT, MISS, or why it was not kept."""
    cache = answer.body["extensions"]["cache"]
    return str(cache.get("reason") or cache["status"])


async def rewrite(row: Model, **values: Any) -> None:
    """Change columns of a stored row, as services do."""
    row_id = row.id  # type: ignore[attr-defined]
    await update_rows(type(row), [{"id": row_id, **values}], columns=list(values))
