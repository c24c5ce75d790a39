"""Which role may be held where, who may give it, and how the last administrator stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from hub.auth import Action, Grant, ScopeKind
from hub.errors import Conflict, Forbidden, Invalid
from hub.permissions import DECIDING_ACTIONS, ROLE_SCOPES, SERVICE_ACTIONS

KEY_PREFIX = "hubkey_"
KEY_BYTES = 32
KEY_NAME_MAX_CHARS = 80
KEY_LASTS_MAX = timedelta(days=366)
"""How long a key may live: one that never ends is one that nobody remembers."""

_KEY_CHARS = len(KEY_PREFIX) + 43  # 32 bytes in base64url


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant that counts now, and whose it is."""

    id: UUID
    person_id: UUID
    grant: Grant


def assert_grantable(grant: Grant, *, now: datetime) -> None:
    """Raises Invalid for a role that cannot be held for this scope, or that would be over already.

    Also for a district with a key, or a part of it without one.
    """
    scope = grant.scope
    if scope.kind not in ROLE_SCOPES[grant.role]:
        raise Invalid(
            f"The role {grant.role.value} cannot be held for a {scope.kind.value}.",
            chinese="这个角色不能用于这种范围。",
            path=("input", "scope"),
        )
    if (scope.key is None) != (scope.kind is ScopeKind.DISTRICT):
        raise Invalid(
            "Only the district goes without an id.",
            chinese="只有全区范围不需要 id。",
            path=("input", "scope"),
        )
    if grant.expires_at is not None and grant.expires_at <= now:
        raise Invalid(
            "The role would be over before it began.",
            chinese="到期时间须在当前时间之后。",
            path=("input", "expiresAt"),
        )


def assert_not_own(giver_id: UUID | None, person_id: UUID) -> None:
    """Raises Conflict when somebody gives a role to themselves: nobody raises their own."""
    if giver_id is not None and giver_id == person_id:
        raise Conflict(
            "Nobody gives a role to themselves; ask another administrator.",
            chinese="不能给自己授予角色，请由其他管理员操作。",
            path=("input", "personId"),
        )


def assert_not_held(held: Sequence[HeldGrant], grant: Grant) -> None:
    """Raises Conflict with the grant's id when this role is held for this scope already."""
    for each in held:
        if (each.grant.role, each.grant.scope) == (grant.role, grant.scope):
            raise Conflict(
                "The person holds this role for this scope already; take it first to change it.",
                chinese="此人已在该范围内拥有该角色；如需修改，请先收回。",
                path=("input", "role"),
            )


def assert_comes_with_decision(grant: Grant, *, holders: Sequence[HeldGrant]) -> None:
    """Raises Forbidden unless a decision may give this role: a place's, to its first keeper.

    `holders` are those who hold a role for the place already. So nobody gets into a shop that
    somebody runs without having been invited by those who may.
    """
    if grant.role not in DECIDING_ACTIONS or grant.scope.kind is not ScopeKind.PLACE or holders:
        raise Forbidden("No decision gives this role.", chinese="审批不能授予这个角色。")


def assert_administrator_remains(
    administrators: Sequence[HeldGrant],
    *,
    without: Sequence[UUID],
    path: Sequence[str] = ("input", "grantId"),
) -> None:
    """Raises Conflict when nobody would administer the hub without the grants `without`.

    While there is one without an end, one without an end has to remain: otherwise the hub would
    lose its last administrator on a day when nobody does anything.
    """
    remaining = [each for each in administrators if each.id not in without]
    lasting = [each for each in administrators if each.grant.expires_at is None]
    if any(each.grant.expires_at is None for each in remaining) or (remaining and not lasting):
        return
    raise Conflict(
        "The last administrator cannot be removed; give the role to somebody else first.",
        chinese="不能移除最后一位管理员，请先授予其他人。",
        path=path,
    )


def assert_key_valid(
    name: str, *, permissions: Sequence[Action], expires_at: datetime, now: datetime
) -> None:
    """Raises Invalid for a key without a name, for too much or for too long."""
    if not name.strip() or len(name) > KEY_NAME_MAX_CHARS:
        raise Invalid(
            f"A key's name has between 1 and {KEY_NAME_MAX_CHARS} characters.",
            chinese=f"密钥名称须为 1 到 {KEY_NAME_MAX_CHARS} 个字符。",
            path=("input", "name"),
        )
    if forbidden := sorted(set(permissions) - SERVICE_ACTIONS):
        raise Invalid(
            f"No key may be allowed to {forbidden[0].value}.",
            chinese=f"密钥不能拥有权限 {forbidden[0].value}。",
            path=("input", "permissions"),
        )
    if not now < expires_at <= now + KEY_LASTS_MAX:
        raise Invalid(
            f"A key ends within {KEY_LASTS_MAX.days} days from now.",
            chinese=f"密钥须在 {KEY_LASTS_MAX.days} 天内到期。",
            path=("input", "expiresAt"),
        )


def is_key(token: str) -> bool:
    """Whether a bearer token looks like a key of a service."""
    return token.startswith(KEY_PREFIX) and len(token) == _KEY_CHARS


def key_digest(token: str) -> str:
    """What is kept of a key: its SHA-256 in hex. With 256 random bits it needs no slow hash."""
    return sha256(token.encode()).hexdigest()
