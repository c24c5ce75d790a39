"""Review: an author hands a revision to somebody else, who approves or rejects it."""

from hub.auth import Action, Viewer
from hub.editing.queries import Standing, working_authors
from hub.editing.rules import ItemId, RevisionState, assert_state
from hub.editing.service.drafts import NOTE_MAX_CHARS
from hub.editing.service.revisions import (
    as_unit,
    assert_version,
    author_of,
    change_revision,
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

    Raises as `submit` does, and ReviewRequired for those who wrote any revision since the item was
    last published: what is approved is the work of all of them.
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
        if author_of(viewer) in await working_authors(standing.item_id):
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
        return revision

    return await as_unit(run)


async def _open(
    viewer: Viewer, item: ItemId, *, action: Action, expected_version: int
) -> tuple[Standing, Record]:
    standing, _, _ = await open_item(viewer, item, action=action)
    assert_version(standing, expected_version)
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
