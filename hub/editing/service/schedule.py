"""Changes of what is public that wait for their instant, and whoever brings them there.

A window of a new item is decided when it is read. A change of an item that is public cannot be:
there is one live row. So its revision waits, and `apply_due` publishes it when the time has come,
by the code of publishing. Several processes may call it at once: of the ones that come together
one publishes, and the others find nothing to do. Each unit is one transaction, so that a process
that dies at any line leaves it undone or done.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from hub.auth import Viewer, operator
from hub.editing.models import Revision
from hub.editing.queries import Area, Standing, is_visible, standing_of
from hub.editing.rules import (
    OVERTAKEN,
    ItemId,
    RevisionState,
    Target,
    Window,
    assert_window,
    state_after_cancel,
)
from hub.editing.service.publication import (
    Step,
    assert_releasable,
    assert_targets,
    due_publication,
    mark_published,
    open_for_publishing,
    opened,
    publish,
    write_live,
)
from hub.editing.service.revisions import (
    as_unit,
    assert_known,
    assert_version,
    author_of,
    change_revision,
    record,
)
from hub.errors import Conflict, HubError, Unavailable
from hub.ids import new_id
from hub.records import Ordering, Record, Select, fetch_records, table_of

_revision = table_of(Revision)
_log = structlog.get_logger(__name__)

_LABEL = "schedule"
_FAULT = "系统错误，定时发布未执行；详情见服务日志。"


class _Rehearsed(Exception):
    """Ends a rehearsal, so that nothing of it stays."""


async def schedule(viewer: Viewer, targets: Sequence[Target], *, window: Window) -> list[Record]:
    """Publish the newest revision of each item inside of `window`, all of them or none.

    Where one of them is public now and the window begins later, all wait for its beginning
    together. Raises as `publish` does, at once for all that would be refused now, and Conflict for
    an item that is scheduled already or has no change to wait with.
    """
    assert_known(viewer)
    assert_targets(targets)
    assert_window(window, now=viewer.now)
    if not await _has_to_wait(targets, window, now=viewer.now):
        return await publish(viewer, targets, window=window)
    await _rehearse(viewer, targets)
    unit_id = new_id()

    async def run() -> list[Record]:
        found = [
            (await opened(viewer, target, index=index))[0] for index, target in enumerate(targets)
        ]
        return [
            await _wait(viewer, standing, index=index, window=window, unit_id=unit_id)
            for index, standing in enumerate(found)
        ]

    return await as_unit(run)


async def _has_to_wait(targets: Sequence[Target], window: Window, *, now: datetime) -> bool:
    if window.starts_at is None or window.starts_at <= now:
        return False
    found = [await standing_of(target.item) for target in targets]
    return any(each and each.live and is_visible(each.live, now) for each in found)


async def _rehearse(viewer: Viewer, targets: Sequence[Target]) -> None:
    """Publish, and take it back: what is refused now is refused to whoever schedules it."""

    async def run() -> None:
        await publish(viewer, targets)
        raise _Rehearsed

    try:
        await as_unit(run)
    except _Rehearsed:
        return


async def _wait(
    viewer: Viewer, standing: Standing, *, index: int, window: Window, unit_id: UUID
) -> Record:
    newest = standing.newest
    assert newest is not None
    assert_releasable(newest, index=index)
    if newest.state is RevisionState.PUBLISHED:
        raise Conflict(
            "It is public as it is and has no change to wait with.",
            chinese="内容已公开，没有可定时发布的修改。",
            path=("input", "ids", index),
        )
    when = {"publish_at": window.starts_at, "expire_at": window.ends_at}
    revision = await change_revision(
        newest,
        **when,
        state=RevisionState.SCHEDULED,
        unit_id=unit_id,
        scheduled_by=author_of(viewer),
    )
    told = {"revision": revision.number, "slug": revision.slug, **when}
    await record(viewer, "editing.item_scheduled", on=standing, after=told)
    return revision


async def cancel_schedule(viewer: Viewer, targets: Sequence[Target]) -> list[Record]:
    """Let items that wait for their instant wait no more; the revisions are as before. All or none.

    Raises as `publish` does, and Conflict for an item that does not wait, and where others wait
    with it that are not named: they are meant to be published together.
    """
    assert_known(viewer)
    assert_targets(targets)

    async def run() -> list[Record]:
        found = [await _opened(viewer, target, index=index) for index, target in enumerate(targets)]
        await _assert_whole([standing.newest for standing in found if standing.newest])
        return [await _cancel(viewer, standing) for standing in found]

    return await as_unit(run)


async def _opened(viewer: Viewer, target: Target, *, index: int) -> Standing:
    standing, _ = await open_for_publishing(viewer, target, index=index)
    assert_version(standing, target.expected_version, path=("input", "expectedVersions", index))
    if standing.newest is None or standing.newest.state is not RevisionState.SCHEDULED:
        raise Conflict(
            "It is not scheduled.", chinese="内容没有定时发布。", path=("input", "ids", index)
        )
    return standing


async def _assert_whole(revisions: Sequence[Record]) -> None:
    named = {each.id for each in revisions}
    for unit_id in {each.unit_id for each in revisions}:
        if any(each.id not in named for each in await _unit(unit_id)):
            raise Conflict(
                "Others are scheduled together with it; name all of them.",
                chinese="有其他内容与其一同定时发布，请一并列出。",
                path=("input", "ids"),
            )


async def _cancel(viewer: Viewer, standing: Standing) -> Record:
    newest = standing.newest
    assert newest is not None
    cleared = {"publish_at": None, "expire_at": None, "unit_id": None, "scheduled_by": None}
    state = state_after_cancel(newest.decided_at)
    revision = await change_revision(newest, state=state, **cleared)
    before = {"publish_at": newest.publish_at, "expire_at": newest.expire_at}
    after = {"revision": newest.number, "slug": newest.slug, "state": state}
    await record(viewer, "editing.schedule_cancelled", on=standing, before=before, after=after)
    return revision


async def next_due_at() -> datetime | None:
    """The instant for which the first of the waiting revisions waits; None where none does."""
    first = await _first_waiting()
    return first.publish_at if first else None


async def apply_due(now: datetime) -> int:
    """Publish what has waited for an instant up to `now`, unit by unit in order; how many items.

    A unit that is refused (its slug is taken, its item was changed meanwhile) is not tried again:
    its revisions are FAILED and say why. Raises Unavailable when the database does not answer;
    what was not applied then is still due.
    """
    count = 0
    while (unit_id := await _next_due(now)) is not None:
        count += await _apply(unit_id, now=now)
    return count


async def _next_due(now: datetime) -> UUID | None:
    first = await _first_waiting()
    return first.unit_id if first and first.publish_at <= now else None


async def _first_waiting() -> Record | None:
    select = Select(Revision, (_revision.state == RevisionState.SCHEDULED.value,))
    order = [Ordering("publish_at"), Ordering("unit_id")]
    return next(iter(await fetch_records(select, order=order, limit=1)), None)


async def _unit(unit_id: UUID) -> list[Record]:
    select = Select(Revision, (_revision.unit_id == unit_id,))
    return await fetch_records(select, order=[Ordering("id")])


async def _apply(unit_id: UUID, *, now: datetime) -> int:
    try:
        return await as_unit(lambda: _publish_unit(unit_id, now=now))
    except Unavailable:
        raise
    except HubError as refusal:
        reason = refusal.chinese
    except Exception:  # noqa: BLE001 - whatever it is, it may not come again and again
        _log.exception("schedule_failed", unit=str(unit_id))
        reason = _FAULT
    await as_unit(lambda: _fail_unit(unit_id, reason, now=now))
    return 0


async def _publish_unit(unit_id: UUID, *, now: datetime) -> int:
    revisions = await _unit(unit_id)
    waiting = [each for each in revisions if each.state is RevisionState.SCHEDULED]
    if not waiting:  # another process was here first
        return 0
    steps = [await _step(each, index=index, now=now) for index, each in enumerate(revisions)]
    await write_live(steps)
    viewer = _viewer(now)
    for step in steps:
        newest = step.standing.newest
        assert newest is not None
        await mark_published(step.standing, now=now)
        told = {"revision": newest.number, "slug": newest.slug, **step.publication}
        told["scheduled_by"] = str(newest.scheduled_by)
        await record(viewer, "editing.item_published", on=step.standing, after=told)
    return len(steps)


async def _step(revision: Record, *, index: int, now: datetime) -> Step:
    standing = await standing_of(ItemId((revision.kind,), revision.item_id))
    is_newest = standing is not None and (standing.newest or revision).id == revision.id
    if (
        standing is None
        or not is_newest
        or standing.is_overtaken
        or revision.state is not RevisionState.SCHEDULED
    ):
        raise Conflict("It was changed before its time had come.", chinese=OVERTAKEN)
    window = Window(revision.publish_at, revision.expire_at)
    publication = due_publication(standing.live, window=window, now=now)
    return Step(index, standing, Area(), publication, is_needed=True)


async def _fail_unit(unit_id: UUID, reason: str, *, now: datetime) -> None:
    for revision in await _unit(unit_id):
        if revision.state is not RevisionState.SCHEDULED:
            continue
        await change_revision(revision, state=RevisionState.FAILED, reason=reason)
        standing = await standing_of(ItemId((revision.kind,), revision.item_id))
        assert standing is not None
        told = {"revision": revision.number, "slug": revision.slug, "reason": reason}
        await record(_viewer(now), "editing.schedule_failed", on=standing, after=told)


def _viewer(now: datetime) -> Viewer:
    return Viewer(operator(_LABEL, now=now), now)
