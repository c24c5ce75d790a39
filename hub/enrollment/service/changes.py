"""What follows when editors change a pool, in the transaction of that change."""

from collections.abc import Sequence
from datetime import datetime

from hub.enrollment.service.lottery import commit_to_seeds
from hub.enrollment.service.waiting import pass_on
from hub.records import Record


async def give_out_more(before: Sequence[Record], now: datetime) -> None:
    """Offer the seats that a pool has gained to those who wait for them; fix the seed of a pool
    that has become a lottery.
    """
    await commit_to_seeds([each.id for each in before], now)
    for each in before:
        if each.waiting:
            await pass_on(each.id, now=now)
