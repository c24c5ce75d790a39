"""Review: an author hands a revision to somebody else, who approves or rejects it."""

from uuid import UUID

from hub.auth import Action, Scope, ScopeKind, Viewer
from hub.editing.queries import Area, Standing, working_authors
from hub.editing.rules import ItemId, RevisionState, assert_state
from hub.editing.service.drafts import NOTE_MAX_CHARS
from hub.editing.service.publication import (
    Step,
    mark_published,
    publication_of,
    write_live,
)
from hub.editing.service.revisions import (
    as_unit,
    assert_version,
    author_of,
    change_revision,
    keep_live,
    open_item,
    record,
)
from hub.errors import Conflict, Invalid, ReviewRequired
from hub.records import Record


async def submit(viewer: Viewer, item: ItemId, *, expected_version: int) -> Record:
    """Hand the newest revision of an item, a draft, to a reviewer.

    Raises Unauthenticated, NotFound, Forbidden, VersionConflict, and Conflict for a revision that
    is no draft.
    """

    async def run() -> Record:
        standing, newest = await _open(
            viewer, item, action=Action.EDIT_CONTENT, expected_version=expected_version
        )
        assert_state(newest.state, wanted=RevisionState.DRAFT)
        revision = await change_revision(newest, state=RevisionState.SUBMITTED)
        await record(viewer, "editing.revision_submitted", on=standing, after=_told(revision))
        return revision

    return await as_unit(run)


async def approve(
    viewer: Viewer, item: ItemId, *, expected_version: int, reason: str = ""
) -> Record:
    """Approve the newest revision of an item, which was submitted.

    Keepers' wording is public from then on, over what is live by then. Raises as `submit` does,
    Invalid where such wording cannot be published, and ReviewRequired for those who wrote any
    revision since the item was last published: what is approved is the work of all of them.
    """
    return await _decide(
        viewer,
        item,
        expected_version=expected_version,
        state=RevisionState.APPROVED,
        reason=_checked_reason(reason),
    )


async def reject(viewer: Viewer, item: ItemId, *, expected_version: int, reason: str) -> Record:
    """Reject the newest revision of an item, which was submitted, with a reason.

    Raises as `approve` does, and Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid(
            "reason is needed to reject a revision.",
            chinese="驳回须说明理由。",
            path=("input", "reason"),
        )
    return await _decide(
        viewer,
        item,
        expected_version=expected_version,
        state=RevisionState.REJECTED,
        reason=_checked_reason(reason),
    )


async def _decide(
    viewer: Viewer, item: ItemId, *, expected_version: int, state: RevisionState, reason: str
) -> Record:
    async def run() -> Record:
        standing, newest = await _open(
            viewer, item, action=Action.APPROVE_CONTENT, expected_version=expected_version
        )
        assert_state(newest.state, wanted=RevisionState.SUBMITTED)
        is_author = author_of(viewer) in await working_authors(standing.item_id)
        if is_author or _keeps(viewer, newest.place_id):
            raise ReviewRequired(
                "Somebody else than its authors has to decide.",
                chinese="须由作者以外的人审核。",
                path=("input", "id"),
            )
        decision = {
            "state": state,
            "decided_by": author_of(viewer),
            "decided_at": viewer.now,
            "reason": reason,
        }
        revision = await change_revision(newest, **decision)
        action = f"editing.revision_{state.value}"
        await record(viewer, action, on=standing, after={**_told(revision), "reason": reason})
        if state is RevisionState.APPROVED and revision.place_id is not None:
            return await _publish_wording(viewer, standing)
        return revision

    return await as_unit(run)


def _keeps(viewer: Viewer, place_id: UUID | None) -> bool:
    """Whether the viewer keeps the place whose wording it is, and may have written some of it."""
    place = Scope(ScopeKind.PLACE, place_id)
    return place_id is not None and any(each.scope == place for each in viewer.actor.grants)


async def _publish_wording(viewer: Viewer, standing: Standing) -> Record:
    """Bring what keepers said, and a reviewer approved, to the public: nobody publishes it later.

    An item that is there stays as public as it is.
    """
    live = standing.live
    publication = publication_of(live, window=None, now=viewer.now)
    if live is not None:
        publication = {key: getattr(live, key) for key in publication}
    try:
        await write_live([Step(0, standing, Area(), publication, is_needed=True)])
    except Invalid as refusal:
        refusal.path = ("input", "id")
        raise
    await mark_published(standing, now=viewer.now)
    assert standing.newest is not None
    told = {**_told(standing.newest), **publication}
    await record(viewer, "editing.item_published", on=standing, after=told)
    return standing.newest


async def _open(
    viewer: Viewer, item: ItemId, *, action: Action, expected_version: int
) -> tuple[Standing, Record]:
    standing, _, area = await open_item(viewer, item, action=action)
    assert_version(standing, expected_version)
    if standing.waiting_wording is not None:
        await keep_live(standing, area=area)  # what changed meanwhile stays, the words go over it
    if standing.newest is None or standing.is_overtaken:
        raise Conflict("Nothing was drafted.", chinese="没有待审的草稿。", path=("input", "id"))
    return standing, standing.newest


def _checked_reason(reason: str) -> str:
    if len(reason.strip()) > NOTE_MAX_CHARS:
        raise Invalid(
            f"reason has more than {NOTE_MAX_CHARS} characters.",
            chinese=f"reason 不能超过 {NOTE_MAX_CHARS} 个字。",
            path=("input", "reason"),
        )
    return reason.strip()


def _told(revision: Record) -> dict[str, object]:
    return {"revision": revision.number, "slug": revision.slug}
