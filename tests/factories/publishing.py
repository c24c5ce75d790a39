"""What every row of content has: a fresh id and slug, and the state that readers see."""

from datetime import UTC, datetime
from typing import Any

from hub import clock
from hub.ids import new_id
from hub.publishing import StoredState

PUBLISHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""Before every instant that tests ask at, unless they say otherwise."""


def new_slug(prefix: str) -> str:
    """A slug that no other row has."""
    return f"{prefix}-{new_id().hex[-12:]}"


def content(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    """`values` with the columns of content that they leave out, published and in its window."""
    now = clock.now()
    return {
        "id": new_id(),
        "slug": new_slug(prefix),
        "state": StoredState.PUBLISHED,
        "published_at": PUBLISHED_AT,
        "created_at": now,
        "updated_at": now,
        **values,
    }
