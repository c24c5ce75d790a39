"""What people do with their own assets: name them, say what matters in a picture, delete them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.assets.queries import ASSETS, assets_of
from hub.assets.rules import PUBLIC_KINDS, checked_focal
from hub.audit.service import record
from hub.auth import Viewer, require_person
from hub.bulk import delete_rows, update_rows, update_where
from hub.criteria import is_in
from hub.database import transaction
from hub.errors import Conflict, Invalid, NotFound
from hub.records import Record, Select, fetch_locked, table_of
from media.kinds import AssetKind
from media.models import Asset
from media.names import cleaned_name

_asset = table_of(Asset)


async def own_asset(viewer: Viewer, asset_id: UUID | None) -> Record:
    """The asset, if it belongs to the person who asks. Raises Unauthenticated and NotFound."""
    require_person(viewer.actor)
    found = (await ASSETS.by_ids(viewer, [asset_id]))[0] if asset_id else None
    if found is None:
        raise _not_found()
    return found


async def update_asset(
    viewer: Viewer, asset_id: UUID | None, *, changes: Mapping[str, Any]
) -> Record:
    """Rename an asset of one's own, or say where in a picture people should look.

    `changes` has `name` and `focal_point`, a pair from 0 to 1 or None. Raises Unauthenticated,
    NotFound, and Invalid.
    """
    asset = await own_asset(viewer, asset_id)
    sets = _checked_changes(asset, changes)
    if not sets:
        return asset

    async def body() -> None:
        await update_where(Asset, sets, where=(_asset.id == asset.id,))
        before = {name: getattr(asset, name) for name in sets}
        who = viewer.actor
        await record(who, "assets.updated", object=("Asset", asset.id), before=before, after=sets)

    await transaction(body)
    return (await assets_of([asset.id]))[0]


def _checked_changes(asset: Record, changes: Mapping[str, Any]) -> dict[str, Any]:
    sets: dict[str, Any] = {}
    if "name" in changes:
        sets["name"] = cleaned_name(changes["name"], extension=asset.extension)
    if "focal_point" in changes:
        if asset.kind is not AssetKind.IMAGE:
            raise Invalid(
                "Only a picture has a focal point.",
                chinese="只有图片才有焦点。",
                path=("input", "focalPoint"),
            )
        point = changes["focal_point"]
        sets["focal_x"] = None if point is None else checked_focal(point[0], "x")
        sets["focal_y"] = None if point is None else checked_focal(point[1], "y")
    return sets


async def delete_asset(viewer: Viewer, asset_id: UUID | None) -> UUID:
    """Delete an asset of one's own that nothing names; its bytes go with the next sweep.

    Raises Unauthenticated, NotFound, and Conflict for one that is or was attached: old revisions
    name it, and may be gone back to.
    """
    asset = await own_asset(viewer, asset_id)

    async def body() -> None:
        unused = (_asset.id == asset.id, _asset.attached_at.isnull())
        if not await fetch_locked(Select(Asset, unused)):
            raise Conflict(
                "The file is or was shown somewhere, and is kept.",
                chinese="这个文件已被使用，不能删除。",
            )
        await delete_rows(Asset, [asset.id])
        before = {"kind": asset.kind.name, "sha256": asset.sha256, "name": asset.name}
        await record(viewer.actor, "assets.deleted", object=("Asset", asset.id), before=before)

    await transaction(body)
    key: UUID = asset.id
    return key


async def note_attached(asset_ids: Sequence[UUID], *, now: datetime, is_public: bool) -> None:
    """Write down that something names these assets; with `is_public` everybody may see them.

    For the domains that attach assets, in their transaction; who may is theirs to decide. Raises
    Invalid for a document that would become public, and NotFound for an asset that is gone.
    """
    assets = await fetch_locked(Select(Asset, (is_in(_asset.id, list(asset_ids)),)))
    if len(assets) < len(set(asset_ids)):
        raise _not_found()
    if is_public and any(asset.kind not in PUBLIC_KINDS for asset in assets):
        raise Invalid("Documents are not shown to everybody.", chinese="文档不能公开展示。")
    rows = [
        {
            "id": asset.id,
            "attached_at": asset.attached_at or now,
            "is_shown": asset.is_shown or is_public,
        }
        for asset in assets
    ]
    await update_rows(Asset, rows, columns=("attached_at", "is_shown"))


def _not_found() -> NotFound:
    return NotFound("There is no such asset.", chinese="没有这个文件。")
