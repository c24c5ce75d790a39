"""Bringing revisions to the public, several items as one unit, and taking items away from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.auth import Action, Viewer
from hub.bulk import update_rows
from hub.editing.queries import Area, Standing, is_visible, newest_revision
from hub.editing.rules import (
    ITEMS_MAX,
    RevisionState,
    Target,
    Window,
    assert_publishable,
    assert_window,
)
from hub.editing.service.revisions import (
    as_unit,
    assert_version,
    change_revision,
    close_revisions,
    keep_live,
    open_item,
    record,
)
from hub.errors import Conflict, ContentInvalid, HubError, Invalid, ReviewRequired
from hub.items import as_json
from hub.kinds import Row
from hub.loading import Identity, write_items
from hub.publishing import StoredState
from hub.records import Record
from hub.settings import current_settings

_PLACE = re.compile(r"(\w+)\[(\d+)\]\.?(.*)")


@dataclass(slots=True)
class Step:
    """One item on its way: where it stands, what it will say, and the window it gets."""

    index: int
    standing: Standing
    area: Area
    publication: Row
    is_needed: bool


async def publish(
    viewer: Viewer, targets: Sequence[Target], *, window: Window | None = None
) -> list[Record]:
    """Publish the newest revision of each item, all of them or none; the revisions, aligned.

    With `window` the items are public inside of it; without one from now on, or as they were when
    they are public already. Raises Unauthenticated, NotFound, Forbidden, VersionConflict,
    ReviewRequired, Conflict (a rejected revision; a window that would hide what is public), and
    Invalid where an item cannot be published as it is, naming it by its place in `ids`.
    """
    assert_targets(targets)
    if window is not None:
        assert_window(window, now=viewer.now)
    action = "editing.item_scheduled" if window else "editing.item_published"

    async def run() -> list[Record]:
        steps = []
        for index, target in enumerate(targets):
            standing, area = await opened(viewer, target, index=index)
            steps.append(_step(viewer, standing, area=area, index=index, window=window))
        needed = [step for step in steps if step.is_needed]
        await write_live(needed)
        for step in needed:
            await _mark(step.standing, now=viewer.now)
        for step in steps:
            if step.is_needed:
                await record(viewer, action, on=step.standing, after=_told(step))
        return [await _newest(step.standing) for step in steps]

    return await as_unit(run)


def assert_targets(targets: Sequence[Target]) -> None:
    """Raises Invalid for no targets, too many of them, and one that is named twice."""
    ids = [target.item.id for target in targets]
    if not 1 <= len(ids) <= ITEMS_MAX or len(set(ids)) < len(ids):
        raise Invalid(
            f"ids takes 1 to {ITEMS_MAX} different ids.",
            chinese=f"ids 须为 1 到 {ITEMS_MAX} 个不同的 id。",
            path=("input", "ids"),
        )


async def opened(viewer: Viewer, target: Target, *, index: int) -> tuple[Standing, Area]:
    """One of several items, as `open_item` gives it, at the version that was expected."""
    try:
        standing, _, area = await open_item(viewer, target.item, action=Action.PUBLISH_CONTENT)
    except HubError as error:
        if error.path:
            error.path = ("input", "ids", index)
        raise
    assert_version(standing, target.expected_version, path=("input", "expectedVersions", index))
    await keep_live(standing, area=area)
    return standing, area


def _step(
    viewer: Viewer, standing: Standing, *, area: Area, index: int, window: Window | None
) -> Step:
    newest = standing.newest
    assert newest is not None
    assert_publishable(newest.state)
    if current_settings().review_required and newest.state not in (
        RevisionState.APPROVED,
        RevisionState.PUBLISHED,
    ):
        raise ReviewRequired(
            "Somebody else has to approve it first.",
            chinese="须先由他人审核通过。",
            path=("input", "ids", index),
        )
    publication = publication_of(standing.live, window=window, now=viewer.now)
    same = newest.state is RevisionState.PUBLISHED and _has(standing.live, publication)
    return Step(index, standing, area, publication, is_needed=not same)


def publication_of(live: Record | None, *, window: Window | None, now: datetime) -> Row:
    """State and window of an item that is published at `now`.

    What is public stays public since when it was, unless a window says otherwise. Raises Conflict
    for a window that would hide it until its beginning.
    """
    is_public = live is not None and is_visible(live, now)
    starts_at, ends_at = now, None
    if live is not None and is_public:
        starts_at, ends_at = live.published_at, live.expires_at
    if window is not None:
        starts_at, ends_at = window.starts_at or starts_at, window.ends_at
        if is_public and starts_at > now:
            raise Conflict(
                "It is public now; publish the change when the time has come.",
                chinese="内容已公开，请到时再发布修改。",
                path=("input", "publishAt"),
            )
    return {"state": StoredState.PUBLISHED, "published_at": starts_at, "expires_at": ends_at}


def _has(live: Record | None, values: Row) -> bool:
    return live is not None and all(getattr(live, key) == value for key, value in values.items())


async def write_live(steps: Sequence[Step]) -> None:
    """Write what the newest revisions of these items say into their live rows.

    Raises Invalid where the loader refuses an item, and then nothing may be committed.
    """
    if not steps:
        return
    data: dict[str, list[Any]] = {}
    places: dict[tuple[str, int], Step] = {}
    identities = {}
    for step in steps:
        standing = step.standing
        assert standing.newest is not None
        items = data.setdefault(standing.kind.name, [])
        places[standing.kind.name, len(items)] = step
        items.append({**standing.newest.values, **as_json(step.publication)})
        version = _next_version(standing)
        identities[standing.kind.name, standing.slug] = Identity(standing.item_id, version)
    try:
        await write_items(data, identities, timezone=current_settings().timezone)
    except ContentInvalid as error:
        raise _unpublishable(error, places) from error


def _next_version(standing: Standing) -> int:
    """The version the live row gets: the number of the revision it says from now on.

    Unless that number was passed meanwhile, by publishing again what was taken away.
    """
    assert standing.newest is not None
    number: int = standing.newest.number
    return max(number, (standing.live_version or 0) + 1)


async def _mark(standing: Standing, *, now: datetime) -> None:
    newest, version = standing.newest, _next_version(standing)
    assert newest is not None
    await close_revisions(standing.item_id, states={RevisionState.PUBLISHED})
    published = {"state": RevisionState.PUBLISHED, "published_at": now, "live_version": version}
    standing.newest = await change_revision(newest, **published)


def _unpublishable(error: ContentInvalid, places: dict[tuple[str, int], Step]) -> Invalid:
    """The first problem that the loader found, as a refusal of the item that has it."""
    problem = error.data["problems"][0]
    found = _PLACE.fullmatch(problem.path)
    step = places.get((found[1], int(found[2]))) if found else None
    slug = step.standing.slug if step else ""
    where = found[3] if found else ""
    return Invalid(
        f"{slug} cannot be published: {where} {problem.reason}.",
        chinese=f"{slug} 不能发布：{where} {problem.chinese or problem.reason}。",
        path=("input", "ids", step.index) if step else ("input", "ids"),
    )


def _told(step: Step) -> Row:
    newest = step.standing.newest
    assert newest is not None
    return {"revision": newest.number, "slug": newest.slug, **step.publication}


async def _newest(standing: Standing) -> Record:
    newest = await newest_revision(standing.item_id)
    assert newest is not None
    return newest


async def unpublish(viewer: Viewer, targets: Sequence[Target]) -> list[Record]:
    """Take items away from the public; they can be published again. All or none.

    Raises as `publish` does, and Conflict for an item that is not published.
    """
    wanted = (StoredState.PUBLISHED,)
    return await _set_state(viewer, targets, StoredState.DRAFT, wanted, "editing.item_unpublished")


async def archive(viewer: Viewer, targets: Sequence[Target]) -> list[Record]:
    """Put items away for good, or until they are restored. All or none.

    Raises as `publish` does, and Conflict for an item that was never published or is archived.
    """
    wanted = (StoredState.PUBLISHED, StoredState.DRAFT)
    return await _set_state(viewer, targets, StoredState.ARCHIVED, wanted, "editing.item_archived")


async def restore(viewer: Viewer, targets: Sequence[Target]) -> list[Record]:
    """Bring archived items back, unpublished. All or none.

    Raises as `publish` does, and Conflict for an item that is not archived.
    """
    wanted = (StoredState.ARCHIVED,)
    return await _set_state(viewer, targets, StoredState.DRAFT, wanted, "editing.item_restored")


async def _set_state(
    viewer: Viewer,
    targets: Sequence[Target],
    state: StoredState,
    wanted: tuple[StoredState, ...],
    action: str,
) -> list[Record]:
    assert_targets(targets)

    async def run() -> list[Record]:
        revisions = []
        for index, target in enumerate(targets):
            standing, _ = await opened(viewer, target, index=index)
            before = standing.live.state if standing.live else None
            if before not in wanted:
                raise _wrong_state(before, index)
            revisions.append(await _change_state(standing, state, now=viewer.now))
            said = {"before": {"state": before}, "after": {"state": state}}
            await record(viewer, action, on=standing, **said)
        return revisions

    return await as_unit(run)


def _wrong_state(state: StoredState | None, index: int) -> Conflict:
    now = state.value if state else "never published"
    return Conflict(
        f"That cannot be done: the item is {now}.",
        chinese=f"无法操作：内容当前为 {now}。",
        path=("input", "ids", index),
    )


async def _change_state(standing: Standing, state: StoredState, *, now: datetime) -> Record:
    """Change the live row's state alone, and let the newest revision know of its new version."""
    assert standing.live is not None
    assert standing.newest is not None
    version = standing.version + 1
    row = {"id": standing.item_id, "state": state, "version": version, "updated_at": now}
    await update_rows(standing.kind.model, [row], columns=["state", "version", "updated_at"])
    return await change_revision(standing.newest, live_version=version)
