"""Who edits: actors with the roles that tests need, without rows behind them."""

from datetime import UTC, datetime
from uuid import UUID

from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.ids import new_id

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)


def actor(role: Role, *scopes: Scope) -> Actor:
    """Somebody with a role for these scopes, for the district where none is named."""
    grants = tuple(Grant(role, scope) for scope in scopes or (DISTRICT,))
    return Actor(person_id=new_id(), session_id=new_id(), grants=grants, has_second_factor=True)


def editor(*scopes: Scope, now: datetime = NOW) -> Viewer:
    """An editor at `now`."""
    return Viewer(actor(Role.EDITOR, *scopes), now)


def reviewer(*scopes: Scope, now: datetime = NOW) -> Viewer:
    """A reviewer at `now`."""
    return Viewer(actor(Role.REVIEWER, *scopes), now)


def nobody(now: datetime = NOW) -> Viewer:
    """The public at `now`."""
    return Viewer(ANONYMOUS, now)


def of_program(key: UUID) -> Scope:
    """The scope of a programme."""
    return Scope(ScopeKind.PROGRAM, key)


def of_town(key: UUID) -> Scope:
    """The scope of a town."""
    return Scope(ScopeKind.TOWN, key)
