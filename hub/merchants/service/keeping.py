"""What keepers change of a place and its offerings: live at once, in one transaction, audited.

Where a reviewer has to approve wording first (`hub.merchants.service.wording`), facts are live at
once and words wait.

All that writes content waits for one lock (`as_unit`), so the version that is compared is the one
that is written over: of two who read the same version one wins.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Action, Viewer
from hub.bulk import update_rows
from hub.catalogue import KINDS_BY_NAME
from hub.content import SLUG_MAX_CHARS
from hub.editing.queries import Standing, taken_slugs
from hub.editing.rules import TYPE_NAMES, RevisionState, differences
from hub.editing.service.inputs import assert_references, checked, merged
from hub.editing.service.revisions import as_unit, assert_known
from hub.errors import ContentInvalid, Invalid
from hub.ids import new_id
from hub.items import as_json
from hub.kinds import Kind, Row
from hub.loading import Identity, write_items
from hub.merchants.queries import kept_offering, kept_place, next_position, row_of
from hub.merchants.rules import (
    PLACE_KINDS,
    assert_version,
    facts_of,
    in_words_of_keepers,
    offering_not_found,
    place_not_found,
    wording_of,
)
from hub.merchants.service.wording import (
    has_to_wait,
    laid_anew,
    wait_as_new,
    wait_no_more,
    wait_with,
)
from hub.pinyin import slug_of
from hub.publishing import StoredState
from hub.records import Record
from hub.settings import current_settings

_SLUG_ROOM = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a change: the live row, and the revision that waits for a reviewer.

    A new offering that waits has no row.
    """

    row: Record | None
    pending: Record | None = None


async def update_place(
    viewer: Viewer,
    place_id: UUID | None,
    *,
    expected_version: int,
    patch: Mapping[str, Any],
    kinds: tuple[str, ...] = PLACE_KINDS,
) -> Kept:
    """Change a place; its row afterwards, and the wording that waits for a reviewer, if any.

    `patch` has keys of the place's file model: what it leaves out stays, None clears. One that
    changes nothing leaves the version as it is. Raises Unauthenticated, NotFound for a place that
    is not there or not the viewer's to change, VersionConflict, and Invalid naming the input.
    """
    assert_known(viewer)

    async def update() -> Kept:
        standing = await kept_place(viewer, place_id, action=Action.UPDATE_PLACE, kinds=kinds)
        if standing is None:
            raise place_not_found()
        return await _change(viewer, standing, version=expected_version, patch=patch)

    return await as_unit(update)


async def create_offering(
    viewer: Viewer, place_id: UUID | None, *, values: Mapping[str, Any]
) -> Kept:
    """A new offering of a place, public from now on, or once a reviewer has approved it.

    Raises Unauthenticated, NotFound for a place that is not there or not the viewer's, Invalid.
    """
    assert_known(viewer)

    async def create() -> Kept:
        place = await kept_place(viewer, place_id, action=Action.MANAGE_OFFERINGS)
        if place is None:
            raise place_not_found("placeId")
        given = {"position": await next_position(place.item_id), **values, "place": place.slug}
        if await has_to_wait(viewer, place):
            plain = await _valid_new(viewer, KINDS_BY_NAME["offerings"], given)
            return Kept(None, await wait_as_new(viewer, plain, place_id=place.item_id))
        action = "merchants.offering_created"
        return Kept(await publish_new(viewer, "offerings", values=given, action=action))

    return await as_unit(create)


async def update_offering(
    viewer: Viewer, offering_id: UUID | None, *, expected_version: int, patch: Mapping[str, Any]
) -> Kept:
    """Change an offering, also one that waits as a whole. Gives and raises as `update_place`."""
    assert_known(viewer)

    async def update() -> Kept:
        standing = await kept_offering(viewer, offering_id)
        if standing is None:
            raise offering_not_found()
        if standing.live is None:
            return await _change_new(viewer, standing, version=expected_version, patch=patch)
        return await _change(viewer, standing, version=expected_version, patch=patch)

    return await as_unit(update)


async def withdraw_offering(
    viewer: Viewer, offering_id: UUID | None, *, expected_version: int
) -> Kept:
    """Take an offering away for good, and what waits of it. Gives and raises as `update_place`."""
    assert_known(viewer)

    async def withdraw() -> Kept:
        standing = await kept_offering(viewer, offering_id)
        if standing is None:
            raise offering_not_found()
        live = standing.live
        assert_version(expected_version, current=live.version if live else standing.version)
        await wait_no_more(viewer, standing)
        if live is None:
            return Kept(None)
        row = {"id": live.id, "state": StoredState.ARCHIVED, "version": live.version + 1}
        row["updated_at"] = viewer.now
        await update_rows(standing.kind.model, [row], columns=["state", "version", "updated_at"])
        await audit.record(
            viewer.actor,
            "merchants.offering_withdrawn",
            object=("Offering", live.id),
            before={"state": live.state},
            after={"state": StoredState.ARCHIVED},
        )
        return Kept(await row_of("offerings", live.id))

    return await as_unit(withdraw)


