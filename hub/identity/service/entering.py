"""People entered from the server's command line: staff with their second factor, and samples."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp

from hub.access import queries as access
from hub.access.service import Lookups, give_role
from hub.auth import STAFF_ROLES, Actor, Grant
from hub.database import transaction
from hub.identity.queries import person_by_phone, totp_secret_of
from hub.identity.rules import canonical_phone
from hub.identity.service.second_factor import Enrolment, store_recovery_codes, store_secret
from hub.identity.service.sign_in import create_person
from hub.records import Record


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whom to enter; `secret` is a TOTP secret in base32, made when it is None."""

    phone: str
    grants: tuple[Grant, ...]
    display_name: str = ""
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A person with a role; the secrets of those who just got a second factor, to be shown once."""

    person: Record
    enrolment: Enrolment | None
    recovery_codes: tuple[str, ...]


async def enter_person(
    actor: Actor, newcomer: Newcomer, *, lookups: Lookups, now: datetime
) -> Entered:
    """Enter a person, or find the one with this phone, and give them what they lack of the grants.

    Staff who have no second factor yet get one that counts at once. All of it or nothing. Raises
    Invalid for the phone and whatever `give_role` raises.
    """
    phone = canonical_phone(newcomer.phone, path=())

    async def body() -> Entered:
        person = await person_by_phone(phone)
        if person is None:
            person = await create_person(phone, display_name=newcomer.display_name, now=now)
        held = await access.grants_of(person.id, now)
        for grant in newcomer.grants:
            if grant not in held:
                await give_role(actor, person.id, grant=grant, lookups=lookups)
        if not any(grant.role in STAFF_ROLES for grant in newcomer.grants):
            return Entered(person, None, ())
        return await _with_second_factor(person, newcomer.secret, now)

    return await transaction(body)


async def _with_second_factor(person: Record, secret: str | None, now: datetime) -> Entered:
    person_id: UUID = person.id
    if await totp_secret_of(person_id, is_confirmed=True) is not None:
        return Entered(person, None, ())
    secret = secret or pyotp.random_base32()
    enrolment = await store_secret(person_id, secret=secret, confirmed_at=now, now=now)
    return Entered(person, enrolment, tuple(await store_recovery_codes(person_id)))
