"""Pictures in GraphQL: an address of content, offered in sizes, formats and ratios."""

from typing import Annotated, Any, Final

import strawberry
from strawberry.types import Info

from media.holdings import public_pictures
from media.showing import AspectRatio, ImageFormat, Picture
from schema.batching import COLUMNS, PUBLIC, batch_field
from schema.enums import describe_enum

_WIDTHS: Final = "80, 160, 320, 480, 640, 960, 1280, 1920"


describe_enum(
    ImageFormat,
    description="How a picture is written (图片格式).",
    values={
        ImageFormat.WEBP: "Small, and shown by every browser of today.",
        ImageFormat.AVIF: "Smaller still; some old phones cannot show it.",
        ImageFormat.JPEG: "Shown by everything; what is transparent becomes white.",
    },
)
describe_enum(
    AspectRatio,
    description="How a picture is cut (裁切比例), around its focal point: width to height.",
    values={
        AspectRatio.SQUARE: "1:1, for lists and faces.",
        AspectRatio.LANDSCAPE_4_3: "4:3.",
        AspectRatio.LANDSCAPE_3_2: "3:2.",
        AspectRatio.LANDSCAPE_16_9: "16:9, for covers and videos.",
        AspectRatio.LANDSCAPE_2_1: "2:1, for banners.",
        AspectRatio.PORTRAIT_3_4: "3:4, for portraits.",
        AspectRatio.PORTRAIT_2_3: "2:3.",
        AspectRatio.PORTRAIT_9_16: "9:16, for the whole of a phone.",
    },
)


@strawberry.type(description="The point of a picture that people should see (焦点).")
class FocalPoint:
    """See the fields."""

    x: float = strawberry.field(description="From the left, 0 to 1.")
    y: float = strawberry.field(description="From the top, 0 to 1.")


_Width = Annotated[
    int,
    strawberry.argument(
        description=f"How wide it should be at least, in pixels; what there is: {_WIDTHS}."
    ),
]
_Widths = Annotated[
    list[int] | None,
    strawberry.argument(
        description=f"Which widths, in pixels, of {_WIDTHS}; the next one up for any other. "
        "Null: all of them."
    ),
]
_Format = Annotated[ImageFormat, strawberry.argument(description="How it is written.")]
_Ratio = Annotated[
    AspectRatio | None,
    strawberry.argument(description="Cut to this ratio; null: the whole picture."),
]


async def _srcset(
    parents: list[Picture],
    info: Info,
    format: _Format = ImageFormat.WEBP,  # noqa: A002 - the argument's name in the contract
    widths: _Widths = None,
    aspect_ratio: _Ratio = None,
) -> list[str | None]:
    return [each.srcset(widths, form=format, ratio=aspect_ratio) for each in parents]


async def _resized(
    parents: list[Picture],
    info: Info,
    width: _Width = 640,
    format: _Format = ImageFormat.WEBP,  # noqa: A002 - the argument's name in the contract
    aspect_ratio: _Ratio = None,
) -> list[str | None]:
    return [each.resized(width, form=format, ratio=aspect_ratio) for each in parents]


def _focal_point(root: strawberry.Parent[Picture]) -> FocalPoint | None:
    return None if root.focus is None else FocalPoint(x=root.focus[0], y=root.focus[1])


@strawberry.type(
    description="A picture (图片), in the sizes and formats that a page needs. They are made when "
    "they are asked for first, and say nothing of where and when it was taken."
)
class Image:
    """Over a `Picture`."""

    url: str = strawberry.field(description="The whole picture.")
    width: int | None = strawberry.field(
        description="How wide it is, in pixels; null for a picture that lies elsewhere."
    )
    height: int | None = strawberry.field(
        description="How high it is, in pixels; null for a picture that lies elsewhere."
    )
    focal_point: FocalPoint | None = strawberry.field(
        resolver=_focal_point,
        description="Where people should look; null: nobody has said, the middle.",
    )
    srcset: str | None = batch_field(
        _srcset,
        description="For the attribute `srcset` of HTML: renditions with their widths, none wider "
        "than the picture. Null for a picture that lies elsewhere.",
        metadata={PUBLIC: True},
    )
    resized: str | None = batch_field(
        _resized,
        description="The address of one rendition, never enlarged. Null for a picture that lies "
        "elsewhere: show `url`.",
        metadata={PUBLIC: True},
    )


def image_field(column: str, *, description: str) -> Any:
    """The picture at the address that rows have in `column`; one statement for all of them."""

    async def resolve(parents: list[Any], info: Info) -> list[Picture | None]:
        return await public_pictures([getattr(each, column) for each in parents])

    return batch_field(
        resolve, description=description, metadata={PUBLIC: True, COLUMNS: (column,)}
    )
