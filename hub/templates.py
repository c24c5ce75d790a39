"""Statements that are written once for all who may ask alike.

What a list's statement is made of depends on the kind of row, the columns, the order and the
filter; of the request it has only the instant and the keys of rows. So the statement is written
for a viewer of whom nothing is known (`hub.watching.Unknown`), with slots where those two go, and
kept. Where writing it needs to know more, it is written for each request as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.database import fetch_all, is_sqlite
from hub.decoding import Maker, Record, maker
from hub.records import Select, Statement
from hub.rendering import driver_value, placed_for
from hub.watching import NOW, Slot

KEYS = Slot("keys")
"""Where the keys of rows go, as one list."""
KEY = Slot("key")
"""Where the key of the one row goes."""


@dataclass(frozen=True, slots=True)
class Template:
    """A statement as the driver takes it, with slots among its values, and what makes records of
    its rows.
    """

    text: str
    values: tuple[Any, ...]
    make: Maker
    is_for_sqlite: bool
    key_slots: tuple[Slot, ...]

    async def records(self, *, now: datetime, keys: Sequence[Any] = ()) -> list[Record]:
        """The rows at an instant, for these keys."""
        sqlite = self.is_for_sqlite
        given: dict[Any, Any] = {NOW: driver_value(now, sqlite=sqlite)}
        for slot in self.key_slots:
            value = keys[0] if slot is KEY else tuple(keys)
            given[slot] = driver_value(value, sqlite=sqlite)
        filled = [given[each] if each.__class__ is Slot else each for each in self.values]
        return self.make(await fetch_all(self.text, filled))


def template(select: Select, statement: Statement) -> Template:
    """The template of a statement over the rows of `select`."""
    sqlite = is_sqlite()
    placed, filled = placed_for(statement.text, statement.values, sqlite=sqlite)
    make = maker(select.model, statement.names, is_public=select.is_public, sqlite=sqlite)
    key_slots = tuple(slot for slot in (KEY, KEYS) if slot in filled)
    return Template(placed, tuple(filled), make, sqlite, key_slots)
