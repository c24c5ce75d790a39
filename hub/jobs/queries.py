"""Reads of background work: what waits, what was given up, and a person's jobs."""

from collections.abc import Sequence

from pypika_tortoise.terms import Criterion

from hub.auth import Viewer
from hub.criteria import never
from hub.jobs.models import Job, OutboxRow
from hub.listing import Listing
from hub.records import Ordering, Record, Select, count_records, fetch_records, table_of

COUNT_MAX = 100_000

_job = table_of(Job)
_outbox = table_of(OutboxRow)


def _visible(viewer: Viewer) -> Sequence[Criterion]:
    """The jobs that the person who looks has asked for, and nobody else's."""
    person_id = viewer.actor.person_id
    return (never(),) if person_id is None else (_job.requested_by == person_id,)


JOBS = Listing(Job, _visible, default_order=(Ordering("created_at", descending=True),))


async def outbox_rows(*, limit: int) -> list[Record]:
    """What is in the outbox, parked rows last, those due first."""
    order = [Ordering("run_at"), Ordering("id")]
    waiting = await fetch_records(
        Select(OutboxRow, (_outbox.parked_at.isnull(),)), order=order, limit=limit
    )
    parked = Select(OutboxRow, (_outbox.parked_at.notnull(),))
    return waiting + await fetch_records(parked, order=order, limit=limit)


async def parked_count() -> int:
    """How many tasks were given up, counted no further than 100,000."""
    return await count_records(Select(OutboxRow, (_outbox.parked_at.notnull(),)), cap=COUNT_MAX)
