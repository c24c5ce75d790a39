"""Writes of forms: what follows when editors change one."""

from collections.abc import Sequence
from datetime import datetime

from hub.bulk import insert_rows
from hub.forms.models import FormVersion
from hub.ids import new_id
from hub.records import Record


async def keep_questions(before: Sequence[Record], now: datetime) -> None:
    """Keep what forms asked before, for those who began with it."""
    rows = [
        {
            "id": new_id(),
            "form_id": each.id,
            "version": each.version,
            "questions": each.questions,
            "replaced_at": now,
        }
        for each in before
    ]
    await insert_rows(FormVersion, rows)
