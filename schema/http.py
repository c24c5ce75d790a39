"""The GraphQL endpoint: GraphQL over HTTP to the letter, in pure ASGI, on the short way.

The order is: headers, body, parameters, document (limits and validation, cached), cost, execution,
one write. Each step refuses with `RequestRefused`, and one place answers.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from hub.auth import ANONYMOUS, Actor
from hub.errors import HubError, RateLimited, Unauthenticated
from hub.limiting import RateLimiter
from hub.metrics import note_of
from hub.revocation import Waker
from hub.settings import Settings
from schema.answers import (
    Answer,
    cost_report,
    document_refusal,
    excess_refusal,
    refusal_answer,
    result_answer,
    send_json,
)
from schema.authorization import authentication_refusal, starts_session, without_authorization
from schema.caching.answering import Question, ResponseCache
from schema.caching.entries import Entry, Source
from schema.context import Context
from schema.documents import Documents, PreparedDocument, PreparedOperation
from schema.errors import (
    BAD_USER_INPUT,
    COST_EXCEEDED,
    UNAVAILABLE,
    RequestRefused,
    codes_of,
    document_error,
    hub_error_body,
    masked,
    refused,
    retry_headers,
    with_request_id,
)
from schema.execution.executor import Executor
from schema.limits import SINGLE_USE_MUTATIONS, Excess, Limits
from schema.negotiation import (
    JSON,
    is_json_request,
    prefers_html,
    response_media_type,
)
from schema.operations import (
    CallerLeft,
    DeadlinePassed,
    OperationRunner,
    graphql_schema,
)
from schema.request import (
    BodyTooLarge,
    ClientGone,
    Parameters,
    ParametersInvalid,
    RequestInfo,
    parameters_of_body,
    parameters_of_query_string,
    read_body,
    request_info,
)
from schema.requested import DocumentSources, RequestedDocuments
from schema.texts import text

MakeContext = Callable[[RequestInfo], object]
"""Builds what resolvers see, at once or as an awaitable; a HubError refuses the request."""

_METHODS: Final = "GET, POST"
_log = structlog.get_logger(__name__)


class GraphQLEndpoint:
    """An ASGI application for one path.

    `make_context` builds what resolvers see as `info.context`. `page` answers browsers (GraphiQL),
    if it is given. `may_introspect` decides by the context who may ask for the schema where
    anonymous callers may not (`settings.shows_introspection`); without it nobody else may either.
    `limiter` counts what each caller asks for; without it nobody is refused for asking too much.
    `sources` say where documents come from beside the request; without them nowhere.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        settings: Settings,
        make_context: MakeContext,
        page: ASGIApp | None = None,
        may_introspect: Callable[[object], bool] | None = None,
        single_use: frozenset[str] = SINGLE_USE_MUTATIONS,
        limiter: RateLimiter | None = None,
        is_concurrent: bool = True,
        sources: DocumentSources | None = None,
        waker: Waker | None = None,
    ) -> None:
        core_schema = graphql_schema(schema)
        self._settings = settings
        self._make_context = make_context
        self._page = page
        self._may_introspect = may_introspect
        self._limiter = limiter
        limits = Limits(core_schema, settings, single_use=single_use)
        self.documents = Documents(core_schema, settings, limits=limits)
        self.executor = Executor(schema, is_concurrent=is_concurrent)
        self.requested = RequestedDocuments(
            self.documents, settings, sources=sources or DocumentSources()
        )
        self.cache = self._cache(core_schema, waker)
        self._runner = OperationRunner(timeout_seconds=settings.request_timeout_seconds)

    def _cache(self, schema: GraphQLSchema, waker: Waker | None) -> ResponseCache | None:
        """The response cache, unless it has no room at all."""
        if not self._settings.response_cache_bytes:
            return None
        return ResponseCache(schema, self._settings, waker=waker)

    async def drain(self, *, timeout_seconds: float) -> int:
        """Wait for running mutations at shutdown; returns how many did not end in time."""
        return await self._runner.drain(timeout_seconds=timeout_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; WebSockets are refused, for no subscription exists."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = request_info(scope)
        accept = request.headers.get("accept")
        if self._page is not None and scope["method"] == "GET" and prefers_html(accept):
            note_of(scope).kind = "page"
            await self._page(scope, receive, send)
            return
        media_type = response_media_type(accept)
        try:
            status, body, headers = await self._answer(scope, receive, request)
        except (ClientGone, CallerLeft):
            return
        except RequestRefused as refusal:
            status, body, headers = refusal_answer(refusal, request, media_type=media_type)
        except Exception as error:  # noqa: BLE001 - the last net: mask it, log it, answer
            errors = with_request_id([masked(error, request)], request.request_id)
            status, body, headers = 500, {"errors": errors}, {}
        if isinstance(body, dict):
            note_of(scope).codes = codes_of(body.get("errors", ()))
        await send_json(send, status, body, media_type=media_type or JSON, headers=headers)

    async def _answer(self, scope: Scope, receive: Receive, request: RequestInfo) -> Answer:
        _check_headers(scope["method"], request)
        context, stranger = await self._admitted(request)
        source = await self._source(scope, receive, request)
        if (kept := await self._kept(source, stranger)) is not None:
            note_of(scope).kind = OperationType.QUERY.value
            await self._charge(context, request, kept[1].cost)
            return kept[0].hit(kept[1], request, method=scope["method"])
        parameters = self._parameters(source, request)
        prepared = await self.requested.prepared(parameters, request, context=context)
        operation = _chosen(prepared, parameters.operation_name)
        note_of(scope).kind = operation.kind.value
        self._check_kind(scope["method"], operation, request)
        if stranger is not None and not starts_session(operation.node):
            raise stranger
        self._check_introspection(operation, context, request)
        cost = self._checked_cost(operation, parameters, request)
        await self._charge(context, request, cost["requested"])

        async def execute(context: Any) -> ExecutionResult:
            pending = self._execute(operation, parameters, context=context)
            try:
                return await self._runner.result(pending, kind=operation.kind, receive=receive)
            except DeadlinePassed as error:
                raise self._deadline_refusal(request, cost) from error

        is_query = operation.kind is OperationType.QUERY
        if self.cache is None or not is_query or not isinstance(context, Context):
            return result_answer(await execute(context), request, cost=cost)
        question = Question(source, request, parameters, prepared, operation, cost)
        return await self.cache.answer(question, context, execute=execute)

    async def _kept(
        self, source: Source, stranger: RequestRefused | None
    ) -> tuple[ResponseCache, Entry] | None:
        """The answer that is kept for these very bytes; for a stranger there is none."""
        if self.cache is None or stranger is not None:
            return None
        entry = await self.cache.kept(source)
        return None if entry is None else (self.cache, entry)

    def _check_kind(self, method: str, operation: PreparedOperation, request: RequestInfo) -> None:
        """Refuse kinds of operation that the method may not ask for."""
        if method == "GET" and operation.kind is not OperationType.QUERY:
            message, headers = text("get_mutation", request.locale), {"allow": "POST"}
            raise refused(405, BAD_USER_INPUT, message=message, headers=headers)

    def _execute(
        self, operation: PreparedOperation, parameters: Parameters, *, context: Any
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute the operation, or begin to."""
        return self.executor.execute(
            operation,
            parameters.variables,
            context=context,
            hides_suggestions=not self._settings.shows_introspection,
        )

    async def _admitted(self, request: RequestInfo) -> tuple[object, RequestRefused | None]:
        """The context of the request. Raises RequestRefused when its sender asks too often.

        The weight of one request is counted before its body is read, for bad requests cost too.
        """
        if self._limiter is None:
            return await self._context(request)
        self._limiter.enter()
        try:
            if "authorization" in request.headers:
                await self._limiter.admit(request.client)
            context, stranger = await self._context(request)
            actor = _actor(context)
            if actor is not ANONYMOUS or not self._limiter.charge_now(request.client, weight=1):
                await self._limiter.charge(actor, request.client, weight=1)
        except RateLimited as error:
            raise _too_often(error, request) from error
        return context, stranger

    async def _charge(self, context: object, request: RequestInfo, cost: int) -> None:
        """Count what the operation weighs beyond the one that is counted already."""
        if self._limiter is None or (weight := self._limiter.weight(cost)) == 1:
            return
        try:
            await self._limiter.charge(_actor(context), request.client, weight=weight - 1)
        except RateLimited as error:
            raise _too_often(error, request) from error

    async def _context(self, request: RequestInfo) -> tuple[object, RequestRefused | None]:
        """What resolvers see. Where the token stands for nobody, the context of nobody beside the
        refusal: the operation decides which of the two it is. Raises RequestRefused.
        """
        try:
            return await self._made(request), None
        except Unauthenticated as error:
            refusal = authentication_refusal(error, request.locale)
            return await self._made(without_authorization(request)), refusal
        except HubError as error:
            raise authentication_refusal(error, request.locale) from error

    async def _made(self, request: RequestInfo) -> object:
        context = self._make_context(request)
        return await context if inspect.isawaitable(context) else context

    async def _source(self, scope: Scope, receive: Receive, request: RequestInfo) -> Source:
        """What is asked, as it came."""
        is_get = scope["method"] == "GET"
        written = scope["query_string"] if is_get else await self._body(receive, request)
        return scope["method"], request.locale, written

    def _parameters(self, source: Source, request: RequestInfo) -> Parameters:
        method, _, written = source
        try:
            if method == "GET":
                return parameters_of_query_string(written)
            return parameters_of_body(written)
        except ParametersInvalid as error:
            message = text(error.key, request.locale, **error.values)
            raise refused(400, BAD_USER_INPUT, message=message) from error

    async def _body(self, receive: Receive, request: RequestInfo) -> bytes:
        settings = self._settings
        try:
            return await read_body(
                receive,
                request.headers,
                max_bytes=settings.body_max_bytes,
                timeout_seconds=settings.body_timeout_seconds,
            )
        except BodyTooLarge as error:
            status, code = 413, COST_EXCEEDED
            message = text("body_too_large", request.locale, limit=settings.body_max_bytes)
            cause: Exception = error
        except TimeoutError as error:
            status, code = 408, BAD_USER_INPUT
            seconds = settings.body_timeout_seconds
            message = text("body_timeout", request.locale, seconds=seconds)
            cause = error
        # The rest of the body is not wanted: the connection ends with the answer.
        raise refused(status, code, message=message, headers={"connection": "close"}) from cause

    def _check_introspection(
        self, operation: PreparedOperation, context: object, request: RequestInfo
    ) -> None:
        if not operation.measure.uses_introspection or self._settings.shows_introspection:
            return
        if self._may_introspect is None or not self._may_introspect(context):
            raise document_refusal(BAD_USER_INPUT, text("introspection", request.locale))

    def _checked_cost(
        self, operation: PreparedOperation, parameters: Parameters, request: RequestInfo
    ) -> dict[str, int]:
        """`extensions.cost`. Raises RequestRefused with it when the limit is passed."""
        requested, limit = operation.cost(parameters.variables), self._settings.limit_cost
        cost = cost_report(requested, limit)
        if requested <= limit:
            return cost
        if self._settings.limits_warn_only:
            _log.warning("limit_passed", key="limit_cost", count=requested, limit=limit)
            return cost
        raise excess_refusal(Excess("limit_cost", requested, limit), request)

    def _deadline_refusal(self, request: RequestInfo, cost: dict[str, int]) -> RequestRefused:
        seconds = self._settings.request_timeout_seconds
        message = text("timeout", request.locale, seconds=seconds)
        _log.warning("query_timeout", request_id=request.request_id, seconds=seconds, **cost)
        refusal = refused(504, UNAVAILABLE, message=message, is_well_formed=True)
        refusal.extensions = {"cost": cost}
        return refusal


def _check_headers(method: str, request: RequestInfo) -> None:
    """Refuse what the headers alone decide: method, accepted types, type and coding of the body."""
    locale, headers = request.locale, request.headers
    if method not in {"GET", "POST"}:
        message = text("method", locale, method=method[:20])
        raise refused(405, BAD_USER_INPUT, message=message, headers={"allow": _METHODS})
    if response_media_type(headers.get("accept")) is None:
        raise refused(406, BAD_USER_INPUT, message=text("not_acceptable", locale))
    if method == "GET":
        return
    if not is_json_request(headers.get("content-type")):
        raise refused(415, BAD_USER_INPUT, message=text("content_type", locale))
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise refused(415, BAD_USER_INPUT, message=text("content_encoding", locale))


def _actor(context: object) -> Actor:
    """Who asks; nobody where the context of another schema knows no viewer."""
    actor: Actor = getattr(getattr(context, "viewer", None), "actor", ANONYMOUS)
    return actor


def _too_often(error: RateLimited, request: RequestInfo) -> RequestRefused:
    body = hub_error_body(error, request.locale)
    assert body is not None, "it may be told"
    return RequestRefused(429, [body], is_well_formed=True, headers=retry_headers([body]))


def _chosen(prepared: PreparedDocument, name: str | None) -> PreparedOperation:
    try:
        return prepared.operation(name)
    except GraphQLError as error:
        raise RequestRefused(400, [document_error(error)], is_well_formed=True) from error
