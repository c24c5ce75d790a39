"""Writing without publishing: new items, changes, and going back to what an item said before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pypika_tortoise import functions as sql_functions
from pypika_tortoise.queries import Query

from hub.auth import Action, Viewer, is_allowed
from hub.catalogue import KINDS_BY_NAME
from hub.content import SLUG_MAX_CHARS
from hub.database import fetch_all
from hub.editing.queries import (
    Standing,
    area_of,
    found_by_slugs,
    revision_numbered,
    taken_slugs,
    unpublished_values,
)
from hub.editing.rules import OPEN_STATES, TYPE_NAMES, ItemId
from hub.editing.service.inputs import assert_references, checked, merged, with_slugs
from hub.editing.service.renaming import assert_slug_free, point_anew
from hub.editing.service.revisions import (
    add_revision,
    as_unit,
    assert_allowed,
    assert_free,
    assert_known,
    assert_no_wording,
    assert_version,
    discard_newest,
    keep_live,
    open_item,
    record,
    told,
)
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.ids import new_id
from hub.items import has_column
from hub.kinds import Kind, Row
from hub.pinyin import slug_of
from hub.records import Record, render, table_of

NOTE_MAX_CHARS = 500

_SLUG_ROOM = 12
_SLUG_TRIES = 50


async def create_item(
    viewer: Viewer, kind_name: str, *, values: Mapping[str, Any], note: str = ""
) -> Record:
    """The first revision of a new item, a draft. `values` are those of its file model, with an
    `ItemId` where the caller named an id; a slug that is left out is made of the name or title.

    Raises Unauthenticated, Forbidden, and Invalid for values that do not fit, references to
    nothing, and a slug that is taken.
    """
    assert_known(viewer)
    _assert_editor(viewer)
    note = checked_note(note)
    kind = KINDS_BY_NAME[kind_name]
    return await as_unit(lambda: _create(viewer, kind, values=values, note=note))


def _assert_editor(viewer: Viewer) -> None:
    """Before anything is looked up: those who may edit nothing learn nothing."""
    scopes = [[grant.scope] for grant in viewer.actor.grants] or [[]]
    may = (
        is_allowed(viewer.actor, Action.EDIT_CONTENT, on=each, now=viewer.now) for each in scopes
    )
    if not any(may):
        raise Forbidden("You may not do this.", chinese="您没有权限进行此操作。")


async def _create(viewer: Viewer, kind: Kind, *, values: Mapping[str, Any], note: str) -> Record:
    given = merged({}, await with_slugs(kind, values, viewer=viewer))
    given.setdefault(kind.key, await _free_slug(kind, given))
    plain = checked(kind, given)
    await assert_slug_free(kind, plain[kind.key])
    await assert_references(kind, plain, viewer=viewer)
    if has_column(kind, "position") and "position" not in plain:
        plain["position"] = await _next_position(kind, plain, viewer=viewer)
    standing = Standing(kind, new_id(), newest=None, live=None)
    area = await area_of(kind, standing.item_id, values=plain, now=viewer.now)
    assert_allowed(viewer, Action.EDIT_CONTENT, areas=[area])
    revision = await add_revision(standing, plain, area=area, viewer=viewer, note=note)
    _, after = told(revision)
    await record(viewer, "editing.item_created", on=standing, after=after)
    return revision


async def update_item(
    viewer: Viewer,
    item: ItemId,
    *,
    expected_version: int,
    patch: Mapping[str, Any],
    note: str = "",
) -> Record:
    """The next revision of an item, a draft: the newest one with the patch over it.

    What the patch leaves out stays, None clears. A patch that changes nothing makes no revision.
    The live item stays as it is. A new slug counts from the publication on; what refers to the
    item goes on doing so. Raises Unauthenticated, NotFound, Forbidden, VersionConflict,
    and Invalid as `create_item` does.
    """
    note = checked_note(note)

    async def update() -> Record:
        standing, values, area = await open_item(viewer, item, action=Action.EDIT_CONTENT)
        assert_version(standing, expected_version)
        assert_free(standing)
        assert_no_wording(standing)
        await keep_live(standing, area=area)
        slugged = await with_slugs(standing.kind, patch, viewer=viewer)
        plain = checked(standing.kind, merged(values, slugged))
        edit = Edit("editing.item_updated", before=values, note=note)
        return await _next(viewer, standing, plain, edit=edit)

    return await as_unit(update)


async def revert_to_revision(
    viewer: Viewer, item: ItemId, *, number: int, expected_version: int, note: str = ""
) -> Record:
    """The next revision of an item, a draft, with the values of an earlier one.

    Raises as `update_item` does, and NotFound where the item has no revision of that number.
    """
    note = checked_note(note)

    async def revert() -> Record:
        standing, values, area = await open_item(viewer, item, action=Action.EDIT_CONTENT)
        assert_version(standing, expected_version)
        assert_free(standing)
        assert_no_wording(standing)
        await keep_live(standing, area=area)
        earlier = await revision_numbered(standing.item_id, number)
        if earlier is None:
            raise NotFound(
                f"The item has no revision {number}.",
                chinese=f"没有编号为 {number} 的修订。",
                path=("input", "number"),
            )
        slug = {standing.kind.key: standing.slug}  # an old text brings back no old address
        plain = checked(standing.kind, {**earlier.values, **slug})
        edit = Edit("editing.item_reverted", before=values, note=note)
        return await _next(viewer, standing, plain, edit=edit)

    return await as_unit(revert)


async def discard_draft(viewer: Viewer, item: ItemId, *, expected_version: int) -> Record:
    """Throw away the newest revision of an item, which is not published; the newest one then.

    What is live stays as it is. An item that was never published is gone, and its slug is free
    again. Raises as `update_item` does, and Conflict where nothing is drafted.
    """

    async def discard() -> Record:
        standing, _, _ = await open_item(viewer, item, action=Action.EDIT_CONTENT)
        assert_version(standing, expected_version)
        assert_free(standing)
        assert_no_wording(standing)
        newest = standing.newest
        if newest is None or standing.is_overtaken or newest.state not in OPEN_STATES:
            raise Conflict("Nothing is drafted.", chinese="没有草稿。", path=("input", "id"))
        before = {"revision": newest.number, "slug": newest.slug, "state": newest.state}
        revision = await discard_newest(standing, viewer=viewer)
        await record(viewer, "editing.draft_discarded", on=standing, before=before)
        return revision

    return await as_unit(discard)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of an item: what it is called in the audit, what it begins from, what it is for."""

    action: str
    before: Row
    note: str


