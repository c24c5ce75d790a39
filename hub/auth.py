"""Who asks, and what they may: actors and the viewer of a read. No I/O.

Only the anonymous actor exists so far; people, roles and scopes come with sign-in.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody (or nobody) on whose behalf the hub acts."""

    is_anonymous: bool = True


ANONYMOUS = Actor()


@dataclass(frozen=True, slots=True)
class Viewer:
    """An actor at one instant: every read of a request sees the same `now`, so that a window
    cannot open between the list and its count.
    """

    actor: Actor
    now: datetime
