"""Uploads in GraphQL: leave to send a file, and what has become of it."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.assets.queries import ASSETS, UPLOADS
from hub.assets.service.uploads import Wish, create_upload
from hub.records import Record
from media.kinds import AssetKind, UploadRefusal, UploadState
from media.tickets import upload_path
from schema.enums import describe_enum
from schema.lists import related_field
from schema.media.assets import Asset
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import Node, register_node
from schema.scalars import ByteCount

describe_enum(
    UploadState,
    description="What has become of an upload (上传状态).",
    values={
        UploadState.OPEN: "Bytes may be sent (进行中).",
        UploadState.STORED: "It is whole and has become an asset (已完成).",
        UploadState.REFUSED: "What was sent was not taken; see `refusal` (已拒绝).",
        UploadState.EXPIRED: "It was ended, or took too long (已过期).",
    },
)
describe_enum(
    UploadRefusal,
    description="Why what was sent was not taken (拒绝原因).",
    values={
        UploadRefusal.WRONG_HASH: "It is not what was announced (校验值不符).",
        UploadRefusal.WRONG_TYPE: "Its content is none of the types of its kind (类型不符).",
        UploadRefusal.ACTIVE_CONTENT: "It holds scripts, pages or another file (含活动内容).",
        UploadRefusal.DAMAGED: "It is damaged or cut off (已损坏).",
        UploadRefusal.TOO_MANY_PIXELS: "A picture of too many pixels (像素过多).",
        UploadRefusal.ANIMATED: "A picture that moves (动态图片).",
    },
)


def _url(root: strawberry.Parent[Record]) -> str:
    return upload_path(root.id, root.uploaded_by)


def _refusal(root: strawberry.Parent[Record]) -> UploadRefusal | None:
    return None if root.refusal is None else UploadRefusal(root.refusal)


@strawberry.type(description="Leave to send a file, for the person who asked for it (上传).")
class Upload(Node):
    """Over an upload's row."""

    url: str = strawberry.field(
        resolver=_url,
        description=(
            "The path on this server that takes the bytes, with the access token of the person "
            "who asked: by PUT, or by the tus protocol 1.0, which can be resumed."
        ),
    )
    kind: AssetKind = strawberry.field(description="What the file is for.")
    name: str = strawberry.field(description="What it is called.")
    size_bytes: ByteCount = strawberry.field(description="How large it will be.")
    received_bytes: ByteCount = strawberry.field(
        description="How much of it is safe; grows while bytes come."
    )
    state: UploadState = strawberry.field(description="What has become of it.")
    refusal: UploadRefusal | None = strawberry.field(
        resolver=_refusal, description="Why it was not taken; null: it was, or is not whole yet."
    )
    expires_at: datetime = strawberry.field(
        description="Until when it has to be whole; what has come of it then is removed."
    )
    asset: Asset | None = related_field(
        ASSETS, "asset_id", description="What it has become; null: nothing yet."
    )


register_node("Upload", UPLOADS)


@strawberry.input(description="A file that is to be sent.")
class CreateUploadInput:
    """See the fields."""

    kind: AssetKind = strawberry.field(description="What it is for.")
    name: str = strawberry.field(
        description="What it is called; only shown, and its ending is not believed."
    )
    size_bytes: ByteCount = strawberry.field(description="How large it is, exactly.")
    sha256: str | None = strawberry.field(
        name="sha256",
        default=None,
        description=(
            "The SHA-256 of the content, in lower-case hex: what arrives is compared with it, and "
            "a file that you have handed in already is not asked for again."
        ),
    )


@strawberry.type(description="The outcome of asking for an upload: one of the two, or errors.")
class CreateUploadPayload:
    """See the fields."""

    upload: Upload | None = strawberry.field(
        default=None, description="Where to send the bytes; null when there is nothing to send."
    )
    asset: Asset | None = strawberry.field(
        default=None, description="Your asset with the same content, if there is one."
    )
    errors: list[UserError] = errors_field()


async def _create(info: Info, given: CreateUploadInput) -> dict[str, Any]:
    wish = Wish(given.kind, given.name, given.size_bytes, given.sha256)
    created = await create_upload(info.context.viewer, wish)
    return {"upload": created.upload, "asset": created.asset}


@strawberry.type
class UploadsMutation:
    """The mutation that lets a file in."""

    create_upload: CreateUploadPayload = mutation_field(
        _create,
        input_type=CreateUploadInput,
        payload=CreateUploadPayload,
        description="Ask to send a file (申请上传). Everybody who is signed in may send documents; "
        "pictures need EDIT_CONTENT, UPDATE_PLACE or MANAGE_OFFERINGS somewhere, everything else "
        "EDIT_CONTENT. INVALID for a size or a hash that cannot be; CONFLICT when the room or the "
        "number of uploads that one person has is used up.",
    )
