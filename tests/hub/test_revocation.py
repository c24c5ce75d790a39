"""Revocations: felt at once in their own process, within a second in every other."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub import revocation
from hub.auth import Actor
from hub.authentication import Authenticator, Credential
from hub.database import close_database, recorded_statements, transaction
from hub.errors import Unauthenticated, Unavailable
from hub.ids import new_id
from hub.revocation import EVERYTHING, RevocationWatch, Revoked, last_sequence, revoke
from hub.settings import Settings

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SESSION = new_id()


def watch(seen: list[Revoked], *, poll_seconds: float = 0.5) -> RevocationWatch:
    return RevocationWatch(seen.append, poll_seconds=poll_seconds)


async def told(session_id: UUID | None = None, *, person_id: UUID | None = None) -> None:
    await transaction(lambda: revoke(session_id=session_id, person_id=person_id))


async def test_the_first_look_forgets_everything_and_reads_the_last_number(
    database: Settings,
) -> None:
    await told(SESSION)
    seen: list[Revoked] = []
    await watch(seen).current()
    assert seen == [EVERYTHING]
    assert await last_sequence() == 1


async def test_a_look_tells_what_was_revoked_in_order(database: Settings) -> None:
    seen: list[Revoked] = []
    watching = watch(seen, poll_seconds=0.001)
    await watching.current()
    person = new_id()
    await told(SESSION)
    await told(person_id=person)
    watching.look_for(2)
    await watching.current()
    assert seen[1:] == [Revoked(session_id=SESSION), Revoked(person_id=person)]


async def test_one_look_serves_all_requests_of_half_a_second(database: Settings) -> None:
    watching = watch([])
    await watching.current()
    with recorded_statements() as statements:
        await asyncio.gather(*(watching.current() for _ in range(1_000)))
    assert statements == []


async def test_many_waiting_requests_share_one_look(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def counted() -> int:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.01)
        return 0

    monkeypatch.setattr(revocation, "last_sequence", counted)
    watching = watch([])
    await asyncio.gather(*(watching.current() for _ in range(100)))
    assert looks == 1


async def test_the_process_that_revokes_feels_it_at_once(database: Settings) -> None:
    seen: list[Revoked] = []
    watching = watch(seen)
    watching.enter()
    await watching.current()
    await told(SESSION)
    await watching.current()
    assert Revoked(session_id=SESSION) in seen


async def test_a_revocation_that_is_rolled_back_is_not_felt(database: Settings) -> None:
    seen: list[Revoked] = []
    watching = watch(seen)
    watching.enter()
    await watching.current()

    async def body() -> None:
        await revoke(session_id=SESSION)
        raise LookupError

    with pytest.raises(LookupError):
        await transaction(body)
    await watching.current()
    assert seen == [EVERYTHING]
    assert await last_sequence() == 0


async def test_another_process_feels_it_within_a_second(database: Settings) -> None:
    seen: list[Revoked] = []
    watching = watch(seen)
    await watching.current()
    await told(SESSION)
    started = time.monotonic()
    while Revoked(session_id=SESSION) not in seen:
        await asyncio.sleep(0.02)
        await watching.current()
    assert time.monotonic() - started < 1


async def test_who_is_far_behind_forgets_everything(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "_KEPT", 5)
    seen: list[Revoked] = []
    watching = watch(seen)
    await watching.current()
    for _ in range(12):
        await told(new_id())
    watching.look_for(12)
    await watching.current()
    assert seen == [EVERYTHING, EVERYTHING]


async def test_parallel_revocations_get_numbers_without_gaps(database: Settings) -> None:
    seen: list[Revoked] = []
    watching = watch(seen)
    await watching.current()
    sessions = [new_id() for _ in range(40)]
    await asyncio.gather(*(told(session) for session in sessions))
    watching.look_for(40)
    await watching.current()
    assert {each.session_id for each in seen[1:]} == set(sessions)


class Tokens:
    """What tokens stand for, and how often somebody asked."""

    def __init__(self, *actors: Actor) -> None:
        self.actors = {f"token-{number}": actor for number, actor in enumerate(actors)}
        self.loads = 0

    async def load(self, token: str, now: datetime) -> Credential | None:
        self.loads += 1
        actor = self.actors.get(token)
        return Credential(actor, NOW + timedelta(minutes=15)) if actor else None


def authenticator(tokens: Tokens, *, entries_max: int = 10) -> Authenticator:
    return Authenticator(tokens.load, entries_max=entries_max, poll_seconds=0.5)


def person() -> Actor:
    return Actor(person_id=new_id(), session_id=new_id())


async def test_without_a_header_nobody_asks(database: Settings) -> None:
    tokens = Tokens()
    assert (await authenticator(tokens).actor(None, now=NOW)).is_anonymous
    assert tokens.loads == 0


async def test_a_token_is_looked_up_once(database: Settings) -> None:
    tokens = Tokens(person())
    known = authenticator(tokens)
    assert await known.actor("Bearer token-0", now=NOW) == tokens.actors["token-0"]
    with recorded_statements() as statements:
        for header in ("Bearer token-0", "bearer token-0", " BEARER  token-0 "):
            assert await known.actor(header, now=NOW) == tokens.actors["token-0"]
    assert (tokens.loads, statements) == (1, [])


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dG9rZW4=", "Bearer token-9", "Bearer " + "x" * 300]
)
async def test_a_header_that_stands_for_nobody_is_refused(database: Settings, header: str) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(Tokens(person())).actor(header, now=NOW)


async def test_a_token_that_ended_is_refused(database: Settings) -> None:
    known = authenticator(Tokens(person()))
    await known.actor("Bearer token-0", now=NOW)
    with pytest.raises(Unauthenticated):
        await known.actor("Bearer token-0", now=NOW + timedelta(minutes=15))


@pytest.mark.parametrize("by", ["session", "person"])
async def test_only_what_was_revoked_is_forgotten(database: Settings, by: str) -> None:
    tokens = Tokens(person(), person())
    known = authenticator(tokens)
    for token in tokens.actors:
        await known.actor(f"Bearer {token}", now=NOW)
    gone = tokens.actors.pop("token-0")
    if by == "session":
        await told(gone.session_id)
    else:
        await told(person_id=gone.person_id)
    with pytest.raises(Unauthenticated):
        await known.actor("Bearer token-0", now=NOW)
    await known.actor("Bearer token-1", now=NOW)
    assert tokens.loads == 3


async def test_the_cache_is_bounded(database: Settings) -> None:
    tokens = Tokens(*(person() for _ in range(20)))
    known = authenticator(tokens, entries_max=5)
    for token in tokens.actors:
        await known.actor(f"Bearer {token}", now=NOW)
    assert len(known._entries) == 5
    assert len(known._keys_by_subject) == 10
    await told()
    await known.actor("Bearer token-0", now=NOW)
    assert len(known._entries) == 1


async def test_what_is_revoked_while_it_is_looked_up_is_not_kept(database: Settings) -> None:
    actor = person()
    known: Authenticator

    async def load(_token: str, _now: datetime) -> Credential | None:
        known._forget(Revoked(session_id=actor.session_id))
        return Credential(actor, NOW + timedelta(minutes=15))

    known = Authenticator(load, entries_max=10, poll_seconds=0.5)
    assert await known.actor("Bearer x", now=NOW) == actor
    assert not known._entries


async def test_without_a_database_nobody_is_known(settings: Settings) -> None:
    tokens = Tokens(person())
    known = Authenticator(tokens.load, entries_max=10, poll_seconds=0.5)

    async def gone() -> int:
        raise Unavailable("gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revocation, "last_sequence", gone)
        with pytest.raises(Unavailable):
            await known.actor("Bearer token-0", now=NOW)
        assert (await known.actor(None, now=NOW)).is_anonymous
    await close_database()
