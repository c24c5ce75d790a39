"""Keys of services: made once, shown once, ended for good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.access.models import ApiKey
from hub.access.queries import service_actor
from hub.access.service import MadeKey, create_api_key, end_api_key, note_key_use
from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, DISTRICT, Action, Actor, Grant, Role
from hub.clock import frozen
from hub.database import recorded_statements
from hub.errors import Forbidden, HubError, Invalid, NotFound, StepUpRequired, Unauthenticated
from hub.ids import new_id
from hub.records import Record, Select, columns_of, fetch_records
from hub.revocation import Revocation
from tests.factories.people import actor, insert_administrator, insert_grant, service

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
END = NOW + timedelta(days=90)
PERMISSIONS = [Action.READ_PEOPLE, Action.READ_AUDIT]


async def make(who: Actor, **changes: Any) -> MadeKey:
    values = {"permissions": PERMISSIONS, "expires_at": END, **changes}
    with frozen(NOW):
        return await create_api_key(who, "鄞工惠 front end", **values)


async def keys() -> list[Record]:
    return await fetch_records(Select(ApiKey))


async def test_a_key_acts_for_its_service() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    assert made.token.startswith("hubkey_")
    with recorded_statements() as statements:
        found = await service_actor(made.token, NOW)
    assert len(statements) == 1
    assert found == Actor(
        service_id=made.row.id, permissions=frozenset(PERMISSIONS), label="鄞工惠 front end"
    )


async def test_the_token_is_kept_nowhere() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    rows = [*await keys(), *await fetch_records(Select(AuditEntry))]
    text = " ".join(str(getattr(row, name)) for row in rows for name in columns_of(row.model))
    assert made.token.removeprefix("hubkey_") not in text
    (entry,) = await fetch_records(Select(AuditEntry))
    assert entry.action == "access.key_created"
    assert "digest" not in entry.after
    assert entry.after["permissions"] == ["read_audit", "read_people"]


async def test_other_tokens_are_nobody() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    assert await service_actor(made.token, END) is None
    assert (
        await service_actor(made.token[:-1] + ("A" if made.token[-1] != "A" else "B"), NOW) is None
    )
    with recorded_statements() as statements:
        assert await service_actor("x" * 50, NOW) is None
        assert await service_actor(made.token + "x", NOW) is None
    assert not statements


async def test_an_ended_key_is_nobody_and_everybody_is_told() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    with frozen(NOW):
        row = await end_api_key(administrator, made.row.id)
        assert row.ended_at == NOW
        again = await end_api_key(administrator, made.row.id)
    assert again.ended_at == NOW
    assert await service_actor(made.token, NOW) is None
    (told,) = await fetch_records(Select(Revocation))
    assert told.service_id == made.row.id
    actions = [entry.action for entry in await fetch_records(Select(AuditEntry))]
    assert sorted(actions) == ["access.key_created", "access.key_ended"]


async def test_its_use_is_noted_to_the_minute() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    for seconds, expected in ((0, 0), (59, 0), (60, 60)):
        await note_key_use(made.row.id, NOW + timedelta(seconds=seconds))
        (row,) = await keys()
        assert row.last_used_at == NOW + timedelta(seconds=expected)
    await note_key_use(new_id(), NOW)


async def refusals() -> list[tuple[Actor, type[HubError]]]:
    administrator = await insert_administrator(at=NOW)
    person_id = new_id()
    await insert_grant(Role.MANAGER, at=NOW, person_id=person_id)
    manager = actor(Grant(Role.MANAGER, DISTRICT), at=NOW, person_id=person_id)
    return [
        (ANONYMOUS, Unauthenticated),
        (manager, Forbidden),
        (service(Action.READ_PEOPLE), Forbidden),
        (replace(administrator, has_second_factor=False), Forbidden),
        (replace(administrator, stepped_up_at=NOW - timedelta(minutes=5)), StepUpRequired),
    ]


async def test_refusals_of_making() -> None:
    for who, refusal in await refusals():
        with pytest.raises(refusal):
            await make(who)
    administrator = await insert_administrator(at=NOW)
    for change in ({"permissions": [Action.GIVE_ROLES]}, {"expires_at": NOW}):
        with pytest.raises(Invalid):
            await make(administrator, **change)
    assert await keys() == []
    assert await fetch_records(Select(AuditEntry)) == []


async def test_refusals_of_ending() -> None:
    administrator = await insert_administrator(at=NOW)
    made = await make(administrator)
    for who, refusal in await refusals():
        with frozen(NOW), pytest.raises(refusal):
            await end_api_key(who, made.row.id)
    with frozen(NOW), pytest.raises(NotFound):
        await end_api_key(administrator, new_id())
    (row,) = await keys()
    assert row.ended_at is None
    assert len(await fetch_records(Select(AuditEntry))) == 1
    assert await fetch_records(Select(Revocation)) == []
