"""What tasks are called, how long a failed one pauses, when it is given up; states of jobs."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Final

ATTEMPTS_MAX: Final = 8
"""How often a task is tried, kills of its process included, before it is parked."""

JOBS_AT_ONCE_MAX: Final = 5
"""How many jobs of one person may be under way."""

RESULT_LASTS: Final = timedelta(hours=24)
"""How long a job's file is kept."""

JOB_LASTS: Final = timedelta(days=30)
"""How long a job is listed; that something was exported, the audit keeps."""

_PAUSE_SECONDS: Final = 5
_PAUSE_MAX_SECONDS: Final = 3_600
_TASK: Final = re.compile(r"[a-z][a-z_]{1,30}\.[a-z][a-z_]{1,40}")


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


ENDED: Final = frozenset({JobState.SUCCEEDED, JobState.FAILED})
"""States that no job leaves."""


def assert_task_named(name: str) -> None:
    """Raises ValueError unless a task reads `domain.what_is_done`."""
    if not _TASK.fullmatch(name):
        raise ValueError(f"{name!r} is no task: write domain.what_is_done")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the given number of failed tries: 5 s, doubling, at most an hour.

    Seven pauses make ten and a half minutes: what lasts longer is somebody's to look at.
    """
    return timedelta(seconds=min(_PAUSE_SECONDS * 2 ** (attempts - 1), _PAUSE_MAX_SECONDS))


def is_hopeless(attempts: int) -> bool:
    """Whether a task that failed this often is parked instead of tried again."""
    return attempts >= ATTEMPTS_MAX


def percent(done: int, total: int) -> int:
    """Progress from 0 to 99; 100 is for what has succeeded."""
    return 0 if total <= 0 else max(0, min(99, done * 100 // total))
