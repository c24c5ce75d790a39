"""Reading what people wrote on signing up: one's own, or an organiser's, which is written down."""

from collections.abc import Sequence
from typing import Any

import orjson

from hub.attendance.queries import are_to_be_seen
from hub.attendance.service.signing_up import ANSWERS_PURPOSE, COMPANIONS_PURPOSE
from hub.audit import service as audit
from hub.auth import Viewer
from hub.encryption import decrypt
from hub.records import Record


async def answers_of(viewer: Viewer, rows: Sequence[Record]) -> list[dict[str, Any] | None]:
    """What was answered, by question, aligned; None where nothing was or it is not to be seen.

    That other people's answers are read is written down, in one entry.
    """
    shown = await are_to_be_seen(viewer, rows)
    told = [
        row
        for row, is_shown in zip(rows, shown, strict=True)
        if is_shown and row.answers_encrypted is not None
    ]
    await _write_down(viewer, [row for row in told if row.person_id != viewer.actor.person_id])
    found = {row.id: answers_in(row) for row in told}
    return [found.get(row.id) for row in rows]


async def _write_down(viewer: Viewer, read: Sequence[Record]) -> None:
    if read:
        after = {"registrations": [row.id for row in read]}
        await audit.record(viewer.actor, "registration.answers_read", after=after)


async def companions_of(viewer: Viewer, rows: Sequence[Record]) -> list[list[str] | None]:
    """Who comes along, aligned; None where it is not to be seen."""
    shown = await are_to_be_seen(viewer, rows)
    return [
        companions_in(row) if is_shown else None for row, is_shown in zip(rows, shown, strict=True)
    ]


def answers_in(row: Record) -> dict[str, Any] | None:
    """What was answered, for callers that have decided who may see it; None for nothing."""
    if row.answers_encrypted is None:
        return None
    answers: dict[str, Any] = _opened(row.answers_encrypted, purpose=ANSWERS_PURPOSE)
    return answers


def companions_in(row: Record) -> list[str]:
    """Who comes along, for callers that have decided who may see it."""
    if row.companions_encrypted is None:
        return []
    names: list[str] = _opened(row.companions_encrypted, purpose=COMPANIONS_PURPOSE)
    return names


def _opened(stored: str, *, purpose: str) -> Any:
    return orjson.loads(decrypt(stored, purpose=purpose))
