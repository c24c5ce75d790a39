"""The person who asks: name, masked phone, roles, sessions."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.access import queries as access
from hub.auth import Role
from hub.identity import queries as identity
from hub.identity.rules import is_staff, roles_of
from hub.records import Record
from schema import roles as _roles  # noqa: F401 - describes Role
from schema.batching import batch_field
from schema.relay import encode_id

SESSIONS_SIZE = 20


def _person_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Person", root.id))


def _session_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("Session", root.id))


def _is_current(root: strawberry.Parent[Record], info: Info) -> bool:
    return bool(root.id == info.context.viewer.actor.session_id)


def _is_second_factor_proven(root: strawberry.Parent[Record]) -> bool:
    return bool(root.has_second_factor)


def _masked(root: strawberry.Parent[Record]) -> str:
    return identity.masked_phone(root)


async def _grants(parents: list[Record], info: Info) -> list[tuple[Any, ...]]:
    """What each of them holds; the asking person's is known already."""
    viewer = info.context.viewer
    if all(parent.id == viewer.actor.person_id for parent in parents):
        return [viewer.actor.grants] * len(parents)
    ids = [parent.id for parent in parents]
    return [tuple(held) for held in await access.grants_by_person_ids(ids, now=viewer.now)]


async def _roles_of(parents: list[Record], info: Info) -> list[list[Role]]:
    now = info.context.viewer.now
    return [roles_of(grants, now=now) for grants in await _grants(parents, info)]


async def _second_factors(parents: list[Record], info: Info) -> list[bool]:
    viewer = info.context.viewer
    return [
        is_staff(grants, now=viewer.now) and not viewer.actor.has_second_factor
        for grants in await _grants(parents, info)
    ]


async def _sessions(parents: list[Record], info: Info) -> list[list[Record]]:
    now = info.context.viewer.now
    return await identity.live_sessions_by_person_ids([parent.id for parent in parents], now=now)


@strawberry.type(description="One sign-in on one device (登录会话).")
class Session:
    """See the fields."""

    id: strawberry.ID = strawberry.field(resolver=_session_id, description="For `endSession`.")
    device_label: str = strawberry.field(
        description="App and device in a few words, like WeChat · iPhone; may be empty."
    )
    created_at: datetime = strawberry.field(description="When the sign-in was.")
    last_used_at: datetime = strawberry.field(
        description="When its tokens were last refreshed; about every quarter of an hour in use."
    )
    expires_at: datetime = strawberry.field(
        description="When it ends if it is not refreshed before."
    )
    is_second_factor_proven: bool = strawberry.field(
        resolver=_is_second_factor_proven,
        description="Whether a second factor was shown; staff roles count only then.",
    )
    is_current: bool = strawberry.field(
        resolver=_is_current, description="Whether this very request belongs to it."
    )


@strawberry.type
class ViewerIdentity:
    """What identity tells of the person who asks; a part of `Viewer`."""

    id: strawberry.ID = strawberry.field(resolver=_person_id, description="The person's global id.")
    display_name: str = strawberry.field(description="The name to be shown; see `updateProfile`.")
    phone_masked: str = strawberry.field(
        resolver=_masked, description="The phone with its middle hidden: 138****1234."
    )
    created_at: datetime = strawberry.field(description="When the person first signed in.")
    phone_changed_at: datetime | None = strawberry.field(
        description="When the phone was last changed; null: never."
    )
    roles: list[Role] | None = batch_field(
        _roles_of,
        description="What the person is at the moment, whatever the scope; always a WORKER.",
        metadata={"size": len(Role)},
    )
    is_second_factor_missing: bool | None = batch_field(
        _second_factors,
        description="True for staff whose roles do not count in this session: enrol with "
        "`enrolTotp`, or sign in again with the second factor.",
    )
    sessions: list[Session] | None = batch_field(
        _sessions,
        description=f"The sessions that have not ended, newest first, at most {SESSIONS_SIZE}.",
        metadata={"size": SESSIONS_SIZE},
    )
