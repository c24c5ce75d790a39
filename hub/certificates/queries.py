"""Reads of certificates: one's own, and what anybody may verify who has seen one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from pypika_tortoise.terms import Criterion

from hub.auth import Action, Viewer, is_allowed
from hub.certificates.models import Certificate
from hub.certificates.rules import course_scopes, is_number, masked_name, normal_number
from hub.criteria import never
from hub.encryption import are_equal, keyed_digest
from hub.learning.queries import course_programs_by_ids
from hub.listing import Listing
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of
from hub.settings import current_settings

PDF_LINK_LASTS = timedelta(minutes=30)
PATH = "/certificates/"

_PURPOSE = "certificate pdf"
_certificate = table_of(Certificate)


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate as somebody may see it: whole for its holder and those who may revoke it."""

    row: Record
    is_holder: bool
    is_whole: bool

    @property
    def course_id(self) -> UUID:
        """The course that was completed."""
        key: UUID = self.row.course_id
        return key

    @property
    def issued_on(self) -> date:
        """The day of issue in the district."""
        return day_of(self.row)

    @property
    def holder_name(self) -> str:
        """The holder's name, masked for strangers."""
        name: str = self.row.holder_name
        return name if self.is_whole else masked_name(name)


def _own(viewer: Viewer) -> Sequence[Criterion]:
    person_id = viewer.actor.person_id
    return (never(),) if person_id is None else (_certificate.person_id == person_id,)


CERTIFICATES = Listing(
    Certificate,
    _own,
    orders={"ISSUED_AT": "issued_at"},
    default_order=(Ordering("issued_at", descending=True),),
)
"""Everybody's own; strangers verify one by its number and code, `seen_by_number`."""


async def own_certificate(person_id: UUID, course_id: UUID) -> Record | None:
    """The certificate of a person in a course."""
    criteria = (_certificate.person_id == person_id, _certificate.course_id == course_id)
    return next(iter(await fetch_records(Select(Certificate, criteria))), None)


async def own_by_course_ids(viewer: Viewer, course_ids: Sequence[UUID]) -> list[Record | None]:
    """The viewer's own certificate of each course, aligned, in one statement."""
    rows = await fetch_records_by(CERTIFICATES.select(viewer), course_ids, column="course_id")
    found = {row.course_id: row for row in rows}
    return [found.get(course_id) for course_id in course_ids]


async def certificate_by_number(number: str) -> Record | None:
    """The certificate with a number, whoever asks; None for what is no number."""
    wanted = normal_number(number)
    if not is_number(wanted):
        return None
    return next(iter(await fetch_records_by(Select(Certificate), [wanted], column="number")), None)


async def certificate_by_id(certificate_id: UUID) -> Record | None:
    """The certificate with this id, whoever asks."""
    rows = await fetch_records_by(Select(Certificate), [certificate_id], column="id")
    return next(iter(rows), None)


async def seen_by_number(viewer: Viewer, number: str, *, code: str | None) -> Seen | None:
    """The certificate with this number as the viewer may see it.

    Its holder and those who may revoke it need no code; anybody else has to name the one that is
    printed beside the number, for numbers can be counted up. None for everything else.
    """
    row = await certificate_by_number(number)
    if row is None:
        return None
    is_holder = row.person_id == viewer.actor.person_id
    is_whole = is_holder or await may_revoke(viewer, row)
    if not is_whole and not are_equal((code or "").strip().upper(), row.code):
        return None
    return Seen(row, is_holder, is_whole)


async def may_revoke(viewer: Viewer, certificate: Record) -> bool:
    """Whether the viewer may revoke this certificate."""
    if viewer.actor.is_anonymous:
        return False
    program_id = (await course_programs_by_ids([certificate.course_id]))[0]
    scopes = course_scopes(program_id)
    return is_allowed(viewer.actor, Action.REVOKE_CERTIFICATE, on=scopes, now=viewer.now)


def day_of(certificate: Record) -> date:
    """The day on which a certificate was issued, in the district."""
    issued_at: datetime = certificate.issued_at
    return issued_at.astimezone(ZoneInfo(current_settings().timezone)).date()


def verify_url(certificate: Record) -> str:
    """Where the certificate can be verified: what its QR code says."""
    settings = current_settings()
    page = settings.certificate_page_url
    if page:
        return page.replace("{number}", certificate.number).replace("{code}", certificate.code)
    query = urlencode({"code": certificate.code})
    return f"{settings.resolved_public_url}{PATH}{certificate.number}?{query}"


def pdf_url(certificate: Record, *, now: datetime) -> str:
    """Where the PDF can be fetched by whoever has this address, for half an hour."""
    expires = str(int((now + PDF_LINK_LASTS).timestamp()))
    query = urlencode({"expires": expires, "signature": _signature(certificate.number, expires)})
    return f"{current_settings().resolved_public_url}{PATH}{certificate.number}.pdf?{query}"


def is_pdf_link(number: str, expires: str, *, signature: str, now: datetime) -> bool:
    """Whether an address of a PDF was made here and has not ended."""
    if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
        return False
    if not are_equal(signature, _signature(number, expires)):
        return False
    return now < datetime.fromtimestamp(int(expires), UTC)


def _signature(number: str, expires: str) -> str:
    return keyed_digest(number, expires, purpose=_PURPOSE)
