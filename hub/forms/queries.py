"""Reads of forms: what they ask, now and in earlier versions."""

from uuid import UUID

from hub.forms.models import Form, FormVersion
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
    versions = table_of(FormVersion)
    criteria = (versions.form_id == form_id, versions.version == version)
    earlier = await fetch_records(Select(FormVersion, criteria), limit=1)
    return earlier[0] if earlier else None
