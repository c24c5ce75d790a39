"""Writes of registered documents; called by the command line only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.audit.service import record
from hub.auth import Actor
from hub.bulk import chunks, delete_rows, insert_rows, lock_for_loading
from hub.clock import now
from hub.database import fetch_all, transaction
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.records import Record
from hub.registry.models import RegisteredDocument
from hub.registry.queries import documents_by_ids, registered_documents
from hub.registry.rules import DOCUMENTS_MAX, ManifestEntry, normal_id, text_hash

_NEXT_SEQUENCE: Final = (
    "INSERT INTO registry_head (id, sequence) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET sequence = registry_head.sequence + 1 RETURNING sequence"
)
_IDS_IN_AUDIT: Final = 200


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that the schema has been asked about: what kind it is, which operations."""

    entry: ManifestEntry
    kind: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How many documents were registered, and how many had been before."""

    added: int
    known: int


async def register_documents(actor: Actor, documents: Sequence[NewDocument]) -> Report:
    """Register what is not registered yet, all or nothing.

    An id stands for one text for as long as it is registered. Raises Conflict where one stands for
    another text, or when there would be more than `DOCUMENTS_MAX`; then nothing is written.
    """
    wanted = {each.entry.document_id: each for each in documents}

    async def body() -> Report:
        await lock_for_loading()
        known = await _by_id(list(wanted))
        for document_id, row in known.items():
            if row.text != wanted[document_id].entry.text:
                raise Conflict(
                    f"{wanted[document_id].entry.label}: the id {document_id} is registered for "
                    "another document. Give it a new id, or remove the old one first."
                )
        new = [each for document_id, each in wanted.items() if document_id not in known]
        if new:
            await _add(actor, new)
        return Report(added=len(new), known=len(known))

    return await transaction(body)


async def remove_documents(actor: Actor, document_ids: Sequence[str]) -> int:
    """Remove documents by their ids; how many there were.

    Raises NotFound for an id that is not registered; then nothing is removed.
    """
    wanted = list(dict.fromkeys(normal_id(each) for each in document_ids))

    async def body() -> int:
        await lock_for_loading()
        known = await _by_id(wanted)
        if missing := next((each for each in wanted if each not in known), None):
            raise NotFound(f"No document is registered as {missing}.")
        await delete_rows(RegisteredDocument, [row.id for row in known.values()])
        await _changed(actor, "registry.documents_removed", wanted)
        return len(wanted)

    return await transaction(body)


async def _by_id(document_ids: Sequence[str]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for chunk in chunks(document_ids):
        found.update({row.document_id: row for row in await documents_by_ids(chunk)})
    return found


async def _add(actor: Actor, new: Sequence[NewDocument]) -> None:
    if len(await registered_documents()) + len(new) > DOCUMENTS_MAX:
        raise Conflict(f"At most {DOCUMENTS_MAX} documents can be registered; remove old ones.")
    at = now()
    await insert_rows(RegisteredDocument, [{**_row(each), "registered_at": at} for each in new])
    ids = [each.entry.document_id for each in new]
    await _changed(actor, "registry.documents_registered", ids)


def _row(document: NewDocument) -> dict[str, object]:
    entry = document.entry
    return {
        "id": new_id(),
        "document_id": entry.document_id,
        "sha256": text_hash(entry.text),
        "text": entry.text,
        "kind": document.kind,
        "operations": ", ".join(document.operations)[:200],
    }


async def _changed(actor: Actor, action: str, document_ids: Sequence[str]) -> None:
    """Tell the serving processes, and write down who did it."""
    await fetch_all(_NEXT_SEQUENCE, [])
    told = {"count": len(document_ids), "documentIds": list(document_ids[:_IDS_IN_AUDIT])}
    await record(actor, action, after=told)
