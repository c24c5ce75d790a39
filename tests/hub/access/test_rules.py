"""Which role goes where, and what keeps an administrator in the hub."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.access.rules import (
    KEY_LASTS_MAX,
    HeldGrant,
    assert_administrator_remains,
    assert_grantable,
    assert_key_valid,
    is_key,
    key_digest,
)
from hub.auth import DISTRICT, PERMISSIONS, Action, Grant, Role, Scope, ScopeKind
from hub.errors import Conflict, Invalid
from hub.ids import new_id
from hub.permissions import GIVING_ACTIONS, ROLE_SCOPES, SERVICE_ACTIONS

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TOWN = Scope(ScopeKind.TOWN, new_id())
PLACE = Scope(ScopeKind.PLACE, new_id())
PROGRAM = Scope(ScopeKind.PROGRAM, new_id())


def test_every_role_has_its_scopes_and_its_giver() -> None:
    assert set(ROLE_SCOPES) == set(GIVING_ACTIONS) == set(Role)


def test_a_permission_is_only_given_where_its_role_can_be_held() -> None:
    for roles in PERMISSIONS.values():
        for role, kinds in roles.items():
            assert kinds <= ROLE_SCOPES[role]


@pytest.mark.parametrize(
    ("grant", "path"),
    [
        (Grant(Role.EDITOR, PROGRAM), None),
        (Grant(Role.EDITOR, TOWN, NOW + timedelta(days=1)), None),
        (Grant(Role.MERCHANT, PLACE), None),
        (Grant(Role.ADMINISTRATOR, DISTRICT), None),
        (Grant(Role.WORKER, DISTRICT), "scope"),
        (Grant(Role.MERCHANT, DISTRICT), "scope"),
        (Grant(Role.ADMINISTRATOR, TOWN), "scope"),
        (Grant(Role.MANAGER, PROGRAM), "scope"),
        (Grant(Role.EDITOR, Scope(ScopeKind.TOWN)), "scope"),
        (Grant(Role.EDITOR, Scope(ScopeKind.DISTRICT, new_id())), "scope"),
        (Grant(Role.EDITOR, DISTRICT, NOW), "expiresAt"),
    ],
)
def test_what_can_be_given(grant: Grant, path: str | None) -> None:
    if path is None:
        assert_grantable(grant, now=NOW)
        return
    with pytest.raises(Invalid) as caught:
        assert_grantable(grant, now=NOW)
    assert caught.value.path == ("input", path)


def held(*, ends: bool = False) -> HeldGrant:
    expires_at = NOW + timedelta(days=1) if ends else None
    return HeldGrant(new_id(), new_id(), Grant(Role.ADMINISTRATOR, DISTRICT, expires_at))


@pytest.mark.parametrize(
    ("taken", "remaining", "expected"),
    [
        ([held()], [held()], True),
        ([held(ends=True)], [held()], True),
        ([held(ends=True)], [held(ends=True)], True),
        ([held()], [held(ends=True)], False),
        ([held()], [], False),
        ([held(ends=True)], [], False),
        ([held(), held()], [], False),
    ],
)
def test_an_administrator_remains(
    taken: list[HeldGrant], remaining: list[HeldGrant], expected: bool
) -> None:
    without = [each.id for each in taken]
    if expected:
        assert_administrator_remains([*taken, *remaining], without=without)
        return
    with pytest.raises(Conflict):
        assert_administrator_remains([*taken, *remaining], without=without)


YEAR = NOW + KEY_LASTS_MAX


@pytest.mark.parametrize(
    ("name", "permissions", "expires_at", "path"),
    [
        ("frontend", [], YEAR, None),
        ("frontend", list(SERVICE_ACTIONS), NOW + timedelta(seconds=1), None),
        ("  ", [], YEAR, "name"),
        ("x" * 81, [], YEAR, "name"),
        ("frontend", [Action.GIVE_ROLES], YEAR, "permissions"),
        ("frontend", [Action.MANAGE_API_KEYS], YEAR, "permissions"),
        ("frontend", [], NOW, "expiresAt"),
        ("frontend", [], YEAR + timedelta(seconds=1), "expiresAt"),
    ],
)
def test_which_keys_can_be_made(
    name: str, permissions: list[Action], expires_at: datetime, path: str | None
) -> None:
    if path is None:
        assert_key_valid(name, permissions=permissions, expires_at=expires_at, now=NOW)
        return
    with pytest.raises(Invalid) as caught:
        assert_key_valid(name, permissions=permissions, expires_at=expires_at, now=NOW)
    assert caught.value.path == ("input", path)


def test_what_looks_like_a_key() -> None:
    assert is_key("hubkey_" + "a" * 43)
    assert not is_key("hubkey_" + "a" * 42)
    assert not is_key("a" * 50)
    assert key_digest("hubkey_a") != key_digest("hubkey_b")
