"""Vocabulary and pure decisions of competitions: stages, who competes."""

from datetime import datetime
from enum import StrEnum


class StageKind(StrEnum):
    """The stages of a competition: 报名, 初赛, 复赛, 决赛."""

    REGISTRATION = "registration"
    PRELIMINARY = "preliminary"
    SEMIFINAL = "semifinal"
    FINAL = "final"


class EntrantKind(StrEnum):
    """Who competes in a division."""

    INDIVIDUAL = "individual"
    TEAM = "team"


class AdvanceKind(StrEnum):
    """Who goes on from a stage to the next."""

    TOP_N = "top_n"
    SCORE_AT_LEAST = "score_at_least"
    BY_HAND = "by_hand"


def is_registration_open(
    opens_at: datetime | None, closes_at: datetime | None, *, ends_at: datetime, now: datetime
) -> bool:
    """Whether one can enter at `now`: inside the half-open window, and not after the competition.

    A competition without a window takes no entries.
    """
    if opens_at is None:
        return False
    return opens_at <= now < (ends_at if closes_at is None else min(closes_at, ends_at))


def roster_freeze(
    freezes_at: datetime | None, *, registration_closes_at: datetime | None, starts_at: datetime
) -> datetime:
    """From when on a team's roster stays as it is: what its division says, else the end of
    registration, else the beginning of the competition.
    """
    return freezes_at or registration_closes_at or starts_at
