"""Files on items: an asset of one's own becomes what a key of the item names."""

from dataclasses import dataclass
from uuid import UUID

from hub.assets.service.owning import note_attached, own_asset
from hub.audit import service as audit
from hub.auth import Viewer
from hub.catalogue import KINDS_BY_NAME
from hub.editing.rules import TYPE_NAMES, ItemId, Slot, assert_fits
from hub.editing.service.drafts import update_item
from hub.editing.service.revisions import as_unit, assert_known
from hub.errors import HubError, Invalid, NotFound
from hub.records import Record
from media.addresses import public_path


@dataclass(frozen=True, slots=True)
class Attached:
    """The asset, which everybody may have from now on, and the revision that names it, a draft."""

    asset: Record
    revision: Record


async def attach_asset(
    viewer: Viewer, item: ItemId, *, asset_id: UUID | None, slot: Slot, expected_version: int
) -> Attached:
    """The next revision of an item, a draft, with an asset of the viewer's own in a slot.

    The public sees it with the publication, as any change. The address is a hash that nobody can
    guess and works from now on, so that previews show the file. Raises as `update_item` does,
    NotFound for an asset that is not the viewer's, and Invalid for a slot that the item has not and
    a file that does not fit it.
    """
    assert_known(viewer)

    _assert_slot(item, slot)

    async def attach() -> Attached:
        asset = await fitting_asset(viewer, asset_id, slot=slot)
        patch = {slot.value: public_path(asset.sha256, asset.extension)}
        revision = await update_item(viewer, item, expected_version=expected_version, patch=patch)
        await show(viewer, asset, on=(TYPE_NAMES[revision.kind], revision.item_id), slot=slot)
        return Attached(await own_asset(viewer, asset.id), revision)

    try:
        return await as_unit(attach)
    except HubError as refusal:
        if tuple(refusal.path) == ("input", "id"):
            refusal.path = ("input", "to")
        raise


async def fitting_asset(viewer: Viewer, asset_id: UUID | None, *, slot: Slot) -> Record:
    """An asset of the viewer's own that fits a slot. Raises NotFound and Invalid."""
    try:
        asset = await own_asset(viewer, asset_id)
    except NotFound as refusal:
        refusal.path = ("input", "assetId")
        raise
    assert_fits(slot, kind=asset.kind, state=asset.state)
    return asset


async def show(viewer: Viewer, asset: Record, *, on: tuple[str, UUID], slot: Slot) -> None:
    """Let everybody have an asset that content names, and write down where; in a transaction."""
    await note_attached([asset.id], now=viewer.now, is_public=True)
    await audit.record(
        viewer.actor,
        "assets.attached",
        object=("Asset", asset.id),
        after={"type": on[0], "id": str(on[1]), "slot": slot.name},
    )


def _assert_slot(item: ItemId, slot: Slot) -> None:
    if not any(slot.value in KINDS_BY_NAME[kind].item.model_fields for kind in item.kinds):
        raise slot_missing(item.kinds[0], slot)


def slot_missing(kind_name: str, slot: Slot) -> Invalid:
    """That a kind of item has no such slot."""
    return Invalid(
        f"{TYPE_NAMES[kind_name]} has no slot {slot.name}.",
        chinese=f"此类内容没有 {slot.name} 位置。",
        path=("input", "slot"),
    )
