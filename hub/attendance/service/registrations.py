"""What somebody does with a registration of their own: accept, cancel, hand over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.attendance.queries import occasions_of, own_registration
from hub.attendance.rules import assert_before, assert_not_started, withdrawal_deadline
from hub.attendance.service.checks import admit
from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.competitions import queries as competitions
from hub.competitions.rules import StageKind
from hub.contests.service.entering import admit as admit_entry
from hub.contests.service.entering import withdraw as withdraw_entry
from hub.database import transaction
from hub.enrollment.queries import keeps_quotas, pool_by_id, registration_by_id
from hub.enrollment.rules import (
    HOLDS_SEAT,
    REASON_MAX_CHARS,
    NotEligible,
    RegistrationState,
    SubjectKind,
)
from hub.enrollment.service import seats
from hub.enrollment.service.invitations import give_use_back
from hub.errors import Conflict, Invalid, NotFound
from hub.identity.queries import person_by_phone
from hub.identity.rules import canonical_phone
from hub.records import Record


async def accept_offer(viewer: Viewer, registration_id: UUID | None) -> Record:
    """Take the seat that is offered; the registration.

    Raises Unauthenticated, NotFound, OfferExpired, and Conflict where nothing is offered.
    Accepted already, it stays accepted.
    """
    require_person(viewer.actor)

    async def accept() -> Record:
        row = await _own(viewer, registration_id)
        state = await seats.accept(row.id, now=viewer.now)
        if state is not row.state:
            await _record(viewer, "registration.offer_accepted", row, after={"state": state})
        await admit_entry(viewer, row.id)
        return await _fresh(row.id)

    return await transaction(accept)


async def cancel(viewer: Viewer, registration_id: UUID | None, *, reason: str = "") -> Record:
    """Give a registration up; its seats go to whoever comes next, and while one can sign up the
    use of its invitation code is free again.

    Cancelled already, it stays so. Raises Unauthenticated, NotFound, Invalid for the reason,
    DeadlinePassed for a seat past the pool's deadline or once the thing has begun (for an entry to
    a competition see `withdrawal_deadline`), Conflict for what cannot be cancelled.
    """
    require_person(viewer.actor)
    text = _reason(reason)

    async def give_up() -> Record:
        row = await _own(viewer, registration_id)
        if row.state is RegistrationState.CANCELLED:
            return row
        pool = await _assert_still_changeable(viewer, row)
        extra = {"reason": text}
        was = await seats.end(row.id, RegistrationState.CANCELLED, now=viewer.now, extra=extra)
        if was.state is not RegistrationState.CANCELLED:
            is_free = await give_use_back(was, pool, now=viewer.now)
            after = {"state": RegistrationState.CANCELLED, "reason": text}
            told = after | ({"invitation": was.invitation_id} if is_free else {})
            await _record(viewer, "registration.cancelled", was, after=told)
            await withdraw_entry(viewer, row.id, reason=text)
        return await _fresh(row.id)

    return await transaction(give_up)


def _reason(reason: str) -> str:
    text = reason.strip()
    if len(text) > REASON_MAX_CHARS or "\0" in text:
        raise Invalid(
            f"A reason has at most {REASON_MAX_CHARS} characters.",
            chinese=f"原因最多 {REASON_MAX_CHARS} 个字。",
            path=("input", "reason"),
        )
    return text


async def _assert_still_changeable(viewer: Viewer, row: Record) -> Record | None:
    """The registration's pool. Raises DeadlinePassed and Conflict."""
    pool = await pool_by_id(row.pool_id) if row.pool_id is not None else None
    seats.assert_cancellable(row, pool, now=viewer.now)
    if row.state not in HOLDS_SEAT:
        return pool
    if row.subject_kind is not SubjectKind.COMPETITION:
        assert_not_started((await occasions_of([row]))[0], now=viewer.now)
    elif pool is None or pool.cancel_until is None:
        await _assert_entry_withdrawable(row.subject_id, now=viewer.now)
    return pool


