"""The composition root: settings in, one ASGI application out."""

import asyncio
import gc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from hub import database
from hub.attendance.service.links import CALENDARS_PREFIX, PICTURES_PREFIX
from hub.authentication import Authenticator
from hub.certificate_pages import CertificatePages
from hub.certificates.queries import PATH as CERTIFICATES_PATH
from hub.downloads import downloads
from hub.identity.service.sessions import credential_shown
from hub.jobs.service.bell import Bell
from hub.jobs.service.results import EXPORTS_PATH
from hub.jobs.service.running import Runner
from hub.limiting import RateLimiter
from hub.logging import AccessLog, configure_logging
from hub.media_routing import media_prefixes
from hub.metrics import Metered, Metrics, MetricsPage, Reading
from hub.middleware import (
    DRAIN_SECONDS,
    RequestEnvelope,
    Routes,
    TotalDeadline,
    for_methods,
    send_json,
)
from hub.publisher import Publisher
from hub.registry.queries import Registry
from hub.revocation import Waker
from hub.settings import Settings, current_settings, install_settings
from hub.shared_texts import SharedTexts
from hub.worker import make_bell, task_registry
from media.headers import ANSWERED_HEADERS, SENT_HEADERS
from media.representations import ASKING_HEADERS, TELLING_HEADERS
from media.tus import METHODS
from schema.attendance.files import (
    TICKET_KEYS_PATH,
    calendar_file,
    ticket_keys,
    ticket_picture,
)
from schema.caching.doorway import Doorway
from schema.caching.readings import cache_readings
from schema.context import authenticated_context
from schema.execution.readings import executor_readings
from schema.graphiql.page import ASSETS_PREFIX, GraphiQLAssets, GraphiQLPage
from schema.http import GraphQLEndpoint
from schema.preview import PREVIEW_HEADER, PREVIEW_PATH, PreviewEndpoint
from schema.requested import DocumentSources
from schema.root import build_schema

READY_TIMEOUT_SECONDS: Final = 2.0

# Above the sum of the endpoint's own deadlines, so that those speak first.
_DEADLINE_MARGIN_SECONDS = 5.0

_log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, *, schema: Schema | None = None) -> ASGIApp:
    """The hub as an ASGI application; without arguments it is what `uvicorn --factory` calls.

    The database is opened and closed by the lifespan, not here. Another `schema` than the hub's
    own is for tests.
    """
    settings = settings or current_settings()
    install_settings(settings)
    configure_logging(settings)
    limiter, authenticator = RateLimiter(settings), _authenticator(settings)
    sources = _document_sources(settings)
    waker = _waker(settings, of_changes=True) if settings.redis_url else None
    endpoint = GraphQLEndpoint(
        schema or build_schema(),
        settings=settings,
        make_context=authenticated_context(authenticator),
        page=GraphiQLPage() if settings.shows_graphiql else None,
        limiter=limiter,
        sources=sources,
        waker=waker,
        is_concurrent=not settings.uses_sqlite,
    )
    preview = PreviewEndpoint(
        schema or build_schema(), settings=settings, limiter=limiter, sources=sources
    )
    metrics = Metrics(
        [
            *_readings(endpoint, limiter, authenticator),
            *_registry_readings(endpoint),
            *executor_readings(endpoint.executor),
            *cache_readings(endpoint.cache),
        ]
    )
    read_only = for_methods("GET", "HEAD")
    routes: ASGIApp = Routes(
        exact={
            "/graphql": Metered(endpoint, metrics),
            PREVIEW_PATH: Metered(preview, metrics),
            "/metrics": read_only(MetricsPage(metrics, allowed=settings.metrics_allowed)),
            "/healthz": read_only(healthz),
            "/readyz": read_only(readyz),
            TICKET_KEYS_PATH: read_only(ticket_keys),
        },
        prefixes=_prefixes(settings),
    )
    access_log = AccessLog(settings)
    app: ASGIApp = RequestEnvelope(
        _guarded(routes, settings, media=media_prefixes(settings, authenticator)),
        trusted_proxies=settings.trusted_proxies,
        access_log=access_log,
    )
    if endpoint.cache is not None:
        app = Doorway(
            app,
            path="/graphql",
            cache=endpoint.cache,
            limiter=limiter,
            metrics=metrics,
            access_log=access_log,
            trusted_proxies=settings.trusted_proxies,
            has_cors=bool(settings.cors_origins),
        )
    bell = make_bell(settings)
    runner = _runner(settings, bell)
    parts = Parts(limiter, authenticator, bell, runner, sources.shared, access_log)
    return Lifespan(app, endpoint, settings=settings, parts=parts)


