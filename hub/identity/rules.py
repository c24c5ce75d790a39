"""Vocabulary of identity and its pure decisions: phones, codes, counters, lifetimes."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hub.auth import STAFF_ROLES, Grant, Role
from hub.errors import Conflict, Forbidden, HubError, Invalid, RateLimited

CLOCK_SKEW: Final = timedelta(seconds=60)
"""How far the clocks of two machines may differ. A code from further in the future is refused: a
clock that was set back must not give old codes a second life."""

NEVER_PRINTED: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Unicode categories that phones are copied with: spaces, and marks of writing direction."""


class CodePurpose(StrEnum):
    """What a code that was sent is good for."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    PHONE_CHANGE = "phone_change"


class EndReason(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    REFRESH_REUSED = "refresh_reused"
    PHONE_CHANGED = "phone_changed"
    TOO_MANY = "too_many"
    DISABLED = "disabled"


class CodeInvalid(HubError):
    """A code is wrong, used, dead or too old; which of these is nobody's business."""

    code = "CODE_INVALID"


class SecondFactorRequired(HubError):
    """The code is right, and staff have to show a second factor beside it."""

    code = "SECOND_FACTOR_REQUIRED"


class PhoneRequired(HubError):
    """WeChat's user is not known here yet: a phone and its code have to come along."""

    code = "PHONE_REQUIRED"


class SessionEnded(HubError):
    """The refresh token stands for nothing any more."""

    code = "SESSION_ENDED"


_MOBILE = re.compile(r"1[3-9]\d{9}")
_SEPARATORS = re.compile(r"[-.()/_]")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1\d{10}$)")


def canonical_phone(text: str, *, path: Sequence[str] = ("input", "phone")) -> str:
    """A mainland mobile number as its 11 digits, however it was written.

    Full-width digits, spaces, hyphens, brackets, invisible marks and `+86`, `0086`, `86` in front
    are understood. The first three digits are 130 to 199, the numbering plan's mobile block
    (电信网编号计划, MIIT 2017). Raises Invalid for anything else.
    """
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKC", text[:64])
        if unicodedata.category(character) not in NEVER_PRINTED
    )
    digits = _COUNTRY.sub("", _SEPARATORS.sub("", plain), count=1)
    if digits.isascii() and _MOBILE.fullmatch(digits):
        return digits
    raise Invalid(
        "Only mobile numbers of mainland China can be used, like 13812345678.",
        chinese="请填写中国大陆手机号，例如 13812345678。",
        path=path,
    )


def canonical_code(text: str) -> str:
    """A code as ASCII without spaces and hyphens, in upper case; what is no code stays wrong."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text[:64])).upper()


@dataclass(frozen=True, slots=True)
class SendLimit:
    """At most `count` messages within `window`."""

    count: int
    window: timedelta


def assert_may_send(
    sent_at: Sequence[datetime], limits: Iterable[SendLimit], *, now: datetime
) -> None:
    """Raises RateLimited, saying when to come back, when one more message would pass a limit.

    `sent_at` are earlier messages in any order. Those from the future count as well, as far ahead
    as the window is long: a clock that was set back must not open the way, and one that was a year
    ahead for a moment must not close it for a year.
    """
    waits = [_wait(sent_at, limit, now) for limit in limits]
    if (longest := max(waits, default=timedelta())) > timedelta():
        raise too_many(longest)


def _wait(sent_at: Sequence[datetime], limit: SendLimit, now: datetime) -> timedelta:
    """How long until one more message fits under the limit; zero where it does."""
    counted = sorted(at for at in sent_at if abs(now - at) < limit.window)
    if len(counted) < limit.count:
        return timedelta()
    return counted[-limit.count] + limit.window - now


def too_many(wait: timedelta) -> RateLimited:
    """The refusal that says when to come back, in whole seconds, at least one."""
    seconds = max(1, -int(-wait.total_seconds() // 1))
    return RateLimited(
        f"Too many attempts. Try again in {seconds} seconds.",
        chinese=f"操作过于频繁，请 {seconds} 秒后再试。",
        retryAfterSeconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class TryLimits:
    """How many wrong tries a phone has in an hour, and how the pauses after them grow."""

    count: int
    first_pause: timedelta
    longest_pause: timedelta
    window: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WrongTries:
    """A phone's wrong tries, whatever they tried: codes, second factors."""

    count: int = 0
    since: datetime | None = None
    pauses: int = 0
    paused_until: datetime | None = None


def assert_may_try(tries: WrongTries, limits: TryLimits, *, now: datetime) -> None:
    """Raises RateLimited during a pause.

    A pause that lasts longer than the longest is the work of a wrong clock and does not count.
    """
    if tries.paused_until is None:
        return
    left = tries.paused_until - now
    if timedelta() < left <= limits.longest_pause:
        raise too_many(left)


