"""What is kept no longer goes: files after a day, drafts that nobody finishes, jobs in the end."""

import os
from datetime import timedelta
from pathlib import Path

from hub.bulk import insert_rows
from hub.clock import frozen
from hub.ids import new_id
from hub.jobs.models import Job
from hub.jobs.rules import JOB_LASTS, JobState
from hub.jobs.service.bell import Bell
from hub.jobs.service.results import exports_folder, result_path
from hub.jobs.service.running import Runner
from hub.settings import Settings
from hub.worker import task_registry
from tests.hub.jobs.runners import NOW

HOUR = timedelta(hours=1)


def put(path: Path, *, hours_old: float) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    seconds = (NOW - hours_old * HOUR).timestamp()
    os.utime(path, (seconds, seconds))
    return path


async def job(*, hours_old: int, expires_in: timedelta) -> Path:
    key = new_id()
    at = NOW - hours_old * HOUR
    row = {"id": key, "kind": "tests.note", "requested_by": key, "parameters": {}}
    row |= {"state": JobState.SUCCEEDED, "created_at": at, "result_expires_at": NOW + expires_in}
    await insert_rows(Job, [row])
    return put(result_path(key), hours_old=hours_old)


async def test_what_is_old_goes_and_what_is_kept_stays(database: Settings) -> None:
    kept = await job(hours_old=23, expires_in=HOUR)
    await job(hours_old=24, expires_in=timedelta())
    old = int(JOB_LASTS / HOUR) + 1
    await job(hours_old=old, expires_in=-old * HOUR)
    fresh = put(exports_folder() / "a.part", hours_old=0.5)
    put(exports_folder() / "b.part", hours_old=2)
    with frozen(NOW):
        regular = Runner(task_registry(), bell=Bell(), settings=database)
        await regular.tick()
        assert await regular.run_due() == len(task_registry().periods)
    assert set(exports_folder().iterdir()) == {kept, fresh}
    assert await Job.all().count() == 2