async def _assert_entry_withdrawable(competition_id: UUID, *, now: datetime) -> None:
    competition = await competitions.competition_by_id(competition_id)
    if competition is None:
        return
    (stages,) = await competitions.stages_by_competition_ids([competition_id])
    begins = [row.starts_at for row in stages if row.kind is not StageKind.REGISTRATION]
    deadline = withdrawal_deadline(
        registration_closes_at=competition.registration_closes_at,
        first_stage_at=min(begins, default=None),
        ends_at=competition.ends_at,
    )
    assert_before(deadline, now=now)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Which registration goes to the person of which phone."""

    registration_id: UUID | None
    phone: str


async def transfer(viewer: Viewer, wish: HandOver) -> Record:
    """Give a confirmed seat to somebody else who has an account; the registration as it was.

    What the first person wrote stays behind and is deleted. Raises Unauthenticated; NotFound for
    a registration that is not one's own and for a phone that nobody signs in with; Invalid for
    what is no phone; DeadlinePassed; NotEligible without reasons, which are the other person's;
    Conflict for what is not confirmed, for competitions, for oneself, for somebody signed up, and
    for a seat that is kept for a town to which the other person does not belong.
    """
    require_person(viewer.actor)
    phone = canonical_phone(wish.phone, path=("input", "toPhone"))

    async def hand_over() -> Record:
        row = await _own(viewer, wish.registration_id)
        _assert_transferable(row)
        pool = await _assert_still_changeable(viewer, row)
        person_id = await _receiver(row, phone)
        town = await _new_town(row, pool, person_id=person_id, now=viewer.now)
        extra = {**_NOTHING_WRITTEN, **town}
        was = await seats.hand_over(row.id, person_id, now=viewer.now, extra=extra)
        after = {"from_person": was.person_id, "to_person": person_id}
        await _record(viewer, "registration.transferred", was, after=after)
        return was

    try:
        return await transaction(hand_over)
    except IntegrityError:
        raise Conflict(
            "That person has signed up already.",
            chinese="对方已经报名，无法转让。",
            path=("input", "toPhone"),
        ) from None


_NOTHING_WRITTEN = {"answers_encrypted": None, "companions_encrypted": None}


def _assert_transferable(row: Record) -> None:
    if row.subject_kind is SubjectKind.COMPETITION:
        raise Conflict(
            "An entry to a competition cannot be handed over.", chinese="比武报名不能转让。"
        )
    if row.state is not RegistrationState.CONFIRMED:
        raise Conflict(
            "Only a confirmed registration can be handed over.",
            chinese="只有已确认的报名可以转让。",
        )


async def _receiver(row: Record, phone: str) -> UUID:
    person = await person_by_phone(phone)
    if person is None or person.disabled_at is not None:
        raise NotFound(
            "Nobody can take it over by this phone.",
            chinese="无法转让给该手机号。",
            path=("input", "toPhone"),
        )
    if person.id == row.person_id:
        raise Conflict(
            "It is yours already.", chinese="不能转让给自己。", path=("input", "toPhone")
        )
    person_id: UUID = person.id
    return person_id


async def _new_town(
    row: Record, pool: Record | None, *, person_id: UUID, now: datetime
) -> Mapping[str, Any]:
    """The receiver's town for the registration. Raises NotEligible, and Conflict where the seat is
    kept for another town. A seat on a quota is counted there as long as it is taken.
    """
    try:
        admission = await admit(person_id, pool, has_invitation=True, now=now)
    except NotEligible:
        raise NotEligible(
            "These seats are not for that person.", chinese="对方不符合报名条件。", reasons=[]
        ) from None
    if not row.is_on_quota:
        return {"town_id": admission.town_id}
    if pool is not None and keeps_quotas(pool, now=now) and admission.town_id != row.town_id:
        raise Conflict(
            "The seat is kept for its town, and can be handed over within that town only.",
            chinese="该名额为本镇街保留，只能转让给同一镇街的人。",
            path=("input", "toPhone"),
        )
    return {}


async def _own(viewer: Viewer, registration_id: UUID | None) -> Record:
    row = await own_registration(viewer, registration_id)
    if row is None:
        raise seats.registration_not_found()
    return row


async def _record(viewer: Viewer, action: str, row: Record, *, after: Mapping[str, Any]) -> None:
    await audit.record(
        viewer.actor,
        action,
        object=("Registration", row.id),
        before={"state": row.state},
        after=after,
    )


async def _fresh(registration_id: UUID) -> Record:
    row = await registration_by_id(registration_id)
    assert row is not None, "registrations are never deleted"
    return row
