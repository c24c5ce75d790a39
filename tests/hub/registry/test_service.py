"""Registering and removing: all or nothing, written down, known to every process."""

import asyncio

import pytest

from hub.audit.models import AuditEntry
from hub.auth import operator
from hub.clock import now
from hub.database import recorded_statements
from hub.errors import Conflict, NotFound, Unavailable
from hub.records import Record, Select, fetch_records
from hub.registry import queries, service
from hub.registry.queries import (
    Registered,
    Registry,
    registered_documents,
    registry_sequence,
)
from hub.registry.rules import ManifestEntry, text_hash
from hub.registry.service import NewDocument, Report, register_documents, remove_documents
from hub.settings import Settings


def new(document_id: str, text: str = "{ a }") -> NewDocument:
    return NewDocument(ManifestEntry("m.json", document_id, text, "A"), "query", ("A",))


async def registered(*documents: NewDocument) -> Report:
    return await register_documents(operator("a test", now=now()), documents)


async def removed(*ids: str) -> int:
    return await remove_documents(operator("a test", now=now()), ids)


async def ids() -> list[str]:
    return [row.document_id for row in await registered_documents()]


async def audit() -> list[Record]:
    return await fetch_records(Select(AuditEntry))


async def test_what_is_new_is_stored_and_written_down(database: Settings) -> None:
    assert await registered(new("a"), new("b", "{ b }")) == Report(added=2, known=0)
    (first, second) = await registered_documents()
    assert {first.document_id, second.document_id} == {"a", "b"}
    found = next(row for row in (first, second) if row.document_id == "b")
    assert (found.text, found.sha256) == ("{ b }", text_hash("{ b }"))
    assert (found.kind, found.operations) == ("query", "A")
    (entry,) = await audit()
    assert entry.action == "registry.documents_registered"
    assert entry.after == {"count": 2, "documentIds": ["a", "b"]}


async def test_the_same_again_changes_nothing(database: Settings) -> None:
    await registered(new("a"))
    assert await registered(new("a")) == Report(added=0, known=1)
    assert await registry_sequence() == 1
    assert len(await audit()) == 1


async def test_an_id_for_another_text_refuses_everything(database: Settings) -> None:
    await registered(new("a"))
    with pytest.raises(Conflict, match="the id a is registered for another document"):
        await registered(new("b"), new("a", "{ other }"))
    assert await ids() == ["a"]
    assert await registry_sequence() == 1
    assert len(await audit()) == 1


async def test_there_is_a_most(database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "DOCUMENTS_MAX", 2)
    await registered(new("a"))
    with pytest.raises(Conflict, match="At most 2"):
        await registered(new("b"), new("c"))
    assert await ids() == ["a"]


async def test_of_two_at_once_each_document_is_registered_once(database: Settings) -> None:
    reports = await asyncio.gather(*(registered(new("a"), new("b")) for _ in range(4)))
    assert sum(report.added for report in reports) == 2
    assert sorted(await ids()) == ["a", "b"]


async def test_removing_is_all_or_nothing(database: Settings) -> None:
    await registered(new("a"), new("b"))
    with pytest.raises(NotFound, match="No document is registered as x"):
        await removed("a", "x")
    assert sorted(await ids()) == ["a", "b"]
    assert await removed("a", "a") == 1
    assert await ids() == ["b"]
    assert (await audit())[-1].action == "registry.documents_removed"


async def test_the_statements_do_not_grow_with_the_documents(database: Settings) -> None:
    counts = []
    for size in (2, 200):
        with recorded_statements() as statements:
            await registered(*(new(f"{size}-{number}") for number in range(size)))
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_process_learns_of_both(database: Settings) -> None:
    registry = Registry(poll_seconds=0)
    await registry.current()
    assert (len(registry), registry.find("a")) == (0, None)
    await registered(new("a"))
    await registry.current()
    known = Registered(text_hash("{ a }"), "{ a }")
    assert registry.find("a") == registry.find(text_hash("{ a }")) == known
    await removed("a")
    await registry.current()
    assert registry.find("a") is None
    assert registry.find(text_hash("{ a }")) is None


async def test_a_request_costs_no_statement(database: Settings) -> None:
    registry = Registry()
    await registry.current()
    with recorded_statements() as statements:
        await asyncio.gather(*(registry.current() for _ in range(1_000)))
    assert statements == []


async def test_what_is_known_outlives_the_database(database: Settings) -> None:
    await registered(new("a"))
    registry, newcomer = Registry(poll_seconds=0), Registry(poll_seconds=0)
    await registry.current()

    async def gone() -> int:
        raise Unavailable("gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "registry_sequence", gone)
        await registry.current()
        assert registry.find("a") is not None
        with pytest.raises(Unavailable):
            await newcomer.current()
