"""Background work put together: which tasks there are, and who runs them in this process."""

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from hub.assets.service.checking import sweep_media
from hub.assets.service.processing import process_asset, processing_failed
from hub.assets.service.uploads import PROCESS_TASK, expire_uploads
from hub.attendance.service.no_shows import mark_no_shows_due
from hub.attendance.service.organising import EXPORT_TASK as REGISTRATIONS_EXPORT
from hub.attendance.service.organising import exported_table as registrations_table
from hub.audit.service import EXPORT_TASK, exported_table
from hub.clock import now
from hub.database import close_database, open_database
from hub.enrollment.service.waiting import pass_on_due
from hub.idempotency import forget_old_keys
from hub.identity.service.codes import forget_old_codes
from hub.jobs.service.bell import Bell
from hub.jobs.service.following import forget_old_jobs, job_failed, table_job
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.settings import Settings

DRAIN_SECONDS: Final = 15.0
"""How long a stopping process waits for the tasks it has in hand."""

WAKING_CHANNEL: Final = "hub:tasks"

_LONG: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def task_registry() -> Registry:
    """Every task of the hub, and how often the regular ones are run."""
    registry = Registry()
    registry.add(EXPORT_TASK, table_job(exported_table), timeout=_LONG, on_parked=job_failed)
    registry.every(timedelta(hours=1), "jobs.forget_old_jobs", run=_forget_old_jobs)
    registry.every(timedelta(hours=6), "identity.forget_old_codes", run=_forget_old_codes)
    registry.add(
        REGISTRATIONS_EXPORT, table_job(registrations_table), timeout=_LONG, on_parked=job_failed
    )
    registry.every(timedelta(minutes=1), "enrollment.pass_on_due", run=_pass_on_due)
    registry.every(timedelta(hours=6), "enrollment.forget_old_keys", run=_forget_old_keys)
    registry.every(timedelta(hours=1), "attendance.mark_no_shows_due", run=_mark_no_shows_due)
    registry.add(PROCESS_TASK, process_asset, timeout=_DAY, on_parked=processing_failed)
    registry.every(timedelta(hours=1), "assets.expire_uploads", run=_expire_uploads)
    registry.every(timedelta(hours=24), "assets.sweep", run=_sweep, timeout=_LONG)
    return registry


async def _expire_uploads() -> None:
    await expire_uploads(now=now())


async def _sweep() -> None:
    await sweep_media(now=now())


async def _pass_on_due() -> None:
    await pass_on_due(now())


async def _mark_no_shows_due() -> None:
    await mark_no_shows_due(now())


async def _forget_old_keys() -> None:
    await forget_old_keys(now())


async def _forget_old_codes() -> None:
    await forget_old_codes(now=now())


async def _forget_old_jobs() -> None:
    await forget_old_jobs(now=now())


def make_bell(settings: Settings) -> Bell:
    """The bell of this process, which others hear where there is a Redis."""
    if not settings.redis_url:
        return Bell(None)
    from hub.waking import RedisWaker  # with Redis's client, which not every hub needs

    return Bell(RedisWaker(settings, channel=WAKING_CHANNEL))


async def work(settings: Settings, *, on_ready: Callable[[], object]) -> None:
    """Run tasks until SIGTERM or SIGINT; what is in hand then is finished or given back."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await open_database(settings)
    bell = make_bell(settings)
    runner = Runner(task_registry(), bell=bell, settings=settings)
    try:
        bell.start()
        runner.start()
        on_ready()
        await stopped.wait()
    finally:
        await runner.close(timeout_seconds=DRAIN_SECONDS)
        await bell.close()
        await close_database()
