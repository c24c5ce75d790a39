"""Vocabulary and pure decisions of seats: states, windows, parties, who comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.membership.rules import NotEligible as NotEligible

COMPANION_NAME_MAX_CHARS = 40
REASON_MAX_CHARS = 500
OFFERED_AT_ONCE_MAX = 500
"""How many offers one pass over a waiting list makes at most; the next pass goes on."""


class SubjectKind(StrEnum):
    """What somebody signs up for."""

    COURSE = "course"
    EVENT = "event"
    COMPETITION = "competition"


class Allocation(StrEnum):
    """How a pool gives out its seats."""

    FIRST_COME = "first_come"
    LOTTERY = "lottery"
    TOWN_QUOTAS = "town_quotas"


class RegistrationState(StrEnum):
    """What a registration is.

    PENDING waits for the organiser's approval and holds its seat meanwhile.
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


class WaitlistReason(StrEnum):
    """Why somebody waits."""

    NO_SEAT_LEFT = "no_seat_left"
    PARTY_DOES_NOT_FIT = "party_does_not_fit"
    DRAW_PENDING = "draw_pending"
    OFFERS_ENDED = "offers_ended"


HOLDS_SEAT = frozenset(
    {
        RegistrationState.PENDING,
        RegistrationState.CONFIRMED,
        RegistrationState.OFFERED,
        RegistrationState.ATTENDED,
        RegistrationState.NO_SHOW,
    }
)
"""States that are counted in a pool's `taken`."""

OVER = frozenset(
    {RegistrationState.CANCELLED, RegistrationState.REJECTED, RegistrationState.EXPIRED}
)
"""States from which nothing leads back; the person may sign up anew."""

CANCELLABLE = frozenset(
    {
        RegistrationState.PENDING,
        RegistrationState.CONFIRMED,
        RegistrationState.WAITLISTED,
        RegistrationState.OFFERED,
    }
)

TRANSITIONS: Mapping[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.PENDING: frozenset(
        {RegistrationState.CONFIRMED, RegistrationState.REJECTED, RegistrationState.CANCELLED}
    ),
    RegistrationState.CONFIRMED: frozenset(
        {RegistrationState.CANCELLED, RegistrationState.ATTENDED, RegistrationState.NO_SHOW}
    ),
    RegistrationState.WAITLISTED: frozenset(
        {
            RegistrationState.OFFERED,
            RegistrationState.CONFIRMED,
            RegistrationState.PENDING,
            RegistrationState.CANCELLED,
            RegistrationState.REJECTED,
        }
    ),
    RegistrationState.OFFERED: frozenset(
        {
            RegistrationState.CONFIRMED,
            RegistrationState.PENDING,
            RegistrationState.EXPIRED,
            RegistrationState.CANCELLED,
        }
    ),
    RegistrationState.NO_SHOW: frozenset({RegistrationState.ATTENDED}),
    RegistrationState.ATTENDED: frozenset({RegistrationState.NO_SHOW}),
    RegistrationState.CANCELLED: frozenset(),
    RegistrationState.REJECTED: frozenset(),
    RegistrationState.EXPIRED: frozenset(),
}
"""Where each state leads; the last two only by an organiser who corrects the list."""


class SoldOut(HubError):
    """No seat is left and nobody can wait for one."""

    code: ClassVar[str] = "SOLD_OUT"


class AlreadyRegistered(HubError):
    """The person has signed up already; `data["registration_id"]` says by which registration."""

    code: ClassVar[str] = "ALREADY_REGISTERED"


class NotOpen(HubError):
    """Outside the window; `data` has `opensAt` and `closesAt` as far as there are such."""

    code: ClassVar[str] = "NOT_OPEN"


class DeadlinePassed(HubError):
    """It was possible until an instant, `data["deadline"]`, and that has passed."""

    code: ClassVar[str] = "DEADLINE_PASSED"


class OfferExpired(HubError):
    """The seat was offered until an instant and has been passed on."""

    code: ClassVar[str] = "OFFER_EXPIRED"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is signed up for, and which part of it: a session, an option, a division.

    `is_once`: whether a person may be signed up for it once only, whatever the pool.
    """

    kind: SubjectKind
    id: UUID
    part_id: UUID | None = None
    is_once: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """From when and to before when; None: without such a bound."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def within(self, other: "Window") -> "Window":
        """What both windows have in common."""
        opens = [each for each in (self.opens_at, other.opens_at) if each is not None]
        closes = [each for each in (self.closes_at, other.closes_at) if each is not None]
        return Window(max(opens, default=None), min(closes, default=None))


def is_open(window: Window, *, now: datetime) -> bool:
    """Whether `now` lies in the half-open window."""
    return (window.opens_at is None or window.opens_at <= now) and (
        window.closes_at is None or now < window.closes_at
    )


def assert_open(window: Window, *, now: datetime) -> None:
    """Raises NotOpen with the window's bounds, by the hub's clock and no one else's."""
    if is_open(window, now=now):
        return
    opens_at = window.opens_at.isoformat() if window.opens_at else None
    closes_at = window.closes_at.isoformat() if window.closes_at else None
    is_early = window.opens_at is not None and now < window.opens_at
    raise NotOpen(
        "Registration has not opened yet." if is_early else "Registration has closed.",
        chinese="报名尚未开始。" if is_early else "报名已经截止。",
        opensAt=opens_at,
        closesAt=closes_at,
    )


