"""Reads of forms: what they ask, now and in earlier versions."""

from datetime import datetime
from uuid import UUID

from hub.forms.models import Form, FormVersion
from hub.forms.rules import assert_answerable
from hub.listing import Listing
from hub.publishing import visible
from hub.records import Record, Select, fetch_records, fetch_records_by, table_of

_forms = table_of(Form)

FORMS = Listing(Form, lambda viewer: (visible(_forms, viewer.now),))


async def questions_of(form_id: UUID, version: int | None = None) -> Record | None:
    """A form, or what it asked in an earlier version; None for a version that never was."""
    rows = await fetch_records_by(Select(Form), [form_id], column="id")
    if not rows or version is None or rows[0].version == version:
        return rows[0] if rows else None
    return await _earlier(form_id, version)


async def questions_to_answer(
    form_id: UUID, version: int | None = None, *, now: datetime
) -> Record:
    """What somebody who began with a version of a form answers: a row with `version` and
    `questions`.

    Whoever began stays with what they were asked: the current version, or one that was current
    within the last 72 hours. None is the current one. Raises VersionConflict with `current` for
    any other, so that a client can show the new questions.
    """
    form = await questions_of(form_id)
    assert form is not None, "a form that a pool has is never deleted"
    if version is None or version == form.version:
        return form
    earlier = await _earlier(form_id, version)
    assert_answerable(earlier.replaced_at if earlier else None, current=form.version, now=now)
    assert earlier is not None
    return earlier


async def _earlier(form_id: UUID, version: int) -> Record | None:
    versions = table_of(FormVersion)
    criteria = (versions.form_id == form_id, versions.version == version)
    rows = await fetch_records(Select(FormVersion, criteria), limit=1)
    return rows[0] if rows else None
