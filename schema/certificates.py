"""Certificates in GraphQL: one's own, one to verify, issued late, revoked."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types import Info

from hub.certificates import queries as certificates
from hub.certificates.queries import Seen
from hub.certificates.rules import REASON_CHARS_MAX
from hub.certificates.service import issuing
from hub.learning import queries as learning
from hub.progress import service as progress
from hub.records import Record
from schema.batching import batch_field
from schema.filters import is_given
from schema.lists import connection_field, order_input, related_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, decode_key, encode_id

if TYPE_CHECKING:
    from schema.learning import Course

_Course = Annotated["Course", strawberry.lazy("schema.learning")]


def _seen(root: Any) -> Seen:
    """The certificate behind a parent: rows come from the holder's own list."""
    return root if isinstance(root, Seen) else Seen(root, is_holder=True, is_whole=True)


def _row(root: Any) -> Record:
    return _seen(root).row


def _pdf_url(root: strawberry.Parent[Any], info: Info) -> str | None:
    seen = _seen(root)
    if not seen.is_holder or seen.row.revoked_at is not None:
        return None
    return certificates.pdf_url(seen.row, now=info.context.viewer.now)


def _for_whole(name: str) -> Any:
    """A field that strangers read as null."""

    def resolve(root: strawberry.Parent[Any]) -> str | None:
        seen = _seen(root)
        return (getattr(seen.row, name) or None) if seen.is_whole else None

    return resolve


def _certificate_id(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(encode_id("Certificate", _row(root).id))


def _number(root: strawberry.Parent[Any]) -> str:
    return str(_row(root).number)


def _title(root: strawberry.Parent[Any]) -> str:
    return str(_row(root).title)


def _course_title(root: strawberry.Parent[Any]) -> str:
    return str(_row(root).course_title)


def _issuer(root: strawberry.Parent[Any]) -> str:
    return str(_row(root).issuer)


def _holder_name(root: strawberry.Parent[Any]) -> str:
    return _seen(root).holder_name


def _issued_on(root: strawberry.Parent[Any]) -> date:
    return _seen(root).issued_on


def _is_revoked(root: strawberry.Parent[Any]) -> bool:
    return _row(root).revoked_at is not None


def _revoked_at(root: strawberry.Parent[Any]) -> datetime | None:
    revoked_at: datetime | None = _row(root).revoked_at
    return revoked_at


def _verify_url(root: strawberry.Parent[Any]) -> str:
    return certificates.verify_url(_row(root))


@strawberry.type(description="That somebody completed a course (结业证书), as it was on that day.")
class Certificate:
    """Over a row of one's own, or a `Seen`; no node, so that an id alone shows nothing."""

    id: strawberry.ID = strawberry.field(
        resolver=_certificate_id, description="For `revokeCertificate`."
    )

    number: str = strawberry.field(
        resolver=_number,
        description="Prefix, year, running number and check digit, like YZ-2026-000123-7.",
    )
    title: str = strawberry.field(resolver=_title, description="The heading, like 结业证书.")
    holder_name: str = strawberry.field(
        resolver=_holder_name,
        description="Whose it is; for strangers masked, like 王*哥.",
    )
    course_title: str = strawberry.field(
        resolver=_course_title, description="What the course was called."
    )
    issuer: str = strawberry.field(resolver=_issuer, description="Who issued it.")
    issued_on: date = strawberry.field(
        resolver=_issued_on, description="The day of issue, in the district."
    )
    is_revoked: bool = strawberry.field(
        resolver=_is_revoked, description="Whether it was taken back; it counts no more then."
    )
    revoked_at: datetime | None = strawberry.field(
        resolver=_revoked_at, description="When it was taken back; null: it counts."
    )
    revocation_reason: str | None = strawberry.field(
        resolver=_for_whole("revocation_reason"),
        description="Why it was taken back; for its holder and those who may revoke it.",
    )
    code: str | None = strawberry.field(
        resolver=_for_whole("code"),
        description="The code that goes with the number, to verify it; null for strangers.",
    )
    verify_url: str = strawberry.field(
        resolver=_verify_url,
        description="Where anybody can verify it; the QR code of the PDF leads there.",
    )
    pdf_url: str | None = strawberry.field(
        resolver=_pdf_url,
        description="Where the PDF is, for half an hour and whoever has the address; for the "
        "holder of one that counts, else null.",
    )
    course: _Course | None = related_field(
        learning.COURSES, "course_id", description="The course; null where it is gone."
    )


@strawberry.input(description="One certificate by what is printed on it.")
class CertificateBy:
    """See the fields."""

    number: str = strawberry.field(description="The number.")
    code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The code that its QR code has; its holder, and those who may revoke it, need "
        "none.",
    )


