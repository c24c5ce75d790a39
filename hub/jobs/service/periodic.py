"""What is done regularly: a row a task, and whoever moves it first asks for the task.

The asking is a row of the outbox, written with the move: a tick that was won is done, also when
its winner is killed right after.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pypika_tortoise.queries import Query

from hub.database import fetch_all, transaction
from hub.jobs.models import PeriodicTask
from hub.jobs.service.outbox import enqueue
from hub.records import Select, fetch_records, render, table_of

_periodic = table_of(PeriodicTask)


async def tick(periods: Mapping[str, timedelta], *, now: datetime) -> datetime | None:
    """Ask for every task that is due; when the next one will be, None where there is none.

    Missed ticks are not made up for: one run does what they would have. Raises Unavailable.
    """
    if not periods:
        return None
    rows = await fetch_records(Select(PeriodicTask))
    next_at: dict[str, datetime] = {row.name: row.next_at for row in rows if row.name in periods}
    for name, period in periods.items():
        if name not in next_at or next_at[name] <= now:
            await _take(name, now=now, until=now + period)
            next_at[name] = now + period
    return min(next_at.values())


async def _take(name: str, *, now: datetime, until: datetime) -> bool:
    """Move one task's row if it is still due, and ask for the task with it."""
    query = Query.into(_periodic).columns("name", "next_at").insert(name, until)
    query = query.on_conflict("name").do_update("next_at", until).where(_periodic.next_at <= now)
    sql, parameters = render(query)

    async def body() -> bool:
        if not await fetch_all(f"{sql} RETURNING name", parameters):
            return False
        await enqueue(name, key=f"periodic:{name}")
        return True

    return await transaction(body)
