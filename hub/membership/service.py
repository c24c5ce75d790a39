"""Writes of membership: what people declare of themselves, and what the union confirms."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.audit import service as audit
from hub.auth import DISTRICT, Action, Scope, ScopeKind, Viewer, is_allowed, require_person
from hub.bulk import insert_rows, update_where
from hub.database import transaction
from hub.directory.queries import TOWNS
from hub.encryption import encrypt
from hub.errors import NotFound, Unauthenticated
from hub.identity.queries import person_exists
from hub.identity.service.account import rename
from hub.ids import new_id
from hub.membership.models import WorkerProfile
from hub.membership.queries import BORN_ON_PURPOSE, day_of, profile_of, profiles
from hub.membership.rules import (
    assert_birth_date,
    assert_not_own,
    person_not_found,
    tidy_reason,
)
from hub.records import Record

T = TypeVar("T")

NO_TOWN = UUID(int=0)
"""The key of no town, for an id that names something else."""


async def update_my_profile(
    viewer: Viewer, declared: Mapping[str, Any], *, display_name: str | None = None
) -> Record:
    """What the person who asks declares of themselves; the profile afterwards.

    `declared` has some of `group`, `town_id` and `born_on`: what it leaves out stays, None
    clears. Raises Unauthenticated, NotFound for a town that is not there, and Invalid.
    """
    person_id = require_person(viewer.actor)
    sets = await _declared(viewer, declared)

    async def body() -> Record:
        if display_name is not None:
            await rename(viewer, display_name)
        if sets:
            await _put(person_id, sets, now=viewer.now)
            names = sorted(declared)
            told = ("Person", person_id)
            await audit.record(
                viewer.actor, "membership.profile_updated", object=told, after={"changed": names}
            )
        return await _profile(person_id, now=viewer.now)

    return await _again_when_made_meanwhile(body)


async def _declared(viewer: Viewer, declared: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what was declared, checked."""
    sets = {key: value for key, value in declared.items() if key != "born_on"}
    if "born_on" in declared:
        sets["born_on_encrypted"] = _sealed(declared["born_on"], today=day_of(viewer.now))
    town_id = sets.get("town_id")
    if town_id is not None and (await TOWNS.by_ids(viewer, [town_id]))[0] is None:
        raise NotFound("There is no such town.", chinese="没有这个镇街。", path=("input", "townId"))
    return sets


def _sealed(born_on: date | None, *, today: date) -> str | None:
    if born_on is None:
        return None
    assert_birth_date(born_on, today=today)
    return encrypt(born_on.isoformat(), purpose=BORN_ON_PURPOSE)


async def confirm_membership(
    viewer: Viewer, person_id: UUID | None, *, is_member: bool, reason: str
) -> Record:
    """Confirm that somebody is a member of the union, or is one no more; the profile afterwards.

    Wants CONFIRM_MEMBERSHIP for the town that the person has declared, or the district. What is
    so already stays as it is. Raises Unauthenticated; NotFound for somebody who is not there or
    of another's town; Conflict for oneself; Invalid without a reason.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")

    async def body() -> Record:
        before = await _theirs(viewer, person_id)
        assert person_id is not None
        assert_not_own(viewer.actor.person_id, person_id)
        why = tidy_reason(reason)
        if before is not None and before.is_member == is_member:
            return before
        await _put(person_id, _decision(viewer, is_member, why), now=viewer.now)
        await audit.record(
            viewer.actor,
            "membership.confirmed" if is_member else "membership.ended",
            object=("Person", person_id),
            before={"is_member": before is not None and before.is_member},
            after={"is_member": is_member, "reason": why},
        )
        return await _profile(person_id, now=viewer.now)

    return await _again_when_made_meanwhile(body)


async def _theirs(viewer: Viewer, person_id: UUID | None) -> Record | None:
    """The profile of somebody whom the viewer may decide on, if there is one. Raises NotFound."""
    profile = await profile_of(person_id) if person_id is not None else None
    scopes = [DISTRICT]
    if profile is not None and profile.town_id is not None:
        scopes.append(Scope(ScopeKind.TOWN, profile.town_id))
    if person_id is None or not is_allowed(
        viewer.actor, Action.CONFIRM_MEMBERSHIP, on=scopes, now=viewer.now
    ):
        raise person_not_found()
    if profile is None and not await person_exists(person_id):
        raise person_not_found()
    return profile


def _decision(viewer: Viewer, is_member: bool, reason: str) -> dict[str, Any]:
    return {
        "is_member": is_member,
        "member_since": day_of(viewer.now) if is_member else None,
        "membership_decided_by": viewer.actor.person_id or viewer.actor.service_id,
        "membership_decided_at": viewer.now,
        "membership_reason": reason,
    }


async def _put(person_id: UUID, sets: Mapping[str, Any], *, now: datetime) -> None:
    """Set columns of a person's profile, and make it where there is none."""
    changed = await update_where(
        WorkerProfile, {**sets, "updated_at": now}, where=[profiles.person_id == person_id]
    )
    if not changed:
        await insert_rows(WorkerProfile, [{**_empty(person_id, now), **sets}])


def _empty(person_id: UUID, now: datetime) -> dict[str, Any]:
    return {"id": new_id(), "person_id": person_id, "created_at": now, "updated_at": now}


async def _profile(person_id: UUID, *, now: datetime) -> Record:
    found = await profile_of(person_id)
    if found is None:
        await insert_rows(WorkerProfile, [_empty(person_id, now)])
        found = await profile_of(person_id)
    assert found is not None
    return found


async def _again_when_made_meanwhile(body: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction, and once more where another made the profile between look and insert."""
    try:
        return await transaction(body)
    except IntegrityError:
        return await transaction(body)
