"""Sessions: begun, refreshed, ended. Tokens are random and leave only digests behind."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from hub.access import queries as access
from hub.access.service import note_key_use
from hub.audit.service import record
from hub.auth import Actor, Grant, Viewer, require_person
from hub.authentication import Credential
from hub.database import transaction
from hub.encryption import (
    TOKEN_BYTES,
    are_equal,
    key_from,
    keyed_digest,
    random_token,
    seal,
    unseal,
)
from hub.errors import HubError, NotFound
from hub.identity.models import Session
from hub.identity.queries import (
    access_digest,
    actor_of,
    credential_by_token,
    live_sessions_by_person_ids,
    own_session,
    session_by_id,
)
from hub.identity.rules import EndReason, Lifetimes, LifetimeTable, session_ended
from hub.identity.service.codes import deciding
from hub.ids import new_id
from hub.records import Record
from hub.revocation import revoke
from hub.settings import Settings, current_settings

_ID_BYTES: Final = 16
_MAC_BYTES: Final = 16
_RETRY: Final = "session.retry"
_LABEL_CHARS_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client keeps: `expires_at` is the access token's end, the other the session's."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun or gone on, with whom it belongs to."""

    tokens: Tokens
    actor: Actor


async def open_session(
    person: Record,
    *,
    grants: Sequence[Grant],
    has_second_factor: bool,
    label: str,
    now: datetime,
) -> Opened:
    """Begin a session inside the current transaction; the oldest ends when there are too many."""
    lifetimes = lifetime_table(current_settings()).of(grants, now=now)
    session_id = new_id()
    tokens = _fresh_tokens(session_id, lifetimes, session_end=lifetimes.end(now, now=now), now=now)
    await Session.create(
        id=session_id,
        person_id=person.id,
        device_label=label[:_LABEL_CHARS_MAX],
        created_at=now,
        last_used_at=now,
        expires_at=tokens.refresh_expires_at,
        access_digest=access_digest(tokens.access_token),
        access_expires_at=tokens.expires_at,
        refresh_digest=_refresh_digest(tokens.refresh_token),
        has_second_factor=has_second_factor,
        stepped_up_at=now,
    )
    await _end_surplus(person.id, now)
    actor = Actor(
        person_id=person.id,
        session_id=session_id,
        grants=tuple(grants),
        has_second_factor=has_second_factor,
        stepped_up_at=now,
        label=person.display_name,
    )
    return Opened(tokens, actor)


async def credential_shown(token: str, now: datetime) -> Credential | None:
    """What a token stands for, for an authenticator to remember; a key's use is noted."""
    credential = await credential_by_token(token, now)
    if credential is not None and (service_id := credential.actor.service_id) is not None:
        await note_key_use(service_id, now)
    return credential


async def refresh_session(refresh_token: str, *, now: datetime) -> Opened:
    """Exchange a refresh token for new tokens; it is good once.

    Sent again within the grace (10 s) it gives the same answer, for the first may have got lost.
    After that it is in the wrong hands: the session ends. Raises SessionEnded.
    """
    session_id = _session_id_in(refresh_token)
    if session_id is None:
        raise session_ended()
    return await deciding(lambda: _refresh(session_id, refresh_token, now))


async def _refresh(session_id: UUID, refresh_token: str, now: datetime) -> Opened | HubError:
    row = await session_by_id(session_id)
    if row is None or row.ended_at is not None or row.disabled_at is not None:
        return session_ended()
    if now >= row.expires_at:
        return session_ended()
    digest = _refresh_digest(refresh_token)
    if are_equal(row.refresh_digest, digest):
        if (outcome := await _rotate(row, refresh_token, now)) is not None:
            return outcome
        row = await session_by_id(session_id)  # somebody else was faster by a moment
        assert row is not None, "sessions are ended, not deleted"
    if _is_retry(row, digest, now):
        raw = unseal(row.retry_sealed, key=_retry_key(refresh_token), bound_to=str(row.id))
        return Opened(_tokens_from(raw), await actor_of(row, now=now))
    actor = await actor_of(row, now=now)
    await end_sessions([row], actor=actor, reason=EndReason.REFRESH_REUSED, now=now)
    return session_ended()


async def _rotate(row: Record, refresh_token: str, now: datetime) -> Opened | HubError | None:
    """New tokens in place of the old; None when the row has changed meanwhile.

    Whoever has become staff since they signed in may find their time over.
    """
    grants = await access.grants_of(row.person_id, now)
    lifetimes = lifetime_table(current_settings()).of(grants, now=now)
    session_end = lifetimes.end(row.created_at, now=now)
    if now >= session_end:
        return session_ended()
    tokens = _fresh_tokens(row.id, lifetimes, session_end=session_end, now=now)
    sealed = seal(orjson.dumps(asdict(tokens)), key=_retry_key(refresh_token), bound_to=str(row.id))
    changed = await Session.filter(
        id=row.id, refresh_digest=row.refresh_digest, ended_at__isnull=True
    ).update(
        access_digest=access_digest(tokens.access_token),
        access_expires_at=tokens.expires_at,
        previous_access_digest=row.access_digest,
        previous_access_expires_at=row.access_expires_at,
        refresh_digest=_refresh_digest(tokens.refresh_token),
        previous_refresh_digest=row.refresh_digest,
        rotated_at=now,
        retry_sealed=sealed,
        last_used_at=now,
        expires_at=tokens.refresh_expires_at,
    )
    return Opened(tokens, await actor_of(row, now=now)) if changed == 1 else None


