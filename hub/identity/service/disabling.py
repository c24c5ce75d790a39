"""Accounts disabled and enabled again, by administrators."""

from uuid import UUID

from hub.access.queries import held_by
from hub.access.service import assert_administered, authorise
from hub.audit.service import record
from hub.auth import Action, Viewer
from hub.database import transaction
from hub.errors import NotFound, Unauthenticated
from hub.identity.models import Person
from hub.identity.queries import disabled_people, live_sessions_by_person_ids, person_by_id
from hub.identity.rules import EndReason, assert_not_oneself, disabling_reason
from hub.identity.service.sessions import end_sessions
from hub.records import Record
from hub.revocation import revoke

_PATH = ("input", "personId")


async def disable_person(viewer: Viewer, person_id: UUID, *, reason: str) -> Record:
    """Keep a person from signing in and end their sessions in every process; the person.

    What they hold stays theirs, for the day they are enabled. Whoever is disabled already stays as
    they are, and nothing is written. Raises Unauthenticated, Forbidden, StepUpRequired, Invalid
    for no reason, NotFound, and Conflict for oneself and for the last administrator who can still
    sign in. Nothing is changed then.
    """

    async def body() -> Record:
        person, why = await _person_for(viewer, person_id, reason=reason)
        assert_not_oneself(viewer.actor.person_id, person_id)
        if person.disabled_at is not None:
            return person
        await _assert_still_administered(viewer, person_id)
        await Person.filter(id=person_id).update(disabled_at=viewer.now)
        told = {"reason": why}
        await record(
            viewer.actor, "identity.person_disabled", object=("Person", person_id), after=told
        )
        await _end_all_sessions(viewer, person_id)
        return await _required(person_id)

    return await transaction(body)


async def enable_person(viewer: Viewer, person_id: UUID, *, reason: str) -> Record:
    """Let a disabled person sign in again; the person. Whoever is not disabled stays as they are.

    Raises Unauthenticated, Forbidden, StepUpRequired, Invalid for no reason, and NotFound.
    """

    async def body() -> Record:
        person, why = await _person_for(viewer, person_id, reason=reason)
        if person.disabled_at is None:
            return person
        # A sign-in that overlapped the disabling left a session that counted for nothing so far.
        await _end_all_sessions(viewer, person_id)
        await Person.filter(id=person_id).update(disabled_at=None)
        told = {"reason": why}
        await record(
            viewer.actor, "identity.person_enabled", object=("Person", person_id), after=told
        )
        return await _required(person_id)

    return await transaction(body)


async def _person_for(viewer: Viewer, person_id: UUID, *, reason: str) -> tuple[Record, str]:
    """The person, and the reason as it is kept, for whoever may disable and enable."""
    await authorise(viewer.actor, Action.DISABLE_PEOPLE, now=viewer.now)
    await _assert_enabled(viewer)
    why = disabling_reason(reason)
    person = await person_by_id(person_id)
    if person is None:
        raise NotFound("There is no such person.", chinese="没有这个人。", path=_PATH)
    return person, why


async def _assert_enabled(viewer: Viewer) -> None:
    """Of two who disable each other at once the second one has no say any more."""
    asking = viewer.actor.person_id
    if asking is not None and await disabled_people([asking]):
        raise Unauthenticated("Sign in first.", chinese="请先登录。")


async def _assert_still_administered(viewer: Viewer, person_id: UUID) -> None:
    held = [each.id for each in await held_by(person_id, viewer.now)]
    await assert_administered(held, find_disabled=disabled_people, now=viewer.now, path=_PATH)


async def _end_all_sessions(viewer: Viewer, person_id: UUID) -> None:
    rows = (await live_sessions_by_person_ids([person_id], now=viewer.now))[0]
    await end_sessions(rows, actor=viewer.actor, reason=EndReason.DISABLED, now=viewer.now)
    await revoke(person_id=person_id)


async def _required(person_id: UUID) -> Record:
    person = await person_by_id(person_id)
    assert person is not None, "it was written in this transaction"
    return person
