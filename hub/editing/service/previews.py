"""Previews: a signed token that names revisions, and reads that see them as if published.

What is not published is never visible to the public's reads, whoever sends a token: a preview
writes the revisions with the very code of publishing, into a transaction of its own, reads inside
of it, and rolls it back. No other connection ever sees it.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from hub.auth import Action, Viewer
from hub.database import transaction
from hub.editing.queries import Area, revisions_by_ids, standing_of
from hub.editing.rules import (
    ITEMS_MAX,
    PREVIEW_MINUTES_DEFAULT,
    PREVIEW_MINUTES_MAX,
    ItemId,
)
from hub.editing.service.publication import Step, publication_of, write_live
from hub.editing.service.revisions import as_unit, keep_live, open_item, record
from hub.encryption import are_equal, keyed_digest
from hub.errors import Invalid, NotFound, Unauthenticated
from hub.records import Record

T = TypeVar("T")

_PURPOSE = "editing preview"
_TOKEN_MAX_CHARS = 1_024
_INSTANT_BYTES = 8
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Link:
    """A token and when it ends."""

    token: str
    expires_at: datetime


async def create_link(
    viewer: Viewer, items: Sequence[ItemId], *, expires_in_minutes: int | None = None
) -> Link:
    """A token to see the newest revisions of these items, as they are now, together.

    It lasts an hour unless said, a week at most, and cannot be taken back: whoever holds it may
    look. Raises Unauthenticated, NotFound, Forbidden, and Invalid for too many items or minutes.
    """
    minutes = PREVIEW_MINUTES_DEFAULT if expires_in_minutes is None else expires_in_minutes
    _assert_bounds(items, minutes)
    # Whole seconds, rounded down: the token holds no fractions.
    expires_at = (viewer.now + timedelta(minutes=minutes)).replace(microsecond=0)

    async def create() -> list[UUID]:
        return [await _opened(viewer, item, index=index) for index, item in enumerate(items)]

    return Link(_signed(await as_unit(create), expires_at), expires_at)


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


async def _opened(viewer: Viewer, item: ItemId, *, index: int) -> UUID:
    try:
        standing, _, area = await open_item(viewer, item, action=Action.PREVIEW_CONTENT)
    except NotFound as error:
        error.path = ("input", "ids", index)
        raise
    await keep_live(standing, area=area)
    newest = standing.newest
    assert newest is not None
    await record(viewer, "editing.preview_made", on=standing, after={"revision": newest.number})
    key: UUID = newest.id
    return key


def _signed(ids: Sequence[UUID], expires_at: datetime) -> str:
    seconds = int(expires_at.timestamp()).to_bytes(_INSTANT_BYTES, "big")
    body = seconds + b"".join(key.bytes for key in ids)
    text = base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")
    return f"{text}.{keyed_digest(text, purpose=_PURPOSE)}"


def previewed_ids(token: str | None, *, now: datetime) -> tuple[UUID, ...]:
    """The ids of the revisions that a token names.

    Raises Unauthenticated, in one sentence, for no token, one that this hub did not make for
    previews, and one that has ended.
    """
    refused = Unauthenticated(
        "The preview link is not valid, or not any more.", chinese="预览链接无效或已过期。"
    )
    text, _, digest = (token or "").partition(".")
    if len(token or "") > _TOKEN_MAX_CHARS or not (text.isascii() and digest.isascii()):
        raise refused
    if not are_equal(digest, keyed_digest(text, purpose=_PURPOSE)):
        raise refused
    try:
        body = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refused from None
    seconds, ids = int.from_bytes(body[:_INSTANT_BYTES], "big"), body[_INSTANT_BYTES:]
    if now >= datetime.fromtimestamp(seconds, UTC):
        raise refused
    starts = range(0, len(ids), _ID_BYTES)
    return tuple(UUID(bytes=ids[start : start + _ID_BYTES]) for start in starts)


class _Seen(Exception, Generic[T]):
    """Ends the transaction of a preview, so that nothing of it stays."""

    def __init__(self, result: T) -> None:
        super().__init__()
        self.result = result


async def as_if_published(
    ids: Sequence[UUID], read: Callable[[], Awaitable[T]], *, now: datetime
) -> T:
    """What `read` gives where these revisions are published at `now`; nothing is ever committed.

    `read` may only read, must have ended with everything it began when it returns, and should not
    take long: on SQLite everybody else waits meanwhile. Raises what it raises, Unauthenticated
    where a revision is gone, and Invalid where one could not be published.
    """

    async def body() -> None:
        await write_live([await _step(revision, now) for revision in await _revisions(ids)])
        raise _Seen(await read())

    try:
        await transaction(body)
    except _Seen as seen:
        result: T = seen.result
        return result
    raise AssertionError("a preview ends with its rollback")


async def _revisions(ids: Sequence[UUID]) -> list[Record]:
    found = {row.id: row for row in await revisions_by_ids(ids)}
    if len(found) < len(ids):
        raise Unauthenticated(
            "The preview link is not valid, or not any more.", chinese="预览链接无效或已过期。"
        )
    return [found[key] for key in ids]


async def _step(revision: Record, now: datetime) -> Step:
    standing = await standing_of(ItemId((revision.kind,), revision.item_id))
    assert standing is not None
    standing.newest = revision
    publication = publication_of(standing.live, window=None, now=now)
    return Step(0, standing, Area(), publication, is_needed=True)
