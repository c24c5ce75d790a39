"""Viewers whose use is watched: what asks who they are, or what time it is, cannot be kept.

An answer that is kept for everybody must not have looked at the person, and may depend on the time
only through the windows in which content is published, whose next beginning or end is known
(`hub.instants`). Nobody is trusted to say so: the viewer itself notes that it was asked.
"""

from datetime import datetime

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


def in_window(viewer: Viewer) -> Viewer:
    """The viewer for the one use of time that a kept answer may have: comparing `now` with the
    window of publication of rows of tables that the same statement names.
    """
    return viewer.in_window() if isinstance(viewer, WatchedViewer) else viewer
