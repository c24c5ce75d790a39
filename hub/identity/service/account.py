"""A person's own account: a fresh proof of identity, another phone, another name."""

from datetime import datetime
from uuid import UUID

from hub.audit.service import record
from hub.auth import Viewer, require_person, require_step_up
from hub.database import transaction
from hub.encryption import encrypt
from hub.errors import Conflict, HubError, Invalid, StepUpRequired
from hub.identity.models import Person, Session
from hub.identity.queries import (
    PHONE_PURPOSE,
    live_sessions_by_person_ids,
    person_by_id,
    person_by_phone,
    phone_index,
    phone_of,
)
from hub.identity.rules import CodePurpose, EndReason, canonical_phone, code_invalid, is_staff
from hub.identity.service.codes import Target, attempt, burn_code, deciding, send_code
from hub.identity.service.second_factor import use_second_factor
from hub.identity.service.sessions import end_sessions
from hub.records import Record
from hub.revocation import revoke

_NAME_CHARS_MAX = 40


async def request_step_up_code(viewer: Viewer) -> None:
    """Send a code to the phone of the person who asks, for `step_up`.

    Raises Unauthenticated, RateLimited, Unavailable.
    """
    person = await _own_person(viewer)
    await send_code(_step_up_target(person), now=viewer.now)


async def step_up(viewer: Viewer, *, code: str | None, totp: str | None) -> None:
    """Prove once more who asks: it counts for five minutes.

    By a code sent to the phone, or for staff by the authenticator or a recovery code, which alone
    count for them. Wrong tries count for the phone. Raises Unauthenticated, CodeInvalid,
    RateLimited, and StepUpRequired for staff who show a phone code only.
    """
    person = await _own_person(viewer)
    if totp is None and is_staff(viewer.actor.grants, now=viewer.now):
        raise StepUpRequired(
            "Use your authenticator or a recovery code.",
            chinese="请使用身份验证器的动态码或恢复码。",
            path=("input", "totp"),
        )
    target = _step_up_target(person)

    async def body() -> HubError | None:
        if totp is not None:
            refusal = await _check_totp(target, person.id, totp, now=viewer.now)
        else:
            refusal = await burn_code(target, code or "", now=viewer.now)
        if refusal is None:
            await _mark_proven(viewer, has_second_factor=totp is not None)
        return refusal

    await deciding(body)


async def request_phone_change(viewer: Viewer, phone: str) -> None:
    """Send a code to the phone that the person wants to change to.

    The answer is the same whether somebody has it or not. Raises Unauthenticated, StepUpRequired,
    Invalid, RateLimited, Unavailable.
    """
    person_id = require_person(viewer.actor)
    require_step_up(viewer.actor, now=viewer.now)
    await send_code(_change_target(phone, person_id), now=viewer.now)


async def change_phone(viewer: Viewer, phone: str, *, code: str) -> Record:
    """Put another phone in place of the person's: the person. All other sessions end.

    Raises Unauthenticated, StepUpRequired, Invalid, CodeInvalid, RateLimited, and Conflict when the
    phone belongs to somebody else, which only its holder gets to know.
    """
    person_id = require_person(viewer.actor)
    require_step_up(viewer.actor, now=viewer.now)
    target = _change_target(phone, person_id)

    async def body() -> Record | HubError:
        if (refusal := await burn_code(target, code, now=viewer.now)) is not None:
            return refusal
        holder = await person_by_phone(target.phone)
        if holder is not None and holder.id != person_id:
            return Conflict(
                "Another account uses this phone.",
                chinese="该手机号已绑定其他账号。",
                path=("input", "phone"),
            )
        await _put_phone(person_id, target.phone, viewer.now)
        await _end_other_sessions(viewer, person_id)
        return await _person(person_id)

    return await deciding(body)


async def rename(viewer: Viewer, display_name: str) -> Record:
    """Give the person who asks another name to be shown. Raises Unauthenticated, Invalid."""
    person_id = require_person(viewer.actor)
    name = " ".join(display_name.split())
    if not 0 < len(name) <= _NAME_CHARS_MAX or not name.isprintable():
        raise Invalid(
            f"A name has 1 to {_NAME_CHARS_MAX} characters.",
            chinese=f"名称须为 1 到 {_NAME_CHARS_MAX} 个字。",
            path=("input", "displayName"),
        )

    async def body() -> Record:
        await Person.filter(id=person_id).update(display_name=name)
        await record(viewer.actor, "identity.renamed", object=("Person", person_id))
        return await _person(person_id)

    return await transaction(body)


async def _check_totp(
    target: Target, person_id: UUID, text: str, *, now: datetime
) -> HubError | None:
    current = await attempt(target, now=now)
    if await use_second_factor(person_id, text, now=now):
        return None
    await current.count_wrong(None)
    return code_invalid("input", "totp")


async def _mark_proven(viewer: Viewer, *, has_second_factor: bool) -> None:
    changes = {"has_second_factor": True} if has_second_factor else {}
    session_id = viewer.actor.session_id
    await Session.filter(id=session_id).update(stepped_up_at=viewer.now, **changes)
    await record(viewer.actor, "identity.stepped_up")
    await revoke(session_id=session_id)


async def _put_phone(person_id: UUID, phone: str, now: datetime) -> None:
    await Person.filter(id=person_id).update(
        phone_encrypted=encrypt(phone, purpose=PHONE_PURPOSE),
        phone_index=phone_index(phone),
        phone_changed_at=now,
    )


async def _end_other_sessions(viewer: Viewer, person_id: UUID) -> None:
    rows = (await live_sessions_by_person_ids([person_id], now=viewer.now))[0]
    others = [row for row in rows if row.id != viewer.actor.session_id]
    await record(viewer.actor, "identity.phone_changed", object=("Person", person_id))
    await end_sessions(others, actor=viewer.actor, reason=EndReason.PHONE_CHANGED, now=viewer.now)


def _step_up_target(person: Record) -> Target:
    return Target(phone_of(person), CodePurpose.STEP_UP, str(person.id))


def _change_target(phone: str, person_id: UUID) -> Target:
    return Target(canonical_phone(phone), CodePurpose.PHONE_CHANGE, str(person_id))


async def _own_person(viewer: Viewer) -> Record:
    return await _person(require_person(viewer.actor))


async def _person(person_id: UUID) -> Record:
    person = await person_by_id(person_id)
    assert person is not None, "whoever is signed in is there"
    return person