def after_wrong_try(tries: WrongTries, limits: TryLimits, *, now: datetime) -> WrongTries:
    """The counter after one more wrong try.

    Up to `count` in an hour are free. The last of them starts a pause, and after it each further
    one starts a pause twice as long, until an hour has passed after a pause without any.
    """
    if _is_forgotten(tries, limits, now):
        tries = WrongTries(since=now)
    tries = replace(tries, count=tries.count + 1)
    if tries.count < limits.count:
        return tries
    pause = min(limits.first_pause * 2 ** min(tries.pauses, 40), limits.longest_pause)
    return replace(tries, pauses=tries.pauses + 1, paused_until=now + pause)


def _is_forgotten(tries: WrongTries, limits: TryLimits, now: datetime) -> bool:
    start = tries.paused_until if tries.pauses else tries.since
    return start is None or now - start >= limits.window


def is_live(
    *,
    created_at: datetime,
    expires_at: datetime,
    wrong_tries: int,
    wrong_tries_max: int,
    now: datetime,
) -> bool:
    """Whether a code can still be used, if it is the right one."""
    is_in_time = created_at - CLOCK_SKEW <= now < expires_at
    return is_in_time and wrong_tries < wrong_tries_max


def is_staff(grants: Iterable[Grant], *, now: datetime) -> bool:
    """Whether somebody with these grants works for the union at the moment."""
    return any(
        grant.role in STAFF_ROLES and (grant.expires_at is None or now < grant.expires_at)
        for grant in grants
    )


def roles_of(grants: Iterable[Grant], *, now: datetime) -> list[Role]:
    """The roles somebody has now, in the order of the vocabulary; everybody is a worker."""
    held = {grant.role for grant in grants if grant.expires_at is None or now < grant.expires_at}
    return [role for role in Role if role is Role.WORKER or role in held]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session and its access tokens last.

    A session that `slides` starts its time anew with each refresh; staff sign in again every day.
    """

    access: timedelta
    session: timedelta
    slides: bool

    def end(self, began_at: datetime, *, now: datetime) -> datetime:
        """When a session ends that began then and is used now."""
        return (now if self.slides else began_at) + self.session


@dataclass(frozen=True, slots=True)
class LifetimeTable:
    """The lifetimes by what somebody is."""

    worker: Lifetimes
    merchant: Lifetimes
    staff: Lifetimes

    def of(self, grants: Iterable[Grant], *, now: datetime) -> Lifetimes:
        """The shortest that somebody's roles ask for."""
        grants = list(grants)
        if is_staff(grants, now=now):
            return self.staff
        roles = roles_of(grants, now=now)
        return self.worker if roles == [Role.WORKER] else self.merchant


def device_label(user_agent: str) -> str:
    """A few words for the list of sessions: `WeChat · iPhone`; no version, no fingerprint."""
    places = [label for mark, label in _DEVICES if mark in user_agent]
    apps = [label for mark, label in _APPS if mark in user_agent]
    return " · ".join([*apps[:1], *places[:1]])


_APPS: Final = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_DEVICES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


_REASON_CHARS_MAX: Final = 200


def disabling_reason(text: str) -> str:
    """Why an account is disabled or enabled, as the audit keeps it. Raises Invalid."""
    reason = " ".join(text.split())
    if not 0 < len(reason) <= _REASON_CHARS_MAX or not reason.isprintable():
        raise Invalid(
            f"Say why, in 1 to {_REASON_CHARS_MAX} characters.",
            chinese=f"请填写原因，1 到 {_REASON_CHARS_MAX} 个字。",
            path=("input", "reason"),
        )
    return reason


def assert_not_oneself(actor_id: UUID | None, person_id: UUID) -> None:
    """Raises Conflict for whoever would lock themselves out."""
    if actor_id == person_id:
        raise Conflict(
            "Nobody disables their own account; ask another administrator.",
            chinese="不能停用自己的账号，请由其他管理员操作。",
            path=("input", "personId"),
        )


def code_invalid(*path: str) -> CodeInvalid:
    """The one answer to every code that does not count."""
    return CodeInvalid(
        "The code is wrong, used or too old. Ask for a new one if it does not help to look again.",
        chinese="验证码错误、已使用或已过期，请核对或重新获取。",
        path=path,
    )


def session_ended() -> SessionEnded:
    """The one answer to every refresh token that does not count."""
    return SessionEnded("The session is over. Sign in again.", chinese="登录已失效，请重新登录。")


def account_disabled() -> Forbidden:
    """The answer to the owner of a disabled account, who has shown a right code."""
    return Forbidden(
        "This account is disabled. Ask the union's service desk.",
        chinese="该账号已停用，请联系工会服务人员。",
    )
