"""What follows when editors change a pool, in the transaction of that change."""

from collections.abc import Sequence
from datetime import datetime

from pypika_tortoise import functions as sql_functions

from hub.bulk import update_rows
from hub.enrollment.models import Pool
from hub.enrollment.queries import pools
from hub.enrollment.service.lottery import commit_to_seeds
from hub.enrollment.service.waiting import pass_on
from hub.records import Record, Select, fetch_records


async def give_out_more(before: Sequence[Record], now: datetime) -> None:
    """Offer the seats that a pool has gained to those who wait for them; fix the seed of a pool
    that has become a lottery.
    """
    await commit_to_seeds([each.id for each in before], now)
    for each in before:
        if each.waiting:
            await pass_on(each.id, now=now)


async def follow_course(old: str, *, to: str) -> None:
    """Let the pools that ask for a completed course ask for it by its new slug.

    They say the same as before, so their versions stay.
    """
    named = sql_functions.Cast(pools.eligibility, "text").like(f'%"{old}"%')
    changes = []
    for row in await fetch_records(Select(Pool, (named,))):
        courses = row.eligibility.get("completed_courses", [])
        if old in courses:
            asked = [to if each == old else each for each in courses]
            eligibility = {**row.eligibility, "completed_courses": asked}
            changes.append({"id": row.id, "eligibility": eligibility})
    await update_rows(Pool, changes, columns=["eligibility"])
