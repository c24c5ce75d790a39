"""Reads of identity: whose a token or a phone is, and a person's sessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hub.access import queries as access
from hub.access.rules import is_key
from hub.auth import Actor, Viewer, require_person
from hub.authentication import Credential
from hub.encryption import blind_index, decrypt, keyed_digest, mask_phone
from hub.identity.models import (
    Person,
    RecoveryCode,
    Session,
    SignInCode,
    SignInGuard,
    TotpSecret,
    WechatIdentity,
)
from hub.identity.rules import CodePurpose, WrongTries
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

PHONE_PURPOSE = "person.phone"
TOTP_PURPOSE = "totp_secret.secret"

SERVICE_KEPT = timedelta(minutes=1)
"""How long a service's key may be remembered: its end by time moves no sequence."""

_CODES_MAX = 10
_SENDS_MAX = 200

_person = table_of(Person)
_session = table_of(Session)
_code = table_of(SignInCode)
_totp = table_of(TotpSecret)
_recovery = table_of(RecoveryCode)
_wechat = table_of(WechatIdentity)


def phone_index(phone: str) -> str:
    """The blind index of a canonical phone: what rows and counters are found by."""
    return blind_index(phone, purpose=PHONE_PURPOSE)


def access_digest(token: str) -> str:
    """What is kept of an access token."""
    return keyed_digest(token, purpose="access token")


def phone_of(person: Record) -> str:
    """The person's phone in clear, for sending to it. Raises Undecipherable."""
    return decrypt(person.phone_encrypted, purpose=PHONE_PURPOSE)


def masked_phone(person: Record) -> str:
    """The person's phone for showing: `138****1234`."""
    return mask_phone(phone_of(person))


async def credential_by_token(token: str, now: datetime) -> Credential | None:
    """What an access token or a service's key stands for at `now`; None where for nothing.

    Two statements for a session (itself with its person, and the grants), one for a key.
    """
    if is_key(token):
        service = await access.service_actor(token, now)
        return Credential(service, now + SERVICE_KEPT) if service is not None else None
    row = await _session_by_access_digest(access_digest(token))
    if row is None or row.ended_at is not None or row.disabled_at is not None:
        return None
    is_newest = row.access_digest == access_digest(token)
    until = row.access_expires_at if is_newest else row.previous_access_expires_at
    expires_at = min(until, row.expires_at)
    return Credential(await actor_of(row, now=now), expires_at) if now < expires_at else None


async def actor_of(session: Record, *, now: datetime) -> Actor:
    """The person of a session, with what they hold at `now`."""
    return Actor(
        person_id=session.person_id,
        session_id=session.id,
        grants=await access.grants_of(session.person_id, now),
        has_second_factor=session.has_second_factor,
        stepped_up_at=session.stepped_up_at,
        label=session.display_name,
    )


async def _session_by_access_digest(digest: str) -> Record | None:
    criterion = (_session.access_digest == digest) | (_session.previous_access_digest == digest)
    return await _first(_sessions_with_people().where(criterion))


def _sessions_with_people() -> Select:
    return Select(
        Session,
        extras={"disabled_at": _person.disabled_at, "display_name": _person.display_name},
        joins=((_person, _person.id == _session.person_id),),
    )


async def session_by_id(session_id: UUID) -> Record | None:
    """The session with this id, ended or not, with its person's name and whether it is disabled."""
    return await _first(_sessions_with_people().where(_session.id == session_id))


async def person_by_id(person_id: UUID) -> Record | None:
    """The person with this id."""
    return await _first(Select(Person, (_person.id == person_id,)))


async def person_exists(person_id: UUID) -> bool:
    """Whether there is somebody with this id."""
    return await person_by_id(person_id) is not None


