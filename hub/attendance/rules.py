"""Pure decisions about signing up: what is asked for, when it can be, what clashes with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.enrollment.rules import (
    OVER,
    DeadlinePassed,
    RegistrationState,
    SubjectKind,
    Window,
)
from hub.errors import Conflict, Invalid, NotFound
from hub.forms.rules import Answer

CLASHES_MAX = 10
"""How many clashing registrations one is told of."""

THING_INPUTS: Mapping[SubjectKind, str] = {
    SubjectKind.EVENT: "eventId",
    SubjectKind.COURSE: "courseId",
    SubjectKind.COMPETITION: "competitionId",
}
PART_INPUTS: Mapping[SubjectKind, str] = {
    SubjectKind.EVENT: "optionId",
    SubjectKind.COURSE: "sessionId",
    SubjectKind.COMPETITION: "divisionId",
}
_THINGS: Mapping[SubjectKind, tuple[str, str]] = {
    SubjectKind.EVENT: ("event", "活动"),
    SubjectKind.COURSE: ("course", "课程"),
    SubjectKind.COMPETITION: ("competition", "比武"),
}
_PARTS: Mapping[SubjectKind, tuple[str, str]] = {
    SubjectKind.EVENT: ("option", "选项"),
    SubjectKind.COURSE: ("session", "场次"),
    SubjectKind.COMPETITION: ("division", "组别"),
}


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """What a sign-up asks for, as it came: nothing of it is checked yet.

    `key` makes it happen once. `form_version` is the wording of the questions that was answered,
    None for the present one. The last three are for competitions: what the entrant is called, the
    team, and whether they agree to be named in public.
    """

    kind: SubjectKind
    thing_id: UUID | None
    key: str
    part_id: UUID | None = None
    party_size: int = 1
    companions: Sequence[str] = ()
    answers: Sequence[Answer] = ()
    form_version: int | None = None
    invitation_code: str | None = None
    entry_name: str = ""
    team_name: str | None = None
    is_name_public: bool = False

    def given(self) -> dict[str, Any]:
        """The input that the key goes with."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "key"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a registration is for: a title and, where it is known, a time and a place.

    `part_title` names the option, session or division. `place_id`, `venue_name` and `address` are
    as the thing has them. `version` is the thing's.
    """

    kind: SubjectKind
    id: UUID
    title: str
    part_title: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    timezone: str | None = None
    place_id: UUID | None = None
    venue_name: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    town_id: UUID | None = None
    program_id: UUID | None = None
    version: int = 0


def closed_by(window: Window, end: datetime | None) -> Window:
    """The window, closed at the latest when the thing is over."""
    return window.within(Window(None, end))


def overlap(left: Occasion, right: Occasion) -> bool:
    """Whether one cannot be at both: half-open, so that one may begin as the other ends."""
    if left.starts_at is None or right.starts_at is None:
        return False
    left_end, right_end = left.ends_at or left.starts_at, right.ends_at or right.starts_at
    return left.starts_at < right_end and right.starts_at < left_end


def assert_not_started(occasion: Occasion | None, *, now: datetime) -> None:
    """Raises DeadlinePassed where what somebody has a seat for has begun."""
    if occasion is not None and occasion.starts_at is not None and occasion.starts_at <= now:
        raise DeadlinePassed(
            "It has begun already.",
            chinese="活动已经开始，不能再取消或转让。",
            deadline=occasion.starts_at.isoformat(),
        )


def withdrawal_deadline(
    *, registration_closes_at: datetime | None, first_stage_at: datetime | None, ends_at: datetime
) -> datetime:
    """Until when one can withdraw from a competition whose pool says nothing: while one can sign
    up, or else before the first stage that is more than signing up. `starts_at` of a competition
    is no such instant, for it holds its registration too.
    """
    return registration_closes_at or first_stage_at or ends_at


def assert_before(deadline: datetime, *, now: datetime) -> None:
    """Raises DeadlinePassed for an entry that cannot be withdrawn any more."""
    if deadline <= now:
        raise DeadlinePassed(
            "The entry can no longer be withdrawn; tell the organiser that you cannot come.",
            chinese="已过取消参赛的截止时间，请联系主办方说明情况。",
            deadline=deadline.isoformat(),
        )


def assert_started(occasion: Occasion | None, *, now: datetime) -> None:
    """Raises Conflict where nobody can have failed to come yet."""
    if occasion is None or occasion.starts_at is None or now < occasion.starts_at:
        raise Conflict("It has not begun yet.", chinese="活动尚未开始。")


def assert_reason(reason: str, *, maximum: int) -> str:
    """The reason, trimmed. Raises Invalid for none, and for one that is too long."""
    text = reason.strip()
    if not 1 <= len(text) <= maximum or "\0" in text:
        raise Invalid(
            f"A reason has between 1 and {maximum} characters.",
            chinese=f"请填写原因，最多 {maximum} 个字。",
            path=("input", "reason"),
        )
    return text


def thing_not_found(kind: SubjectKind) -> NotFound:
    """What is said of a thing that is not there, and of one that is not to be seen."""
    english, chinese = _THINGS[kind]
    return NotFound(
        f"There is no such {english}.",
        chinese=f"没有这个{chinese}。",
        path=("input", THING_INPUTS[kind]),
    )


def part_not_found(kind: SubjectKind) -> NotFound:
    """What is said of a part that is not there, or belongs to another thing."""
    english, chinese = _PARTS[kind]
    return NotFound(
        f"It has no such {english}.",
        chinese=f"没有这个{chinese}。",
        path=("input", PART_INPUTS[kind]),
    )


def part_needed(kind: SubjectKind) -> Invalid:
    """What is said where one has to choose and has not."""
    english, chinese = _PARTS[kind]
    return Invalid(
        f"Choose one: it has more than one {english}, or seats of its own for each.",
        chinese=f"请先选择{chinese}。",
        path=("input", PART_INPUTS[kind]),
    )


def no_registration_needed(kind: SubjectKind) -> Conflict:
    """What is said of a thing that one simply comes to."""
    return Conflict(
        "It needs no registration; just come.",
        chinese="无需报名，直接参加即可。",
        path=("input", THING_INPUTS[kind]),
    )


NONCE_MAX_CHARS = 64
DEVICE_ID_MAX_CHARS = 80
SCANS_MAX = 500
"""How many scans one batch has at most."""

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far a device's clock may be ahead of the hub's."""

