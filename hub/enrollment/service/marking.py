"""Writing down who came and who did not, for many registrations at a time, in the transaction of
whoever calls.

Both hold their seat, so that no pool's numbers change.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.bulk import update_where
from hub.enrollment.models import Pool, Registration
from hub.enrollment.queries import pools, registrations
from hub.enrollment.rules import RegistrationState, Subject, SubjectKind
from hub.records import Record, Select, as_uuid, fetch_locked, fetch_records_by, is_in


async def locked_registrations(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The registrations by id, as they stand with their pools locked: none changes any more.

    Three statements, however many there are.
    """
    rows = await fetch_records_by(Select(Registration), ids, column="id")
    if not rows:
        return {}
    pool_ids = list(dict.fromkeys(row.pool_id for row in rows if row.pool_id is not None))
    if pool_ids:
        await fetch_locked(Select(Pool, (is_in(pools.id, pool_ids),)))
    wanted = is_in(registrations.id, [row.id for row in rows])
    return {row.id: row for row in await fetch_locked(Select(Registration, (wanted,)))}


async def mark_attended(ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Write down that these came, of whom it was not known; which they were. For locked ones."""
    came_from = (RegistrationState.CONFIRMED, RegistrationState.NO_SHOW)
    changed = await update_where(
        Registration,
        _becoming(RegistrationState.ATTENDED, now),
        where=[is_in(registrations.id, ids), is_in(registrations.state, came_from)],
    )
    return [as_uuid(row[0]) for row in changed]


async def mark_no_shows(subject: Subject, *, now: datetime) -> list[UUID]:
    """Write down of everybody who had a seat for a thing and did not come that it is so."""
    where = [
        registrations.subject_id == subject.id,
        registrations.state == RegistrationState.CONFIRMED.value,
    ]
    if subject.kind is SubjectKind.COURSE and subject.part_id is not None:
        where.append(registrations.part_id == subject.part_id)
    changed = await update_where(
        Registration, _becoming(RegistrationState.NO_SHOW, now), where=where
    )
    return [as_uuid(row[0]) for row in changed]


def _becoming(state: RegistrationState, now: datetime) -> dict[str, object]:
    return {"state": state.value, "version": registrations.version + 1, "updated_at": now}
