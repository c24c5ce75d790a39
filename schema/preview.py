"""Previews over HTTP: a path of its own, on which queries see unpublished revisions.

The public path knows no token, so no header, cookie or argument can make it show a draft.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from graphql import ExecutionResult, GraphQLSchema, OperationType
from starlette.types import Message, Receive, Scope, Send
from strawberry import Schema

from hub.auth import ANONYMOUS, Viewer
from hub.clock import now
from hub.editing.service.previews import as_if_published, link_of
from hub.errors import HubError, Invalid
from hub.revocation import Waker
from hub.settings import Settings
from schema.authorization import authentication_refusal
from schema.context import Context
from schema.documents import PreparedOperation
from schema.errors import BAD_USER_INPUT, RequestRefused, refused
from schema.http import GraphQLEndpoint
from schema.operations import DeadlinePassed
from schema.request import Parameters, RequestInfo
from schema.texts import text

PREVIEW_PATH: Final = "/preview/graphql"
PREVIEW_HEADER: Final = "x-preview-token"
PREVIEW_SECONDS: Final = 3.0
"""How long a preview may read: on SQLite everybody else waits meanwhile."""

_HEADERS: Final = ((b"cache-control", b"private, no-store"), (b"x-robots-tag", b"noindex"))


@dataclass(kw_only=True)
class PreviewContext(Context):
    """The context of nobody, who may see the revisions of a link."""

    link_id: UUID


def preview_context(request: RequestInfo) -> PreviewContext:
    """The context of a request for a preview. Raises Unauthenticated without a token of ours."""
    link_id = link_of(request.headers.get(PREVIEW_HEADER))
    return PreviewContext(viewer=Viewer(ANONYMOUS, now()), request=request, link_id=link_id)


class PreviewEndpoint(GraphQLEndpoint):
    """Answers queries as if the revisions of the request's token were published."""

    def __init__(self, schema: Schema, *, settings: Settings, **options: Any) -> None:
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

    def _cache(self, schema: GraphQLSchema, waker: Waker | None) -> None:
        """What a preview shows is kept by nobody."""

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
        self, operation: PreparedOperation, parameters: Parameters, *, context: Any
    ) -> ExecutionResult:
        begin = super()._execute

        async def read() -> ExecutionResult:
            try:
                async with asyncio.timeout(PREVIEW_SECONDS):
                    pending = begin(operation, parameters, context=context)
                    return pending if isinstance(pending, ExecutionResult) else await pending
            except TimeoutError as error:
                raise DeadlinePassed from error
            finally:
                await context.batches.finish()

        try:
            return await as_if_published(context.link_id, read, now=context.viewer.now)
        except Invalid as error:
            is_chinese = context.request.locale == "zh-CN"
            message = error.chinese if is_chinese else error.message
            raise refused(400, BAD_USER_INPUT, message=message, is_well_formed=True) from error
        except HubError as error:
            raise authentication_refusal(error, context.request.locale) from error