NO_SHOW_AFTER = timedelta(hours=24)
"""How long after its end a thing waits for late batches before who was not scanned is a no-show."""


class CheckInSource(StrEnum):
    """How somebody was checked in."""

    ONLINE = "online"
    OFFLINE = "offline"
    DESK = "desk"


class ScanOutcome(StrEnum):
    """What became of one scan of a batch."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    INVALID = "invalid"


class ScanProblem(StrEnum):
    """Why a scan did not check anybody in."""

    FORGED = "forged"
    BAD_NONCE = "bad_nonce"
    BAD_ARRIVALS = "bad_arrivals"
    NONCE_REUSED = "nonce_reused"
    NOT_FOUND = "not_found"
    OTHER_OCCASION = "other_occasion"
    HANDED_OVER = "handed_over"
    NOT_CONFIRMED = "not_confirmed"
    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    CLOCK_WRONG = "clock_wrong"
    ALREADY_CHECKED_IN = "already_checked_in"
    TOO_MANY = "too_many"


PROBLEM_WORDS: Mapping[ScanProblem, tuple[str, str]] = {
    ScanProblem.FORGED: ("This is no ticket of this hub.", "无效的票码，不是本平台签发的。"),
    ScanProblem.BAD_NONCE: (
        f"A nonce has between 1 and {NONCE_MAX_CHARS} characters.",
        f"nonce 须为 1 到 {NONCE_MAX_CHARS} 个字符。",
    ),
    ScanProblem.BAD_ARRIVALS: ("At least one has arrived.", "到场人数至少为 1 人。"),
    ScanProblem.NONCE_REUSED: (
        "This nonce was used for another ticket; make a new one for each scan.",
        "该 nonce 已用于另一张票，请为每次扫码生成新的 nonce。",
    ),
    ScanProblem.NOT_FOUND: ("There is no such registration here.", "这里没有这项报名。"),
    ScanProblem.OTHER_OCCASION: ("The ticket is for something else.", "该票不属于本场活动。"),
    ScanProblem.HANDED_OVER: (
        "The seat was handed over, and with it this code ended.",
        "该名额已转让，原票码已失效。",
    ),
    ScanProblem.NOT_CONFIRMED: (
        "The registration has no confirmed seat.",
        "该报名尚未确认，没有名额。",
    ),
    ScanProblem.CANCELLED: ("The registration was cancelled.", "该报名已取消。"),
    ScanProblem.TOO_EARLY: ("Check-in has not opened yet.", "签到尚未开始。"),
    ScanProblem.TOO_LATE: ("Check-in has closed.", "签到已经结束。"),
    ScanProblem.CLOCK_WRONG: (
        "The device's clock is ahead of the hub's; set it right and send the scan again.",
        "设备时间比服务器快，请校准设备时间后重新上传。",
    ),
    ScanProblem.ALREADY_CHECKED_IN: ("Checked in already.", "已经签到过了。"),
    ScanProblem.TOO_MANY: (
        "More people than are left of the party.",
        "到场人数超过该报名剩余人数。",
    ),
}

_INVALID = frozenset(
    {
        ScanProblem.FORGED,
        ScanProblem.BAD_NONCE,
        ScanProblem.BAD_ARRIVALS,
        ScanProblem.NONCE_REUSED,
        ScanProblem.NOT_FOUND,
    }
)
ADMITTED = frozenset(
    {RegistrationState.CONFIRMED, RegistrationState.ATTENDED, RegistrationState.NO_SHOW}
)
"""States whose people are let in; the last one came after all."""

TICKETED = frozenset({RegistrationState.CONFIRMED, RegistrationState.ATTENDED})
"""States that have a ticket."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a registration is as a scan meets it: its row's facts, and who has come of it.

    `serial` is the one that counts now, `window` when one is let in; `names` are the ids of the
    thing, of its part and of the place.
    """

    state: RegistrationState
    serial: int
    party_size: int
    window: Window
    names: frozenset[UUID]
    arrived: int = 0
    first_by: tuple[UUID, str] | None = None


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What a scan claims, and who made it with which device (`by`).

    `serial` is None where no code is shown; `expected` are ids that the ticket has to be for.
    `at` is the instant that counts: the hub's online, the device's in a batch.
    """

    at: datetime
    by: tuple[UUID, str]
    serial: int | None = None
    expected: frozenset[UUID] = frozenset()
    arrivals: int | None = None