async def _change(
    viewer: Viewer, standing: Standing, *, version: int, patch: Mapping[str, Any]
) -> Kept:
    kind, live = standing.kind, standing.live
    assert live is not None
    assert_version(version, current=live.version)
    before = await standing.live_values()
    after = await _valid(viewer, kind, merged(before, patch))
    waits = await has_to_wait(viewer, standing)
    facts = facts_of(before, after) if waits else after
    if facts != before:
        standing = await _write_over(viewer, standing, facts, before=before)
    pending = standing.waiting_wording
    if waits:
        waiting = pending.wording if pending else {}
        wording = wording_of(before, after, waiting=waiting, touched=patch.keys())
        pending = await wait_with(viewer, standing, wording=wording)
    return Kept(await row_of(kind.name, live.id), pending)


async def _write_over(viewer: Viewer, standing: Standing, after: Row, *, before: Row) -> Standing:
    """Write what is live at once, and lay what waits for a reviewer over it anew."""
    kind, live = standing.kind, standing.live
    assert live is not None
    publication = {key: getattr(live, key) for key in ("state", "published_at", "expires_at")}
    await _write(kind, after | as_json(publication), Identity(live.id, live.version + 1))
    changes = list(differences(before, after))
    word = "offering" if kind.name == "offerings" else "place"
    await audit.record(
        viewer.actor,
        f"merchants.{word}_updated",
        object=(TYPE_NAMES[kind.name], live.id),
        before={".".join(each.path): each.before for each in changes},
        after={".".join(each.path): each.after for each in changes},
    )
    return await laid_anew(viewer, standing)


async def publish_new(
    viewer: Viewer, kind_name: str, *, values: Mapping[str, Any], action: str
) -> Record:
    """Write a new item of a kind, public from now on, and audit it; its row.

    For the body of a unit whose author has been authorised. Raises Invalid.
    """
    kind, item_id = KINDS_BY_NAME[kind_name], new_id()
    plain = await _valid_new(viewer, kind, values)
    publication = {"state": StoredState.PUBLISHED, "published_at": viewer.now}
    await _write(kind, plain | as_json(publication), Identity(item_id, 1))
    told = (TYPE_NAMES[kind_name], item_id)
    await audit.record(viewer.actor, action, object=told, after=plain)
    return await row_of(kind_name, item_id)


async def _change_new(
    viewer: Viewer, standing: Standing, *, version: int, patch: Mapping[str, Any]
) -> Kept:
    """Change an offering that no reviewer has approved yet: it goes on waiting as a whole."""
    newest = standing.newest
    assert newest is not None
    assert_version(version, current=standing.version)
    plain = await _valid(viewer, standing.kind, merged(newest.values, patch))
    is_same = plain == newest.values and newest.state is RevisionState.SUBMITTED
    if is_same:
        return Kept(None, newest)
    return Kept(None, await wait_as_new(viewer, plain, place_id=newest.place_id, standing=standing))


async def _valid_new(viewer: Viewer, kind: Kind, values: Mapping[str, Any]) -> Row:
    given = {**values, kind.key: await _free_slug(kind, values)}
    return await _valid(viewer, kind, merged({}, given))


async def _valid(viewer: Viewer, kind: Kind, values: Mapping[str, Any]) -> Row:
    with named_for_keepers():
        plain = checked(kind, values)
        await assert_references(kind, plain, viewer=viewer)
    return plain


@contextmanager
def named_for_keepers() -> Iterator[None]:
    """Inside of it an Invalid names its input as keepers name it."""
    try:
        yield
    except Invalid as refusal:
        raise in_words_of_keepers(refusal) from refusal


async def _write(kind: Kind, values: Row, identity: Identity) -> None:
    identities = {(kind.name, values[kind.key]): identity}
    try:
        await write_items({kind.name: [values]}, identities, timezone=current_settings().timezone)
    except ContentInvalid as error:
        problem = error.data["problems"][0]
        raise Invalid(
            f"It cannot be kept so: {problem.reason}.",
            chinese=f"无法保存：{problem.chinese}。",
            path=("input",),
        ) from error


async def _free_slug(kind: Kind, values: Mapping[str, Any]) -> str:
    """A slug made of the name or title; with a few letters of chance where that is taken."""
    name = values.get("title") or values.get("name")
    base = slug_of(name, max_chars=SLUG_MAX_CHARS - _SLUG_ROOM) if isinstance(name, str) else ""
    base = base or TYPE_NAMES[kind.name].lower()
    return f"{base}-{new_id().hex[-8:]}" if await taken_slugs(kind, [base]) else base