def _readings(
    endpoint: GraphQLEndpoint, limiter: RateLimiter, authenticator: Authenticator
) -> list[Reading]:
    """What the parts of the application know of themselves."""
    documents, watch = endpoint.documents, authenticator.watch
    return [
        Reading(
            "hub_document_cache_hits",
            "Requests whose document was known.",
            lambda: documents.hits,
            is_count=True,
        ),
        Reading(
            "hub_document_cache_misses",
            "Requests whose document had to be parsed and validated.",
            lambda: documents.misses,
            is_count=True,
        ),
        Reading("hub_document_cache_entries", "Documents that are kept.", lambda: len(documents)),
        Reading(
            "hub_document_cache_text_bytes",
            "How much text they have.",
            lambda: documents.text_bytes,
        ),
        Reading(
            "hub_rate_limit_degraded",
            "Requests that a process counted for itself because Redis did not answer.",
            lambda: limiter.degraded_count,
            is_count=True,
        ),
        Reading(
            "hub_rate_limit_is_degraded",
            "1 while there is a Redis that does not answer.",
            lambda: limiter.is_degraded,
            is_highest=True,
        ),
        Reading(
            "hub_database_connections",
            "Open connections to the database.",
            lambda: database.connections()[0],
        ),
        Reading(
            "hub_database_connections_idle",
            "Open connections that nobody uses.",
            lambda: database.connections()[1],
        ),
        Reading(
            "hub_revocations_age_seconds",
            "How old what a process knows of ended sessions is; it grows while nobody asks.",
            lambda: watch.age_seconds,
            is_highest=True,
        ),
    ]


def _registry_readings(endpoint: GraphQLEndpoint) -> list[Reading]:
    """What the endpoint knows of registered documents; nothing where none are registered."""
    requested = endpoint.requested
    return [
        Reading(
            "hub_registered_documents",
            "Documents that are registered, as a process knows them.",
            lambda: requested.registered_count,
            is_highest=True,
        ),
        Reading(
            "hub_unregistered_document_requests",
            "Requests for documents that are not registered, where documents are.",
            lambda: requested.unregistered_count,
            is_count=True,
        ),
    ]


def _document_sources(settings: Settings) -> DocumentSources:
    """Where documents come from beside the request."""
    return DocumentSources(
        Registry() if settings.documents_enabled else None,
        SharedTexts(settings) if settings.redis_url and not settings.documents_enforced else None,
    )


def _prefixes(settings: Settings) -> dict[str, ASGIApp]:
    """What is found under the beginning of a path."""
    read_only = for_methods("GET", "HEAD")
    found: dict[str, ASGIApp] = {
        EXPORTS_PATH: read_only(downloads),
        PICTURES_PREFIX: read_only(ticket_picture),
        CALENDARS_PREFIX: read_only(calendar_file),
        CERTIFICATES_PATH: read_only(CertificatePages()),
    }
    if settings.shows_graphiql:
        found[ASSETS_PREFIX] = read_only(GraphiQLAssets())
    return found


def _authenticator(settings: Settings) -> Authenticator:
    """Who knows this application's callers by their tokens."""
    return Authenticator(
        credential_shown,
        entries_max=settings.session_cache_entries,
        poll_seconds=settings.revocation_poll_seconds,
        waker=_waker(settings) if settings.redis_url else None,
    )


def _waker(settings: Settings, *, of_changes: bool = False) -> Waker:
    """Who tells other processes through Redis of ended sessions, or of what has been written."""
    from hub.waking import CHANGES, CHANNEL, RedisWaker  # with Redis's client, if it is needed

    return RedisWaker(settings, channel=CHANGES if of_changes else CHANNEL)


