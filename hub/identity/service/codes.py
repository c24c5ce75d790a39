"""Codes by message: counted, sent, checked and burnt.

Whatever concerns a phone first writes the phone's row of `sign_in_guard`. That lock makes all
counting for one phone one after another, on both databases, so neither parallel requests nor a
thousand addresses get a try more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, TypeVar

from pypika_tortoise.queries import Query

from hub.database import fetch_all, transaction
from hub.encryption import are_equal, blind_index, keyed_digest, random_digits
from hub.errors import HubError, Unavailable
from hub.identity.models import SignInCode, SignInGuard
from hub.identity.queries import (
    phone_index,
    recent_codes,
    sent_at_by_address,
    sent_at_by_phone,
    wrong_tries_of,
)
from hub.identity.rules import (
    CodePurpose,
    SendLimit,
    TryLimits,
    WrongTries,
    after_wrong_try,
    assert_may_send,
    assert_may_try,
    canonical_code,
    code_invalid,
    is_live,
)
from hub.ids import new_id
from hub.limiting import is_degraded
from hub.origin import address_block, current_origin
from hub.records import Record, render, table_of
from hub.settings import Settings, current_settings
from hub.sms.provider import SmsRefused, sms_provider

T = TypeVar("T")

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)

KEPT: Final = timedelta(days=2)
"""How long a code's row is kept: counters look back a day, and clocks may be wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a code is bound to: a phone, a purpose, and whoever asked (empty for sign-in)."""

    phone: str
    purpose: CodePurpose
    subject: str = ""

    @property
    def index(self) -> str:
        """The blind index of the phone."""
        return phone_index(self.phone)


async def send_code(target: Target, *, now: datetime) -> None:
    """Make a code and send it. The same work is done whether anybody has this phone or not.

    The message goes out after the commit. When the provider refuses it, the code is closed; when
    it does not answer, the message may still arrive, and then the code works. Either way the
    attempt counts. While Redis should limit requests and is away, nothing is sent: messages cost
    money. Raises RateLimited and then nothing is written, and Unavailable.
    """
    settings = current_settings()
    if is_degraded():
        raise Unavailable(
            "Codes cannot be sent at the moment. Try again in a minute.",
            chinese="暂时无法发送验证码，请一分钟后再试。",
        )
    code = random_digits(settings.sign_in_code_digits)
    row_id = await transaction(lambda: _issue(target, code, settings=settings, now=now))
    try:
        await sms_provider(settings).send(target.phone, target.purpose.value, code=code)
    except SmsRefused:
        await transaction(lambda: SignInCode.filter(id=row_id).update(closed_at=now))
        raise


