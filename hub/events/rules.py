"""Vocabulary and pure decisions of events: kinds, registration windows."""

from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What an event is."""

    JOB_FAIR = "job_fair"
    FESTIVAL = "festival"
    MATCHMAKING = "matchmaking"
    SHOW = "show"
    LECTURE = "lecture"
    TALK = "talk"
    CLINIC = "clinic"
    OTHER = "other"


class PayPeriod(StrEnum):
    """What a pay range is counted by."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    PIECE = "piece"


def is_registration_open(
    opens_at: datetime | None, closes_at: datetime | None, *, ends_at: datetime, now: datetime
) -> bool:
    """Whether one can register at `now`: inside the half-open window, and not after the event.

    An event without a window takes no registrations.
    """
    if opens_at is None:
        return False
    return opens_at <= now < (ends_at if closes_at is None else min(closes_at, ends_at))
