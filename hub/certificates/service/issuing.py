"""Certificates issued and revoked, each with its entry in the audit."""

import secrets
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.audit import service as audit
from hub.auth import Viewer, require_person
from hub.bulk import insert_or_count, insert_rows
from hub.certificates.models import Certificate, CertificateSeries
from hub.certificates.queries import certificate_by_id, may_revoke, own_certificate
from hub.certificates.rules import (
    CODE_CHARS,
    certificate_number,
    code_from,
    gives_none,
    nameless,
    not_found,
    reason_given,
    revoked_already,
    series_of,
)
from hub.database import transaction
from hub.errors import Unauthenticated
from hub.identity.queries import person_by_id
from hub.ids import new_id
from hub.records import Record
from hub.settings import current_settings

_RANDOM_BELOW = 1 << 32


async def assert_named(viewer: Viewer, course: Record) -> str:
    """The name that goes onto the viewer's certificate of this course.

    Raises Conflict for a course that gives none, and for somebody without a name, saying what to
    do about it.
    """
    if course.certificate_issuer is None:
        raise gives_none()
    name = await _name_of(viewer)
    if not name:
        raise nameless()
    return name


async def _name_of(viewer: Viewer) -> str:
    person = await person_by_id(require_person(viewer.actor))
    return person.display_name.strip() if person is not None else ""


async def issue_when_possible(viewer: Viewer, course: Record) -> Record | None:
    """The viewer's certificate of a course that they have just completed.

    None where the course gives none, and where the person has no name yet: to complete a course is
    not refused for that, and `claimCertificate` makes up for it. In the completion's transaction.
    """
    if course.certificate_issuer is None or not await _name_of(viewer):
        return None
    return await issue(viewer, course)


async def issue(viewer: Viewer, course: Record) -> Record:
    """A numbered certificate for the viewer, audited; in the transaction of the caller.

    The year is that of the day in the district. Numbers have no gaps: one is taken with the
    certificate or not at all. Raises as `assert_named` does.
    """
    person_id = require_person(viewer.actor)
    name = await assert_named(viewer, course)
    settings = current_settings()
    year = viewer.now.astimezone(ZoneInfo(settings.timezone)).year
    prefix = settings.certificate_prefix
    series = {"id": series_of(prefix, year), "last_number": 1}
    serial = await insert_or_count(CertificateSeries, series, unique="id", counter="last_number")
    row = {
        "id": new_id(),
        "person_id": person_id,
        "course_id": course.id,
        "number": certificate_number(prefix, year, serial=serial),
        "code": code_from([secrets.randbelow(_RANDOM_BELOW) for _ in range(CODE_CHARS)]),
        "holder_name": name,
        "course_title": course.title,
        "title": course.certificate_title,
        "issuer": course.certificate_issuer,
        "issued_at": viewer.now,
    }
    await insert_rows(Certificate, [row])
    await audit.record(
        viewer.actor,
        "certificates.issued",
        object=("Certificate", row["id"]),
        after={"number": row["number"], "course": course.slug},
    )
    made = await own_certificate(person_id, course.id)
    assert made is not None
    return made


async def revoke_certificate(viewer: Viewer, certificate_id: UUID | None, *, reason: str) -> Record:
    """Take a certificate back for good, with a reason; its row afterwards.

    For editors and managers of the course's programme or the district. Raises Unauthenticated,
    NotFound for one that is not there or not theirs to revoke, Invalid for a reason that says
    nothing, and Conflict for one that is revoked already. Nothing is changed then.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    said = reason_given(reason)

    async def body() -> Record:
        row = await certificate_by_id(certificate_id) if certificate_id else None
        if row is None or not await may_revoke(viewer, row):
            raise not_found()
        if not await _take_back(viewer, row, reason=said):
            raise revoked_already()
        await audit.record(
            viewer.actor,
            "certificates.revoked",
            object=("Certificate", row.id),
            before={"is_revoked": False},
            after={"is_revoked": True, "reason": said, "number": row.number},
        )
        after = await certificate_by_id(row.id)
        assert after is not None
        return after

    return await transaction(body)


async def _take_back(viewer: Viewer, row: Record, *, reason: str) -> bool:
    """Whether it was this call that revoked it: of two at once one does."""
    changed = await Certificate.filter(id=row.id, revoked_at=None).update(
        revoked_at=viewer.now,
        revoked_by=viewer.actor.person_id or viewer.actor.service_id,
        revocation_reason=reason,
    )
    return bool(changed)
