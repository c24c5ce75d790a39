"""Somebody who keeps a shop, and everything that a refusal must leave as it was."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import pytest

from hub.auth import Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.database import fetch_all
from hub.directory.models import Place
from hub.errors import HubError
from hub.ids import new_id
from tests.factories import directory
from tests.factories.editors import NOW

TABLES = ("place", "offering", "opening_interval", "place_amenity", "revision", "audit_entry")


@dataclass
class Shop:
    """A shop and the viewer who keeps it."""

    place: Place
    viewer: Viewer


def keeper_of(*place_ids: Any, role: Role = Role.MERCHANT) -> Viewer:
    """Somebody who keeps these places."""
    grants = tuple(Grant(role, Scope(ScopeKind.PLACE, each)) for each in place_ids)
    return Viewer(Actor(person_id=new_id(), session_id=new_id(), grants=grants), NOW)


@pytest.fixture
async def shop(database: object) -> Shop:
    """A published shop with its keeper."""
    return await a_shop()


async def a_shop() -> Shop:
    """Another one."""
    place = await directory.merchant(name="老王饭店", phone="0574-11112222", summary="面馆")
    await directory.weekly_hours(place.id, 480, 1_200, weekdays=(1, 2))
    return Shop(place, keeper_of(place.id))


async def stored(*tables: str) -> list[Any]:
    """Every row of these tables."""
    found = []
    for table in tables or TABLES:
        answer = await fetch_all(f'SELECT * FROM "{table}"', [])
        found.append(sorted(str(tuple(row)) for row in answer))
    return found


async def refused(deed: Awaitable[Any], kind: type[HubError], *tables: str) -> HubError:
    """The refusal of a deed, after which everything is as before."""
    before = await stored(*tables)
    with pytest.raises(kind) as raised:
        await deed
    assert type(raised.value) is kind
    assert await stored(*tables) == before
    return raised.value
