"""From a request to its document: by text, by a registered id, by the hash of a text seen before.

Registered documents (`hub.registry`) come first. Where they are enforced nothing else is executed,
but for those who may `SEND_ANY_DOCUMENT`. Otherwise any text is, and each may be asked for by its
SHA-256 afterwards (automatic persisted queries).
"""

import re
import time
from dataclasses import dataclass
from typing import Any, Final

import structlog

from hub.auth import Action, is_allowed
from hub.errors import Unavailable
from hub.registry.queries import Registry
from hub.registry.rules import is_sha256, normal_id
from hub.settings import Settings
from hub.shared_texts import SharedTexts
from schema.answers import document_refusal, excess_refusal
from schema.authorization import authentication_refusal
from schema.documents import Documents, PreparedDocument
from schema.errors import BAD_USER_INPUT, PERSISTED_QUERY_NOT_FOUND, RequestRefused
from schema.request import Parameters, RequestInfo, document_hash
from schema.texts import text

LINES_MAX: Final = 10
"""Log lines about documents that are not registered, in a minute."""

_MINUTE_SECONDS: Final = 60.0
_SHOWN_CHARS: Final = 100
_LOOKED_AT_CHARS: Final = 1_000
_NAMED: Final = re.compile(r"\b(?:query|mutation)\s+(\w+)")
_CLIENT_HEADERS: Final = ("apollographql-client-name", "x-graphql-client-name", "user-agent")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentSources:
    """Where documents may come from beside the request; None for what there is not."""

    registry: Registry | None = None
    shared: SharedTexts | None = None


class RequestedDocuments:
    """Finds the documents of an endpoint's requests.

    `unregistered_count` is how many requests there were for documents that are not registered,
    while documents are registered at all.
    """

    def __init__(
        self, documents: Documents, settings: Settings, *, sources: DocumentSources
    ) -> None:
        self._documents = documents
        self._registry = sources.registry
        self._shared = sources.shared
        self._is_enforced = settings.documents_enforced
        self._reports = _Reports()
        self.unregistered_count = 0

    @property
    def registered_count(self) -> int | None:
        """How many documents are registered, as far as this process knows; None for no registry."""
        return None if self._registry is None else len(self._registry)

    async def prepared(
        self, parameters: Parameters, request: RequestInfo, *, context: object
    ) -> PreparedDocument:
        """The document to execute. Raises RequestRefused."""
        if self._registry is not None:
            await _current(self._registry, request)
        if parameters.query is None:
            found = await self._by_id(parameters, request, context)
        else:
            found = self._by_text(parameters.query, parameters, request=request, context=context)
        if found.excess is not None:
            raise excess_refusal(found.excess, request)
        if found.errors:
            raise RequestRefused(400, list(found.errors), is_well_formed=True)
        return found

    async def _by_id(
        self, parameters: Parameters, request: RequestInfo, context: object
    ) -> PreparedDocument:
        document_id = normal_id(parameters.asked_id or "")
        registered = self._registry.find(document_id) if self._registry is not None else None
        if registered is not None:
            return self._documents.prepared(registered.text, sha256=registered.sha256)
        self._check_freedom(document_id, parameters, request=request, context=context)
        found = await self._seen_before(document_id) if is_sha256(document_id) else None
        if found is None:
            raise _not_found()
        return found

    async def _seen_before(self, sha256: str) -> PreparedDocument | None:
        """A document that was sent as a text, here or to another process."""
        found = self._documents.known(sha256)
        if found is None and self._shared is not None:
            shared = await self._shared.find(sha256)
            found = None if shared is None else self._documents.prepared(shared, sha256=sha256)
        return found

    def _by_text(
        self, query: str, parameters: Parameters, *, request: RequestInfo, context: object
    ) -> PreparedDocument:
        sha256, asked = document_hash(query), normal_id(parameters.asked_id or "")
        if asked not in ("", sha256) and self._is_another_s(asked, sha256):
            raise document_refusal(BAD_USER_INPUT, text("query_hash", request.locale))
        if self._registry is None or self._registry.find(sha256) is None:
            self._check_freedom(sha256, parameters, request=request, context=context)
        found = self._documents.prepared(query, sha256=sha256)
        if asked == sha256 and self._shared is not None and found.document is not None:
            self._shared.keep(sha256, query)
        return found

    def _is_another_s(self, document_id: str, sha256: str) -> bool:
        """Whether an id stands for another text than that with this hash.

        An id of a tool's own that nobody registered stands for none, and nothing is kept under it.
        """
        found = self._registry.find(document_id) if self._registry is not None else None
        return is_sha256(document_id) if found is None else found.sha256 != sha256

    def _check_freedom(
        self, document_id: str, parameters: Parameters, *, request: RequestInfo, context: object
    ) -> None:
        """Note a document that is not registered. Raises RequestRefused where it has to be."""
        if self._registry is None:
            return
        self.unregistered_count += 1
        is_refused = self._is_enforced and not _may_send_any(context)
        self._reports.tell(
            document=document_id[:_SHOWN_CHARS],
            operation=_operation_of(parameters),
            client=_client_of(request),
            is_refused=is_refused,
        )
        if is_refused and parameters.query is None:
            raise _not_found()
        if is_refused:
            raise document_refusal(BAD_USER_INPUT, text("not_registered", request.locale))


class _Reports:
    """The log of what is not registered: a few lines a minute, and how many more there were."""

    def __init__(self) -> None:
        self._began_at = float("-inf")
        self._told = 0

    def tell(self, **facts: object) -> None:
        if time.monotonic() - self._began_at >= _MINUTE_SECONDS:
            if self._told > LINES_MAX:
                _log.warning("documents_not_registered", more=self._told - LINES_MAX)
            self._began_at, self._told = time.monotonic(), 0
        self._told += 1
        if self._told <= LINES_MAX:
            _log.warning("document_not_registered", **facts)


async def _current(registry: Registry, request: RequestInfo) -> None:
    try:
        await registry.current()
    except Unavailable as error:
        raise authentication_refusal(error, request.locale) from error


def _not_found() -> RequestRefused:
    # Clients of automatic persisted queries look for this very sentence.
    return document_refusal(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")


def _may_send_any(context: Any) -> bool:
    viewer = getattr(context, "viewer", None)
    return viewer is not None and is_allowed(
        viewer.actor, Action.SEND_ANY_DOCUMENT, on=(), now=viewer.now
    )


def _operation_of(parameters: Parameters) -> str:
    """What the operation calls itself, as far as that can be told without parsing."""
    named = parameters.operation_name
    if named is None and (found := _NAMED.search((parameters.query or "")[:_LOOKED_AT_CHARS])):
        named = found[1]
    return (named or "")[:_SHOWN_CHARS]


def _client_of(request: RequestInfo) -> str:
    """What a client calls itself; never its address, which is about a person."""
    named = (request.headers.get(name, "") for name in _CLIENT_HEADERS)
    return next((name for name in named if name), "")[:_SHOWN_CHARS]