def _runner(settings: Settings, bell: Bell) -> Runner | None:
    """Who does background work in this process, unless workers of their own do it."""
    if not settings.runs_tasks:
        return None
    return Runner(task_registry(), bell=bell, settings=settings)


def _guarded(app: ASGIApp, settings: Settings, *, media: Mapping[str, ASGIApp]) -> ASGIApp:
    """The application behind the total deadline, media beside it, and all of it behind CORS where
    other origins may call.
    """
    seconds = settings.body_timeout_seconds + settings.request_timeout_seconds
    timed = TotalDeadline(app, seconds=seconds + _DEADLINE_MARGIN_SECONDS)
    app = Routes(exact={}, prefixes={**media, "/": timed})
    if not settings.cors_origins:
        return app
    from starlette.middleware.cors import CORSMiddleware  # most hubs have one origin

    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", *METHODS],
        allow_headers=[
            "accept-language",
            "authorization",
            "content-type",
            PREVIEW_HEADER,
            "x-request-id",
            *SENT_HEADERS,
            *ASKING_HEADERS,
        ],
        expose_headers=["retry-after", "x-request-id", *ANSWERED_HEADERS, *TELLING_HEADERS],
        max_age=600,
    )


async def healthz(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Whether the process answers; asks nobody else."""
    await send_json(send, 200, {"status": "ok"})


async def readyz(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Whether requests can be served now: 503 when the database does not answer within 2 s."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            await database.ping()
    except Exception as error:  # noqa: BLE001 - whatever it is, the hub is not ready
        _log.warning("not_ready", reason=type(error).__name__)
        await send_json(send, 503, {"status": "unavailable", "database": "unavailable"})
        return
    await send_json(send, 200, {"status": "ok", "database": "ok"})


@dataclass(frozen=True, slots=True)
class Parts:
    """What lives as long as the application and has to be started or stopped with it."""

    limiter: RateLimiter
    authenticator: Authenticator
    bell: Bell
    runner: Runner | None
    shared: SharedTexts | None
    access_log: AccessLog


class Lifespan:
    """Opens the database before the first request, closes it after the last mutation has ended."""

    def __init__(
        self,
        app: ASGIApp,
        endpoint: GraphQLEndpoint,
        *,
        settings: Settings,
        parts: Parts,
    ) -> None:
        self._app = app
        self._endpoint = endpoint
        self._settings = settings
        self._publisher = Publisher(poll_seconds=settings.publish_poll_seconds)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the lifespan, or hand a request on."""
        if scope["type"] != "lifespan":
            self._parts.bell.enter()
            await self._app(scope, receive, send)
            return
        await receive()
        try:
            await self._start()
        except Exception as error:
            _log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        await database.open_database(self._settings)
        self._publisher.start()
        self._parts.authenticator.start()
        if self._endpoint.cache is not None:
            self._endpoint.cache.start()
        if self._parts.runner is not None:
            self._parts.bell.start()
            self._parts.runner.start()
        # The schema and the libraries live as long as the process: without this each full garbage
        # collection would walk them again, 50 ms and more in the middle of somebody's request.
        if gc.isenabled():
            gc.collect()
        # The command line turns it off while everything is imported: what a start leaves behind is
        # a megabyte, and to look for it would be a tenth of the start.
        gc.freeze()
        gc.enable()
        _log.info("started", env=self._settings.env.value)

    async def _stop(self) -> None:
        await self._endpoint.drain(timeout_seconds=DRAIN_SECONDS)
        await self._publisher.close()
        if self._parts.runner is not None:
            await self._parts.runner.close(timeout_seconds=DRAIN_SECONDS)
        await self._parts.bell.close()
        if self._endpoint.cache is not None:
            await self._endpoint.cache.close()
        await self._parts.authenticator.close()
        await self._parts.limiter.close()
        if self._parts.shared is not None:
            await self._parts.shared.close()
        await database.close_database()
        self._parts.access_log.flush()
        _log.info("stopped")
