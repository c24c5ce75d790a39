"""What operators see of the response cache."""

from collections.abc import Callable, Sequence
from typing import Final

from hub.metrics import Reading
from schema.caching.answering import ResponseCache

REASONS: Final = {
    "NOT_PUBLIC": "a field is not public",
    "VIEWER": "it was made of who asked",
    "TIME": "it was made of the time",
    "PRIVATE": "it was made of what is not watched",
    "ERRORS": "it has an error",
    "TOO_LARGE": "it is too large",
    "CHANGED": "something of it was written meanwhile",
    "UNAVAILABLE": "the database did not say what has been written",
}
"""Why an answer is not kept: `extensions.cache.reason`, and what is counted by it."""


def cache_readings(cache: ResponseCache | None) -> Sequence[Reading]:
    """The readings of a cache; none where there is no cache."""
    if cache is None:
        return ()
    entries = cache.entries
    return [
        _count("hits", "Queries answered with what was kept.", lambda: cache.hits),
        _count("misses", "Queries whose answer was made and kept.", lambda: cache.misses),
        *(_bypasses(cache, reason) for reason in REASONS),
        _count("forgotten", "Kept answers dropped because of a write.", lambda: entries.forgotten),
        _count(
            "wakings_lost",
            "Messages to or from other processes that Redis lost; they look by themselves.",
            lambda: cache.wakings_lost,
        ),
        Reading("hub_response_cache_entries", "Answers that are kept.", lambda: len(entries)),
        Reading("hub_response_cache_bytes", "How much memory they take.", lambda: entries.size),
    ]


def _bypasses(cache: ResponseCache, reason: str) -> Reading:
    told = f"Queries whose answer was not kept: {REASONS[reason]}."
    return _count(f"bypasses_{reason.lower()}", told, lambda: cache.bypasses[reason])


def _count(name: str, told: str, read: Callable[[], float]) -> Reading:
    return Reading(f"hub_response_cache_{name}", told, read, is_count=True)
