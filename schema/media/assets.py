"""Assets in GraphQL: files that somebody has handed in, seen by them and by nobody else."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.assets.queries import ASSETS, public_address
from hub.assets.service import owning
from hub.records import Record
from media.kinds import AssetKind, AssetState
from media.showing import Picture, private_picture, public_picture
from media.signing import private_address
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.filters import is_given
from schema.lists import connection_field
from schema.media.images import FocalPoint, Image
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Connection, Node, decode_key, encode_id, register_node
from schema.scalars import ByteCount

describe_enum(
    AssetKind,
    description="What a file is for (文件类别); it decides what it may be and how large.",
    values={
        AssetKind.IMAGE: "A picture that content may show (图片): JPEG, PNG, WebP, AVIF, or a GIF "
        "that stands still; 20 MiB.",
        AssetKind.VIDEO: "A video (视频): MP4, QuickTime, WebM or Matroska; 2 GiB.",
        AssetKind.AUDIO: "A sound (音频): MP3, M4A, Ogg or WAV; 200 MiB.",
        AssetKind.CAPTIONS: "Captions of a video (字幕): WebVTT in UTF-8; 1 MiB.",
        AssetKind.DOCUMENT: "A paper that is shown to nobody but those it is for (材料): PDF, or a "
        "picture of it; 20 MiB.",
    },
)
describe_enum(
    AssetState,
    description="How far the hub is with an asset (处理状态).",
    values={
        AssetState.STORED: "It is kept and waits to be processed (待处理).",
        AssetState.PROCESSING: "It is being processed (处理中).",
        AssetState.READY: "It can be used (可用).",
        AssetState.FAILED: "It could not be processed; see `failure` (处理失败).",
    },
)


def _focal_point(root: strawberry.Parent[Record]) -> FocalPoint | None:
    if root.focal_x is None or root.focal_y is None:
        return None
    return FocalPoint(x=root.focal_x, y=root.focal_y)


def _is_public(root: strawberry.Parent[Record]) -> bool:
    is_shown: bool = root.is_shown  # the column's name: whether a record is public is another thing
    return is_shown


async def _urls(parents: list[Record], info: Info) -> list[str | None]:
    now = info.context.viewer.now
    return [
        public_address(each) or private_address(each.id, name=each.name, now=now)
        for each in parents
    ]


async def _images(parents: list[Record], info: Info) -> list[Picture | None]:
    now = info.context.viewer.now
    return [_picture(each, now=now) for each in parents]


def _picture(asset: Record, *, now: datetime) -> Picture | None:
    if asset.width is None or not asset.media_type.startswith("image/"):
        return None
    address = public_address(asset)
    return public_picture(address, asset) if address else private_picture(asset, now=now)


@strawberry.type(
    description="A file that somebody has handed in (文件); seen by them, whatever shows it."
)
class Asset(Node):
    """Over an asset's row."""

    kind: AssetKind = strawberry.field(description="What it is for.")
    name: str = strawberry.field(
        description="What it is called: as it was when it came, with the ending of its content."
    )
    media_type: str = strawberry.field(description="Like image/jpeg, told by the content.")
    size_bytes: ByteCount = strawberry.field(description="How large it is.")
    sha256: str | None = strawberry.field(
        name="sha256", description="The SHA-256 of the content, in lower-case hex."
    )
    state: AssetState = strawberry.field(description="How far it is.")
    progress: int = strawberry.field(description="Of the processing, 0 to 100 (进度).")
    failure: str | None = strawberry.field(
        description="Why processing came to nothing, in one word; null: it did not."
    )
    width: int | None = strawberry.field(description="In pixels; null for what has none.")
    height: int | None = strawberry.field(description="In pixels; null for what has none.")
    duration_seconds: float | None = strawberry.field(
        description="How long it plays; null for what does not, or is not known yet."
    )
    focal_point: FocalPoint | None = strawberry.field(
        resolver=_focal_point,
        description="Where people should look; null: nobody has said, the middle.",
    )
    is_public: bool = strawberry.field(
        resolver=_is_public,
        description="Whether content shows it, or has shown it, to everybody (已公开).",
    )
    url: str | None = batch_field(
        _urls,
        description=(
            "A path on this server: for ever of what is public, and of everything else good for "
            "ten minutes without signing in; ask for it when you need it."
        ),
    )
    image: Image | None = batch_field(
        _images,
        description=(
            "The picture in sizes, under addresses of the same kind as `url`; null for what is no "
            "picture."
        ),
    )
    created_at: datetime = strawberry.field(description="When it was handed in.")


register_node("Asset", ASSETS)


@strawberry.type
class ViewerAssets:
    """The assets of the person who asks."""

    assets: Connection[Asset] | None = connection_field(
        ASSETS, description="What you have handed in, newest first (我的文件)."
    )


@strawberry.input(description="A point of a picture.")
class FocalPointInput:
    """See the fields."""

    x: float = strawberry.field(description="From the left, 0 to 1.")
    y: float = strawberry.field(description="From the top, 0 to 1.")


@strawberry.input(description="What changes of an asset. What is left out stays; null clears it.")
class UpdateAssetInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="Which.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it is to be called; cannot be cleared."
    )
    focal_point: FocalPointInput | None = strawberry.field(
        default=strawberry.UNSET, description="Where people should look, of a picture."
    )


@strawberry.input(description="Which asset is to go.")
class DeleteAssetInput:
    """See the field."""

    id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.type(description="The outcome of a step with an asset.")
class AssetPayload:
    """See the fields."""

    asset: Asset | None = strawberry.field(
        default=None, description="The asset as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of deleting an asset.")
class DeleteAssetPayload:
    """See the fields."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id that leads nowhere now; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _update(info: Info, given: UpdateAssetInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("Asset",), path=("input", "id"))
    changes: dict[str, Any] = {}
    if is_given(given.name):
        changes["name"] = given.name
    if is_given(given.focal_point):
        point = given.focal_point
        changes["focal_point"] = None if point is None else (point.x, point.y)
    return {"asset": await owning.update_asset(info.context.viewer, key, changes=changes)}


async def _delete(info: Info, given: DeleteAssetInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("Asset",), path=("input", "id"))
    deleted = await owning.delete_asset(info.context.viewer, key)
    return {"deleted_id": strawberry.ID(encode_id("Asset", deleted))}


@strawberry.type
class AssetsMutation:
    """The mutations of one's own assets."""

    update_asset: AssetPayload = mutation_field(
        _update,
        input_type=UpdateAssetInput,
        payload=AssetPayload,
        description="Rename a file of one's own, or say where in a picture people should look "
        "(修改文件信息). NOT_FOUND for what is not one's own; INVALID.",
    )
    delete_asset: DeleteAssetPayload = mutation_field(
        _delete,
        input_type=DeleteAssetInput,
        payload=DeleteAssetPayload,
        description="Delete a file of one's own that nothing has named yet (删除文件). NOT_FOUND "
        "for what is not one's own; CONFLICT for what is or was attached to something.",
    )
