"""Courses to edit, and everything that a refusal must leave as it was."""

from collections.abc import Awaitable
from typing import Any

import pytest

from hub.database import fetch_all
from hub.editing.queries import newest_revision, standing_of
from hub.editing.rules import ItemId
from hub.errors import HubError
from hub.records import Record
from tests.factories import learning

NEW = {"title": "新课", "level": "beginner", "delivery": "online"}
TABLES = (
    *("course", "lesson", "friendly_street", "offering", "place"),
    *("revision", "preview_link", "audit_entry"),
)


async def rows() -> list[Any]:
    """Every row of the tables that editing writes."""
    found = []
    for table in TABLES:
        answer = await fetch_all(f'SELECT * FROM "{table}" ORDER BY id', [])
        found.append([tuple(row) for row in answer])
    return found


async def refused(deed: Awaitable[Any], kind: type[HubError]) -> HubError:
    """The refusal of a deed, after which everything is as before."""
    before = await rows()
    with pytest.raises(kind) as raised:
        await deed
    assert type(raised.value) is kind
    assert await rows() == before
    return raised.value


async def a_course(**values: Any) -> tuple[ItemId, Any]:
    """A live course."""
    row = await learning.course(**values)
    return ItemId(("courses",), row.id), row


async def live_of(item: ItemId) -> Record:
    """The live row of an item."""
    standing = await standing_of(item)
    assert standing is not None
    assert standing.live is not None
    return standing.live


async def title_of(item: ItemId) -> str:
    """What the live row is called."""
    return str((await live_of(item)).title)


async def newest_of(item: ItemId) -> Record:
    """The newest revision of an item."""
    assert item.id is not None
    newest = await newest_revision(item.id)
    assert newest is not None
    return newest
