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


def is_registration_open(
    opens_at: datetime | None, closes_at: datetime | None, *, ends_at: datetime, now: datetime
) -> bool:
    """Whether one can enter at `now`: inside the half-open window, and not after the competition.

    A competition without a window takes no entries.
    """
    if opens_at is None:
        return False
    return opens_at <= now < (ends_at if closes_at is None else min(closes_at, ends_at))
