"""Documents by id, by hash and by text; what is registered, what is enforced, what is told."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from structlog.testing import capture_logs

from hub.auth import ANONYMOUS, DISTRICT, Action, Actor, Grant, Role, Viewer, operator
from hub.clock import now
from hub.ids import new_id
from hub.registry.queries import Registry
from hub.registry.rules import ManifestEntry
from hub.registry.service import NewDocument, register_documents
from hub.settings import Settings
from hub.shared_texts import TEXT_BYTES_MAX, SharedTexts
from schema.http import GraphQLEndpoint
from schema.negotiation import JSON
from schema.request import RequestInfo
from schema.requested import LINES_MAX, DocumentSources
from tests.redis_server import running_redis
from tests.schema.toy import LEDGER, SCHEMA, Answer, ask, settings

AT = datetime(2026, 11, 24, tzinfo=UTC)
HOME = "query Home($t: String) { echo(text: $t) }"
OTHER = "query Other { echo }"
WRITE = 'mutation Write { write(text: "x") }'


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(sha256: str, **more: object) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256}}, **more}


@dataclass
class Asked:
    """An endpoint over the toy schema, and who asks it."""

    app: GraphQLEndpoint
    actor: Actor = ANONYMOUS

    async def post(self, value: dict[str, Any], **headers: str) -> Answer:
        return await ask(self.app, body=orjson.dumps(value), headers=headers)

    async def get(self, **parameters: Any) -> Answer:
        told = {
            key: value if isinstance(value, str) else orjson.dumps(value).decode()
            for key, value in parameters.items()
        }
        return await ask(self.app, method="GET", query_string=urlencode(told).encode())


def asked(registry: Registry | None, shared: SharedTexts | None = None, **changes: Any) -> Asked:
    found: list[Asked] = []
    values = settings(documents_enabled=registry is not None, **changes)

    def context(_: RequestInfo) -> object:
        return SimpleNamespace(viewer=Viewer(found[0].actor, AT))

    sources = DocumentSources(registry, shared)
    app = GraphQLEndpoint(SCHEMA, settings=values, make_context=context, sources=sources)
    found.append(Asked(app))
    return found[0]


@pytest.fixture
async def registry(database: Settings) -> Registry:
    """A registry in which `HOME` is registered as `home`, `WRITE` under its hash."""
    entries = [ManifestEntry("m", "home", HOME), ManifestEntry("m", hashed(WRITE), WRITE)]
    documents = [NewDocument(entry, "query", ()) for entry in entries]
    await register_documents(operator("a test", now=now()), documents)
    return Registry(poll_seconds=0)


@pytest.mark.parametrize(
    "request_of_home",
    [
        {"documentId": "home"},
        {"id": "home"},
        {"documentId": hashed(HOME)},
        {"documentId": f"sha256:{hashed(HOME)}"},
        persisted("home"),
        persisted(hashed(HOME).upper()),
        {"query": HOME},
        {"query": HOME, "documentId": "home"},
        persisted(hashed(HOME), query=HOME),
    ],
)
@pytest.mark.parametrize("enforced", [False, True])
async def test_what_is_registered_is_executed(
    registry: Registry, request_of_home: dict[str, Any], enforced: bool
) -> None:
    client = asked(registry, documents_enforced=enforced)
    sent = {**request_of_home, "variables": {"t": "课"}}
    posted = await client.post(sent)
    assert (posted.status, posted.json["data"]) == (200, {"echo": "课"})
    got = await client.get(**sent)
    assert (got.status, got.json["data"]) == (200, {"echo": "课"})
    assert client.app.requested.unregistered_count == 0


async def test_one_entry_of_the_cache_serves_every_way(registry: Registry) -> None:
    client = asked(registry)
    for value in ({"documentId": "home"}, {"query": HOME}, persisted(hashed(HOME))):
        assert (await client.post(value)).status == 200
    documents = client.app.documents
    assert (len(documents), documents.misses, documents.hits) == (1, 1, 2)


async def test_a_text_that_is_not_the_id_s_is_refused(registry: Registry) -> None:
    client = asked(registry)
    for value in ({"query": OTHER, "documentId": "home"}, persisted(hashed(HOME), query=OTHER)):
        answer = await client.post(value)
        assert (answer.status, answer.code) == (400, "BAD_USER_INPUT")


async def test_an_id_of_a_tool_s_own_that_is_not_registered_stands_for_nothing(
    registry: Registry,
) -> None:
    client = asked(registry)
    assert (await client.post(persisted("unknown", query=OTHER))).status == 200
    assert (await client.post(persisted("unknown"))).code == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_registered_mutation_is_posted_and_never_got(registry: Registry) -> None:
    client = asked(registry, documents_enforced=True)
    LEDGER.written.clear()
    assert (await client.get(documentId=hashed(WRITE))).status == 405
    assert LEDGER.written == []
    assert (await client.post({"documentId": hashed(WRITE)})).status == 200
    assert LEDGER.written == ["x"]


async def test_enforced_nothing_else_is_executed(registry: Registry) -> None:
    client = asked(registry, documents_enforced=True)
    text = WRITE.replace("x", "y")
    LEDGER.written.clear()
    refused = await client.post({"query": text}, **{"accept-language": "en"})
    assert (refused.status, refused.code) == (400, "BAD_USER_INPUT")
    assert (
        refused.error["message"]
        == "Only registered documents are executed here, and this one is not."
    )
    for value in (persisted(hashed(text), query=text), {"query": "{ __typename }"}):
        assert (await client.post(value)).code == "BAD_USER_INPUT"
    for value in (persisted(hashed(text)), {"documentId": "nothing"}):
        assert (await client.post(value)).code == "PERSISTED_QUERY_NOT_FOUND"
    assert LEDGER.written == []
    assert len(client.app.documents) == 0, "nothing was even parsed"
    older = await client.post({"query": text}, accept=JSON)
    assert older.status == 200


ADMINISTRATOR = (Grant(Role.ADMINISTRATOR, DISTRICT),)
EDITOR = (Grant(Role.EDITOR, DISTRICT),)


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (ANONYMOUS, False),
        (Actor(new_id(), grants=EDITOR, has_second_factor=True), False),
        (Actor(new_id(), grants=ADMINISTRATOR), False),
        (Actor(new_id(), grants=ADMINISTRATOR, has_second_factor=True), True),
        (Actor(service_id=new_id(), permissions=frozenset({Action.SEND_ANY_DOCUMENT})), True),
    ],
    ids=["nobody", "editor", "one factor", "administrator", "service"],
)
async def test_who_may_send_any_document_still_may(
    registry: Registry, actor: Actor, may: bool
) -> None:
    client = asked(registry, documents_enforced=True)
    client.actor = actor
    for value in ({"query": OTHER}, persisted(hashed(OTHER))):
        assert ("data" in (await client.post(value)).json) is may


async def test_what_is_not_registered_is_told_and_counted(registry: Registry) -> None:
    client = asked(registry)
    with capture_logs() as logs:
        answer = await client.post(
            {"query": OTHER},
            **{"apollographql-client-name": "web " * 100},
        )
    assert answer.status == 200
    assert logs == [
        {
            "event": "document_not_registered",
            "log_level": "warning",
            "document": hashed(OTHER),
            "operation": "Other",
            "client": ("web " * 25),
            "is_refused": False,
        }
    ]
    assert client.app.requested.unregistered_count == 1


async def test_the_log_is_not_flooded(registry: Registry) -> None:
    client = asked(registry)
    with capture_logs() as logs:
        for number in range(LINES_MAX * 3):
            await client.post({"query": f"query Q{number} {{ echo }}"})
    assert len(logs) == LINES_MAX
    assert client.app.requested.unregistered_count == LINES_MAX * 3


async def test_without_a_registry_nothing_is_told() -> None:
    client = asked(None)
    with capture_logs() as logs:
        assert (await client.post({"query": OTHER})).status == 200
        assert (await client.post({"documentId": "home"})).code == "PERSISTED_QUERY_NOT_FOUND"
    assert logs == []
    assert client.app.requested.unregistered_count == 0


async def test_a_text_is_found_by_its_hash_afterwards() -> None:
    client = asked(None)
    sha256 = hashed(HOME)
    assert (await client.get(**persisted(sha256))).code == "PERSISTED_QUERY_NOT_FOUND"
    assert (await client.post(persisted(sha256, query=HOME))).status == 200
    by_hash = await client.get(**persisted(sha256, variables={"t": "课"}))
    assert (by_hash.status, by_hash.json["data"]) == (200, {"echo": "课"})


async def test_nobody_can_put_a_text_under_another_s_hash() -> None:
    client = asked(None)
    assert (await client.post(persisted(hashed(HOME), query=OTHER))).code == "BAD_USER_INPUT"
    assert (await client.post(persisted(hashed(HOME)))).code == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_version_that_is_not_known_asks_for_nothing() -> None:
    other = {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": hashed(HOME)}}}
    client = asked(None)
    assert (await client.post(other)).code == "BAD_USER_INPUT"
    assert (await client.post({**other, "query": OTHER})).status == 200


async def test_beside_a_query_an_id_is_the_client_s_own_affair() -> None:
    assert (await asked(None).post({"query": OTHER, "id": "7"})).status == 200


@asynccontextmanager
async def sharing(folder: Path) -> AsyncIterator[list[SharedTexts]]:
    """Two processes' stores on one Redis, and a third's whose Redis is away."""
    with running_redis() as server:
        urls = [server.url, server.url, f"unix://{folder / 'nobody.sock'}"]
        stores = [SharedTexts(settings(redis_url=url)) for url in urls]
        try:
            yield stores
        finally:
            for store in stores:
                await store.close()


async def test_processes_share_texts_by_redis(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (mine, yours, away):
        first, second, third = (asked(None, store) for store in (mine, yours, away))
        assert (await second.post(persisted(hashed(HOME)))).code == "PERSISTED_QUERY_NOT_FOUND"
        assert (await first.post(persisted(hashed(HOME), query=HOME))).status == 200
        await mine.settled()
        assert (await second.post(persisted(hashed(HOME)))).status == 200
        assert (await third.post(persisted(hashed(HOME)))).code == "PERSISTED_QUERY_NOT_FOUND"
        assert (await third.post(persisted(hashed(HOME), query=HOME))).status == 200
        assert (await third.post(persisted(hashed(HOME)))).status == 200


async def test_shared_texts_are_believed_by_their_hash_only(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (mine, yours, _):
        mine.keep(hashed(HOME), OTHER)
        mine.keep(hashed("x" * (TEXT_BYTES_MAX + 1)), "x" * (TEXT_BYTES_MAX + 1))
        mine.keep(hashed(OTHER), OTHER)
        await mine.settled()
        assert await yours.find(hashed(OTHER)) == OTHER
        assert await yours.find(hashed(HOME)) is None
        assert await yours.find(hashed("x" * (TEXT_BYTES_MAX + 1))) is None


async def test_texts_that_are_no_documents_are_not_shared(tmp_path: Path) -> None:
    async with sharing(tmp_path) as (mine, yours, _):
        first = asked(None, mine)
        await first.post(persisted(hashed("{ nonsense }"), query="{ nonsense }"))
        await first.post(persisted(hashed(OTHER), query=OTHER))
        await mine.settled()
        assert await yours.find(hashed(OTHER)) == OTHER
        assert await yours.find(hashed("{ nonsense }")) is None
