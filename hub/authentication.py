"""From the `Authorization` header to an actor, without a statement when it is asked again.

What a token stands for is kept in a bounded cache under the token's digest; an entry lives until
the token expires or a revocation names its session, its person or its service.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from hub.auth import ANONYMOUS, Actor
from hub.errors import Unauthenticated
from hub.revocation import RevocationWatch, Revoked, Waker

TOKEN_CHARS_MAX: Final = 256

_SCHEME: Final = "bearer"


@dataclass(frozen=True, slots=True)
class Credential:
    """An actor, and until when it may be remembered that the token stands for it."""

    actor: Actor
    expires_at: datetime


LoadCredential = Callable[[str, datetime], Awaitable[Credential | None]]
"""Finds what a token stands for at an instant, in the database; None for one that does not."""


class Authenticator:
    """Knows who shows a token. One for each application, since its cache is of this process."""

    def __init__(
        self,
        load: LoadCredential,
        *,
        entries_max: int,
        poll_seconds: float,
        waker: Waker | None = None,
    ) -> None:
        self._load = load
        self._entries_max = entries_max
        self._entries: OrderedDict[bytes, Credential] = OrderedDict()
        self._keys_by_subject: dict[UUID, set[bytes]] = {}
        self._generation = 0
        self._waker = waker
        self.watch = RevocationWatch(self._forget, poll_seconds=poll_seconds, waker=waker)

    def start(self) -> None:
        """Begin to listen to other processes, where there is a way; called by the lifespan."""
        if self._waker is not None:
            self._waker.start(self.watch.look_for)

    async def close(self) -> None:
        """Stop listening."""
        if self._waker is not None:
            await self._waker.close()

    async def actor(self, authorization: str | None, *, now: datetime) -> Actor:
        """Who sends this header; ANONYMOUS without one.

        Raises Unauthenticated for a header that is no `Bearer TOKEN` and for a token that is
        unknown, expired or revoked, and Unavailable when the database has to be asked and does not
        answer.
        """
        self.watch.enter()
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != _SCHEME or not 0 < len(token) <= TOKEN_CHARS_MAX:
            raise _unauthenticated()
        await self.watch.current()
        credential = await self._credential(token, now)
        if credential is None or now >= credential.expires_at:
            raise _unauthenticated()
        return credential.actor

    async def _credential(self, token: str, now: datetime) -> Credential | None:
        key = sha256(token.encode()).digest()
        if (known := self._entries.get(key)) is not None:
            if now < known.expires_at:
                self._entries.move_to_end(key)
                return known
            self._drop(key)
        generation = self._generation
        found = await self._load(token, now)
        # What was revoked while it was read must not be kept.
        if found is not None and generation == self._generation:
            self._keep(key, found)
        return found

    def _keep(self, key: bytes, credential: Credential) -> None:
        self._entries[key] = credential
        for subject in _subjects(credential.actor):
            self._keys_by_subject.setdefault(subject, set()).add(key)
        if len(self._entries) > self._entries_max:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        for subject in _subjects(self._entries.pop(key).actor):
            keys = self._keys_by_subject[subject]
            keys.discard(key)
            if not keys:
                del self._keys_by_subject[subject]

    def _forget(self, revoked: Revoked) -> None:
        self._generation += 1
        named = [revoked.person_id, revoked.session_id, revoked.service_id]
        if not any(named):
            self._entries.clear()
            self._keys_by_subject.clear()
        for subject in named:
            if subject is not None:
                for key in list(self._keys_by_subject.get(subject, ())):
                    self._drop(key)


def _subjects(actor: Actor) -> list[UUID]:
    """The ids by which a revocation may name what is kept; UUIDs of all kinds differ."""
    ids = (actor.person_id, actor.session_id, actor.service_id)
    return [subject for subject in ids if subject is not None]


def _unauthenticated() -> Unauthenticated:
    return Unauthenticated(
        "The access token is not valid or no longer so. Refresh the session or sign in again.",
        chinese="访问令牌无效或已过期，请刷新会话或重新登录。",
    )