async def _issue(target: Target, code: str, *, settings: Settings, now: datetime) -> object:
    index, since = target.index, now - _DAY
    await _lock(index, now)
    assert_may_send(await sent_at_by_phone(index, since=since), _phone_limits(settings), now=now)
    address = _address_index(settings)
    if address is not None:
        await _lock(address, now)
        sent = await sent_at_by_address(address, since=since)
        assert_may_send(sent, _address_limits(settings), now=now)
    await SignInCode.filter(phone_index=index, created_at__lt=now - KEPT).delete()
    await SignInCode.filter(
        phone_index=index, purpose=target.purpose, closed_at__isnull=True
    ).update(closed_at=now)
    row_id = new_id()
    await SignInCode.create(
        id=row_id,
        phone_index=index,
        purpose=target.purpose,
        code_digest=_code_digest(target, code),
        address_index=address,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.sign_in_code_lifetime_seconds),
    )
    return row_id


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a phone's secrets, which holds the phone's lock until the transaction ends."""

    target: Target
    tries: WrongTries
    now: datetime

    async def right_code(self, text: str) -> Record | None:
        """The open code that `text` is, not yet burnt; None for any other, which is counted.

        A code that is right but used or replaced is refused without being counted: it was sent to
        this phone, so whoever repeats it is not guessing.
        """
        digest = _code_digest(self.target, canonical_code(text))
        rows = await recent_codes(self.target.index, self.target.purpose, since=self.now - KEPT)
        match = next((row for row in rows if are_equal(row.code_digest, digest)), None)
        if match is not None:
            return match if match.closed_at is None and self._is_live(match) else None
        await self.count_wrong(next((row for row in rows if row.closed_at is None), None))
        return None

    async def burn(self, code: Record) -> bool:
        """Use the code up; False when somebody else was faster. The row count decides."""
        wrong_tries_max = current_settings().sign_in_code_wrong_tries_max
        burnt = await SignInCode.filter(
            id=code.id, closed_at__isnull=True, wrong_tries__lt=wrong_tries_max
        ).update(closed_at=self.now)
        return burnt == 1

    async def count_wrong(self, code: Record | None) -> None:
        """Count a wrong try for the phone and, where one is open, for the code."""
        limits = _try_limits(current_settings())
        tries = after_wrong_try(self.tries, limits, now=self.now)
        await SignInGuard.filter(key=self.target.index).update(
            wrong_tries=tries.count,
            counting_since=tries.since,
            pauses=tries.pauses,
            paused_until=tries.paused_until,
        )
        if code is not None:
            await self.count_on(code)

    async def count_on(self, code: Record) -> None:
        """Count one of the few tries of a code, be it right."""
        await SignInCode.filter(id=code.id).update(wrong_tries=code.wrong_tries + 1)

    def _is_live(self, code: Record) -> bool:
        return is_live(
            created_at=code.created_at,
            expires_at=code.expires_at,
            wrong_tries=code.wrong_tries,
            wrong_tries_max=current_settings().sign_in_code_wrong_tries_max,
            now=self.now,
        )


async def attempt(target: Target, *, now: datetime) -> Attempt:
    """Begin a try inside the current transaction. Raises RateLimited while the phone is paused."""
    await _lock(target.index, now)
    tries = await wrong_tries_of(target.index)
    assert_may_try(tries, _try_limits(current_settings()), now=now)
    return Attempt(target, tries, now)


async def burn_code(target: Target, text: str, *, now: datetime) -> HubError | None:
    """Check a code and burn it inside the current transaction; the refusal, if there is one.

    It is returned and not raised, so that the counted try is committed. Raises RateLimited.
    """
    current = await attempt(target, now=now)
    code = await current.right_code(text)
    if code is None or not await current.burn(code):
        return code_invalid("input", "code")
    return None


async def deciding(body: Callable[[], Awaitable[T | HubError]]) -> T:
    """Run `body` in a transaction; a refusal that it *returns* is raised after the commit.

    So a wrong try stays counted. What it raises rolls back as always.
    """
    outcome = await transaction(body)
    if isinstance(outcome, HubError):
        raise outcome
    return outcome


async def forget_old_codes(*, now: datetime) -> None:
    """Delete the codes that no counter looks at any more; for a worker to call once a day."""
    await transaction(lambda: SignInCode.filter(created_at__lt=now - KEPT).delete())


async def _lock(key: str, now: datetime) -> None:
    """Hold the row of `key` until the transaction ends, making it when it is not there."""
    table = table_of(SignInGuard)
    query = Query.into(table).columns("key", "touched_at", "wrong_tries", "pauses")
    query = query.insert(key, now, 0, 0).on_conflict("key").do_update("touched_at", now)
    await fetch_all(*render(query))


def _address_index(settings: Settings) -> str | None:
    """What is counted of the caller's address: nothing where it is unknown, and nothing of the
    machine itself in development, where it plays everybody.
    """
    address = current_origin().address
    if settings.is_development and _is_loopback(address):
        return None
    return blind_index(address_block(address), purpose="sign-in address") if address else None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _code_digest(target: Target, code: str) -> str:
    return keyed_digest(
        target.index, target.purpose.value, target.subject, code, purpose="sign-in code"
    )


def _phone_limits(settings: Settings) -> tuple[SendLimit, ...]:
    return (
        SendLimit(settings.sign_in_sends_per_phone_minute, _MINUTE),
        SendLimit(settings.sign_in_sends_per_phone_hour, _HOUR),
        SendLimit(settings.sign_in_sends_per_phone_day, _DAY),
    )


def _address_limits(settings: Settings) -> tuple[SendLimit, ...]:
    return (
        SendLimit(settings.sign_in_sends_per_address_minute, _MINUTE),
        SendLimit(settings.sign_in_sends_per_address_day, _DAY),
    )


def _try_limits(settings: Settings) -> TryLimits:
    return TryLimits(
        count=settings.sign_in_wrong_tries_per_phone_hour,
        first_pause=timedelta(seconds=settings.sign_in_pause_seconds),
        longest_pause=timedelta(seconds=settings.sign_in_pause_max_seconds),
    )