def _is_retry(row: Record, digest: str, now: datetime) -> bool:
    """Whether the previous token comes again within the grace; a clock may have gone back."""
    if row.previous_refresh_digest is None or row.rotated_at is None:
        return False
    grace = timedelta(seconds=current_settings().session_refresh_grace_seconds)
    return are_equal(row.previous_refresh_digest, digest) and abs(now - row.rotated_at) < grace


async def sign_out(viewer: Viewer) -> None:
    """End the session that asks. Raises Unauthenticated."""
    require_person(viewer.actor)

    async def body() -> None:
        row = await own_session(viewer, viewer.actor.session_id or UUID(int=0))
        ended = [row] if row is not None else []
        await end_sessions(ended, actor=viewer.actor, reason=EndReason.SIGNED_OUT, now=viewer.now)

    await transaction(body)


async def sign_out_everywhere(viewer: Viewer) -> int:
    """End all sessions of the person who asks, this one too; how many. Raises Unauthenticated."""
    person_id = require_person(viewer.actor)

    async def body() -> int:
        rows = (await live_sessions_by_person_ids([person_id], now=viewer.now))[0]
        reason = EndReason.SIGNED_OUT_EVERYWHERE
        await end_sessions(rows, actor=viewer.actor, reason=reason, now=viewer.now)
        return len(rows)

    return await transaction(body)


async def end_session(viewer: Viewer, session_id: UUID | None) -> Record:
    """End one of the asking person's sessions: the row as it was.

    Raises Unauthenticated, and NotFound for somebody else's, an ended and an unknown one alike.
    """
    require_person(viewer.actor)

    async def body() -> Record:
        row = await own_session(viewer, session_id) if session_id is not None else None
        if row is None:
            raise NotFound(
                "You have no such session.", chinese="没有这个登录会话。", path=("input", "id")
            )
        reason = EndReason.ENDED_BY_OWNER
        await end_sessions([row], actor=viewer.actor, reason=reason, now=viewer.now)
        return row

    return await transaction(body)


async def end_sessions(
    rows: Sequence[Record], *, actor: Actor, reason: EndReason, now: datetime
) -> None:
    """End these sessions inside the current transaction; every process forgets them."""
    for row in rows:
        changed = await Session.filter(id=row.id, ended_at__isnull=True).update(
            ended_at=now, end_reason=reason, retry_sealed=None
        )
        if changed:
            told = {"reason": reason.value}
            await record(actor, "identity.session_ended", object=("Session", row.id), after=told)
    for row in rows:
        await revoke(session_id=row.id)


async def _end_surplus(person_id: UUID, now: datetime) -> None:
    rows = (await live_sessions_by_person_ids([person_id], now=now))[0]
    surplus = rows[current_settings().sessions_per_person_max :]
    actor = Actor(person_id=person_id)
    await end_sessions(surplus, actor=actor, reason=EndReason.TOO_MANY, now=now)


def lifetime_table(settings: Settings) -> LifetimeTable:
    """The configured lifetimes."""

    def lifetimes(session_seconds: int, access_seconds: int, *, slides: bool) -> Lifetimes:
        return Lifetimes(
            timedelta(seconds=access_seconds), timedelta(seconds=session_seconds), slides
        )

    return LifetimeTable(
        worker=lifetimes(
            settings.session_worker_seconds, settings.session_access_seconds, slides=True
        ),
        merchant=lifetimes(
            settings.session_merchant_seconds, settings.session_access_seconds, slides=True
        ),
        staff=lifetimes(
            settings.session_staff_seconds, settings.session_staff_access_seconds, slides=False
        ),
    )


def _fresh_tokens(
    session_id: UUID, lifetimes: Lifetimes, *, session_end: datetime, now: datetime
) -> Tokens:
    body = session_id.bytes + secrets.token_bytes(TOKEN_BYTES)
    refresh_token = base64.urlsafe_b64encode(body + _mac(body)).rstrip(b"=").decode()
    expires_at = min(now + lifetimes.access, session_end)
    return Tokens(random_token(), refresh_token, expires_at, session_end)


def _session_id_in(refresh_token: str) -> UUID | None:
    """The session a refresh token was made for; None for one that the hub did not make.

    The token carries a MAC so that knowing a session's id is not enough to have it ended.
    """
    size = _ID_BYTES + TOKEN_BYTES + _MAC_BYTES
    try:
        raw = base64.urlsafe_b64decode(refresh_token[:200] + "=" * (-len(refresh_token) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(raw) != size or not hmac.compare_digest(mac, _mac(body)):
        return None
    return UUID(bytes=body[:_ID_BYTES])


def _mac(body: bytes) -> bytes:
    return bytes.fromhex(keyed_digest(body.hex(), purpose="refresh token mac"))[:_MAC_BYTES]


def _refresh_digest(token: str) -> str:
    return keyed_digest(token, purpose="refresh token")


def _retry_key(refresh_token: str) -> bytes:
    return key_from(refresh_token, purpose=_RETRY)


def _tokens_from(raw: bytes) -> Tokens:
    values = orjson.loads(raw)
    return Tokens(
        values["access_token"],
        values["refresh_token"],
        datetime.fromisoformat(values["expires_at"]),
        datetime.fromisoformat(values["refresh_expires_at"]),
    )
