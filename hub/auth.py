"""Who asks, and what they may: actors, roles, scopes and the one table of permissions. No I/O.

Deny by default: an action that the table does not give to a role is nobody's. A role is held for
a scope (the district, a town, a programme, a place); it reaches a thing when that scope is among
the thing's own. `docs/permissions.md` is printed from this table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Forbidden, StepUpRequired, Unauthenticated

STEP_UP_LASTS = timedelta(minutes=5)
"""How long a fresh proof of identity counts for what is dangerous."""


class Role(StrEnum):
    """What somebody is to the union."""

    WORKER = "worker"
    MERCHANT = "merchant"
    STATION_KEEPER = "station_keeper"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    CASE_OFFICER = "case_officer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


STAFF_ROLES = frozenset(
    {Role.EDITOR, Role.REVIEWER, Role.CASE_OFFICER, Role.MANAGER, Role.ADMINISTRATOR}
)
"""Roles that work for the union: they sign in with a second factor, and for a shorter time."""


class ScopeKind(StrEnum):
    """How far a role reaches."""

    DISTRICT = "district"
    TOWN = "town"
    PROGRAM = "program"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the district; `key` is the town's, programme's or place's id, None for all."""

    kind: ScopeKind
    key: UUID | None = None


DISTRICT = Scope(ScopeKind.DISTRICT)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for a scope, until an instant (None: until taken away)."""

    role: Role
    scope: Scope
    expires_at: datetime | None = None


class Action(StrEnum):
    """What can be allowed."""

    UPDATE_PLACE = "update_place"
    MANAGE_OFFERINGS = "manage_offerings"
    MANAGE_PLACE_STAFF = "manage_place_staff"
    DECIDE_MERCHANT_APPLICATION = "decide_merchant_application"
    EDIT_CONTENT = "edit_content"
    PREVIEW_CONTENT = "preview_content"
    APPROVE_CONTENT = "approve_content"
    PUBLISH_CONTENT = "publish_content"
    REVOKE_CERTIFICATE = "revoke_certificate"
    MANAGE_REGISTRATIONS = "manage_registrations"
    READ_REGISTRATIONS = "read_registrations"
    CHECK_IN = "check_in"
    CONFIRM_MEMBERSHIP = "confirm_membership"
    MANAGE_COMPETITION = "manage_competition"
    GIVE_ROLES = "give_roles"
    READ_PEOPLE = "read_people"
    READ_AUDIT = "read_audit"
    MANAGE_API_KEYS = "manage_api_keys"
    DISABLE_PEOPLE = "disable_people"
    SEND_ANY_DOCUMENT = "send_any_document"


_EDITORS = frozenset({ScopeKind.DISTRICT, ScopeKind.TOWN, ScopeKind.PROGRAM})
_AREAS = frozenset({ScopeKind.DISTRICT, ScopeKind.TOWN})
_PLACE = frozenset({ScopeKind.PLACE})
_ALL = frozenset({ScopeKind.DISTRICT})

PERMISSIONS: Mapping[Action, Mapping[Role, frozenset[ScopeKind]]] = {
    Action.UPDATE_PLACE: {
        Role.MERCHANT: _PLACE,
        Role.STATION_KEEPER: _PLACE,
        Role.EDITOR: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.MANAGE_OFFERINGS: {
        Role.MERCHANT: _PLACE,
        Role.STATION_KEEPER: _PLACE,
        Role.EDITOR: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.MANAGE_PLACE_STAFF: {
        Role.MERCHANT: _PLACE,
        Role.MANAGER: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.DECIDE_MERCHANT_APPLICATION: {Role.REVIEWER: _AREAS, Role.ADMINISTRATOR: _ALL},
    Action.EDIT_CONTENT: {Role.EDITOR: _EDITORS, Role.ADMINISTRATOR: _ALL},
    Action.PREVIEW_CONTENT: {
        Role.EDITOR: _EDITORS,
        Role.REVIEWER: _EDITORS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.APPROVE_CONTENT: {Role.REVIEWER: _EDITORS, Role.ADMINISTRATOR: _ALL},
    Action.PUBLISH_CONTENT: {
        Role.EDITOR: _EDITORS,
        Role.REVIEWER: _EDITORS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.REVOKE_CERTIFICATE: {
        Role.EDITOR: _EDITORS,
        Role.MANAGER: _ALL,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.MANAGE_REGISTRATIONS: {
        Role.EDITOR: _EDITORS,
        Role.MANAGER: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.READ_REGISTRATIONS: {
        Role.EDITOR: _EDITORS,
        Role.MANAGER: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.CHECK_IN: {
        Role.MERCHANT: _PLACE,
        Role.STATION_KEEPER: _PLACE,
        Role.EDITOR: _EDITORS,
        Role.MANAGER: _AREAS,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.CONFIRM_MEMBERSHIP: {Role.MANAGER: _AREAS, Role.ADMINISTRATOR: _ALL},
    Action.MANAGE_COMPETITION: {
        Role.EDITOR: _ALL,
        Role.MANAGER: _ALL,
        Role.ADMINISTRATOR: _ALL,
    },
    Action.GIVE_ROLES: {Role.ADMINISTRATOR: _ALL},
    Action.READ_PEOPLE: {Role.ADMINISTRATOR: _ALL},
    Action.READ_AUDIT: {Role.ADMINISTRATOR: _ALL},
    Action.MANAGE_API_KEYS: {Role.ADMINISTRATOR: _ALL},
    Action.DISABLE_PEOPLE: {Role.ADMINISTRATOR: _ALL},
    Action.SEND_ANY_DOCUMENT: {Role.ADMINISTRATOR: _ALL},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody (or nobody) on whose behalf the hub acts.

    A person has `person_id` and `session_id`; a service has `service_id` and `permissions`, which
    are all it may do. `stepped_up_at` is when the person last proved who they are; staff roles
    count only when `has_second_factor`. `label` is what the audit calls the actor, for readers who
    cannot look an id up: a display name or a key's name, never a phone.
    """

    person_id: UUID | None = None
    session_id: UUID | None = None
    service_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    permissions: frozenset[Action] = frozenset()
    has_second_factor: bool = False
    stepped_up_at: datetime | None = None
    label: str = ""

    @property
    def is_anonymous(self) -> bool:
        """True where nobody is signed in and no service has shown its key."""
        return self.person_id is None and self.service_id is None


