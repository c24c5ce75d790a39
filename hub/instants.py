"""When what the public sees of some tables changes by itself: the next beginning or end of a
publication.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.database import fetch_all, is_sqlite
from hub.tables import instants_of
from hub.touching import Change


class NextInstants:
    """The next instant of each table, remembered until the table is written or it has passed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, datetime | None]] = {}

    def forget(self, change: Change) -> None:
        """What was written may have brought another instant."""
        if change.tables is None:
            self._known.clear()
            return
        for table in change.tables:
            self._known.pop(table, None)

    async def after(self, now: datetime, tables: Collection[str]) -> datetime | None:
        """The first instant after `now` at which a row of one of `tables` comes or goes; None where
        nothing waits. One statement for those that are not remembered.
        """
        timed = [table for table in sorted(tables) if instants_of(table)]
        if missing := [table for table in timed if not self._knows(table, now)]:
            found = await _next_instants(missing, now)
            self._known.update(
                (table, (now, instant)) for table, instant in zip(missing, found, strict=True)
            )
        instants = [instant for table in timed if (instant := self._known[table][1]) is not None]
        return min(instants, default=None)

    def _knows(self, table: str, now: datetime) -> bool:
        known = self._known.get(table)
        return known is not None and known[0] <= now and (known[1] is None or now < known[1])


async def _next_instants(tables: Sequence[str], now: datetime) -> list[datetime | None]:
    sqlite = is_sqlite()
    place, bound = ("?1", _as_text(now)) if sqlite else ("$1::timestamptz", now)
    terms = [
        f'(SELECT MIN("{column}") FROM "{table}" WHERE "{column}" > {place})'  # noqa: S608
        for table in tables
        for column in instants_of(table)
    ]
    values = iter((await fetch_all(f"SELECT {', '.join(terms)}", [bound]))[0])
    return [
        min(
            (_instant(each) for column in instants_of(table) if (each := next(values))),
            default=None,
        )
        for table in tables
    ]


def _as_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ")


def _instant(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
