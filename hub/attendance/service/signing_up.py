"""Signing up: one person, one thing, one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from hub.attendance.queries import Target, target_of
from hub.attendance.rules import SignUpRequest
from hub.attendance.service.checks import admit, assert_can_enter, checked_answers, redeem
from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.database import transaction
from hub.encryption import encrypt
from hub.enrollment.queries import in_the_way, registration_by_id
from hub.enrollment.rules import (
    AlreadyRegistered,
    RegistrationState,
    assert_open,
    assert_party,
    state_at,
)
from hub.enrollment.service.seats import SignUp, scope_of, sign_up
from hub.enrollment.service.waiting import pass_on
from hub.errors import Conflict, HubError, Invalid
from hub.idempotency import KeyUse, once, settled
from hub.records import Record

ANSWERS_PURPOSE = "registration.answers"
COMPANIONS_PURPOSE = "registration.companions"

Then = Callable[[UUID], Awaitable[None]]
"""What else belongs to a sign-up, in its transaction; it is given the registration's id, and does
not change the registration.
"""


async def sign_up_for(
    viewer: Viewer,
    request: SignUpRequest,
    *,
    operation: str,
    then: Then | None = None,
) -> Record:
    """Sign the asking person up for a thing; the registration, which may be on the waiting list.

    The same key with the same input gives the same registration, whatever has happened since.
    Raises Unauthenticated; NotFound, Invalid, Conflict for what is asked; NotOpen, NotEligible,
    SoldOut; AlreadyRegistered with the registration that is in the way; IdempotencyMismatch.
    Nothing is changed then.
    """
    person_id = require_person(viewer.actor)
    use = KeyUse(person_id, operation, key=request.key, given=request.given())
    try:
        target = await target_of(viewer, request)
        assert_can_enter(target.part, has_team=request.team_name is not None)
        wish = await _wish(viewer, request, target)
    except HubError:
        if (made := await settled(use, now=viewer.now)) is None:
            raise
        return await _required(made)
    both = _with_code(viewer, request, wish=wish, then=then)
    return await _once(viewer, wish, use=use, then=both)


async def _wish(viewer: Viewer, request: SignUpRequest, target: Target) -> SignUp:
    """The sign-up, checked by every rule that needs no lock."""
    assert_open(target.window, now=viewer.now)
    maximum = target.pool.party_size_maximum if target.pool is not None else 1
    assert_party(request.party_size, maximum=maximum, companions=request.companions)
    person_id = require_person(viewer.actor)
    admission = await admit(
        person_id,
        target.pool,
        has_invitation=request.invitation_code is not None,
        now=viewer.now,
    )
    extra = await _kept_words(request, target, now=viewer.now)
    return SignUp(
        target.subject,
        person_id,
        target.pool,
        party_size=request.party_size,
        town_id=admission.town_id,
        extra=extra,
    )


async def _kept_words(
    request: SignUpRequest, target: Target, *, now: datetime
) -> Mapping[str, Any]:
    """The columns of what people wrote, encrypted."""
    kept: dict[str, Any] = {}
    if request.companions:
        names = [each.strip() for each in request.companions]
        kept["companions_encrypted"] = _sealed(names, purpose=COMPANIONS_PURPOSE)
    form_id = target.pool.form_id if target.pool is not None else None
    if form_id is None:
        _assert_no_answers(request)
        return kept
    answers, version = await checked_answers(
        form_id, request.answers, version=request.form_version, now=now
    )
    kept |= {"form_id": form_id, "form_version": version}
    kept["answers_encrypted"] = _sealed(answers, purpose=ANSWERS_PURPOSE)
    return kept


def _assert_no_answers(request: SignUpRequest) -> None:
    if request.answers:
        raise Invalid(
            "Nothing is asked here.", chinese="此处无需填写报名表。", path=("input", "answers")
        )


def _sealed(value: Any, *, purpose: str) -> str:
    return encrypt(orjson.dumps(value).decode(), purpose=purpose)


def _with_code(viewer: Viewer, request: SignUpRequest, *, wish: SignUp, then: Then | None) -> Then:
    async def both(registration_id: UUID) -> None:
        await redeem(registration_id, wish.pool, code=request.invitation_code, now=viewer.now)
        if then is not None:
            await then(registration_id)

    return both


async def _once(viewer: Viewer, wish: SignUp, *, use: KeyUse, then: Then) -> Record:
    """Do it unless the key has done it; the registration. Raises AlreadyRegistered."""
    made: list[Record] = []

    async def deed(registration_id: UUID) -> None:
        made[:] = [await sign_up(wish, registration_id, now=viewer.now)]
        await then(registration_id)
        await audit.record(
            viewer.actor,
            "registration.signed_up",
            object=("Registration", registration_id),
            after=_told(wish, made[0].state),
        )

    for _ in range(2):
        try:
            registration_id, is_done_now = await once(use, deed, now=viewer.now)
            return made[0] if is_done_now else await _required(registration_id)
        except IntegrityError:
            await _clear_the_way(viewer, wish)
    raise Conflict("It changes at this moment; try again.", chinese="报名状态正在变化，请重试。")


def _told(wish: SignUp, state: RegistrationState) -> dict[str, Any]:
    return {
        "kind": wish.subject.kind,
        "subject_id": wish.subject.id,
        "part_id": wish.subject.part_id,
        "party_size": wish.party_size,
        "state": state,
    }


async def _clear_the_way(viewer: Viewer, wish: SignUp) -> None:
    """Raises AlreadyRegistered for the registration in the way, unless it has run out."""
    scope_id = scope_of(wish.subject, wish.pool)
    row = await in_the_way(wish.person_id, wish.subject.id, scope_id=scope_id)
    if row is None:
        return
    state = state_at(row.state, offered_until=row.offered_until, now=viewer.now)
    if state is not RegistrationState.EXPIRED:
        raise AlreadyRegistered(
            "You have signed up already.", chinese="您已报名，无需重复报名。", registration=row
        )
    await transaction(lambda: pass_on(row.pool_id, now=viewer.now))


async def _required(registration_id: UUID) -> Record:
    row = await registration_by_id(registration_id)
    assert row is not None, "registrations are never deleted"
    return row
