"""How revisions come into being: who may, over which version, and what is written with them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.audit import service as audit
from hub.auth import Action, Viewer, is_allowed
from hub.bulk import insert_rows, lock_for_loading, update_rows
from hub.criteria import is_in
from hub.database import transaction
from hub.editing.models import Revision
from hub.editing.queries import (
    Area,
    Standing,
    area_of,
    may_read,
    newest_revision,
    revisions_by_ids,
    revisions_of,
    standing_of,
)
from hub.editing.rules import (
    OPEN_STATES,
    OVERTAKEN,
    TYPE_NAMES,
    ItemId,
    RevisionState,
    assert_unscheduled,
    differences,
    with_wording,
)
from hub.errors import Conflict, Forbidden, NotFound, Unauthenticated, VersionConflict
from hub.ids import new_id
from hub.kinds import Row
from hub.records import Record, Select, fetch_records, table_of

T = TypeVar("T")

_revision = table_of(Revision)


async def as_unit(body: Callable[[], Awaitable[T]]) -> T:
    """Run the body of an edit in one transaction, after whoever edits or loads now.

    Raises whatever the body raises, and Conflict where something else wrote the same rows.
    """

    async def alone() -> T:
        await lock_for_loading()
        return await body()

    try:
        return await transaction(alone)
    except IntegrityError as error:
        raise Conflict(
            "Somebody else changed the same thing meanwhile; nothing was changed.",
            chinese="同时有人修改了同一内容，本次未作任何更改。",
        ) from error


def author_of(viewer: Viewer) -> UUID | None:
    """Who a revision is by: a person, or a service."""
    return viewer.actor.person_id or viewer.actor.service_id


def assert_known(viewer: Viewer) -> None:
    """Raises Unauthenticated for nobody."""
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")


def assert_allowed(viewer: Viewer, action: Action, *, areas: Sequence[Area]) -> None:
    """Raises Forbidden unless the viewer may do `action` in every one of the areas."""
    for area in areas:
        if not is_allowed(viewer.actor, action, on=area.scopes, now=viewer.now):
            raise Forbidden("You may not do this.", chinese="您没有权限进行此操作。")


async def open_item(viewer: Viewer, item: ItemId, *, action: Action) -> tuple[Standing, Row, Area]:
    """Where an item stands, what its next revision begins from, and where it lies.

    Raises Unauthenticated, NotFound for what is not there or not the viewer's to know of, and
    Forbidden for what the viewer may see and not change. Both what is live and what is drafted
    have to lie where the viewer may act.
    """
    assert_known(viewer)
    standing = await standing_of(item)
    if standing is None or standing.kind.name not in TYPE_NAMES:
        raise _not_found()
    values = await standing.values()
    area = await area_of(standing.kind, standing.item_id, values=values, now=viewer.now)
    areas = [area]
    if standing.live is not None and not standing.is_overtaken:
        live = await standing.live_values()
        areas.append(await area_of(standing.kind, standing.item_id, values=live, now=viewer.now))
    if not all(may_read(viewer, each.scopes) for each in areas):
        raise _not_found()
    assert_allowed(viewer, action, areas=areas)
    return standing, values, area


def _not_found() -> NotFound:
    return NotFound("There is no such item.", chinese="没有这项内容。", path=("input", "id"))


def assert_version(
    standing: Standing, expected: int, *, path: Sequence[str | int] = ("input", "expectedVersion")
) -> None:
    """Raises VersionConflict unless `expected` is the version of the item."""
    if standing.version != expected:
        raise VersionConflict(
            f"It is at version {standing.version} now; read it again.",
            chinese=f"内容已变更，当前版本为 {standing.version}，请重新读取。",
            path=path,
            current=standing.version,
        )


def assert_free(standing: Standing, *, path: Sequence[str | int] = ("input", "id")) -> None:
    """Raises Conflict for an item whose newest revision waits for its instant."""
    if standing.newest is not None:
        try:
            assert_unscheduled(standing.newest.state)
        except Conflict as refusal:
            refusal.path = tuple(path)
            raise


def assert_no_wording(standing: Standing) -> None:
    """Raises Conflict where keepers' wording waits for a reviewer: that is decided first."""
    if standing.waiting_wording is not None:
        raise Conflict(
            "What its keepers say of it waits for a reviewer; decide on that first.",
            chinese="场所人员提交的文字正在待审，请先审核。",
            path=("input", "id"),
        )


async def keep_live(standing: Standing, *, area: Area) -> None:
    """Write down as a revision what the live row says, where no revision says it yet.

    So the history is whole: an item that came from a folder, or that something else changed, can
    be brought back to what it said then. Keepers' wording that waits for a reviewer goes on
    waiting, over what the row says now.
    """
    if standing.live is None or not standing.is_overtaken:
        return
    row = {
        **_row(standing, await standing.live_values(), area=area),
        "live_version": standing.live.version,
        "state": RevisionState.PUBLISHED,
        "published_at": standing.live.updated_at,
        "created_at": standing.live.updated_at,
    }
    waiting = standing.waiting_wording
    await _insert(standing, row)
    if waiting is not None:
        told = {"author_id": waiting.author_id, "created_at": waiting.created_at}
        await add_wording(standing, waiting.wording, place_id=waiting.place_id, told=told)


