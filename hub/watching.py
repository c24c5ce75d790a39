"""Viewers whose use is watched: what asks who they are, or what time it is, cannot be kept.

An answer that is kept for everybody must not have looked at the person, and may depend on the time
only through the windows in which content is published, whose next beginning or end is known
(`hub.instants`). Nobody is trusted to say so: the viewer itself notes that it was asked.
"""

from datetime import datetime
from typing import Any, Final

from hub.auth import Actor, Viewer
from hub.touching import Reading


class WatchedViewer(Viewer):
    """A viewer that spoils a reading when it is asked for its actor, or for the time elsewhere than
    in a window.
    """

    __slots__ = ("_is_in_window", "_reading", "_watched")

    _is_in_window: bool
    _reading: Reading
    _watched: Viewer

    def __init__(self, viewer: Viewer, reading: Reading, *, is_in_window: bool = False) -> None:
        object.__setattr__(self, "_watched", viewer)
        object.__setattr__(self, "_reading", reading)
        object.__setattr__(self, "_is_in_window", is_in_window)

    @property
    def actor(self) -> Actor:
        """Who asks; the answer is this person's."""
        self._reading.spoil("VIEWER")
        return self._watched.actor

    @property
    def now(self) -> datetime:
        """The instant; outside of windows the answer is good for it alone."""
        if not self._is_in_window:
            self._reading.spoil("TIME")
        return self._watched.now

    def in_window(self) -> "WatchedViewer":
        """The same viewer for who compares `now` with `published_at` and `expires_at` only."""
        return WatchedViewer(self._watched, self._reading, is_in_window=True)


class Slot:
    """A place in a statement whose value is known when it is sent."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


NOW: Final = Slot("now")
"""Where the instant of the request goes."""


class Unknown(Exception):
    """Something was asked of a viewer of whom nothing is known."""


class UnknownViewer(Viewer):
    """A viewer of whom nothing is known: for statements that are the same for everybody.

    In a window its instant is a slot, which can be handed on and not be calculated with; everything
    else raises Unknown, or the TypeError of whoever tries to calculate.
    """

    __slots__ = ("_is_in_window",)

    _is_in_window: bool

    def __init__(self, *, is_in_window: bool = False) -> None:
        object.__setattr__(self, "_is_in_window", is_in_window)

    @property
    def actor(self) -> Actor:
        """Nobody knows."""
        raise Unknown("actor")

    @property
    def now(self) -> Any:
        """The slot, in a window."""
        if not self._is_in_window:
            raise Unknown("now")
        return NOW

    def in_window(self) -> "UnknownViewer":
        """The same viewer for who compares `now` with the windows of rows only."""
        return UnknownViewer(is_in_window=True)


def in_window(viewer: Viewer) -> Viewer:
    """The viewer for the one use of time that a kept answer may have: comparing `now` with the
    window of publication of rows of tables that the same statement names.
    """
    return viewer.in_window() if isinstance(viewer, WatchedViewer | UnknownViewer) else viewer
