"""The endpoint's side of the response cache: what a query is answered with, and what is kept.

A hit is found by the bytes of the request, or else by document, variables and language. A miss is
made once, however many ask at the same time. An answer is kept when all of its fields are public,
it has no error, nothing that it was made of was written meanwhile, and neither the person nor the
time was asked for. Where anything is in doubt the query is simply executed.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from math import floor
from typing import Any, Final

import orjson
import structlog
from graphql import ExecutionResult, GraphQLSchema

from hub import clock
from hub.errors import HubError
from hub.freshness import FreshnessWatch
from hub.instants import NextInstants
from hub.revocation import Waker
from hub.settings import Settings
from hub.tables import public_tables
from hub.touching import Change, Reading, reading
from hub.watching import WatchedViewer
from schema.answers import Answer, result_answer
from schema.caching.entries import Entries, Entry, Fill, Source
from schema.caching.publicity import Publicity
from schema.context import Context
from schema.documents import PreparedDocument, PreparedOperation
from schema.request import Parameters, RequestInfo

Execute = Callable[[Context], Awaitable[ExecutionResult]]
"""Executes the operation of a question in a context."""

_OPERATIONS_MAX: Final = 1_000
_NO_HEADERS: Final[Mapping[str, str]] = {}
_VARY: Final = "Accept, Accept-Language, Authorization"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the endpoint has understood it; `cost` is its `extensions.cost`."""

    source: Source
    request: RequestInfo
    parameters: Parameters
    prepared: PreparedDocument
    operation: PreparedOperation
    cost: Mapping[str, int]

    @property
    def key(self) -> bytes:
        """What decides the answer: the document, its variables and the language."""
        digest = blake2b(digest_size=20)
        named = [self.operation.sha256, self.operation.name, self.request.locale]
        digest.update(orjson.dumps(named))
        digest.update(orjson.dumps(self.parameters.variables, option=orjson.OPT_SORT_KEYS))
        return digest.digest()


