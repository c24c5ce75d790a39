"""Reads of membership: profiles, and people as the rules of seats see them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pypika_tortoise.queries import Query

from hub.database import fetch_all
from hub.directory.queries import TOWNS
from hub.encryption import decrypt
from hub.membership.models import WorkerProfile
from hub.membership.rules import Candidate, WorkerGroup, age_on
from hub.records import Record, Select, as_uuid, fetch_records_by, render, table_of
from hub.settings import current_settings

BORN_ON_PURPOSE = "worker_profile.born_on"

profiles = table_of(WorkerProfile)


async def profiles_by_person_ids(person_ids: Sequence[UUID]) -> list[Record | None]:
    """What each of these people has declared, aligned; None where nothing. For their own eyes."""
    rows = await fetch_records_by(Select(WorkerProfile), person_ids, column="person_id")
    found = {row.person_id: row for row in rows}
    return [found.get(each) for each in person_ids]


async def profile_of(person_id: UUID) -> Record | None:
    """What a person has declared; None where nothing."""
    return (await profiles_by_person_ids([person_id]))[0]


def born_on(profile: Record) -> date | None:
    """The day of birth in a profile."""
    return _opened(profile.born_on_encrypted)


def _opened(sealed: str | None) -> date | None:
    return date.fromisoformat(decrypt(sealed, purpose=BORN_ON_PURPOSE)) if sealed else None


def day_of(now: datetime) -> date:
    """The day in the district at an instant, by `HUB_TIMEZONE`."""
    return now.astimezone(ZoneInfo(current_settings().timezone)).date()


async def candidate_of(
    person_id: UUID,
    *,
    at: date,
    completed_course_slugs: Collection[str] = (),
    has_invitation: bool = False,
) -> Candidate:
    """A person as the rules of seats see them on the day `at`, in one statement.

    Somebody without a profile is nothing in particular.
    """
    towns = table_of(TOWNS.model)
    query = (
        Query.from_(profiles)
        .left_join(towns)
        .on(towns.id == profiles.town_id)
        .select(profiles.is_member, profiles.group, profiles.town_id, towns.slug)
        .select(profiles.born_on_encrypted)
        .where(profiles.person_id == person_id)
    )
    rows = await fetch_all(*render(query))
    completed = frozenset(completed_course_slugs)
    if not rows:
        return Candidate(completed_course_slugs=completed, has_invitation=has_invitation)
    return _candidate(rows[0], at, completed=completed, has_invitation=has_invitation)


def _candidate(
    row: Sequence[Any], at: date, *, completed: frozenset[str], has_invitation: bool
) -> Candidate:
    is_member, group, town_id, town_slug, sealed = row
    born = _opened(sealed)
    return Candidate(
        is_member=bool(is_member),
        group=WorkerGroup(group) if group else None,
        town_slug=town_slug,
        age=age_on(born, at) if born else None,
        completed_course_slugs=completed,
        has_invitation=has_invitation,
        town_id=as_uuid(town_id) if town_id else None,
    )
