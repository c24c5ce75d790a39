"""The mutation that makes previews; `schema.preview` is where they are seen."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.editing.rules import ITEMS_MAX, PREVIEW_MINUTES_DEFAULT, PREVIEW_MINUTES_MAX
from hub.editing.service.previews import create_link
from schema.editing.inputs import any_item_id
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field


@strawberry.input(description="What to show before it is published.")
class CreatePreviewLinkInput:
    """See the fields."""

    ids: list[strawberry.ID] = strawberry.field(
        description=f"The items, of any kinds, 1 to {ITEMS_MAX}; they are seen together."
    )
    expires_in_minutes: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"How long the link is good, 1 to {PREVIEW_MINUTES_MAX} minutes; "
        f"{PREVIEW_MINUTES_DEFAULT} unless said.",
    )


@strawberry.type(description="The outcome of asking for a preview.")
class CreatePreviewLinkPayload:
    """See the fields."""

    token: str | None = strawberry.field(
        default=None,
        description="Send it as the header `X-Preview-Token` to `POST /preview/graphql`, which "
        "takes the queries that `/graphql` takes. Whoever holds it may look; null when refused.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the token ends; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _create(info: Info, given: CreatePreviewLinkInput) -> dict[str, Any]:
    items = [
        any_item_id(str(each), path=("input", "ids", index)) for index, each in enumerate(given.ids)
    ]
    minutes = given.expires_in_minutes if is_given(given.expires_in_minutes) else None
    link = await create_link(info.context.viewer, items, expires_in_minutes=minutes)
    return {"token": link.token, "expires_at": link.expires_at}


@strawberry.type
class PreviewMutation:
    """The mutation that makes previews."""

    create_preview_link: CreatePreviewLinkPayload = mutation_field(
        _create,
        input_type=CreatePreviewLinkInput,
        payload=CreatePreviewLinkPayload,
        description="Make a link token to see the newest revisions of items as they are now, "
        "before they are published (预览). NOT_FOUND, INVALID.",
    )