def assert_party(party_size: int, *, maximum: int, companions: Sequence[str]) -> None:
    """Raises Invalid for a party that is none, too large, or named otherwise than it counts.

    Companions may be left out; named, they are one fewer than the party, each once.
    """
    if not 1 <= party_size <= maximum:
        raise Invalid(
            f"A party has between 1 and {maximum} people.",
            chinese=f"每次报名人数须为 1 到 {maximum} 人。",
            path=("input", "partySize"),
        )
    if companions and len(companions) != party_size - 1:
        raise Invalid(
            f"A party of {party_size} has {party_size - 1} companions, not {len(companions)}.",
            chinese=f"共 {party_size} 人报名，应填写 {party_size - 1} 位同行人。",
            path=("input", "companions"),
        )
    for index, name in enumerate(companions):
        if not 1 <= len(name.strip()) <= COMPANION_NAME_MAX_CHARS:
            raise Invalid(
                f"A companion's name has between 1 and {COMPANION_NAME_MAX_CHARS} characters.",
                chinese=f"同行人姓名须为 1 到 {COMPANION_NAME_MAX_CHARS} 个字。",
                path=("input", "companions", index),
            )
        if name.strip() in (each.strip() for each in companions[:index]):
            raise Invalid(
                "The same companion is named twice.",
                chinese="同行人重复填写。",
                path=("input", "companions", index),
            )


def assert_may_become(state: RegistrationState, target: RegistrationState) -> None:
    """Raises Conflict for a step that does not lead on from where a registration is."""
    if target not in TRANSITIONS[state]:
        raise Conflict(
            f"A registration that is {state.value} cannot become {target.value}.",
            chinese=f"当前状态（{STATE_WORDS[state]}）不能变更为“{STATE_WORDS[target]}”。",
        )


STATE_WORDS: Mapping[RegistrationState, str] = {
    RegistrationState.PENDING: "待审核",
    RegistrationState.CONFIRMED: "已报名",
    RegistrationState.WAITLISTED: "候补中",
    RegistrationState.OFFERED: "待确认",
    RegistrationState.CANCELLED: "已取消",
    RegistrationState.REJECTED: "未通过",
    RegistrationState.EXPIRED: "已过期",
    RegistrationState.ATTENDED: "已签到",
    RegistrationState.NO_SHOW: "未到场",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A registration on a waiting list."""

    id: UUID
    party_size: int
    town_id: UUID | None = None


@dataclass(slots=True)
class FreeSeats:
    """What a pool can still give: to anybody, and to those of a town that has a quota."""

    anybody: int
    by_town: dict[UUID, int] = field(default_factory=dict)


def next_offers(free: FreeSeats, waiting: Sequence[Waiting]) -> list[tuple[Waiting, bool]]:
    """Whom the free seats go to, and whether on the quota of their town.

    `waiting` is in order. A seat goes to the first whose whole party fits: a party is never
    split, and no seat stays empty while somebody waits whom it would fit. A quota is used up
    before the seats for anybody.
    """
    left = FreeSeats(free.anybody, dict(free.by_town))
    offers: list[tuple[Waiting, bool]] = []
    for each in waiting[:]:
        on_quota = each.town_id is not None and each.party_size <= left.by_town.get(each.town_id, 0)
        if on_quota and each.town_id is not None:
            left.by_town[each.town_id] -= each.party_size
        elif each.party_size <= left.anybody:
            left.anybody -= each.party_size
        else:
            continue
        offers.append((each, on_quota))
    return offers


def offer_end(now: datetime, *, hold_minutes: int, offers_until: datetime | None) -> datetime:
    """Until when an offer that is made at `now` can be accepted."""
    end = now + timedelta(minutes=hold_minutes)
    return end if offers_until is None else min(end, offers_until)


def state_at(
    state: RegistrationState, *, offered_until: datetime | None, now: datetime
) -> RegistrationState:
    """What a registration is at `now`: an offer that has run out is over, written down or not."""
    if state is RegistrationState.OFFERED and offered_until is not None and offered_until <= now:
        return RegistrationState.EXPIRED
    return state


def waitlist_reason(pool: Any, *, party_size: int, now: datetime) -> WaitlistReason:
    """Why a party of this size waits for a pool's seats."""
    if pool.allocation is Allocation.LOTTERY and pool.drawn_at is None:
        return WaitlistReason.DRAW_PENDING
    if pool.offers_until is not None and pool.offers_until <= now:
        return WaitlistReason.OFFERS_ENDED
    if pool.taken < pool.capacity < pool.taken + party_size:
        return WaitlistReason.PARTY_DOES_NOT_FIT
    return WaitlistReason.NO_SEAT_LEFT


def pool_not_found() -> NotFound:
    """What is said of a pool that is not there, or not the asker's to manage."""
    return NotFound("There is no such pool.", chinese="没有这个名额池。", path=("input", "poolId"))


def draw_order(seed: str, registration_ids: Sequence[UUID]) -> list[UUID]:
    """The order of a draw: by the SHA-256 of `SEED:ID` in hex, both as they are written publicly.

    Nobody who does not know the seed can tell it before, and everybody who does can do it again.
    """
    return sorted(registration_ids, key=lambda each: sha256(f"{seed}:{each}".encode()).hexdigest())


def seed_digest(seed: str) -> str:
    """What is published of a seed before the draw: its SHA-256 in hex."""
    return sha256(seed.encode()).hexdigest()