async def add_wording(
    standing: Standing, wording: Mapping[str, Any], *, place_id: UUID, told: Row
) -> Record:
    """Write what keepers say of a live item as its next revision, for a reviewer to decide on.

    It says what the live row says with the wording over it; the wording alone is kept beside it,
    so that it can be laid over what the row says by then. `told` has author and instant.
    """
    assert standing.live is not None
    before = await standing.live_values()
    values = with_wording(before, wording)
    area = await area_of(standing.kind, standing.item_id, values=values, now=told["created_at"])
    waits: Row = {"state": RevisionState.SUBMITTED, "place_id": place_id, "wording": wording}
    row = _row(standing, values, area=area, before=before)
    return await _insert(standing, row | told | waits | {"live_version": standing.live.version})


async def discard_newest(standing: Standing, *, viewer: Viewer) -> Record:
    """Throw away the newest revision of an item; what is the newest then.

    Over a live row the next revision says what the row says. An item that was never published is
    gone with all its revisions, and its slug is free.
    """
    assert standing.newest is not None
    if standing.live is None:
        which = [row.id for row in await revisions_of(standing.item_id)]
        changes = [{"id": each, "state": RevisionState.DISCARDED} for each in which]
        await update_rows(Revision, changes, columns=["state"])
        return (await revisions_by_ids([standing.newest.id]))[0]
    values, kind = await standing.live_values(), standing.kind
    area = await area_of(kind, standing.item_id, values=values, now=viewer.now)
    row = {
        **_row(standing, values, area=area),
        "live_version": standing.live.version,
        "state": RevisionState.PUBLISHED,
        "published_at": standing.live.updated_at,
        "author_id": author_of(viewer),
        "created_at": viewer.now,
    }
    await change_revision(standing.newest, state=RevisionState.DISCARDED)
    return await _insert(standing, row)


async def add_revision(
    standing: Standing,
    values: Row,
    *,
    area: Area,
    viewer: Viewer,
    note: str,
    before: Row | None = None,
    place_id: UUID | None = None,
) -> Record:
    """Write the next revision of an item, a draft, and close those it comes after.

    `before` is what it changes, else what the newest revision says. With `place_id` the item is a
    new one of keepers' and is submitted.
    """
    submitted: Row = {"state": RevisionState.SUBMITTED, "place_id": place_id, "wording": {}}
    row = {
        **_row(standing, values, area=area, before=before),
        **(submitted if place_id else {}),
        "live_version": standing.live_version or 0,
        "note": note,
        "author_id": author_of(viewer),
        "created_at": viewer.now,
    }
    return await _insert(standing, row)


def _row(standing: Standing, values: Row, *, area: Area, before: Row | None = None) -> Row:
    if before is None:
        before = standing.newest.values if standing.newest else {}
    keys = [info.alias or key for key, info in standing.kind.item.model_fields.items()]
    changes = sorted(differences(before, values), key=lambda each: keys.index(each.path[0]))
    return {
        "id": new_id(),
        "kind": standing.kind.name,
        "item_id": standing.item_id,
        "slug": values[standing.kind.key],
        "number": standing.version + (0 if standing.live and standing.is_overtaken else 1),
        "state": RevisionState.DRAFT,
        "values": values,
        "changes": [
            {"path": each.path, "before": each.before, "after": each.after} for each in changes
        ],
        "note": "",
        "reason": "",
        "program_id": area.program_id,
        "town_id": area.town_id,
    }


async def _insert(standing: Standing, row: Row) -> Record:
    closed = set(OPEN_STATES)
    if row["state"] is RevisionState.PUBLISHED:
        closed.add(RevisionState.PUBLISHED)
    await close_revisions(standing.item_id, states=closed)
    await insert_rows(Revision, [row])
    standing.newest = await newest_revision(standing.item_id)
    assert standing.newest is not None
    return standing.newest


async def close_revisions(item_id: UUID, *, states: set[RevisionState]) -> None:
    """Mark the revisions of an item that are in one of these states as superseded.

    What was scheduled has failed by that: those who scheduled it are to see why it never came.
    """
    which = (_revision.item_id == item_id, is_in(_revision.state, sorted(states)))
    rows = await fetch_records(Select(Revision, which))
    await update_rows(Revision, [_closed(row) for row in rows], columns=["state", "reason"])


def _closed(row: Record) -> Row:
    if row.state is RevisionState.SCHEDULED:
        return {"id": row.id, "state": RevisionState.FAILED, "reason": OVERTAKEN}
    return {"id": row.id, "state": RevisionState.SUPERSEDED, "reason": row.reason}


async def change_revision(revision: Record, **values: Any) -> Record:
    """Set columns of one revision."""
    await update_rows(Revision, [{"id": revision.id, **values}], columns=[*values])
    return (await revisions_by_ids([revision.id]))[0]


async def record(
    viewer: Viewer,
    action: str,
    *,
    on: Standing,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write into the audit what was done to an item."""
    of = (TYPE_NAMES[on.kind.name], on.item_id)
    await audit.record(viewer.actor, action, object=of, before=before, after=after)


def told(revision: Record) -> tuple[Row, Row]:
    """What the audit says of a revision: the changed values before and after, by path."""
    before = {".".join(each["path"]): each["before"] for each in revision.changes}
    after = {".".join(each["path"]): each["after"] for each in revision.changes}
    return before, {"revision": revision.number, "slug": revision.slug, **after}