class ResponseCache:
    """The response cache of one application in one process.

    `hits`, `misses` and `bypasses` (by reason, see `schema.caching.readings`) count queries.
    """

    def __init__(
        self, schema: GraphQLSchema, settings: Settings, *, waker: Waker | None = None
    ) -> None:
        self._publicity = Publicity(schema)
        self._private: dict[int, tuple[PreparedOperation, str | None]] = {}
        self._settings = settings
        self._instants = NextInstants()
        self._waiting: dict[bytes, asyncio.Future[Entry | None]] = {}
        self.entries = Entries(bytes_max=settings.response_cache_bytes)
        self.watch = FreshnessWatch(
            self._hear, poll_seconds=settings.response_cache_poll_seconds, waker=waker
        )
        self.hits = 0
        self.misses = 0
        self.bypasses: Counter[str] = Counter()

    @property
    def wakings_lost(self) -> int:
        """How often other processes were not told, or not heard, by Redis."""
        return self.watch.lost_count

    async def kept(self, source: Source) -> Entry | None:
        """The answer to a request that came before in these very bytes, if it is still good."""
        entry = self.entries.of_source(source)
        if entry is None or not await self._is_good(entry):
            return None
        return entry

    def kept_now(self, source: Source) -> Entry | None:
        """As `kept`, for who does not wait: None also where it is not known whether it is good."""
        entry = self.entries.of_source(source)
        if entry is None or not self.watch.is_current() or not entry.is_good_at(clock.now()):
            return None
        return entry

    def hit(self, entry: Entry, request: RequestInfo, *, method: str) -> Answer:
        """Answer with what is kept."""
        self.hits += 1
        self.entries.use(entry)
        headers = self._headers(entry, request, method)
        if method == "GET" and _matches(request.headers.get("if-none-match"), entry.etag):
            return 304, b"", headers
        return 200, entry.payload, headers

    async def answer(self, question: Question, context: Context, *, execute: Execute) -> Answer:
        """Answer a query: with what is kept, or by executing it. Raises what `execute` raises."""
        if reason := self._reason_against(question):
            return await self._bypass(question, context, execute, reason)
        if not await self._is_current():
            return await self._bypass(question, context, execute, "UNAVAILABLE")
        key = question.key
        entry = self.entries.of_key(key)
        if entry is None and (leader := self._waiting.get(key)) is not None:
            await asyncio.wait([leader])
            entry = leader.result()
        if entry is None or not await self._is_good(entry):
            return await self._made(question, context, execute, key)
        self._remember(question.source, entry)
        return self.hit(entry, question.request, method=question.source[0])

    def start(self) -> None:
        """Begin to listen to other processes; called by the lifespan."""
        self.watch.start()

    async def close(self) -> None:
        """Stop listening to other processes."""
        await self.watch.close()

    def _hear(self, change: Change) -> None:
        self.entries.hear(change)
        self._instants.forget(change)

    def _reason_against(self, question: Question) -> str | None:
        """Why an operation is not kept whatever it reads: a field that is not public."""
        number = id(question.operation)  # which stays its own while it is kept here
        if (known := self._private.get(number)) is None:
            if len(self._private) >= _OPERATIONS_MAX:
                self._private.clear()
            name = self._publicity.private_field(question.prepared, question.operation)
            known = self._private[number] = (question.operation, name)
        return None if known[1] is None else "NOT_PUBLIC"

    async def _is_good(self, entry: Entry) -> bool:
        """Whether an entry may be answered with; it is looked at again after each wait."""
        if not self.watch.is_current() and not await self._is_current():
            return False
        if entry.is_good_at(clock.now()):
            return self.entries.of_key(entry.key) is entry
        self.entries.drop(entry)
        return False

    async def _is_current(self) -> bool:
        """Whether this process knows what others have written until a second ago."""
        try:
            await self.watch.current()
        except Exception:  # noqa: BLE001 - it is logged; whatever it is, nothing kept is given
            return False
        return True

    async def _bypass(
        self, question: Question, context: Context, execute: Execute, reason: str
    ) -> Answer:
        self.bypasses[reason] += 1
        result = await execute(context)
        return _told(result, question, {"status": "BYPASS", "reason": reason})

    async def _made(
        self, question: Question, context: Context, execute: Execute, key: bytes
    ) -> Answer:
        """Execute the operation, and keep the answer where it can be kept."""
        leads = key not in self._waiting
        done: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()
        if leads:
            self._waiting[key] = done
        entry: Entry | None = None
        with reading() as found:
            fill = self.entries.begin(found)
            watched = replace(context, viewer=WatchedViewer(context.viewer, found))
            pending = execute(watched)
            try:
                result = await pending
            except BaseException:
                self._over(fill, key, done if leads else None, None)
                raise
        try:
            reason, entry = await self._kept(question, context, result, fill, key)
        finally:
            self._over(fill, key, done if leads else None, entry)
        if entry is None:
            self.bypasses[reason] += 1
            return _told(result, question, {"status": "BYPASS", "reason": reason})
        self.misses += 1
        status, body, headers = _told(result, question, {"status": "MISS"})
        return (
            status,
            body,
            {**headers, **self._headers(entry, question.request, question.source[0])},
        )

    def _over(
        self,
        fill: Fill,
        key: bytes,
        done: "asyncio.Future[Entry | None] | None",
        entry: Entry | None,
    ) -> None:
        """Whoever waits goes on: with the entry, or on their own."""
        self.entries.end(fill)
        if done is not None:
            del self._waiting[key]
            done.set_result(entry)

    async def _kept(
        self,
        question: Question,
        context: Context,
        result: ExecutionResult,
        fill: Fill,
        key: bytes,
    ) -> tuple[str, Entry | None]:
        """Keep an answer; or why it is not kept."""
        found = fill.reading
        if result.errors:
            return "ERRORS", None
        if found.spoilt_by is not None:
            return found.spoilt_by, None
        payload = _hit_payload(result.data, question.cost)
        if len(payload) > self._settings.response_cache_entry_bytes:
            return "TOO_LARGE", None
        tables = public_tables() & (found.tables | found.rows.keys())
        try:
            ends_at = await self._instants.after(context.viewer.now, tables)
        except HubError:
            return "UNAVAILABLE", None
        found.ends(ends_at, now=context.viewer.now)
        if fill.is_touched():
            return "CHANGED", None
        entry = self._entry(question, key, payload, context=context, found=found)
        self.entries.keep(entry)
        self._remember(question.source, entry)
        return "", entry

    def _remember(self, source: Source, entry: Entry) -> None:
        """Answer these very bytes with the entry from now on.

        Not where documents are registered: what an id stands for, and who may send any document,
        is decided anew each time.
        """
        if not self._settings.documents_enabled:
            self.entries.remember(source, entry)

    def _entry(
        self, question: Question, key: bytes, payload: bytes, *, context: Context, found: Reading
    ) -> Entry:
        now = context.viewer.now
        latest = now + timedelta(seconds=self._settings.response_cache_seconds)
        whole = found.tables & public_tables()
        rows = {table: frozenset(ids) for table, ids in found.rows.items() if table not in whole}
        return Entry(
            key=key,
            payload=payload,
            etag=f'W/"{blake2b(payload, digest_size=15).hexdigest()}"',
            cost=question.cost["requested"],
            since=now,
            until=latest if found.until is None else min(found.until, latest),
            tables=frozenset(whole),
            rows=rows,
        )

    def _headers(self, entry: Entry, request: RequestInfo, method: str) -> Mapping[str, str]:
        """What caches on the way may do: with answers to a GET that showed no credentials, keep
        them for a moment.
        """
        if method != "GET":
            return _NO_HEADERS
        control = "private, no-cache"
        if "authorization" not in request.headers:
            left = floor((entry.until - clock.now()).total_seconds())
            seconds = max(0, min(left, self._settings.response_cache_public_seconds))
            control = f"public, max-age={seconds}, must-revalidate"
        return {"etag": entry.etag, "cache-control": control, "vary": _VARY}


def _told(result: ExecutionResult, question: Question, cache: Mapping[str, str]) -> Answer:
    """The answer to an executed operation, with what the cache has to say about it."""
    status, body, headers = result_answer(result, question.request, cost=dict(question.cost))
    assert isinstance(body, dict), "it has just been executed"
    body["extensions"] = {**body["extensions"], "cache": cache}
    return status, body, headers


def _hit_payload(data: Any, cost: Mapping[str, int]) -> bytes:
    extensions = {"cost": cost, "cache": {"status": "HIT"}}
    return orjson.dumps({"data": data, "extensions": extensions})


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a caller has this answer already; tags are compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
