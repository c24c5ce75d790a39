"""Links of previews: made, listed, revoked; `schema.preview` is where they are followed."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from hub.auth import Viewer
from hub.editing.queries import PREVIEW_LINKS
from hub.editing.rules import ITEMS_MAX, PREVIEW_MINUTES_DEFAULT, PREVIEW_MINUTES_MAX
from hub.editing.service.previews import create_link, revoke_link
from hub.filters import Condition, Operator
from hub.listing import ListQuery
from hub.pagination import Page
from hub.records import Record
from schema.batching import batch_field
from schema.editing.inputs import any_item_id
from schema.editing.revisions import Colleague, people_of
from schema.filters import is_given
from schema.lists import list_query
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import After, Before, Connection, First, Last, decode_key, encode_id


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
    link_id: strawberry.ID | None = strawberry.field(
        default=None, description="The link's id, for `revokePreview`; null when refused."
    )
    errors: list[UserError] = errors_field()


async def _create(info: Info, given: CreatePreviewLinkInput) -> dict[str, Any]:
    items = [
        any_item_id(str(each), path=("input", "ids", index)) for index, each in enumerate(given.ids)
    ]
    minutes = given.expires_in_minutes if is_given(given.expires_in_minutes) else None
    link = await create_link(info.context.viewer, items, expires_in_minutes=minutes)
    told = {"token": link.token, "expires_at": link.expires_at}
    return {**told, "link_id": strawberry.ID(encode_id("PreviewLink", link.id))}


def _link_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("PreviewLink", root.link_id))


async def _authors(parents: list[Record], info: Info) -> list[Record | None]:
    return await people_of(parents, "author_id")


async def _revokers(parents: list[Record], info: Info) -> list[Record | None]:
    return await people_of(parents, "revoked_by")


async def _are_own(parents: list[Record], info: Info) -> list[bool]:
    viewer: Viewer = info.context.viewer
    me = viewer.actor.person_id or viewer.actor.service_id
    return [me is not None and row.author_id == me for row in parents]


@strawberry.type(description="A link that shows a revision before it is published (预览链接).")
class PreviewLink:
    """Over one item's row of a link. Its token is told once, to whoever made it."""

    id: strawberry.ID = strawberry.field(
        resolver=_link_id, description="For `revokePreview`; one link may show several items."
    )
    number: int = strawberry.field(description="The number of the revision that it shows.")
    author: Colleague | None = batch_field(_authors, description="Who made it; null for services.")
    is_own: bool | None = batch_field(
        _are_own, description="Whether it was made by the one who asks."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="From when it shows nothing.")
    revoked_at: datetime | None = strawberry.field(
        description="When it was ended before its time; null: it was not."
    )
    revoked_by: Colleague | None = batch_field(
        _revokers, description="Who ended it; null for services."
    )


async def _links(
    parents: list[Any],
    info: Info,
    id: Annotated[  # noqa: A002 - the argument's name is the contract
        strawberry.ID, strawberry.argument(description="The id of the item.")
    ],
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> list[Page]:
    arguments = {"first": first, "after": after, "last": last, "before": before}
    key = any_item_id(str(id), path=("id",)).id
    where = Condition("item", Operator.IN, [key] if key else [])
    query = ListQuery(list_query(arguments).request, where)
    return [await PREVIEW_LINKS.page(info.context.viewer, query)] * len(parents)


@strawberry.type
class PreviewQuery:
    """The root field of previews."""

    preview_links: Connection[PreviewLink] | None = batch_field(
        _links,
        description="The preview links that show an item, newest first (预览链接列表): for those "
        "who may edit, preview or approve it; empty for everybody else.",
    )


@strawberry.input(description="A preview link to end.")
class RevokePreviewInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(
        description="The link: `linkId` of its making, or `id` in `previewLinks`."
    )


@strawberry.type(description="The outcome of ending a preview link.")
class RevokePreviewPayload:
    """See the fields."""

    links: list[PreviewLink] | None = strawberry.field(
        default=None,
        description="The link, once for each of its items; null when refused.",
        metadata={"size": ITEMS_MAX},
    )
    errors: list[UserError] = errors_field()


async def _revoke(info: Info, given: RevokePreviewInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("PreviewLink",), path=("input", "id"))
    return {"links": await revoke_link(info.context.viewer, key)}


@strawberry.type
class PreviewMutation:
    """The mutations of previews."""

    create_preview_link: CreatePreviewLinkPayload = mutation_field(
        _create,
        input_type=CreatePreviewLinkInput,
        payload=CreatePreviewLinkPayload,
        description="Make a link token to see the newest revisions of items as they are now, "
        "before they are published (预览). NOT_FOUND, INVALID.",
    )
    revoke_preview: RevokePreviewPayload = mutation_field(
        _revoke,
        input_type=RevokePreviewInput,
        payload=RevokePreviewPayload,
        description="End a preview link before its time (撤销预览): from now on its token shows "
        "nothing, in every process. For those who may preview one of its items. NOT_FOUND.",
    )
