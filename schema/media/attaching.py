"""Files on content and on places, by one mutation."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.auth import Viewer
from hub.editing.rules import KINDS_BY_TYPE, Slot
from hub.editing.service.attaching import attach_asset, slot_missing
from hub.merchants.service.photos import add_photo
from schema.directory.places import Place
from schema.editing.inputs import any_item_id
from schema.editing.revisions import Revision
from schema.editing.words import EXPECTED_VERSION
from schema.enums import describe_enum
from schema.filters import is_given
from schema.media.assets import Asset
from schema.merchants.places import PLACE_TYPES
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_id, decode_key

describe_enum(
    Slot,
    name="AssetSlot",
    description="Where a file goes on an item (用途).",
    values={
        Slot.COVER: "The cover of a programme, course, event, competition or street (封面).",
        Slot.PHOTO: "The portrait of an instructor or laureate, or one more picture of a place "
        "(照片).",
        Slot.LOGO: "The logo of an employer (标志).",
        Slot.VIDEO: "The film of a lesson (视频).",
        Slot.AUDIO: "The recording of a lesson (音频).",
        Slot.POSTER: "The picture to show before a lesson's film is played (视频封面).",
        Slot.CAPTIONS: "The captions of a lesson's film or recording (字幕).",
    },
)


@strawberry.input(description="Which file goes where.")
class AttachAssetInput:
    """See the fields."""

    asset_id: strawberry.ID = strawberry.field(description="A file of one's own.")
    to: strawberry.ID = strawberry.field(
        description="The item or the place that is to show it, by its id."
    )
    slot: Slot = strawberry.field(description="As what.")
    expected_version: int = strawberry.field(description=EXPECTED_VERSION)
    alt: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the picture shows, for those who cannot see it (图片说明); needed for a "
        "place, which keeps it with the picture.",
    )


@strawberry.type(description="The outcome of `attachAsset`.")
class AttachAssetPayload:
    """See the fields."""

    asset: Asset | None = strawberry.field(
        default=None, description="The file, which is public now; null when refused."
    )
    revision: Revision | None = strawberry.field(
        default=None,
        description="The draft that shows it: `publish` brings it to the public. Of a place, whose "
        "pictures are live at once, the revision that waits for a reviewer, if one does.",
    )
    place: Place | None = strawberry.field(
        default=None, description="The place as it is now; null for other items and when refused."
    )
    errors: list[UserError] = errors_field()


async def _attach(info: Info, given: AttachAssetInput) -> dict[str, Any]:
    viewer = info.context.viewer
    asset_id = decode_key(str(given.asset_id), types=("Asset",), path=("input", "assetId"))
    type_name = decode_id(str(given.to), path=("input", "to")).type_name
    if type_name in PLACE_TYPES:
        return await _to_place(viewer, given, asset_id, type_name=type_name)
    attached = await attach_asset(
        viewer,
        any_item_id(str(given.to), path=("input", "to")),
        asset_id=asset_id,
        slot=given.slot,
        expected_version=given.expected_version,
    )
    return {"asset": attached.asset, "revision": attached.revision}


async def _to_place(
    viewer: Viewer, given: AttachAssetInput, asset_id: UUID | None, *, type_name: str
) -> dict[str, Any]:
    if given.slot is not Slot.PHOTO:
        raise slot_missing(KINDS_BY_TYPE[type_name], given.slot)
    hung = await add_photo(
        viewer,
        decode_key(str(given.to), types=PLACE_TYPES, path=("input", "to")),
        asset_id=asset_id,
        alt=(given.alt or "") if is_given(given.alt) else "",
        expected_version=given.expected_version,
    )
    return {"asset": hung.asset, "revision": hung.kept.pending, "place": hung.kept.row}


@strawberry.type
class AttachingMutation:
    """The mutation that attaches files."""

    attach_asset: AttachAssetPayload = mutation_field(
        _attach,
        input_type=AttachAssetInput,
        payload=AttachAssetPayload,
        description="Show a file of one's own on an item (关联文件): as a draft of the item, or at "
        "once as one more picture of a place that one keeps. NOT_FOUND for a file or an item that "
        "is not there or not one's own; VERSION_CONFLICT; INVALID for a file that does not fit, "
        "with nothing changed.",
    )
