"""Previews: a signed token that names a link, and reads that see its revisions as if published.

What is not published is never visible to the public's reads, whoever sends a token: a preview
writes the revisions with the very code of publishing, into a transaction of its own, reads inside
of it, and rolls it back. No other connection ever sees it.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Action, Viewer, is_allowed
from hub.bulk import insert_rows, update_rows
from hub.database import transaction
from hub.editing.models import PreviewLink
from hub.editing.queries import Area, link_rows, revisions_by_ids, standing_of
from hub.editing.rules import (
    ITEMS_MAX,
    PREVIEW_MINUTES_DEFAULT,
    PREVIEW_MINUTES_MAX,
    TYPE_NAMES,
    ItemId,
    RevisionState,
)
from hub.editing.service.publication import Step, publication_of, write_live
from hub.editing.service.revisions import (
    as_unit,
    assert_free,
    assert_known,
    author_of,
    keep_live,
    open_item,
    record,
)
from hub.encryption import are_equal, keyed_digest
from hub.errors import Invalid, NotFound, Unauthenticated
from hub.ids import new_id
from hub.kinds import Row
from hub.records import Record

T = TypeVar("T")

_PURPOSE = "editing preview"
_TOKEN_MAX_CHARS = 1_024


@dataclass(frozen=True, slots=True)
class Link:
    """A token, the id by which its link is revoked, and when it ends."""

    id: UUID
    token: str
    expires_at: datetime


async def create_link(
    viewer: Viewer, items: Sequence[ItemId], *, expires_in_minutes: int | None = None
) -> Link:
    """A token to see the newest revisions of these items, as they are now, together.

    It lasts an hour unless said, a week at most: whoever holds it may look until it ends or is
    revoked. Raises Unauthenticated, NotFound, Forbidden, and Invalid for too many items or minutes.
    """
    minutes = PREVIEW_MINUTES_DEFAULT if expires_in_minutes is None else expires_in_minutes
    _assert_bounds(items, minutes)
    link_id, expires_at = new_id(), viewer.now + timedelta(minutes=minutes)
    link: Row = {"link_id": link_id, "author_id": author_of(viewer)}
    link |= {"created_at": viewer.now, "expires_at": expires_at}

    async def create() -> None:
        opened = [await _opened(viewer, item, index=index) for index, item in enumerate(items)]
        rows = [
            {**_row(revision), **link, "id": new_id(), "position": number}
            for number, revision in enumerate(opened, 1)
        ]
        await insert_rows(PreviewLink, rows)

    await as_unit(create)
    return Link(link_id, _signed(link_id), expires_at)


def _row(revision: Record) -> Row:
    names = ("kind", "item_id", "number", "program_id", "town_id")
    return {"revision_id": revision.id, **{name: getattr(revision, name) for name in names}}


def _assert_bounds(items: Sequence[ItemId], minutes: int) -> None:
    if not 1 <= len(items) <= ITEMS_MAX:
        raise Invalid(
            f"ids takes 1 to {ITEMS_MAX} ids.",
            chinese=f"ids 须为 1 到 {ITEMS_MAX} 个。",
            path=("input", "ids"),
        )
    if not 1 <= minutes <= PREVIEW_MINUTES_MAX:
        raise Invalid(
            f"expiresInMinutes takes 1 to {PREVIEW_MINUTES_MAX}.",
            chinese=f"expiresInMinutes 须在 1 到 {PREVIEW_MINUTES_MAX} 之间。",
            path=("input", "expiresInMinutes"),
        )


async def _opened(viewer: Viewer, item: ItemId, *, index: int) -> Record:
    try:
        standing, _, area = await open_item(viewer, item, action=Action.PREVIEW_CONTENT)
    except NotFound as error:
        error.path = ("input", "ids", index)
        raise
    if standing.is_overtaken:
        assert_free(standing, path=("input", "ids", index))
    await keep_live(standing, area=area)
    newest = standing.newest
    assert newest is not None
    await record(viewer, "editing.preview_made", on=standing, after={"revision": newest.number})
    return newest


async def revoke_link(viewer: Viewer, link_id: UUID | None) -> list[Record]:
    """End a link before its time; its rows. From the commit on its token shows nothing anywhere.

    Ending one that has ended changes nothing. Raises Unauthenticated, and NotFound for a link that
    is not there or shows nothing that the viewer may preview.
    """
    assert_known(viewer)

    async def revoke() -> list[Record]:
        rows = await link_rows(link_id) if link_id else []
        if not any(_may_preview(viewer, row) for row in rows):
            raise NotFound("There is no such link.", chinese="没有这个预览链接。", path=_LINK_PATH)
        if rows[0].revoked_at is not None:
            return rows
        ended = {"revoked_at": viewer.now, "revoked_by": author_of(viewer)}
        await update_rows(PreviewLink, [{"id": row.id, **ended} for row in rows], columns=[*ended])
        for row in rows:
            of = (TYPE_NAMES[row.kind], row.item_id)
            told = {"revision": row.number}
            await audit.record(viewer.actor, "editing.preview_revoked", object=of, before=told)
        return await link_rows(rows[0].link_id)

    return await transaction(revoke)


_LINK_PATH = ("input", "id")


def _may_preview(viewer: Viewer, row: Record) -> bool:
    scopes = Area(row.program_id, row.town_id).scopes
    return is_allowed(viewer.actor, Action.PREVIEW_CONTENT, on=scopes, now=viewer.now)


def _signed(link_id: UUID) -> str:
    text = base64.urlsafe_b64encode(link_id.bytes).rstrip(b"=").decode("ascii")
    return f"{text}.{keyed_digest(text, purpose=_PURPOSE)}"


def link_of(token: str | None) -> UUID:
    """The id of the link that a token names, which may have ended meanwhile.

    Raises Unauthenticated, in one sentence, for no token and one that this hub did not make for
    previews.
    """
    text, _, digest = (token or "").partition(".")
    if len(token or "") > _TOKEN_MAX_CHARS or not (text.isascii() and digest.isascii()):
        raise _refused()
    if not are_equal(digest, keyed_digest(text, purpose=_PURPOSE)):
        raise _refused()
    try:
        return UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise _refused() from None


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "The preview link is not valid, or not any more.", chinese="预览链接无效或已过期。"
    )


class _Seen(Exception, Generic[T]):
    """Ends the transaction of a preview, so that nothing of it stays."""

    def __init__(self, result: T) -> None:
        super().__init__()
        self.result = result


async def as_if_published(link_id: UUID, read: Callable[[], Awaitable[T]], *, now: datetime) -> T:
    """What `read` gives where the revisions of a link are published at `now`; nothing of it is ever
    committed.

    `read` may only read, must have ended with everything it began when it returns, and should not
    take long: on SQLite everybody else waits meanwhile. Raises what it raises, Unauthenticated
    where the link has ended or a revision is gone, and Invalid where one could not be published.
    """

    async def body() -> None:
        revisions = await _revisions(link_id, now)
        await write_live([await _step(revision, now) for revision in revisions])
        raise _Seen(await read())

    try:
        await transaction(body)
    except _Seen as seen:
        result: T = seen.result
        return result
    raise AssertionError("a preview ends with its rollback")


async def _revisions(link_id: UUID, now: datetime) -> list[Record]:
    """What a link shows. The link is read where it is used: no process remembers a dead one."""
    rows = await link_rows(link_id)
    if not rows or rows[0].revoked_at is not None or now >= rows[0].expires_at:
        raise _refused()
    found = {row.id: row for row in await revisions_by_ids([row.revision_id for row in rows])}
    if any(row.state is RevisionState.DISCARDED for row in found.values()):
        raise _refused()
    return [found[row.revision_id] for row in rows]


async def _step(revision: Record, now: datetime) -> Step:
    standing = await standing_of(ItemId((revision.kind,), revision.item_id))
    assert standing is not None
    standing.newest = revision
    publication = publication_of(standing.live, window=None, now=now)
    return Step(0, standing, Area(), publication, is_needed=True)