async def disabled_people(person_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these people who may not sign in, in one statement."""
    select = Select(Person, (_person.disabled_at.notnull(),))
    rows = await fetch_records_by(select, person_ids, column="id")
    return frozenset(row.id for row in rows)


async def person_by_phone(phone: str) -> Record | None:
    """The person with this canonical phone."""
    return await _first(Select(Person, (_person.phone_index == phone_index(phone),)))


async def people_by_ids(person_ids: Sequence[UUID]) -> list[Record | None]:
    """The people with these ids, aligned; for callers that have decided who may see them."""
    rows = await fetch_records_by(Select(Person), person_ids, column="id")
    found = {row.id: row for row in rows}
    return [found.get(each) for each in person_ids]


async def viewer_person(viewer: Viewer) -> Record | None:
    """The person who asks; None for nobody and for services."""
    person_id = viewer.actor.person_id
    return await person_by_id(person_id) if person_id is not None else None


async def live_sessions_by_person_ids(
    person_ids: Sequence[UUID], *, now: datetime
) -> list[list[Record]]:
    """Each person's sessions that have not ended, newest first, in one statement."""
    select = Select(Session, (_session.ended_at.isnull(), _session.expires_at > now))
    grouped: dict[UUID, list[Record]] = {}
    rows = await fetch_records_by(select, person_ids, column="person_id")
    for row in sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True):
        grouped.setdefault(row.person_id, []).append(row)
    return [grouped.get(each, []) for each in person_ids]


async def own_session(viewer: Viewer, session_id: UUID) -> Record | None:
    """The asking person's live session with this id. Raises Unauthenticated for nobody."""
    person_id = require_person(viewer.actor)
    mine = (await live_sessions_by_person_ids([person_id], now=viewer.now))[0]
    return next((row for row in mine if row.id == session_id), None)


async def recent_codes(index: str, purpose: CodePurpose, *, since: datetime) -> list[Record]:
    """The newest codes sent to a phone for a purpose, newest first."""
    select = Select(
        SignInCode,
        (_code.phone_index == index, _code.purpose == purpose.value, _code.created_at > since),
    )
    return await fetch_records(select, order=_NEWEST, limit=_CODES_MAX)


async def sent_at_by_phone(index: str, *, since: datetime) -> list[datetime]:
    """When codes were sent to a phone."""
    select = Select(SignInCode, (_code.phone_index == index, _code.created_at > since))
    return [row.created_at for row in await fetch_records(select, order=_NEWEST, limit=_SENDS_MAX)]


async def sent_at_by_address(index: str, *, since: datetime) -> list[datetime]:
    """When codes were asked for from an address."""
    select = Select(SignInCode, (_code.address_index == index, _code.created_at > since))
    return [row.created_at for row in await fetch_records(select, order=_NEWEST, limit=_SENDS_MAX)]


_NEWEST = (Ordering("created_at", descending=True), Ordering("id", descending=True))


async def wrong_tries_of(key: str) -> WrongTries:
    """A phone's wrong tries so far."""
    row = await _first(Select(SignInGuard, (table_of(SignInGuard).key == key,)))
    if row is None:
        return WrongTries()
    return WrongTries(row.wrong_tries, row.counting_since, row.pauses, row.paused_until)


async def totp_secret_of(person_id: UUID, *, is_confirmed: bool) -> Record | None:
    """The newest secret of a person's authenticator, confirmed or still to be confirmed."""
    is_missing = _totp.confirmed_at.isnull()
    criterion = is_missing.negate() if is_confirmed else is_missing
    select = Select(TotpSecret, (_totp.person_id == person_id, criterion))
    rows = await fetch_records(select, order=_NEWEST, limit=1)
    return rows[0] if rows else None


async def unused_recovery_codes(person_id: UUID) -> int:
    """How many recovery codes a person has left."""
    select = Select(RecoveryCode, (_recovery.person_id == person_id, _recovery.used_at.isnull()))
    return len(await fetch_records(select))


async def wechat_person_id(app_id: str, openid_index: str) -> UUID | None:
    """Whose identity at WeChat this is."""
    criteria = (_wechat.app_id == app_id, _wechat.openid_index == openid_index)
    row = await _first(Select(WechatIdentity, criteria))
    return row.person_id if row is not None else None


async def _first(select: Select) -> Record | None:
    rows = await fetch_records(select, limit=1)
    return rows[0] if rows else None
