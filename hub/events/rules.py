"""Vocabulary and pure decisions of events: kinds of events, periods of pay."""

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
