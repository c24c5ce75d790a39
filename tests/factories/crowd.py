"""Many people who are signed in already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.bulk import insert_rows
from hub.clock import now
from hub.database import transaction
from hub.identity.models import Person, Session
from hub.identity.queries import access_digest
from hub.ids import new_id

_SIGNED_IN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the crowd: their key, and the access token that they show."""

    person_id: UUID
    token: str


async def crowd(count: int) -> list[Member]:
    """So many people who have signed in just now, in two statements and without a message."""
    at = now()
    members = [Member(new_id(), f"token-of-{new_id().hex}") for _ in range(count)]
    await transaction(lambda: _insert(members, at))
    return members


async def _insert(members: Sequence[Member], at: datetime) -> None:
    people = [
        {
            "id": member.person_id,
            "phone_encrypted": "",
            "phone_index": member.person_id.hex,
            "display_name": f"小哥 {number}",
            "created_at": at,
        }
        for number, member in enumerate(members)
    ]
    await insert_rows(Person, people)
    sessions = [
        {
            "id": new_id(),
            "person_id": member.person_id,
            "device_label": "a phone",
            "created_at": at,
            "last_used_at": at,
            "expires_at": at + _SIGNED_IN,
            "access_digest": access_digest(member.token),
            "access_expires_at": at + _SIGNED_IN,
            "refresh_digest": "",
        }
        for member in members
    ]
    await insert_rows(Session, sessions)
