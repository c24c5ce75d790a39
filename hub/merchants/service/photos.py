"""Pictures of places, from files that keepers have handed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.assets.service.owning import own_asset
from hub.auth import Action, Viewer
from hub.editing.queries import Standing
from hub.editing.rules import TYPE_NAMES, Slot
from hub.editing.service.attaching import fitting_asset, show
from hub.editing.service.revisions import as_unit, assert_known
from hub.errors import Invalid
from hub.merchants.queries import kept_place
from hub.merchants.rules import place_not_found
from hub.merchants.service.keeping import Kept, update_place
from hub.records import Record
from media.addresses import public_path


@dataclass(frozen=True, slots=True)
class Hung:
    """The asset, which everybody may have from now on, and what became of the place."""

    asset: Record
    kept: Kept


async def add_photo(
    viewer: Viewer,
    place_id: UUID | None,
    *,
    asset_id: UUID | None,
    alt: str,
    expected_version: int,
) -> Hung:
    """Add a picture of the viewer's own to a place, as the last one, with words for what it shows.

    It is live at once, or waits for a reviewer with its words, as `update_place` has it. Raises as
    that does, NotFound for an asset that is not the viewer's, Invalid for one that is no picture
    and without words.
    """
    assert_known(viewer)

    async def add() -> Hung:
        standing = await kept_place(viewer, place_id, action=Action.UPDATE_PLACE)
        if standing is None:
            raise place_not_found("to")
        asset = await fitting_asset(viewer, asset_id, slot=Slot.PHOTO)
        photo = {"url": public_path(asset.sha256, asset.extension), "alt": _worded(alt)}
        on = (TYPE_NAMES[standing.kind.name], standing.item_id)
        await show(viewer, asset, on=on, slot=Slot.PHOTO)  # before the place names it
        kept = await update_place(
            viewer,
            place_id,
            expected_version=expected_version,
            patch={"photos": [*await _photos(standing), photo]},
        )
        return Hung(await own_asset(viewer, asset.id), kept)

    return await as_unit(add)


async def _photos(standing: Standing) -> list[Any]:
    """The pictures of a place, those that wait for a reviewer with it."""
    waiting = standing.waiting_wording
    if waiting is not None and "photos" in waiting.wording:
        return list(waiting.wording["photos"]["wanted"])
    return list((await standing.live_values()).get("photos", []))


def _worded(alt: str) -> str:
    if not alt.strip():
        raise Invalid(
            "Say what the picture shows, for those who cannot see it.",
            chinese="请填写图片说明，供看不到图片的人使用。",
            path=("input", "alt"),
        )
    return alt
