"""Pure decisions about signing up: what is asked for, when it can be, what clashes with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.enrollment.rules import DeadlinePassed, SubjectKind, Window
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
    None for the present one.
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

    def given(self) -> dict[str, Any]:
        """The input that the key goes with."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "key"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a registration is for: a title and, where it is known, a time and a place.

    `part_title` names the option, session or division. `place_id`, `venue_name` and `address` are
    as the thing has them.
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