async def _certificate(
    parents: list[Any],
    info: Info,
    by: Annotated[CertificateBy, strawberry.argument(description="Which.")],
) -> list[Seen | None]:
    code = by.code if is_given(by.code) else None
    seen = await certificates.seen_by_number(info.context.viewer, by.number, code=code)
    return [seen] * len(parents)


@strawberry.type
class CertificatesQuery:
    """The root fields of certificates."""

    certificate: Certificate | None = batch_field(
        _certificate,
        description="A certificate to verify (证书查验), by its number and code: whether there is "
        "such a one, and whether it was revoked; null where not. Open to everybody.",
    )


CertificateOrder = order_input("Certificate", {"ISSUED_AT": "By the instant of issue."})


@strawberry.type
class ViewerCertificates:
    """What certificates tell of the person who asks; a part of `Viewer`."""

    certificates: Connection[Certificate] | None = connection_field(
        certificates.CERTIFICATES,
        order=CertificateOrder,
        description="The person's own certificates (我的证书), newest first, revoked ones too.",
    )


@strawberry.input(description="A completed course to have the certificate of.")
class ClaimCertificateInput:
    """See the fields."""

    course_id: strawberry.ID = strawberry.field(description="The course.")


@strawberry.input(description="A certificate to take back.")
class RevokeCertificateInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The certificate.")
    reason: str = strawberry.field(
        description=f"Why, at most {REASON_CHARS_MAX} characters; the holder reads it."
    )


@strawberry.type(description="The outcome of a step with a certificate.")
class CertificatePayload:
    """See the fields."""

    certificate: Certificate | None = strawberry.field(
        default=None, description="The certificate; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _claim(info: Info, given: ClaimCertificateInput) -> dict[str, Any]:
    key = decode_key(str(given.course_id), types=("Course",), path=("input", "courseId"))
    return {"certificate": await progress.claim_certificate(info.context.viewer, key)}


async def _revoke(info: Info, given: RevokeCertificateInput) -> dict[str, Any]:
    viewer = info.context.viewer
    key = decode_key(str(given.id), types=("Certificate",), path=("input", "id"))
    row = await issuing.revoke_certificate(viewer, key, reason=given.reason)
    is_holder = row.person_id == viewer.actor.person_id
    return {"certificate": Seen(row, is_holder=is_holder, is_whole=True)}


@strawberry.type
class CertificatesMutation:
    """The mutations of certificates."""

    claim_certificate: CertificatePayload = mutation_field(
        _claim,
        input_type=ClaimCertificateInput,
        payload=CertificatePayload,
        description="The certificate of a course that one has completed (领取证书). It comes by "
        "itself on completion, unless the name was missing then: set it with `updateProfile` and "
        "claim it. NOT_FOUND; CONFLICT when the course is not completed, gives none, or the name "
        "is still missing.",
    )
    revoke_certificate: CertificatePayload = mutation_field(
        _revoke,
        input_type=RevokeCertificateInput,
        payload=CertificatePayload,
        description="Take a certificate back for good (撤销证书), audited. Permission: "
        "REVOKE_CERTIFICATE for its course. NOT_FOUND; INVALID without a reason; CONFLICT for one "
        "that is revoked already.",
    )
