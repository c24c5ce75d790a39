"""Jobs: work that somebody asked for and waits for, from the asking to the file."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.auth import Action, Viewer, require_person
from hub.bulk import insert_rows
from hub.clock import now as clock_now
from hub.criteria import is_in
from hub.database import transaction
from hub.errors import Conflict
from hub.ids import new_id
from hub.jobs.models import Job
from hub.jobs.rules import ENDED, JOB_LASTS, JOBS_AT_ONCE_MAX, RESULT_LASTS, JobState, percent
from hub.jobs.service.outbox import enqueue
from hub.jobs.service.results import remove_old_files, written_table
from hub.jobs.service.tasks import Handler
from hub.records import Record, Select, count_records, fetch_records_by, table_of
from hub.spreadsheets import MEDIA_TYPES, XLSX_ROWS_MAX, TableFormat

_REPORT_SECONDS: Final = 0.5
_OPEN: Final = [state for state in JobState if state not in ENDED]
_job = table_of(Job)


@dataclass(frozen=True, slots=True)
class Table:
    """What a job writes: how it is called without its ending, its columns, its rows by the page.

    `total` is how many rows there will be, for the progress.
    """

    name: str
    form: TableFormat
    columns: Sequence[str]
    total: int
    pages: AsyncIterator[Sequence[Sequence[Any]]]


async def ask_for_job(
    viewer: Viewer,
    task: str,
    *,
    parameters: Mapping[str, Any],
    needs: Action | None = None,
) -> Record:
    """Ask for `task` on behalf of the person who looks; the job to follow it by.

    Who may ask is the caller's to decide, in whose transaction this belongs. `parameters` hold
    nothing personal. Without the permission `needs` the file is not handed out any more.

    Raises Unauthenticated for who is no person, and Conflict when five jobs are under way.
    """
    person_id = require_person(viewer.actor)
    mine = Select(Job, (_job.requested_by == person_id, is_in(_job.state, _OPEN)))
    if await count_records(mine, cap=JOBS_AT_ONCE_MAX) >= JOBS_AT_ONCE_MAX:
        raise Conflict(
            f"{JOBS_AT_ONCE_MAX} jobs of yours are under way; wait until one has ended.",
            chinese=f"您已有 {JOBS_AT_ONCE_MAX} 个任务正在进行，请等其中一个结束后再试。",
        )
    key = new_id()
    row = {
        "id": key,
        "kind": task,
        "requested_by": person_id,
        "parameters": dict(parameters),
        "needs": None if needs is None else needs.value,
        "state": JobState.QUEUED,
        "message": "Waiting to begin.",
        "message_chinese": "等待开始。",
        "created_at": viewer.now,
    }

    async def body() -> Record:
        await insert_rows(Job, [row])
        await enqueue(task, {"job": str(key)}, key=f"job:{key}")
        return (await fetch_records_by(Select(Job), [key], column="id"))[0]

    return await transaction(body)


def table_job(table_of_job: Callable[[Record], Awaitable[Table]]) -> Handler:
    """The task that writes the table which `table_of_job` makes of a job."""

    async def handle(payload: Mapping[str, Any]) -> None:
        job = await _begin(UUID(payload["job"]))
        if job is not None:
            await _write(job, await table_of_job(job))

    return handle


async def _begin(job_id: UUID) -> Record | None:
    """The job, under way from now on; None when it has ended or is gone."""

    async def body() -> int:
        count: int = await Job.filter(id=job_id, state__in=_OPEN).update(
            state=JobState.RUNNING, message="Under way.", message_chinese="正在进行。"
        )
        return count

    if not await transaction(body):
        return None
    return (await fetch_records_by(Select(Job), [job_id], column="id"))[0]


async def _write(job: Record, table: Table) -> None:
    if table.form is TableFormat.XLSX and table.total > XLSX_ROWS_MAX:
        await _end(
            job.id,
            state=JobState.FAILED,
            message="A workbook cannot hold so many rows: narrow them, or choose CSV.",
            message_chinese="行数超过工作簿的上限，请缩小范围，或改用 CSV。",
        )
        return
    done, told_at = 0, time.monotonic()
    async with written_table(job.id, table.form, columns=table.columns) as writer:
        async for rows in table.pages:
            await writer.write(rows)
            done += len(rows)
            if time.monotonic() - told_at >= _REPORT_SECONDS:
                await _report(job.id, done, table.total)
                told_at = time.monotonic()
    await _end(
        job.id,
        state=JobState.SUCCEEDED,
        progress=100,
        message=f"{done:,} rows.",
        message_chinese=f"共 {done:,} 行。",
        file_name=f"{table.name}.{table.form.value}",
        media_type=MEDIA_TYPES[table.form],
        result_expires_at=clock_now() + RESULT_LASTS,
    )


async def _report(job_id: UUID, done: int, total: int) -> None:
    async def body() -> None:
        await Job.filter(id=job_id, state=JobState.RUNNING).update(
            progress=percent(done, total),
            message=f"{done:,} rows so far.",
            message_chinese=f"已写入 {done:,} 行。",
        )

    await transaction(body)


async def _end(job_id: UUID, **values: Any) -> None:
    async def body() -> None:
        await Job.filter(id=job_id, state__in=_OPEN).update(finished_at=clock_now(), **values)

    await transaction(body)


async def job_failed(payload: Mapping[str, Any]) -> None:
    """Tell who waits that the work was given up; for `Registry.add(on_parked=)`."""
    await _end(
        UUID(payload["job"]),
        state=JobState.FAILED,
        message="It could not be done. Ask for it again, or tell the administrator.",
        message_chinese="任务未能完成，请重新提交，或联系管理员。",
    )


async def forget_old_jobs(*, now: datetime) -> None:
    """Remove files that are kept no longer, and jobs a month old. Raises Unavailable."""
    await remove_old_files(now=now)
    await transaction(lambda: Job.filter(created_at__lt=now - JOB_LASTS).delete())
