"""A log that the database itself keeps of every change of a seat, and the rules it must obey.

Triggers write it, inside of whatever transaction the server is in. Changes of a pool happen one
transaction after the other, for its row is locked first; so the log is in their order.
"""

from dataclasses import dataclass, field

from hub.database import fetch_all, is_sqlite

_COLUMNS = "what, pool_id, id, state, number, party, taken, waiting, was_taken, was_waiting"
_REGISTRATION = (
    "'registration', CAST(new.pool_id AS TEXT), CAST(new.id AS TEXT), new.state, new.number,"
    " new.party_size, 0, 0, 0, 0"
)
_POOL = (
    "'pool', CAST(new.id AS TEXT), NULL, NULL, NULL, NULL,"
    " new.taken, new.waiting, old.taken, old.waiting"
)
_NUMBERS = "number INTEGER, party INTEGER, taken INTEGER, waiting INTEGER"
_TABLE = (
    "CREATE TABLE watch (seq {key}, what TEXT, pool_id TEXT, id TEXT, state TEXT,"
    f" {_NUMBERS}, was_taken INTEGER, was_waiting INTEGER)"
)


async def start_watch() -> None:
    """Let the database log from now on."""
    is_lite = is_sqlite()
    key = "INTEGER PRIMARY KEY AUTOINCREMENT" if is_lite else "BIGSERIAL PRIMARY KEY"
    await fetch_all(_TABLE.format(key=key), [])
    for table, column, values in (
        ("registration", "state", _REGISTRATION),
        ("pool", "taken, waiting", _POOL),
    ):
        insert = f"INSERT INTO watch ({_COLUMNS}) VALUES ({values});"
        event = f"AFTER UPDATE OF {column} ON {table} FOR EACH ROW"
        if is_lite:
            await fetch_all(f"CREATE TRIGGER watch_{table} {event} BEGIN {insert} END", [])
            continue
        function = f"RETURNS trigger AS $$ BEGIN {insert} RETURN NULL; END $$ LANGUAGE plpgsql"
        await fetch_all(f"CREATE FUNCTION watch_{table}() {function}", [])
        trigger = f"CREATE TRIGGER watch_{table} {event} EXECUTE FUNCTION watch_{table}()"
        await fetch_all(trigger, [])


@dataclass
class Replay:
    """What the log says happened: how often a seat changed hands, and what was against the rule."""

    given: int = 0
    violations: list[str] = field(default_factory=list)
    _waiting: dict[str, tuple[int, int]] = field(default_factory=dict)

    def passed_over(self, before: int, party: int) -> list[str]:
        """Who waits with a smaller number and a party no larger."""
        return [
            key
            for key, (number, size) in self._waiting.items()
            if number < before and size <= party
        ]

    def change(self, key: str, state: str, number: int | None, party: int) -> None:
        """A registration has come to a state."""
        if state == "waitlisted":
            assert number is not None
            assert all(number > other for other, _ in self._waiting.values())
            self._waiting[key] = (number, party)
            return
        place = self._waiting.pop(key, None)
        if place is None or state not in ("offered", "confirmed", "pending"):
            return
        self.given += 1
        if others := self.passed_over(place[0], party):
            self.violations.append(f"{key} got {state} before {others}")

    def seats(self, taken: int, waiting: int, was_taken: int, was_waiting: int) -> None:
        """A pool's counters have changed; seats that nobody waited for were taken directly."""
        if taken <= was_taken or waiting != was_waiting:
            return
        self.given += 1
        if others := self.passed_over(1 << 60, taken - was_taken):
            self.violations.append(f"{taken - was_taken} taken before {others}")


async def replayed() -> Replay:
    """The log of the one pool there is, read from its beginning."""
    replay = Replay()
    for entry in await fetch_all(f"SELECT {_COLUMNS} FROM watch ORDER BY seq", []):
        what, _, key, state, number, party, *counts = entry
        if what == "registration":
            replay.change(key, state, number, party)
        else:
            replay.seats(*counts)
    return replay
