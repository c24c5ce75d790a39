"""What must be true of seats, asked of the tables in plain SQL: none of the hub's own reads."""

from uuid import UUID

from hub.database import fetch_all

_HOLDS = "('pending', 'confirmed', 'offered', 'attended', 'no_show')"


async def rows(sql: str) -> list[tuple[object, ...]]:
    """The rows of a statement."""
    return [tuple(row) for row in await fetch_all(sql, [])]


async def number(sql: str) -> int:
    """The one number that a statement gives."""
    return int((await fetch_all(sql, []))[0][0])


async def assert_counted() -> None:
    """Every pool and quota counts what its registrations say, and none has given more than it has.

    Every registration came of one key and is in the audit once.
    """
    wrong = await rows(
        "SELECT CAST(pool.id AS TEXT), pool.capacity, pool.taken, pool.waiting,"
        " pool.waiting_parties, r.taken, r.waiting, r.parties"
        " FROM pool LEFT JOIN (SELECT pool_id,"
        f"   SUM(CASE WHEN state IN {_HOLDS} THEN party_size ELSE 0 END) AS taken,"
        "   SUM(CASE WHEN state = 'waitlisted' THEN party_size ELSE 0 END) AS waiting,"
        "   SUM(CASE WHEN state = 'waitlisted' THEN 1 ELSE 0 END) AS parties"
        "  FROM registration GROUP BY pool_id) AS r ON r.pool_id = pool.id"
        " WHERE pool.taken <> COALESCE(r.taken, 0) OR pool.waiting <> COALESCE(r.waiting, 0)"
        " OR pool.waiting_parties <> COALESCE(r.parties, 0) OR pool.taken > pool.capacity"
    )
    assert wrong == []
    wrong = await rows(
        "SELECT CAST(pool_quota.id AS TEXT), pool_quota.taken FROM pool_quota"
        " WHERE taken > capacity OR taken <> COALESCE((SELECT SUM(party_size) FROM registration"
        f"  WHERE registration.pool_id = pool_quota.pool_id AND is_on_quota AND state IN {_HOLDS}"
        "  AND registration.town_id = pool_quota.town_id), 0)"
    )
    assert wrong == []
    await _assert_written_once()


async def _assert_written_once() -> None:
    registrations = await number("SELECT COUNT(*) FROM registration")
    keys = "SELECT COUNT(DISTINCT result_id) FROM idempotency_key"
    assert await number(keys) == registrations
    assert await number("SELECT COUNT(*) FROM idempotency_key") == registrations
    entries = "FROM audit_entry WHERE action = 'registration.signed_up'"
    assert await number(f"SELECT COUNT(*) {entries}") == registrations
    assert await number(f"SELECT COUNT(DISTINCT object_id) {entries}") == registrations
    twice = (
        "SELECT COUNT(*) FROM (SELECT person_id, subject_id FROM registration"
        " WHERE slot IS NOT NULL GROUP BY person_id, subject_id HAVING COUNT(*) > 1) AS twice"
    )
    assert await number(twice) == 0


async def assert_no_idle_seat() -> None:
    """Nobody waits whom the free seats would fit."""
    idle = await rows(
        "SELECT CAST(pool.id AS TEXT), pool.capacity - pool.taken, MIN(registration.party_size)"
        " FROM pool JOIN registration ON registration.pool_id = pool.id"
        " WHERE registration.state = 'waitlisted' GROUP BY pool.id, pool.capacity, pool.taken"
        " HAVING MIN(registration.party_size) <= pool.capacity - pool.taken"
    )
    assert idle == []


async def registered(pool_id: UUID) -> dict[str, str]:
    """Who is registered in a pool by hex of person, and where: every row, over or not."""
    found = await rows(
        "SELECT CAST(id AS TEXT), state FROM registration"
        f" WHERE CAST(pool_id AS TEXT) = '{pool_id}'"
    )
    return {str(key): str(state) for key, state in found}