def check_in_window(occasion: Occasion | None, *, opens: timedelta, closes: timedelta) -> Window:
    """From `opens` before the beginning until `closes` after the end; open where nobody knows."""
    if occasion is None or occasion.starts_at is None:
        return Window()
    end = occasion.ends_at or occasion.starts_at
    return Window(occasion.starts_at - opens, end + closes)


def problem_of(scan: ScanFacts, held: Held, *, now: datetime) -> ScanProblem | None:
    """Why a scan does not check anybody in; None where it does."""
    if not scan.expected <= held.names:
        return ScanProblem.OTHER_OCCASION
    if scan.serial is not None and scan.serial != held.serial:
        return ScanProblem.HANDED_OVER
    if held.state not in ADMITTED:
        return ScanProblem.CANCELLED if held.state in OVER else ScanProblem.NOT_CONFIRMED
    if scan.at - now > CLOCK_TOLERANCE:
        return ScanProblem.CLOCK_WRONG
    return _problem_of_time(scan.at, held.window) or _problem_of_party(scan, held)


def _problem_of_time(at: datetime, window: Window) -> ScanProblem | None:
    if window.opens_at is not None and at < window.opens_at:
        return ScanProblem.TOO_EARLY
    if window.closes_at is not None and at >= window.closes_at:
        return ScanProblem.TOO_LATE
    return None


def _problem_of_party(scan: ScanFacts, held: Held) -> ScanProblem | None:
    if held.first_by is not None and scan.arrivals is None:
        return ScanProblem.ALREADY_CHECKED_IN
    if (scan.arrivals or 0) > held.party_size - held.arrived:
        return ScanProblem.TOO_MANY
    return None


def outcome_of(
    problem: ScanProblem | None, *, first_by: tuple[UUID, str] | None, by: tuple[UUID, str]
) -> ScanOutcome:
    """What a batch tells of a scan: a second scan by the same device conflicts with nobody."""
    if problem is None:
        return ScanOutcome.ACCEPTED
    if problem in _INVALID:
        return ScanOutcome.INVALID
    if problem is ScanProblem.ALREADY_CHECKED_IN and first_by == by:
        return ScanOutcome.DUPLICATE
    return ScanOutcome.CONFLICT
