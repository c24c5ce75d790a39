"""Previews over HTTP: a path of its own, on which queries see unpublished revisions.

The public path knows no token, so no header, cookie or argument can make it show a draft.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry
from graphql import ExecutionResult, OperationType
from starlette.types import Message, Receive, Scope, Send
from strawberry.types import Info

from hub.auth import ANONYMOUS, Viewer
from hub.clock import now
from hub.editing.rules import ITEMS_MAX, PREVIEW_MINUTES_DEFAULT, PREVIEW_MINUTES_MAX
from hub.editing.service.previews import as_if_published, create_link, previewed_ids
from hub.errors import HubError, Invalid
from hub.settings import Settings
from schema.authorization import authentication_refusal
from schema.context import Context
from schema.documents import PreparedDocument, PreparedOperation
from schema.editing.inputs import any_item_id
from schema.errors import BAD_USER_INPUT, RequestRefused, refused
from schema.filters import is_given
from schema.http import GraphQLEndpoint
from schema.mutations import UserError, errors_field, mutation_field
from schema.operations import DeadlinePassed
from schema.request import Parameters, RequestInfo
from schema.texts import text

PREVIEW_PATH: Final = "/preview/graphql"
PREVIEW_HEADER: Final = "x-preview-token"
PREVIEW_SECONDS: Final = 3.0
"""How long a preview may read: on SQLite everybody else waits meanwhile."""

_HEADERS: Final = ((b"cache-control", b"private, no-store"), (b"x-robots-tag", b"noindex"))


@dataclass
class PreviewContext(Context):
    """The context of nobody, who may see these revisions."""

    revision_ids: tuple[UUID, ...] = ()


def preview_context(request: RequestInfo) -> PreviewContext:
    """The context of a request for a preview. Raises Unauthenticated without a good token."""
    at = now()
    ids = previewed_ids(request.headers.get(PREVIEW_HEADER), now=at)
    return PreviewContext(viewer=Viewer(ANONYMOUS, at), request=request, revision_ids=ids)


class PreviewEndpoint(GraphQLEndpoint):
    """Answers queries as if the revisions of the request's token were published."""

    def __init__(self, schema: strawberry.Schema, *, settings: Settings, **options: Any) -> None:
        seconds = min(PREVIEW_SECONDS, settings.request_timeout_seconds)
        hurried = settings.model_copy(update={"request_timeout_seconds": seconds})
        super().__init__(schema, settings=hurried, make_context=preview_context, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nobody may keep or index the answer."""

        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        await super().__call__(scope, receive, send_privately)

    async def _context(self, request: RequestInfo) -> tuple[object, RequestRefused | None]:
        try:
            return await self._made(request), None
        except HubError as error:
            raise authentication_refusal(error, request.locale) from error

    def _check_kind(self, method: str, operation: PreparedOperation, request: RequestInfo) -> None:
        if method != "POST" or operation.kind is not OperationType.QUERY:
            message = text("preview_queries", request.locale)
            raise refused(405, BAD_USER_INPUT, message=message, headers={"allow": "POST"})

    async def _execute(
        self,
        prepared: PreparedDocument,
        operation: PreparedOperation,
        parameters: Parameters,
        *,
        context: Any,
    ) -> ExecutionResult:
        begin = super()._execute

        async def read() -> ExecutionResult:
            try:
                async with asyncio.timeout(PREVIEW_SECONDS):
                    pending = begin(prepared, operation, parameters, context=context)
                    return pending if isinstance(pending, ExecutionResult) else await pending
            except TimeoutError as error:
                raise DeadlinePassed from error
            finally:
                await context.batches.finish()

        try:
            return await as_if_published(context.revision_ids, read, now=context.viewer.now)
        except Invalid as error:
            is_chinese = context.request.locale == "zh-CN"
            message = error.chinese if is_chinese else error.message
            raise refused(400, BAD_USER_INPUT, message=message, is_well_formed=True) from error
        except HubError as error:
            raise authentication_refusal(error, context.request.locale) from error


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
