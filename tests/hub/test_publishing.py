"""Publication: the state of an item at an instant, in Python by table and in SQL against it."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest

from hub.database import transaction
from hub.learning.models import Program
from hub.publishing import PublicationState, StoredState, state_at, visible
from hub.records import Select, fetch_records, table_of
from hub.settings import Settings
from tests.factories import learning

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BEFORE, AFTER = NOW - TICK, NOW + TICK

DRAFT, PUBLISHED, ARCHIVED = StoredState.DRAFT, StoredState.PUBLISHED, StoredState.ARCHIVED


@pytest.mark.parametrize(
    ("state", "published_at", "expires_at", "expected"),
    [
        (DRAFT, None, None, PublicationState.DRAFT),
        (DRAFT, BEFORE, None, PublicationState.DRAFT),
        (DRAFT, BEFORE, BEFORE, PublicationState.DRAFT),
        (ARCHIVED, BEFORE, None, PublicationState.ARCHIVED),
        (ARCHIVED, None, None, PublicationState.ARCHIVED),
        (ARCHIVED, AFTER, BEFORE, PublicationState.ARCHIVED),
        (PUBLISHED, None, None, PublicationState.DRAFT),
        (PUBLISHED, AFTER, None, PublicationState.SCHEDULED),
        (PUBLISHED, AFTER, AFTER, PublicationState.SCHEDULED),
        (PUBLISHED, NOW, None, PublicationState.PUBLISHED),
        (PUBLISHED, BEFORE, None, PublicationState.PUBLISHED),
        (PUBLISHED, BEFORE, AFTER, PublicationState.PUBLISHED),
        (PUBLISHED, BEFORE, NOW, PublicationState.EXPIRED),
        (PUBLISHED, BEFORE, BEFORE, PublicationState.EXPIRED),
    ],
)
def test_state_at(
    state: StoredState,
    published_at: datetime | None,
    expires_at: datetime | None,
    expected: PublicationState,
) -> None:
    found = state_at(state, published_at=published_at, expires_at=expires_at, now=NOW)
    assert found is expected


async def test_what_is_visible_is_what_is_published(database: Settings) -> None:
    """Every state with every place of the window around every instant, to the microsecond."""
    whole = NOW
    edges = [whole - TICK, whole, whole + TICK, whole + timedelta(seconds=1), None]

    async def store() -> None:
        for state, published_at, expires_at in product(StoredState, edges, edges):
            await learning.program(state=state, published_at=published_at, expires_at=expires_at)

    await transaction(store)
    rows = await Program.all()
    sizes = set()
    for now in (*filter(None, edges), NOW.astimezone(timezone(timedelta(hours=8)))):
        select = Select(Program).where(visible(table_of(Program), now))
        seen = {row.id for row in await fetch_records(select)}
        assert seen == {
            row.id
            for row in rows
            if state_at(
                row.state, published_at=row.published_at, expires_at=row.expires_at, now=now
            )
            is PublicationState.PUBLISHED
        }
        sizes.add(len(seen))
    assert min(sizes) > 0
    assert max(sizes) < len(rows)
    assert len(sizes) > 1