async def _next(viewer: Viewer, standing: Standing, plain: Row, *, edit: Edit) -> Record:
    kind, newest = standing.kind, standing.newest
    assert newest is not None
    old, slug = standing.slug, plain[kind.key]
    if slug != old:
        await assert_slug_free(kind, slug, but=standing.item_id)
    if plain == edit.before:
        return newest
    await assert_references(kind, plain, viewer=viewer)
    area = await area_of(kind, standing.item_id, values=plain, now=viewer.now)
    assert_allowed(viewer, Action.EDIT_CONTENT, areas=[area])
    revision = await add_revision(
        standing, plain, area=area, viewer=viewer, note=edit.note, before=edit.before
    )
    if slug != old and standing.live is None:
        await point_anew(kind, old, to=slug)
    before, after = told(revision)
    await record(viewer, edit.action, on=standing, before=before, after=after)
    return revision


def checked_note(note: str) -> str:
    """The note without blanks around it. Raises Invalid when it is too long."""
    if len(note.strip()) > NOTE_MAX_CHARS:
        raise Invalid(
            f"note has more than {NOTE_MAX_CHARS} characters.",
            chinese=f"note 不能超过 {NOTE_MAX_CHARS} 个字。",
            path=("input", "note"),
        )
    return note.strip()


async def _free_slug(kind: Kind, values: Mapping[str, Any]) -> str:
    """A slug made of the name or title that no item of the table has."""
    name = values.get("title") or values.get("name")
    base = slug_of(name, max_chars=SLUG_MAX_CHARS - _SLUG_ROOM) if isinstance(name, str) else ""
    base = base or TYPE_NAMES[kind.name].lower()
    wanted = [base, *(f"{base}-{number}" for number in range(2, _SLUG_TRIES))]
    taken = await taken_slugs(kind, wanted)
    free = (slug for slug in wanted if slug not in taken)
    return next(free, f"{base}-{new_id().hex[-8:]}")


async def _next_position(kind: Kind, values: Mapping[str, Any], *, viewer: Viewer) -> int:
    """The position after the last of the items beside which a new one stands, drafts included."""
    drafted = [
        each["position"]
        for each in await unpublished_values(kind)
        if kind.scope is None or each[kind.scope] == values[kind.scope]
    ]
    last: int = max([await _last_position(kind, values, viewer=viewer), *drafted])
    return last + 1


async def _last_position(kind: Kind, values: Mapping[str, Any], *, viewer: Viewer) -> int:
    table = table_of(kind.model)
    query = Query.from_(table).select(sql_functions.Max(table.position))
    if kind.scope is not None:
        query = query.where(table[f"{kind.scope}_id"] == await _scope_id(kind, values, viewer))
    rows = await fetch_all(*render(query))
    return int(rows[0][0] or 0)


async def _scope_id(kind: Kind, values: Mapping[str, Any], viewer: Viewer) -> UUID:
    assert kind.scope is not None
    info = kind.item.model_fields[kind.scope]
    target = next(each for each in info.metadata if hasattr(each, "kinds"))
    slug = values[kind.scope]
    return (await found_by_slugs(target.kinds, [slug], now=viewer.now))[slug].id
