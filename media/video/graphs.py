"""What comes out of a graph of FFmpeg's filters."""

from collections.abc import Iterator
from typing import Any

import av
import av.filter


def pulled(graph: av.filter.Graph) -> Iterator[Any]:
    """The frames that are ready, until the graph wants more or has ended."""
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield frame