ANONYMOUS = Actor()
OPERATOR_ID = UUID(int=0)


def operator(label: str, *, now: datetime) -> Actor:
    """Whoever has a shell on the server, and with it the database: may do everything.

    `label` is the command, as the audit will show it. For the command line only.
    """
    return Actor(
        service_id=OPERATOR_ID, permissions=frozenset(Action), stepped_up_at=now, label=label
    )


@dataclass(frozen=True, slots=True)
class Viewer:
    """An actor at one instant: every read of a request sees the same `now`, so that a window
    cannot open between the list and its count.
    """

    actor: Actor
    now: datetime


def is_allowed(actor: Actor, action: Action, *, on: Sequence[Scope], now: datetime) -> bool:
    """Whether `actor` may do `action` to a thing that lies in the scopes `on`.

    The district is a scope of everything and need not be named.
    """
    return not reach(actor, action, now=now).isdisjoint({DISTRICT, *on})


def reach(actor: Actor, action: Action, *, now: datetime) -> frozenset[Scope]:
    """The scopes in which `actor` may do `action`: of whatever lies in one of them.

    For lists, which cannot ask `is_allowed` row by row.
    """
    if actor.service_id is not None:
        return frozenset({DISTRICT}) if action in actor.permissions else frozenset()
    allowed = PERMISSIONS[action]
    return frozenset(
        grant.scope
        for grant in actor.grants
        if grant.scope.kind in allowed.get(grant.role, frozenset())
        and (grant.expires_at is None or now < grant.expires_at)
        and (grant.role not in STAFF_ROLES or actor.has_second_factor)
    )


def require(actor: Actor, action: Action, *, on: Sequence[Scope], now: datetime) -> None:
    """Let `is_allowed` decide. Raises Unauthenticated for nobody, Forbidden for somebody else."""
    if actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    if not is_allowed(actor, action, on=on, now=now):
        raise Forbidden("You may not do this.", chinese="您没有权限进行此操作。")


def require_person(actor: Actor) -> UUID:
    """The id of the person who asks. Raises Unauthenticated for nobody and for services."""
    if actor.person_id is None:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    return actor.person_id


def require_step_up(actor: Actor, *, now: datetime) -> None:
    """Raises StepUpRequired when the last proof of identity is older than five minutes."""
    if actor.stepped_up_at is None or now - actor.stepped_up_at >= STEP_UP_LASTS:
        raise StepUpRequired(
            "Prove who you are once more, then try again.", chinese="请先再次验证身份，然后重试。"
        )
