"""The second factor of staff: an authenticator's codes (RFC 6238), and recovery codes."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp

from hub.audit.service import record
from hub.auth import Actor, Viewer, require_person, require_step_up
from hub.database import transaction
from hub.encryption import are_equal, decrypt, encrypt, keyed_digest
from hub.errors import Forbidden, HubError
from hub.identity.models import RecoveryCode, Session, TotpSecret
from hub.identity.queries import TOTP_PURPOSE, masked_phone, person_by_id, totp_secret_of
from hub.identity.rules import canonical_code, code_invalid, is_staff
from hub.identity.service.codes import deciding
from hub.ids import new_id
from hub.revocation import revoke

ISSUER: Final = "Xiaoge Hub"
RECOVERY_CODES: Final = 10

_STEP_SECONDS: Final = 30
_STEPS_AROUND: Final = (0, -1, 1)
_TOTP_DIGITS: Final = 6
_RECOVERY_BYTES: Final = 10  # 16 characters of base32, 80 bits


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the address behind the QR code, and the secret to type."""

    uri: str
    secret: str


async def enrol_totp(viewer: Viewer) -> Enrolment:
    """Make a secret for the authenticator of the person who asks; `confirm_totp` makes it count.

    For staff. Whoever has one already needs a fresh proof of identity with it. Raises
    Unauthenticated, Forbidden, StepUpRequired.
    """
    person_id = _require_staff(viewer)

    async def body() -> Enrolment:
        if await totp_secret_of(person_id, is_confirmed=True) is not None:
            require_second_factor(viewer)
        return await store_secret(
            person_id, secret=pyotp.random_base32(), confirmed_at=None, now=viewer.now
        )

    return await transaction(body)


async def confirm_totp(viewer: Viewer, code: str) -> list[str]:
    """Make the enrolled secret count, by a code computed from it: ten fresh recovery codes.

    The session has the second factor from then on. Raises CodeInvalid and then nothing is changed,
    Unauthenticated, Forbidden, StepUpRequired.
    """
    person_id = _require_staff(viewer)

    async def body() -> list[str] | HubError:
        confirmed = await totp_secret_of(person_id, is_confirmed=True)
        if confirmed is not None:
            require_second_factor(viewer)
        pending = await totp_secret_of(person_id, is_confirmed=False)
        if pending is None:
            return code_invalid("input", "code")
        step = _matching_step(pending.secret_encrypted, code, viewer.now)
        if step is None:
            return code_invalid("input", "code")
        await TotpSecret.filter(person_id=person_id, confirmed_at__isnull=False).delete()
        await TotpSecret.filter(id=pending.id).update(confirmed_at=viewer.now, last_step=step)
        codes = await store_recovery_codes(person_id)
        await record(viewer.actor, "identity.totp_confirmed", object=("Person", person_id))
        await _raise_session(viewer)
        return codes

    return await deciding(body)


async def regenerate_recovery_codes(viewer: Viewer) -> list[str]:
    """Ten fresh recovery codes in place of all earlier ones.

    Raises Unauthenticated, Forbidden, and StepUpRequired.
    """
    person_id = _require_staff(viewer)
    require_second_factor(viewer)

    async def body() -> list[str]:
        codes = await store_recovery_codes(person_id)
        await record(viewer.actor, "identity.recovery_codes_made", object=("Person", person_id))
        return codes

    return await transaction(body)


async def use_second_factor(person_id: UUID, text: str, *, now: datetime) -> bool:
    """Whether `text` is the authenticator's code of now or an unused recovery code; used up then.

    Inside the current transaction; who calls counts the wrong tries. A code of the step before or
    after counts as well, for phones' clocks, and none counts twice (RFC 6238, section 5.2).
    """
    plain = canonical_code(text)
    if len(plain) == _TOTP_DIGITS and plain.isdecimal():
        return await _use_totp(person_id, plain, now)
    digest = _recovery_digest(person_id, plain)
    used = await RecoveryCode.filter(
        person_id=person_id, code_digest=digest, used_at__isnull=True
    ).update(used_at=now)
    return used == 1


async def _use_totp(person_id: UUID, code: str, now: datetime) -> bool:
    row = await totp_secret_of(person_id, is_confirmed=True)
    step = _matching_step(row.secret_encrypted, code, now) if row is not None else None
    if row is None or step is None:
        return False
    used = await TotpSecret.filter(id=row.id, last_step__lt=step).update(last_step=step)
    return used == 1


def _matching_step(secret_encrypted: str, code: str, now: datetime) -> int | None:
    totp = pyotp.TOTP(decrypt(secret_encrypted, purpose=TOTP_PURPOSE))
    current = int(now.timestamp()) // _STEP_SECONDS
    plain = canonical_code(code)
    steps = [current + offset for offset in _STEPS_AROUND]
    matches = [step for step in steps if are_equal(totp.generate_otp(step), plain)]
    return matches[0] if matches else None


async def store_secret(
    person_id: UUID, *, secret: str, confirmed_at: datetime | None, now: datetime
) -> Enrolment:
    """Put a secret in place of those not confirmed, inside the current transaction."""
    person = await person_by_id(person_id)
    assert person is not None, "whoever enrols is there"
    await TotpSecret.filter(person_id=person_id, confirmed_at__isnull=True).delete()
    await TotpSecret.create(
        id=new_id(),
        person_id=person_id,
        secret_encrypted=encrypt(secret, purpose=TOTP_PURPOSE),
        created_at=now,
        confirmed_at=confirmed_at,
    )
    name = masked_phone(person)
    return Enrolment(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER), secret)


async def store_recovery_codes(person_id: UUID) -> list[str]:
    """Make ten recovery codes in place of all earlier ones, inside the current transaction."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await RecoveryCode.filter(person_id=person_id).delete()
    for code in codes:
        digest = _recovery_digest(person_id, canonical_code(code))
        await RecoveryCode.create(id=new_id(), person_id=person_id, code_digest=digest)
    return codes


def _recovery_code() -> str:
    """Four groups of four letters and digits, like `K3QD-77XA-MNB2-9ZTP`."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _recovery_digest(person_id: UUID, plain: str) -> str:
    return keyed_digest(str(person_id), plain, purpose="recovery code")


async def _raise_session(viewer: Viewer) -> None:
    """Let the asking session have the second factor, and be freshly proven."""
    await Session.filter(id=viewer.actor.session_id).update(
        has_second_factor=True, stepped_up_at=viewer.now
    )
    await revoke(session_id=viewer.actor.session_id)


def require_second_factor(viewer: Viewer) -> None:
    """Raises StepUpRequired unless the person has shown a second factor within five minutes."""
    actor = viewer.actor
    fresh = actor if actor.has_second_factor else Actor(person_id=actor.person_id)
    require_step_up(fresh, now=viewer.now)


def _require_staff(viewer: Viewer) -> UUID:
    person_id = require_person(viewer.actor)
    if not is_staff(viewer.actor.grants, now=viewer.now):
        raise Forbidden(
            "A second factor is for those who work for the union.",
            chinese="仅工会工作人员需要设置二次验证。",
        )
    return person_id
