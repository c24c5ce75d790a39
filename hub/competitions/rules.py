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


def roster_freeze(
    freezes_at: datetime | None, *, registration_closes_at: datetime | None, starts_at: datetime
) -> datetime:
    """From when on a team's roster stays as it is: what its division says, else the end of
    registration, else the beginning of the competition.
    """
    return freezes_at or registration_closes_at or starts_at
