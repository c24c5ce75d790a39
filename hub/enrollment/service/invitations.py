"""Invitation codes: made by organisers, shown once, used up inside a sign-up's transaction."""

import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Action, Scope, Viewer, is_allowed
from hub.bulk import insert_rows, update_where
from hub.database import transaction
from hub.encryption import keyed_digest
from hub.enrollment.models import InvitationCode, Registration
from hub.enrollment.queries import invitations, pool_by_id, registrations
from hub.enrollment.rules import NotEligible, pool_not_found
from hub.errors import Invalid, Unauthenticated
from hub.ids import new_id
from hub.membership.rules import Reason, ReasonCode
from hub.records import Record, as_uuid

Scopes = Callable[[UUID], Awaitable[Sequence[Scope]]]
"""In which scopes the things lie that have a pool; they stand above enrolment."""

CODE_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
"""Without signs that are taken for one another: 0 O, 1 I L, 2 Z, 5 S, 8 B."""

CODE_CHARS = 16
"""25 signs to the power of 16 are more than 2 to the power of 74."""

CODES_AT_ONCE_MAX = 500
CODE_USES_MAX = 10_000

_PURPOSE = "invitation_code"


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """How many invitation codes, for how many sign-ups each, until when (None: no end)."""

    count: int
    uses_maximum: int = 1
    expires_at: datetime | None = None


async def create_invitation_codes(
    viewer: Viewer, pool_id: UUID | None, *, order: CodeOrder, scopes: Scopes
) -> list[str]:
    """Make codes for a pool; the codes as they are to be handed out, known now and never again.

    Raises what `managed_pool` raises, and Invalid.
    """
    pool = await managed_pool(viewer, pool_id, scopes=scopes)

    async def body() -> list[str]:
        assert_code_order(order, now=viewer.now)
        codes = [_new_code() for _ in range(order.count)]
        await insert_rows(InvitationCode, [_row(code, pool.id, viewer, order) for code in codes])
        await audit.record(
            viewer.actor,
            "enrollment.invitations_created",
            object=("Pool", pool.id),
            after={
                "count": order.count,
                "uses_maximum": order.uses_maximum,
                "expires_at": order.expires_at,
            },
        )
        return [shown_code(code) for code in codes]

    return await transaction(body)


async def managed_pool(viewer: Viewer, pool_id: UUID | None, *, scopes: Scopes) -> Record:
    """A pool whose registrations the viewer manages: MANAGE_REGISTRATIONS for the district, or
    where one of the things lies that have the pool.

    Raises Unauthenticated, and NotFound for a pool that is not there or not the viewer's.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    pool = await pool_by_id(pool_id) if pool_id is not None else None
    if pool is None:
        raise pool_not_found()
    on = await scopes(pool.id)
    if not is_allowed(viewer.actor, Action.MANAGE_REGISTRATIONS, on=on, now=viewer.now):
        raise pool_not_found()
    return pool


async def let_in(registration_id: UUID, code: str, *, pool_id: UUID, now: datetime) -> None:
    """Use a code up by one for a registration, inside the transaction that makes it.

    Raises as `use_invitation` does.
    """
    invitation_id = await use_invitation(pool_id, code, now=now)
    await update_where(
        Registration,
        {"invitation_id": invitation_id},
        where=[registrations.id == registration_id],
    )


async def give_use_back(registration: Record, pool: Record | None, *, now: datetime) -> bool:
    """Let somebody else in by the code of a registration that its person has just given up, inside
    that transaction; whether a use was given back.

    Only while one can sign up: from when its pool has closed a use stays used. The code's own end
    is kept.
    """
    if registration.invitation_id is None or pool is None:
        return False
    if pool.closes_at is not None and pool.closes_at <= now:
        return False
    given = await update_where(
        InvitationCode,
        {"uses": invitations.uses - 1},
        where=[invitations.id == registration.invitation_id, invitations.uses > 0],
    )
    return bool(given)


async def use_invitation(pool_id: UUID, code: str, *, now: datetime) -> UUID:
    """Use a code up by one, inside the transaction of the sign-up that it lets in; the code's id.

    One conditional UPDATE whose row count decides, so a code lets in no more than it says. Raises
    NotEligible, with the same words for a code that is wrong, used up, expired or another pool's.
    """
    used = await update_where(
        InvitationCode,
        {"uses": invitations.uses + 1},
        where=[
            invitations.code_digest == _digest(tidy_code(code)),
            invitations.pool_id == pool_id,
            invitations.uses < invitations.uses_maximum,
            invitations.expires_at.isnull() | (invitations.expires_at > now),
        ],
    )
    if not used:
        raise invitation_refused()
    return as_uuid(used[0][0])


def _new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))


def _digest(code: str) -> str:
    return keyed_digest(code, purpose=_PURPOSE)


def _row(code: str, pool_id: UUID, viewer: Viewer, order: CodeOrder) -> dict[str, object]:
    return {
        "id": new_id(),
        "pool_id": pool_id,
        "code_digest": _digest(code),
        "uses_maximum": order.uses_maximum,
        "uses": 0,
        "created_by": viewer.actor.person_id or viewer.actor.service_id,
        "created_at": viewer.now,
        "expires_at": order.expires_at,
    }


def assert_code_order(order: CodeOrder, *, now: datetime) -> None:
    """Raises Invalid for too many codes, too many uses, or an end that has passed."""
    for name, value, most in (
        ("count", order.count, CODES_AT_ONCE_MAX),
        ("usesMaximum", order.uses_maximum, CODE_USES_MAX),
    ):
        if not 1 <= value <= most:
            raise Invalid(
                f"{name} lies between 1 and {most}.",
                chinese=f"{'数量' if name == 'count' else '可用次数'}须在 1 到 {most} 之间。",
                path=("input", name),
            )
    if order.expires_at is not None and order.expires_at <= now:
        raise Invalid(
            "expiresAt lies in the future.",
            chinese="失效时间须晚于当前时间。",
            path=("input", "expiresAt"),
        )


def shown_code(code: str) -> str:
    """A code in groups of four, as it is handed out."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def tidy_code(written: str) -> str:
    """A code as it was made, however somebody has written it: small, spaced, in full width."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", written).upper())


def invitation_refused() -> NotEligible:
    """What is said of a code that lets nobody in here, whatever the reason."""
    message = "This invitation code is wrong, used up or no longer good."
    chinese = "邀请码无效、已用完或已过期。"
    return NotEligible(
        message,
        chinese=chinese,
        path=("input", "invitationCode"),
        reasons=[Reason(ReasonCode.INVITATION, message, chinese)],
    )
