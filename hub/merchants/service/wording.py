"""What keepers say to the public, where a reviewer has to approve it first.

The words wait as a submitted revision; the reviewer's approval brings them to the public, over the
facts that are live by then.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.auth import Action, Viewer, is_allowed
from hub.catalogue import KINDS_BY_NAME
from hub.editing.queries import Standing, area_of, standing_of
from hub.editing.rules import ItemId, is_wording_open
from hub.editing.service.revisions import (
    add_revision,
    add_wording,
    author_of,
    discard_newest,
    keep_live,
    record,
)
from hub.ids import new_id
from hub.kinds import Row
from hub.records import Record
from hub.settings import current_settings


async def has_to_wait(viewer: Viewer, standing: Standing) -> bool:
    """Whether what the viewer says of a place or an offering has to be approved by a reviewer.

    Not where the viewer might as well edit it: editors and administrators.
    """
    if not current_settings().review_merchant_wording:
        return False
    values = await standing.live_values()
    area = await area_of(standing.kind, standing.item_id, values=values, now=viewer.now)
    action = Action.EDIT_CONTENT
    return not is_allowed(viewer.actor, action, on=area.scopes, now=viewer.now)


async def laid_anew(viewer: Viewer, standing: Standing) -> Standing:
    """Where a place or an offering stands after its live row was written.

    Words that wait for a reviewer wait over what the row says now.
    """
    waiting = standing.waiting_wording
    found = await standing_of(ItemId((standing.kind.name,), standing.item_id))
    assert found is not None
    if waiting is not None:
        await _keep(viewer, found)
    return found


async def _keep(viewer: Viewer, standing: Standing) -> None:
    values = await standing.live_values()
    area = await area_of(standing.kind, standing.item_id, values=values, now=viewer.now)
    await keep_live(standing, area=area)


async def wait_with(
    viewer: Viewer, standing: Standing, *, wording: Mapping[str, Any]
) -> Record | None:
    """Let this wording wait, and none that waited before; the revision that waits, if any."""
    pending = standing.waiting_wording
    if pending is not None and pending.wording == wording:
        return pending
    if not wording:
        await wait_no_more(viewer, standing)
        return None
    await _keep(viewer, standing)
    live = standing.live
    assert live is not None
    place_id = live.id if standing.kind.name != "offerings" else live.place_id
    told = {"author_id": author_of(viewer), "created_at": viewer.now}
    revision = await add_wording(standing, wording, place_id=place_id, told=told)
    await _record(viewer, "merchants.wording_submitted", standing=standing, revision=revision)
    return revision


async def wait_as_new(
    viewer: Viewer, plain: Row, *, place_id: UUID, standing: Standing | None = None
) -> Record:
    """Let a new offering wait as a whole; `standing` is where it stands already."""
    if standing is None:
        standing = Standing(KINDS_BY_NAME["offerings"], new_id(), newest=None, live=None)
    area = await area_of(standing.kind, standing.item_id, values=plain, now=viewer.now)
    revision = await add_revision(
        standing, plain, area=area, viewer=viewer, note="", place_id=place_id
    )
    await _record(viewer, "merchants.offering_submitted", standing=standing, revision=revision)
    return revision


async def wait_no_more(viewer: Viewer, standing: Standing) -> None:
    """Take back what waits for a reviewer, or was rejected, if anything is."""
    newest = standing.newest
    if newest is None or not is_wording_open(newest.state, place_id=newest.place_id):
        return
    before = {"revision": newest.number, "slug": newest.slug}
    await discard_newest(standing, viewer=viewer)
    await record(viewer, "merchants.wording_withdrawn", on=standing, before=before)


async def _record(viewer: Viewer, action: str, *, standing: Standing, revision: Record) -> None:
    before = {".".join(each["path"]): each["before"] for each in revision.changes}
    after = {".".join(each["path"]): each["after"] for each in revision.changes}
    told = {"revision": revision.number, **after}
    await record(viewer, action, on=standing, before=before, after=told)
